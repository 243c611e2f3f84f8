//! An index for waits that nobody answered: they are looked for every half minute, over all tenants.

use sea_orm_migration::prelude::*;

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const STATEMENTS: &[&str] = &["CREATE INDEX record_waits_since ON record_waits (since)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, STATEMENTS).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        super::no_way_back()
    }
}
