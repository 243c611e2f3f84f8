//! A tenant's data keys, and the values that are sealed with them: read and stored together when the data key is exchanged.
//! Raw SQL, because the values lie in several tables.

use {
    super::{Result, StoreError, TenantRows, Tx, statement, tenant::SealedDataKey},
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait as _, DbBackend, QueryResult, Value},
};

/// Where a sealed value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedPlace {
    /// A secret of the connection settings, by the column.
    Setting(&'static str),
    /// The access token of a connection.
    Token(String),
    /// The newest secret of a key, by the key's id.
    Key(String),
    /// A secret of a key, by the key's id and the secret's number.
    KeySecret(String, i32),
}

/// A sealed value.
#[derive(Debug, Clone)]
pub struct SealedValue {
    /// Where it lies.
    pub place: SealedPlace,
    /// The value.
    pub sealed: Vec<u8>,
}

/// The sealed columns of the connection settings.
const SETTINGS: [&str; 3] = ["moodle_api_token", "zoho_client_secret", "zoho_refresh_token"];

/// Reads a sealed data key of either table.
pub(super) fn data_key(row: &QueryResult) -> Result<SealedDataKey> {
    Ok(SealedDataKey {
        data_key_id: row.try_get("", "data_key_id")?,
        master_key_id: row.try_get("", "master_key_id")?,
        wrapped: row.try_get("", "wrapped")?,
    })
}

/// A tenant's data keys: the one that seals, and then those that it replaced.
const DATA_KEYS: &str =
    "SELECT 0 AS place, data_key_id, master_key_id, wrapped FROM data_keys WHERE tenant_id = $1
     UNION ALL SELECT 1, data_key_id, master_key_id, wrapped FROM old_data_keys WHERE tenant_id = $1
     ORDER BY place";

impl TenantRows<'_> {
    /// Returns a tenant's sealed data keys: the one that seals, and then those that it replaced.
    pub async fn data_keys(self) -> Result<Vec<SealedDataKey>> {
        let sql = statement(self.backend(), DATA_KEYS, [self.id().into()]);
        self.reader().query_all_raw(sql).await?.iter().map(data_key).collect()
    }
}

impl Tx {
    /// Returns the tenant's sealed data keys; see [`TenantRows::data_keys`].
    pub async fn data_keys(&self) -> Result<Vec<SealedDataKey>> {
        self.rows_of(DATA_KEYS.to_owned()).await?.iter().map(data_key).collect()
    }

    /// Makes sure that a master key is the database's, and that it stays so until the end of the transaction: one that was
    /// exchanged seals nothing any more.
    pub(super) async fn hold_master_key(&self, id: &str) -> Result<()> {
        let end = if self.backend() == DbBackend::Postgres { " FOR SHARE" } else { "" };
        let sql = format!("SELECT 1 FROM master_keys WHERE master_key_id = $1{end}");
        match self.tx.query_one_raw(statement(self.backend(), sql, [id.into()])).await? {
            Some(_) => Ok(()),
            None => Err(StoreError::Broken("the master key was exchanged meanwhile".into())),
        }
    }

    /// Puts another data key in the place of the tenant's, which stays for what is sealed with it. Returns false for a tenant
    /// without one.
    pub async fn replace_data_key(&self, key: SealedDataKey, now: DateTime<Utc>) -> Result<bool> {
        self.hold_master_key(&key.master_key_id).await?;
        let found = format!("SELECT 1 FROM data_keys WHERE tenant_id = $1{}", self.locked());
        if self.rows_of(found).await?.is_empty() {
            return Ok(false);
        }
        let keep = "INSERT INTO old_data_keys (tenant_id, data_key_id, master_key_id, wrapped, created_at, replaced_at)
             SELECT tenant_id, data_key_id, master_key_id, wrapped, created_at, $1 FROM data_keys WHERE tenant_id = $2";
        self.change_all(keep, [now.into(), self.id().into()]).await?;
        let replace = "UPDATE data_keys SET data_key_id = $1, master_key_id = $2, wrapped = $3, created_at = $4
             WHERE tenant_id = $5";
        let values = [
            key.data_key_id.into(),
            key.master_key_id.into(),
            key.wrapped.into(),
            now.into(),
            self.id().into(),
        ];
        self.change_all(replace, values).await?;
        Ok(true)
    }

    /// Deletes data keys that were replaced before a time. Nothing may be sealed with them any more.
    pub async fn forget_old_data_keys(&self, before: DateTime<Utc>) -> Result<u64> {
        let sql = "DELETE FROM old_data_keys WHERE tenant_id = $1 AND replaced_at < $2";
        self.change_all(sql, [self.id().into(), before.into()]).await
    }

    /// Returns all sealed values of the tenant; their rows are locked until the end of the transaction.
    pub async fn sealed_values(&self) -> Result<Vec<SealedValue>> {
        let locked = self.locked();
        let mut found = Vec::new();
        let settings = format!(
            "SELECT moodle_api_token, zoho_client_secret, zoho_refresh_token FROM integration_settings
             WHERE tenant_id = $1{locked}"
        );
        for row in self.rows_of(settings).await? {
            for column in SETTINGS {
                if let Some(sealed) = row.try_get("", column)? {
                    found.push(SealedValue { place: SealedPlace::Setting(column), sealed });
                }
            }
        }
        let tokens = format!(
            "SELECT connection, token FROM oauth_tokens WHERE tenant_id = $1 AND token IS NOT NULL{locked}"
        );
        for row in self.rows_of(tokens).await? {
            let place = SealedPlace::Token(row.try_get("", "connection")?);
            found.push(SealedValue { place, sealed: row.try_get("", "token")? });
        }
        let keys = format!("SELECT key_id, secret FROM api_keys WHERE tenant_id = $1{locked}");
        for row in self.rows_of(keys).await? {
            let place = SealedPlace::Key(row.try_get("", "key_id")?);
            found.push(SealedValue { place, sealed: row.try_get("", "secret")? });
        }
        let secrets = format!(
            "SELECT key_id, secret_id, sealed FROM api_key_secrets WHERE tenant_id = $1{locked}"
        );
        for row in self.rows_of(secrets).await? {
            let place =
                SealedPlace::KeySecret(row.try_get("", "key_id")?, row.try_get("", "secret_id")?);
            found.push(SealedValue { place, sealed: row.try_get("", "sealed")? });
        }
        Ok(found)
    }

    /// Stores a value that was sealed again, in its place.
    pub async fn put_sealed(&self, value: SealedValue) -> Result<()> {
        let (tenant, sealed): (Value, Value) = (self.id().into(), value.sealed.into());
        match value.place {
            SealedPlace::Setting(column) => {
                let sql =
                    format!("UPDATE integration_settings SET {column} = $1 WHERE tenant_id = $2");
                self.change_all(sql, [sealed, tenant]).await?;
            }
            SealedPlace::Token(connection) => {
                let sql =
                    "UPDATE oauth_tokens SET token = $1 WHERE tenant_id = $2 AND connection = $3";
                self.change_all(sql, [sealed, tenant, connection.into()]).await?;
            }
            SealedPlace::Key(key) => {
                let sql = "UPDATE api_keys SET secret = $1 WHERE tenant_id = $2 AND key_id = $3";
                self.change_all(sql, [sealed, tenant, key.into()]).await?;
            }
            SealedPlace::KeySecret(key, number) => {
                let sql = "UPDATE api_key_secrets SET sealed = $1
                     WHERE tenant_id = $2 AND key_id = $3 AND secret_id = $4";
                self.change_all(sql, [sealed, tenant, key.into(), number.into()]).await?;
            }
        }
        Ok(())
    }

    /// The end of a query whose rows are to be changed. SQLite has one writer.
    fn locked(&self) -> &'static str {
        if self.backend() == DbBackend::Postgres { " FOR NO KEY UPDATE" } else { "" }
    }

    async fn rows_of(&self, sql: String) -> Result<Vec<QueryResult>> {
        Ok(self.tx.query_all_raw(statement(self.backend(), sql, [self.id().into()])).await?)
    }

    pub(super) async fn change_all(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64> {
        Ok(self.tx.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected())
    }
}
