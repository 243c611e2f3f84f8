//! What all servers on the database took from the buckets of limits. Raw SQL: a bucket is added to in the statement that
//! reads it, by the clock of the database.

use {
    super::AcrossTenants,
    crate::store::{Result, chunk_rows, now_ms, statement},
    sea_orm::{ConnectionTrait, Value},
    std::{collections::HashMap, fmt::Write as _},
};

/// Rows that are deleted at a time.
const SWEEP: usize = 5_000;

impl AcrossTenants<'_> {
    /// Adds microseconds to buckets, each given once with its owner and its name, and returns after how many microseconds
    /// each is full again.
    pub async fn add_to_rates(self, taken: &[(&str, &str, i64)]) -> Result<Vec<i64>> {
        let backend = self.backend();
        let now = format!("({} * 1000)", now_ms(backend));
        let greatest = match backend {
            sea_orm::DbBackend::Postgres => "greatest",
            _ => "max",
        };
        let mut full = Vec::with_capacity(taken.len());
        for chunk in taken.chunks(chunk_rows(3)) {
            let mut sql = String::from("INSERT INTO rate_buckets (owner, bucket, full_at) VALUES ");
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 3);
            for (row, (owner, bucket, micros)) in chunk.iter().enumerate() {
                let (first, comma) = (values.len() + 1, if row == 0 { "" } else { ", " });
                let _ = write!(sql, "{comma}(${first}, ${}, {now} + ${})", first + 1, first + 2);
                values.extend([(*owner).into(), (*bucket).into(), (*micros).into()]);
            }
            let _ = write!(
                sql,
                " ON CONFLICT (owner, bucket) DO UPDATE
                 SET full_at = {greatest}(rate_buckets.full_at, {now}) + excluded.full_at - {now}
                 RETURNING owner, bucket, full_at - {now} AS full_in"
            );
            let mut stored: HashMap<(String, String), i64> = HashMap::with_capacity(chunk.len());
            for row in self.write.query_all_raw(statement(backend, sql, values)).await? {
                let name = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                stored.insert(name, row.try_get_by_index(2)?);
            }
            let of = |(owner, bucket, _): &(&str, &str, i64)| {
                stored
                    .get(&((*owner).to_owned(), (*bucket).to_owned()))
                    .copied()
                    .unwrap_or_default()
            };
            full.extend(chunk.iter().map(of));
        }
        Ok(full)
    }

    /// Forgets buckets that are full again.
    pub async fn sweep_rates(self) -> Result<u64> {
        let sql = format!(
            "DELETE FROM rate_buckets WHERE (owner, bucket) IN
                (SELECT owner, bucket FROM rate_buckets WHERE full_at < {} * 1000 LIMIT {SWEEP})",
            now_ms(self.backend())
        );
        let done = self.write.execute_raw(statement(self.backend(), sql, [])).await?;
        Ok(done.rows_affected())
    }
}
