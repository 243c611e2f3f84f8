//! Keys by their public ids: the tenant of a request follows from its key. Raw SQL, because one statement notes the use
//! of many keys.

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
        ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, ExprTrait as _, QueryFilter,
        QueryOrder, QuerySelect, QueryTrait, Value, sea_query::Query,
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

    /// Lists the secrets of the keys that have not been revoked, each with the tenant and the key, at most 10,000 of
    /// the newest ones and 10,000 of those that still end.
    pub async fn secrets(self, now: DateTime<Utc>) -> Result<Vec<(String, KeyId, Vec<u8>)>> {
        let rows =
            Entity::find().filter(Column::RevokedAt.is_null()).limit(10_000).all(self.read).await?;
        let newest = rows.into_iter().map(|row| (row.tenant_id, row.key_id, row.secret));
        let in_use = Query::select()
            .column(Column::KeyId)
            .from(Entity)
            .cond_where(Condition::all().add(Column::RevokedAt.is_null()))
            .to_owned();
        let rows = secret::Entity::find()
            .filter(secret::Column::RetiresAt.gt(now))
            .filter(secret::Column::KeyId.in_subquery(in_use))
            .limit(10_000)
            .all(self.read)
            .await?;
        let ending = rows.into_iter().map(|row| (row.tenant_id, row.key_id, row.sealed));
        let parsed = |(tenant, key, sealed): (String, String, Vec<u8>)| {
            Some((tenant, KeyId::parse(&key)?, sealed))
        };
        Ok(newest.chain(ending).filter_map(parsed).collect())
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
