//! Connection poolers in front of PostgreSQL, such as PgBouncer. The store prepares statements and sets time-outs, both
//! of which belong to a session, so a pooler must give it sessions of its own. Raw SQL, because settings of a session have
//! no other form.

use sea_orm::sqlx::{
    Error as SqlxError, Executor as _, PgPool, Row as _,
    postgres::{PgConnection, PgRow},
};

/// What to change.
const REMEDY: &str = "set pool_mode = session for this database in the pooler (PgBouncer), or name PostgreSQL itself in database_url";
/// How often it is looked: another client may take the session between two statements.
const LOOKS: usize = 3;

/// Checks that a session belongs to its connection: what one connection sets, another one must not find. A pooler that
/// shares sessions gives the one that was returned last.
///
/// # Errors
/// The reason and the setting to change, if sessions are shared; the error of the database otherwise.
pub(super) async fn check(pool: &PgPool) -> Result<Result<(), String>, SqlxError> {
    let (mut one, mut other) = (pool.acquire().await?, pool.acquire().await?);
    for _ in 0..LOOKS {
        one.execute("SET sigma.session = 'one'").await?;
        let found = setting(&mut other).await?;
        let shared = found.is_some_and(|value| value == "one");
        one.execute("RESET sigma.session").await?;
        if shared {
            let reason = format!(
                "a connection pooler in front of the database gives each transaction another session, so prepared \
                 statements and time-outs get lost; {REMEDY}"
            );
            return Ok(Err(reason));
        }
    }
    Ok(Ok(()))
}

async fn setting(connection: &mut PgConnection) -> Result<Option<String>, SqlxError> {
    // As text and unprepared: a statement that is prepared takes two turns, between which the session may change.
    let row: PgRow = connection.fetch_one("SELECT current_setting('sigma.session', true)").await?;
    row.try_get(0)
}

/// Says what to change where a pooler refuses a connection; `None` for every other error.
pub(super) fn refusal(cause: &SqlxError) -> Option<String> {
    let SqlxError::Database(error) = cause else { return None };
    let lost = error.code().is_some_and(|code| matches!(&*code, "26000" | "42P05"));
    if lost {
        return Some(format!(
            "a connection pooler in front of the database loses prepared statements; {REMEDY}"
        ));
    }
    let name = error.message().strip_prefix("unsupported startup parameter")?;
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let name = name.strip_prefix("in options: ").unwrap_or(name);
    Some(format!(
        "a connection pooler in front of the database does not know the parameter {name}; add it to \
         ignore_startup_parameters in the pooler (PgBouncer)"
    ))
}
