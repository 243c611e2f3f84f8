//! The schema of sigma-sync as an ordered list of forward-only migrations. Each runs on SQLite and on PostgreSQL, and
//! leaves a schema that works with the code before and after it. The table `seaql_migrations` of a database lists the
//! applied ones, in the format of `sea-orm-migration`. That crate is not used: only this list is needed, and the
//! crate would bring every feature of sea-orm and descriptions of both databases' catalogues into the build.

use {
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement},
    std::{
        collections::BTreeSet,
        time::{SystemTime, UNIX_EPOCH},
    },
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
mod m20261130_000014_waits;
mod m20261130_000015_findings;
mod m20261130_000016_brake;
mod m20261130_000017_warned;
mod m20261130_000019_restored;
mod m20261130_000021_key;
mod m20261130_000023_event;
mod m20261130_000024_audit;
mod m20261130_000025_scheme;
mod m20261130_000026_session;
mod m20261130_000027_ring;
mod m20261130_000028_rows;
mod m20261130_000029_limits;
mod m20261130_000030_guard;
mod m20261130_000034_summary;
mod m20261130_000035_overview;
mod m20261130_000036_exchange;
mod m20261130_000037_view;
mod m20261130_000039_rates;
mod m20261201_000040_log;
mod m20261201_000041_mark;
mod m20261201_000046_branding;

/// A migration: its name, which databases store, and its statements.
struct Step {
    name: &'static str,
    statements: &'static [&'static str],
    /// What it does in addition.
    fills: Fill,
}

/// What a migration does that statements alone cannot.
enum Fill {
    Nothing,
    MappingVersions,
}

/// Names a migration by its file.
macro_rules! step {
    ($file:ident) => {
        step!($file, Nothing)
    };
    ($file:ident, $fill:ident) => {
        Step { name: stringify!($file), statements: $file::STATEMENTS, fills: Fill::$fill }
    };
}

/// All migrations, in their order.
const STEPS: &[Step] = &[
    step!(m20261124_000001_first),
    step!(m20261125_000002_engine),
    step!(m20261125_000003_token),
    step!(m20261125_000004_mapping, MappingVersions),
    step!(m20261125_000005_person),
    step!(m20261126_000006_queue),
    step!(m20261126_000007_wait),
    step!(m20261126_000008_zone),
    step!(m20261126_000009_site),
    step!(m20261127_000010_secret),
    step!(m20261129_000011_left),
    step!(m20261129_000012_seen),
    step!(m20261129_000013_kept),
    step!(m20261130_000014_waits),
    step!(m20261130_000015_findings),
    step!(m20261130_000016_brake),
    step!(m20261130_000017_warned),
    step!(m20261130_000019_restored),
    step!(m20261130_000021_key),
    step!(m20261130_000023_event),
    step!(m20261130_000024_audit),
    step!(m20261130_000025_scheme),
    step!(m20261130_000026_session),
    step!(m20261130_000027_ring),
    step!(m20261130_000028_rows),
    step!(m20261130_000029_limits),
    step!(m20261130_000030_guard),
    step!(m20261130_000034_summary),
    step!(m20261130_000035_overview),
    step!(m20261130_000036_exchange),
    step!(m20261130_000037_view),
    step!(m20261130_000039_rates),
    step!(m20261201_000040_log),
    step!(m20261201_000041_mark),
    step!(m20261201_000046_branding),
];

/// Brings the schema up to date, in the caller's transaction. The caller makes sure that processes do so one after the
/// other. A migration of a newer program, which this one does not know, is left alone.
///
/// # Errors
///
/// What the database refuses.
pub async fn migrate(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    for step in missing(db).await? {
        run(db, step).await?;
        let values = [step.name.into(), now().into()];
        let note = "INSERT INTO seaql_migrations (version, applied_at) VALUES ($1, $2)";
        db.execute_raw(Statement::from_sql_and_values(backend, note, values)).await?;
    }
    Ok(())
}

/// Returns the seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a note of when a migration ran, which nothing reads"
)]
fn now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
}

/// Counts the migrations that the database lacks, without changing anything.
///
/// # Errors
///
/// What the database refuses.
pub async fn pending(db: &impl ConnectionTrait) -> Result<usize, DbErr> {
    Ok(missing(db).await?.len())
}

/// Returns whether no migration was ever applied to the database.
///
/// # Errors
///
/// What the database refuses.
pub async fn is_new(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let known = match backend {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    Ok(db.query_one_raw(Statement::from_string(backend, known)).await?.is_none())
}

async fn missing(db: &impl ConnectionTrait) -> Result<Vec<&'static Step>, DbErr> {
    let backend = db.get_database_backend();
    if is_new(db).await? {
        return Ok(STEPS.iter().collect());
    }
    let sql = "SELECT version FROM seaql_migrations";
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await?;
    let applied: BTreeSet<String> =
        rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?;
    Ok(STEPS.iter().filter(|step| !applied.contains(step.name)).collect())
}

/// Runs a migration's statements and fills in the words that differ between the databases. `{json}` is PostgreSQL's
/// `json`, not `jsonb`: mappings must come back with their keys in the order of the request. `{bytes}` is the order
/// of bytes, whatever the order of the database. A statement that begins with the name of a database in braces is for that
/// one only.
async fn run(db: &impl ConnectionTrait, step: &Step) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let other = match backend {
        DbBackend::Postgres => "{sqlite}",
        _ => "{postgres}",
    };
    let words = match backend {
        DbBackend::Postgres => [
            ("{postgres}", ""),
            ("{identity}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
            ("{json}", "json"),
            ("{blob}", "bytea"),
            ("{time}", "timestamptz"),
            ("{rowless}", ""),
            ("{bytes}", "COLLATE \"C\""),
        ],
        _ => [
            ("{sqlite}", ""),
            ("{identity}", "integer PRIMARY KEY AUTOINCREMENT"),
            ("{json}", "json_text"),
            ("{blob}", "blob"),
            ("{time}", "timestamp_text"),
            ("{rowless}", " WITHOUT ROWID"),
            ("{bytes}", "COLLATE BINARY"),
        ],
    };
    for statement in step.statements.iter().filter(|sql| !sql.starts_with(other)) {
        let fill = |sql: String, (word, meaning): &(&str, &str)| sql.replace(word, meaning);
        let sql = words.iter().fold((*statement).to_owned(), fill);
        db.execute_unprepared(&sql).await?;
    }
    match step.fills {
        Fill::Nothing => Ok(()),
        Fill::MappingVersions => m20261125_000004_mapping::fill(db).await,
    }
}
