//! What runs found about fields and words. Raw SQL, because records are added to those that are stored.

use {
    super::{Result, TenantRows, Tx, placeholders, statement},
    crate::domain::{finding::RunFinding, id::RunId},
    sea_orm::{ConnectionTrait, Value},
};

impl TenantRows<'_> {
    /// Returns what a run has found so far, in the order of the codes, fields and words.
    pub async fn findings(self, run: RunId) -> Result<Vec<RunFinding>> {
        let reader = self.reader();
        let sql = "SELECT code, field, word, records, sample, message FROM sync_run_findings
             WHERE run_id = $1 AND tenant_id = $2 ORDER BY code, field, word";
        let values: [Value; 2] = [run.to_string().into(), self.id().into()];
        let rows =
            reader.query_all_raw(statement(reader.get_database_backend(), sql, values)).await?;
        rows.iter()
            .map(|row| {
                Ok(RunFinding {
                    code: row.try_get("", "code")?,
                    field: row.try_get("", "field")?,
                    word: row.try_get("", "word")?,
                    records: row.try_get("", "records")?,
                    sample: row.try_get("", "sample")?,
                    message: row.try_get("", "message")?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Adds to what a run has found.
    pub(super) async fn add_findings(&self, run: RunId, found: &[RunFinding]) -> Result<()> {
        const COLUMNS: usize = 8;
        if found.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO sync_run_findings
                (run_id, tenant_id, code, field, word, records, sample, message) VALUES {}
             ON CONFLICT (run_id, code, field, word) DO UPDATE SET
                records = sync_run_findings.records + excluded.records",
            placeholders(found.len(), COLUMNS, 1)
        );
        let mut values: Vec<Value> = Vec::with_capacity(found.len() * COLUMNS);
        for one in found {
            values.extend([
                run.to_string().into(),
                self.id().into(),
                one.code.as_str().into(),
                one.field.as_str().into(),
                one.word.as_str().into(),
                one.records.into(),
                one.sample.clone().into(),
                one.message.as_str().into(),
            ]);
        }
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}
