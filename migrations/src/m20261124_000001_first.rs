//! First schema: tenants, keys, settings, modules, mappings, runs as a leased queue, their items, links between
//! records, accepted requests, and the audit log. It is written as SQL because of the partial indexes and the column
//! types that keep JSON text as it was sent; `run` fills in the few words in which the two databases differ.

/// Columns that end in `_ms` hold milliseconds of the database's own clock; the others hold UTC times for people.
pub(crate) const STATEMENTS: &[&str] = &[
    "CREATE TABLE seaql_migrations (
        version varchar NOT NULL PRIMARY KEY,
        applied_at bigint NOT NULL
    )",
    "CREATE TABLE tenant_profiles (
        tenant_id varchar(100) PRIMARY KEY,
        name varchar(255) NOT NULL,
        status varchar(50) NOT NULL,
        metadata_json {json},
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CHECK (length(tenant_id) > 0)
    )",
    "CREATE TABLE data_keys (
        tenant_id varchar(100) PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        data_key_id {blob} NOT NULL UNIQUE,
        master_key_id varchar(64) NOT NULL,
        wrapped {blob} NOT NULL,
        created_at {time} NOT NULL
    )",
    "CREATE TABLE api_keys (
        key_id varchar(100) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        roles varchar(255) NOT NULL,
        secret {blob} NOT NULL,
        created_at {time} NOT NULL,
        revoked_at {time}
    )",
    "CREATE INDEX api_keys_tenant ON api_keys (tenant_id)",
    "CREATE TABLE integration_settings (
        tenant_id varchar(100) PRIMARY KEY REFERENCES tenant_profiles ON DELETE CASCADE,
        moodle_enabled boolean NOT NULL,
        moodle_base_url varchar(500),
        moodle_api_token {blob},
        zoho_enabled boolean NOT NULL,
        zoho_api_domain varchar(255),
        zoho_org_id varchar(100),
        zoho_accounts_url varchar(255),
        zoho_client_id varchar(255),
        zoho_client_secret {blob},
        zoho_refresh_token {blob},
        extension_api_key varchar(100) NOT NULL,
        updated_at {time} NOT NULL
    )",
    "CREATE TABLE module_settings (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        enabled boolean NOT NULL,
        schedule_mode varchar(50) NOT NULL,
        schedule_cron varchar(100),
        zoho_module varchar(100),
        last_run_at {time},
        last_run_status varchar(50),
        last_run_count integer NOT NULL DEFAULT 0,
        updated_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name)
    )",
    "CREATE TABLE field_mappings (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        canonical_field varchar(100) NOT NULL,
        position integer NOT NULL,
        zoho_field_api_name varchar(100) NOT NULL,
        required boolean NOT NULL,
        default_value varchar(500),
        transform_rules {json} NOT NULL,
        PRIMARY KEY (tenant_id, module_name, canonical_field)
    )",
    "CREATE TABLE sync_runs (
        run_id varchar(36) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        trigger_source varchar(50) NOT NULL,
        trigger_key varchar(255),
        triggered_by varchar(255),
        parent_run_id varchar(36),
        state varchar(16) NOT NULL,
        phase varchar(16) NOT NULL,
        priority smallint NOT NULL,
        available_ms bigint NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        max_attempts integer NOT NULL DEFAULT 5,
        owner varchar(64),
        lease_ms bigint,
        cancel_requested boolean NOT NULL DEFAULT false,
        rerun_requested boolean NOT NULL DEFAULT false,
        checkpoint {json},
        seq bigint NOT NULL DEFAULT 1,
        n_new bigint NOT NULL DEFAULT 0,
        n_unchanged bigint NOT NULL DEFAULT 0,
        n_updated bigint NOT NULL DEFAULT 0,
        n_failed bigint NOT NULL DEFAULT 0,
        n_skipped bigint NOT NULL DEFAULT 0,
        expected_total bigint,
        error_code varchar(64),
        error_summary text,
        started_at {time} NOT NULL,
        finished_at {time}
    )",
    // At most one active run of a module: every trigger relies on this rule.
    "CREATE UNIQUE INDEX sync_runs_active ON sync_runs (tenant_id, module_name) WHERE state IN ('queued', 'running')",
    "CREATE UNIQUE INDEX sync_runs_trigger ON sync_runs (tenant_id, module_name, trigger_key)",
    "CREATE INDEX sync_runs_due ON sync_runs (priority, available_ms, run_id) WHERE state = 'queued'",
    "CREATE INDEX sync_runs_lease ON sync_runs (lease_ms) WHERE state = 'running'",
    "CREATE INDEX sync_runs_busy ON sync_runs (tenant_id) WHERE state = 'running'",
    "CREATE INDEX sync_runs_waiting ON sync_runs (tenant_id, module_name) WHERE state IN ('waiting', 'held')",
    "CREATE INDEX sync_runs_newest ON sync_runs (tenant_id, started_at DESC, run_id DESC)",
    "CREATE INDEX sync_runs_newest_of_module ON sync_runs (tenant_id, module_name, started_at DESC, run_id DESC)",
    "CREATE INDEX sync_runs_parent ON sync_runs (tenant_id, parent_run_id)",
    "CREATE TABLE sync_run_items (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        ordinal bigint NOT NULL,
        zoho_id varchar(100) NOT NULL,
        status varchar(50) NOT NULL,
        code varchar(64),
        message text,
        diff {json} NOT NULL,
        created_at {time} NOT NULL,
        PRIMARY KEY (run_id, ordinal)
    ){rowless}",
    "CREATE INDEX sync_run_items_status ON sync_run_items (run_id, status, ordinal)",
    "CREATE INDEX sync_run_items_record ON sync_run_items (tenant_id, zoho_id)",
    "CREATE TABLE record_links (
        tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
        module_name varchar(100) NOT NULL,
        zoho_id varchar(100) NOT NULL,
        target_kind varchar(32) NOT NULL,
        target_id varchar(100) NOT NULL,
        sent_hash {blob} NOT NULL,
        sent {json} NOT NULL,
        updated_at {time} NOT NULL,
        PRIMARY KEY (tenant_id, module_name, zoho_id)
    ){rowless}",
    "CREATE UNIQUE INDEX record_links_target ON record_links (tenant_id, target_kind, target_id)",
    "CREATE TABLE replay_guard (
        id {blob} PRIMARY KEY,
        expires_at bigint NOT NULL
    ){rowless}",
    "CREATE INDEX replay_guard_expiry ON replay_guard (expires_at)",
    "CREATE TABLE audit_entries (
        entry_id varchar(36) PRIMARY KEY,
        tenant_id varchar(100) NOT NULL,
        key_id varchar(100) NOT NULL,
        action varchar(64) NOT NULL,
        resource varchar(255) NOT NULL,
        change {json} NOT NULL,
        created_at {time} NOT NULL
    )",
    "CREATE INDEX audit_entries_tenant ON audit_entries (tenant_id, created_at)",
];
