//! What the runs of a module did, by the hour, by six hours and by the day in which they ended (`hours`: 1, 6 or 24), written
//! in the transaction that ends them. `bucket` is the class of a run's duration, so that a percentile over any span is that
//! of the sum. And when a module was last well.

pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE stat_hours (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        hours smallint NOT NULL,
        start_ms bigint NOT NULL,
        module_name varchar(100) NOT NULL,
        bucket smallint NOT NULL,
        runs bigint NOT NULL,
        n_new bigint NOT NULL,
        n_updated bigint NOT NULL,
        n_unchanged bigint NOT NULL,
        n_skipped bigint NOT NULL,
        failed_invalid bigint NOT NULL,
        failed_rejected bigint NOT NULL,
        failed_transient bigint NOT NULL,
        duration_ms bigint NOT NULL,
        zoho_calls bigint NOT NULL,
        zoho_credits bigint NOT NULL,
        moodle_calls bigint NOT NULL,
        PRIMARY KEY (tenant_id, hours, start_ms, module_name, bucket)
    ){rowless}",
    "CREATE INDEX stat_hours_start ON stat_hours (start_ms)",
    "CREATE INDEX record_waits_old ON record_waits (tenant_id, since) WHERE NOT ready",
    "ALTER TABLE module_settings ADD COLUMN last_good_at {time}",
    "UPDATE module_settings SET last_good_at = last_run_at WHERE last_run_status IN ('success', 'partial')",
];
