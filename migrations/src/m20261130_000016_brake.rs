//! Changes of a run that wait for an approval, and what the last completed read of a module was based on.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE sync_runs ADD COLUMN changes_planned bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN changes_applied bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sync_runs ADD COLUMN changes_held {json}",
    "ALTER TABLE sync_runs ADD COLUMN changes_approved_by varchar(255)",
    "ALTER TABLE sync_runs ADD COLUMN changes_ceiling bigint",
    "ALTER TABLE sync_cursors ADD COLUMN basis varchar(64)",
    "CREATE TABLE sync_run_changes (
        run_id varchar(36) NOT NULL REFERENCES sync_runs ON DELETE CASCADE,
        tenant_id varchar(100) NOT NULL,
        zoho_id varchar(100) NOT NULL,
        op varchar(16) NOT NULL,
        fields {json} NOT NULL,
        label varchar(255),
        PRIMARY KEY (run_id, zoho_id)
    ){rowless}",
];
