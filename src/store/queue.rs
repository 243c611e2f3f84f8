//! The runs as a queue: enqueue, claim, heartbeat, complete, release, reap, cancel (docs/src/engine.md,
//! "The queue"). Raw SQL, written once for both databases. Every write of a run carries its id and epoch, and does nothing when
//! another worker has the run by now. Leases use the database's clock.

use {
    super::{
        Completion, Result, Scope, Store, StoreError, Tx, now_ms, placeholders, run, statement,
    },
    crate::domain::{
        id::RunId,
        module::ModuleName,
        run::{Run, RunFailure, RunState, TriggerSource},
        scope::RunScope,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value},
    std::time::Duration,
};

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
    /// first one's id as their chain. A chain over the same modules that has not begun answers the wish as well: it is
    /// returned, and reads what both want.
    pub async fn enqueue_chain(&self, scope: &Scope, runs: Vec<NewRun>) -> Result<Vec<Run>> {
        let tx = self.begin(scope).await?;
        if let Some(known) = tx.join_chain(&runs).await? {
            tx.commit().await?;
            return Ok(known);
        }
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
        // Taken from the worker in the statement that finds the lease run out: a sign of life in between would be too late.
        let worn_out = format!(
            "UPDATE sync_runs SET epoch = epoch + 1
             WHERE run_id IN (SELECT run_id FROM sync_runs WHERE state = 'running' AND lease_ms < {clock}
                AND attempts + 1 >= max_attempts LIMIT 1000 {lock}) RETURNING *",
            lock = skip_locked(backend),
        );
        let rows = self.write.query_all_raw(statement(backend, worn_out, [])).await?;
        let failure = RunFailure {
            code: "RUN_WORKER_LOST".into(),
            summary: "the workers of this run stopped answering too often".into(),
        };
        let mut ends = Vec::with_capacity(rows.len());
        for row in &rows {
            let lost = run_of(row)?;
            ends.push(Completion {
                scope: Scope::new(lost.tenant),
                run: lost.id,
                epoch: row.try_get("", "epoch")?,
                state: RunState::Failed,
                failure: Some(failure.clone()),
                now,
            });
        }
        let reaped = self.complete(&ends).await?.len();
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
        let epoch: i64 = row.try_get("", "epoch")?;
        let waits = matches!(new.trigger, TriggerSource::Webhook | TriggerSource::Dependency)
            && active.state == RunState::Queued
            && epoch == 0
            && active.parent.is_none()
            && !(new.scope == RunScope::Waits && matches!(active.scope, RunScope::Ids { .. }));
        // A hint is answered by a run that nobody has begun, unless that one is for given records only; everything else
        // by one follow-up. One that was given back may have read past what the hint is about.
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

    pub(super) async fn insert_run(&self, new: &NewRun, state: RunState) -> Result<Option<RunId>> {
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

    /// Returns a chain of the same modules of which nothing has begun, with its scopes widened by what the new one reads.
    async fn join_chain(&self, new: &[NewRun]) -> Result<Option<Vec<Run>>> {
        let Some(first) = new.first() else { return Ok(None) };
        let sql = "SELECT * FROM sync_runs r WHERE r.tenant_id = $1 AND r.dry_run = $2 AND r.chain_id IN (
                SELECT c.chain_id FROM sync_runs c WHERE c.tenant_id = $1 AND c.chain_id IS NOT NULL
                    AND c.state IN ('queued', 'waiting'))
             AND NOT EXISTS (SELECT 1 FROM sync_runs e WHERE e.chain_id = r.chain_id
                AND (e.epoch > 0 OR e.state NOT IN ('queued', 'waiting')))
             ORDER BY r.chain_id, r.chain_place";
        let values = [self.scope.id().into(), first.dry_run.into()];
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        let open = rows.iter().map(run_of).collect::<Result<Vec<Run>>>()?;
        let same = open
            .chunk_by(|one, other| one.chain == other.chain)
            .find(|chain| chain.iter().map(|run| run.module).eq(new.iter().map(|run| run.module)));
        let Some(same) = same else { return Ok(None) };
        let mut joined = Vec::with_capacity(same.len());
        for (run, new) in same.iter().zip(new) {
            let scope = run.scope.clone().merged(new.scope.clone());
            let sql = "UPDATE sync_runs SET scope = $1, seq = seq + 1 WHERE run_id = $2";
            let values = [scope.stored().into(), run.id.to_string().into()];
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
            joined.extend(self.run(run.id).await?);
        }
        Ok(Some(joined))
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
