//! Held runs whose time for a decision is over. Raw SQL, like the end of a run (`removal.rs`).

use {
    super::AcrossTenants,
    crate::{
        domain::{run::Run, wait::HELD_FOR},
        store::{Result, queue::run_of, rows::TenantScope, statement},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
};

impl AcrossTenants<'_> {
    /// Ends held runs without a decision after 7 days; returns how many.
    pub async fn expire_held(self, now: DateTime<Utc>) -> Result<usize> {
        let sql = "SELECT * FROM sync_runs WHERE state = 'held' AND finished_at < $1 LIMIT 100";
        let values = [Value::from(now - HELD_FOR)];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        let mut ended = 0;
        for row in &rows {
            let run: Run = run_of(row)?;
            let why = "no decision was made in 7 days";
            let tx = self.go_on(self.begin().await?, TenantScope::new(run.tenant)).await?;
            if tx.end_held(&run.id, why, now).await? {
                tx.commit().await?;
                ended += 1;
            }
        }
        Ok(ended)
    }
}
