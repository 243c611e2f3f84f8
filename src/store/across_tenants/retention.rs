//! Runs that are old enough to be deleted. Raw SQL, because the condition is that of their deletion (`retention.rs`).

use {
    super::AcrossTenants,
    crate::{
        domain::id::{RunId, TenantId},
        store::{
            Result, StoreError, queue::run_id, retention::MAY_GO, rows::TenantScope, statement,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult},
};

/// A run that may be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRun {
    /// Its tenant.
    pub scope: TenantScope,
    /// The run.
    pub id: RunId,
}

impl AcrossTenants<'_> {
    /// Returns the numbers of days for which tenants keep their runs, each once; `default_days` is used for tenants
    /// without a setting.
    pub async fn days_kept(self, default_days: i32) -> Result<Vec<i32>> {
        let sql = "SELECT DISTINCT coalesce(keep_days, $1) AS days FROM integration_settings";
        let rows =
            self.read.query_all_raw(statement(self.backend(), sql, [default_days.into()])).await?;
        rows.iter().map(|row| Ok(row.try_get("", "days")?)).collect()
    }

    /// Returns runs that may be deleted, the oldest first: of tenants that keep them for `days`, ended before
    /// `before`.
    pub async fn old_runs(
        self,
        days: i32,
        default_days: i32,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<OldRun>> {
        let sql = format!(
            "SELECT r.run_id, r.tenant_id FROM sync_runs r WHERE {MAY_GO}
                AND r.tenant_id IN (SELECT tenant_id FROM integration_settings WHERE coalesce(keep_days, $2) = $3)
             ORDER BY r.finished_at LIMIT {limit}"
        );
        let values = [before.into(), default_days.into(), days.into()];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(old_run).collect()
    }
}

fn old_run(row: &QueryResult) -> Result<OldRun> {
    let tenant: String = row.try_get("", "tenant_id")?;
    let tenant = TenantId::parse(&tenant)
        .map_err(|_| StoreError::Broken(format!("tenant id '{tenant}'")))?;
    Ok(OldRun { scope: TenantScope::new(tenant), id: run_id(row)? })
}
