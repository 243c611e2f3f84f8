//! What the overview shows of a tenant: the last runs of its modules, what waits for an approval, broken connections, keys
//! that end, records that wait, and required fields without a mapping. Raw SQL, so that each is a few reads by an index.

use {
    super::{Result, StoreError, TenantRows, by_index, placeholders, queue::run_of, statement},
    crate::domain::{
        module::ModuleName,
        overview::{KeyEnd, OldWaits},
        run::Run,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
};

/// Waits that are counted.
const WAITS: u64 = 1_000;
/// Keys that are shown.
const KEYS: u64 = 20;

impl TenantRows<'_> {
    /// Returns the last run of each module, dry runs left out, and the runs that wait for an approval, in the order in which
    /// they were accepted, the newest first.
    pub async fn last_runs(self) -> Result<(Vec<Run>, Vec<Run>)> {
        let last =
            "SELECT * FROM sync_runs WHERE run_id IN (SELECT (SELECT r.run_id FROM sync_runs r
                    WHERE r.tenant_id = $1 AND r.module_name = m.module_name AND NOT r.dry_run
                    ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1)
                FROM module_settings m WHERE m.tenant_id = $2) AND tenant_id = $3";
        let held = format!(
            "SELECT * FROM sync_runs{waiting} WHERE tenant_id = $1 AND state IN ('waiting', 'held') AND state = 'held'
             ORDER BY started_at DESC LIMIT 20",
            waiting = by_index(self.backend(), "sync_runs_waiting"),
        );
        let values = [self.id().into(), self.id().into(), self.id().into()];
        let reader = self.reader();
        let last = statement(self.backend(), last, values);
        let held = statement(self.backend(), held, [self.id().into()]);
        let (last, held) =
            tokio::try_join!(reader.query_all_raw(last), reader.query_all_raw(held))?;
        let runs = |rows: &[QueryResult]| rows.iter().map(run_of).collect::<Result<Vec<_>>>();
        Ok((runs(&last)?, runs(&held)?))
    }

    /// Returns the keys that end before a time, and the replaced secrets that are still in use.
    pub async fn key_ends(self, now: DateTime<Utc>, before: DateTime<Utc>) -> Result<Vec<KeyEnd>> {
        let sql = format!(
            "SELECT key_id, expires_at AS ends_at, 0 AS is_secret FROM api_keys
             WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND expires_at < $3
             UNION ALL SELECT s.key_id, s.retires_at, 1 FROM api_key_secrets s JOIN api_keys k ON k.key_id = s.key_id
             WHERE s.tenant_id = $4 AND k.tenant_id = $5 AND k.revoked_at IS NULL AND s.retires_at > $6
                AND EXISTS (SELECT 1 FROM api_key_secrets n WHERE n.tenant_id = $7 AND n.key_id = s.key_id
                    AND n.secret_id > s.secret_id AND n.created_at < s.last_used_at)
             ORDER BY 2 LIMIT {KEYS}"
        );
        let id = || Value::from(self.id());
        let values = [id(), now.into(), before.into(), id(), id(), now.into(), id()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let end = |row: &QueryResult| {
            Ok(KeyEnd {
                key: row.try_get("", "key_id")?,
                ends_at: row.try_get("", "ends_at")?,
                is_secret: row.try_get::<i32>("", "is_secret")? == 1,
            })
        };
        rows.iter().map(end).collect()
    }

    /// Returns the records that have waited for a parent since before a time, by both modules.
    pub async fn old_waits(self, before: DateTime<Utc>) -> Result<Vec<OldWaits>> {
        let sql = format!(
            "SELECT child_module, parent_module, count(*) AS records, min(since) AS since
             FROM (SELECT child_module, parent_module, since FROM record_waits{hint}
                WHERE tenant_id = $1 AND since < $2 AND NOT ready ORDER BY since LIMIT {WAITS}) AS w
             GROUP BY child_module, parent_module",
            hint = by_index(self.backend(), "record_waits_old"),
        );
        let values = [self.id().into(), before.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let old = |row: &QueryResult| {
            Ok(OldWaits {
                module: module(row, "child_module")?,
                parents: module(row, "parent_module")?,
                records: row.try_get("", "records")?,
                since: row.try_get("", "since")?,
            })
        };
        rows.iter().map(old).collect()
    }

    /// Returns those of some fields of modules that no row of a mapping gives.
    pub async fn unmapped(
        self,
        fields: &[(ModuleName, &str)],
    ) -> Result<Vec<(ModuleName, String)>> {
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT v.column1 AS module_name, v.column2 AS field FROM (VALUES {}) AS v
             WHERE NOT EXISTS (SELECT 1 FROM field_mappings m WHERE m.tenant_id = ${}
                AND m.module_name = v.column1 AND m.canonical_field = v.column2)",
            placeholders(fields.len(), 2, 1),
            2 * fields.len() + 1,
        );
        let pairs = fields.iter().flat_map(|(module, field)| [module.as_str(), *field]);
        let values = pairs.chain([self.id()]).map(Value::from);
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        let unmapped =
            |row: &QueryResult| Ok((module(row, "module_name")?, row.try_get("", "field")?));
        rows.iter().map(unmapped).collect()
    }
}

fn module(row: &QueryResult, column: &str) -> Result<ModuleName> {
    let word: String = row.try_get("", column)?;
    ModuleName::parse(&word).ok_or_else(|| StoreError::Broken(format!("module '{word}'")))
}
