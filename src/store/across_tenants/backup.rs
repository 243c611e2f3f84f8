//! A copy of the whole database while it is in use, and what a copy needs before it may take the place of a newer one. Raw
//! SQL, because the first is a statement of SQLite's own and the second goes over every tenant's rows.

use {
    super::{AcrossTenants, replay::raise_floor},
    crate::{
        domain::{
            audit::{Action, Author, Change},
            code,
            event::EventKind,
            run::Run,
            tenant::Tenant,
        },
        store::{
            AuditEntry, Result, StoreError, outbox::publish_runs, queue::run_of, rows::TenantScope,
            stat::count_ends, statement, tenant,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, Value},
    serde_json::json,
};

/// How far the numbers of events go on after a restore: further than any process can have told since the copy was made.
const AHEAD: i64 = 1_000_000_000;

impl AcrossTenants<'_> {
    /// Writes a copy of a SQLite database into a file that is not there or is empty. The copy is of one moment: writers go on
    /// meanwhile.
    pub async fn copy_to(self, file: &str) -> Result<()> {
        let copy = statement(DbBackend::Sqlite, "VACUUM INTO $1", [file.into()]);
        self.read.execute_raw(copy).await?;
        Ok(())
    }

    /// Looks whether a SQLite file is whole.
    ///
    /// # Errors
    /// `Broken` with the first fault that SQLite found.
    pub async fn check_whole(self) -> Result<()> {
        let check = statement(DbBackend::Sqlite, "PRAGMA quick_check(1)", []);
        let row = self.write.query_one_raw(check).await?;
        let found: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        match found.as_deref() {
            Some("ok") => Ok(()),
            found => Err(StoreError::Broken(found.unwrap_or("no answer").to_owned())),
        }
    }

    /// Prepares a database that was restored from an older copy. Runs of then do not go on, among them those whose
    /// removals were approved; and no removal is carried out before one of its module is approved again. Returns the number of
    /// runs that were ended.
    pub async fn mark_restored(self, now: DateTime<Utc>) -> Result<u64> {
        let tx = self.begin().await?;
        let backend = self.backend();
        let sql = format!(
            "UPDATE sync_runs SET state = 'cancelled', phase = 'done', finished_at = $1, owner = NULL, lease_ms = NULL,
                cancel_requested = true, rerun_requested = false, error_code = '{}', error_summary = $2, seq = seq + 1
             WHERE state IN ('queued', 'waiting', 'running', 'held') RETURNING *",
            code::DATABASE_RESTORED
        );
        let values: [Value; 2] = [now.into(), code::DATABASE_RESTORED.message(&[]).into()];
        let rows = tx.query_all_raw(statement(backend, sql, values)).await?;
        let ended = rows.iter().map(run_of).collect::<Result<Vec<_>>>()?;
        publish_runs(&tx, EventKind::RunEnded, &ended, now).await?;
        count_ends(&tx, &ended, now).await?;
        let sql = "INSERT INTO restored_modules (tenant_id, module_name, restored_at)
             SELECT DISTINCT tenant_id, module_name, $1 FROM record_links WHERE true
             ON CONFLICT (tenant_id, module_name) DO UPDATE SET restored_at = excluded.restored_at";
        // PostgreSQL does not tell the type of a value that is selected.
        let sql = match backend {
            DbBackend::Postgres => sql.replace("$1", "CAST($1 AS timestamptz)"),
            _ => sql.to_owned(),
        };
        tx.execute_raw(statement(backend, sql, [now.into()])).await?;
        // Numbers that were told after the copy was made are not given again: those who go on from one of them would miss
        // what has it now, and are told that events are gone.
        let sql =
            format!("UPDATE outbox_heads SET last = last + {AHEAD}, forgotten = last + {AHEAD}");
        tx.execute_raw(statement(backend, sql, [])).await?;
        // The process that held a lease when the copy was made holds it no more.
        tx.execute_raw(statement(backend, "DELETE FROM leases", [])).await?;
        // Requests that were accepted since the copy was made are not known in it.
        raise_floor(&tx, now.timestamp()).await?;
        // The whole database went back: the log of each tenant tells it.
        let tenants =
            tenant::Entity::find().order_by_asc(tenant::Column::TenantId).all(&tx).await?;
        let tenants =
            tenants.into_iter().map(|row| Ok(TenantScope::new(Tenant::try_from(row)?.id)));
        let tenants = tenants.collect::<Result<Vec<_>>>()?;
        let Some(first) = tenants.first() else {
            tx.commit().await?;
            return Ok(ended.len() as u64);
        };
        let mut tx = self.go_on(tx, first.clone()).await?;
        for scope in tenants {
            let of = |run: &&Run| run.tenant == *scope.tenant();
            let change = Change::made(json!({ "ended_runs": ended.iter().filter(of).count() }));
            let (author, action, resource) = (Author::host(), Action::RestoreDatabase, "database");
            tx.turn_to(scope).await?;
            tx.audit(AuditEntry { author, action, resource, change, at: now }).await?;
        }
        tx.commit().await?;
        Ok(ended.len() as u64)
    }
}
