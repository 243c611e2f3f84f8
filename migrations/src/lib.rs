//! The schema of sigma-sync as an ordered list of forward-only migrations. Each runs on SQLite and on PostgreSQL, and
//! leaves a schema that the code before and after it can work with.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

mod m20261124_000001_first;
mod m20261125_000002_engine;
mod m20261125_000003_token;
mod m20261125_000004_mapping;
mod m20261125_000005_person;
mod m20261126_000006_queue;
mod m20261126_000007_wait;
mod m20261126_000008_zone;
mod m20261126_000009_site;
mod m20261127_000010_secret;
mod m20261129_000011_left;
mod m20261129_000012_seen;
mod m20261129_000013_kept;

/// Runs the migrations in their order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_first::Migration),
            Box::new(m20261125_000002_engine::Migration),
            Box::new(m20261125_000003_token::Migration),
            Box::new(m20261125_000004_mapping::Migration),
            Box::new(m20261125_000005_person::Migration),
            Box::new(m20261126_000006_queue::Migration),
            Box::new(m20261126_000007_wait::Migration),
            Box::new(m20261126_000008_zone::Migration),
            Box::new(m20261126_000009_site::Migration),
            Box::new(m20261127_000010_secret::Migration),
            Box::new(m20261129_000011_left::Migration),
            Box::new(m20261129_000012_seen::Migration),
            Box::new(m20261129_000013_kept::Migration),
        ]
    }
}

/// Runs statements in which the words that differ between the databases are left open. `{json}` is PostgreSQL's `json`,
/// not `jsonb`: mappings must come back with their keys in the order of the request.
async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Postgres => {
            [("{json}", "json"), ("{blob}", "bytea"), ("{time}", "timestamptz"), ("{rowless}", "")]
        }
        _ => [
            ("{json}", "json_text"),
            ("{blob}", "blob"),
            ("{time}", "timestamp_text"),
            ("{rowless}", " WITHOUT ROWID"),
        ],
    };
    for statement in statements {
        let fill = |sql: String, (word, meaning): &(&str, &str)| sql.replace(word, meaning);
        let sql = words.iter().fold((*statement).to_owned(), fill);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

fn no_way_back() -> Result<(), DbErr> {
    Err(DbErr::Migration("migrations go forward only".into()))
}
