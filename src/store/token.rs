//! Access tokens between processes, and the claim of the process that renews them. Raw SQL: the statement that grants
//! the renewal is the claim itself. Times are those of the database, so that processes with wrong clocks agree.

use {
    super::{Result, TenantRows, now_ms, statement},
    sea_orm::{ConnectionTrait, QueryResult, Value},
    std::time::Duration,
};

/// How long a claim lasts without a token.
const CLAIM: Duration = Duration::from_secs(30);
/// How long tokens of other credentials are kept after their end.
const KEPT: Duration = Duration::from_secs(86_400);

/// A token as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Sealed.
    pub token: Vec<u8>,
    /// How long it will still be fresh; zero if it is not.
    pub fresh_for: Duration,
}

impl TenantRows<'_> {
    /// Returns the token of a connection.
    pub async fn token(self, connection: &str) -> Result<Option<TokenRow>> {
        let sql = format!(
            "SELECT token, expires_ms - {now} AS left_ms FROM oauth_tokens WHERE tenant_id = $1 AND connection = $2",
            now = now_ms(self.backend())
        );
        let values = [self.id().into(), connection.into()];
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(token).transpose().map(Option::flatten)
    }

    /// Claims the right to renew a token for half a minute. `None`: another owner has it. Otherwise the stored token,
    /// if there is one. An owner may claim again: only one of its tasks asks at a time, and a cancelled one gives
    /// nothing back.
    pub async fn claim_token(
        self,
        connection: &str,
        owner: &str,
    ) -> Result<Option<Option<TokenRow>>> {
        let now = now_ms(self.backend());
        let sql = format!(
            "INSERT INTO oauth_tokens (tenant_id, connection, refresh_owner, refresh_until_ms)
             VALUES ($1, $2, $3, {now} + {claim})
             ON CONFLICT (tenant_id, connection) DO UPDATE
                SET refresh_owner = excluded.refresh_owner, refresh_until_ms = excluded.refresh_until_ms
                WHERE oauth_tokens.refresh_until_ms IS NULL OR oauth_tokens.refresh_until_ms < {now}
                    OR oauth_tokens.refresh_owner = excluded.refresh_owner
             RETURNING token, expires_ms - {now} AS left_ms",
            claim = CLAIM.as_millis(),
        );
        let values = [self.id().into(), connection.into(), owner.into()];
        let row = self.writer().query_one_raw(statement(self.backend(), sql, values)).await?;
        row.as_ref().map(token).transpose()
    }

    /// Stores a token and ends this owner's claim. Tokens of unused credentials are deleted.
    pub async fn put_token(self, connection: &str, owner: &str, row: TokenRow) -> Result<()> {
        let now = now_ms(self.backend());
        let sql = format!(
            "INSERT INTO oauth_tokens (tenant_id, connection, token, expires_ms)
             VALUES ($1, $2, $3, {now} + $4)
             ON CONFLICT (tenant_id, connection) DO UPDATE
                SET token = excluded.token, expires_ms = excluded.expires_ms,
                    refresh_until_ms = CASE WHEN oauth_tokens.refresh_owner = $5 THEN NULL
                        ELSE oauth_tokens.refresh_until_ms END"
        );
        let fresh_for = i64::try_from(row.fresh_for.as_millis()).unwrap_or(i64::MAX / 4);
        let values: [Value; 5] =
            [self.id().into(), connection.into(), row.token.into(), fresh_for.into(), owner.into()];
        self.writer().execute_raw(statement(self.backend(), sql, values)).await?;
        let sql = format!(
            "DELETE FROM oauth_tokens WHERE tenant_id = $1 AND connection <> $2
                AND coalesce(expires_ms, refresh_until_ms, 0) < {now} - {kept}",
            kept = KEPT.as_millis(),
        );
        let values = [self.id().into(), connection.into()];
        self.writer().execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }

    /// Ends this owner's claim.
    pub async fn release_token(self, connection: &str, owner: &str) -> Result<()> {
        let sql = "UPDATE oauth_tokens SET refresh_until_ms = NULL
             WHERE tenant_id = $1 AND connection = $2 AND refresh_owner = $3";
        let values = [self.id().into(), connection.into(), owner.into()];
        self.writer().execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}

fn token(row: &QueryResult) -> Result<Option<TokenRow>> {
    let token: Option<Vec<u8>> = row.try_get("", "token")?;
    let left: Option<i64> = row.try_get("", "left_ms")?;
    let left = u64::try_from(left.unwrap_or_default()).unwrap_or_default();
    Ok(token.map(|token| TokenRow { token, fresh_for: Duration::from_millis(left) }))
}
