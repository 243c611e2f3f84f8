//! Keys that sign requests, and the audit log. A key is looked up in `across_tenants/access.rs`.

use {
    super::{Result, Tx},
    crate::domain::id::KeyId,
    chrono::{DateTime, Utc},
    sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, entity::prelude::*},
    uuid::Uuid,
};

/// A key's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    pub tenant_id: String,
    pub roles: String,
    pub secret: Vec<u8>,
    pub created_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The audit log.
mod audit {
    use sea_orm::entity::prelude::*;

    /// An entry's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_id: String,
        pub tenant_id: String,
        pub key_id: String,
        pub action: String,
        pub resource: String,
        pub change: Json,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A key to store, its secret sealed.
#[derive(Debug)]
pub struct NewKey {
    /// Its public id.
    pub key_id: KeyId,
    /// Words of its roles, separated by commas.
    pub roles: String,
    /// The sealed secret.
    pub secret: Vec<u8>,
}

/// A valid key with the status of its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its tenant.
    pub tenant_id: String,
    /// The stored word of the tenant's status; empty in a list of keys.
    pub tenant_status: String,
    /// Words of its roles, separated by commas.
    pub roles: String,
    /// The sealed secret.
    pub secret: Vec<u8>,
}

/// An entry of the audit log.
#[derive(Debug)]
pub struct AuditEntry<'a> {
    /// The key that did it.
    pub key: &'a KeyId,
    /// What was done, such as `module.update`.
    pub action: &'static str,
    /// The object of the action.
    pub resource: &'a str,
    /// What changed; secrets never appear.
    pub change: serde_json::Value,
    /// The time of the action.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Stores a new key of the tenant.
    ///
    /// # Errors
    /// `Conflict` when its id is taken.
    pub async fn insert_key(&self, key: NewKey, now: DateTime<Utc>) -> Result<()> {
        let row = ActiveModel {
            key_id: Set(key.key_id.as_str().to_owned()),
            tenant_id: Set(self.id().to_owned()),
            roles: Set(key.roles),
            secret: Set(key.secret),
            created_at: Set(now),
            revoked_at: Set(None),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Returns the tenant's keys that have not been revoked, each with the words of its roles.
    pub async fn keys(&self) -> Result<Vec<(KeyId, String)>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::RevokedAt.is_null())
            .order_by_asc(Column::CreatedAt)
            .all(&self.tx)
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((KeyId::parse(&row.key_id)?, row.roles)))
            .collect())
    }

    /// Writes an audit entry in the transaction of the change.
    pub async fn audit(&self, entry: AuditEntry<'_>) -> Result<()> {
        let row = audit::ActiveModel {
            entry_id: Set(Uuid::new_v4().to_string()),
            tenant_id: Set(self.id().to_owned()),
            key_id: Set(entry.key.as_str().to_owned()),
            action: Set(entry.action.to_owned()),
            resource: Set(entry.resource.to_owned()),
            change: Set(entry.change),
            created_at: Set(entry.at),
        };
        audit::Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}
