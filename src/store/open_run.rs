//! The runs of a tenant that have not ended, as far as they wait for each other. Raw SQL, because times are the database's.

use {
    super::{Result, StoreError, TenantRows, by_index, now_ms, queue::run_id, run::at, statement},
    crate::domain::{
        id::RunId,
        module::ModuleName,
        policy::RUNS_AT_ONCE,
        run::RunState,
        wait::{OpenRun, Queue},
    },
    sea_orm::{ConnectionTrait, QueryResult},
};

impl TenantRows<'_> {
    /// Returns the runs that are queued, waiting or running, in the order in which they were accepted.
    pub async fn open_runs(self) -> Result<Queue> {
        let columns = format!(
            "run_id, module_name, dry_run, state, chain_id, chain_place, available_ms, wait_since_ms, started_at,
                {} AS now_ms",
            now_ms(self.backend())
        );
        // Each by an index of its own, whose condition must stand there as it is: a tenant's history is long.
        let sql = format!(
            "SELECT {columns} FROM sync_runs WHERE tenant_id = $1 AND state IN ('queued', 'running')
             UNION ALL SELECT {columns} FROM sync_runs{waiting}
             WHERE tenant_id = $1 AND state IN ('waiting', 'held') AND state = 'waiting'",
            waiting = by_index(self.backend(), "sync_runs_waiting"),
        );
        let open = statement(self.backend(), sql, [self.id().into()]);
        let rows = self.reader().query_all_raw(open).await?;
        let now = rows.first().map_or(Ok(0), |row| row.try_get::<i64>("", "now_ms"))?;
        let mut open = rows.iter().map(open_of).collect::<Result<Vec<_>>>()?;
        open.sort_by_key(|open| (open.accepted_at, open.id));
        Ok(Queue { open, at_once: RUNS_AT_ONCE as usize, now: at(now) })
    }
}

fn open_of(row: &QueryResult) -> Result<OpenRun> {
    let broken = |what: &str, word: &str| StoreError::Broken(format!("{what} '{word}'"));
    let module: String = row.try_get("", "module_name")?;
    let state: String = row.try_get("", "state")?;
    let chain: Option<String> = row.try_get("", "chain_id")?;
    let place: Option<i32> = row.try_get("", "chain_place")?;
    Ok(OpenRun {
        id: run_id(row)?,
        module: ModuleName::parse(&module).ok_or_else(|| broken("module", &module))?,
        dry_run: row.try_get("", "dry_run")?,
        state: RunState::parse(&state).ok_or_else(|| broken("run state", &state))?,
        chain: chain.as_deref().and_then(RunId::parse).zip(place),
        accepted_at: row.try_get("", "started_at")?,
        due_at: at(row.try_get("", "available_ms")?),
        since: row.try_get::<Option<i64>>("", "wait_since_ms")?.map(at),
    })
}
