//! The first platform key of a deployment, made by the host: no call can make it, because each call needs a key.

use {
    super::Control,
    crate::{
        domain::{
            access::{Key, Role, Scheme, SchemeChoice},
            audit::{Action, Author, Change, HOST},
            id::{KeyId, TenantId},
            rate::OwnLimits,
            tenant::{Tenant, TenantStatus},
        },
        error::{Error, Result},
        store::{AuditEntry, NewKey, StoreError, TenantScope},
    },
    secrecy::{ExposeSecret as _, SecretString},
    serde_json::json,
};

/// Id of the tenant that the host's platform keys belong to. It is the operator's own and connects no school.
pub const PLATFORM_TENANT: &str = "platform";

/// The result for a platform key that the host offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrap {
    /// It is stored and works.
    Made,
    /// It was not stored, because this platform key is active.
    Exists(KeyId),
    /// It was not stored, because a key of this id was there before; it may be revoked.
    Used(KeyId),
}

impl Control {
    /// Returns the oldest active platform key.
    pub async fn platform_key(&self) -> Result<Option<KeyId>> {
        let keys = self.store.across_tenants().platform_keys(self.clock.now()).await?;
        Ok(keys.into_iter().next().map(|(_, key)| key))
    }

    /// Checks the reason why a key of the host may sign in v1; without one, it has what is usual in the deployment.
    pub fn host_scheme(&self, v1_reason: Option<&str>) -> Result<SchemeChoice> {
        let (mut faults, reason) = (Vec::new(), v1_reason.map(str::to_owned));
        let word = reason.as_ref().map(|_| Scheme::V1.as_str());
        let scheme = self.scheme(word, &reason, &mut faults);
        if faults.is_empty() { Ok(scheme) } else { Err(Error::fields(faults)) }
    }

    /// Stores a platform key in the host's own tenant, which is made if it is missing. Unless it is forced, it is stored
    /// only while no other platform key is active; of any number of processes one wins.
    pub async fn bootstrap(
        &self,
        key: &KeyId,
        secret: &SecretString,
        (scheme, force): (SchemeChoice, bool),
    ) -> Result<Bootstrap> {
        let active = if force { None } else { self.platform_key().await? };
        if let Some(active) = active {
            return Ok(Bootstrap::Exists(active));
        }
        if self.store.across_tenants().tenant_of_key(key).await?.is_some() {
            return Ok(Bootstrap::Used(key.clone()));
        }
        if let Some(done) = self.bootstrap_in_new(key, secret, (&scheme, force)).await? {
            return Ok(done);
        }
        self.bootstrap_in_old(key, secret, (scheme, force)).await
    }

    /// The same in a new tenant; `None` if the tenant exists.
    async fn bootstrap_in_new(
        &self,
        key: &KeyId,
        secret: &SecretString,
        (scheme, force): (&SchemeChoice, bool),
    ) -> Result<Option<Bootstrap>> {
        let scope = platform_scope()?;
        if self.store.of(&scope).tenant().await?.is_some() {
            return Ok(None);
        }
        let (id, now) = (scope.tenant().clone(), self.clock.now());
        let (name, status) = ("Platform".to_owned(), TenantStatus::Active);
        let limits = OwnLimits::default();
        let tenant = Tenant { id, name, status, limits, created_at: now, updated_at: now };
        let roles = (&[Role::Platform][..], scheme.clone());
        let mut new = self.new_tenant(&tenant, key, secret, roles, false).await?;
        new.key.created_by = Some(HOST.to_owned());
        let tx = self.store.of(&scope).begin().await?;
        match tx.create_tenant(new).await {
            Ok(()) => {}
            // A process that started at the same time was faster.
            Err(StoreError::Conflict) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        tx.audit(entry(key, (scheme, force), &tenant)).await?;
        tx.commit().await?;
        Ok(Some(Bootstrap::Made))
    }

    /// The same in the tenant that exists. Its row is locked, so that processes do so one after the other.
    async fn bootstrap_in_old(
        &self,
        key: &KeyId,
        secret: &SecretString,
        (scheme, force): (SchemeChoice, bool),
    ) -> Result<Bootstrap> {
        let scope = platform_scope()?;
        let sealer = self.vault.sealer(&self.store, &scope, &[]).await?;
        let secret = sealer.seal_key_secret(key, secret.expose_secret())?;
        let tx = self.store.of(&scope).begin().await?;
        let tenant = tx.tenant().await?;
        let mut tenant = tenant.ok_or_else(|| Error::internal("the platform's tenant is gone"))?;
        tenant.updated_at = self.clock.now();
        let works = |key: &Key| {
            key.roles.contains(&Role::Platform)
                && key.is_live(tenant.updated_at)
                && tenant.status == TenantStatus::Active
        };
        if let Some(active) = tx.keys().await?.into_iter().find(works).filter(|_| !force) {
            return Ok(Bootstrap::Exists(active.id));
        }
        if tenant.status != TenantStatus::Active {
            tenant.status = TenantStatus::Active;
            tx.save_tenant(&tenant).await?;
        }
        let audited = scheme.clone();
        let new = NewKey::plain(key.clone(), &[Role::Platform], scheme, secret);
        let new = NewKey { created_by: Some(HOST.to_owned()), ..new };
        tx.insert_key(new, tenant.updated_at).await?;
        tx.audit(entry(key, (&audited, force), &tenant)).await?;
        tx.commit().await?;
        self.keys.forget(&tenant.id);
        Ok(Bootstrap::Made)
    }
}

fn entry<'a>(
    key: &'a KeyId,
    (scheme, force): (&SchemeChoice, bool),
    tenant: &Tenant,
) -> AuditEntry<'a> {
    let change = Change::made(json!({
        "roles": Role::Platform.as_str(), "secret": "set", "force": force,
        "min_scheme": scheme.least.as_str(), "v1_reason": scheme.v1_reason,
        "tenant_status": tenant.status.as_str(),
    }));
    let (author, action) = (Author::host(), Action::BootstrapKey);
    AuditEntry { author, action, resource: key.as_str(), change, at: tenant.updated_at }
}

fn platform_scope() -> Result<TenantScope> {
    let id = TenantId::parse(PLATFORM_TENANT).map_err(|fault| Error::internal(fault.message()))?;
    Ok(TenantScope::new(id))
}
