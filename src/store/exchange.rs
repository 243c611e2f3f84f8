//! Calls that ended in the failure of a record: stored with the slice and read by run. Raw SQL, because the rows of a slice
//! are one statement.

use {
    super::{Result, StoreError, TenantRows, Tx, id, placeholders, statement},
    crate::domain::{
        code::Provider,
        exchange::{EXCHANGES, Exchange},
        id::{RecordId, RunId},
        item::ItemOutcome,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
};

/// A stored call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExchange {
    /// The run.
    pub run: RunId,
    /// Its place among the calls of the run.
    pub place: i64,
    /// The record; `None` for one that came without an id.
    pub zoho_id: Option<RecordId>,
    /// The call.
    pub exchange: Exchange,
    /// When it was stored.
    pub stored_at: DateTime<Utc>,
}

impl TenantRows<'_> {
    /// Returns the calls of a run, of one record or of all, behind a place.
    pub async fn exchanges(
        self,
        run: RunId,
        record: Option<&RecordId>,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Vec<StoredExchange>> {
        let of_record = if record.is_some() { "AND zoho_id = $4" } else { "" };
        let sql = format!(
            "SELECT * FROM item_exchanges WHERE run_id = $1 AND tenant_id = $2 AND place > $3 {of_record}
             ORDER BY place LIMIT {limit}"
        );
        let mut values: Vec<Value> =
            vec![run.to_string().into(), self.id().into(), after.unwrap_or(-1).into()];
        values.extend(record.map(|id| id.as_str().into()));
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(|row| exchange(run, row)).collect()
    }
}

fn exchange(run: RunId, row: &QueryResult) -> Result<StoredExchange> {
    let word: String = row.try_get("", "provider")?;
    let all = [Provider::Zoho, Provider::Moodle, Provider::Sigma];
    let provider = all.into_iter().find(|one| one.as_str() == word);
    Ok(StoredExchange {
        run,
        place: row.try_get("", "place")?,
        zoho_id: id::record_or_none(row.try_get("", "zoho_id")?)?,
        exchange: Exchange {
            provider: provider.ok_or_else(|| StoreError::Broken(format!("provider '{word}'")))?,
            method: row.try_get("", "method")?,
            request: row.try_get("", "request")?,
            answer: row.try_get("", "answer")?,
            http_status: row
                .try_get::<Option<i32>>("", "http_status")?
                .and_then(|status| u16::try_from(status).ok()),
            duration_ms: row.try_get("", "duration_ms")?,
            tries: row.try_get("", "tries")?,
            cut: row.try_get("", "is_cut")?,
        },
        stored_at: row.try_get("", "created_at")?,
    })
}

impl Tx {
    /// Stores the calls of failed records, as many as a run keeps.
    pub(super) async fn add_exchanges(
        &self,
        run: RunId,
        items: &[ItemOutcome],
        now: DateTime<Utc>,
    ) -> Result<()> {
        const COLUMNS: usize = 13;
        let new = || items.iter().filter_map(|item| Some((item, item.exchange.as_deref()?)));
        if new().next().is_none() {
            return Ok(());
        }
        let sql = "SELECT count(*) AS n FROM item_exchanges WHERE run_id = $1 AND tenant_id = $2";
        let values: [Value; 2] = [run.to_string().into(), self.id().into()];
        let row = self.tx.query_one_raw(statement(self.backend(), sql, values)).await?;
        let stored: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
        let new: Vec<_> = (stored..EXCHANGES).zip(new()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO item_exchanges (run_id, tenant_id, place, zoho_id, provider, method, request, answer,
                http_status, duration_ms, tries, is_cut, created_at) VALUES {}",
            placeholders(new.len(), COLUMNS, 1)
        );
        let mut values: Vec<Value> = Vec::with_capacity(new.len() * COLUMNS);
        for (place, (item, told)) in new {
            values.extend([
                run.to_string().into(),
                self.id().into(),
                place.into(),
                id::stored(item.zoho_id.as_ref()).into(),
                told.provider.as_str().into(),
                told.method.chars().take(255).collect::<String>().into(),
                told.request.as_str().into(),
                told.answer.as_str().into(),
                told.http_status.map(i32::from).into(),
                told.duration_ms.into(),
                told.tries.into(),
                told.cut.into(),
                now.into(),
            ]);
        }
        self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(())
    }
}
