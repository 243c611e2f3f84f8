//! Access tokens that outlive a process, and the claim of the one process that may renew them.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// `connection` is a hash that changes with the credentials; `token` is sealed with the tenant's data key. Columns that
/// end in `_ms` hold milliseconds of the database's own clock.
const TABLE: &str = "CREATE TABLE oauth_tokens (
    tenant_id varchar(100) NOT NULL REFERENCES tenant_profiles ON DELETE CASCADE,
    connection varchar(64) NOT NULL,
    token {blob},
    expires_ms bigint,
    refresh_owner varchar(36),
    refresh_until_ms bigint,
    PRIMARY KEY (tenant_id, connection)
)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blob = match manager.get_database_backend() {
            DbBackend::Postgres => "bytea",
            _ => "blob",
        };
        let sql = TABLE.replace("{blob}", blob);
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("migrations go forward only".into()))
    }
}
