//! Access tokens in the database, sealed with the tenant's data key like the connection's other secrets.

use {
    super::vault::{Sealer, Vault},
    crate::{
        domain::id::TenantId,
        error::Error,
        ports::{GuardError, StoredToken, TokenClaim, TokenStore},
        store::{Store, StoreError, TenantScope, TokenRow},
    },
    async_trait::async_trait,
    secrecy::ExposeSecret as _,
    std::sync::Arc,
    uuid::Uuid,
};

/// Stores tokens for all processes on the database.
#[derive(Debug, Clone)]
pub struct SealedTokens {
    store: Store,
    vault: Arc<Vault>,
    /// New at every start, so that a claim of a process that died does not count as this one's.
    owner: String,
}

impl SealedTokens {
    /// Makes the store.
    pub fn new(store: Store, vault: Arc<Vault>) -> Self {
        Self { store, vault, owner: Uuid::new_v4().to_string() }
    }

    async fn scope(&self, tenant: &str) -> Result<(TenantScope, Sealer), GuardError> {
        let tenant = TenantId::parse(tenant).map_err(|_| GuardError("not a tenant's ID".into()))?;
        let scope = TenantScope::new(tenant);
        let sealer =
            self.vault.sealer(&self.store, &scope).await.map_err(|error| sealed(&error))?;
        Ok((scope, sealer))
    }
}

fn sealed(error: &Error) -> GuardError {
    GuardError(error.message.clone())
}

fn stored(error: StoreError) -> GuardError {
    GuardError(error.to_string())
}

/// Opens a token that is still fresh. A token that does not open is useless and is replaced.
fn fresh(sealer: &Sealer, connection: &str, row: Option<TokenRow>) -> Option<StoredToken> {
    let row = row.filter(|row| !row.fresh_for.is_zero())?;
    let token = sealer.open_token(connection, &row.token).ok()?;
    Some(StoredToken { token: token.into(), fresh_for: row.fresh_for })
}

#[async_trait]
impl TokenStore for SealedTokens {
    async fn get(&self, tenant: &str, connection: &str) -> Result<Option<StoredToken>, GuardError> {
        let (scope, sealer) = self.scope(tenant).await?;
        let row = self.store.of(&scope).token(connection).await.map_err(stored)?;
        Ok(fresh(&sealer, connection, row))
    }

    async fn claim(
        &self,
        tenant: &str,
        connection: &str,
        stale: Option<&StoredToken>,
    ) -> Result<TokenClaim, GuardError> {
        let (scope, sealer) = self.scope(tenant).await?;
        let stale = stale.map(|stale| stale.token.expose_secret());
        let usable = |row| {
            fresh(&sealer, connection, row)
                .filter(|stored| stale != Some(stored.token.expose_secret()))
        };
        let row = self.store.of(&scope).token(connection).await.map_err(stored)?;
        if let Some(token) = usable(row) {
            return Ok(TokenClaim::Stored(token));
        }
        let claimed = self.store.of(&scope).claim_token(connection, &self.owner).await;
        let Some(row) = claimed.map_err(stored)? else { return Ok(TokenClaim::Busy) };
        // Another process may have stored one between the look and the claim.
        if let Some(token) = usable(row) {
            self.release(tenant, connection).await?;
            return Ok(TokenClaim::Stored(token));
        }
        Ok(TokenClaim::Granted)
    }

    async fn put(
        &self,
        tenant: &str,
        connection: &str,
        token: StoredToken,
    ) -> Result<(), GuardError> {
        let (scope, sealer) = self.scope(tenant).await?;
        let bytes = sealer
            .seal_token(connection, token.token.expose_secret())
            .map_err(|error| sealed(&error))?;
        let row = TokenRow { token: bytes, fresh_for: token.fresh_for };
        self.store.of(&scope).put_token(connection, &self.owner, row).await.map_err(stored)
    }

    async fn release(&self, tenant: &str, connection: &str) -> Result<(), GuardError> {
        let (scope, _) = self.scope(tenant).await?;
        self.store.of(&scope).release_token(connection, &self.owner).await.map_err(stored)
    }
}
