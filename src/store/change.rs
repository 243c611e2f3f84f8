//! Changes of a run that wait for an approval: the frozen list, and what the brake on changes asks about runs of before.
//! Holding, approving and letting go is the same as for removals (`removal.rs`). Raw SQL, like the queue.

use {
    super::{Result, StoreError, TenantRows, chunk_rows, placeholders, statement},
    crate::domain::{
        brake::{HeldChanges, PlannedChange},
        id::{RecordId, RunId},
        module::ModuleName,
        run::{Phase, Upstream},
    },
    chrono::{DateTime, Duration, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
};

/// How far back a run tells how many objects are usual.
const LATELY: Duration = Duration::days(30);
/// Characters of a label.
const LABEL: usize = 255;

fn change_of(row: &QueryResult) -> Result<PlannedChange> {
    let fields: serde_json::Value = row.try_get("", "fields")?;
    Ok(PlannedChange {
        zoho_id: row.try_get("", "zoho_id")?,
        op: row.try_get("", "op")?,
        fields: serde_json::from_value(fields)
            .map_err(|_| StoreError::Broken("the fields of a change are not a list".into()))?,
        label: row.try_get("", "label")?,
    })
}

impl TenantRows<'_> {
    /// Lists planned changes of a run behind a record, in the order of the ids' texts.
    pub async fn planned_changes(
        self,
        run: RunId,
        after: Option<&RecordId>,
        limit: u64,
    ) -> Result<Vec<PlannedChange>> {
        let sql = format!(
            "SELECT zoho_id, op, fields, label FROM sync_run_changes
             WHERE run_id = $1 AND tenant_id = $2 AND zoho_id > $3 ORDER BY zoho_id LIMIT {limit}"
        );
        let values =
            [run.to_string().into(), self.id().into(), after.map_or("", RecordId::as_str).into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(change_of).collect()
    }

    /// Returns the most objects that a run of the module made or linked in the last 30 days, this one left out.
    pub async fn most_made(
        self,
        module: ModuleName,
        but: RunId,
        now: DateTime<Utc>,
    ) -> Result<i64> {
        let sql = "SELECT coalesce(max(n_new), 0) AS most FROM sync_runs
             WHERE tenant_id = $1 AND module_name = $2 AND started_at > $3 AND NOT dry_run AND run_id <> $4";
        let values = [
            self.id().into(),
            module.as_str().into(),
            (now - LATELY).into(),
            but.to_string().into(),
        ];
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "most"))?)
    }

    /// Notes that a run plans what it would write, and the calls that it made meanwhile. Returns whether it should stop,
    /// or `None` when it is no longer ours. Nothing else of the run is touched: a plan is not a step that a run which
    /// fails could go on from.
    pub async fn note_planning(
        self,
        run: RunId,
        epoch: i64,
        upstream: Upstream,
        now: DateTime<Utc>,
    ) -> Result<Option<bool>> {
        let tx = self.begin().await?;
        let sql = "UPDATE sync_runs SET phase = $1, seq = seq + 1, calls_zoho = calls_zoho + $2,
                credits_zoho = credits_zoho + $3, calls_moodle = calls_moodle + $4
             WHERE run_id = $5 AND epoch = $6 AND state = 'running' AND tenant_id = $7 RETURNING cancel_requested";
        let values = [
            Phase::Planning.as_str().into(),
            upstream.zoho_calls.into(),
            upstream.zoho_credits.into(),
            upstream.moodle_calls.into(),
            run.to_string().into(),
            epoch.into(),
            self.id().into(),
        ];
        let Some(row) = tx.tx.query_one_raw(statement(tx.backend(), sql, values)).await? else {
            return Ok(None);
        };
        if upstream != Upstream::default() {
            tx.add_usage(upstream, now).await?;
        }
        tx.commit().await?;
        Ok(Some(row.try_get("", "cancel_requested")?))
    }

    /// Forgets the planned changes of a run, which is planned again. Returns false when the run is no longer ours.
    pub async fn forget_changes(self, run: RunId, epoch: i64) -> Result<bool> {
        let sql = "DELETE FROM sync_run_changes WHERE run_id = $1 AND tenant_id = $2";
        let values = vec![run.to_string().into(), self.id().into()];
        self.fenced(run, epoch, sql.to_owned(), values).await
    }

    /// Stores planned changes of a run. Returns false when the run is no longer ours.
    pub async fn plan_changes(
        self,
        run: RunId,
        epoch: i64,
        changes: &[PlannedChange],
    ) -> Result<bool> {
        const COLUMNS: usize = 6;
        for chunk in changes.chunks(chunk_rows(COLUMNS)) {
            let sql = format!(
                "INSERT INTO sync_run_changes (run_id, tenant_id, zoho_id, op, fields, label) VALUES {}
                 ON CONFLICT (run_id, zoho_id) DO UPDATE SET op = excluded.op, fields = excluded.fields,
                    label = excluded.label",
                placeholders(chunk.len(), COLUMNS, 1)
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS);
            for change in chunk {
                let label = change.label.as_ref().map(|label| label.chars().take(LABEL).collect());
                values.extend([
                    run.to_string().into(),
                    self.id().into(),
                    change.zoho_id.as_str().into(),
                    change.op.as_str().into(),
                    serde_json::json!(change.fields).into(),
                    Value::from(label.map(|label: String| label)),
                ]);
            }
            if !self.fenced(run, epoch, sql, values).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes why the changes of a run, all of which are stored, must wait for an approval. Returns false when the run is
    /// no longer ours.
    pub async fn hold_changes(self, run: RunId, epoch: i64, held: &HeldChanges) -> Result<bool> {
        let sql = "UPDATE sync_runs SET changes_held = $1, changes_planned =
                (SELECT count(*) FROM sync_run_changes WHERE run_id = $2 AND tenant_id = $3)
             WHERE run_id = $2 AND tenant_id = $3";
        let held = serde_json::to_value(held).unwrap_or_default();
        let values = vec![held.into(), run.to_string().into(), self.id().into()];
        self.fenced(run, epoch, sql.to_owned(), values).await
    }

    /// Carries a statement out as long as the run is ours.
    async fn fenced(self, run: RunId, epoch: i64, sql: String, values: Vec<Value>) -> Result<bool> {
        let tx = self.begin().await?;
        let fence = "UPDATE sync_runs SET seq = seq + 1
             WHERE run_id = $1 AND epoch = $2 AND state = 'running' AND tenant_id = $3";
        let own = [run.to_string().into(), epoch.into(), self.id().into()];
        let ours = tx.tx.execute_raw(statement(tx.backend(), fence, own)).await?;
        if ours.rows_affected() == 0 {
            return Ok(false);
        }
        tx.tx.execute_raw(statement(tx.backend(), sql, values)).await?;
        tx.commit().await?;
        Ok(true)
    }
}
