//! Sessions: what a key lends to a person for some minutes. A bearer and a one-time code are stored as their SHA-256
//! only. A session that waits for its code to be claimed has no bearer yet, and ends with the code.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE sessions (
        session_id varchar(36) NOT NULL PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        key_id varchar(100) NOT NULL REFERENCES api_keys ON DELETE CASCADE,
        bearer_hash {blob},
        code_hash {blob},
        role varchar(20) NOT NULL,
        actor varchar(100) NOT NULL,
        modules text,
        origin varchar(255),
        reason varchar(500),
        ttl_s integer NOT NULL,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        revoked_at {time}
    )",
    "CREATE UNIQUE INDEX sessions_bearer ON sessions (bearer_hash)",
    "CREATE UNIQUE INDEX sessions_code ON sessions (code_hash)",
    "CREATE INDEX sessions_tenant ON sessions (tenant_id, created_at)",
    "CREATE INDEX sessions_key ON sessions (key_id)",
];
