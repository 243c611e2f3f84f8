//! Access tokens of connections that are tried and not stored: they live in this process alone, so that a second trial of the
//! same values asks for none. Zoho gives ten in ten minutes (docs/src/zoho.md, "Access tokens").

use {
    crate::ports::{GuardError, StoredToken, TokenClaim, TokenStore},
    async_trait::async_trait,
    std::{
        collections::HashMap,
        fmt,
        sync::{Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
    tokio::time::Instant,
};

/// Connections whose tokens are kept.
const KEPT: usize = 1_000;

/// Tokens with the time until which each is fresh, by their connections.
#[derive(Default)]
pub(super) struct Drafts(Mutex<HashMap<String, (StoredToken, Instant)>>);

impl fmt::Debug for Drafts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drafts").finish_non_exhaustive()
    }
}

impl Drafts {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (StoredToken, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for Drafts {
    async fn get(&self, _: &str, connection: &str) -> Result<Option<StoredToken>, GuardError> {
        let now = Instant::now();
        let found = self.lock().get(connection).cloned().filter(|(_, until)| now < *until);
        Ok(found
            .map(|(token, until)| StoredToken { fresh_for: until.duration_since(now), ..token }))
    }

    async fn claim(
        &self,
        _: &str,
        connection: &str,
        stale: Option<&StoredToken>,
    ) -> Result<TokenClaim, GuardError> {
        if stale.is_some() {
            self.lock().remove(connection);
        }
        Ok(TokenClaim::Granted)
    }

    async fn put(&self, _: &str, connection: &str, token: StoredToken) -> Result<(), GuardError> {
        let now = Instant::now();
        let until = now + token.fresh_for.min(Duration::from_secs(86_400));
        let mut tokens = self.lock();
        if tokens.len() >= KEPT {
            tokens.retain(|_, (_, until)| now < *until);
        }
        // Without room, the next trial asks for a token of its own.
        if tokens.len() < KEPT {
            tokens.insert(connection.to_owned(), (token, until));
        }
        Ok(())
    }

    async fn release(&self, _: &str, _: &str) -> Result<(), GuardError> {
        Ok(())
    }
}
