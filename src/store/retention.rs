//! Deleting old data: ended runs with their outcomes, in small transactions, and people of whom nothing is left.
//! `across_tenants/retention.rs` finds the runs. Raw SQL, because a part of a run is deleted by a statement that
//! returns the people it was about.

use {
    super::{Result, TenantRows, Tx, by_index, list, statement},
    crate::domain::id::RunId,
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
    std::collections::BTreeSet,
};

/// A run `r` may be deleted if it ended before `$1`, the module has a later one, and no retry of it is unfinished.
pub(super) const MAY_GO: &str = "r.state IN ('completed', 'partial', 'failed', 'cancelled') AND r.finished_at < $1
    AND EXISTS (SELECT 1 FROM sync_runs n WHERE n.tenant_id = r.tenant_id AND n.module_name = r.module_name
        AND n.dry_run = r.dry_run AND (n.started_at, n.run_id) > (r.started_at, r.run_id))
    AND NOT EXISTS (SELECT 1 FROM sync_runs c WHERE c.tenant_id = r.tenant_id AND c.parent_run_id = r.run_id
        AND c.state IN ('queued', 'waiting', 'running', 'held'))";

/// The result of a step of deleting a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shrunk {
    /// Rows that were deleted.
    pub rows: u64,
    /// True if nothing is left to do for the run.
    pub done: bool,
}

impl TenantRows<'_> {
    /// Deletes up to `most` rows of a run that may be deleted, and finally the run.
    pub async fn shrink_run(self, run: RunId, before: DateTime<Utc>, most: u64) -> Result<Shrunk> {
        let tx = self.begin().await?;
        // A retry may have been requested in the meantime.
        if !tx.may_go(run, before).await? {
            return Ok(Shrunk { rows: 0, done: true });
        }
        let mut rows = tx.delete_items(run, most).await?;
        let mut done = false;
        if rows < most {
            rows += tx.delete_planned("sync_run_removals", run, most - rows).await?;
        }
        if rows < most {
            rows += tx.delete_planned("sync_run_changes", run, most - rows).await?;
        }
        if rows < most {
            rows += tx.delete_run(run).await?;
            done = true;
        }
        tx.commit().await?;
        Ok(Shrunk { rows, done })
    }
}

impl Tx {
    async fn may_go(&self, run: RunId, before: DateTime<Utc>) -> Result<bool> {
        let sql = format!(
            "SELECT 1 AS found FROM sync_runs r WHERE r.run_id = $2 AND r.tenant_id = $3 AND {MAY_GO}"
        );
        let values = [before.into(), run.to_string().into(), self.id().into()];
        Ok(self.tx.query_one_raw(statement(self.backend(), sql, values)).await?.is_some())
    }

    /// Deletes the first outcomes of a run, and the people to whom nothing else refers.
    async fn delete_items(&self, run: RunId, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM sync_run_items WHERE run_id = $1 AND ordinal IN
                (SELECT ordinal FROM sync_run_items WHERE run_id = $1 AND tenant_id = $2 ORDER BY ordinal LIMIT {most})
             RETURNING person_id"
        );
        let values = [run.to_string().into(), self.id().into()];
        let rows = self.tx.query_all_raw(statement(self.backend(), sql, values)).await?;
        let mut people = BTreeSet::new();
        for row in &rows {
            people.extend(row.try_get::<Option<String>>("", "person_id")?);
        }
        let people: Vec<String> = people.into_iter().collect();
        for chunk in people.chunks(super::chunk_rows(1)) {
            let sql = format!(
                "DELETE FROM people WHERE tenant_id = $1 AND person_id IN ({})
                    AND NOT EXISTS (SELECT 1 FROM sync_run_items i
                        WHERE i.tenant_id = people.tenant_id AND i.person_id = people.person_id)
                    AND NOT EXISTS (SELECT 1 FROM record_links l{hint}
                        WHERE l.tenant_id = people.tenant_id AND l.person_id = people.person_id)",
                list(chunk.len(), 2),
                hint = by_index(self.backend(), "record_links_person"),
            );
            let values = std::iter::once(self.id().into()).chain(chunk.iter().map(Value::from));
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(rows.len() as u64)
    }

    /// Deletes the first rows of a list of a run.
    async fn delete_planned(&self, table: &str, run: RunId, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM {table} WHERE run_id = $1 AND zoho_id IN
                (SELECT zoho_id FROM {table} WHERE run_id = $1 AND tenant_id = $2 ORDER BY zoho_id
                 LIMIT {most})"
        );
        let values = [run.to_string().into(), self.id().into()];
        let done = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected())
    }

    async fn delete_run(&self, run: RunId) -> Result<u64> {
        let sql = "DELETE FROM sync_runs WHERE run_id = $1 AND tenant_id = $2";
        let values = [run.to_string().into(), self.id().into()];
        let done = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected())
    }
}
