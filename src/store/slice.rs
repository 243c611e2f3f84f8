//! Saving a slice of a run: the fence, the items, the links and the checkpoint, as a whole or not at all. Raw SQL, because
//! the fence and the item rows are one statement each.

use {
    super::{
        Link, Result, Scope, Store, Tx, chunk_rows, now_ms, placeholders, queue::LEASE, statement,
    },
    crate::domain::{
        id::RunId,
        run::{Counts, ItemOutcome, Phase},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
};

/// The outcome of a slice, to be stored as a whole or not at all.
#[derive(Debug)]
pub struct SliceSave<'a> {
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// Where the next slice begins.
    pub checkpoint: serde_json::Value,
    /// What the run does next.
    pub phase: Phase,
    /// Counters including this slice.
    pub counts: Counts,
    /// Records expected, when known.
    pub expected_total: Option<i64>,
    /// Outcomes of this slice.
    pub items: &'a [ItemOutcome],
    /// Place of the first of them.
    pub first_ordinal: i64,
    /// Links made or changed.
    pub links: &'a [Link],
    /// When.
    pub now: DateTime<Utc>,
}

impl Store {
    /// Stores a slice. Returns whether the run should stop, or `None` when it is no longer ours: then nothing was
    /// stored.
    pub async fn save_slice(&self, scope: &Scope, slice: SliceSave<'_>) -> Result<Option<bool>> {
        let tx = self.begin(scope).await?;
        // The fence comes first: a worker that lost the run blocks here and finds no row.
        let Some(cancel_requested) = tx.fence_slice(&slice).await? else { return Ok(None) };
        tx.insert_items(slice.run, slice.first_ordinal, slice.items, slice.now).await?;
        tx.upsert_links(slice.links, slice.now).await?;
        tx.commit().await?;
        Ok(Some(cancel_requested))
    }
}

impl Tx {
    async fn fence_slice(&self, slice: &SliceSave<'_>) -> Result<Option<bool>> {
        let sql = format!(
            "UPDATE sync_runs SET checkpoint = $1, phase = $2, n_new = $3, n_unchanged = $4, n_updated = $5,
                n_failed = $6, n_skipped = $7, expected_total = $8, attempts = 0, seq = seq + 1,
                lease_ms = {} + {}
             WHERE run_id = $9 AND epoch = $10 AND state = 'running' AND tenant_id = $11 RETURNING cancel_requested",
            now_ms(self.backend()),
            LEASE.as_millis(),
        );
        let counts = slice.counts;
        let values = [
            slice.checkpoint.clone().into(),
            slice.phase.as_str().into(),
            counts.new.into(),
            counts.unchanged.into(),
            counts.updated.into(),
            counts.failed.into(),
            counts.skipped.into(),
            slice.expected_total.into(),
            slice.run.to_string().into(),
            slice.epoch.into(),
            self.scope.id().into(),
        ];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map(|row| row.try_get("", "cancel_requested")).transpose()?)
    }

    async fn insert_items(
        &self,
        run: RunId,
        first: i64,
        items: &[ItemOutcome],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut ordinal = first;
        for chunk in items.chunks(chunk_rows(9)) {
            let sql = format!(
                "INSERT INTO sync_run_items
                    (run_id, tenant_id, ordinal, zoho_id, status, code, message, diff, created_at) VALUES {}",
                placeholders(chunk.len(), 9, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 9);
            for item in chunk {
                values.extend([
                    run.to_string().into(),
                    self.scope.id().into(),
                    ordinal.into(),
                    item.zoho_id.as_str().into(),
                    item.status.as_str().into(),
                    item.code.into(),
                    item.message.clone().into(),
                    serde_json::Value::Object(item.diff.clone()).into(),
                    now.into(),
                ]);
                ordinal += 1;
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    async fn upsert_links(&self, links: &[Link], now: DateTime<Utc>) -> Result<()> {
        for chunk in links.chunks(chunk_rows(8)) {
            self.drop_stale_links(chunk).await?;
            let sql = format!(
                "INSERT INTO record_links
                    (tenant_id, module_name, zoho_id, target_kind, target_id, sent_hash, sent, updated_at) VALUES {}
                 ON CONFLICT (tenant_id, module_name, zoho_id) DO UPDATE SET target_id = excluded.target_id,
                    sent_hash = excluded.sent_hash, sent = excluded.sent, updated_at = excluded.updated_at",
                placeholders(chunk.len(), 8, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 8);
            for link in chunk {
                values.extend([
                    self.scope.id().into(),
                    link.module.as_str().into(),
                    link.zoho_id.as_str().into(),
                    link.target_kind.as_str().into(),
                    link.target_id.as_str().into(),
                    link.sent_hash.clone().into(),
                    serde_json::to_value(&link.sent).unwrap_or_default().into(),
                    now.into(),
                ]);
            }
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(())
    }

    /// A target that hands out an id which another link holds has lost that object (a restored backup): the old link
    /// must not lead to somebody else's object.
    async fn drop_stale_links(&self, links: &[Link]) -> Result<()> {
        let pairs = placeholders(links.len(), 2, 2);
        let sql = format!(
            "DELETE FROM record_links WHERE tenant_id = $1
             AND (target_kind, target_id) IN (VALUES {pairs})
             AND NOT (module_name, zoho_id) IN (VALUES {})",
            placeholders(links.len(), 2, 2 + 2 * links.len())
        );
        let mut values: Vec<Value> = vec![self.scope.id().into()];
        values.extend(
            links.iter().flat_map(|link| {
                [link.target_kind.as_str().into(), link.target_id.as_str().into()]
            }),
        );
        values.extend(
            links
                .iter()
                .flat_map(|link| [link.module.as_str().into(), link.zoho_id.as_str().into()]),
        );
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}
