//! The runs as a queue: enqueue, claim, heartbeat, complete, release, reap, cancel (engine.md, section
//! 1.2). Raw SQL, written once for both databases. Every write of a run carries its id and epoch, and does nothing when
//! another worker has the run by now. Leases use the database's clock.

use {
    super::{Result, Scope, Store, StoreError, Tx, now_ms, placeholders, run, statement},
    crate::domain::{
        id::RunId,
        module::ModuleName,
        run::{Run, RunFailure, RunState, TriggerSource},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value},
    std::time::Duration,
    uuid::Uuid,
};

/// How long a claimed run stays with its worker without a heartbeat.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// Waiting retries that a module may have.
const MOST_WAITING: i64 = 10;

/// A run to accept.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Which module.
    pub module: ModuleName,
    /// What asked for it.
    pub trigger: TriggerSource,
    /// The same key never makes a second run.
    pub trigger_key: Option<String>,
    /// Who asked for it.
    pub triggered_by: Option<String>,
    /// The run it retries.
    pub parent: Option<RunId>,
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
}

/// What became of a run to accept.
#[derive(Debug, Clone, PartialEq)]
pub enum Enqueued {
    /// It was accepted.
    New(Run),
    /// This one is active already; one follow-up is noted.
    Active(Run),
    /// Too many wait already.
    Full,
}

/// A run that this process may work on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The run.
    pub run: Run,
    /// Goes with every write; a later claim has a higher one.
    pub epoch: i64,
    /// Failed tries since the last saved slice.
    pub attempts: i32,
    /// Tries allowed.
    pub max_attempts: i32,
    /// Where the last saved slice ended.
    pub checkpoint: Option<serde_json::Value>,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The run that is still ours.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// True when it should stop.
    pub cancel_requested: bool,
}

/// The end of a run.
#[derive(Debug)]
pub struct Completion {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// How it ended.
    pub state: RunState,
    /// Its own error.
    pub failure: Option<RunFailure>,
    /// When.
    pub now: DateTime<Utc>,
}

impl Store {
    /// Accepts a run, or returns the active one with a follow-up noted.
    pub async fn enqueue(&self, scope: &Scope, new: NewRun) -> Result<Enqueued> {
        // The active run may end between the two statements; then the insert has a free place at the next try.
        for _ in 0..3 {
            let tx = self.begin(scope).await?;
            let enqueued = tx.try_enqueue(&new).await?;
            if let Some(enqueued) = enqueued {
                tx.commit().await?;
                return Ok(enqueued);
            }
        }
        Err(StoreError::Broken("a run could not be queued in three tries".into()))
    }

    /// Accepts a retry. Where a run of the module is active it waits for its end.
    pub async fn enqueue_retry(&self, scope: &Scope, new: NewRun) -> Result<Enqueued> {
        let tx = self.begin(scope).await?;
        if let Some(id) = tx.insert_run(&new, RunState::Queued).await? {
            let run = tx.run(id).await?;
            tx.commit().await?;
            return run.map(Enqueued::New).ok_or(StoreError::Conflict);
        }
        if tx.count_waiting(new.module).await? >= MOST_WAITING {
            return Ok(Enqueued::Full);
        }
        let id = tx.insert_run(&new, RunState::Waiting).await?;
        let run = match id {
            Some(id) => tx.run(id).await?,
            None => None,
        };
        tx.commit().await?;
        run.map(Enqueued::New).ok_or(StoreError::Conflict)
    }

    /// Takes up to `most` due runs, at most `per_tenant` running at once for a tenant.
    pub async fn claim(&self, owner: &str, most: u32, per_tenant: u32) -> Result<Vec<Claim>> {
        let backend = self.backend();
        let now = now_ms(backend);
        let lock = match backend {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        // Ranking within the tenant, not a plain count, keeps a batch from taking a tenant's whole queue at once.
        let sql = format!(
            "WITH cand AS (
                SELECT run_id, tenant_id, priority, available_ms FROM sync_runs
                WHERE state = 'queued' AND available_ms <= {now}
                ORDER BY priority, available_ms, run_id LIMIT {wide}),
             ranked AS (
                SELECT cand.*, row_number() OVER (PARTITION BY tenant_id ORDER BY priority, available_ms, run_id)
                    + (SELECT count(*) FROM sync_runs x WHERE x.tenant_id = cand.tenant_id AND x.state = 'running')
                    AS place FROM cand),
             pick AS (
                SELECT run_id FROM ranked WHERE place <= {per_tenant}
                ORDER BY priority, available_ms, run_id LIMIT {most}),
             taken AS (
                SELECT run_id FROM sync_runs
                WHERE run_id IN (SELECT run_id FROM pick) AND state = 'queued' {lock})
             UPDATE sync_runs SET state = 'running', epoch = epoch + 1, owner = $1, lease_ms = {now} + {lease},
                seq = seq + 1, phase = 'reading'
             WHERE run_id IN (SELECT run_id FROM taken) RETURNING *",
            wide = u64::from(most) * 8,
            lease = LEASE.as_millis(),
        );
        let rows = self.write.query_all_raw(statement(backend, sql, [owner.into()])).await?;
        rows.iter().map(claim_of).collect()
    }

    /// Prolongs the leases of runs by id and epoch, and returns those that are still ours.
    pub async fn heartbeat(&self, runs: &[(RunId, i64)]) -> Result<Vec<Beat>> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let backend = self.backend();
        let sql = format!(
            "UPDATE sync_runs SET lease_ms = {now} + {lease}
             WHERE state = 'running' AND (run_id, epoch) IN (VALUES {pairs})
             RETURNING run_id, epoch, cancel_requested",
            now = now_ms(backend),
            lease = LEASE.as_millis(),
            pairs = placeholders(runs.len(), 2, 1),
        );
        let values =
            runs.iter().flat_map(|(run, epoch)| [Value::from(run.to_string()), (*epoch).into()]);
        let rows = self.write.query_all_raw(statement(backend, sql, values)).await?;
        rows.iter()
            .map(|row| {
                Ok(Beat {
                    run: run_id(row)?,
                    epoch: row.try_get("", "epoch")?,
                    cancel_requested: row.try_get("", "cancel_requested")?,
                })
            })
            .collect()
    }

    /// Ends a run: its state, the module's last run, and the next run of the module. Returns false when the run is no
    /// longer ours.
    pub async fn complete(&self, scope: &Scope, end: Completion) -> Result<bool> {
        let tx = self.begin(scope).await?;
        let sql =
            "UPDATE sync_runs SET state = $1, phase = 'done', finished_at = $2, error_code = $3,
                error_summary = $4, seq = seq + 1, owner = NULL, lease_ms = NULL
             WHERE run_id = $5 AND epoch = $6 AND state = 'running' AND tenant_id = $7 RETURNING *";
        let (code, summary) = end.failure.map(|failure| (failure.code, failure.summary)).unzip();
        let values = [
            end.state.as_str().into(),
            end.now.into(),
            code.into(),
            summary.into(),
            end.run.to_string().into(),
            end.epoch.into(),
            scope.id().into(),
        ];
        let Some(row) = tx.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return Ok(false);
        };
        tx.after_end(&row, end.now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a run back after `wait`; `failed` counts a try. Returns false when the run is no longer ours.
    pub async fn release(
        &self,
        scope: &Scope,
        run: RunId,
        epoch: i64,
        wait: Duration,
        failed: bool,
    ) -> Result<bool> {
        let backend = self.backend();
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + $1,
                available_ms = {} + $2, owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE run_id = $3 AND epoch = $4 AND state = 'running' AND tenant_id = $5",
            now_ms(backend)
        );
        let values = [
            i32::from(failed).into(),
            i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2).into(),
            run.to_string().into(),
            epoch.into(),
            scope.id().into(),
        ];
        Ok(self.write.execute_raw(statement(backend, sql, values)).await?.rows_affected() == 1)
    }

    /// Takes runs from workers that stopped answering: back to the queue, or ended after too many lost workers. Returns
    /// how many.
    pub async fn reap(&self, now: DateTime<Utc>) -> Result<usize> {
        let backend = self.backend();
        let clock = now_ms(backend);
        let worn_out = format!(
            "SELECT * FROM sync_runs WHERE state = 'running' AND lease_ms < {clock}
             AND attempts + 1 >= max_attempts LIMIT 1000"
        );
        let rows = self.read.query_all_raw(statement(backend, worn_out, [])).await?;
        let mut reaped = 0;
        for row in &rows {
            let claim = claim_of(row)?;
            let end = Completion {
                run: claim.run.id,
                epoch: claim.epoch,
                state: RunState::Failed,
                failure: Some(RunFailure {
                    code: "RUN_WORKER_LOST".into(),
                    summary: "the workers of this run stopped answering too often".into(),
                }),
                now,
            };
            reaped += usize::from(self.complete(&Scope::new(claim.run.tenant), end).await?);
        }
        let again = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + 1, available_ms = {clock},
                owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE state = 'running' AND lease_ms < {clock} AND attempts + 1 < max_attempts"
        );
        let again = self.write.execute_raw(statement(backend, again, [])).await?.rows_affected();
        Ok(reaped + usize::try_from(again).unwrap_or(usize::MAX))
    }

    /// Cancels a run: at once when no worker has it, else by asking its worker. Returns false when it has ended or is
    /// not the tenant's.
    pub async fn cancel(&self, scope: &Scope, run: RunId, now: DateTime<Utc>) -> Result<bool> {
        let tx = self.begin(scope).await?;
        let at_once = "UPDATE sync_runs SET state = 'cancelled', phase = 'done', finished_at = $1, seq = seq + 1
             WHERE run_id = $2 AND tenant_id = $3 AND state IN ('queued', 'waiting', 'held') RETURNING *";
        let values = [now.into(), run.to_string().into(), scope.id().into()];
        let ended = tx.tx.query_one_raw(statement(self.backend(), at_once, values)).await?;
        let done = if let Some(row) = ended {
            tx.after_end(&row, now).await?;
            true
        } else {
            let ask = "UPDATE sync_runs SET cancel_requested = true, seq = seq + 1
                 WHERE run_id = $1 AND tenant_id = $2 AND state = 'running'";
            let values = [run.to_string().into(), scope.id().into()];
            tx.tx.execute_raw(statement(self.backend(), ask, values)).await?.rows_affected() == 1
        };
        tx.commit().await?;
        Ok(done)
    }
}

impl Tx {
    pub(super) fn backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn try_enqueue(&self, new: &NewRun) -> Result<Option<Enqueued>> {
        if let Some(id) = self.insert_run(new, RunState::Queued).await? {
            return Ok(self.run(id).await?.map(Enqueued::New));
        }
        let sql = "UPDATE sync_runs SET rerun_requested = true
             WHERE tenant_id = $1 AND module_name = $2 AND state IN ('queued', 'running') RETURNING run_id";
        let values = [self.scope.id().into(), new.module.as_str().into()];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return Ok(None);
        };
        Ok(self.run(run_id(&row)?).await?.map(Enqueued::Active))
    }

    async fn insert_run(&self, new: &NewRun, state: RunState) -> Result<Option<RunId>> {
        let sql = format!(
            "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, trigger_key, triggered_by,
                parent_run_id, state, phase, priority, available_ms, started_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, {}, $10)
             ON CONFLICT DO NOTHING RETURNING run_id",
            now_ms(self.backend())
        );
        let values = [
            new.id.to_string().into(),
            self.scope.id().into(),
            new.module.as_str().into(),
            new.trigger.as_str().into(),
            new.trigger_key.clone().into(),
            new.triggered_by.clone().into(),
            new.parent.map(|parent| parent.to_string()).into(),
            state.as_str().into(),
            new.trigger.priority().into(),
            new.started_at.into(),
        ];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(run_id).transpose()
    }

    async fn count_waiting(&self, module: ModuleName) -> Result<i64> {
        let sql = "SELECT count(*) AS n FROM sync_runs WHERE tenant_id = $1 AND module_name = $2 AND state = 'waiting'";
        let values = [self.scope.id().into(), module.as_str().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
    }

    /// What follows from the end of a run, in its transaction: the module's last run, and the next run that waited or
    /// was asked for meanwhile.
    async fn after_end(&self, row: &QueryResult, now: DateTime<Utc>) -> Result<()> {
        let ended = claim_of(row)?.run;
        let module = ended.module;
        if let Some(word) = ended.state.module_word() {
            let sql = "UPDATE module_settings SET last_run_at = $1, last_run_status = $2, last_run_count = $3
                 WHERE tenant_id = $4 AND module_name = $5";
            let total = i32::try_from(ended.counts.total()).unwrap_or(i32::MAX);
            let values = [
                now.into(),
                word.into(),
                total.into(),
                self.scope.id().into(),
                module.as_str().into(),
            ];
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        let rerun: bool = row.try_get("", "rerun_requested")?;
        if !self.promote_waiting(module, rerun).await?
            && rerun
            && ended.state != RunState::Cancelled
        {
            let follow_up = NewRun {
                id: RunId::new(Uuid::new_v4()),
                module,
                trigger: TriggerSource::Manual,
                trigger_key: Some(format!("rerun:{}", ended.id)),
                triggered_by: ended.triggered_by,
                parent: None,
                started_at: now,
            };
            self.insert_run(&follow_up, RunState::Queued).await?;
        }
        Ok(())
    }

    async fn promote_waiting(&self, module: ModuleName, rerun: bool) -> Result<bool> {
        // Another run may be active when the one that ended never ran; the waiting ones go on waiting then.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', rerun_requested = $1, available_ms = {}, seq = seq + 1
             WHERE run_id = (SELECT run_id FROM sync_runs WHERE tenant_id = $2 AND module_name = $3
                    AND state = 'waiting' ORDER BY started_at, run_id LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM sync_runs WHERE tenant_id = $2 AND module_name = $3
                    AND state IN ('queued', 'running'))",
            now_ms(self.backend())
        );
        let values = [rerun.into(), self.scope.id().into(), module.as_str().into()];
        Ok(self.tx.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected() == 1)
    }

    /// Ends the runs of a tenant that is not active any more; no follow-ups start.
    pub(super) async fn cancel_all_runs(&self, now: DateTime<Utc>) -> Result<()> {
        let waiting = "UPDATE sync_runs SET state = 'cancelled', phase = 'done', finished_at = $1, seq = seq + 1
             WHERE tenant_id = $2 AND state IN ('queued', 'waiting', 'held')";
        let values = [now.into(), self.scope.id().into()];
        self.tx.execute_raw(statement(self.backend(), waiting, values)).await?;
        let running =
            "UPDATE sync_runs SET cancel_requested = true, rerun_requested = false, seq = seq + 1
             WHERE tenant_id = $1 AND state = 'running'";
        self.tx.execute_raw(statement(self.backend(), running, [self.scope.id().into()])).await?;
        Ok(())
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>> {
        run::find(&self.tx as &DatabaseTransaction, &self.scope, id).await
    }
}

fn run_id(row: &QueryResult) -> Result<RunId> {
    let text: String = row.try_get("", "run_id")?;
    RunId::parse(&text).ok_or_else(|| StoreError::Broken(format!("run id '{text}'")))
}

fn claim_of(row: &QueryResult) -> Result<Claim> {
    use sea_orm::FromQueryResult;
    let model = run::Model::from_query_result(row, "")?;
    Ok(Claim {
        epoch: row.try_get("", "epoch")?,
        attempts: row.try_get("", "attempts")?,
        max_attempts: row.try_get("", "max_attempts")?,
        checkpoint: row.try_get("", "checkpoint")?,
        run: model.try_into()?,
    })
}
