//! Forgetting what is too old: ended runs with their outcomes, in small transactions, and people of whom nothing is left.
//! Raw SQL, because a part of a run is deleted by a statement that tells whom it was about.

use {
    super::{Result, Scope, Store, StoreError, Tx, by_index, list, statement},
    crate::domain::id::{RunId, TenantId},
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
    std::collections::BTreeSet,
};

/// A run `r` may go when it ended before `$1`, a later one of its module is there, and no retry of it is still to end.
const MAY_GO: &str = "r.state IN ('completed', 'partial', 'failed', 'cancelled') AND r.finished_at < $1
    AND EXISTS (SELECT 1 FROM sync_runs n WHERE n.tenant_id = r.tenant_id AND n.module_name = r.module_name
        AND n.dry_run = r.dry_run AND (n.started_at, n.run_id) > (r.started_at, r.run_id))
    AND NOT EXISTS (SELECT 1 FROM sync_runs c WHERE c.tenant_id = r.tenant_id AND c.parent_run_id = r.run_id
        AND c.state IN ('queued', 'waiting', 'running', 'held'))";

/// A run that may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRun {
    /// Whose it is.
    pub scope: Scope,
    /// The run.
    pub id: RunId,
}

/// What a step of forgetting a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shrunk {
    /// Rows that were deleted.
    pub rows: u64,
    /// True when nothing is left to do for the run.
    pub done: bool,
}

impl Store {
    /// Returns the days that tenants keep their runs, each number once; `default_days` counts for those who have not said.
    pub async fn days_kept(&self, default_days: i32) -> Result<Vec<i32>> {
        let sql = "SELECT DISTINCT coalesce(keep_days, $1) AS days FROM integration_settings";
        let rows =
            self.read.query_all_raw(statement(self.backend(), sql, [default_days.into()])).await?;
        rows.iter().map(|row| Ok(row.try_get("", "days")?)).collect()
    }

    /// Returns runs that may go, the oldest first: of tenants who keep them for `days`, ended before `before`.
    pub async fn old_runs(
        &self,
        days: i32,
        default_days: i32,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<OldRun>> {
        let sql = format!(
            "SELECT r.run_id, r.tenant_id FROM sync_runs r WHERE {MAY_GO}
                AND r.tenant_id IN (SELECT tenant_id FROM integration_settings WHERE coalesce(keep_days, $2) = $3)
             ORDER BY r.finished_at LIMIT {limit}"
        );
        let values = [before.into(), default_days.into(), days.into()];
        let rows = self.read.query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(old_run).collect()
    }

    /// Deletes up to `most` rows of a run that may go, and at last the run.
    pub async fn shrink_run(
        &self,
        run: &OldRun,
        before: DateTime<Utc>,
        most: u64,
    ) -> Result<Shrunk> {
        let tx = self.begin(&run.scope).await?;
        // A retry may have been asked for meanwhile.
        if !tx.may_go(run.id, before).await? {
            return Ok(Shrunk { rows: 0, done: true });
        }
        let mut rows = tx.delete_items(run.id, most).await?;
        let mut done = false;
        if rows < most {
            rows += tx.delete_removals(run.id, most - rows).await?;
        }
        if rows < most {
            rows += tx.delete_run(run.id).await?;
            done = true;
        }
        tx.commit().await?;
        Ok(Shrunk { rows, done })
    }
}

fn old_run(row: &QueryResult) -> Result<OldRun> {
    let tenant: String = row.try_get("", "tenant_id")?;
    let tenant = TenantId::parse(&tenant)
        .map_err(|_| StoreError::Broken(format!("tenant id '{tenant}'")))?;
    Ok(OldRun { scope: Scope::new(tenant), id: super::queue::run_id(row)? })
}

impl Tx {
    async fn may_go(&self, run: RunId, before: DateTime<Utc>) -> Result<bool> {
        let sql = format!(
            "SELECT 1 AS found FROM sync_runs r WHERE r.run_id = $2 AND r.tenant_id = $3 AND {MAY_GO}"
        );
        let values = [before.into(), run.to_string().into(), self.scope.id().into()];
        Ok(self.tx.query_one_raw(statement(self.backend(), sql, values)).await?.is_some())
    }

    /// Deletes the first outcomes of a run, and the people whom nothing else is about.
    async fn delete_items(&self, run: RunId, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM sync_run_items WHERE run_id = $1 AND ordinal IN
                (SELECT ordinal FROM sync_run_items WHERE run_id = $1 AND tenant_id = $2 ORDER BY ordinal LIMIT {most})
             RETURNING person_id"
        );
        let values = [run.to_string().into(), self.scope.id().into()];
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
            let values =
                std::iter::once(self.scope.id().into()).chain(chunk.iter().map(Value::from));
            self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        }
        Ok(rows.len() as u64)
    }

    async fn delete_removals(&self, run: RunId, most: u64) -> Result<u64> {
        let sql = format!(
            "DELETE FROM sync_run_removals WHERE run_id = $1 AND zoho_id IN
                (SELECT zoho_id FROM sync_run_removals WHERE run_id = $1 AND tenant_id = $2 ORDER BY zoho_id
                 LIMIT {most})"
        );
        let values = [run.to_string().into(), self.scope.id().into()];
        let done = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected())
    }

    async fn delete_run(&self, run: RunId) -> Result<u64> {
        let sql = "DELETE FROM sync_runs WHERE run_id = $1 AND tenant_id = $2";
        let values = [run.to_string().into(), self.scope.id().into()];
        let done = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected())
    }
}
