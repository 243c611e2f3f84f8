//! Keys that sign requests, and their secrets. A key is looked up in `across_tenants/access.rs`.

use {
    super::{CHANGE, Result, StoreError, TenantRows, Tx},
    crate::domain::{
        access::{Cidr, Key, KeySecret, Role, Scheme, SchemeChoice},
        id::KeyId,
        rate::OwnLimits,
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ActiveValue::Set, EntityTrait, ExprTrait as _, PaginatorTrait, QueryOrder, QuerySelect,
        entity::prelude::*,
    },
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
    /// The newest secret; the version before reads it here.
    pub secret: Vec<u8>,
    pub created_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub name: String,
    pub expires_at: Option<DateTimeUtc>,
    pub allow_cidrs: Option<String>,
    pub created_by: Option<String>,
    pub last_used_at: Option<DateTimeUtc>,
    pub min_scheme: String,
    pub v1_reason: Option<String>,
    pub only_mint: bool,
    pub requests_per_s: Option<i32>,
    pub run_starts_per_min: Option<i32>,
    pub session_mints_per_s: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The limits that the key has of its own.
    pub(super) const fn limits(&self) -> OwnLimits {
        OwnLimits {
            requests_per_s: self.requests_per_s,
            run_starts_per_min: self.run_starts_per_min,
            session_mints_per_s: self.session_mints_per_s,
        }
    }
}

/// The secrets of keys.
pub(super) mod secret {
    use sea_orm::entity::prelude::*;

    /// A secret's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key_secrets")]
    pub struct Model {
        pub tenant_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub secret_id: i32,
        pub sealed: Vec<u8>,
        pub created_at: DateTimeUtc,
        pub retires_at: Option<DateTimeUtc>,
        pub last_used_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A key to store, its secret sealed.
#[derive(Debug)]
pub struct NewKey {
    /// Its public id.
    pub key_id: KeyId,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Vec<Cidr>,
    /// The key that made it.
    pub created_by: Option<String>,
    /// The scheme that it must sign in at least.
    pub scheme: SchemeChoice,
    /// True if it opens sessions and does nothing else.
    pub only_mint: bool,
    /// The limits of its own.
    pub limits: OwnLimits,
    /// The sealed secret.
    pub secret: Vec<u8>,
}

impl NewKey {
    /// A key without a name that never ends and may be used from everywhere.
    pub fn plain(key_id: KeyId, roles: &[Role], scheme: SchemeChoice, secret: Vec<u8>) -> Self {
        Self {
            key_id,
            name: String::new(),
            roles: roles.to_vec(),
            expires_at: None,
            allow_cidrs: Vec::new(),
            created_by: None,
            scheme,
            only_mint: false,
            limits: OwnLimits::default(),
            secret,
        }
    }
}

/// A key that has not been revoked, of an active tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its tenant.
    pub tenant_id: String,
    /// Words of its roles, separated by commas.
    pub roles: String,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Vec<Cidr>,
    /// The scheme that it must sign in at least.
    pub min_scheme: Scheme,
    /// True if it opens sessions and does nothing else.
    pub only_mint: bool,
    /// The limits of its own.
    pub limits: OwnLimits,
    /// Those of its tenant.
    pub tenant_limits: OwnLimits,
    /// Its secrets, the newest first.
    pub secrets: Vec<SecretRow>,
}

/// A sealed secret of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Its number.
    pub id: i32,
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// From when on it is refused.
    pub retires_at: Option<DateTime<Utc>>,
}

impl TenantRows<'_> {
    /// Lists the tenant's keys that have not been revoked, the oldest first.
    pub async fn keys(self) -> Result<Vec<Key>> {
        list(&self.reader(), self.id()).await
    }
}

impl Tx {
    /// Lists the tenant's keys that have not been revoked, the oldest first.
    pub async fn keys(&self) -> Result<Vec<Key>> {
        list(&self.tx, self.id()).await
    }

    /// Stores a new key of the tenant.
    ///
    /// # Errors
    /// `Conflict` when its id is taken.
    pub async fn insert_key(&self, key: NewKey, now: DateTime<Utc>) -> Result<()> {
        let row = ActiveModel {
            key_id: Set(key.key_id.as_str().to_owned()),
            tenant_id: Set(self.id().to_owned()),
            roles: Set(Role::join(&key.roles)),
            secret: Set(key.secret.clone()),
            created_at: Set(now),
            revoked_at: Set(None),
            name: Set(key.name),
            expires_at: Set(key.expires_at),
            allow_cidrs: Set(joined(&key.allow_cidrs)),
            created_by: Set(key.created_by),
            last_used_at: Set(None),
            min_scheme: Set(key.scheme.least.as_str().to_owned()),
            v1_reason: Set(key.scheme.v1_reason),
            only_mint: Set(key.only_mint),
            requests_per_s: Set(key.limits.requests_per_s),
            run_starts_per_min: Set(key.limits.run_starts_per_min),
            session_mints_per_s: Set(key.limits.session_mints_per_s),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        self.insert_secret(&key.key_id, 1, key.secret, now).await
    }

    /// Stores what of a key can change: its name, its end, its networks, its scheme and its limits.
    pub async fn save_key(&self, key: &Key) -> Result<()> {
        Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(key.id.as_str()))
            .set(ActiveModel {
                name: Set(key.name.clone()),
                expires_at: Set(key.expires_at),
                allow_cidrs: Set(joined(&key.allow_cidrs)),
                min_scheme: Set(key.scheme.least.as_str().to_owned()),
                v1_reason: Set(key.scheme.v1_reason.clone()),
                requests_per_s: Set(key.limits.requests_per_s),
                run_starts_per_min: Set(key.limits.run_starts_per_min),
                session_mints_per_s: Set(key.limits.session_mints_per_s),
                ..Default::default()
            })
            .exec(&self.tx)
            .await?;
        Ok(())
    }

    /// Revokes a key.
    pub async fn revoke_key(&self, key: &KeyId, now: DateTime<Utc>) -> Result<()> {
        Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(key.as_str()))
            .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
            .exec(&self.tx)
            .await?;
        Ok(())
    }

    /// Gives a key its next secret. Those before stay valid until `retires_at`; those that have ended are deleted.
    pub async fn rotate_key(
        &self,
        key: &Key,
        sealed: Vec<u8>,
        retires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let id = key.id.as_str();
        let known = secret::Entity::find()
            .filter(secret::Column::TenantId.eq(self.id()))
            .filter(secret::Column::KeyId.eq(id))
            .count(&self.tx)
            .await?;
        if known == 0 {
            // Stored by the version before, which has the secret with the key alone.
            let row = Entity::find_by_id(id)
                .filter(Column::TenantId.eq(self.id()))
                .lock(CHANGE)
                .one(&self.tx)
                .await?;
            let row = row.ok_or_else(|| StoreError::Broken(format!("key {id} is gone")))?;
            self.insert_secret(&key.id, 1, row.secret, row.created_at).await?;
        }
        secret::Entity::update_many()
            .filter(secret::Column::TenantId.eq(self.id()))
            .filter(secret::Column::KeyId.eq(id))
            .filter(
                secret::Column::RetiresAt.is_null().or(secret::Column::RetiresAt.gt(retires_at)),
            )
            .set(secret::ActiveModel { retires_at: Set(Some(retires_at)), ..Default::default() })
            .exec(&self.tx)
            .await?;
        secret::Entity::delete_many()
            .filter(secret::Column::TenantId.eq(self.id()))
            .filter(secret::Column::KeyId.eq(id))
            .filter(secret::Column::RetiresAt.lte(now))
            .exec(&self.tx)
            .await?;
        self.insert_secret(&key.id, key.newest() + 1, sealed.clone(), now).await?;
        Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(id))
            .set(ActiveModel { secret: Set(sealed), ..Default::default() })
            .exec(&self.tx)
            .await?;
        Ok(())
    }

    async fn insert_secret(
        &self,
        key: &KeyId,
        secret_id: i32,
        sealed: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let row = secret::ActiveModel {
            tenant_id: Set(self.id().to_owned()),
            key_id: Set(key.as_str().to_owned()),
            secret_id: Set(secret_id),
            sealed: Set(sealed),
            created_at: Set(now),
            retires_at: Set(None),
            last_used_at: Set(None),
        };
        secret::Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}

async fn list(db: &impl ConnectionTrait, tenant: &str) -> Result<Vec<Key>> {
    let keys = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::KeyId)
        .all(db)
        .await?;
    let secrets = secret::Entity::find()
        .filter(secret::Column::TenantId.eq(tenant))
        .order_by_desc(secret::Column::SecretId)
        .all(db)
        .await?;
    keys.into_iter().map(|row| key(row, &secrets)).collect()
}

fn key(row: Model, secrets: &[secret::Model]) -> Result<Key> {
    let id = KeyId::parse(&row.key_id)
        .ok_or_else(|| StoreError::Broken(format!("key id '{}'", row.key_id)))?;
    let secrets = secrets.iter().filter(|secret| secret.key_id == row.key_id);
    let secrets = secrets.map(|secret| KeySecret {
        id: secret.secret_id,
        created_at: secret.created_at,
        retires_at: secret.retires_at,
        last_used_at: secret.last_used_at,
    });
    let mut secrets: Vec<KeySecret> = secrets.collect();
    if secrets.is_empty() {
        // Stored by the version before, which has the secret with the key alone.
        let created_at = row.created_at;
        secrets.push(KeySecret { id: 1, created_at, retires_at: None, last_used_at: None });
    }
    Ok(Key {
        id,
        limits: row.limits(),
        name: row.name,
        roles: Role::split(&row.roles),
        created_at: row.created_at,
        created_by: row.created_by,
        expires_at: row.expires_at,
        allow_cidrs: cidrs(row.allow_cidrs.as_deref())?,
        scheme: SchemeChoice { least: scheme(&row.min_scheme), v1_reason: row.v1_reason },
        only_mint: row.only_mint,
        last_used_at: row.last_used_at,
        secrets,
    })
}

/// Reads the stored word of a scheme. One that this version does not know is stricter than those that it knows.
pub(super) fn scheme(word: &str) -> Scheme {
    Scheme::parse(word).unwrap_or(Scheme::V2)
}

fn joined(cidrs: &[Cidr]) -> Option<String> {
    let texts: Vec<String> = cidrs.iter().map(Cidr::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// Reads stored networks. One that cannot be read is an error: left out, it would open the key to all addresses.
pub(super) fn cidrs(stored: Option<&str>) -> Result<Vec<Cidr>> {
    let broken = |text: &str| StoreError::Broken(format!("network '{text}' of a key"));
    let read = |text: &str| Cidr::parse(text).map_err(|_| broken(text));
    stored.map(|texts| texts.split(',').map(read).collect()).unwrap_or_else(|| Ok(Vec::new()))
}
