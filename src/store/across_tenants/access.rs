//! Keys by their public ids: the tenant of a request follows from its key.

use {
    super::AcrossTenants,
    crate::{
        domain::id::KeyId,
        store::{
            Result,
            access::{Column, Entity, KeyRow, Model},
            tenant,
        },
    },
    sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect},
};

impl AcrossTenants<'_> {
    /// Returns a key that has not been revoked.
    pub async fn key(self, key: &KeyId) -> Result<Option<KeyRow>> {
        let row = Entity::find_by_id(key.as_str())
            .filter(Column::RevokedAt.is_null())
            .one(self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let tenant = tenant::Entity::find_by_id(row.tenant_id.as_str()).one(self.read).await?;
        Ok(tenant.map(|tenant| KeyRow {
            tenant_id: row.tenant_id,
            tenant_status: tenant.status,
            roles: row.roles,
            secret: row.secret,
        }))
    }

    /// Lists the keys that have not been revoked, at most 10,000 of them.
    pub async fn keys(self) -> Result<Vec<(KeyId, KeyRow)>> {
        let rows =
            Entity::find().filter(Column::RevokedAt.is_null()).limit(10_000).all(self.read).await?;
        let key = |row: Model| {
            let id = KeyId::parse(&row.key_id)?;
            let Model { tenant_id, roles, secret, .. } = row;
            Some((id, KeyRow { tenant_id, tenant_status: String::new(), roles, secret }))
        };
        Ok(rows.into_iter().filter_map(key).collect())
    }
}
