//! The workers' share of the queue: claim, heartbeat, reap (docs/src/engine.md, "The queue"). Raw SQL, written once for both
//! databases. A claim raises the run's epoch, and every write of a worker carries it. Leases use the database's clock.

use {
    super::{AcrossTenants, Completion},
    crate::{
        domain::{
            code,
            event::EventKind,
            id::RunId,
            run::{Run, RunFailure, RunState},
        },
        store::{
            Result, now_ms,
            outbox::publish_runs,
            placeholders,
            queue::{run_id, run_of},
            rows::TenantScope,
            run::at,
            statement,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value},
};

/// A run that this process may work on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The run.
    pub run: Run,
    /// Included in every write; a later claim has a higher one.
    pub epoch: i64,
    /// Failed tries since the last saved slice.
    pub attempts: i32,
    /// Tries allowed.
    pub max_attempts: i32,
    /// The position after the last saved slice.
    pub checkpoint: Option<serde_json::Value>,
    /// Since when it has waited again and again, without a slice that was saved.
    pub waits_since: Option<DateTime<Utc>>,
}

impl Claim {
    /// The claim of a run that no worker has.
    pub const fn trial(run: Run) -> Self {
        Self { run, epoch: 0, attempts: 0, max_attempts: 1, checkpoint: None, waits_since: None }
    }
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The run that still belongs to this process.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// True if it should stop.
    pub cancel_requested: bool,
}

impl AcrossTenants<'_> {
    /// Claims up to `most` due runs, with at most `per_tenant` running at once for each tenant.
    pub async fn claim(self, owner: &str, most: u32, per_tenant: u32) -> Result<Vec<Claim>> {
        let backend = self.backend();
        let now = now_ms(backend);
        // Ranking within the tenant, instead of a plain count, keeps a batch from taking a tenant's whole queue at
        // once. Tenants at their limit are left out at the start; otherwise their queues would fill the candidates
        // and hide all others.
        let sql = format!(
            "WITH cand AS (
                SELECT run_id, tenant_id, priority, available_ms FROM sync_runs
                WHERE state = 'queued' AND available_ms <= {now}
                  AND tenant_id NOT IN (SELECT tenant_id FROM sync_runs WHERE state = 'running'
                    GROUP BY tenant_id HAVING count(*) >= {per_tenant})
                ORDER BY priority, available_ms, run_id LIMIT {wide}),
             ranked AS (
                SELECT cand.*, row_number() OVER (PARTITION BY tenant_id ORDER BY priority, available_ms, run_id)
                    + (SELECT count(*) FROM sync_runs x WHERE x.tenant_id = cand.tenant_id AND x.state = 'running')
                    AS place FROM cand),
             pick AS (
                SELECT run_id FROM ranked WHERE place <= {per_tenant}
                ORDER BY priority, available_ms, run_id LIMIT {most}),
             taken AS (
                SELECT run_id FROM sync_runs
                WHERE run_id IN (SELECT run_id FROM pick) AND state = 'queued' {lock})
             UPDATE sync_runs SET state = 'running', epoch = epoch + 1, owner = $1, lease_ms = {now} + {lease},
                seq = seq + 1, phase = 'reading', begun_ms = coalesce(begun_ms, {now})
             WHERE run_id IN (SELECT run_id FROM taken) RETURNING *",
            wide = u64::from(most) * 8,
            lock = skip_locked(backend),
            lease = self.lease.as_millis(),
        );
        let tx = self.begin().await?;
        let rows = tx.query_all_raw(statement(backend, sql, [owner.into()])).await?;
        let claims = rows.iter().map(claim_of).collect::<Result<Vec<_>>>()?;
        let begun = claims.iter().filter(|claim| claim.epoch == 1);
        let begun: Vec<Run> = begun.map(|claim| claim.run.clone()).collect();
        if let Some(row) = rows.first() {
            let lease = i64::try_from(self.lease.as_millis()).unwrap_or_default();
            let now = at(row.try_get::<i64>("", "lease_ms")? - lease);
            publish_runs(&tx, EventKind::RunStarted, &begun, now).await?;
        }
        tx.commit().await?;
        Ok(claims)
    }

    /// Returns whether a due run of another tenant waits for a worker.
    pub async fn others_wait(self, scope: &TenantScope) -> Result<bool> {
        let backend = self.backend();
        let sql = format!(
            "SELECT 1 AS one FROM sync_runs WHERE state = 'queued' AND available_ms <= {} AND tenant_id <> $1 LIMIT 1",
            now_ms(backend)
        );
        let row = self
            .read
            .query_one_raw(statement(backend, sql, [scope.tenant().as_str().into()]))
            .await?;
        Ok(row.is_some())
    }

    /// Extends the leases of runs by id and epoch, and returns those that still belong to this process.
    pub async fn heartbeat(self, runs: &[(RunId, i64)]) -> Result<Vec<Beat>> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let backend = self.backend();
        let sql = format!(
            "UPDATE sync_runs SET lease_ms = {now} + {lease}
             WHERE state = 'running' AND (run_id, epoch) IN (VALUES {pairs})
             RETURNING run_id, epoch, cancel_requested",
            now = now_ms(backend),
            lease = self.lease.as_millis(),
            pairs = placeholders(runs.len(), 2, 1),
        );
        let values =
            runs.iter().flat_map(|(run, epoch)| [Value::from(run.to_string()), (*epoch).into()]);
        let rows = self.write.query_all_raw(statement(backend, sql, values)).await?;
        rows.iter()
            .map(|row| {
                Ok(Beat {
                    run: run_id(row)?,
                    epoch: row.try_get("", "epoch")?,
                    cancel_requested: row.try_get("", "cancel_requested")?,
                })
            })
            .collect()
    }

    /// Takes runs from workers that stopped answering: they go back to the queue, or end after too many lost workers.
    /// Returns how many.
    pub async fn reap(self, now: DateTime<Utc>) -> Result<usize> {
        let backend = self.backend();
        let clock = now_ms(backend);
        // Taken from the worker by the same statement that finds the lease expired: a heartbeat in between would be
        // too late.
        let worn_out = format!(
            "UPDATE sync_runs SET epoch = epoch + 1
             WHERE run_id IN (SELECT run_id FROM sync_runs WHERE state = 'running' AND lease_ms < {clock}
                AND attempts + 1 >= max_attempts LIMIT 1000 {lock}) RETURNING *",
            lock = skip_locked(backend),
        );
        let rows = self.write.query_all_raw(statement(backend, worn_out, [])).await?;
        let failure = RunFailure::of(code::RUN_WORKER_LOST, &[]);
        let mut ends = Vec::with_capacity(rows.len());
        for row in &rows {
            let lost = run_of(row)?;
            ends.push(Completion {
                scope: TenantScope::new(lost.tenant),
                run: lost.id,
                epoch: row.try_get("", "epoch")?,
                state: RunState::Failed,
                failure: Some(failure.clone()),
                now,
            });
        }
        let reaped = self.complete(&ends).await?.len();
        // A locked row is just being stored by a late worker, or its worker is stopped: the next look takes it.
        let again = format!(
            "UPDATE sync_runs SET state = 'queued', phase = 'queued', attempts = attempts + 1, available_ms = {clock},
                owner = NULL, lease_ms = NULL, seq = seq + 1
             WHERE run_id IN (SELECT run_id FROM sync_runs WHERE state = 'running' AND lease_ms < {clock}
                AND attempts + 1 < max_attempts LIMIT 1000 {lock})",
            lock = skip_locked(backend),
        );
        let again = self.write.execute_raw(statement(backend, again, [])).await?.rows_affected();
        Ok(reaped + usize::try_from(again).unwrap_or(usize::MAX))
    }
}

/// Skips rows that another process is changing; SQLite has only one writer.
const fn skip_locked(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

fn claim_of(row: &QueryResult) -> Result<Claim> {
    Ok(Claim {
        epoch: row.try_get("", "epoch")?,
        attempts: row.try_get("", "attempts")?,
        max_attempts: row.try_get("", "max_attempts")?,
        checkpoint: row.try_get("", "checkpoint")?,
        waits_since: row
            .try_get::<Option<String>>("", "wait_code")?
            .and(row.try_get::<Option<i64>>("", "wait_since_ms")?)
            .map(at),
        run: run_of(row)?,
    })
}
