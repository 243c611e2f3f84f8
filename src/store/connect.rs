//! Opening the database: pool and pragmas for SQLite, pool and time-outs for PostgreSQL, and the migrations.

use {
    super::{Store, StoreError, postgres_url, statement},
    sea_orm::{
        ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
        RuntimeErr, SqlxError,
        sqlx::{
            ConnectOptions as _, Executor as _, postgres::PgPoolOptions, sqlite::SqliteSynchronous,
        },
    },
    std::{
        fmt,
        time::{Duration, Instant},
    },
};

/// How long a claimed run stays with its worker without a heartbeat, unless it is set otherwise.
const LEASE: Duration = Duration::from_secs(30);
/// Pages that the writing connection to a SQLite file keeps, in KiB below zero: the rows of a busy queue and their indexes.
const CACHE: &str = "-8192";
/// Connections that read a SQLite file on the smallest machine.
const LEAST_READERS: u32 = 4;
/// What each reading one keeps.
const READERS_CACHE: &str = "-1024";
/// Prepared statements that a connection keeps. Those that store a slice have thousands of values, each time another number
/// of them, and take a megabyte: of the hundred that a connection keeps unless it is told otherwise most would be such.
const STATEMENTS: usize = 32;
/// Pages of 4 KiB after which the write-ahead log goes into the file. Eight times SQLite's own: a busy queue changes the same
/// pages over and over, and each of these writes waits for the disk.
const CHECKPOINT: &str = "8000";
/// Rows changed since a table was last counted that make PostgreSQL's guesses about it bad.
const GROWN: u32 = 2_000;
/// How long a statement waits for a SQLite file that another process has locked.
const BUSY: Duration = Duration::from_secs(10);
/// How long connections may take to be given back at the end, and the last words to a SQLite file may wait for other
/// processes that read it.
const CLOSING: Duration = Duration::from_secs(1);
/// A process that stands still within a transaction keeps its locks; after so many milliseconds PostgreSQL takes them
/// away, so that its runs and those that wait for the same rows go on elsewhere.
const IDLE: &str = "SET idle_in_transaction_session_timeout = 8000";
/// The lock that makes replicas migrate one after the other ("sigma" in ASCII, as a number).
const MIGRATION_LOCK: i64 = 0x73_69_67_6d_61;

/// Why the database could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    /// The URL is none that is understood.
    Url(String),
    /// The database refused or did not answer.
    Database(DbErr),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) => f.write_str(reason),
            Self::Database(DbErr::Conn(RuntimeErr::SqlxError(cause)))
                if matches!(**cause, SqlxError::PoolTimedOut) =>
            {
                f.write_str("it does not answer")
            }
            Self::Database(cause) => write!(f, "{cause}"),
        }
    }
}

impl std::error::Error for ConnectError {}

/// Whether the schema is that of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// Up to date.
    Current,
    /// So many migrations are missing.
    Pending(usize),
}

impl Store {
    /// Opens `sqlite://PATH?mode=rwc`, `sqlite::memory:` or `postgres://…` with at most `connections` connections.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, ConnectError> {
        let file = url.starts_with("sqlite:") && !url.contains(":memory:");
        let (read, write) = if url.starts_with("sqlite:") {
            if file {
                let write = open_sqlite(url, 1, CACHE).await?;
                write_ahead(&write).await?;
                (open_sqlite(url, readers(connections), READERS_CACHE).await?, write)
            } else {
                // Every connection to :memory: is a database of its own.
                let only = open_sqlite(url, 1, CACHE).await?;
                (only.clone(), only)
            }
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let both = open_postgres(url, connections.max(2)).await?;
            (both.clone(), both)
        } else {
            return Err(ConnectError::Url(
                "the database URL must begin with sqlite: or postgres://".into(),
            ));
        };
        Ok(Self { read, write, file, lease: LEASE })
    }

    /// Brings the schema up to date. Several processes may call it at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // The lock lives and dies with the transaction that holds it, so a killed process leaves none behind. On SQLite
        // the transaction is the lock.
        let tx = self.write_transaction().await?;
        if self.backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_unprepared(&lock).await?;
        }
        sigma_sync_migrations::migrate(&tx).await?;
        Ok(tx.commit().await?)
    }

    /// Lets PostgreSQL count the tables that have grown a lot since it last did. It does so by itself, but not before a
    /// minute has passed: until then a first load of a large school reads, slice by slice, all that it has stored.
    pub async fn analyze_grown(&self) -> Result<(), StoreError> {
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

    /// Says whether a SQLite file holds nothing at all.
    pub async fn is_blank(&self) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) AS tables FROM sqlite_master";
        let row = self.write.query_one_raw(statement(DbBackend::Sqlite, sql, [])).await?;
        let row = row.ok_or_else(|| StoreError::Broken("a count of nothing".into()))?;
        Ok(row.try_get::<i64>("", "tables")? == 0)
    }

    /// Closes all connections, once what uses them has given them back; who does not within a second is not waited for. A
    /// SQLite file then holds everything by itself: what is in the write-ahead log goes into it, and without other processes
    /// on the file it is one without such a log until it is opened again, so that a copy that was made in between can be told
    /// from one that lacks its log.
    pub async fn close(&self) -> Result<(), StoreError> {
        // Whoever reads keeps the log from being written back as a whole.
        close_soon(&self.read).await?;
        let written = if self.file { self.write_back().await } else { Ok(()) };
        close_soon(&self.write).await?;
        written
    }

    async fn write_back(&self) -> Result<(), StoreError> {
        let patience = format!("PRAGMA busy_timeout = {}", CLOSING.as_millis());
        self.write.execute_unprepared(&patience).await?;
        let alone = self.write.execute_unprepared("PRAGMA journal_mode = DELETE").await;
        match alone {
            Err(cause) if is_locked(&cause) => {
                self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            }
            done => {
                done?;
            }
        }
        Ok(())
    }

    /// Tells whether migrations are missing, without changing anything.
    pub async fn migration_state(&self) -> Result<MigrationState, StoreError> {
        let pending = sigma_sync_migrations::pending(&self.write).await?;
        Ok(if pending == 0 { MigrationState::Current } else { MigrationState::Pending(pending) })
    }
}

async fn close_soon(connections: &DatabaseConnection) -> Result<(), StoreError> {
    let closed = tokio::time::timeout(CLOSING, connections.close_by_ref()).await;
    Ok(closed.unwrap_or(Ok(()))?)
}

async fn open_sqlite(
    url: &str,
    connections: u32,
    cache: &'static str,
) -> Result<DatabaseConnection, ConnectError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(20))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(BUSY)
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .pragma("cache_size", cache)
                .statement_cache_capacity(STATEMENTS)
                .pragma("wal_autocheckpoint", CHECKPOINT)
        });
    Database::connect(options).await.map_err(|cause| match &cause {
        // It quotes the value, which may have been a password meant for another database.
        DbErr::Conn(RuntimeErr::SqlxError(inner))
            if matches!(**inner, SqlxError::Configuration(_)) =>
        {
            ConnectError::Url(
                "a parameter of the database URL is not understood; those of SQLite are mode, cache, immutable and vfs"
                    .into(),
            )
        }
        _ => ConnectError::Database(cause),
    })
}

/// How many connections read a SQLite file: each is a thread that computes, so more of them than processors only keep memory.
fn readers(connections: u32) -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    let useful = u32::try_from(processors).unwrap_or(u32::MAX).max(LEAST_READERS);
    connections.clamp(1, useful)
}

/// Makes the file one with a write-ahead log, which it then stays. SQLite refuses this at once, without the time that it
/// gives every other statement, while another process opens the same new file.
async fn write_ahead(connection: &DatabaseConnection) -> Result<(), ConnectError> {
    let deadline = Instant::now() + BUSY;
    loop {
        match connection.execute_unprepared("PRAGMA journal_mode = WAL").await {
            Err(cause) if is_locked(&cause) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop).map_err(ConnectError::Database),
        }
    }
}

/// True for SQLITE_BUSY (5) in all of its forms, whose number stands in the low byte of the code.
fn is_locked(cause: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        cause
    else {
        return false;
    };
    let code = cause.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

async fn open_postgres(url: &str, connections: u32) -> Result<DatabaseConnection, ConnectError> {
    let options = postgres_url::options(url)
        .map_err(ConnectError::Url)?
        .application_name("sigma-sync")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    // The pool is made here: the library's own way shows the URL with its password to whoever traces.
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        // As long as a writer waits for a locked SQLite file: a call then fails and can be repeated.
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(IDLE).await.map(drop) })
        })
        .connect_with(options)
        .await
        .map_err(|cause| ConnectError::Database(DbErr::Conn(RuntimeErr::SqlxError(cause.into()))))?;
    Ok(pool.into())
}
