//! Keys by their public ids: the tenant of a request follows from its key.

use {
    super::AcrossTenants,
    crate::{
        domain::{id::KeyId, tenant::TenantStatus},
        store::{
            Result,
            access::{Column, Entity, KeyRow, Model},
            tenant,
        },
    },
    sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait},
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

    /// Lists the keys that have not been revoked, whose tenant is active and whose roles have this word in them, the
    /// oldest first, each with the words of its roles.
    pub async fn keys_with_role(self, word: &str) -> Result<Vec<(KeyId, String)>> {
        let active = tenant::Entity::find()
            .select_only()
            .column(tenant::Column::TenantId)
            .filter(tenant::Column::Status.eq(TenantStatus::Active.as_str()))
            .into_query();
        // On the writing connection, so that a key just stored by another process counts.
        let rows = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::Roles.contains(word))
            .filter(Column::TenantId.in_subquery(active))
            .order_by_asc(Column::CreatedAt)
            .all(self.write)
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((KeyId::parse(&row.key_id)?, row.roles)))
            .collect())
    }

    /// Returns the tenant of a key, also of a revoked one.
    pub async fn tenant_of_key(self, key: &KeyId) -> Result<Option<String>> {
        let row = Entity::find_by_id(key.as_str()).one(self.write).await?;
        Ok(row.map(|row| row.tenant_id))
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
