//! The database. The rows of a tenant are reached only through `rows.rs`, by the files of their nouns; statements
//! that cross tenants are in `across_tenants/`. This file has the store's errors and the helpers for statements; it
//! contains no rules. Raw SQL, as several statements can be sent as one.

#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod access;
mod across_tenants;
mod audit;
mod branding;
mod change;
mod completion;
mod connect;
mod connection;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod cursor;
mod exchange;
mod finding;
mod id;
mod item;
mod link;
mod mapping;
mod mapping_version;
mod module;
mod numbers;
mod open_run;
mod outbox;
mod overview;
mod person;
mod pool;
mod pooler;
mod postgres_url;
mod queue;
mod record;
mod removal;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod restored;
mod retention;
mod rows;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod run;
mod sealed;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod seen_field;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod session;
mod settings;
mod site;
mod slice;
mod stat;
mod summary;
mod tenant;
mod token;
mod usage;
mod view;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod waiting;
mod wall;
mod warning;

#[cfg(debug_assertions)]
pub use connect::WATCH;

pub use {
    access::{KeyRow, NewKey, SecretRow},
    across_tenants::{
        AcrossTenants, Beat, Claim, Completion, DataKeyOf, Horizon, Marks, MasterKeyRow,
        MigrationState, OldRun, PlatformElsewhere, REPLAYS_KEPT, RowSecurity, SealedBy, SessionRow,
        Watch,
    },
    audit::{AuditCursor, AuditEntry, AuditFilter},
    connect::ConnectError,
    cursor::Cursor,
    exchange::StoredExchange,
    item::{ItemCursor, PlacedItems, RunItemFilter, Subject},
    link::{LeftPlace, Link, LinkState},
    mapping_version::{MappingVersion, NewMappings},
    outbox::{EventRange, StoredEvent},
    person::{KnownPerson, PersonLink, PersonLinks, TermCursor},
    pool::Store,
    queue::{Enqueued, NewRun, Snooze},
    removal::{Approved, Evidence, PlannedRemoval, RemovalCounts},
    retention::Shrunk,
    rows::{TenantRows, TenantScope, Tx},
    run::{ItemFilter, RunCursor, RunFilter},
    sealed::{SealedPlace, SealedValue},
    session::{NewSession, SessionSecret},
    settings::SettingsRow,
    site::{LinkedSite, Witness},
    slice::{ReadEnd, SliceSave},
    tenant::{NewTenant, SealedDataKey},
    token::TokenRow,
    usage::ProviderUse,
    waiting::WaitingRecord,
    wall::WallError,
};

use {
    sea_orm::{
        ConnectionTrait, DbBackend, DbErr, QueryResult, SqlErr, Statement, Value,
        sea_query::LockType,
    },
    std::fmt,
};

/// How the store fails.
#[derive(Debug)]
pub enum StoreError {
    /// A row with this key exists already.
    Conflict,
    /// The database is busy, unreachable or full; another try may succeed.
    Busy(DbErr),
    /// A row cannot be read in its expected form, or a statement is wrong: a fault of this service.
    Broken(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("the row exists already"),
            Self::Busy(cause) => write!(f, "database unavailable: {cause}"),
            Self::Broken(reason) => write!(f, "database content: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict;
        }
        match error {
            DbErr::Type(reason) | DbErr::Json(reason) => Self::Broken(reason),
            DbErr::ConvertFromU64(reason) => Self::Broken(reason.into()),
            other => Self::Busy(other),
        }
    }
}

/// The lock of a row that is read in order to be changed: as strong as the change itself, so that rows that refer to
/// it can still be written. SQLite has no such lock and needs none: its writing transactions follow one another.
const CHANGE: LockType = LockType::NoKeyUpdate;

/// Result of a query.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Makes a statement with bound values; both databases understand `$1`.
fn statement(
    backend: DbBackend,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    let sql = sql.into();
    let nameless = (backend == DbBackend::Sqlite).then(|| nameless(&sql)).flatten();
    Statement::from_sql_and_values(backend, nameless.unwrap_or(sql), values)
}

/// Statements that are carried out in one turn to the database, which costs more than a small statement itself. None of
/// them may need what another one stores: PostgreSQL shows all of them what was there before.
#[derive(Debug)]
struct Together {
    backend: DbBackend,
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Together {
    const fn new(backend: DbBackend) -> Self {
        Self { backend, texts: Vec::new(), values: Vec::new() }
    }

    /// The number of the first value of the next statement.
    const fn next(&self) -> usize {
        self.values.len() + 1
    }

    /// Adds a statement. Of those that return rows only the last one may do so.
    fn add(&mut self, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.texts.push(sql.into());
        self.values.extend(values);
    }

    /// Carries them out, and returns the rows of the last one.
    async fn all_raw(self, db: &impl ConnectionTrait) -> Result<Vec<QueryResult>> {
        let Self { backend, mut texts, values } = self;
        let sql = match (backend, texts.pop()) {
            (_, None) => return Ok(Vec::new()),
            (DbBackend::Postgres, Some(last)) if !texts.is_empty() => {
                let named = texts.iter().enumerate();
                let named = named.map(|(place, text)| format!("s{place} AS ({text})"));
                format!("WITH {} {last}", named.collect::<Vec<_>>().join(", "))
            }
            (_, Some(last)) => {
                texts.push(last);
                texts.join("; ")
            }
        };
        Ok(db.query_all_raw(statement(backend, sql, values)).await?)
    }
}

/// The part of a statement that reads rows from value number `place`, a JSON text with a list for each row; `value ->> 0` is
/// the first column. Such a statement is prepared once for any number of rows. PostgreSQL plans it for a hundred rows, so it
/// must not join.
fn from_list(backend: DbBackend, place: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("FROM json_array_elements(CAST(${place} AS json))"),
        _ => format!("FROM json_each(${place})"),
    }
}

/// Writes the placeholders without their numbers, if they occur in order and once each. The driver asks SQLite for
/// the name of every single one, and SQLite searches all names for it: with the thousands of values of a slice that
/// took two thirds of the whole time.
fn nameless(sql: &str) -> Option<String> {
    let (mut out, mut rest, mut count) = (String::with_capacity(sql.len()), sql, 0_usize);
    while let Some(at) = rest.find(['$', '\'']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        if let Some(text) = tail.strip_prefix('\'') {
            let (text, after) = text.split_once('\'')?;
            out.extend(["'", text, "'"]);
            rest = after;
            continue;
        }
        let digits = tail.get(1..)?;
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = digits.split_at(length);
        count += 1;
        if number.parse() != Ok(count) {
            return None;
        }
        out.push('?');
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// The expression for the database's own clock in milliseconds, so that leases of processes with wrong clocks can be
/// compared.
const fn now_ms(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "(extract(epoch from clock_timestamp()) * 1000)::bigint",
        _ => "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)",
    }
}

/// Names the index to use. Without statistics SQLite considers the key of a table as good as any index that begins
/// with the same column, and would read all of a tenant's rows; PostgreSQL needs no hint.
fn by_index(backend: DbBackend, index: &str) -> String {
    match backend {
        DbBackend::Postgres => String::new(),
        _ => format!(" INDEXED BY {index}"),
    }
}

/// Writes `$2, $3, …` for a number of values, starting with `first`.
fn list(count: usize, first: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// Writes `($1, $2), ($3, $4), …` for a number of rows and columns, starting with `first`.
fn placeholders(rows: usize, columns: usize, first: usize) -> String {
    let mut out = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        out.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                out.push_str(", ");
            }
            out.push('$');
            out.push_str(&(first + row * columns + column).to_string());
        }
        out.push(')');
    }
    out
}

/// Returns how many rows fit into one statement: both databases limit bound variables (32,766 and 65,535).
const fn chunk_rows(columns: usize) -> usize {
    let most = 30_000 / columns;
    if most < 1_000 { most } else { 1_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod plans;

    #[test]
    fn placeholders_lose_their_numbers_only_where_the_order_tells_them() {
        let rows = format!("INSERT INTO t VALUES {}", placeholders(2, 2, 1));
        assert_eq!(nameless(&rows).as_deref(), Some("INSERT INTO t VALUES (?, ?), (?, ?)"));
        assert_eq!(nameless("SELECT 1").as_deref(), Some("SELECT 1"));
        assert_eq!(
            nameless("a = $1 AND b = '$7' AND c = $2").as_deref(),
            Some("a = ? AND b = '$7' AND c = ?")
        );
        for sql in [
            "a = $2 AND b = $1",
            "a = $1 AND b = $1",
            "a = $",
            "a = 'open",
            "a = $9999999999999999999999",
        ] {
            assert_eq!(nameless(sql), None, "{sql}");
        }
    }
}
