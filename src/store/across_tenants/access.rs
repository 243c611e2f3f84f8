//! Keys by their public ids: the tenant of a request follows from its key. Raw SQL, because one statement notes the use
//! of many keys, and one looks at the length of every secret.

use {
    super::AcrossTenants,
    crate::{
        domain::{access::Role, id::KeyId, tenant::TenantStatus},
        store::{
            CHANGE, Result,
            access::{Column, Entity, KeyRow, Model, SecretRow, cidrs, scheme, secret},
            list, placeholders,
            rows::{TenantScope, Tx},
            statement, tenant,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait as _, QueryFilter, QueryOrder,
        QuerySelect, QueryTrait, Value, sea_query::SelectStatement,
    },
};

/// Keys in one statement.
const CHUNK: usize = 1_000;

impl AcrossTenants<'_> {
    /// Returns a key of an active tenant that has not been revoked. All that is refused takes one and the same statement, so
    /// that the time of the answer does not tell which ids exist.
    pub async fn key(self, key: &KeyId) -> Result<Option<KeyRow>> {
        let row = Entity::find_by_id(key.as_str())
            .filter(Column::RevokedAt.is_null())
            .filter(Column::TenantId.in_subquery(active_tenants()))
            .one(self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let tenant = tenant::Entity::find_by_id(row.tenant_id.as_str()).one(self.read).await?;
        let Some(tenant) = tenant else { return Ok(None) };
        let secrets = secret::Entity::find()
            .filter(secret::Column::KeyId.eq(key.as_str()))
            .order_by_desc(secret::Column::SecretId)
            .all(self.read)
            .await?;
        let (limits, tenant_limits) = (row.limits(), tenant.limits());
        let mut secrets: Vec<SecretRow> = secrets
            .into_iter()
            .map(|row| SecretRow {
                id: row.secret_id,
                sealed: row.sealed,
                retires_at: row.retires_at,
            })
            .collect();
        if secrets.is_empty() {
            // Stored by the version before, which has the secret with the key alone.
            secrets.push(SecretRow { id: 1, sealed: row.secret, retires_at: None });
        }
        Ok(Some(KeyRow {
            limits,
            tenant_limits,
            tenant_id: row.tenant_id,
            roles: row.roles,
            expires_at: row.expires_at,
            allow_cidrs: cidrs(row.allow_cidrs.as_deref())?,
            min_scheme: scheme(&row.min_scheme),
            only_mint: row.only_mint,
            secrets,
        }))
    }

    /// Looks for a key that no one has, for the time that this takes.
    pub async fn no_key(self) -> Result<()> {
        Entity::find_by_id("").filter(Column::RevokedAt.is_null()).one(self.read).await?;
        Ok(())
    }

    /// Lists the platform keys that are accepted at a time, each with its tenant, the oldest first.
    pub async fn platform_keys(self, now: DateTime<Utc>) -> Result<Vec<(String, KeyId)>> {
        // On the writing connection, so that a key just stored by another process counts.
        let rows = accepted_platform_keys(self.write, now).await?.into_iter();
        Ok(rows.filter_map(|row| Some((row.tenant_id, KeyId::parse(&row.key_id)?))).collect())
    }

    /// Begins a transaction over the rows of one tenant that may take a platform key away, and returns which ones other
    /// tenants have. Of such transactions one at a time goes on: of two that each leave the key of
    /// the other, the second sees what the first has done.
    pub async fn begin_without_platform(
        self,
        scope: &TenantScope,
        now: DateTime<Utc>,
    ) -> Result<(Tx, PlatformElsewhere)> {
        let tx = self.begin().await?;
        let with_key = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::Roles.contains(Role::Platform.as_str()))
            .select_only()
            .column(Column::TenantId)
            .distinct()
            .into_query();
        tenant::Entity::find()
            .select_only()
            .column(tenant::Column::TenantId)
            .filter(tenant::Column::TenantId.in_subquery(with_key))
            .order_by_asc(tenant::Column::TenantId)
            .lock(CHANGE)
            .into_tuple::<String>()
            .all(&tx)
            .await?;
        // A statement of its own, so that it sees what was stored while the one before waited.
        let accepted = accepted_platform_keys(&tx, now).await?;
        let others = || accepted.iter().filter(|row| row.tenant_id != scope.tenant().as_str());
        let elsewhere = PlatformElsewhere {
            accepted: others().next().is_some(),
            lasting: others().any(|row| row.expires_at.is_none()),
        };
        Ok((self.go_on(tx, scope.clone()).await?, elsewhere))
    }

    /// Returns the tenant of a key, also of a revoked one.
    pub async fn tenant_of_key(self, key: &KeyId) -> Result<Option<String>> {
        let row = Entity::find_by_id(key.as_str()).one(self.write).await?;
        Ok(row.map(|row| row.tenant_id))
    }

    /// Lists the sealed secrets of the keys that have not been revoked which do not have the usual length, each with the
    /// tenant and the key: the newest ones, and those that still end.
    pub async fn unusual_secrets(
        self,
        usual: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, KeyId, Vec<u8>)>> {
        let sql = "SELECT tenant_id, key_id, secret FROM api_keys WHERE revoked_at IS NULL AND length(secret) <> $1
             UNION ALL
             SELECT k.tenant_id, s.key_id, s.sealed FROM api_key_secrets s JOIN api_keys k ON k.key_id = s.key_id
             WHERE k.revoked_at IS NULL AND s.retires_at > $2 AND length(s.sealed) <> $3";
        let usual = i32::try_from(usual).unwrap_or(i32::MAX);
        let values: [Value; 3] = [usual.into(), now.into(), usual.into()];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let key: String = row.try_get_by_index(1)?;
            let key = KeyId::parse(&key);
            found.extend(
                key.map(|key| Ok((row.try_get_by_index(0)?, key, row.try_get_by_index(2)?))),
            );
        }
        found.into_iter().collect()
    }

    /// Notes that secrets of keys were used.
    pub async fn note_key_uses(self, used: &[(KeyId, i32)], now: DateTime<Utc>) -> Result<()> {
        for chunk in used.chunks(CHUNK) {
            let keys = || chunk.iter().map(|(key, _)| Value::from(key.as_str()));
            let sql = format!(
                "UPDATE api_keys SET last_used_at = $1 WHERE key_id IN ({})",
                list(chunk.len(), 2)
            );
            let values = std::iter::once(Value::from(now)).chain(keys());
            self.write.execute_raw(statement(self.backend(), sql, values)).await?;
            let sql = format!(
                "UPDATE api_key_secrets SET last_used_at = $1 WHERE (key_id, secret_id) IN (VALUES {})",
                placeholders(chunk.len(), 2, 2)
            );
            let pairs = chunk
                .iter()
                .flat_map(|(key, secret)| [Value::from(key.as_str()), Value::from(*secret)]);
            let values = std::iter::once(Value::from(now)).chain(pairs);
            self.write.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }
}

/// The platform keys of other tenants than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlatformElsewhere {
    /// True if there is one that is accepted.
    pub accepted: bool,
    /// True if there is one that is accepted and has no end.
    pub lasting: bool,
}

/// The query of the tenants that are active.
fn active_tenants() -> SelectStatement {
    tenant::Entity::find()
        .select_only()
        .column(tenant::Column::TenantId)
        .filter(tenant::Column::Status.eq(TenantStatus::Active.as_str()))
        .into_query()
}

async fn accepted_platform_keys(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<Model>> {
    let mut rows = Entity::find()
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
        .filter(Column::OnlyMint.eq(false))
        .filter(Column::Roles.contains(Role::Platform.as_str()))
        .filter(Column::TenantId.in_subquery(active_tenants()))
        .order_by_asc(Column::CreatedAt)
        .all(db)
        .await?;
    rows.retain(|row| Role::split(&row.roles).contains(&Role::Platform));
    Ok(rows)
}
