//! The floor: a bare tonic server with the same messages, which runs only the statements of a signed request. No
//! signature, no key, no limit, no permission, no REST, no log. It writes replay ids as the service does, all waiting
//! ones in one commit, because that is part of the statements.

use {
    anyhow::{Context as _, Result, bail},
    futures_util::stream::Empty,
    sigma_sync::{
        adapters::clock::SystemClock,
        control::DEFAULT_TENANT,
        domain::{
            id::{ReplayId, RunId, TenantId},
            module::ModuleName,
            run::{Counts, Run, TriggerSource},
        },
        ports::Clock as _,
        proto::pb::{
            self,
            settings_service_server::{SettingsService, SettingsServiceServer},
            sync_run_service_server::{SyncRunService, SyncRunServiceServer},
        },
        store::{Enqueued, NewRun, Store, StoreError, TenantScope},
    },
    std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    tokio::{
        net::TcpListener,
        sync::{mpsc, oneshot},
    },
    tonic::{
        Request, Response, Status, async_trait,
        transport::server::{Server, TcpIncoming},
    },
    uuid::Uuid,
};

/// The hidden argument that makes this program the floor's server.
pub(crate) const ARGUMENT: &str = "floor-server";
/// The word after it for a server that writes no replay ids.
pub(crate) const READ_ONLY: &str = "read-only";
/// The text before the address on its first line.
pub(crate) const ANNOUNCEMENT: &str = "floor on ";
/// The variable that names its database.
pub(crate) const DATABASE: &str = "SIGMA_DATABASE_URL";

/// Requests in one commit, connections of the pool: as in the service.
const BATCH: usize = 1_000;
const CONNECTIONS: u32 = 16;

type Waiting = ([ReplayId; 2], oneshot::Sender<bool>);

#[derive(Debug, Clone)]
struct Floor {
    store: Store,
    scope: TenantScope,
    /// `None` if only the point read is measured.
    guard: Option<mpsc::Sender<Waiting>>,
    count: Arc<AtomicU64>,
}

/// Serves until the benchmark, which holds the other end of standard input, has ended.
#[expect(clippy::disallowed_methods, reason = "the benchmark hands the database over this way")]
pub(crate) async fn serve(words: &[String]) -> Result<()> {
    let url = std::env::var(DATABASE).context("the floor's database")?;
    let store = Store::connect(&url, CONNECTIONS).await?;
    let tenant = match TenantId::parse(DEFAULT_TENANT) {
        Ok(tenant) => tenant,
        Err(fault) => bail!("{}", fault.message()),
    };
    let read_only = words.iter().any(|word| word == READ_ONLY);
    let guard = (!read_only).then(|| {
        let (queue, arrivals) = mpsc::channel(BATCH * 4);
        tokio::spawn(write(store.clone(), arrivals));
        queue
    });
    // Ids must differ from those of another floor on the same database.
    let count = Arc::new(AtomicU64::new(u64::from(std::process::id()) << 32));
    let floor = Floor { store, scope: TenantScope::new(tenant), guard, count };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("{ANNOUNCEMENT}http://{}", listener.local_addr()?);
    let end = tokio::task::spawn_blocking(|| {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap_or_default();
    });
    Server::builder()
        .add_service(SettingsServiceServer::new(floor.clone()))
        .add_service(SyncRunServiceServer::new(floor))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async {
            drop(end.await);
        })
        .await?;
    Ok(())
}

/// Stores the waiting ids in one statement, and tells each request whether that succeeded.
async fn write(store: Store, mut arrivals: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while arrivals.recv_many(&mut batch, BATCH).await > 0 {
        let signed_at = SystemClock.now().timestamp();
        let rows: Vec<([ReplayId; 2], i64)> =
            batch.iter().map(|(ids, _)| (*ids, signed_at)).collect();
        let fresh = store.across_tenants().insert_replays(&rows).await;
        let well = fresh.is_ok_and(|fresh| fresh.into_iter().all(|is_new| is_new));
        for (_, verdict) in batch.drain(..) {
            let _caller_gone = verdict.send(well);
        }
    }
}

/// Mixes a number to one that looks random (splitmix64), like ids made by a hash: rows in order would be cheaper.
fn mix(number: u64) -> [u8; 8] {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()
}

fn broken(error: StoreError) -> Status {
    Status::unavailable(error.to_string())
}

impl Floor {
    fn id(&self) -> ReplayId {
        let number = self.count.fetch_add(1, Relaxed);
        let mut id = [0; 16];
        id.iter_mut().zip(mix(number).into_iter().chain(mix(!number))).for_each(|(to, from)| {
            *to = from;
        });
        ReplayId(id)
    }

    /// Stores the two ids of a request.
    async fn accept(&self) -> Result<(), Status> {
        let Some(guard) = &self.guard else { return Ok(()) };
        let (verdict, answer) = oneshot::channel();
        let gone = || Status::unavailable("the writer has ended");
        guard.send(([self.id(), self.id()], verdict)).await.map_err(|_| gone())?;
        match answer.await {
            Ok(true) => Ok(()),
            _ => Err(Status::unavailable("the ids could not be stored")),
        }
    }
}

#[async_trait]
impl SettingsService for Floor {
    async fn get_settings(
        &self,
        _request: Request<pb::GetSettingsRequest>,
    ) -> Result<Response<pb::GetSettingsResponse>, Status> {
        self.accept().await?;
        let row = self.store.of(&self.scope).settings().await.map_err(broken)?;
        let row = row.ok_or_else(|| Status::not_found("no settings"))?;
        let settings = pb::Settings {
            tenant_id: row.tenant_id,
            moodle_enabled: row.moodle_enabled,
            moodle_base_url: row.moodle_base_url,
            zoho_enabled: row.zoho_enabled,
            zoho_api_domain: row.zoho_api_domain,
            zoho_org_id: row.zoho_org_id,
            extension_api_key: row.extension_api_key,
            moodle_api_token_set: row.moodle_api_token.is_some(),
            zoho_accounts_url: row.zoho_accounts_url,
            zoho_client_id: row.zoho_client_id,
            zoho_client_secret_set: row.zoho_client_secret.is_some(),
            zoho_refresh_token_set: row.zoho_refresh_token.is_some(),
            grades_writeback: row.grades_writeback,
            zoho_daily_credits: row.zoho_daily_credits,
            keep_days: row.keep_days,
            time_zone: row.time_zone,
        };
        Ok(Response::new(pb::GetSettingsResponse { settings: Some(settings) }))
    }

    async fn update_settings(
        &self,
        _request: Request<pb::UpdateSettingsRequest>,
    ) -> Result<Response<pb::UpdateSettingsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn forget_links(
        &self,
        _request: Request<pb::ForgetLinksRequest>,
    ) -> Result<Response<pb::ForgetLinksResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn get_usage(
        &self,
        _request: Request<pb::GetUsageRequest>,
    ) -> Result<Response<pb::GetUsageResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    type TestConnectionStream = Empty<Result<pb::TestConnectionResponse, Status>>;

    async fn test_connection(
        &self,
        _request: Request<pb::TestConnectionRequest>,
    ) -> Result<Response<Self::TestConnectionStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn get_checklist(
        &self,
        _request: Request<pb::GetChecklistRequest>,
    ) -> Result<Response<pb::GetChecklistResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}

fn counts(counts: Counts) -> pb::Counts {
    pb::Counts {
        warned: None,
        new: Some(counts.new),
        unchanged: Some(counts.unchanged),
        updated: Some(counts.updated),
        failed: Some(counts.failed),
        skipped: Some(counts.skipped),
        total: Some(counts.total()),
    }
}

/// A waiting run in the form of the service's answer.
fn message(run: Run) -> pb::Run {
    pb::Run {
        run_id: run.id.to_string(),
        module_name: run.module.as_str().to_owned(),
        trigger_source: run.trigger_source,
        triggered_by: run.triggered_by,
        started_at: Some(prost_types::Timestamp {
            seconds: run.started_at.timestamp(),
            nanos: run.started_at.timestamp_subsec_nanos().cast_signed(),
        }),
        finished_at: None,
        status: run.state.rest_word().to_owned(),
        counts: Some(pb::Counts::default()),
        error_summary: run.error_summary,
        phase: run.phase,
        state: pb::RunState::Queued as i32,
        progress: Some(counts(run.counts)),
        error_code: run.error_code,
        expected_total: run.expected_total,
        ..Default::default()
    }
}

#[async_trait]
impl SyncRunService for Floor {
    type WatchRunStream = Empty<Result<pb::WatchRunResponse, Status>>;
    type WatchEventsStream = Empty<Result<pb::WatchEventsResponse, Status>>;

    async fn summarize_run(
        &self,
        _: Request<pb::SummarizeRunRequest>,
    ) -> Result<Response<pb::SummarizeRunResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn trigger_run(
        &self,
        request: Request<pb::TriggerRunRequest>,
    ) -> Result<Response<pb::TriggerRunResponse>, Status> {
        self.accept().await?;
        let wanted = request.into_inner();
        let name = ModuleName::parse(&wanted.module_name);
        let name = name.ok_or_else(|| Status::not_found("no such module"))?;
        let module = self.store.of(&self.scope).module(name).await.map_err(broken)?;
        if module.is_none_or(|module| !module.enabled) {
            return Err(Status::failed_precondition("the module is disabled"));
        }
        let id = RunId::new(Uuid::new_v4());
        let new = NewRun {
            triggered_by: wanted.triggered_by,
            ..NewRun::new(id, name, TriggerSource::Manual, SystemClock.now())
        };
        match self.store.of(&self.scope).enqueue(new).await.map_err(broken)? {
            Enqueued::New(run) | Enqueued::Active(run) => {
                Ok(Response::new(pb::TriggerRunResponse { run: Some(message(run)) }))
            }
            Enqueued::Full => Err(Status::resource_exhausted("too many wait")),
        }
    }

    async fn trigger_all(
        &self,
        _request: Request<pb::TriggerAllRequest>,
    ) -> Result<Response<pb::TriggerAllResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn retry_items(
        &self,
        _request: Request<pb::RetryItemsRequest>,
    ) -> Result<Response<pb::RetryItemsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_removals(
        &self,
        _request: Request<pb::ListRemovalsRequest>,
    ) -> Result<Response<pb::ListRemovalsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn approve_run(
        &self,
        _request: Request<pb::ApproveRunRequest>,
    ) -> Result<Response<pb::ApproveRunResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn discard_run(
        &self,
        _request: Request<pb::DiscardRunRequest>,
    ) -> Result<Response<pb::DiscardRunResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_runs(
        &self,
        _request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn get_run(
        &self,
        _request: Request<pb::GetRunRequest>,
    ) -> Result<Response<pb::GetRunResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn retry_failed(
        &self,
        _request: Request<pb::RetryFailedRequest>,
    ) -> Result<Response<pb::RetryFailedResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn cancel_run(
        &self,
        _request: Request<pb::CancelRunRequest>,
    ) -> Result<Response<pb::CancelRunResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn watch_run(
        &self,
        _request: Request<pb::WatchRunRequest>,
    ) -> Result<Response<Self::WatchRunStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn watch_events(
        &self,
        _request: Request<pb::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}
