//! The outcomes of a run in groups, counted in the transaction that stores them: a summary reads no outcomes but its samples.
//! What a version before stores has no groups, which the counters of the run show; such a run is counted when it is asked
//! for. An absent operation, class or code is an empty text. `begun_ms` is when a worker took the run.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE sync_run_groups (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        status varchar(16) NOT NULL,
        op varchar(16) NOT NULL,
        class varchar(1) NOT NULL,
        code varchar(64) NOT NULL,
        records bigint NOT NULL,
        places text NOT NULL,
        PRIMARY KEY (run_id, status, op, class, code)
    ){rowless}",
    "ALTER TABLE sync_runs ADD COLUMN begun_ms bigint",
];
