//! Sweeping the use of the other systems' limits. Raw SQL, like its counting.

use {
    super::AcrossTenants,
    crate::store::{Result, statement, usage::HOUR_MS},
    chrono::{DateTime, Utc},
    sea_orm::ConnectionTrait,
};

impl AcrossTenants<'_> {
    /// Deletes up to `most` buckets older than two days, and returns how many.
    pub async fn sweep_usage(self, now: DateTime<Utc>, most: u64) -> Result<u64> {
        let before = now.timestamp_millis() - 48 * HOUR_MS;
        let sql = format!(
            "DELETE FROM api_budget WHERE (tenant_id, provider, hour_ms) IN
                (SELECT tenant_id, provider, hour_ms FROM api_budget WHERE hour_ms < $1 LIMIT {most})"
        );
        let done = self.write.execute_raw(statement(self.backend(), sql, [before.into()])).await?;
        Ok(done.rows_affected())
    }
}
