//! Sweeping what is kept for a time of its own: figures of runs, and calls of failed records. Raw SQL, because a part of what
//! is old is deleted at a time.

use {
    super::AcrossTenants,
    crate::store::{Result, statement},
    chrono::{DateTime, Utc},
    sea_orm::ConnectionTrait,
};

impl AcrossTenants<'_> {
    /// Deletes up to `most` figures of steps that began before a time, and returns how many.
    pub async fn sweep_stats(self, before: DateTime<Utc>, most: u64) -> Result<u64> {
        let key = "tenant_id, hours, start_ms, module_name, bucket";
        let sql = format!(
            "DELETE FROM stat_hours WHERE ({key}) IN
                (SELECT {key} FROM stat_hours WHERE start_ms < $1 ORDER BY start_ms LIMIT {most})"
        );
        let values = [before.timestamp_millis().into()];
        Ok(self.write.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected())
    }

    /// Deletes up to `most` calls that were stored before a time, and returns how many.
    pub async fn sweep_exchanges(self, before: DateTime<Utc>, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM item_exchanges WHERE (run_id, place) IN
                (SELECT run_id, place FROM item_exchanges WHERE created_at < $1 ORDER BY created_at LIMIT {most})"
        );
        let done = self.write.execute_raw(statement(self.backend(), sql, [before.into()])).await?;
        Ok(done.rows_affected())
    }
}
