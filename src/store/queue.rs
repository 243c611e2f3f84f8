//! The runs of a tenant as a queue: enqueue, release, cancel (docs/src/engine.md, "The queue"). Workers claim, extend
//! and end the runs of all tenants in `across_tenants/`. Raw SQL, written once for both databases. Every write of a
//! worker's run carries its id and epoch, and does nothing if another worker has the run in the meantime.

use {
    super::{
        AuditEntry, Result, StoreError, TenantRows, Together, Tx, by_index, now_ms,
        outbox::{NewEvent, publish_runs, tell_runs},
        run,
        stat::count_ends,
        statement,
    },
    crate::domain::{
        audit::{Action, Author, Change},
        code::{Code, Provider},
        event::EventKind,
        id::{KeyId, RunId},
        module::ModuleName,
        run::{Run, RunState, TriggerSource},
        selection::RunSelection,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult},
    serde_json::json,
    std::time::Duration,
    uuid::Uuid,
};

/// Greatest number of waiting retries of a module.
const MOST_WAITING: i64 = 10;

/// A run to accept.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// The module.
    pub module: ModuleName,
    /// The trigger.
    pub trigger: TriggerSource,
    /// A second request with the same key makes no second run.
    pub trigger_key: Option<String>,
    /// Who asked for it, in the words of the caller.
    pub triggered_by: Option<String>,
    /// The key that asked for it.
    pub started_key: Option<KeyId>,
    /// The run it retries.
    pub parent: Option<RunId>,
    /// When it was accepted.
    pub started_at: DateTime<Utc>,
    /// True: it only reports what it would do.
    pub dry_run: bool,
    /// What it reads.
    pub selection: RunSelection,
    /// The chain that it belongs to, by the chain's first run, and its position there.
    pub chain: Option<(RunId, i32)>,
    /// The caller that asked for it, for the audit log; `None` for a run without a caller.
    pub author: Option<Author>,
}

impl NewRun {
    /// A run over everything, without a caller.
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
            started_key: None,
            parent: None,
            started_at,
            dry_run: false,
            selection: RunSelection::Full,
            chain: None,
            author: None,
        }
    }

    fn key(&self) -> Option<&str> {
        self.started_key.as_ref().map(KeyId::as_str)
    }
}

/// How a run waits that is given back.
#[derive(Debug, Clone, Copy)]
pub struct Snooze<'a> {
    /// How long.
    pub wait: Duration,
    /// Whether this counts as a failed try.
    pub failed: bool,
    /// Why, as a code and in words; `None` when others are only to have their turn. The wait goes on as the one before
    /// did, whatever its reason was, unless a slice was stored since.
    pub why: Option<(Code, &'a str)>,
    /// The other system that has not answered as it should, if that is why.
    pub system: Option<Provider>,
}

/// The result of accepting a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Enqueued {
    /// It was accepted.
    New(Run),
    /// This one is active already; one follow-up is noted.
    Active(Run),
    /// Too many are waiting already.
    Full,
}

impl TenantRows<'_> {
    /// Accepts a run, or returns the active one with a follow-up noted. Behind an active one that was asked to stop the
    /// run waits under its own id.
    pub async fn enqueue(self, new: NewRun) -> Result<Enqueued> {
        // The active run may end between the two statements; the next try of the insert then succeeds.
        for _ in 0..3 {
            let tx = self.begin().await?;
            let enqueued = tx.try_enqueue(&new).await?;
            if let Some(enqueued) = enqueued {
                if let Enqueued::New(run) | Enqueued::Active(run) = &enqueued {
                    tx.audit_start(&new, &[run]).await?;
                }
                tx.commit().await?;
                return Ok(enqueued);
            }
        }
        Err(StoreError::Broken("a run could not be queued in three tries".into()))
    }

    /// Accepts a retry. If a run of the module is active, the retry waits for its end.
    pub async fn enqueue_retry(self, new: NewRun) -> Result<Enqueued> {
        let tx = self.begin().await?;
        if let Some(id) = tx.insert_run(&new, RunState::Queued).await? {
            let run = tx.run(id).await?;
            tx.audit_start(&new, run.as_slice()).await?;
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
        tx.audit_start(&new, run.as_slice()).await?;
        tx.commit().await?;
        run.map(Enqueued::New).ok_or(StoreError::Conflict)
    }

    /// Accepts runs that follow each other, the first at once if no run of its module is active. All carry the first
    /// one's id as their chain. A chain over the same modules that has not begun also answers the request: it is
    /// returned, and reads what both requests select.
    pub async fn enqueue_chain(self, runs: Vec<NewRun>) -> Result<Vec<Run>> {
        let tx = self.begin().await?;
        if let Some(known) = tx.join_chain(&runs).await? {
            if let Some(first) = runs.first() {
                tx.audit_start(first, &known).await?;
            }
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
        if let Some(first) = runs.first() {
            tx.audit_start(first, &accepted).await?;
        }
        tx.commit().await?;
        Ok(accepted)
    }

    /// Gives a run back after `wait`, which nothing asked for; `failed` counts a try. Returns false when the run is no
    /// longer ours.
    pub async fn release(
        self,
        run: RunId,
        epoch: i64,
        wait: Duration,
        failed: bool,
    ) -> Result<bool> {
        self.snooze(run, epoch, Snooze { wait, failed, why: None, system: None }).await
    }

    /// Gives a run back that has to wait. The event `run.waiting` is stored when the wait begins, and not when it goes on. Returns
    /// false when another worker has the run.
    pub async fn snooze(self, run: RunId, epoch: i64, snooze: Snooze<'_>) -> Result<bool> {
        let backend = self.backend();
        // A run that is to be cancelled does not wait: the next worker ends it.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + $1,
                available_ms = {now} + CASE WHEN cancel_requested THEN 0 ELSE $2 END,
                wait_code = CAST($6 AS text), wait_reason = CAST($7 AS text),
                wait_since_ms = CASE WHEN CAST($6 AS text) IS NULL THEN NULL WHEN wait_code IS NULL THEN {now}
                    ELSE coalesce(wait_since_ms, {now}) END,
                owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE run_id = $3 AND epoch = $4 AND state = 'running' AND tenant_id = $5 RETURNING *",
            now = now_ms(backend)
        );
        let (code, reason) = snooze.why.unzip();
        let wait = i64::try_from(snooze.wait.as_millis()).unwrap_or(i64::MAX / 2);
        let values = [
            i32::from(snooze.failed).into(),
            wait.into(),
            run.to_string().into(),
            epoch.into(),
            self.id().into(),
            code.map(Code::word).into(),
            reason.into(),
        ];
        let tx = self.begin().await?;
        let waited = tx.waits_already(run).await?;
        let row = tx.tx.query_one_raw(statement(backend, sql, values)).await?;
        let Some(row) = row else { return Ok(false) };
        let run = run_of(&row)?;
        if !waited && let Some(since) = run.waiting.as_ref().map(|wait| wait.since) {
            let mut told = Together::new(backend);
            tell_runs(&mut told, EventKind::RunWaiting, &[run], since, |_| snooze.system)?;
            told.all_raw(&tx.tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Cancels a run: at once if no worker has it, otherwise by asking its worker. Returns false if it has ended or
    /// belongs to another tenant.
    pub async fn cancel(self, run: RunId, now: DateTime<Utc>) -> Result<bool> {
        self.cancel_by(None, run, now).await
    }

    /// Does the same for a caller, with an entry of the audit log.
    pub async fn cancel_by(
        self,
        author: Option<Author>,
        run: RunId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        let at_once = "UPDATE sync_runs SET state = 'cancelled', phase = 'done', finished_at = $1, seq = seq + 1
             WHERE run_id = $2 AND tenant_id = $3 AND state IN ('queued', 'waiting', 'held') RETURNING *";
        let values = [now.into(), run.to_string().into(), self.id().into()];
        let ended = tx.tx.query_one_raw(statement(self.backend(), at_once, values)).await?;
        let done = if let Some(row) = ended {
            // Of a run that waited, others may have been told that it answers their requests as well.
            let requested: bool = row.try_get("", "rerun_requested")?;
            let noted: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
            if noted.is_some() && !requested {
                tx.insert_run(&noted_wish(&row, &run_of(&row)?, now)?, RunState::Waiting).await?;
            }
            let ended = [run_of(&row)?];
            publish_runs(&tx.tx, EventKind::RunEnded, &ended, now).await?;
            count_ends(&tx.tx, &ended, now).await?;
            tx.after_end(&row, now).await?;
            true
        } else {
            tx.ask_to_stop(run, now).await?
        };
        if let Some(author) = author.filter(|_| done) {
            let (action, resource) = (Action::CancelRun, &*run.to_string());
            let change = Change::made(json!({ "cancel_requested": true }));
            tx.audit(AuditEntry { author, action, resource, change, at: now }).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}

impl Tx {
    /// Returns whether a run has begun to wait and has got nothing done since.
    async fn waits_already(&self, run: RunId) -> Result<bool> {
        let sql = "SELECT 1 FROM sync_runs WHERE run_id = $1 AND tenant_id = $2 AND wait_code IS NOT NULL";
        let values = [run.to_string().into(), self.id().into()];
        Ok(self.tx.query_one_raw(statement(self.backend(), sql, values)).await?.is_some())
    }

    /// Inserts a run, or notes the request with the active run of the module; `None` if that one has just ended.
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
        let values = [self.id().into(), new.module.as_str().into(), new.dry_run.into()];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return Ok(None);
        };
        let active = run_of(&row)?;
        if active.cancel_requested {
            return self.enqueue_behind(new).await;
        }
        let epoch: i64 = row.try_get("", "epoch")?;
        let waits = matches!(new.trigger, TriggerSource::Webhook | TriggerSource::Dependency)
            && active.state == RunState::Queued
            && epoch == 0
            && active.parent.is_none()
            && !(new.selection == RunSelection::Waits
                && matches!(active.selection, RunSelection::Ids { .. }));
        // A hint is answered by a run that has not begun, unless that one is for given records only; every other
        // request by one follow-up. A run that was given back may already have read past what the hint is about.
        let (column, merged) = if waits {
            ("scope", active.selection.clone().merged(new.selection.clone()))
        } else {
            let requested: bool = row.try_get("", "rerun_requested")?;
            let noted: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
            let merged = if requested {
                RunSelection::read(noted.as_ref()).merged(new.selection.clone())
            } else {
                new.selection.clone()
            };
            let by = "rerun_requested = true, rerun_by = coalesce(rerun_by, $4), rerun_key = coalesce(rerun_key, $5),
                rerun_scope";
            (by, merged)
        };
        let sql =
            format!("UPDATE sync_runs SET {column} = $1 WHERE run_id = $2 AND tenant_id = $3");
        let mut values =
            vec![merged.stored().into(), active.id.to_string().into(), self.id().into()];
        if !waits {
            values.extend([new.triggered_by.clone().into(), new.key().into()]);
        }
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(Some(Enqueued::Active(active)))
    }

    /// Accepts a run that begins when the active run of the module has ended. One that waits there already answers the
    /// request as well. `None` when the request's key has made a run meanwhile.
    async fn enqueue_behind(&self, new: &NewRun) -> Result<Option<Enqueued>> {
        // Not a retry, which reads the items of its own run, not a part of a chain, and not an approved plan.
        let sql = format!(
            "SELECT * FROM sync_runs{waiting}
             WHERE tenant_id = $1 AND module_name = $2 AND dry_run = $3 AND state IN ('waiting', 'held')
                AND state = 'waiting' AND epoch = 0 AND parent_run_id IS NULL AND chain_id IS NULL
             ORDER BY started_at, run_id LIMIT 1",
            waiting = by_index(self.backend(), "sync_runs_waiting"),
        );
        let values = [self.id().into(), new.module.as_str().into(), new.dry_run.into()];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return match self.insert_run(new, RunState::Waiting).await? {
                Some(id) => Ok(self.run(id).await?.map(Enqueued::New)),
                None => Ok(None),
            };
        };
        let waiting = run_of(&row)?;
        let selection = waiting.selection.clone().merged(new.selection.clone());
        // Noted with it as well, for the case that the one who asked first cancels the run.
        let noted: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
        let noted = noted.map_or_else(
            || new.selection.clone(),
            |noted| RunSelection::read(Some(&noted)).merged(new.selection.clone()),
        );
        let sql =
            "UPDATE sync_runs SET scope = $1, rerun_scope = $4, rerun_by = coalesce(rerun_by, $5),
                rerun_key = coalesce(rerun_key, $6), seq = seq + 1
             WHERE run_id = $2 AND tenant_id = $3";
        let values = [
            selection.stored().into(),
            waiting.id.to_string().into(),
            self.id().into(),
            noted.stored().into(),
            new.triggered_by.clone().into(),
            new.key().into(),
        ];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(self.run(waiting.id).await?.map(Enqueued::Active))
    }

    /// Asks the worker of a run to stop. What was asked for meanwhile is not stopped with it: it becomes a run of its own,
    /// which waits. Returns false when no worker has the run.
    async fn ask_to_stop(&self, run: RunId, now: DateTime<Utc>) -> Result<bool> {
        let sql = "UPDATE sync_runs SET cancel_requested = true, seq = seq + 1
             WHERE run_id = $1 AND tenant_id = $2 AND state = 'running' RETURNING *";
        let values = || [run.to_string().into(), self.id().into()];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values())).await?
        else {
            return Ok(false);
        };
        if let Some(wish) = follow_up(&row, &run_of(&row)?, now)? {
            self.insert_run(&wish, RunState::Waiting).await?;
            let sql = "UPDATE sync_runs SET rerun_requested = false, rerun_scope = NULL, rerun_by = NULL, rerun_key = NULL
                 WHERE run_id = $1 AND tenant_id = $2";
            self.tx.execute_raw(statement(self.backend(), sql, values())).await?;
        }
        Ok(true)
    }

    pub(super) async fn insert_run(&self, new: &NewRun, state: RunState) -> Result<Option<RunId>> {
        let sql = format!(
            "INSERT INTO sync_runs (run_id, tenant_id, module_name, trigger_source, trigger_key, triggered_by,
                parent_run_id, state, phase, priority, available_ms, started_at, dry_run, scope, chain_id, chain_place,
                started_key, wait_code, wait_since_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9,
                coalesce((SELECT max(blocked_ms) FROM throttles
                    WHERE tenant_id = $2 AND blocked_ms > {now}), {now}), $10, $11, $12, $13, $14,
                $15, (SELECT reason FROM throttles WHERE tenant_id = $2 AND blocked_ms > {now}
                    ORDER BY blocked_ms DESC LIMIT 1), {now})
             ON CONFLICT DO NOTHING RETURNING run_id",
            now = now_ms(self.backend())
        );
        let (chain, place) = new.chain.map(|(run, place)| (run.to_string(), place)).unzip();
        let values = [
            new.id.to_string().into(),
            self.id().into(),
            new.module.as_str().into(),
            new.trigger.as_str().into(),
            new.trigger_key.clone().into(),
            new.triggered_by.clone().into(),
            new.parent.map(|parent| parent.to_string()).into(),
            state.as_str().into(),
            new.trigger.priority().into(),
            new.started_at.into(),
            new.dry_run.into(),
            new.selection.stored().into(),
            chain.into(),
            place.into(),
            new.key().into(),
        ];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        if row.is_some() {
            let (subject, kind) = (&*new.id.to_string(), EventKind::RunQueued);
            let data = json!({
                "module": new.module.as_str(), "dry_run": new.dry_run, "trigger": new.trigger.as_str(),
            });
            let (tenant, at) = (self.id(), new.started_at);
            NewEvent { tenant, kind, subject, data, entry: None, at }.publish(&self.tx).await?;
        }
        row.as_ref().map(run_id).transpose()
    }

    /// Writes the audit entry of a call that asked for runs, which are new or answer it as well.
    async fn audit_start(
        &self,
        new: &NewRun,
        runs: &[impl std::borrow::Borrow<Run>],
    ) -> Result<()> {
        let (Some(author), Some(first)) = (new.author.clone(), runs.first()) else {
            return Ok(());
        };
        let first = first.borrow();
        let id = first.chain.filter(|_| new.chain.is_some()).unwrap_or(first.id).to_string();
        let modules: Vec<&str> = runs.iter().map(|run| run.borrow().module.as_str()).collect();
        let change = json!({
            "modules": modules, "dry_run": new.dry_run, "selection": new.selection.stored(),
            "triggered_by": new.triggered_by, "retry_of": new.parent.map(|run| run.to_string()),
        });
        let action = if new.parent.is_some() { Action::RetryRun } else { Action::StartRun };
        let (change, resource, at) = (Change::made(change), id.as_str(), new.started_at);
        self.audit(AuditEntry { author, action, resource, change, at }).await
    }

    /// Returns a chain of the same modules that has not begun, with its selections widened by those of the new one.
    async fn join_chain(&self, new: &[NewRun]) -> Result<Option<Vec<Run>>> {
        let Some(first) = new.first() else { return Ok(None) };
        let sql = "SELECT * FROM sync_runs r WHERE r.tenant_id = $1 AND r.dry_run = $2 AND r.chain_id IN (
                SELECT c.chain_id FROM sync_runs c WHERE c.tenant_id = $1 AND c.chain_id IS NOT NULL
                    AND c.state IN ('queued', 'waiting'))
             AND NOT EXISTS (SELECT 1 FROM sync_runs e WHERE e.chain_id = r.chain_id
                AND (e.epoch > 0 OR e.state NOT IN ('queued', 'waiting')))
             ORDER BY r.chain_id, r.chain_place";
        let values = [self.id().into(), first.dry_run.into()];
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        let open = rows.iter().map(run_of).collect::<Result<Vec<Run>>>()?;
        let same = open
            .chunk_by(|one, other| one.chain == other.chain)
            .find(|chain| chain.iter().map(|run| run.module).eq(new.iter().map(|run| run.module)));
        let Some(same) = same else { return Ok(None) };
        let mut joined = Vec::with_capacity(same.len());
        for (run, new) in same.iter().zip(new) {
            let selection = run.selection.clone().merged(new.selection.clone());
            let sql = "UPDATE sync_runs SET scope = $1, seq = seq + 1 WHERE run_id = $2 AND tenant_id = $3";
            let values = [selection.stored().into(), run.id.to_string().into(), self.id().into()];
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
            joined.extend(self.run(run.id).await?);
        }
        Ok(Some(joined))
    }

    /// Returns the run that was made for the same key before.
    async fn run_by_key(&self, new: &NewRun) -> Result<Option<Run>> {
        let Some(key) = &new.trigger_key else { return Ok(None) };
        let sql = "SELECT * FROM sync_runs WHERE tenant_id = $1 AND module_name = $2 AND trigger_key = $3";
        let values = [self.id().into(), new.module.as_str().into(), key.as_str().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(run_of).transpose()
    }

    async fn count_waiting(&self, new: &NewRun) -> Result<i64> {
        let sql = "SELECT count(*) AS n FROM sync_runs
             WHERE tenant_id = $1 AND module_name = $2 AND state = 'waiting' AND chain_id IS NULL";
        let values = [self.id().into(), new.module.as_str().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
    }

    /// Ends the runs of a tenant that is no longer active; no follow-ups start.
    pub(super) async fn cancel_all_runs(&self, now: DateTime<Utc>) -> Result<()> {
        let waiting = "UPDATE sync_runs SET state = 'cancelled', phase = 'done', finished_at = $1, seq = seq + 1
             WHERE tenant_id = $2 AND state IN ('queued', 'waiting', 'held') RETURNING *";
        let values = [now.into(), self.id().into()];
        let rows = self.tx.query_all_raw(statement(self.backend(), waiting, values)).await?;
        let ended = rows.iter().map(run_of).collect::<Result<Vec<_>>>()?;
        publish_runs(&self.tx, EventKind::RunEnded, &ended, now).await?;
        count_ends(&self.tx, &ended, now).await?;
        let running =
            "UPDATE sync_runs SET cancel_requested = true, rerun_requested = false, rerun_scope = NULL,
                seq = seq + 1
             WHERE tenant_id = $1 AND state = 'running'";
        self.tx.execute_raw(statement(self.backend(), running, [self.id().into()])).await?;
        Ok(())
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>> {
        run::find(&self.tx, self.id(), id).await
    }
}

/// Returns the run that was asked for while another one was active, from that one's row: it is another wish, and stands
/// also when that run was cancelled.
pub(super) fn follow_up(
    row: &QueryResult,
    active: &Run,
    now: DateTime<Utc>,
) -> Result<Option<NewRun>> {
    let requested: bool = row.try_get("", "rerun_requested")?;
    requested.then(|| noted_wish(row, active, now)).transpose()
}

/// Returns the run that a row notes beside its own.
fn noted_wish(row: &QueryResult, active: &Run, now: DateTime<Utc>) -> Result<NewRun> {
    let scope: Option<serde_json::Value> = row.try_get("", "rerun_scope")?;
    // A run that was held ends twice.
    let epoch: i64 = row.try_get("", "epoch")?;
    let by: Option<String> = row.try_get("", "rerun_by")?;
    let key: Option<String> = row.try_get("", "rerun_key")?;
    Ok(NewRun {
        trigger_key: Some(format!("rerun:{}:{epoch}", active.id)),
        triggered_by: by.or_else(|| active.triggered_by.clone()),
        started_key: key.as_deref().and_then(KeyId::parse),
        dry_run: active.dry_run,
        selection: RunSelection::read(scope.as_ref()),
        ..NewRun::new(RunId::new(Uuid::new_v4()), active.module, TriggerSource::Manual, now)
    })
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
