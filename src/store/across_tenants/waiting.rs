//! Sweeping records that have waited too long. Raw SQL, because a statement deletes only some of them.

use {
    super::AcrossTenants,
    crate::store::{Result, statement},
    chrono::{DateTime, Duration, Utc},
    sea_orm::ConnectionTrait,
};

/// How long a record waits before its wait is deleted; a whole read finds the record anyway.
const KEPT: Duration = Duration::days(30);

impl AcrossTenants<'_> {
    /// Deletes up to `most` waits older than 30 days, and returns how many.
    pub async fn sweep_waits(self, now: DateTime<Utc>, most: u64) -> Result<u64> {
        let key = "tenant_id, child_module, child_id, parent_module, parent_id";
        let sql = format!(
            "DELETE FROM record_waits WHERE ({key}) IN
                (SELECT {key} FROM record_waits WHERE since < $1 ORDER BY since LIMIT {most})"
        );
        let values = [(now - KEPT).into()];
        Ok(self.write.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected())
    }
}
