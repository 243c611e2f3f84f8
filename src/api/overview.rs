//! OverviewService.

use {
    super::{Api, convert::timestamp, open, run, to_status},
    crate::{
        control::Overview,
        domain::{
            module::Module,
            overview::{ConnectionView, Credits, Notice},
            run::Run,
            stat::Point,
        },
        proto::pb::{self, overview_service_server::OverviewService},
    },
    chrono::{DateTime, Utc},
    tonic::{Request, Response, Status, async_trait},
};

fn message(overview: &Overview) -> pb::GetOverviewResponse {
    let Overview { as_of, standing, notices, next, window, series, total } = overview.clone();
    pb::GetOverviewResponse {
        as_of: Some(timestamp(as_of)),
        connections: standing.connections.into_iter().map(connection).collect(),
        notices: notices.into_iter().map(notice).collect(),
        credits: Some(credits(standing.credits)),
        modules: standing
            .modules
            .into_iter()
            .zip(next)
            .map(|((of, run), next)| module(of, run, next))
            .collect(),
        window: window.as_str().to_owned(),
        step_s: i64::from(window.span()) * 3_600,
        series: series.iter().map(point).collect(),
        total: Some(point(&total)),
    }
}

fn connection(view: ConnectionView) -> pb::OverviewConnection {
    let word = view.word().as_str();
    let (code, since) = view.broken.unzip();
    let (paused, until) = view.paused.unzip();
    pb::OverviewConnection {
        provider: view.provider.as_str().to_owned(),
        state: word.to_owned(),
        code: code.or(paused),
        since: since.map(timestamp),
        until: until.map(timestamp),
        missing: view.missing.into_iter().map(str::to_owned).collect(),
    }
}

fn notice(notice: Notice) -> pb::OverviewNotice {
    pb::OverviewNotice {
        kind: notice.kind.as_str().to_owned(),
        severity: if notice.kind.is_error() { "error" } else { "warning" }.to_owned(),
        module_name: notice.module.map(|module| module.as_str().to_owned()),
        run_id: notice.run.map(|run| run.to_string()),
        subject: notice.subject,
        code: notice.code,
        count: notice.count,
        since: notice.since.map(timestamp),
        until: notice.until.map(timestamp),
    }
}

fn module(of: Module, run: Option<Run>, next: Option<DateTime<Utc>>) -> pb::OverviewModule {
    pb::OverviewModule {
        module_name: of.name.as_str().to_owned(),
        enabled: of.enabled,
        schedule_mode: of.schedule_mode.as_str().to_owned(),
        last_run: run.map(run::message),
        last_good_at: of.last_good_at.map(timestamp),
        next_run_at: next.map(timestamp),
    }
}

fn credits(credits: Credits) -> pb::OverviewCredits {
    pb::OverviewCredits { used: credits.used, limit: credits.limit, left: credits.left() }
}

fn point(point: &Point) -> pb::OverviewPoint {
    let of = &point.figures;
    pb::OverviewPoint {
        start: Some(timestamp(point.start)),
        runs: of.runs,
        read: of.read(),
        new: of.new,
        updated: of.updated,
        unchanged: of.unchanged,
        skipped: of.skipped,
        failed_invalid: of.failed_invalid,
        failed_rejected: of.failed_rejected,
        failed_transient: of.failed_transient,
        duration_ms: of.duration_ms,
        duration_p95_ms: point.p95_ms,
        zoho_calls: of.zoho_calls,
        zoho_credits: of.zoho_credits,
        moodle_calls: of.moodle_calls,
    }
}

#[async_trait]
impl OverviewService for Api {
    async fn get_overview(
        &self,
        request: Request<pb::GetOverviewRequest>,
    ) -> Result<Response<pb::GetOverviewResponse>, Status> {
        let (who, pb::GetOverviewRequest { window, module_name }) = open(request)?;
        let overview = self.control.get_overview(&who, &window, &module_name).await;
        Ok(Response::new(message(&*overview.map_err(to_status)?)))
    }
}
