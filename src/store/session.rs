//! Sessions of keys. One is looked up by its bearer in `across_tenants/session.rs`.

use {
    super::{Result, StoreError, TenantRows, Tx},
    crate::domain::{
        access::{Role, Session, SessionTerms},
        id::{KeyId, SessionId},
        module::ModuleName,
    },
    chrono::{DateTime, TimeDelta, Utc},
    sea_orm::{
        ActiveValue::Set, Condition, EntityTrait, ExprTrait as _, PaginatorTrait, QueryOrder,
        QuerySelect, entity::prelude::*,
    },
    uuid::Uuid,
};

/// A session's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: String,
    pub tenant_id: String,
    pub key_id: String,
    pub bearer_hash: Option<Vec<u8>>,
    pub code_hash: Option<Vec<u8>>,
    pub role: String,
    pub actor: String,
    pub modules: Option<String>,
    pub origin: Option<String>,
    pub reason: Option<String>,
    pub ttl_s: i32,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What opens a new session, as its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionSecret {
    /// The bearer.
    Bearer([u8; 32]),
    /// A code that is changed into a bearer once.
    Code([u8; 32]),
}

/// A session to store.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// The key that opens it.
    pub key: &'a KeyId,
    /// What opens it.
    pub secret: SessionSecret,
    /// What its maker decided.
    pub terms: &'a SessionTerms,
    /// When it is opened.
    pub created_at: DateTime<Utc>,
    /// From when on it, or its code, is refused.
    pub expires_at: DateTime<Utc>,
}

/// Most sessions in one list.
const LIST: u64 = 5_000;

impl TenantRows<'_> {
    /// Lists the sessions in the tenant's data that have not ended, the newest first.
    pub async fn sessions(self, now: DateTime<Utc>) -> Result<Vec<Session>> {
        self.live_sessions(Condition::all(), now).await
    }

    /// The same for those with which the operator of the deployment reads the tenant's data.
    pub async fn support_sessions(self, now: DateTime<Utc>) -> Result<Vec<Session>> {
        self.live_sessions(Column::Reason.is_not_null().into(), now).await
    }

    async fn live_sessions(self, which: Condition, now: DateTime<Utc>) -> Result<Vec<Session>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(which)
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .order_by_desc(Column::CreatedAt)
            .order_by_asc(Column::SessionId)
            .limit(LIST)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(session).collect()
    }
}

impl Tx {
    /// Stores a session. Those of its key in this tenant's data that have ended are deleted.
    pub async fn insert_session(&self, new: NewSession<'_>) -> Result<()> {
        Entity::delete_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(new.key.as_str()))
            .filter(Column::RevokedAt.is_not_null().or(Column::ExpiresAt.lte(new.created_at)))
            .exec(&self.tx)
            .await?;
        let (bearer, code) = match new.secret {
            SessionSecret::Bearer(hash) => (Some(hash.to_vec()), None),
            SessionSecret::Code(hash) => (None, Some(hash.to_vec())),
        };
        let terms = new.terms;
        let row = ActiveModel {
            session_id: Set(new.id.to_string()),
            tenant_id: Set(self.id().to_owned()),
            key_id: Set(new.key.as_str().to_owned()),
            bearer_hash: Set(bearer),
            code_hash: Set(code),
            role: Set(terms.role.as_str().to_owned()),
            actor: Set(terms.actor.clone()),
            modules: Set(joined(&terms.modules)),
            origin: Set(terms.origin.clone()),
            reason: Set(terms.reason.clone()),
            ttl_s: Set(i32::try_from(terms.ttl_s).unwrap_or(i32::MAX)),
            created_at: Set(new.created_at),
            expires_at: Set(new.expires_at),
            revoked_at: Set(None),
        };
        Entity::insert(row).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Changes a code into a bearer, and returns the session; `None` if another claim was faster.
    pub async fn claim_session(
        &self,
        code_hash: &[u8; 32],
        bearer_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Session>> {
        let waits = Condition::all()
            .add(Column::CodeHash.eq(code_hash.to_vec()))
            .add(Column::RevokedAt.is_null())
            .add(Column::ExpiresAt.gt(now));
        let found = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(waits.clone())
            .one(&self.tx)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let expires_at = now + TimeDelta::seconds(found.ttl_s.into());
        let claimed = Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(waits)
            .set(ActiveModel {
                code_hash: Set(None),
                bearer_hash: Set(Some(bearer_hash.to_vec())),
                expires_at: Set(expires_at),
                ..Default::default()
            })
            .exec(&self.tx)
            .await?;
        let bearer_hash = Some(bearer_hash.to_vec());
        let session = session(Model { expires_at, code_hash: None, bearer_hash, ..found })?;
        Ok((claimed.rows_affected == 1).then_some(session))
    }

    /// Returns a session in the tenant's data that has not ended.
    pub async fn session(&self, id: SessionId, now: DateTime<Utc>) -> Result<Option<Session>> {
        let row = Entity::find_by_id(id.to_string())
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .one(&self.tx)
            .await?;
        row.map(session).transpose()
    }

    /// Counts the sessions of a key in the tenant's data that have not ended.
    pub async fn count_sessions(&self, key: &KeyId, now: DateTime<Utc>) -> Result<u64> {
        Ok(Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(key.as_str()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .count(&self.tx)
            .await?)
    }

    /// Ends a session.
    pub async fn revoke_session(&self, id: SessionId, now: DateTime<Utc>) -> Result<()> {
        Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::SessionId.eq(id.to_string()))
            .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
            .exec(&self.tx)
            .await?;
        Ok(())
    }

    /// Ends the sessions of a key in the tenant's data, and returns their number.
    pub async fn revoke_sessions(&self, key: &KeyId, now: DateTime<Utc>) -> Result<u64> {
        let ended = Entity::update_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(key.as_str()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
            .exec(&self.tx)
            .await?;
        Ok(ended.rows_affected)
    }
}

/// Reads a row.
pub(super) fn session(row: Model) -> Result<Session> {
    let broken =
        |what: &str| StoreError::Broken(format!("the {what} of session {}", row.session_id));
    Ok(Session {
        id: SessionId(Uuid::parse_str(&row.session_id).map_err(|_| broken("id"))?),
        key: KeyId::parse(&row.key_id).ok_or_else(|| broken("key"))?,
        role: Role::parse(&row.role).ok_or_else(|| broken("role"))?,
        modules: modules(row.modules.as_deref()).ok_or_else(|| broken("modules"))?,
        actor: row.actor,
        origin: row.origin,
        reason: row.reason,
        created_at: row.created_at,
        expires_at: row.expires_at,
        is_pending: row.bearer_hash.is_none(),
    })
}

fn joined(modules: &[ModuleName]) -> Option<String> {
    let words: Vec<&str> = modules.iter().map(|module| module.as_str()).collect();
    (!words.is_empty()).then(|| words.join(","))
}

/// Reads stored modules. One that cannot be read is an error: left out, it could open the session to all modules.
fn modules(stored: Option<&str>) -> Option<Vec<ModuleName>> {
    stored.map_or(Some(Vec::new()), |words| words.split(',').map(ModuleName::parse).collect())
}
