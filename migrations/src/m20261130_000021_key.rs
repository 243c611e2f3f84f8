//! Keys with a name, an end, addresses and an origin, and their secrets in a table of their own, so that a key can have two
//! while one replaces the other. The column `api_keys.secret` stays, and holds the newest secret: the version before
//! reads it. What that version stores after this step has no row here; the column is read for it.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE api_keys ADD COLUMN name varchar(100) NOT NULL DEFAULT ''",
    "ALTER TABLE api_keys ADD COLUMN expires_at {time}",
    "ALTER TABLE api_keys ADD COLUMN allow_cidrs text",
    "ALTER TABLE api_keys ADD COLUMN created_by varchar(100)",
    "ALTER TABLE api_keys ADD COLUMN last_used_at {time}",
    "CREATE TABLE api_key_secrets (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        key_id varchar(100) NOT NULL REFERENCES api_keys ON DELETE CASCADE,
        secret_id integer NOT NULL,
        sealed {blob} NOT NULL,
        created_at {time} NOT NULL,
        retires_at {time},
        last_used_at {time},
        PRIMARY KEY (key_id, secret_id)
    )",
    "CREATE INDEX api_key_secrets_tenant ON api_key_secrets (tenant_id)",
    "INSERT INTO api_key_secrets (tenant_id, key_id, secret_id, sealed, created_at)
        SELECT tenant_id, key_id, 1, secret, created_at FROM api_keys",
];
