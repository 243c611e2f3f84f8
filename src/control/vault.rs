//! The vault: seals and opens a tenant's secrets with the tenant's own data key, which a master key seals in turn.

use {
    super::recent::Recent,
    crate::{
        crypto::{
            envelope::{Context, DataKey},
            ring::KeyRing,
        },
        domain::{
            code,
            id::{KeyId, TenantId},
        },
        error::{Code, Error, Result},
        store::{SealedDataKey, SealedPlace, Store, StoreError, TenantScope},
    },
    std::{
        fmt,
        sync::{Arc, Mutex, PoisonError, RwLock},
        time::{Duration, Instant},
    },
};

/// Opened data keys that are kept; a deployment with more tenants opens those again that are used least.
const KEPT: usize = 50_000;
/// A data key that another process has exchanged seals at most this much longer.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(60);
/// How often the files are read again because a key is not among them.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// Reads the master keys of the deployment again.
type Source = Arc<dyn Fn() -> std::result::Result<KeyRing, String> + Send + Sync>;

/// Seals and opens secrets.
pub struct Vault {
    ring: RwLock<Arc<KeyRing>>,
    source: Option<Source>,
    read_at: Mutex<Option<Instant>>,
    open: Recent<TenantId, Arc<Vec<DataKey>>>,
}

/// Seals and opens the secrets of one tenant.
#[derive(Debug, Clone)]
pub(crate) struct Sealer {
    tenant: TenantId,
    /// The one that seals, and then those that it replaced.
    keys: Arc<Vec<DataKey>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.ring().ids()).finish()
    }
}

impl Vault {
    /// Opens the vault with the master keys of the deployment.
    pub fn new(ring: impl Into<KeyRing>) -> Self {
        Self {
            ring: RwLock::new(Arc::new(ring.into())),
            source: None,
            read_at: Mutex::default(),
            open: Recent::new(KEPT, KEPT_FOR),
        }
    }

    /// Reads the master keys again when one is wanted that is not among them, so that keys can be exchanged while the
    /// process runs.
    #[must_use]
    pub fn reading(
        mut self,
        source: impl Fn() -> std::result::Result<KeyRing, String> + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Returns the master keys.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns master keys with this one among them, reading them again if it is not.
    fn ring_with(&self, id: &str) -> Result<Arc<KeyRing>> {
        let ring = self.ring();
        if ring.get(id).is_some() {
            return Ok(ring);
        }
        if let Some(source) = self.source.as_ref().filter(|_| self.may_read()) {
            match source() {
                Ok(read) => {
                    let read = Arc::new(read);
                    *self.ring.write().unwrap_or_else(PoisonError::into_inner) = read.clone();
                    if read.get(id).is_some() {
                        return Ok(read);
                    }
                }
                Err(error) => tracing::warn!(error, "the master keys could not be read again"),
            }
        }
        let message =
            format!("secrets are sealed with master key {id}, this process has {}", list(&ring));
        Err(Error { message, ..wrong_key() })
    }

    fn may_read(&self) -> bool {
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = read_at.is_none_or(|since| since.elapsed() >= READ_AGAIN);
        if due {
            *read_at = Some(Instant::now());
        }
        due
    }

    /// Creates a tenant's data key, with its sealed form for the store.
    ///
    /// # Errors
    /// `MASTER_KEY_WRONG` when this process does not have the database's master key.
    pub(super) async fn new_data_key(
        &self,
        store: &Store,
        tenant: &TenantId,
    ) -> Result<(DataKey, SealedDataKey)> {
        let noted = store.across_tenants().master_key().await?;
        let noted = noted.ok_or_else(|| Error::internal("the database has no master key"))?;
        let ring = self.ring_with(&noted.master_key_id)?;
        let master = ring.get(&noted.master_key_id).ok_or_else(wrong_key)?;
        let (key, wrapped) = DataKey::generate(tenant.as_str(), master).map_err(Error::internal)?;
        let sealed = SealedDataKey {
            data_key_id: key.id().to_vec(),
            master_key_id: master.id().to_owned(),
            wrapped,
        };
        Ok((key, sealed))
    }

    /// Returns the sealer of a tenant's secrets. It opens the given values; another one it opens only if its data key was
    /// made more than a minute ago.
    ///
    /// # Errors
    /// `MASTER_KEY_WRONG` when a master key sealed the tenant's data key that this process does not have.
    pub(crate) async fn sealer(
        &self,
        store: &Store,
        scope: &TenantScope,
        values: &[&[u8]],
    ) -> Result<Sealer> {
        self.find_sealer(store, scope, values).await?
    }

    /// The same, with the error of the database kept apart, because it may not occur again.
    pub(crate) async fn find_sealer(
        &self,
        store: &Store,
        scope: &TenantScope,
        values: &[&[u8]],
    ) -> Result<Result<Sealer>, StoreError> {
        let tenant = scope.tenant().clone();
        let opens =
            |keys: &Arc<Vec<DataKey>>| values.iter().all(|value| key_of(keys, value).is_some());
        if let Some(keys) = self.open.get(&tenant).filter(opens) {
            return Ok(Ok(Sealer { tenant, keys }));
        }
        let sealed = store.of(scope).data_keys().await?;
        if sealed.is_empty() {
            return Ok(Err(Error::internal(format!("tenant {tenant} has no data key"))));
        }
        let opened: Result<Vec<DataKey>> =
            sealed.iter().map(|sealed| self.open(&tenant, sealed)).collect();
        let keys = match opened {
            Ok(keys) => Arc::new(keys),
            Err(error) => return Ok(Err(error)),
        };
        self.open.put(tenant.clone(), keys.clone());
        Ok(Ok(Sealer { tenant, keys }))
    }

    /// Opens a data key.
    pub(super) fn open(&self, tenant: &TenantId, sealed: &SealedDataKey) -> Result<DataKey> {
        let ring = self.ring_with(&sealed.master_key_id)?;
        let master = ring.get(&sealed.master_key_id).ok_or_else(wrong_key)?;
        DataKey::unwrap(tenant.as_str(), &sealed.data_key_id, &sealed.wrapped, master)
            .map_err(|_| wrong_key())
    }

    /// Forgets the opened data keys of a tenant.
    pub(super) fn forget(&self, tenant: &TenantId) {
        self.open.forget(tenant);
    }
}

/// Lists the ids of keys.
fn list(ring: &KeyRing) -> String {
    ring.ids().join(", ")
}

fn wrong_key() -> Error {
    let message = code::MASTER_KEY_WRONG.message(&[]);
    Error {
        cause: Some(message.clone().into()),
        ..Error::new(Code::Unavailable, code::MASTER_KEY_WRONG, message)
    }
}

/// Finds the data key that sealed a value.
fn key_of<'a>(keys: &'a [DataKey], sealed: &[u8]) -> Option<&'a DataKey> {
    let id = DataKey::id_of(sealed)?;
    keys.iter().find(|key| key.id() == id)
}

impl Sealer {
    /// Makes a sealer of a tenant's data keys: the one that seals, and then others that open.
    pub(super) fn new(tenant: TenantId, keys: Vec<DataKey>) -> Self {
        Self { tenant, keys: Arc::new(keys) }
    }

    /// Seals a connection secret; `column` is the setting's name.
    pub(crate) fn seal_setting(&self, column: &'static str, secret: &str) -> Result<Vec<u8>> {
        self.seal(&self.setting(column), secret)
    }

    /// Opens a connection secret.
    pub(crate) fn open_setting(&self, column: &'static str, sealed: &[u8]) -> Result<String> {
        self.open(&self.setting(column), sealed)
    }

    /// Seals an access token of a connection.
    pub(super) fn seal_token(&self, connection: &str, token: &str) -> Result<Vec<u8>> {
        self.seal(&self.token(connection), token)
    }

    /// Opens an access token of a connection.
    pub(super) fn open_token(&self, connection: &str, sealed: &[u8]) -> Result<String> {
        self.open(&self.token(connection), sealed)
    }

    /// Seals the secret of a signing key.
    pub(super) fn seal_key_secret(&self, key: &KeyId, secret: &str) -> Result<Vec<u8>> {
        self.seal(&self.key_secret(key.as_str()), secret)
    }

    /// Opens the secret of a signing key.
    pub(crate) fn open_key_secret(&self, key: &KeyId, sealed: &[u8]) -> Result<String> {
        self.open(&self.key_secret(key.as_str()), sealed)
    }

    /// Seals a value of any place again, with the data key that seals now.
    pub(super) fn reseal(&self, place: &SealedPlace, sealed: &[u8]) -> Result<Vec<u8>> {
        let place = match place {
            SealedPlace::Setting(column) => self.setting(column),
            SealedPlace::Token(connection) => self.token(connection),
            SealedPlace::Key(key) | SealedPlace::KeySecret(key, _) => self.key_secret(key),
        };
        self.seal(&place, &self.open(&place, sealed)?)
    }

    fn seal(&self, place: &Context<'_>, text: &str) -> Result<Vec<u8>> {
        let key = self.keys.first().ok_or_else(wrong_key)?;
        key.seal(place, text.as_bytes()).map_err(Error::internal)
    }

    fn open(&self, place: &Context<'_>, sealed: &[u8]) -> Result<String> {
        let key = key_of(&self.keys, sealed).ok_or_else(wrong_key)?;
        let text = key.open(place, sealed).map_err(|_| wrong_key())?;
        String::from_utf8(text.to_vec()).map_err(Error::internal)
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

    fn key_secret<'a>(&'a self, key: &'a str) -> Context<'a> {
        Context { table: "api_keys", column: "secret", tenant: self.tenant.as_str(), row: key }
    }
}
