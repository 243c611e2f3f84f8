//! Reads of Zoho CRM besides its lists: one whole record, what was deleted, and a count by query.

use {
    super::{
        answer::{broken_off, cursor_expired, incomplete, list_too_long, protocol},
        client::{Call, Client, module},
        list::{more, rows},
        record::{is_id, record, time},
    },
    crate::{
        domain::{id::RecordId, record::SourceRecord},
        ports::{ConnectorError, DeletedPage, DeletedRecord},
    },
    chrono::{DateTime, Utc},
    serde_json::{Map, Value, json},
};

/// Greatest number of pages of deleted records: more than that is a loop.
const DELETED_PAGES: u32 = 1_000;

/// Reads one record with every field.
pub(super) async fn whole(
    client: &Client,
    of: &str,
    id: &RecordId,
) -> Result<Option<SourceRecord>, ConnectorError> {
    let of = module(of)?;
    if !is_id(id.as_str()) {
        return Ok(None);
    }
    let call = Call::read(format!("/crm/v8/{of}/{id}"), &[]).may_be_gone();
    let Some(mut body) = client.call(&call).await?.body else { return Ok(None) };
    let Some(Value::Array(rows)) = body.remove("data") else {
        return Err(protocol("Zoho's answer to a read of one record lacks its data"));
    };
    let Ok([row]) = <[Value; 1]>::try_from(rows) else {
        return Err(protocol("Zoho's answer to a read of one record does not hold one"));
    };
    let record = record(row)?;
    if record.id != *id {
        return Err(protocol("Zoho sent a record that was not asked for"));
    }
    Ok(Some(record))
}

/// Lists what was deleted.
pub(super) async fn deleted(
    client: &Client,
    of: &str,
    since: Option<DateTime<Utc>>,
    cursor: Option<&str>,
) -> Result<DeletedPage, ConnectorError> {
    let page = match cursor {
        None => 1,
        Some(text) => text
            .strip_prefix("1d")
            .and_then(|page| page.parse().ok())
            .filter(|page| *page > 1)
            .ok_or_else(cursor_expired)?,
    };
    if page > DELETED_PAGES {
        return Err(list_too_long());
    }
    let number = page.to_string();
    let parameters = [("type", "all"), ("per_page", "200"), ("page", &number)];
    let call = Call::read(format!("/crm/v8/{}/deleted", module(of)?), &parameters).since(since);
    let Some(body) = client.call(&call).await?.body else {
        return match cursor {
            Some(_) => Err(broken_off()),
            None => Ok(DeletedPage { records: Vec::new(), next: None }),
        };
    };
    let (rows, info) = rows(body)?;
    if info.get("page").and_then(Value::as_u64).is_some_and(|told| told != u64::from(page)) {
        return Err(incomplete("Zoho sent another page of deleted records than was asked for"));
    }
    let next = more(&rows, &info)?.then(|| format!("1d{}", page + 1));
    let records = rows.into_iter().map(gone).collect::<Result<_, _>>()?;
    Ok(DeletedPage { records, next })
}

fn gone(row: Value) -> Result<DeletedRecord, ConnectorError> {
    let record = record(row)?;
    let deleted_at = record.fields.get("deleted_time").and_then(Value::as_str).and_then(time);
    Ok(DeletedRecord { id: record.id, deleted_at })
}

/// Runs a query of at most 200 rows and returns them.
pub(super) async fn query(client: &Client, select: &str) -> Result<Vec<Value>, ConnectorError> {
    let body = json!({ "select_query": select });
    let call = Call::posted("/crm/v8/coql".to_owned(), &body, 1);
    let Some(body) = client.call(&call).await?.body else { return Ok(Vec::new()) };
    let (rows, info): (Vec<Value>, Map<String, Value>) = rows(body)?;
    // The query has a limit, so more records do not mean that this answer is incomplete.
    if info.get("count").and_then(Value::as_u64).is_some_and(|count| count != rows.len() as u64) {
        return Err(incomplete("the count of Zoho's answer to a query is not that of its rows"));
    }
    Ok(rows)
}

/// Returns whether a module holds more than `count` records.
pub(super) async fn holds_more_than(
    client: &Client,
    of: &str,
    count: u32,
) -> Result<bool, ConnectorError> {
    // A query must have a condition; this one holds for every record.
    let select =
        format!("select id from {} where id > '0' order by id asc limit {count}, 1", module(of)?);
    Ok(!query(client, &select).await?.is_empty())
}
