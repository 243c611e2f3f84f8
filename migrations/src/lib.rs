//! The schema of sigma-sync as an ordered list of forward-only migrations. Each runs on SQLite and on PostgreSQL, and
//! leaves a schema that the code before and after it can work with.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261124_000001_first;
mod m20261125_000003_token;
mod m20261125_000004_mapping;

/// Runs the migrations in their order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_first::Migration),
            Box::new(m20261125_000003_token::Migration),
            Box::new(m20261125_000004_mapping::Migration),
        ]
    }
}
