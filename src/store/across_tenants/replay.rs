//! Accepted requests, so that each is accepted once by all processes that share the database. Raw SQL: the insert
//! that returns the new rows is the check itself.

use {
    super::AcrossTenants,
    crate::{
        domain::id::ReplayId,
        store::{Result, chunk_rows, placeholders, statement},
    },
    sea_orm::{ConnectionTrait, Value},
};

impl AcrossTenants<'_> {
    /// Inserts request ids with the Unix second of their expiry and returns those that were not stored before.
    pub async fn insert_replays(self, rows: &[(ReplayId, i64)]) -> Result<Vec<ReplayId>> {
        let mut fresh = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(chunk_rows(2)) {
            let sql = format!(
                "INSERT INTO replay_guard (id, expires_at) VALUES {} ON CONFLICT DO NOTHING RETURNING id",
                placeholders(chunk.len(), 2, 1)
            );
            let values = chunk
                .iter()
                .flat_map(|(id, expires_at)| [Value::from(id.0.to_vec()), (*expires_at).into()]);
            let inserted = self.write.query_all_raw(statement(self.backend(), sql, values)).await?;
            for row in inserted {
                let id: Vec<u8> = row.try_get("", "id")?;
                fresh.extend(<[u8; 16]>::try_from(id).map(ReplayId));
            }
        }
        Ok(fresh)
    }

    /// Deletes requests that expired before `now`, a Unix second, and returns how many.
    pub async fn sweep_replays(self, now: i64) -> Result<u64> {
        let sql = "DELETE FROM replay_guard WHERE expires_at < $1";
        Ok(self
            .write
            .execute_raw(statement(self.backend(), sql, [now.into()]))
            .await?
            .rows_affected())
    }
}
