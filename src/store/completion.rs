//! The effects of the end of a run: the module's last run, and the next run because it waited, was requested in the
//! meantime, or follows in a chain. `across_tenants/completion.rs` ends the runs of workers. Raw SQL, like the queue.

use {
    super::{
        Result, Together, Tx, now_ms, placeholders,
        queue::{follow_up, run_of},
        statement,
    },
    crate::domain::{
        id::RunId,
        run::{Run, RunState},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
};

/// A waiting run `w` starts when no unfinished run precedes it in its chain.
pub(super) const TURN: &str =
    "(w.chain_id IS NULL OR NOT EXISTS (SELECT 1 FROM sync_runs e WHERE e.chain_id = w.chain_id
    AND e.chain_place < w.chain_place AND e.state IN ('queued', 'waiting', 'running')))";

impl Tx {
    /// The effects of the end of a run, in its transaction: the module's last run, and the next run that waited or
    /// was requested in the meantime.
    pub(super) async fn after_end(&self, row: &QueryResult, now: DateTime<Utc>) -> Result<()> {
        let ended = run_of(row)?;
        let mut last = Together::new(self.backend());
        note_last_runs(&mut last, std::slice::from_ref(&ended), now);
        last.all_raw(&self.tx).await?;
        self.start_next(row, &ended, now).await
    }

    /// Starts the run of the module that waited or was requested in the meantime, and the next run of the chain.
    pub(super) async fn start_next(
        &self,
        row: &QueryResult,
        ended: &Run,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let promoted = self.promote_waiting(row, ended).await?;
        if !promoted && let Some(wish) = follow_up(row, ended, now)? {
            self.insert_run(&wish, RunState::Queued).await?;
        }
        if let Some(chain) = ended.chain {
            self.promote_chain(chain).await?;
        }
        Ok(())
    }

    /// Starts the module's oldest waiting run whose turn in its chain has come; the wish that was noted with the run that
    /// ended goes over to it.
    async fn promote_waiting(&self, row: &QueryResult, ended: &Run) -> Result<bool> {
        // Another run may be active if the ended one never ran; the waiting ones continue to wait.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', rerun_requested = $1, rerun_scope = $5, rerun_by = $6,
                rerun_key = $7, available_ms = {now}, wait_code = NULL, wait_since_ms = NULL, seq = seq + 1
             WHERE run_id = (SELECT run_id FROM sync_runs w WHERE tenant_id = $2 AND module_name = $3
                    AND dry_run = $4 AND state = 'waiting' AND {turn} ORDER BY started_at, run_id LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM sync_runs WHERE tenant_id = $2 AND module_name = $3 AND dry_run = $4
                    AND state IN ('queued', 'running'))",
            now = now_ms(self.backend()),
            turn = TURN,
        );
        let values = [
            row.try_get::<bool>("", "rerun_requested")?.into(),
            self.id().into(),
            ended.module.as_str().into(),
            ended.dry_run.into(),
            row.try_get::<Option<serde_json::Value>>("", "rerun_scope")?.into(),
            row.try_get::<Option<String>>("", "rerun_by")?.into(),
            row.try_get::<Option<String>>("", "rerun_key")?.into(),
        ];
        Ok(self.tx.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected() == 1)
    }

    /// Starts the next run of a chain, unless a run of its module is active: the end of that one starts it.
    async fn promote_chain(&self, chain: RunId) -> Result<()> {
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', available_ms = {now}, wait_code = NULL, wait_since_ms = NULL,
                seq = seq + 1
             WHERE run_id = (SELECT run_id FROM sync_runs w WHERE tenant_id = $1 AND chain_id = $2
                    AND state = 'waiting' AND {turn} ORDER BY chain_place LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM sync_runs a WHERE a.tenant_id = $1
                    AND a.module_name = sync_runs.module_name AND a.dry_run = sync_runs.dry_run
                    AND a.state IN ('queued', 'running'))",
            now = now_ms(self.backend()),
            turn = TURN,
        );
        let values = [self.id().into(), chain.to_string().into()];
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}

/// Adds the statement that notes runs as the last ones of their modules to others.
pub(super) fn note_last_runs(all: &mut Together, ended: &[Run], now: DateTime<Utc>) {
    const COLUMNS: usize = 4;
    let told: Vec<(&Run, &str)> = ended
        .iter()
        .filter(|run| !run.dry_run)
        .filter_map(|run| Some((run, run.state.module_word()?)))
        .collect();
    if told.is_empty() {
        return;
    }
    let first = all.next();
    let sql = format!(
        "UPDATE module_settings SET last_run_at = ${first}, last_run_status = CAST(v.column3 AS text),
            last_run_count = CAST(v.column4 AS integer),
            last_good_at = CASE WHEN v.column3 = 'failed' THEN last_good_at ELSE ${} END
         FROM (VALUES {rows}) AS v WHERE tenant_id = v.column1 AND module_name = v.column2",
        first + 1,
        rows = placeholders(told.len(), COLUMNS, first + 2),
    );
    let mut values: Vec<Value> = vec![now.into(), now.into()];
    for (run, word) in told {
        let total = i32::try_from(run.counts.total()).unwrap_or(i32::MAX);
        values.extend([
            run.tenant.as_str().into(),
            run.module.as_str().into(),
            word.into(),
            total.to_string().into(),
        ]);
    }
    all.add(sql, values);
}
