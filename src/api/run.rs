//! SyncRunService.

use {
    super::{
        Api,
        convert::{time, timestamp, to_struct},
        item::Answers,
        open, summary, to_status,
    },
    crate::{
        control::{Approval, ItemQuery, RunQuery, RunRequest, Told},
        domain::{
            brake::{HeldChanges, PlannedChange},
            event::Event,
            finding::RunFinding,
            id::{ObjectId, RecordId},
            item::{Item, Warning},
            run::{Changes, Counts, Run, RunState, TriggerSource, Wait},
        },
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
        warned: Some(counts.warned).filter(|warned| *warned > 0),
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

pub(super) fn message(run: Run) -> pb::Run {
    let over = run.state.ended() || run.state == RunState::Held;
    let source = TriggerSource::parse(&run.trigger_source);
    let word =
        source.map_or_else(|| run.trigger_source.clone(), |source| source.rest_word().to_owned());
    pb::Run {
        run_id: run.id.to_string(),
        module_name: run.module.as_str().to_owned(),
        trigger: (word != run.trigger_source).then_some(run.trigger_source),
        trigger_source: word,
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
        dry_run: run.dry_run.then_some(true),
        removals: (run.removals.planned > 0).then_some(pb::Removals {
            planned: run.removals.planned,
            applied: run.removals.applied,
            held_reason: run.removals.held_reason,
            approved_by: run.removals.approved_by,
            approved: run.removals.ceiling,
        }),
        changes: run.changes.held.as_ref().map(|held| changes(held, &run.changes)),
        chain_id: run.chain.map(|chain| chain.to_string()),
        upstream: Some(pb::UpstreamCalls {
            zoho_calls: run.upstream.zoho_calls,
            zoho_credits: run.upstream.zoho_credits,
            moodle_calls: run.upstream.moodle_calls,
        }),
        mapping_version: run.mapping_version,
        waiting: run.waiting.map(waiting),
        started_key: run.started_key.map(|key| key.to_string()),
        findings: run.findings.into_iter().map(finding).collect(),
    }
}

fn finding(finding: RunFinding) -> pb::RunFinding {
    pb::RunFinding {
        code: finding.code,
        field: finding.field,
        word: finding.word,
        records: finding.records,
        sample: finding.sample,
        message: finding.message,
    }
}

fn waiting(wait: Wait) -> pb::Waiting {
    pb::Waiting {
        code: wait.code,
        reason: wait.reason,
        since: Some(timestamp(wait.since)),
        until: wait.until.map(timestamp),
    }
}

fn changes(held: &HeldChanges, changes: &Changes) -> pb::Changes {
    let sample = |change: &PlannedChange| pb::Change {
        zoho_id: change.zoho_id.as_str().to_owned(),
        op: change.op.clone(),
        fields: change.fields.clone(),
        label: change.label.clone(),
    };
    pb::Changes {
        planned: changes.planned,
        applied: changes.applied,
        held_reason: held.reason(),
        kind: held.kind.as_str().to_owned(),
        field: held.field.clone(),
        share_percent: held.share_percent(),
        approved_by: changes.approved_by.clone(),
        approved: changes.ceiling,
        samples: changes.samples.iter().map(sample).collect(),
    }
}

fn item(item: Item) -> pb::RunItem {
    pb::RunItem {
        zoho_id: item.zoho_id.map(RecordId::into_text).unwrap_or_default(),
        status: item.status,
        message: item.message,
        diff: Some(match &item.diff {
            Value::Object(map) => to_struct(map),
            _ => Default::default(),
        }),
        created_at: Some(timestamp(item.created_at)),
        code: item.code,
        op: item.op,
        class: item.class,
        target_id: item.target_id.map(ObjectId::into_text),
        mapping_version: item.mapping_version,
        warnings: warnings(item.warnings),
    }
}

pub(super) fn warnings(warnings: Vec<Warning>) -> Vec<pb::ItemWarning> {
    let message = |Warning { field, code, value }| pb::ItemWarning { field, code, value };
    warnings.into_iter().map(message).collect()
}

fn event(event: Event) -> pb::Event {
    pb::Event {
        kind: event.kind.as_str().to_owned(),
        subject: event.subject,
        created_at: Some(timestamp(event.at)),
        data: Some(match &event.data {
            Value::Object(map) => to_struct(map),
            _ => Default::default(),
        }),
    }
}

/// The states of a watched run.
type Watch = Pin<Box<dyn Stream<Item = Result<pb::WatchRunResponse, Status>> + Send>>;

#[async_trait]
impl SyncRunService for Api {
    type WatchRunStream = Watch;
    type WatchEventsStream = Answers<pb::WatchEventsResponse>;

    async fn trigger_run(
        &self,
        request: Request<pb::TriggerRunRequest>,
    ) -> Result<Response<pb::TriggerRunResponse>, Status> {
        let (who, request) = open(request)?;
        let asked = RunRequest {
            triggered_by: request.triggered_by,
            dry_run: request.dry_run.unwrap_or_default(),
            scope: request.scope.unwrap_or_default(),
            ids: request.ids,
        };
        let run =
            self.control.trigger_run(&who, &request.module_name, asked).await.map_err(to_status)?;
        Ok(Response::new(pb::TriggerRunResponse { run: Some(message(run)) }))
    }

    async fn trigger_all(
        &self,
        request: Request<pb::TriggerAllRequest>,
    ) -> Result<Response<pb::TriggerAllResponse>, Status> {
        let (who, request) = open(request)?;
        let asked = RunRequest {
            triggered_by: request.triggered_by,
            dry_run: request.dry_run.unwrap_or_default(),
            scope: request.scope.unwrap_or_default(),
            ids: Vec::new(),
        };
        let runs = self.control.trigger_all(&who, asked).await.map_err(to_status)?;
        let chain = runs.first().map(|run| run.id.to_string()).unwrap_or_default();
        let runs = runs.into_iter().map(message).collect();
        Ok(Response::new(pb::TriggerAllResponse { chain_id: chain, runs }))
    }

    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        let (who, request) = open(request)?;
        let query = RunQuery {
            module: request.module,
            limit: request.limit,
            page_token: request.page_token,
            status: request.status,
            trigger_source: request.trigger_source,
            error_code: request.error_code,
            chain: request.chain_id,
            started_after: request.started_after.and_then(time),
            started_before: request.started_before.and_then(time),
        };
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
        let (who, request) = open(request)?;
        let query = ItemQuery {
            limit: request.items_limit,
            token: request.items_token,
            status: request.items_status,
            code: request.items_code,
        };
        let run = self.control.get_run(&who, &request.run_id, query).await.map_err(to_status)?;
        Ok(Response::new(pb::GetRunResponse {
            run: Some(message(run.run)),
            items: run.items.into_iter().map(item).collect(),
            items_total: i64::try_from(run.total).unwrap_or(i64::MAX),
            items_next: run.next,
        }))
    }

    async fn summarize_run(
        &self,
        request: Request<pb::SummarizeRunRequest>,
    ) -> Result<Response<pb::SummarizeRunResponse>, Status> {
        let (who, pb::SummarizeRunRequest { run_id }) = open(request)?;
        let summary = self.control.summarize_run(&who, &run_id).await.map_err(to_status)?;
        Ok(Response::new(summary::message(summary)))
    }

    async fn retry_failed(
        &self,
        request: Request<pb::RetryFailedRequest>,
    ) -> Result<Response<pb::RetryFailedResponse>, Status> {
        let (who, pb::RetryFailedRequest { run_id }) = open(request)?;
        let run = self.control.retry_failed(&who, &run_id).await.map_err(to_status)?;
        Ok(Response::new(pb::RetryFailedResponse { run: Some(message(run)) }))
    }

    async fn retry_items(
        &self,
        request: Request<pb::RetryItemsRequest>,
    ) -> Result<Response<pb::RetryItemsResponse>, Status> {
        let (who, pb::RetryItemsRequest { run_id, codes, ids }) = open(request)?;
        let run = self.control.retry_items(&who, &run_id, codes, ids).await.map_err(to_status)?;
        Ok(Response::new(pb::RetryItemsResponse { run: Some(message(run)) }))
    }

    async fn list_removals(
        &self,
        request: Request<pb::ListRemovalsRequest>,
    ) -> Result<Response<pb::ListRemovalsResponse>, Status> {
        let (who, pb::ListRemovalsRequest { run_id, limit, page_token }) = open(request)?;
        let page = self
            .control
            .list_removals(&who, &run_id, limit, &page_token)
            .await
            .map_err(to_status)?;
        let removals = page.removals.into_iter().map(|removal| pb::Removal {
            zoho_id: removal.zoho_id.into_text(),
            evidence: removal.evidence.as_str().to_owned(),
            label: removal.label,
        });
        Ok(Response::new(pb::ListRemovalsResponse {
            removals: removals.collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn approve_run(
        &self,
        request: Request<pb::ApproveRunRequest>,
    ) -> Result<Response<pb::ApproveRunResponse>, Status> {
        let (who, pb::ApproveRunRequest { run_id, removals, changes }) = open(request)?;
        let wish = Approval { removals, changes };
        let run = self.control.approve_run(&who, &run_id, wish).await.map_err(to_status)?;
        Ok(Response::new(pb::ApproveRunResponse { run: Some(message(run)) }))
    }

    async fn discard_run(
        &self,
        request: Request<pb::DiscardRunRequest>,
    ) -> Result<Response<pb::DiscardRunResponse>, Status> {
        let (who, pb::DiscardRunRequest { run_id }) = open(request)?;
        let run = self.control.discard_run(&who, &run_id).await.map_err(to_status)?;
        Ok(Response::new(pb::DiscardRunResponse { run: Some(message(run)) }))
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

    async fn watch_events(
        &self,
        request: Request<pb::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let (who, pb::WatchEventsRequest { after }) = open(request)?;
        let told = self.control.watch_events(&who, after).await.map_err(to_status)?;
        let answers = told.map(|told| {
            let Told { sequence, what } = told.map_err(to_status)?;
            Ok(pb::WatchEventsResponse { sequence, event: what.map(event) })
        });
        Ok(Response::new(Box::pin(answers)))
    }
}
