//! Narrower indexes of runs. Every claim and every end of a run writes into each index that has the run, and most runs
//! have neither a trigger key nor a parent.

use sea_orm_migration::prelude::*;

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const STATEMENTS: &[&str] = &[
    "DROP INDEX sync_runs_trigger",
    "CREATE UNIQUE INDEX sync_runs_trigger ON sync_runs (tenant_id, module_name, trigger_key)
        WHERE trigger_key IS NOT NULL",
    "DROP INDEX sync_runs_parent",
    "CREATE INDEX sync_runs_parent ON sync_runs (tenant_id, parent_run_id) WHERE parent_run_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, STATEMENTS).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        super::no_way_back()
    }
}
