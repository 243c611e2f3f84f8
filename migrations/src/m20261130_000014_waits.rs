//! Why a run waits and since when, which key asked for it, and who asked for its follow-up. Until when it waits stands in
//! `available_ms`; times are the database's, in milliseconds.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE sync_runs ADD COLUMN wait_code varchar(64)",
    "ALTER TABLE sync_runs ADD COLUMN wait_reason text",
    "ALTER TABLE sync_runs ADD COLUMN wait_since_ms bigint",
    "ALTER TABLE sync_runs ADD COLUMN started_key varchar(100)",
    "ALTER TABLE sync_runs ADD COLUMN rerun_by varchar(255)",
    "ALTER TABLE sync_runs ADD COLUMN rerun_key varchar(100)",
];
