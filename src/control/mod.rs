//! Operations that a caller can ask for. Each checks the caller's permission, works in the caller's tenant, and leaves
//! an audit entry where it changes a thing. No protobuf, no HTTP.

mod access;
mod item;
mod mapping;
mod module;
mod page;
mod parts;
mod person;
mod removal;
mod run;
mod seed;
mod settings;
mod tenant;
mod token;
mod trigger;
mod usage;
mod vault;
mod watch;

pub use {
    item::{ItemPage, RunItemQuery},
    module::ModuleView,
    parts::RunParts,
    person::{PeoplePage, PeopleQuery, PersonEventQuery, PersonView},
    removal::RemovalPage,
    run::{ItemQuery, RunItems, RunPage, RunQuery},
    seed::{DEFAULT_KEY, DEFAULT_SECRET, DEFAULT_TENANT, SeedReport},
    tenant::{CreatedTenant, TenantChange, TenantInput},
    token::SealedTokens,
    trigger::RunRequest,
    usage::ProviderUsage,
    vault::{Vault, VaultError},
};

use {
    crate::{
        domain::{
            access::{Permission, Principal},
            egress::EgressPolicy,
        },
        error::{Code, Error, Result},
        ports::Clock,
        store::{Scope, Store, StoreError},
    },
    std::sync::Arc,
    tokio::sync::Notify,
    tokio_util::sync::CancellationToken,
};

/// How a deployment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a developer's machine: the well-known credential works on loopback, and so do loopback targets.
    Dev,
    /// For everything else.
    Production,
}

/// What operations need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    store: Store,
    clock: Arc<dyn Clock>,
    vault: Arc<Vault>,
    urls: Arc<EgressPolicy>,
    mode: Mode,
    keys: Arc<access::KeyCache>,
    wake: Arc<Notify>,
    stopping: CancellationToken,
}

impl Control {
    /// Puts the operations together.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        vault: Vault,
        urls: EgressPolicy,
        mode: Mode,
    ) -> Self {
        Self {
            store,
            clock,
            vault: Arc::new(vault),
            urls: Arc::new(urls),
            mode,
            keys: Arc::default(),
            wake: Arc::default(),
            stopping: CancellationToken::new(),
        }
    }

    /// Returns the token that ends long answers when it is cancelled.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Returns what a worker of this process waits for.
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Returns the store of the access tokens that connections fetch.
    pub fn tokens(&self) -> SealedTokens {
        SealedTokens::new(self.store.clone(), self.vault.clone())
    }

    /// Checks a permission and returns the caller's scope.
    fn authorise(&self, who: &Principal, permission: Permission) -> Result<Scope> {
        if who.allows(permission) {
            return Ok(Scope::new(who.tenant.clone()));
        }
        let message = match permission {
            Permission::TenantCreate | Permission::TenantUpdate => {
                "Platform role required".to_owned()
            }
            other => format!("permission {} required", other.as_str()),
        };
        Err(Error::new(Code::Forbidden, "AUTH_ROLE_REQUIRED", message))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::unavailable(error),
            StoreError::Broken(_) | StoreError::Conflict => Self::internal(error),
        }
    }
}
