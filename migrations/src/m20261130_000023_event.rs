//! Events: stored in the transaction of the change (`outbox`), numbered by one process at a time (`outbox_heads`,
//! `leases`) and handed to the parts of the service that listen (`outbox_listeners`). A row without a number is not told
//! yet. `connection_states` is what the first of these parts keeps.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE outbox (
        event_id {identity},
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        sequence bigint,
        kind varchar(40) NOT NULL,
        subject varchar(255) NOT NULL,
        data {json} NOT NULL,
        entry_id varchar(36),
        created_at {time} NOT NULL
    )",
    "CREATE INDEX outbox_open ON outbox (event_id) WHERE sequence IS NULL",
    "CREATE UNIQUE INDEX outbox_sequence ON outbox (tenant_id, sequence) WHERE sequence IS NOT NULL",
    "CREATE TABLE outbox_heads (
        tenant_id varchar(100) PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        last bigint NOT NULL,
        forgotten bigint NOT NULL DEFAULT 0
    ){rowless}",
    "CREATE TABLE outbox_listeners (
        listener varchar(40) NOT NULL,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        sequence bigint NOT NULL,
        PRIMARY KEY (listener, tenant_id)
    ){rowless}",
    "CREATE TABLE leases (
        name varchar(40) PRIMARY KEY,
        owner varchar(100) NOT NULL,
        until_ms bigint NOT NULL
    ){rowless}",
    "CREATE TABLE connection_states (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        provider varchar(20) NOT NULL,
        code varchar(64) NOT NULL,
        since {time} NOT NULL,
        PRIMARY KEY (tenant_id, provider)
    ){rowless}",
];
