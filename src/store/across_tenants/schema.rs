//! The schema and its statistics: the migrations, and the tables whose statistics PostgreSQL should refresh. Raw SQL,
//! because it queries the databases' own catalogues.

use {
    super::{
        AcrossTenants,
        row_security::{RowSecurity, raise},
    },
    crate::store::{Result, StoreError, WallError, statement},
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Number of changed rows after which PostgreSQL's estimates for a table become bad.
const GROWN: u32 = 2_000;
/// The lock by which replicas migrate one after the other ("sigma" in ASCII, as a number).
const MIGRATION_LOCK: i64 = 0x73_69_67_6d_61;

/// Whether the schema is that of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// Up to date.
    Current,
    /// The number of missing migrations.
    Pending(usize),
}

impl AcrossTenants<'_> {
    /// Brings the schema up to date, and leaves row security as it is. Several processes may call it at the same time.
    ///
    /// # Errors
    /// See [`Self::migrate_with`].
    pub async fn migrate(self) -> Result<(), WallError> {
        self.migrate_with(RowSecurity::AsStored).await
    }

    /// Brings the schema and row security up to date.
    ///
    /// # Errors
    /// `Refused` if row security is to be used and the database, or the rights of this process in it, do not allow it.
    pub async fn migrate_with(self, rows: RowSecurity) -> Result<(), WallError> {
        // The lock ends with the transaction that holds it, so a killed process leaves none behind. On SQLite the
        // transaction is the lock.
        let tx = self.begin().await?;
        if self.backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_unprepared(&lock).await?;
        }
        let is_new = sigma_sync_migrations::is_new(&tx).await?;
        sigma_sync_migrations::migrate(&tx).await?;
        if self.backend() == DbBackend::Postgres {
            raise(&tx, rows, is_new).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lets PostgreSQL refresh the statistics of tables that have grown a lot since the last time. It does so by
    /// itself, but only after a minute: until then the first load of a large school would read, slice by slice,
    /// everything that it has stored.
    pub async fn analyze_grown(self) -> Result<()> {
        if self.backend() != DbBackend::Postgres {
            return Ok(());
        }
        let grown = format!(
            "SELECT relname::text AS name FROM pg_stat_user_tables WHERE schemaname = current_schema()
             AND n_mod_since_analyze > {GROWN} AND n_mod_since_analyze > n_live_tup / 2"
        );
        let rows = self.read.query_all_raw(statement(DbBackend::Postgres, grown, [])).await?;
        for row in rows {
            let name: String = row.try_get("", "name")?;
            self.write.execute_unprepared(&format!("ANALYZE (SKIP_LOCKED) \"{name}\"")).await?;
        }
        Ok(())
    }

    /// Returns whether a SQLite file is completely empty.
    pub async fn is_blank(self) -> Result<bool> {
        let sql = "SELECT count(*) AS tables FROM sqlite_master";
        let row = self.write.query_one_raw(statement(DbBackend::Sqlite, sql, [])).await?;
        let row = row.ok_or_else(|| StoreError::Broken("a count of nothing".into()))?;
        Ok(row.try_get::<i64>("", "tables")? == 0)
    }

    /// Returns whether migrations are missing, without changing anything.
    pub async fn migration_state(self) -> Result<MigrationState> {
        let pending = sigma_sync_migrations::pending(self.write).await?;
        Ok(if pending == 0 { MigrationState::Current } else { MigrationState::Pending(pending) })
    }
}
