//! One record: its link, what it waits for, and whether its removal is planned. Raw SQL, because indexes are named.

use {
    super::{Evidence, Link, Result, StoreError, TenantRows, by_index, link, statement},
    crate::domain::{
        id::{RecordId, RunId},
        module::ModuleName,
        standing::{ParentWait, PlannedEnd},
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value},
};

/// Parents that are shown.
const WAITS: u64 = 20;

impl TenantRows<'_> {
    /// Returns the link of a record, and when it was stored.
    pub async fn link_of(
        self,
        module: ModuleName,
        record: &RecordId,
    ) -> Result<Option<(Link, DateTime<Utc>)>> {
        let (module, record) = (module.as_str().to_owned(), record.as_str().to_owned());
        let row = link::Entity::find_by_id((self.id().to_owned(), module, record));
        let row = row.one(&self.reader()).await?;
        row.map(|row| {
            let stored = row.updated_at;
            Ok((Link::try_from(row)?, stored))
        })
        .transpose()
    }

    /// Returns what a record waits for.
    pub async fn waits_of(self, module: ModuleName, record: &RecordId) -> Result<Vec<ParentWait>> {
        let sql = format!(
            "SELECT parent_module, parent_id, since, ready FROM record_waits
             WHERE tenant_id = $1 AND child_module = $2 AND child_id = $3
             ORDER BY parent_module, parent_id LIMIT {WAITS}"
        );
        let values = [self.id().into(), module.as_str().into(), record.as_str().into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let wait = |row: &QueryResult| {
            let word: String = row.try_get("", "parent_module")?;
            let module = ModuleName::parse(&word)
                .ok_or_else(|| StoreError::Broken(format!("module '{word}'")))?;
            Ok(ParentWait {
                module,
                parent: row.try_get("", "parent_id")?,
                since: row.try_get("", "since")?,
                ready: row.try_get("", "ready")?,
            })
        };
        rows.iter().map(wait).collect()
    }

    /// Returns the removal of a record that a run has planned which has not ended, the newest first.
    pub async fn planned_end(
        self,
        module: ModuleName,
        record: &RecordId,
    ) -> Result<Option<PlannedEnd>> {
        // Each by an index of its own, whose condition must stand there as it is.
        let planned = |hint: &str, state: &str, first: usize| {
            format!(
                "SELECT r.run_id, r.started_at, p.evidence, r.state FROM sync_runs r{hint}
                    JOIN sync_run_removals p ON p.run_id = r.run_id
                 WHERE r.tenant_id = ${} AND r.module_name = ${} AND r.{state} AND NOT r.dry_run
                    AND p.zoho_id = ${} AND p.tenant_id = ${}",
                first,
                first + 1,
                first + 2,
                first + 3
            )
        };
        let sql = format!(
            "{} UNION ALL {} ORDER BY 2 DESC LIMIT 1",
            planned("", "state IN ('queued', 'running')", 1),
            planned(
                &by_index(self.backend(), "sync_runs_waiting"),
                "state IN ('waiting', 'held')",
                5
            ),
        );
        let of = || -> [Value; 4] {
            [self.id().into(), module.as_str().into(), record.as_str().into(), self.id().into()]
        };
        let values = of().into_iter().chain(of());
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        let Some(row) = row else { return Ok(None) };
        let (id, state): (String, String) = (row.try_get("", "run_id")?, row.try_get("", "state")?);
        let run = RunId::parse(&id).ok_or_else(|| StoreError::Broken(format!("run id '{id}'")))?;
        let word: String = row.try_get("", "evidence")?;
        let evidence = Evidence::parse(&word)
            .ok_or_else(|| StoreError::Broken(format!("evidence '{word}'")))?;
        Ok(Some(PlannedEnd { run, evidence: evidence.as_str(), held: state == "held" }))
    }
}
