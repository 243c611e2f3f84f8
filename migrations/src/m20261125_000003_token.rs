//! Access tokens that are kept between processes, and the claim of the one process that may renew them.

/// `connection` is a hash that changes with the credentials; `token` is sealed with the tenant's data key. Columns that
/// end in `_ms` hold milliseconds of the database's own clock.
pub(crate) const STATEMENTS: &[&str] = &["CREATE TABLE oauth_tokens (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        connection varchar(64) NOT NULL,
        token {blob},
        expires_ms bigint,
        refresh_owner varchar(36),
        refresh_until_ms bigint,
        PRIMARY KEY (tenant_id, connection)
    )"];
