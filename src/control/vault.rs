//! The vault: seals and opens a tenant's secrets with the tenant's own data key, which a master key seals in turn.

use {
    crate::{
        crypto::envelope::{Context, DataKey, MasterKey},
        domain::{
            code,
            id::{KeyId, TenantId},
        },
        error::{Code, Error, Result},
        store::{SealedDataKey, Store, StoreError, TenantScope},
    },
    std::{
        collections::HashMap,
        sync::{Arc, PoisonError, RwLock},
    },
};

/// Cached opened data keys; a deployment with more tenants opens some of them again.
const KEPT: usize = 10_000;

/// Seals and opens secrets.
#[derive(Debug)]
pub struct Vault {
    pub(super) master: MasterKey,
    open: RwLock<HashMap<TenantId, Arc<DataKey>>>,
}

/// Seals and opens the secrets of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct Sealer {
    tenant: TenantId,
    key: Arc<DataKey>,
}

impl Vault {
    /// Opens the vault with a master key.
    pub fn new(master: MasterKey) -> Self {
        Self { master, open: RwLock::default() }
    }

    /// Creates a tenant's data key, with its sealed form for the store.
    pub(crate) fn new_data_key(&self, tenant: &TenantId) -> Result<(DataKey, SealedDataKey)> {
        let (key, wrapped) =
            DataKey::generate(tenant.as_str(), &self.master).map_err(Error::internal)?;
        let sealed = SealedDataKey {
            data_key_id: key.id().to_vec(),
            master_key_id: self.master.id().to_owned(),
            wrapped,
        };
        Ok((key, sealed))
    }

    /// Returns the sealer of a tenant's secrets.
    ///
    /// # Errors
    /// `MASTER_KEY_WRONG` when another master key sealed the tenant's data key.
    pub(crate) async fn sealer(&self, store: &Store, scope: &TenantScope) -> Result<Sealer> {
        self.find_sealer(store, scope).await?
    }

    /// The same, with the error of the database kept apart, because it may not occur again.
    pub(crate) async fn find_sealer(
        &self,
        store: &Store,
        scope: &TenantScope,
    ) -> Result<Result<Sealer>, StoreError> {
        let tenant = scope.tenant().clone();
        let kept = self.open.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        if let Some(key) = kept {
            return Ok(Ok(Sealer { tenant, key }));
        }
        let Some(sealed) = store.of(scope).data_key().await? else {
            return Ok(Err(Error::internal(format!("tenant {tenant} has no data key"))));
        };
        if sealed.master_key_id != self.master.id() {
            let message = format!(
                "secrets are sealed with master key {}, this process has {}",
                sealed.master_key_id,
                self.master.id()
            );
            return Ok(Err(Error { message, ..wrong_key() }));
        }
        let (id, wrapped) = (&sealed.data_key_id, &sealed.wrapped);
        let Ok(key) = DataKey::unwrap(tenant.as_str(), id, wrapped, &self.master) else {
            return Ok(Err(wrong_key()));
        };
        let key = Arc::new(key);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= KEPT {
            open.clear();
        }
        open.insert(tenant.clone(), key.clone());
        Ok(Ok(Sealer { tenant, key }))
    }
}

fn wrong_key() -> Error {
    let message = code::MASTER_KEY_WRONG.message(&[]);
    Error {
        cause: Some(message.clone().into()),
        ..Error::new(Code::Unavailable, code::MASTER_KEY_WRONG, message)
    }
}

impl Sealer {
    /// Seals a connection secret; `column` is the setting's name.
    pub(crate) fn seal_setting(&self, column: &'static str, secret: &str) -> Result<Vec<u8>> {
        self.key.seal(&self.setting(column), secret.as_bytes()).map_err(Error::internal)
    }

    /// Opens a connection secret.
    pub(crate) fn open_setting(&self, column: &'static str, sealed: &[u8]) -> Result<String> {
        text(self.key.open(&self.setting(column), sealed).map_err(|_| wrong_key())?)
    }

    /// Seals an access token of a connection.
    pub(super) fn seal_token(&self, connection: &str, token: &str) -> Result<Vec<u8>> {
        self.key.seal(&self.token(connection), token.as_bytes()).map_err(Error::internal)
    }

    /// Opens an access token of a connection.
    pub(super) fn open_token(&self, connection: &str, sealed: &[u8]) -> Result<String> {
        text(self.key.open(&self.token(connection), sealed).map_err(|_| wrong_key())?)
    }

    /// Seals the secret of a signing key.
    pub(super) fn seal_key_secret(&self, key: &KeyId, secret: &str) -> Result<Vec<u8>> {
        seal_key_secret(&self.key, &self.tenant, key, secret)
    }

    /// Opens the secret of a signing key.
    pub(crate) fn open_key_secret(&self, key: &KeyId, sealed: &[u8]) -> Result<String> {
        text(self.key.open(&key_context(&self.tenant, key), sealed).map_err(|_| wrong_key())?)
    }

    fn token<'a>(&'a self, connection: &'a str) -> Context<'a> {
        Context {
            table: "oauth_tokens",
            column: "token",
            tenant: self.tenant.as_str(),
            row: connection,
        }
    }

    fn setting(&self, column: &'static str) -> Context<'_> {
        let tenant = self.tenant.as_str();
        Context { table: "integration_settings", column, tenant, row: tenant }
    }
}

/// Seals the secret of a signing key with a data key that is not stored yet.
pub(super) fn seal_key_secret(
    data_key: &DataKey,
    tenant: &TenantId,
    key: &KeyId,
    secret: &str,
) -> Result<Vec<u8>> {
    data_key.seal(&key_context(tenant, key), secret.as_bytes()).map_err(Error::internal)
}

fn key_context<'a>(tenant: &'a TenantId, key: &'a KeyId) -> Context<'a> {
    Context { table: "api_keys", column: "secret", tenant: tenant.as_str(), row: key.as_str() }
}

fn text(bytes: impl AsRef<[u8]>) -> Result<String> {
    String::from_utf8(bytes.as_ref().to_vec()).map_err(Error::internal)
}
