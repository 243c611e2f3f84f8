//! Removals that a run has planned: the frozen list, its counts for the brake, and the hold until an approval. Raw
//! SQL, because absence is a join of links and items that must not go through memory.

use {
    super::{
        AuditEntry, Result, StoreError, TenantRows, Tx, now_ms, outbox::publish_runs,
        queue::run_of, stat::count_ends, statement,
    },
    crate::domain::{
        code::{self, Code},
        event::EventKind,
        id::{RecordId, RunId},
        item::ItemStatus,
        module::ModuleName,
        run::RunState,
    },
    chrono::{DateTime, Duration, Utc},
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value},
    serde::{Deserialize, Serialize},
};

/// Removals of the last day count for the brake.
const LATELY: Duration = Duration::hours(24);

/// The condition of runs whose plan waits for an approval.
const HELD: &str = "state = 'held'";
/// The condition of runs whose plan was approved and is to be carried out.
const APPROVED: &str = "state IN ('queued', 'waiting') AND (approved_ceiling IS NOT NULL OR changes_ceiling IS NOT NULL)";

/// What of a held run is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approved {
    /// Its removals.
    Removals,
    /// Its changes.
    Changes,
}

/// Why a removal is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A verified whole read did not return the record.
    Absent,
    /// The source lists it as deleted.
    Deleted,
    /// Its status ends the use.
    Status,
    /// It has moved from one enrolment or membership to another, and the use of the old one must end.
    Moved,
}

impl Evidence {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Deleted => "deleted",
            Self::Status => "status",
            Self::Moved => "moved",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Absent, Self::Deleted, Self::Status, Self::Moved];
        all.into_iter().find(|one| one.as_str() == word)
    }
}

/// A removal that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRemoval {
    /// The record.
    pub zoho_id: RecordId,
    /// The reason.
    pub evidence: Evidence,
    /// Its name for people.
    pub label: Option<String>,
}

/// The counts for the brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RemovalCounts {
    /// By absence.
    pub absent: i64,
    /// By deletion, status or move.
    pub explicit: i64,
    /// Carried out for the module in the last 24 hours.
    pub lately: i64,
}

fn planned_of(row: &QueryResult) -> Result<PlannedRemoval> {
    let word: String = row.try_get("", "evidence")?;
    let evidence =
        Evidence::parse(&word).ok_or_else(|| StoreError::Broken(format!("evidence '{word}'")))?;
    Ok(PlannedRemoval {
        zoho_id: row.try_get("", "zoho_id")?,
        evidence,
        label: row.try_get("", "label")?,
    })
}

/// The condition that run `$1` has no outcome of a record in the table `of`.
pub(super) fn not_met(backend: DbBackend, of: &str) -> String {
    match backend {
        // With the tenant as well: while the size of a run is unknown, the records are looked up one by one, instead
        // of each in the whole run.
        DbBackend::Postgres => format!(
            "NOT EXISTS (SELECT 1 FROM sync_run_items i
                WHERE i.run_id = $1 AND i.tenant_id = {of}.tenant_id AND i.zoho_id = {of}.zoho_id)"
        ),
        // A set is built once; the correlated form would search the run, or the history, for every record.
        _ => format!("{of}.zoho_id NOT IN (SELECT zoho_id FROM sync_run_items WHERE run_id = $1)"),
    }
}

impl TenantRows<'_> {
    /// Lists removals of a run in the order of the ids' texts, those behind a record or all.
    pub async fn planned_removals(
        self,
        run: RunId,
        after: Option<&RecordId>,
        limit: u64,
    ) -> Result<Vec<PlannedRemoval>> {
        let sql = format!(
            "SELECT zoho_id, evidence, label FROM sync_run_removals
             WHERE run_id = $1 AND tenant_id = $2 AND zoho_id > $3 ORDER BY zoho_id LIMIT {limit}"
        );
        // No id is empty, so that all are behind an empty text.
        let after = after.map_or("", RecordId::as_str);
        let values = [run.to_string().into(), self.id().into(), after.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(planned_of).collect()
    }

    /// Lists records of a module whose use was ended after a time because they were gone, and still is, the last one first.
    pub async fn gone_records(
        self,
        module: ModuleName,
        since: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<RecordId>> {
        let sql = format!(
            "SELECT r.zoho_id, max(a.applied_at) AS last_at FROM applied_removals a
             JOIN sync_run_removals r ON r.run_id = a.run_id AND r.tenant_id = a.tenant_id
             JOIN record_links l ON l.tenant_id = a.tenant_id AND l.module_name = a.module_name
                AND l.zoho_id = r.zoho_id
             WHERE a.tenant_id = $1 AND a.module_name = $2 AND a.applied_at > $3
                AND r.evidence IN ('absent', 'deleted') AND l.state <> 'active'
             GROUP BY r.zoho_id ORDER BY last_at DESC, r.zoho_id LIMIT {limit}"
        );
        let values = [self.id().into(), module.as_str().into(), since.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "zoho_id")?)).collect()
    }

    /// Counts the removals of a run, and those of the module in the last 24 hours.
    pub async fn removal_counts(
        self,
        module: ModuleName,
        run: RunId,
        now: DateTime<Utc>,
    ) -> Result<RemovalCounts> {
        let sql = "SELECT
                (SELECT count(*) FROM sync_run_removals
                 WHERE run_id = $1 AND tenant_id = $2 AND evidence = 'absent') AS absent,
                (SELECT count(*) FROM sync_run_removals
                 WHERE run_id = $1 AND tenant_id = $2 AND evidence <> 'absent') AS explicit,
                (SELECT CAST(coalesce(sum(applied), 0) AS bigint) FROM applied_removals
                 WHERE tenant_id = $2 AND module_name = $3 AND applied_at > $4 AND run_id <> $1) AS lately";
        let values = [
            run.to_string().into(),
            self.id().into(),
            module.as_str().into(),
            (now - LATELY).into(),
        ];
        // On the writing connection: what the run has just stored must be counted.
        let row = self.writer().query_one_raw(statement(self.backend(), sql, values)).await?;
        let Some(row) = row else { return Ok(RemovalCounts::default()) };
        Ok(RemovalCounts {
            absent: row.try_get("", "absent")?,
            explicit: row.try_get("", "explicit")?,
            lately: row.try_get("", "lately")?,
        })
    }

    /// Puts a run on hold with its lists; an older held run of the module gives way. `removals` is why its removals wait,
    /// if they do; why its changes do is noted already. Returns false when the run is no longer ours.
    pub async fn hold(
        self,
        run: RunId,
        epoch: i64,
        removals: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        let sql = "UPDATE sync_runs SET state = 'held', phase = 'done', held_reason = $1, finished_at = $2,
                owner = NULL, lease_ms = NULL, begun_ms = NULL, seq = seq + 1
             WHERE run_id = $3 AND epoch = $4 AND state = 'running' AND tenant_id = $5 RETURNING *";
        let values =
            [removals.into(), now.into(), run.to_string().into(), epoch.into(), self.id().into()];
        let Some(row) = tx.tx.query_one_raw(statement(tx.backend(), sql, values)).await? else {
            return Ok(false);
        };
        publish_runs(&tx.tx, EventKind::RunHeld, &[run_of(&row)?], now).await?;
        let module: String = row.try_get("", "module_name")?;
        let older = "SELECT run_id FROM sync_runs
             WHERE tenant_id = $1 AND module_name = $2 AND state = 'held' AND run_id <> $3";
        let values = [self.id().into(), module.into(), run.to_string().into()];
        let held = tx.tx.query_all_raw(statement(tx.backend(), older, values)).await?;
        for older in &held {
            tx.end_held(&super::queue::run_id(older)?, "a newer plan took its place", now).await?;
        }
        tx.after_end(&row, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lets a held run go on with at most `ceiling` removals or changes. Returns false when they do not wait any more.
    pub async fn approve(
        self,
        (module, run): (ModuleName, RunId),
        what: Approved,
        ceiling: i64,
        entry: AuditEntry<'_>,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        let (by, most, why) = match what {
            Approved::Removals => ("approved_by", "approved_ceiling", "held_reason"),
            Approved::Changes => ("changes_approved_by", "changes_ceiling", "changes_held"),
        };
        // Another run of the module may be active: then it waits for the end of that one. Requests from before the
        // hold have been answered: the follow-up has run, and a cancel came too late.
        let sql = format!(
            "UPDATE sync_runs SET
                state = CASE WHEN EXISTS (SELECT 1 FROM sync_runs other WHERE other.tenant_id = $1
                    AND other.module_name = sync_runs.module_name AND other.dry_run = sync_runs.dry_run
                    AND other.state IN ('queued', 'running')) THEN 'waiting' ELSE 'queued' END,
                phase = 'queued', {by} = $2, {most} = $3, finished_at = NULL, attempts = 0,
                cancel_requested = false, rerun_requested = false, rerun_scope = NULL, rerun_by = NULL, rerun_key = NULL,
                available_ms = {now}, wait_code = NULL, wait_reason = NULL, wait_since_ms = {now}, seq = seq + 1
             WHERE run_id = $4 AND tenant_id = $1 AND state = 'held' AND {why} IS NOT NULL AND {most} IS NULL",
            now = now_ms(tx.backend())
        );
        super::restored::forget(&tx.tx, self.id(), module).await?;
        let key = entry.author.key.clone();
        let values = [self.id().into(), key.into(), ceiling.into(), run.to_string().into()];
        let done = tx.tx.execute_raw(statement(tx.backend(), sql, values)).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.audit(entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a held run without what waits. Returns false when it is not held any more.
    pub async fn discard(
        self,
        run: RunId,
        why: &str,
        now: DateTime<Utc>,
        entry: Option<AuditEntry<'_>>,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        if !tx.end_held(&run, why, now).await? {
            return Ok(false);
        }
        if let Some(entry) = entry {
            tx.audit(entry).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Tx {
    /// Notes removals that a slice found. A report of the source is better evidence than absence.
    pub(super) async fn plan_removals(
        &self,
        run: RunId,
        removals: &[PlannedRemoval],
    ) -> Result<()> {
        for chunk in removals.chunks(super::chunk_rows(5)) {
            let sql = format!(
                "INSERT INTO sync_run_removals (run_id, tenant_id, zoho_id, evidence, label) VALUES {}
                 ON CONFLICT (run_id, zoho_id) DO UPDATE SET evidence = excluded.evidence,
                    label = coalesce(excluded.label, sync_run_removals.label)",
                super::placeholders(chunk.len(), 5, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 5);
            for removal in chunk {
                let label = removal.label.as_ref().map(|label| label.chars().take(255).collect());
                values.extend([
                    run.to_string().into(),
                    self.id().into(),
                    removal.zoho_id.as_str().into(),
                    removal.evidence.as_str().into(),
                    Value::from(label.map(|label: String| label)),
                ]);
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        self.count_planned(run).await
    }

    /// Notes a removal for every active record that this run, which read the whole source, did not process.
    pub(super) async fn plan_absent(&self, run: RunId, module: ModuleName) -> Result<()> {
        let not_met = not_met(self.backend(), "l");
        let sql = format!(
            "INSERT INTO sync_run_removals (run_id, tenant_id, zoho_id, evidence, label)
             SELECT $1, l.tenant_id, l.zoho_id, 'absent', NULL FROM record_links l
             WHERE l.tenant_id = $2 AND l.module_name = $3 AND l.state = 'active' AND {not_met}
             ON CONFLICT DO NOTHING"
        );
        let values = [run.to_string().into(), self.id().into(), module.as_str().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        self.count_planned(run).await
    }

    async fn count_planned(&self, run: RunId) -> Result<()> {
        let sql = "UPDATE sync_runs SET removals_planned =
                (SELECT count(*) FROM sync_run_removals WHERE run_id = $1) WHERE run_id = $1 AND tenant_id = $2";
        let values = [run.to_string().into(), self.id().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    /// Notes how many removals a slice carried out.
    pub(super) async fn count_applied(
        &self,
        run: RunId,
        module: ModuleName,
        applied: i64,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let sql = "UPDATE sync_runs SET removals_applied = removals_applied + $1 WHERE run_id = $2 AND tenant_id = $3";
        let values = [applied.into(), run.to_string().into(), self.id().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let sql =
            "INSERT INTO applied_removals (tenant_id, module_name, run_id, applied_at, applied)
             VALUES ($1, $2, $3, $4, $5)";
        let values = [
            self.id().into(),
            module.as_str().into(),
            run.to_string().into(),
            now.into(),
            applied.into(),
        ];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    /// Prevents runs of a module that carry out a plan from being started or ended before the end of this
    /// transaction.
    pub async fn lock_plans(&self, module: ModuleName) -> Result<()> {
        // SQLite has only one writer.
        if self.backend() == DbBackend::Postgres {
            let sql = "SELECT run_id FROM sync_runs WHERE tenant_id = $1 AND module_name = $2
                    AND state IN ('queued', 'waiting', 'running', 'held')
                    AND (approved_ceiling IS NOT NULL OR changes_ceiling IS NOT NULL OR state = 'held')
                 ORDER BY run_id FOR UPDATE";
            let values = [self.id().into(), module.as_str().into()];
            self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    /// Lets the planned removals and changes of a module go, or all of the tenant's: what they were planned for is not so any more. A
    /// held run ends, and so does one that was approved and waits for a worker; a worker that has one is asked to stop.
    pub async fn end_plans(
        &self,
        module: Option<ModuleName>,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let values = || [self.id().into(), module.map(ModuleName::as_str).into()];
        let sql = "UPDATE sync_runs SET cancel_requested = true, seq = seq + 1
             WHERE tenant_id = $1 AND state = 'running' AND (approved_ceiling IS NOT NULL OR changes_ceiling IS NOT NULL)
                AND module_name = coalesce($2, module_name)";
        self.tx.execute_raw(statement(self.backend(), sql, values())).await?;
        for plans in [APPROVED, HELD] {
            let sql = format!(
                "SELECT run_id FROM sync_runs
                 WHERE tenant_id = $1 AND {plans} AND module_name = coalesce($2, module_name)"
            );
            for row in self.tx.query_all_raw(statement(self.backend(), sql, values())).await? {
                let ended = self.end_plan(plans, &super::queue::run_id(&row)?, why, now).await?;
                // The module was free while the run was held: no run waits for its end.
                if let Some(row) = ended.filter(|_| plans == APPROVED) {
                    self.after_end(&row, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends a held run: its removals are listed as skipped, and the run is partial.
    pub(super) async fn end_held(
        &self,
        run: &RunId,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.end_plan(HELD, run, why, now).await?.is_some())
    }

    /// Ends a run whose plan is dropped, and returns its row.
    async fn end_plan(
        &self,
        plans: &str,
        run: &RunId,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<QueryResult>> {
        // Whatever else waits with them, changes are the larger part.
        let changes = match plans {
            HELD => "changes_held IS NOT NULL AND changes_ceiling IS NULL",
            _ => "changes_ceiling IS NOT NULL",
        };
        let sql = format!(
            "UPDATE sync_runs SET state = '{}', phase = 'done', finished_at = $3, seq = seq + 1,
                error_code = CASE WHEN {changes} THEN '{}' ELSE '{}' END,
                error_summary = CASE WHEN {changes} THEN $1 ELSE $2 END
             WHERE run_id = $4 AND tenant_id = $5 AND {plans} RETURNING *",
            RunState::Partial.as_str(),
            code::CHANGES_DISCARDED,
            code::REMOVALS_DISCARDED,
        );
        let said = |code: Code| Value::from(code.message(&[("reason", &why)]));
        let values = [
            said(code::CHANGES_DISCARDED),
            said(code::REMOVALS_DISCARDED),
            now.into(),
            run.to_string().into(),
            self.id().into(),
        ];
        let Some(row) = self.tx.query_one_raw(statement(self.backend(), sql, values)).await? else {
            return Ok(None);
        };
        publish_runs(&self.tx, EventKind::RunEnded, &[run_of(&row)?], now).await?;
        let mut listed = 0;
        for (table, code) in [
            ("sync_run_removals", code::RUN_HELD_REMOVALS),
            ("sync_run_changes", code::RUN_HELD_CHANGES),
        ] {
            listed += self.list_as_skipped(table, code, run, now).await?;
        }
        let sql =
            "UPDATE sync_runs SET n_skipped = n_skipped + $1 WHERE run_id = $2 AND tenant_id = $3";
        let values = [listed.into(), run.to_string().into(), self.id().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let mut ended = run_of(&row)?;
        ended.counts.skipped += listed;
        count_ends(&self.tx, &[ended], now).await?;
        Ok(Some(row))
    }

    /// Lists what a run has planned, and what has no outcome yet, as skipped; returns how many.
    async fn list_as_skipped(
        &self,
        table: &str,
        code: Code,
        run: &RunId,
        now: DateTime<Utc>,
    ) -> Result<i64> {
        let sql = format!(
            "INSERT INTO sync_run_items
                (run_id, tenant_id, ordinal, zoho_id, status, code, message, diff, created_at, person_id)
             SELECT r.run_id, r.tenant_id,
                (SELECT coalesce(max(ordinal), -1) FROM sync_run_items WHERE run_id = $1)
                    + row_number() OVER (ORDER BY r.zoho_id),
                r.zoho_id, '{}', '{}', r.label, '{{}}', $2,
                (SELECT l.person_id FROM record_links l JOIN sync_runs s ON s.module_name = l.module_name
                 WHERE s.run_id = $1 AND l.tenant_id = r.tenant_id AND l.zoho_id = r.zoho_id)
             FROM {table} r WHERE r.run_id = $1 AND r.tenant_id = $3 AND {}",
            ItemStatus::Skipped.as_str(),
            code,
            not_met(self.backend(), "r"),
        );
        let values = [run.to_string().into(), now.into(), self.id().into()];
        let listed = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        let listed = i64::try_from(listed.rows_affected()).unwrap_or(i64::MAX);
        if listed > 0 {
            self.count_skipped(*run, code, listed).await?;
        }
        Ok(listed)
    }
}
