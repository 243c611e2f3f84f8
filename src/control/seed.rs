//! The seed: the `default` tenant that the first clients' samples expect, with its well-known credential. A repeated
//! seed keeps existing data and restores the listed mappings.

use {
    super::Control,
    crate::{
        domain::{
            access::{Role, Scheme, SchemeChoice},
            audit::{Action, Author, Change},
            code,
            id::{KeyId, TenantId},
            mapping,
            module::ModuleName,
            rate::OwnLimits,
            tenant::{SettingsPatch, Tenant, TenantStatus},
        },
        error::{Error, Result},
        store::{AuditEntry, NewMappings, TenantScope},
    },
    secrecy::SecretString,
};

/// Id of the seeded tenant.
pub const DEFAULT_TENANT: &str = "default";
/// Public id of the seeded key.
pub const DEFAULT_KEY: &str = "ext_key_default";
/// The seeded secret; it is public knowledge and is refused in production mode.
pub const DEFAULT_SECRET: &str = "ext_secret_change_me_in_production";

/// The result of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedReport {
    /// The tenant was created.
    Created,
    /// The tenant existed; its listed mappings were restored.
    Restored,
}

impl Control {
    /// Creates the `default` tenant, or restores its listed mappings.
    pub async fn seed(&self) -> Result<SeedReport> {
        let id =
            TenantId::parse(DEFAULT_TENANT).map_err(|fault| Error::internal(fault.message()))?;
        let key = KeyId::parse(DEFAULT_KEY).ok_or_else(|| Error::internal("the seed's key id"))?;
        let scope = TenantScope::new(id.clone());
        if self.store.of(&scope).tenant().await?.is_some() {
            let at = self.clock.now();
            let tx = self.store.of(&scope).begin().await?;
            let mut change = Change::default();
            for module in ModuleName::ALL {
                let rows = mapping::defaults(module);
                let (author, reason) = (DEFAULT_KEY, Some("seed"));
                let (before, _) = tx.lock_mappings(module).await?;
                let new = NewMappings { module, rows: &rows, author, reason, at };
                let after = tx.save_mappings(new).await?;
                if before != after {
                    change.note(module.as_str(), before.into(), after.into());
                }
            }
            let (author, action, resource) = (Author::host(), Action::SeedTenant, DEFAULT_TENANT);
            tx.audit(AuditEntry { author, action, resource, change, at }).await?;
            tx.commit().await?;
            return Ok(SeedReport::Restored);
        }
        let now = self.clock.now();
        let name = "Default Tenant".to_owned();
        let tenant = Tenant {
            id,
            name,
            status: TenantStatus::Active,
            limits: OwnLimits::default(),
            created_at: now,
            updated_at: now,
        };
        let secret = SecretString::from(DEFAULT_SECRET);
        let roles = [Role::Platform, Role::Owner];
        // Clients of the earlier service use this key.
        let scheme = SchemeChoice { least: Scheme::V1, v1_reason: None };
        let new = self.new_tenant(&tenant, &key, &secret, (&roles, scheme), true).await?;
        match self.insert_tenant(new, Author::host(), Action::SeedTenant).await {
            Ok(()) => Ok(SeedReport::Created),
            // A process that started at the same time was faster and created all of it.
            Err(error) if error.reason == code::TENANT_EXISTS => Ok(SeedReport::Restored),
            Err(error) => Err(error),
        }
    }

    /// Seeds a database that has no tenant yet.
    pub async fn seed_empty(&self) -> Result<()> {
        if self.store.across_tenants().tenants(None).await?.is_empty() {
            self.seed().await?;
        }
        Ok(())
    }

    /// Sets the connections of the `default` tenant, for the demo, which has no caller.
    pub async fn connect_default(&self, patch: SettingsPatch) -> Result<()> {
        let who = self.default_principal()?;
        self.update_settings(&who, patch).await.map(drop)
    }
}
