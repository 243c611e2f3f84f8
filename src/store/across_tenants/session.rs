//! Sessions by their bearers and their codes: the tenant of a request follows from its session.

use {
    super::AcrossTenants,
    crate::{
        domain::{
            access::Session,
            id::{KeyId, SessionId},
            rate::OwnLimits,
            tenant::TenantStatus,
        },
        store::{
            Result, access,
            session::{ActiveModel, Column, Entity, Model, session},
            tenant,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter},
};

/// A session whose key and tenants are active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The tenant whose data it opens.
    pub tenant_id: String,
    /// The session.
    pub session: Session,
    /// From when on its key is refused.
    pub key_expires_at: Option<DateTime<Utc>>,
    /// The limits of its key.
    pub key_limits: OwnLimits,
    /// The limits of its tenant; none for a session in another tenant's data, which uses up nothing of that one.
    pub tenant_limits: OwnLimits,
}

impl AcrossTenants<'_> {
    /// Returns the session of a bearer.
    pub async fn session(self, bearer_hash: &[u8; 32]) -> Result<Option<SessionRow>> {
        let row = Entity::find()
            .filter(Column::BearerHash.eq(bearer_hash.to_vec()))
            .filter(Column::RevokedAt.is_null())
            .one(self.read)
            .await?;
        self.with_active_key(row).await
    }

    /// Returns a session by its id, for the look whether an open answer may go on.
    pub async fn session_by_id(self, id: SessionId) -> Result<Option<SessionRow>> {
        let row = Entity::find_by_id(id.to_string())
            .filter(Column::RevokedAt.is_null())
            .one(self.read)
            .await?;
        self.with_active_key(row).await
    }

    /// Adds when the key ends; `None` if the key or a tenant is not active.
    async fn with_active_key(self, row: Option<Model>) -> Result<Option<SessionRow>> {
        let Some(row) = row else { return Ok(None) };
        let key = access::Entity::find_by_id(row.key_id.as_str())
            .filter(access::Column::RevokedAt.is_null())
            .one(self.read)
            .await?;
        let Some(key) = key else { return Ok(None) };
        let tenants = [row.tenant_id.as_str(), key.tenant_id.as_str()];
        let active = tenant::Entity::find()
            .filter(tenant::Column::TenantId.is_in(tenants))
            .filter(tenant::Column::Status.eq(TenantStatus::Active.as_str()))
            .all(self.read)
            .await?;
        if !tenants.iter().all(|id| active.iter().any(|known| known.tenant_id == *id)) {
            return Ok(None);
        }
        let is_own = row.tenant_id == key.tenant_id;
        let own = active.first().filter(|_| is_own).map(tenant::Model::limits);
        Ok(Some(SessionRow {
            tenant_id: row.tenant_id.clone(),
            session: session(row)?,
            key_expires_at: key.expires_at,
            key_limits: key.limits(),
            tenant_limits: own.unwrap_or(OwnLimits::NONE),
        }))
    }

    /// Ends the sessions of a key in the data of all tenants.
    pub async fn revoke_sessions(self, key: &KeyId, now: DateTime<Utc>) -> Result<()> {
        Entity::update_many()
            .filter(Column::KeyId.eq(key.as_str()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
            .exec(self.write)
            .await?;
        Ok(())
    }

    /// Counts the sessions of a key that have not ended, in the data of all tenants.
    pub async fn live_sessions(self, key: &KeyId, now: DateTime<Utc>) -> Result<u64> {
        Ok(Entity::find()
            .filter(Column::KeyId.eq(key.as_str()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .count(self.write)
            .await?)
    }

    /// Returns the session that waits for a code.
    pub async fn session_of_code(
        self,
        code_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<SessionRow>> {
        let row = Entity::find()
            .filter(Column::CodeHash.eq(code_hash.to_vec()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .one(self.write)
            .await?;
        self.with_active_key(row).await
    }
}
