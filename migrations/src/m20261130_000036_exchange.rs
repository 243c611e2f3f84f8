//! Calls to the other systems that ended in the failure of a record, as far as they are kept.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE item_exchanges (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        place bigint NOT NULL,
        zoho_id varchar(100) NOT NULL,
        provider varchar(16) NOT NULL,
        method varchar(255) NOT NULL,
        request text NOT NULL,
        answer text NOT NULL,
        http_status integer,
        duration_ms bigint NOT NULL,
        tries integer NOT NULL,
        is_cut boolean NOT NULL,
        created_at {time} NOT NULL,
        PRIMARY KEY (run_id, place)
    ){rowless}",
    "CREATE INDEX item_exchanges_created ON item_exchanges (created_at)",
];
