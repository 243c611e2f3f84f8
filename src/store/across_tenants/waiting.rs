//! Sweeping records that have waited too long.

use {
    super::AcrossTenants,
    crate::store::{
        Result,
        waiting::{Column, Entity},
    },
    chrono::{DateTime, Duration, Utc},
    sea_orm::{ColumnTrait, EntityTrait, QueryFilter},
};

/// How long a record waits before its wait is deleted; a whole read finds the record anyway.
const KEPT: Duration = Duration::days(30);

impl AcrossTenants<'_> {
    /// Deletes waits older than 30 days; returns how many.
    pub async fn sweep_waits(self, now: DateTime<Utc>) -> Result<u64> {
        let old = Entity::delete_many().filter(Column::Since.lt(now - KEPT));
        Ok(old.exec(self.write).await?.rows_affected)
    }
}
