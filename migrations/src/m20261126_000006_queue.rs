//! Narrower indexes of runs. Every claim and every end of a run writes into each index that has the run, and most runs
//! have neither a trigger key nor a parent.

pub(crate) const STATEMENTS: &[&str] = &[
    "DROP INDEX sync_runs_trigger",
    "CREATE UNIQUE INDEX sync_runs_trigger ON sync_runs (tenant_id, module_name, trigger_key)
        WHERE trigger_key IS NOT NULL",
    "DROP INDEX sync_runs_parent",
    "CREATE INDEX sync_runs_parent ON sync_runs (tenant_id, parent_run_id) WHERE parent_run_id IS NOT NULL",
];
