//! Opening the database: pool and pragmas for SQLite, pool and time-outs for PostgreSQL.

use {
    super::{
        pool::{Store, is_locked},
        pooler, postgres_url,
    },
    sea_orm::{
        ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr,
        SqlxError,
        sqlx::{
            ConnectOptions as _, Executor as _, postgres::PgPoolOptions, sqlite::SqliteSynchronous,
        },
    },
    std::{
        fmt,
        time::{Duration, Instant},
    },
};

/// Cache of the writing connection to a SQLite file, in KiB as a negative number: room for the rows of a busy queue
/// and their indexes.
const CACHE: &str = "-8192";
/// Least number of connections that read a SQLite file, on the smallest machine.
const LEAST_READERS: u32 = 4;
/// Cache of each reading connection, in KiB as a negative number.
const READERS_CACHE: &str = "-1024";
/// Greatest number of prepared statements per connection. Those that store a slice have thousands of values, each
/// time a different number, and take a megabyte: of the default hundred statements most would be of that kind.
const STATEMENTS: usize = 32;
/// Pages of 4 KiB after which the write-ahead log is written back to the file. Eight times SQLite's default: a busy
/// queue changes the same pages again and again, and each of these writes waits for the disk.
const CHECKPOINT: &str = "8000";
/// How long a statement waits for a SQLite file that another process has locked.
const BUSY: Duration = Duration::from_secs(10);
/// A stopped process keeps its locks within a transaction; after this time in milliseconds PostgreSQL releases them,
/// so that its runs, and those that wait for the same rows, continue elsewhere.
const IDLE: &str = "SET idle_in_transaction_session_timeout = 8000";
/// Why the database could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    /// The URL is not understood.
    Url(String),
    /// What stands between the service and the database does not let it work.
    Pooler(String),
    /// The database refused the connection or did not answer.
    Database(DbErr),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) | Self::Pooler(reason) => f.write_str(reason),
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

impl Store {
    /// Opens `sqlite://PATH?mode=rwc`, `sqlite::memory:` or `postgres://…` with at most `connections` connections.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, ConnectError> {
        let file = url.starts_with("sqlite:") && !url.contains(":memory:");
        let (read, write) = if url.starts_with("sqlite:") {
            if file {
                let write = open_sqlite(url, 1, CACHE).await?;
                write_ahead(&write).await?;
                let readers = readers(connections);
                ((open_sqlite(url, readers, READERS_CACHE).await?, readers), (write, 1))
            } else {
                // Every connection to :memory: has a database of its own.
                let only = open_sqlite(url, 1, CACHE).await?;
                ((only.clone(), 1), (only, 1))
            }
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let connections = connections.max(2);
            let both = open_postgres(url, connections).await?;
            // The others read, and write what belongs to no tenant.
            let writers = connections - (connections / 4).max(1);
            ((both.clone(), connections), (both, writers))
        } else {
            return Err(ConnectError::Url(
                "the database URL must begin with sqlite: or postgres://".into(),
            ));
        };
        Ok(Self::new(read, write, file))
    }
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
        // The error quotes the value, which may be a password meant for another database.
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

/// Returns the number of connections that read a SQLite file: each is a thread that computes, so more of them than
/// processors would only take memory.
fn readers(connections: u32) -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    let useful = u32::try_from(processors).unwrap_or(u32::MAX).max(LEAST_READERS);
    connections.clamp(1, useful)
}

/// Gives the file a write-ahead log, which is permanent. While another process opens the same new file, SQLite
/// refuses this at once, without the wait that it allows every other statement.
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

async fn open_postgres(url: &str, connections: u32) -> Result<DatabaseConnection, ConnectError> {
    let options = postgres_url::options(url)
        .map_err(ConnectError::Url)?
        .application_name("sigma-sync")
        // It is the default of PostgreSQL, and poolers refuse to be asked for it.
        .extra_float_digits(None)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    // The pool is made here: the library itself would put the URL with its password into a trace.
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
        .map_err(refused)?;
    if let Err(reason) = pooler::check(&pool).await.map_err(refused)? {
        return Err(ConnectError::Pooler(reason));
    }
    #[cfg_attr(not(debug_assertions), expect(unused_mut, reason = "only a debug build is watched"))]
    let mut connection: DatabaseConnection = pool.into();
    #[cfg(debug_assertions)]
    if let Some(watch) = WATCH.get() {
        connection.set_metric_callback(|info| watch(info.statement));
    }
    Ok(connection)
}

/// Gets the statements that are sent to PostgreSQL while row security is off, in a debug build, once it is set: a test alters
/// them and sends them again.
#[cfg(debug_assertions)]
pub static WATCH: std::sync::OnceLock<fn(&sea_orm::Statement)> = std::sync::OnceLock::new();

fn refused(cause: SqlxError) -> ConnectError {
    match pooler::refusal(&cause) {
        Some(reason) => ConnectError::Pooler(reason),
        None => ConnectError::Database(DbErr::Conn(RuntimeErr::SqlxError(cause.into()))),
    }
}
