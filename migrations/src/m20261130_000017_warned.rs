//! Values that could not be used and were left out: what a row of a mapping says about them, what was left out of each record, and
//! the number of such records of a run.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE field_mappings ADD COLUMN on_invalid varchar(16)",
    "ALTER TABLE sync_run_items ADD COLUMN warnings text",
    "ALTER TABLE sync_runs ADD COLUMN n_warned bigint NOT NULL DEFAULT 0",
    "CREATE INDEX sync_run_items_warned ON sync_run_items (run_id, ordinal) WHERE warnings IS NOT NULL",
];
