//! Marks that changes of keys, of their secrets and of tenants leave, for servers that know keys for long. Raw SQL: one
//! statement tells both what was marked and where the next look begins. How a mark is left, and why none is overlooked, is told
//! with the table (migration 41).

use {
    super::AcrossTenants,
    crate::store::{Result, StoreError, now_ms, statement},
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Seconds for which marks are kept, by the clock of the database.
const KEPT: i64 = 3_600;
/// Greatest number of marks that are told one by one.
const MOST: usize = 1_000;

/// Where a look at the marks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    position: i64,
    /// The clock of the database, as a Unix second.
    now: i64,
}

/// What was marked since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marks {
    /// These keys, and the keys of these tenants. Some may have been told before.
    Of(Vec<String>, Vec<String>),
    /// It cannot be said, or is too much: anything may have changed.
    Any,
}

impl AcrossTenants<'_> {
    /// Returns what was marked since a look, `None` for the first one, and where the next look begins.
    pub async fn key_marks(self, since: Option<Horizon>) -> Result<(Horizon, Marks)> {
        let backend = self.backend();
        let (position, mark) = match backend {
            DbBackend::Postgres => {
                ("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", "m.transaction_id >= $1")
            }
            _ => (
                "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'key_marks'), 0)",
                "m.number > $1",
            ),
        };
        let sql = format!(
            "SELECT h.seen, h.now_s, m.key_id, m.tenant
             FROM (SELECT {position} AS seen, {} / 1000 AS now_s) AS h LEFT JOIN key_marks AS m ON {mark}
             LIMIT {}",
            now_ms(backend),
            MOST + 1
        );
        let from = since.map_or(i64::MAX, |since| since.position);
        let rows = self.read.query_all_raw(statement(backend, sql, [from.into()])).await?;
        let first = rows.first().ok_or_else(|| StoreError::Broken("no time".into()))?;
        let (position, now) = (first.try_get("", "seen")?, first.try_get("", "now_s")?);
        // Marks of a long pause may be deleted already.
        let is_near = |since: Horizon| (0..KEPT / 2).contains(&(now - since.now));
        if rows.len() > MOST || !since.is_some_and(is_near) {
            return Ok((Horizon { position, now }, Marks::Any));
        }
        let (mut keys, mut tenants) = (Vec::new(), Vec::new());
        for row in &rows {
            keys.extend(row.try_get::<Option<String>>("", "key_id")?);
            tenants.extend(row.try_get::<Option<String>>("", "tenant")?);
        }
        Ok((Horizon { position, now }, Marks::Of(keys, tenants)))
    }

    /// Deletes marks that every server has seen.
    pub async fn sweep_key_marks(self) -> Result<()> {
        let backend = self.backend();
        let sql =
            format!("DELETE FROM key_marks WHERE marked_at < {} / 1000 - {KEPT}", now_ms(backend));
        self.write.execute_raw(statement(backend, sql, [])).await?;
        Ok(())
    }
}
