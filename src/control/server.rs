//! What a page may know of the server before it has a session; and the lists of origins that may change while it runs.

use {
    super::{Control, Mode, run::RUNS, watch::LONGEST},
    crate::domain::{
        access::{CODE_S, TTL_S, TTLS_S},
        branding::Branding,
        selection::IDS_MAX,
    },
    chrono::{DateTime, Utc},
    std::sync::{Arc, PoisonError, RwLock},
};

/// Origins of pages, which may be changed while the server runs. Cheap to clone; clones share the list.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<RwLock<Vec<String>>>);

impl Origins {
    /// Makes a list.
    pub fn new(origins: Vec<String>) -> Self {
        Self(Arc::new(RwLock::new(origins)))
    }

    /// Puts another list in its place.
    pub fn replace(&self, origins: Vec<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = origins;
    }

    /// Returns whether an origin is listed.
    pub fn has(&self, origin: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known == origin)
    }

    /// Returns the origins as they are now.
    pub fn list(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a page may know of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// How the deployment runs.
    pub mode: Mode,
    /// The time of its clock.
    pub at: DateTime<Utc>,
    /// Number of entries on a page of a list: the default and the maximum.
    pub page: (i64, i64),
    /// The most record ids in one request.
    pub ids_max: usize,
    /// How long a session lasts, in seconds: the default and the maximum.
    pub session_s: (i64, i64),
    /// How long a code can be claimed, in seconds.
    pub code_s: i64,
    /// The longest that a stream lasts, in seconds.
    pub stream_s: u64,
    /// The origins of the pages that may hand the widget a session.
    pub parents: Vec<String>,
    /// The look of the deployment.
    pub branding: Branding,
}

impl Control {
    /// The same with the list of the pages that may frame the widget and hand it a session.
    #[must_use]
    pub fn with_parents(mut self, parents: Origins) -> Self {
        self.parents = parents;
        self
    }

    /// Returns the list of the pages that may frame the widget and hand it a session.
    pub fn parents(&self) -> Origins {
        self.parents.clone()
    }

    /// Returns what any caller may know of the server. It reads nothing of a tenant.
    pub fn server_info(&self) -> ServerInfo {
        ServerInfo {
            mode: self.mode,
            at: self.clock.now(),
            page: RUNS,
            ids_max: IDS_MAX,
            session_s: (TTL_S, *TTLS_S.end()),
            code_s: CODE_S,
            stream_s: LONGEST.as_secs(),
            parents: self.parents.list(),
            branding: Branding::clone(&self.branding),
        }
    }
}
