//! Sessions of callers: looked up by their bearers, and cached for a few seconds as keys are.

use {
    super::{Control, recent::Recent},
    crate::{
        crypto::keys::{FindingSession, LiveSession},
        domain::{
            access::{Call, Principal, Scheme},
            id::TenantId,
        },
        error::{Error, Result},
        store::SessionRow,
    },
    chrono::{DateTime, Utc},
    std::{sync::Arc, time::Duration},
};

/// A session that was ended, or whose key or tenant was, is refused at most this much later, on every process
/// (docs/src/security.md, "Sessions").
const KEPT_FOR: Duration = Duration::from_secs(5);
/// Greatest number of cached sessions; those that are used least give way. Only existing ones are cached, so an anonymous
/// caller cannot fill the cache.
const KEPT: usize = 50_000;

/// Recently looked-up sessions, by the hash of their bearers.
#[derive(Debug)]
pub(super) struct SessionCache {
    entries: Recent<[u8; 32], Arc<LiveSession>>,
}

impl Default for SessionCache {
    fn default() -> Self {
        Self { entries: Recent::new(KEPT, KEPT_FOR) }
    }
}

impl SessionCache {
    /// Forgets all sessions, so that this process notices a change at once.
    pub(super) fn forget(&self) {
        self.entries.clear();
    }
}

impl Control {
    pub(super) fn find_session<'a>(&'a self, bearer: &'a [u8; 32]) -> FindingSession<'a> {
        Box::pin(async move {
            let found = match self.sessions.entries.get(bearer) {
                Some(found) => Some(found),
                None => {
                    let row = self.store.across_tenants().session(bearer).await?;
                    let found = row.map(live).transpose()?.map(Arc::new);
                    if let Some(found) = &found {
                        self.sessions.entries.put(*bearer, found.clone());
                    }
                    found
                }
            };
            let now = self.clock.now();
            Ok(found.filter(|session| now < session.expires_at))
        })
    }

    /// Returns whether the session of a caller goes on; true for a caller without one.
    pub(super) async fn session_goes_on(&self, who: &Principal) -> Result<bool> {
        let Some(id) = who.session else { return Ok(true) };
        let row = self.store.across_tenants().session_by_id(id).await?;
        let live = row.map(live).transpose()?;
        Ok(live.is_some_and(|session| self.clock.now() < session.expires_at))
    }
}

fn live(row: SessionRow) -> Result<LiveSession> {
    let SessionRow { tenant_id, session, key_expires_at, key_limits, tenant_limits } = row;
    let tenant = TenantId::parse(&tenant_id).map_err(|fault| Error::internal(fault.message()))?;
    let expires_at: DateTime<Utc> =
        key_expires_at.map_or(session.expires_at, |end| end.min(session.expires_at));
    let principal = Principal {
        tenant,
        key: session.key,
        roles: vec![session.role],
        scheme: Scheme::Session,
        only_mint: false,
        session: Some(session.id),
        actor: Some(session.actor),
        modules: (!session.modules.is_empty()).then_some(session.modules),
        call: Call::default(),
    };
    let limits = [key_limits, tenant_limits];
    Ok(LiveSession { principal, origin: session.origin, expires_at, limits })
}
