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

    /// Returns the sealer of a tenant, which opens a token.
    async fn sealer(&self, scope: &TenantScope, token: &[&[u8]]) -> Result<Sealer, GuardError> {
        self.vault.sealer(&self.store, scope, token).await.map_err(|error| sealed(&error))
    }

    /// Opens a token that is still fresh. A token that does not open is useless and is replaced.
    async fn fresh(
        &self,
        scope: &TenantScope,
        connection: &str,
        row: Option<TokenRow>,
    ) -> Result<Option<StoredToken>, GuardError> {
        let token = row.as_ref().map(|row| row.token.as_slice());
        let sealer = self.sealer(scope, token.as_slice()).await?;
        let Some(row) = row.filter(|row| !row.fresh_for.is_zero()) else { return Ok(None) };
        let Ok(token) = sealer.open_token(connection, &row.token) else { return Ok(None) };
        Ok(Some(StoredToken { token: token.into(), fresh_for: row.fresh_for }))
    }
}

fn scope(tenant: &str) -> Result<TenantScope, GuardError> {
    let tenant = TenantId::parse(tenant).map_err(|_| GuardError("not a tenant's ID".into()))?;
    Ok(TenantScope::new(tenant))
}

fn sealed(error: &Error) -> GuardError {
    GuardError(error.message.clone())
}

fn stored(error: StoreError) -> GuardError {
    GuardError(error.to_string())
}

#[async_trait]
impl TokenStore for SealedTokens {
    async fn get(&self, tenant: &str, connection: &str) -> Result<Option<StoredToken>, GuardError> {
        let scope = scope(tenant)?;
        let row = self.store.of(&scope).token(connection).await.map_err(stored)?;
        self.fresh(&scope, connection, row).await
    }

    async fn claim(
        &self,
        tenant: &str,
        connection: &str,
        stale: Option<&StoredToken>,
    ) -> Result<TokenClaim, GuardError> {
        let scope = scope(tenant)?;
        let stale = stale.map(|stale| stale.token.expose_secret());
        let usable = async |row| {
            let fresh = self.fresh(&scope, connection, row).await?;
            Ok::<_, GuardError>(fresh.filter(|found| stale != Some(found.token.expose_secret())))
        };
        let row = self.store.of(&scope).token(connection).await.map_err(stored)?;
        if let Some(token) = usable(row).await? {
            return Ok(TokenClaim::Stored(token));
        }
        let claimed = self.store.of(&scope).claim_token(connection, &self.owner).await;
        let Some(row) = claimed.map_err(stored)? else { return Ok(TokenClaim::Busy) };
        // Another process may have stored one between the look and the claim.
        if let Some(token) = usable(row).await? {
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
        let scope = scope(tenant)?;
        let sealer = self.sealer(&scope, &[]).await?;
        let bytes = sealer
            .seal_token(connection, token.token.expose_secret())
            .map_err(|error| sealed(&error))?;
        let row = TokenRow { token: bytes, fresh_for: token.fresh_for };
        self.store.of(&scope).put_token(connection, &self.owner, row).await.map_err(stored)
    }

    async fn release(&self, tenant: &str, connection: &str) -> Result<(), GuardError> {
        let scope = scope(tenant)?;
        self.store.of(&scope).release_token(connection, &self.owner).await.map_err(stored)
    }
}
