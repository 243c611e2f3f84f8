//! Operations for callers. Each checks the caller's permission, works in the caller's tenant, and leaves an audit
//! entry if it changes something. No protobuf, no HTTP.

mod access;
mod audit;
mod bootstrap;
mod branding;
mod checklist;
mod event;
mod exchange;
mod item;
mod job;
mod key_cache;
mod mapping;
mod mapping_file;
mod mapping_live;
mod mapping_preview;
mod mapping_version;
mod master_key;
mod module;
mod overview;
mod page;
mod parts;
mod person;
mod poll;
mod proof;
pub(crate) mod recent;
mod record;
mod removal;
mod removal_label;
mod run;
mod seed;
mod server;
mod session;
mod session_cache;
mod settings;
mod site;
mod stream;
mod summary;
mod tenant;
mod token;
mod trial;
mod trigger;
mod usage;
mod vault;
mod view;
mod wait;
mod watch;
mod zoho;

pub use {
    crate::domain::access::SessionInput,
    crate::ports::Named,
    crate::store::{MappingVersion, StoredExchange},
    crate::sync::{Explained, Parent, Reason, Step},
    access::{IssuedKey, KeyChange, KeyInput, TenantKey},
    audit::{AuditPage, AuditQuery},
    bootstrap::{Bootstrap, PLATFORM_TENANT},
    branding::Look,
    event::Told,
    exchange::ExchangePage,
    item::{ItemPage, RunItemQuery},
    mapping::{ModuleMappings, SaveMappings, SavedMappings},
    mapping_file::{AppliedMappings, ApplyMappings},
    mapping_live::{LiveFields, MappingDraft, MappingReport, unwritable},
    mapping_preview::{MappingPreview, PreviewInput},
    mapping_version::{MappingDifference, RollbackMappings, VersionPage},
    master_key::{MasterKeys, Retiring},
    module::ModuleView,
    overview::Overview,
    parts::RunParts,
    person::{PeoplePage, PeopleQuery, PersonEventQuery, PersonView},
    proof::{KeyError, expected_key},
    record::{ExplainedRecord, RecordView},
    removal::{Approval, RemovalPage},
    run::{ItemQuery, RunItems, RunPage, RunQuery},
    seed::{DEFAULT_KEY, DEFAULT_SECRET, DEFAULT_TENANT, SeedReport},
    server::{Origins, ServerInfo},
    session::{OpenedSession, TenantSession},
    site::ForgetRequest,
    tenant::{CreatedTenant, TenantChange, TenantInput, TenantOverview},
    token::SealedTokens,
    trial::TriedStage,
    trigger::RunRequest,
    usage::ProviderUsage,
    vault::Vault,
    zoho::{ZohoFields, ZohoRecords},
};

use {
    crate::{
        connectors::Connectors,
        domain::{
            access::{Permission, Principal},
            branding::Branding,
            code,
            egress::EgressPolicy,
        },
        error::{Code, Error, Result},
        ports::Clock,
        store::{Store, StoreError, TenantScope},
    },
    std::sync::Arc,
    tokio::sync::Notify,
    tokio_util::sync::CancellationToken,
};

/// How a deployment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a developer's machine: the well-known credential works on loopback, and calls to loopback are allowed.
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
    connect: Arc<Connectors>,
    fields: Arc<mapping_live::FieldCache>,
    urls: Arc<EgressPolicy>,
    mode: Mode,
    parents: Origins,
    branding: Arc<Branding>,
    keys: Arc<key_cache::KeyCache>,
    refusals: Arc<audit::Refusals>,
    sessions: Arc<session_cache::SessionCache>,
    streams: Arc<stream::Streams>,
    watched: Arc<watch::Watched>,
    overviews: Arc<overview::Overviews>,
    wake: Arc<Notify>,
    stopping: CancellationToken,
}

impl Control {
    /// Puts the operations together.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        vault: Arc<Vault>,
        connect: Arc<Connectors>,
        urls: EgressPolicy,
        mode: Mode,
    ) -> Self {
        Self {
            store,
            clock,
            vault,
            connect,
            fields: Arc::default(),
            urls: Arc::new(urls),
            mode,
            parents: Origins::default(),
            branding: Arc::default(),
            keys: Arc::default(),
            refusals: Arc::default(),
            sessions: Arc::default(),
            streams: stream::Streams::new(0),
            watched: Arc::default(),
            overviews: Arc::default(),
            wake: Arc::default(),
            stopping: CancellationToken::new(),
        }
    }

    /// The same with a limit of the open streams of each tenant; 0 means no limit.
    #[must_use]
    pub fn with_streams(mut self, most: usize) -> Self {
        self.streams = stream::Streams::new(most);
        self
    }

    /// Returns the token that ends long answers when it is cancelled.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Returns the signal that a worker of this process waits for.
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Checks a permission and returns the caller's scope.
    fn authorise(&self, who: &Principal, permission: Permission) -> Result<TenantScope> {
        if who.allows(permission) {
            return Ok(TenantScope::new(who.tenant.clone()).narrowed(who.modules.clone()));
        }
        let word = permission.as_str();
        let refused =
            Error::told(Code::Forbidden, code::AUTH_ROLE_REQUIRED, &[("permission", &word)]);
        Err(match permission {
            Permission::TenantCreate | Permission::TenantUpdate => {
                Error { message: "Platform role required".to_owned(), ..refused }
            }
            _ => refused,
        })
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
