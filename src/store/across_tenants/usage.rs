//! Sweeping the use of the other systems' limits. Raw SQL, like its counting.

use {
    super::AcrossTenants,
    crate::store::{Result, statement, usage::HOUR_MS},
    chrono::{DateTime, Utc},
    sea_orm::ConnectionTrait,
};

impl AcrossTenants<'_> {
    /// Deletes buckets older than two days.
    pub async fn sweep_usage(self, now: DateTime<Utc>) -> Result<u64> {
        let before = now.timestamp_millis() - 48 * HOUR_MS;
        let sql = "DELETE FROM api_budget WHERE hour_ms < $1";
        let done = self.write.execute_raw(statement(self.backend(), sql, [before.into()])).await?;
        Ok(done.rows_affected())
    }
}
