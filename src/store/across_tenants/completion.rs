//! Ending the runs of any tenants: many end in one transaction, and overlooked waiting runs are started later. Raw
//! SQL, like the queue.

use {
    super::AcrossTenants,
    crate::{
        domain::{
            code::Provider,
            event::EventKind,
            id::RunId,
            run::{Run, RunFailure, RunState},
        },
        store::{
            Result, Together, chunk_rows,
            completion::{TURN, note_last_runs},
            now_ms,
            outbox::tell_runs,
            placeholders,
            queue::{run_id, run_of},
            rows::TenantScope,
            stat::add_ends,
            statement,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DbBackend, Value},
    std::collections::{HashMap, HashSet},
};

/// The end of a run.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Its tenant.
    pub scope: TenantScope,
    /// The run.
    pub run: RunId,
    /// Its epoch.
    pub epoch: i64,
    /// Its final state.
    pub state: RunState,
    /// The run's own error.
    pub failure: Option<RunFailure>,
    /// The time. Runs that end together get the latest of their times.
    pub now: DateTime<Utc>,
}

impl AcrossTenants<'_> {
    /// Ends runs, of any tenants, with one transaction for each 1,000 of them: their states, the last runs of their
    /// modules, and the next runs of those modules. Returns the runs that still belonged to this process.
    pub async fn complete(self, ends: &[Completion]) -> Result<Vec<RunId>> {
        const COLUMNS: usize = 6;
        let mut done = Vec::with_capacity(ends.len());
        for chunk in ends.chunks(chunk_rows(COLUMNS)) {
            let Some(now) = chunk.iter().map(|end| end.now).max() else { continue };
            let all = match self.backend() {
                DbBackend::Postgres => "sync_runs.*",
                _ => "*",
            };
            let sql = format!(
                "UPDATE sync_runs SET state = CAST(v.column3 AS text), phase = 'done', finished_at = $1,
                    error_code = CAST(v.column4 AS text), error_summary = CAST(v.column5 AS text), seq = seq + 1,
                    owner = NULL, lease_ms = NULL
                 FROM (VALUES {rows}) AS v
                 WHERE run_id = v.column1 AND epoch = CAST(v.column2 AS bigint) AND state = 'running'
                    AND tenant_id = v.column6 RETURNING {all}",
                rows = placeholders(chunk.len(), COLUMNS, 2),
            );
            let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * COLUMNS + 1);
            values.push(now.into());
            for end in chunk {
                let failure = end.failure.as_ref();
                values.extend([
                    end.run.to_string().into(),
                    // As a text, like all others: a list of values has no types of its own.
                    end.epoch.to_string().into(),
                    end.state.as_str().into(),
                    failure.map(|failure| failure.code.word()).into(),
                    failure.map(|failure| failure.summary.clone()).into(),
                    end.scope.tenant().as_str().into(),
                ]);
            }
            let tx = self.begin().await?;
            let rows = tx.query_all_raw(statement(self.backend(), sql, values)).await?;
            let ended = rows.iter().map(run_of).collect::<Result<Vec<_>>>()?;
            let Some(first) = ended.first() else { continue };
            let mut effects = Together::new(self.backend());
            note_last_runs(&mut effects, &ended, now);
            add_ends(&tx, &mut effects, &ended, now).await?;
            let at_fault = |end: &Completion| Some((end.run, end.failure.as_ref()?.system));
            let systems: HashMap<RunId, Provider> = chunk.iter().filter_map(at_fault).collect();
            let system = |run: &Run| systems.get(&run.id).copied();
            tell_runs(&mut effects, EventKind::RunEnded, &ended, now, system)?;
            ask_awaited(&mut effects, &ended);
            let awaited = effects.all_raw(&tx).await?;
            let awaited = awaited.iter().map(run_id).collect::<Result<HashSet<_>>>()?;
            let mut tx = self.go_on(tx, TenantScope::new(first.tenant.clone())).await?;
            for (row, run) in rows.iter().zip(&ended) {
                let rerun: bool = row.try_get("", "rerun_requested")?;
                if rerun || run.chain.is_some() || awaited.contains(&run.id) {
                    tx.turn_to(TenantScope::new(run.tenant.clone())).await?;
                    tx.start_next(row, run, now).await?;
                }
            }
            tx.commit().await?;
            done.extend(ended.into_iter().map(|run| run.id));
        }
        Ok(done)
    }

    /// Starts waiting runs whose turn has come and whose module has no active run, the oldest of each module, and
    /// returns how many. The run that they waited for ended at the same moment as another one, or as they began to
    /// wait, so that neither transaction saw the other.
    pub async fn start_overlooked(self) -> Result<u64> {
        let backend = self.backend();
        // SQLite uses a partial index only if its condition occurs literally in the query.
        let sql = format!(
            "UPDATE sync_runs SET state = 'queued', available_ms = {now}, wait_code = NULL, wait_since_ms = NULL,
                seq = seq + 1
             WHERE state = 'waiting' AND run_id IN (SELECT run_id FROM (
                SELECT w.run_id, row_number() OVER (PARTITION BY w.tenant_id, w.module_name, w.dry_run
                    ORDER BY w.started_at, w.run_id) AS place
                FROM sync_runs w WHERE w.state IN ('waiting', 'held') AND w.state = 'waiting' AND {TURN}
                    AND NOT EXISTS (SELECT 1 FROM sync_runs a WHERE a.tenant_id = w.tenant_id
                        AND a.module_name = w.module_name AND a.dry_run = w.dry_run
                        AND a.state IN ('queued', 'running'))) first
                WHERE place = 1 LIMIT 1000)",
            now = now_ms(backend),
        );
        Ok(self.write.execute_raw(statement(backend, sql, [])).await?.rows_affected())
    }
}

/// Adds the statement that returns those of the ended runs for which other runs of their module wait to others.
fn ask_awaited(all: &mut Together, ended: &[Run]) {
    let sql = format!(
        "SELECT DISTINCT v.column3 AS run_id FROM (VALUES {rows}) AS v
         JOIN sync_runs w ON w.tenant_id = v.column1 AND w.module_name = v.column2 AND w.state = 'waiting'",
        rows = placeholders(ended.len(), 3, all.next()),
    );
    let values = ended.iter().flat_map(|run| {
        [Value::from(run.tenant.as_str()), run.module.as_str().into(), run.id.to_string().into()]
    });
    all.add(sql, values);
}
