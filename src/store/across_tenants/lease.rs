//! Leases: what one process does for all, by the database's clock. Raw SQL, because the statement that takes one is the
//! check that it is free.

use {
    crate::store::{Result, now_ms, statement},
    sea_orm::ConnectionTrait,
    std::time::Duration,
};

/// Takes or prolongs a lease; false while another owner has it.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    name: &str,
    owner: &str,
    length: Duration,
) -> Result<bool> {
    let backend = db.get_database_backend();
    let sql = format!(
        "INSERT INTO leases (name, owner, until_ms) VALUES ($1, $2, {now} + $3)
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_ms = excluded.until_ms
         WHERE leases.owner = excluded.owner OR leases.until_ms < {now}",
        now = now_ms(backend)
    );
    let length = i64::try_from(length.as_millis()).unwrap_or_default();
    let values = [name.into(), owner.into(), length.into()];
    Ok(db.execute_raw(statement(backend, sql, values)).await?.rows_affected() == 1)
}

/// Gives a lease back, so that the next owner need not wait for its end.
pub(super) async fn release(db: &impl ConnectionTrait, name: &str, owner: &str) -> Result<()> {
    let sql = "DELETE FROM leases WHERE name = $1 AND owner = $2";
    let values = [name.into(), owner.into()];
    db.execute_raw(statement(db.get_database_backend(), sql, values)).await?;
    Ok(())
}
