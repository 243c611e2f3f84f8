//! The list of tenants.

use {
    super::AcrossTenants,
    crate::{
        domain::{id::TenantId, tenant::Tenant},
        store::{
            Result,
            tenant::{Column, Entity},
        },
    },
    sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder},
};

impl AcrossTenants<'_> {
    /// Lists tenants in the order of their creation; `only` narrows to one.
    pub async fn tenants(self, only: Option<&TenantId>) -> Result<Vec<Tenant>> {
        let mut query =
            Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::TenantId);
        if let Some(tenant) = only {
            query = query.filter(Column::TenantId.eq(tenant.as_str()));
        }
        query.all(self.read).await?.into_iter().map(Tenant::try_from).collect()
    }
}
