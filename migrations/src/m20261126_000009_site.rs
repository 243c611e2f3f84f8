//! The site that a tenant's links are for.

use sea_orm_migration::prelude::*;

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const STATEMENTS: &[&str] =
    &["ALTER TABLE integration_settings ADD COLUMN linked_site varchar(500)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, STATEMENTS).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        super::no_way_back()
    }
}
