//! Tenants whose audit log has entries that are old enough to be deleted. Raw SQL, because the database looks at one
//! entry of each tenant.

use {
    super::AcrossTenants,
    crate::{
        domain::id::TenantId,
        store::{Result, StoreError, rows::TenantScope, statement},
    },
    chrono::{DateTime, Utc},
    sea_orm::ConnectionTrait,
};

impl AcrossTenants<'_> {
    /// Returns tenants whose audit log has entries from before a time.
    pub async fn old_audits(self, before: DateTime<Utc>, limit: u64) -> Result<Vec<TenantScope>> {
        let sql = format!(
            "SELECT t.tenant_id FROM tenant_profiles t WHERE EXISTS (
                SELECT 1 FROM audit_entries a WHERE a.tenant_id = t.tenant_id AND a.created_at < $1)
             ORDER BY t.tenant_id LIMIT {limit}"
        );
        let rows = self.read.query_all_raw(statement(self.backend(), sql, [before.into()])).await?;
        let scope = |id: String| match TenantId::parse(&id) {
            Ok(tenant) => Ok(TenantScope::new(tenant)),
            Err(_) => Err(StoreError::Broken(format!("tenant id '{id}'"))),
        };
        rows.iter().map(|row| scope(row.try_get("", "tenant_id")?)).collect()
    }
}
