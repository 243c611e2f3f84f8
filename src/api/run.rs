//! SyncRunService.

use {
    super::{
        Api,
        convert::{timestamp, to_struct},
        open, to_status,
    },
    crate::{
        control::{ItemQuery, RunQuery},
        domain::run::{Counts, Item, Run, RunState},
        proto::pb::{self, sync_run_service_server::SyncRunService},
    },
    futures_util::{Stream, StreamExt as _},
    serde_json::Value,
    std::pin::Pin,
    tonic::{Request, Response, Status, async_trait},
};

fn counts(counts: Counts) -> pb::Counts {
    pb::Counts {
        new: Some(counts.new),
        unchanged: Some(counts.unchanged),
        updated: Some(counts.updated),
        failed: Some(counts.failed),
        skipped: Some(counts.skipped),
        total: Some(counts.total()),
    }
}

const fn state(state: RunState) -> pb::RunState {
    match state {
        RunState::Queued | RunState::Waiting => pb::RunState::Queued,
        RunState::Running => pb::RunState::Running,
        RunState::Held => pb::RunState::Held,
        RunState::Completed => pb::RunState::Completed,
        RunState::Partial => pb::RunState::Partial,
        RunState::Failed => pb::RunState::Failed,
        RunState::Cancelled => pb::RunState::Cancelled,
    }
}

fn message(run: Run) -> pb::Run {
    let over = run.state.ended() || run.state == RunState::Held;
    pb::Run {
        run_id: run.id.to_string(),
        module_name: run.module.as_str().to_owned(),
        trigger_source: run.trigger_source,
        triggered_by: run.triggered_by,
        started_at: Some(timestamp(run.started_at)),
        finished_at: run.finished_at.map(timestamp),
        status: run.state.rest_word().to_owned(),
        counts: Some(if over { counts(run.counts) } else { pb::Counts::default() }),
        error_summary: run.error_summary,
        phase: run.phase,
        state: state(run.state) as i32,
        progress: Some(counts(run.counts)),
        error_code: run.error_code,
        expected_total: run.expected_total,
    }
}

fn item(item: Item) -> pb::RunItem {
    pb::RunItem {
        zoho_id: item.zoho_id,
        status: item.status,
        message: item.message,
        diff: Some(match &item.diff {
            Value::Object(map) => to_struct(map),
            _ => Default::default(),
        }),
        created_at: Some(timestamp(item.created_at)),
        code: item.code,
    }
}

/// The states of a watched run.
type Watch = Pin<Box<dyn Stream<Item = Result<pb::WatchRunResponse, Status>> + Send>>;

#[async_trait]
impl SyncRunService for Api {
    type WatchRunStream = Watch;

    async fn trigger_run(
        &self,
        request: Request<pb::TriggerRunRequest>,
    ) -> Result<Response<pb::TriggerRunResponse>, Status> {
        let (who, pb::TriggerRunRequest { module_name, triggered_by }) = open(request)?;
        let run =
            self.control.trigger_run(&who, &module_name, triggered_by).await.map_err(to_status)?;
        Ok(Response::new(pb::TriggerRunResponse { run: Some(message(run)) }))
    }

    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        let (who, pb::ListRunsRequest { module, limit, page_token }) = open(request)?;
        let query = RunQuery { module, limit, page_token };
        let page = self.control.list_runs(&who, query).await.map_err(to_status)?;
        Ok(Response::new(pb::ListRunsResponse {
            runs: page.runs.into_iter().map(message).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn get_run(
        &self,
        request: Request<pb::GetRunRequest>,
    ) -> Result<Response<pb::GetRunResponse>, Status> {
        let (who, pb::GetRunRequest { run_id, items_limit, items_token, items_status }) =
            open(request)?;
        let query = ItemQuery { limit: items_limit, token: items_token, status: items_status };
        let run = self.control.get_run(&who, &run_id, query).await.map_err(to_status)?;
        Ok(Response::new(pb::GetRunResponse {
            run: Some(message(run.run)),
            items: run.items.into_iter().map(item).collect(),
            items_total: i64::try_from(run.total).unwrap_or(i64::MAX),
            items_next: run.next,
        }))
    }

    async fn retry_failed(
        &self,
        request: Request<pb::RetryFailedRequest>,
    ) -> Result<Response<pb::RetryFailedResponse>, Status> {
        let (who, pb::RetryFailedRequest { run_id }) = open(request)?;
        let run = self.control.retry_failed(&who, &run_id).await.map_err(to_status)?;
        Ok(Response::new(pb::RetryFailedResponse { run: Some(message(run)) }))
    }

    async fn cancel_run(
        &self,
        request: Request<pb::CancelRunRequest>,
    ) -> Result<Response<pb::CancelRunResponse>, Status> {
        let (who, pb::CancelRunRequest { run_id }) = open(request)?;
        let run = self.control.cancel_run(&who, &run_id).await.map_err(to_status)?;
        Ok(Response::new(pb::CancelRunResponse { run: Some(message(run)) }))
    }

    async fn watch_run(
        &self,
        request: Request<pb::WatchRunRequest>,
    ) -> Result<Response<Watch>, Status> {
        let (who, pb::WatchRunRequest { run_id }) = open(request)?;
        let runs = self.control.watch_run(&who, &run_id).await.map_err(to_status)?;
        let states = runs.map(|run| {
            let run = run.map_err(to_status)?;
            Ok(pb::WatchRunResponse { sequence: run.sequence, run: Some(message(run)) })
        });
        Ok(Response::new(Box::pin(states)))
    }
}
