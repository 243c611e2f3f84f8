//! Runs that wait for nobody: whoever they waited for ended at the same moment as another one did, or as they began to
//! wait, and neither transaction saw the other. Raw SQL, like the queue.

use {
    super::{Result, Store, completion::TURN, now_ms, statement},
    sea_orm::ConnectionTrait,
};

impl Store {
    /// Starts waiting runs, of all tenants, whose turn has come and whose module has no active run; of each module the
    /// oldest. Returns how many.
    pub async fn start_stalled(&self) -> Result<u64> {
        let backend = self.backend();
        // SQLite takes an index of some rows only where its condition stands in the query as it is.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', available_ms = {now}, seq = seq + 1
             WHERE state = 'waiting' AND run_id IN (SELECT run_id FROM (
                SELECT w.run_id, row_number() OVER (PARTITION BY w.tenant_id, w.module_name, w.dry_run
                    ORDER BY w.started_at, w.run_id) AS place
                FROM sync_runs w WHERE w.state IN ('waiting', 'held') AND w.state = 'waiting' AND {TURN}
                    AND NOT EXISTS (SELECT 1 FROM sync_runs a WHERE a.tenant_id = w.tenant_id
                        AND a.module_name = w.module_name AND a.dry_run = w.dry_run
                        AND a.state IN ('queued', 'running'))) first
                WHERE place = 1 LIMIT 1000)",
            now = now_ms(backend),
        );
        Ok(self.write.execute_raw(statement(backend, sql, [])).await?.rows_affected())
    }
}
