//! Reads of Zoho CRM besides its lists: one whole record, what was deleted, and a count by query.

use {
    super::{
        answer::{broken_off, cursor_expired, endless, incomplete, protocol},
        client::{Call, Client, module},
        list::{more, rows},
        record::{is_id, record, time},
    },
    crate::{
        domain::{id::RecordId, record::SourceRecord},
        ports::{ConnectorError, DeletedPage, DeletedRecord, IdPage, ReadQuery},
    },
    chrono::{DateTime, SecondsFormat, Utc},
    serde_json::{Map, Value, json},
    std::collections::HashSet,
};

/// Ids of one query, and the credits that so many rows cost.
const IDS_AT_ONCE: u32 = 2_000;
const IDS_CREDITS: u64 = 3;
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
    let call = Call::read(format!("/crm/v8/{of}/{id}"), &[]).may_be_gone().every_record(false);
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
        return Err(endless());
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
    // With a limit in the query, more records say nothing about this answer.
    Ok(run(client, select, 1).await?.0)
}

/// Runs a query and returns its rows, and what it says about more of them.
async fn run(
    client: &Client,
    select: &str,
    credits: u64,
) -> Result<(Vec<Value>, Option<bool>), ConnectorError> {
    let body = json!({ "select_query": select });
    let call = Call::posted("/crm/v8/coql".to_owned(), &body, credits);
    let Some(body) = client.call(&call).await?.body else { return Ok((Vec::new(), Some(false))) };
    let (rows, info): (Vec<Value>, Map<String, Value>) = rows(body)?;
    if info.get("count").and_then(Value::as_u64).is_some_and(|count| count != rows.len() as u64) {
        return Err(incomplete("the count of Zoho's answer to a query is not that of its rows"));
    }
    Ok((rows, info.get("more_records").and_then(Value::as_bool)))
}

/// Lists ids behind one, in ascending order.
pub(super) async fn ids(
    client: &Client,
    query: &ReadQuery,
    until: Option<DateTime<Utc>>,
    after: &str,
) -> Result<IdPage, ConnectorError> {
    let of = module(&query.module)?;
    let after = if is_id(after) { after } else { "0" };
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, false);
    let mut condition = format!("id > '{after}'");
    let bounds = [(">", query.modified_since), ("<=", until)];
    for (sign, bound) in bounds.into_iter().filter_map(|(sign, bound)| Some((sign, bound?))) {
        condition = format!("({condition} and Modified_Time {sign} '{}')", time(bound));
    }
    let select =
        format!("select id from {of} where {condition} order by id asc limit {IDS_AT_ONCE}");
    let (rows, more) = run(client, &select, IDS_CREDITS).await?;
    let last = rows.is_empty() || more == Some(false);
    let ids: Vec<RecordId> =
        rows.into_iter().map(|row| record(row).map(|row| row.id)).collect::<Result<_, _>>()?;
    let place = |id: &str| (id.len(), id.to_owned());
    let firsts = std::iter::once(after).chain(ids.iter().map(RecordId::as_str));
    if !firsts.zip(&ids).all(|(before, id)| place(before) < place(id.as_str())) {
        return Err(incomplete("Zoho's answer to a query is not in the order of the ids"));
    }
    Ok(IdPage { ids, last })
}

/// Rows of a query of one credit.
const CHEAP: usize = 200;

/// Lists ids between pairs of ids, at most 25 pairs.
pub(super) async fn between(
    client: &Client,
    query: &ReadQuery,
    borders: &[(String, String)],
) -> Result<IdPage, ConnectorError> {
    let of = module(&query.module)?;
    let ends: HashSet<&str> = borders.iter().flat_map(|(low, high)| [&**low, &**high]).collect();
    if !ends.iter().all(|id| is_id(id)) {
        return Err(protocol("a page of Zoho's list ends with an id that is none"));
    }
    let ranges: Vec<String> =
        borders.iter().map(|(low, high)| format!("id between '{low}' and '{high}'")).collect();
    let condition = any(&ranges);
    let select = format!("select id from {of} where {condition} order by id asc limit {CHEAP}");
    let (rows, more) = run(client, &select, 1).await?;
    let last = more == Some(false) || rows.len() < CHEAP;
    let ids: Vec<RecordId> =
        rows.into_iter().map(|row| record(row).map(|row| row.id)).collect::<Result<_, _>>()?;
    Ok(IdPage { ids: ids.into_iter().filter(|id| !ends.contains(id.as_str())).collect(), last })
}

/// Joins conditions, two and two in brackets, as the grammar wants them.
fn any(conditions: &[String]) -> String {
    match conditions {
        [] => "id > '0'".to_owned(),
        [one] => one.clone(),
        many => {
            let (one, other) = many.split_at(many.len() / 2);
            format!("({} or {})", any(one), any(other))
        }
    }
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
