//! The runs as a queue: enqueue, claim, heartbeat, complete, release, reap, cancel (engine.md, section
//! 1.2). Raw SQL, written once for both databases. Every write of a run carries its id and epoch, and does nothing when
//! another worker has the run by now. Leases use the database's clock.

use {
    super::{Result, Scope, Store, StoreError, Tx, now_ms, placeholders, run, statement},
    crate::domain::{
        id::RunId,
        module::ModuleName,
        run::{Run, RunFailure, RunState, TriggerSource},
        scope::RunScope,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value},
    std::time::Duration,
    uuid::Uuid,
};

/// A waiting run `w` goes when no run before it in its chain is still to be done.
const TURN: &str =
    "(w.chain_id IS NULL OR NOT EXISTS (SELECT 1 FROM sync_runs e WHERE e.chain_id = w.chain_id
    AND e.chain_place < w.chain_place AND e.state IN ('queued', 'waiting', 'running')))";
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
    /// True: it only says what it would do.
    pub dry_run: bool,
    /// What it reads.
    pub scope: RunScope,
    /// The chain that it belongs to, by the chain's first run, and its place there.
    pub chain: Option<(RunId, i32)>,
}

impl NewRun {
    /// A run over everything, for nobody in particular.
    pub const fn new(
        id: RunId,
        module: ModuleName,
        trigger: TriggerSource,
        started_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            module,
            trigger,
            trigger_key: None,
            triggered_by: None,
            parent: None,
            started_at,
            dry_run: false,
            scope: RunScope::Full,
            chain: None,
        }
    }
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
        if tx.count_waiting(&new).await? >= MOST_WAITING {
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

    /// Accepts runs that go one after the other, the first at once where no run of its module is active. All carry the
    /// first one's id as their chain.
    pub async fn enqueue_chain(&self, scope: &Scope, runs: Vec<NewRun>) -> Result<Vec<Run>> {
        let tx = self.begin(scope).await?;
        let mut accepted = Vec::with_capacity(runs.len());
        for (place, run) in runs.iter().enumerate() {
            let at_once = place == 0 && tx.insert_run(run, RunState::Queued).await?.is_some();
            if !at_once && tx.insert_run(run, RunState::Waiting).await?.is_none() {
                return Err(StoreError::Conflict);
            }
            accepted.extend(tx.run(run.id).await?);
        }
        tx.commit().await?;
        Ok(accepted)
    }

    /// Takes up to `most` due runs, at most `per_tenant` running at once for a tenant.
    pub async fn claim(&self, owner: &str, most: u32, per_tenant: u32) -> Result<Vec<Claim>> {
        let backend = self.backend();
        let now = now_ms(backend);
        // Ranking within the tenant, not a plain count, keeps a batch from taking a tenant's whole queue at once.
        // Tenants that are at their limit are left out at the start, else their queues would fill the candidates and
        // hide everybody behind them.
        let sql = format!(
            "WITH cand AS (
                SELECT run_id, tenant_id, priority, available_ms FROM sync_runs
                WHERE state = 'queued' AND available_ms <= {now}
                  AND tenant_id NOT IN (SELECT tenant_id FROM sync_runs WHERE state = 'running'
                    GROUP BY tenant_id HAVING count(*) >= {per_tenant})
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
            lock = skip_locked(backend),
            lease = self.lease.as_millis(),
        );
        let rows = self.write.query_all_raw(statement(backend, sql, [owner.into()])).await?;
        rows.iter().map(claim_of).collect()
    }

    /// Says whether a due run of another tenant waits for a worker.
    pub async fn others_wait(&self, scope: &Scope) -> Result<bool> {
        let backend = self.backend();
        let sql = format!(
            "SELECT 1 AS one FROM sync_runs WHERE state = 'queued' AND available_ms <= {} AND tenant_id <> $1 LIMIT 1",
            now_ms(backend)
        );
        let row = self.read.query_one_raw(statement(backend, sql, [scope.id().into()])).await?;
        Ok(row.is_some())
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
            lease = self.lease.as_millis(),
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
        // A run that is to be cancelled waits for nothing: the next worker ends it.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + $1,
                available_ms = {now} + CASE WHEN cancel_requested THEN 0 ELSE $2 END,
                owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE run_id = $3 AND epoch = $4 AND state = 'running' AND tenant_id = $5",
            now = now_ms(backend)
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
        // A row that is locked is being stored by somebody who came too late, or stands still: the next look takes it.
        let again = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + 1, available_ms = {clock},
                owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE run_id IN (SELECT run_id FROM sync_runs WHERE state = 'running' AND lease_ms < {clock}
                AND attempts + 1 < max_attempts LIMIT 1000 {lock})",
            lock = skip_locked(backend),
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

    /// Inserts a run, or notes its wish with the active run of the module; `None` when that one has just ended.
    pub(super) async fn try_enqueue(&self, new: &NewRun) -> Result<Option<Enqueued>> {
        if let Some(id) = self.insert_run(new, RunState::Queued).await? {
            return Ok(self.run(id).await?.map(Enqueued::New));
        }
        if let Some(run) = self.run_by_key(new).await? {
            return Ok(Some(Enqueued::Active(run)));
        }
        let sql = "UPDATE sync_runs SET seq = seq + 1
             WHERE tenant_id = $1 AND module_name = $2 AND dry_run = $3 AND state IN ('queued', 'running')
             RETURNING *";
        let values = [self.scope.id().into(), new.module.as_str().into(), new.dry_run.into()];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return Ok(None);
        };
        let active = run_of(&row)?;
        let waits = matches!(new.trigger, TriggerSource::Webhook | TriggerSource::Dependency)
            && active.state == RunState::Queued
            && active.parent.is_none()
            && !(new.scope == RunScope::Waits && matches!(active.scope, RunScope::Ids { .. }));
        // A hint is answered by a run that has not begun, unless that one is for given records only; everything else by
        // one follow-up.
        let (column, merged) = if waits {
            ("scope", active.scope.clone().merged(new.scope.clone()))
        } else {
            let requested: bool = row.try_get("", "rerun_requested")?;
            let noted: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
            let merged = if requested {
                RunScope::read(noted.as_ref()).merged(new.scope.clone())
            } else {
                new.scope.clone()
            };
            ("rerun_requested = true, rerun_scope", merged)
        };
        let sql = format!("UPDATE sync_runs SET {column} = $1 WHERE run_id = $2");
        let values = [merged.stored().into(), active.id.to_string().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(Some(Enqueued::Active(active)))
    }

    async fn insert_run(&self, new: &NewRun, state: RunState) -> Result<Option<RunId>> {
        let sql = format!(
            "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, trigger_key, triggered_by,
                parent_run_id, state, phase, priority, available_ms, started_at, dry_run, scope, chain_id, chain_place)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9,
                coalesce((SELECT max(blocked_ms) FROM throttles
                    WHERE tenant_id = $2 AND blocked_ms > {now}), {now}), $10, $11, $12, $13, $14)
             ON CONFLICT DO NOTHING RETURNING run_id",
            now = now_ms(self.backend())
        );
        let (chain, place) = new.chain.map(|(run, place)| (run.to_string(), place)).unzip();
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
            new.dry_run.into(),
            new.scope.stored().into(),
            chain.into(),
            place.into(),
        ];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(run_id).transpose()
    }

    /// Returns the run that was made for the same key before.
    async fn run_by_key(&self, new: &NewRun) -> Result<Option<Run>> {
        let Some(key) = &new.trigger_key else { return Ok(None) };
        let sql = "SELECT * FROM sync_runs WHERE tenant_id = $1 AND module_name = $2 AND trigger_key = $3";
        let values = [self.scope.id().into(), new.module.as_str().into(), key.as_str().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(run_of).transpose()
    }

    async fn count_waiting(&self, new: &NewRun) -> Result<i64> {
        let sql = "SELECT count(*) AS n FROM sync_runs
             WHERE tenant_id = $1 AND module_name = $2 AND state = 'waiting' AND chain_id IS NULL";
        let values = [self.scope.id().into(), new.module.as_str().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
    }

    /// What follows from the end of a run, in its transaction: the module's last run, and the next run that waited or
    /// was asked for meanwhile.
    pub(super) async fn after_end(&self, row: &QueryResult, now: DateTime<Utc>) -> Result<()> {
        let ended = run_of(row)?;
        let module = ended.module;
        if let Some(word) = ended.state.module_word().filter(|_| !ended.dry_run) {
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
        let rerun_scope: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
        let promoted = self.promote_waiting(&ended, rerun, rerun_scope.as_ref()).await?;
        if !promoted && rerun && ended.state != RunState::Cancelled {
            let follow_up = NewRun {
                trigger_key: Some(format!("rerun:{}", ended.id)),
                triggered_by: ended.triggered_by.clone(),
                dry_run: ended.dry_run,
                scope: RunScope::read(rerun_scope.as_ref()),
                ..NewRun::new(RunId::new(Uuid::new_v4()), module, TriggerSource::Manual, now)
            };
            self.insert_run(&follow_up, RunState::Queued).await?;
        }
        if let Some(chain) = ended.chain {
            self.promote_chain(chain).await?;
        }
        Ok(())
    }

    /// Starts the module's oldest waiting run whose turn in its chain has come.
    async fn promote_waiting(
        &self,
        ended: &Run,
        rerun: bool,
        rerun_scope: Option<&serde_json::Value>,
    ) -> Result<bool> {
        // Another run may be active when the one that ended never ran; the waiting ones go on waiting then.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', rerun_requested = $1, rerun_scope = $5, available_ms = {now},
                seq = seq + 1
             WHERE run_id = (SELECT run_id FROM sync_runs w WHERE tenant_id = $2 AND module_name = $3
                    AND dry_run = $4 AND state = 'waiting' AND {turn} ORDER BY started_at, run_id LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM sync_runs WHERE tenant_id = $2 AND module_name = $3 AND dry_run = $4
                    AND state IN ('queued', 'running'))",
            now = now_ms(self.backend()),
            turn = TURN,
        );
        let values = [
            rerun.into(),
            self.scope.id().into(),
            ended.module.as_str().into(),
            ended.dry_run.into(),
            rerun_scope.cloned().into(),
        ];
        Ok(self.tx.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected() == 1)
    }

    /// Starts the next run of a chain, unless a run of its module is active: that one's end starts it.
    async fn promote_chain(&self, chain: RunId) -> Result<()> {
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', available_ms = {now}, seq = seq + 1
             WHERE run_id = (SELECT run_id FROM sync_runs w WHERE tenant_id = $1 AND chain_id = $2
                    AND state = 'waiting' AND {turn} ORDER BY chain_place LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM sync_runs a WHERE a.tenant_id = $1
                    AND a.module_name = sync_runs.module_name AND a.dry_run = sync_runs.dry_run
                    AND a.state IN ('queued', 'running'))",
            now = now_ms(self.backend()),
            turn = TURN,
        );
        let values = [self.scope.id().into(), chain.to_string().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
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

/// Passes rows by that somebody else is changing; SQLite has one writer.
const fn skip_locked(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

/// Reads a stored run id.
pub(super) fn run_id(row: &QueryResult) -> Result<RunId> {
    let text: String = row.try_get("", "run_id")?;
    RunId::parse(&text).ok_or_else(|| StoreError::Broken(format!("run id '{text}'")))
}

/// Reads a run from a row with all columns.
pub(super) fn run_of(row: &QueryResult) -> Result<Run> {
    use sea_orm::FromQueryResult;
    run::Model::from_query_result(row, "")?.try_into()
}

fn claim_of(row: &QueryResult) -> Result<Claim> {
    Ok(Claim {
        epoch: row.try_get("", "epoch")?,
        attempts: row.try_get("", "attempts")?,
        max_attempts: row.try_get("", "max_attempts")?,
        checkpoint: row.try_get("", "checkpoint")?,
        run: run_of(row)?,
    })
}
