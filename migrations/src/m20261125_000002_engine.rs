//! The engine for all modules: what a run reads and removes, chains of runs, cursors, records that wait for a parent,
//! module options, throttles and the use of upstream calls. Written as SQL for the reasons that the first schema gives.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE module_settings ADD COLUMN options {json}",
    "ALTER TABLE integration_settings ADD COLUMN grades_writeback boolean NOT NULL DEFAULT false",
    "ALTER TABLE integration_settings ADD COLUMN zoho_daily_credits bigint",
    "ALTER TABLE integration_settings ADD COLUMN keep_days integer",
    "ALTER TABLE sync_runs ADD COLUMN dry_run boolean NOT NULL DEFAULT false",
    "ALTER TABLE sync_runs ADD COLUMN scope {json}",
    "ALTER TABLE sync_runs ADD COLUMN rerun_scope {json}",
    "ALTER TABLE sync_runs ADD COLUMN chain_id varchar(36)",
    "ALTER TABLE sync_runs ADD COLUMN chain_place integer",
    "ALTER TABLE sync_runs ADD COLUMN mapping_version bigint",
    "ALTER TABLE sync_runs ADD COLUMN removals_planned bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN removals_applied bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN held_reason text",
    "ALTER TABLE sync_runs ADD COLUMN approved_by varchar(255)",
    "ALTER TABLE sync_runs ADD COLUMN approved_ceiling bigint",
    "ALTER TABLE sync_runs ADD COLUMN calls_zoho bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN calls_moodle bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN credits_zoho bigint NOT NULL DEFAULT 0",
    "DROP INDEX sync_runs_active",
    // A dry run writes nothing, so it may run at the same time as a real one.
    "CREATE UNIQUE INDEX sync_runs_active ON sync_runs (tenant_id, module_name, dry_run)
        WHERE state IN ('queued', 'running')",
    "CREATE INDEX sync_runs_chain ON sync_runs (chain_id, chain_place) WHERE chain_id IS NOT NULL",
    "ALTER TABLE sync_run_items ADD COLUMN op varchar(16)",
    "ALTER TABLE sync_run_items ADD COLUMN class varchar(1)",
    "ALTER TABLE sync_run_items ADD COLUMN mapping_version bigint",
    "ALTER TABLE sync_run_items ADD COLUMN person_id varchar(100)",
    "ALTER TABLE sync_run_items ADD COLUMN target_id varchar(255)",
    "CREATE INDEX sync_run_items_code ON sync_run_items (run_id, code) WHERE code IS NOT NULL",
    "CREATE INDEX sync_run_items_person ON sync_run_items (tenant_id, person_id, created_at)
        WHERE person_id IS NOT NULL",
    "ALTER TABLE record_links ADD COLUMN state varchar(16) NOT NULL DEFAULT 'active'",
    "ALTER TABLE record_links ADD COLUMN exclusive boolean NOT NULL DEFAULT true",
    "ALTER TABLE record_links ADD COLUMN mapping_version bigint",
    "ALTER TABLE record_links ADD COLUMN person_id varchar(100)",
    "ALTER TABLE record_links ADD COLUMN container_id varchar(100)",
    "DROP INDEX record_links_target",
    // Several records may belong to one enrolment or membership; an account or a course has one record.
    "CREATE UNIQUE INDEX record_links_target ON record_links (tenant_id, target_kind, target_id)
        WHERE exclusive AND state <> 'removed'",
    "CREATE INDEX record_links_shared ON record_links (tenant_id, target_kind, target_id) WHERE NOT exclusive",
    "CREATE INDEX record_links_person ON record_links (tenant_id, person_id, module_name) WHERE person_id IS NOT NULL",
    "CREATE INDEX record_links_active ON record_links (tenant_id, module_name) WHERE state = 'active'",
    "CREATE TABLE record_waits (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        child_module varchar(100) NOT NULL,
        child_id varchar(100) NOT NULL,
        parent_module varchar(100) NOT NULL,
        parent_id varchar(100) NOT NULL,
        ready boolean NOT NULL,
        since {time} NOT NULL,
        PRIMARY KEY (tenant_id, child_module, child_id, parent_module, parent_id)
    ){rowless}",
    "CREATE INDEX record_waits_parent ON record_waits (tenant_id, parent_module, parent_id)",
    "CREATE INDEX record_waits_ready ON record_waits (tenant_id, child_module, child_id) WHERE ready",
    "CREATE TABLE sync_cursors (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        watermark {time},
        full_scan_at {time},
        full_scan_rows bigint,
        updated_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name)
    )",
    "CREATE TABLE sync_run_removals (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        zoho_id varchar(100) NOT NULL,
        evidence varchar(16) NOT NULL,
        label varchar(255),
        PRIMARY KEY (run_id, zoho_id)
    ){rowless}",
    "CREATE TABLE applied_removals (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        run_id varchar(36) NOT NULL,
        applied_at {time} NOT NULL,
        applied bigint NOT NULL
    )",
    "CREATE INDEX applied_removals_recent ON applied_removals (tenant_id, module_name, applied_at)",
    "CREATE TABLE throttles (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        provider varchar(16) NOT NULL,
        blocked_ms bigint NOT NULL,
        reason varchar(64) NOT NULL,
        PRIMARY KEY (tenant_id, provider)
    )",
    "CREATE TABLE api_budget (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        provider varchar(16) NOT NULL,
        hour_ms bigint NOT NULL,
        calls bigint NOT NULL,
        credits bigint NOT NULL,
        PRIMARY KEY (tenant_id, provider, hour_ms)
    )",
];
