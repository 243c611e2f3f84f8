//! The worker: claims due runs, keeps their leases alive, drives the engine, and returns or ends every run.

use {
    super::ends::Ends,
    crate::{
        control::Control,
        domain::{
            code::{self, Provider},
            id::RunId,
            policy::RUNS_AT_ONCE,
            run::{RunFailure, RunState},
        },
        ports::{Clock, ConnectorError, Failure},
        store::{Claim, Completion, Snooze, Store, StoreError, TenantScope},
        sync::{self, Ended, Engine, Lease},
        telemetry::Metrics,
    },
    std::{
        collections::HashMap,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::{Duration, Instant},
    },
    tokio::{sync::Notify, task::JoinSet},
    tokio_util::sync::CancellationToken,
    tracing::Instrument as _,
    uuid::Uuid,
};

/// Heartbeats in a lease, and a fraction: one may get lost.
const BEATS: f64 = 3.75;
/// How long a drain waits for slices in progress.
const DRAIN: Duration = Duration::from_secs(20);
/// How long slices that were aborted may take to notice.
const GIVE_UP: Duration = Duration::from_secs(1);

/// The size of a worker, and where it counts.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Runs at once.
    pub slots: usize,
    /// Pause between two looks at an empty queue.
    pub poll: Duration,
    /// Counts the runs that end.
    pub metrics: Metrics,
}

/// Claims and drives runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Worker {
    inner: Arc<Inner>,
}

/// The runs that this process works on.
type Leases = HashMap<RunId, (TenantScope, Arc<Lease>)>;

#[derive(Debug)]
struct Inner {
    /// New at every start: a repeated name would hide dead workers.
    owner: String,
    store: Store,
    control: Control,
    engine: Engine,
    ends: Ends,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    options: WorkerOptions,
    leases: Mutex<Leases>,
}

impl Worker {
    /// Makes a worker. `control` wakes it when a run is accepted in this process.
    pub fn new(
        store: Store,
        control: Control,
        clock: Arc<dyn Clock>,
        options: WorkerOptions,
    ) -> Self {
        let engine = Engine::new(store.clone(), clock.clone());
        let wake = control.wake();
        let owner = Uuid::new_v4().to_string();
        let ends = Ends::new(store.clone());
        let leases = Mutex::default();
        Self {
            inner: Arc::new(Inner {
                owner,
                store,
                control,
                engine,
                ends,
                clock,
                wake,
                options,
                leases,
            }),
        }
    }

    /// Works until the token is cancelled, then gives back the runs that it has.
    pub async fn run(self, token: CancellationToken) {
        let heart = tokio::spawn(self.clone().beat());
        let mut tasks = JoinSet::new();
        while !token.is_cancelled() {
            let claimed = self.claim(&mut tasks).await;
            if claimed > 0 {
                continue;
            }
            let full = tasks.len() >= self.inner.options.slots;
            tokio::select! {
                () = token.cancelled() => {}
                () = self.inner.wake.notified(), if !full => {}
                () = tokio::time::sleep(self.inner.options.poll), if !full => {}
                _ = tasks.join_next(), if !tasks.is_empty() => {}
            }
        }
        self.leases().values().for_each(|(_, lease)| lease.drain());
        let drained =
            tokio::time::timeout(DRAIN, async { while tasks.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            self.give_up(tasks).await;
        }
        heart.abort();
    }

    /// Aborts the slices that did not end in time, and gives their runs back in their last stored state: no try is
    /// counted, and no run has to wait for a lease to expire.
    async fn give_up(&self, mut tasks: JoinSet<()>) {
        let held: Vec<(TenantScope, Arc<Lease>)> = self.leases().values().cloned().collect();
        tracing::warn!(
            runs = held.len(),
            "gave up waiting for slices; another worker starts them again"
        );
        held.iter().for_each(|(_, lease)| lease.lose());
        let ended = async { while tasks.join_next().await.is_some() {} };
        let _late = tokio::time::timeout(GIVE_UP, ended).await;
        for (scope, lease) in held {
            let given =
                self.inner.store.of(&scope).release(lease.run, lease.epoch, Duration::ZERO, false);
            if let Err(error) = given.await {
                tracing::warn!(%error, "could not give a run back; its lease will run out");
            }
        }
    }

    /// Claims as many runs as there are free slots, and returns how many it got.
    async fn claim(&self, tasks: &mut JoinSet<()>) -> usize {
        let free = self.inner.options.slots.saturating_sub(tasks.len());
        let Ok(most @ 1..) = u32::try_from(free) else { return 0 };
        let since = Instant::now();
        let claims = match self
            .inner
            .store
            .across_tenants()
            .claim(&self.inner.owner, most, RUNS_AT_ONCE)
            .await
        {
            Ok(claims) => claims,
            Err(error) => {
                tracing::warn!(%error, "could not claim runs");
                return 0;
            }
        };
        let count = claims.len();
        for claim in claims {
            let length = self.inner.store.lease();
            let lease = Arc::new(Lease::new(claim.run.id, claim.epoch, since, length));
            let scope = TenantScope::new(claim.run.tenant.clone());
            self.leases().insert(claim.run.id, (scope, lease.clone()));
            let span = tracing::info_span!("run", run = %claim.run.id, tenant = %claim.run.tenant, module = %claim.run.module);
            let worker = self.clone();
            tasks.spawn(async move { worker.work(claim, lease).await }.instrument(span));
        }
        count
    }

    /// Works on one claimed run until it ends or has to wait.
    async fn work(&self, claim: Claim, lease: Arc<Lease>) {
        let scope = TenantScope::new(claim.run.tenant.clone());
        if claim.run.cancel_requested {
            lease.cancel();
        }
        let since = claim.waits_since;
        let worker = self.clone();
        let (task_scope, task_lease) = (scope.clone(), lease.clone());
        // A task of its own, so that a panic ends this run and not the worker.
        let driven = tokio::spawn(
            async move { worker.drive(claim, &task_scope, &task_lease).await }.in_current_span(),
        )
        .await;
        let settled = match driven {
            Ok(Ok(ended)) => self.settle(&scope, &lease, ended).await,
            Ok(Err(error)) => {
                let waited = sync::waited(since, self.inner.clock.now());
                self.settle(&scope, &lease, sync::not_stored(&error, waited)).await
            }
            Err(error) => {
                tracing::error!(%error, "the run's work broke off");
                let failure = RunFailure::of(code::INTERNAL, &[]);
                self.settle(&scope, &lease, Ended::Finished(RunState::Failed, Some(failure))).await
            }
        };
        if let Err(error) = settled {
            tracing::warn!(%error, "could not store the end of the run's work; its lease will run out");
        }
        // The run may be here again already, with a new claim.
        let mut leases = self.leases();
        if leases.get(&lease.run).is_some_and(|(_, held)| Arc::ptr_eq(held, &lease)) {
            leases.remove(&lease.run);
        }
    }

    async fn drive(
        &self,
        claim: Claim,
        scope: &TenantScope,
        lease: &Arc<Lease>,
    ) -> Result<Ended, StoreError> {
        let parts = match self.inner.control.run_parts(scope, &claim.run).await? {
            Ok(parts) => parts,
            Err(failure) => return Ok(Ended::Finished(RunState::Failed, Some(failure))),
        };
        if let Some(wait) = self.inner.control.credits_wait(scope).await? {
            let wait = wait.to_std().unwrap_or_default();
            let message = code::ZOHO_CREDITS_LOW.message(&[]);
            let reason = ConnectorError {
                retry_after: Some(wait),
                ..ConnectorError::new(Failure::Throttled, code::ZOHO_CREDITS_LOW, message)
            };
            return Ok(Ended::Wait { wait, failed: false, reason: Some(reason) });
        }
        let job = match self.inner.control.job(scope, claim, parts).await {
            Ok(job) => Arc::new(job),
            Err(failure) => return Ok(Ended::Finished(RunState::Failed, Some(failure))),
        };
        Ok(self.inner.engine.drive(&job, lease).await)
    }

    async fn settle(
        &self,
        scope: &TenantScope,
        lease: &Lease,
        ended: Ended,
    ) -> Result<(), StoreError> {
        match ended {
            Ended::Lost => tracing::warn!("the run is no longer this worker's"),
            Ended::Wait { .. } if lease.cancelled() => {
                let cancelled = Ended::Finished(RunState::Cancelled, None);
                return Box::pin(self.settle(scope, lease, cancelled)).await;
            }
            Ended::Wait { wait, failed, reason } => {
                if let Some(reason) = &reason {
                    tracing::info!(
                        code = reason.code.word(),
                        wait_ms = wait.as_millis(),
                        "the run waits"
                    );
                    if reason.failure == Failure::Throttled {
                        // The limit belongs to the tenant: its other runs would only reach it too.
                        let provider = match reason.code.row().provider {
                            Provider::Moodle => Provider::Moodle,
                            Provider::Zoho | Provider::Sigma => Provider::Zoho,
                        };
                        let store = &self.inner.store;
                        store
                            .of(scope)
                            .throttle(provider.as_str(), wait, reason.code.word())
                            .await?;
                    }
                }
                let why = reason.as_ref().map(|reason| (reason.code, reason.message.as_str()));
                let down = |reason: &&ConnectorError| {
                    matches!(reason.failure, Failure::Unreachable | Failure::Ambiguous)
                };
                let system = reason.as_ref().filter(down).map(|reason| reason.system);
                let snooze = Snooze { wait, failed, why, system };
                self.inner.store.of(scope).snooze(lease.run, lease.epoch, snooze).await?;
            }
            Ended::Held(reason) => {
                tracing::warn!(removals = reason, "the run waits for an approval");
                let (now, reason) = (self.inner.clock.now(), reason.as_deref());
                self.inner.store.of(scope).hold(lease.run, lease.epoch, reason, now).await?;
                self.inner.wake.notify_one();
            }
            Ended::Finished(state, failure) => {
                if let Some(failure) = &failure {
                    tracing::warn!(
                        code = failure.code.word(),
                        summary = failure.summary,
                        "the run failed"
                    );
                }
                let end = Completion {
                    scope: scope.clone(),
                    run: lease.run,
                    epoch: lease.epoch,
                    state,
                    failure,
                    now: self.inner.clock.now(),
                };
                if self.inner.ends.store(end).await? {
                    self.inner.options.metrics.run_ended(state.as_str());
                }
                // A follow-up may be due.
                self.inner.wake.notify_one();
            }
        }
        Ok(())
    }

    /// Keeps the leases alive, with one statement for all of them.
    async fn beat(self) {
        loop {
            tokio::time::sleep(self.inner.store.lease().div_f64(BEATS)).await;
            let held: Vec<Arc<Lease>> =
                self.leases().values().map(|(_, lease)| lease.clone()).collect();
            let pairs: Vec<(RunId, i64)> =
                held.iter().map(|lease| (lease.run, lease.epoch)).collect();
            let since = Instant::now();
            let beats = match self.inner.store.across_tenants().heartbeat(&pairs).await {
                Ok(beats) => beats,
                Err(error) => {
                    tracing::warn!(%error, "heartbeat failed");
                    continue;
                }
            };
            for lease in held {
                match beats.iter().find(|beat| beat.run == lease.run && beat.epoch == lease.epoch) {
                    Some(beat) => {
                        lease.prolong(since);
                        if beat.cancel_requested {
                            lease.cancel();
                        }
                    }
                    // The run may have ended between the two statements; then nothing listens any more.
                    None => lease.lose(),
                }
            }
        }
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.inner.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
