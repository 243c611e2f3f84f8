//! Keys by their public ids: the tenant of a request follows from its key. Raw SQL, because one statement notes the use
//! of many keys, and one looks at the length of every secret.

use {
    super::AcrossTenants,
    crate::{
        domain::{access::Role, id::KeyId, tenant::TenantStatus},
        store::{
            Result,
            access::{Column, Entity, KeyRow, SecretRow, cidrs, scheme, secret},
            list, placeholders, statement, tenant,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        ColumnTrait, ConnectionTrait as _, EntityTrait, ExprTrait as _, QueryFilter, QueryOrder,
        QuerySelect, QueryTrait, Value,
    },
};

/// Keys in one statement.
const CHUNK: usize = 1_000;

impl AcrossTenants<'_> {
    /// Returns a key that has not been revoked.
    pub async fn key(self, key: &KeyId) -> Result<Option<KeyRow>> {
        let row = Entity::find_by_id(key.as_str())
            .filter(Column::RevokedAt.is_null())
            .one(self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(tenant) =
            tenant::Entity::find_by_id(row.tenant_id.as_str()).one(self.read).await?
        else {
            return Ok(None);
        };
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
            tenant_status: tenant.status,
            roles: row.roles,
            expires_at: row.expires_at,
            allow_cidrs: cidrs(row.allow_cidrs.as_deref())?,
            min_scheme: scheme(&row.min_scheme),
            only_mint: row.only_mint,
            secrets,
        }))
    }

    /// Lists the platform keys that are accepted at a time, each with its tenant, the oldest first.
    pub async fn platform_keys(self, now: DateTime<Utc>) -> Result<Vec<(String, KeyId)>> {
        let active = tenant::Entity::find()
            .select_only()
            .column(tenant::Column::TenantId)
            .filter(tenant::Column::Status.eq(TenantStatus::Active.as_str()))
            .into_query();
        // On the writing connection, so that a key just stored by another process counts.
        let rows = Entity::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
            .filter(Column::OnlyMint.eq(false))
            .filter(Column::Roles.contains(Role::Platform.as_str()))
            .filter(Column::TenantId.in_subquery(active))
            .order_by_asc(Column::CreatedAt)
            .all(self.write)
            .await?;
        let platform = rows.iter().filter(|row| Role::split(&row.roles).contains(&Role::Platform));
        Ok(platform
            .filter_map(|row| Some((row.tenant_id.clone(), KeyId::parse(&row.key_id)?)))
            .collect())
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
