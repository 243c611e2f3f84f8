//! Keys of callers: looked up for the signature check, cached as long as the marks of changes are looked at
//! (`key_cache/known.rs`), with a note of their use.

mod known;

use {
    self::known::KnownKeys,
    super::{Control, DEFAULT_KEY, DEFAULT_TENANT, Mode},
    crate::{
        crypto::{
            self,
            envelope::sealed_length,
            keys::{Finding, FindingSession, Keys, Missing, VerifyingKey, VerifyingSecret},
            signature::SigningKey,
        },
        domain::{
            access::{Call, Permission, Principal, Role, Scheme},
            id::{KeyId, TenantId},
        },
        error::{Error, Result},
        store::TenantScope,
    },
    std::{
        collections::HashSet,
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Greatest number of secrets whose use is noted at once; with more, some of them are noted later.
const USED: usize = 100_000;

/// Recently looked-up keys.
#[derive(Debug, Default)]
pub(super) struct KeyCache {
    entries: KnownKeys,
    /// The secrets that were used since this was last stored.
    used: Mutex<HashSet<(KeyId, i32)>>,
}

impl KeyCache {
    /// Forgets a key, so that this process notices a change at once.
    pub(super) fn forget_key(&self, key: &KeyId) {
        self.entries.forget(key);
    }

    /// Forgets the keys of a tenant, so that this process notices a change at once.
    pub(super) fn forget(&self, tenant: &TenantId) {
        self.entries.forget_tenants(&[tenant.as_str().to_owned()]);
    }
}

impl Keys for Control {
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a> {
        Box::pin(async move {
            self.keys.entries.freshen(&self.store).await;
            let found = match self.keys.entries.get(key) {
                Some(found) => Some(found),
                None => self.look_up(key).await?,
            };
            let now = self.clock.now();
            let valid = |known: &Arc<VerifyingKey>| {
                known.tenant.as_str() == tenant && known.expires_at.is_none_or(|end| now < end)
            };
            let found = found.filter(valid);
            if found.is_none() {
                self.miss(key).await?;
            }
            Ok(found)
        })
    }

    fn miss<'a>(&'a self, key: &'a KeyId) -> Missing<'a> {
        Box::pin(async move {
            // One that is not cached was looked up already.
            if self.keys.entries.get(key).is_some() {
                self.store.across_tenants().no_key().await?;
            }
            Ok(())
        })
    }

    fn session<'a>(&'a self, bearer: &'a [u8; 32]) -> FindingSession<'a> {
        self.find_session(bearer)
    }

    fn used(&self, key: &KeyId, secret: i32) {
        let mut used = self.keys.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() < USED {
            used.insert((key.clone(), secret));
        }
    }
}

impl Control {
    async fn look_up(&self, key: &KeyId) -> Result<Option<Arc<VerifyingKey>>> {
        let began = self.keys.entries.begin();
        let Some(row) = self.store.across_tenants().key(key).await? else { return Ok(None) };
        let tenant =
            TenantId::parse(&row.tenant_id).map_err(|fault| Error::internal(fault.message()))?;
        let sealed: Vec<&[u8]> =
            row.secrets.iter().map(|secret| secret.sealed.as_slice()).collect();
        let scope = TenantScope::new(tenant.clone());
        let sealer = self.vault.sealer(&self.store, &scope, &sealed).await?;
        let mut secrets = Vec::with_capacity(row.secrets.len());
        for stored in row.secrets {
            let secret = sealer.open_key_secret(key, &stored.sealed)?;
            let loopback_only = crypto::is_known_secret(&secret);
            if !loopback_only || self.mode == Mode::Dev {
                let (signing, retires_at) = (SigningKey::new(&secret), stored.retires_at);
                secrets.push(VerifyingSecret { id: stored.id, signing, retires_at, loopback_only });
            }
        }
        let found = Arc::new(VerifyingKey {
            tenant,
            key: key.clone(),
            roles: Role::split(&row.roles),
            expires_at: row.expires_at,
            allow_cidrs: row.allow_cidrs,
            min_scheme: row.min_scheme,
            only_mint: row.only_mint,
            limits: [row.limits, row.tenant_limits],
            secrets,
        });
        self.keys.entries.put(began, found.clone());
        Ok(Some(found))
    }

    /// Returns the id of an active key whose secret is public knowledge, if there is one: production mode must not
    /// start in that case. Only secrets that the service did not make are opened; those that it made share one
    /// length.
    pub async fn known_secret(&self) -> Result<Option<KeyId>> {
        let (now, made) = (self.clock.now(), sealed_length(crypto::SECRET_LENGTH));
        for (tenant, key, sealed) in self.store.across_tenants().unusual_secrets(made, now).await? {
            let tenant =
                TenantId::parse(&tenant).map_err(|fault| Error::internal(fault.message()))?;
            let sealer =
                self.vault.sealer(&self.store, &TenantScope::new(tenant), &[&sealed]).await?;
            if crypto::is_known_secret(&sealer.open_key_secret(&key, &sealed)?) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Stores which secrets were used since the last call. What cannot be stored is kept for the next one.
    pub async fn note_key_uses(&self) -> Result<()> {
        let mut used =
            std::mem::take(&mut *self.keys.used.lock().unwrap_or_else(PoisonError::into_inner));
        let list: Vec<(KeyId, i32)> = used.iter().cloned().collect();
        let stored = self.store.across_tenants().note_key_uses(&list, self.clock.now()).await;
        if stored.is_err() {
            self.keys.used.lock().unwrap_or_else(PoisonError::into_inner).extend(used.drain());
        }
        Ok(stored?)
    }

    /// Checks that the caller may read metadata.
    pub fn read_metadata(&self, who: &Principal) -> Result<()> {
        self.authorise(who, Permission::MetadataRead).map(drop)
    }

    /// The seeded caller, for commands of the host.
    pub(super) fn default_principal(&self) -> Result<Principal> {
        let tenant =
            TenantId::parse(DEFAULT_TENANT).map_err(|fault| Error::internal(fault.message()))?;
        let key = KeyId::parse(DEFAULT_KEY).ok_or_else(|| Error::internal("the seed's key id"))?;
        let roles = vec![Role::Platform, Role::Owner];
        Ok(Principal {
            tenant,
            key,
            roles,
            scheme: Scheme::V1,
            only_mint: false,
            session: None,
            actor: None,
            modules: None,
            call: Call::default(),
        })
    }
}
