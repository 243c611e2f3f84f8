//! Grades in Zoho CRM, as a target: upserts by a unique field, updates by id, look-ups by query.
//! The writes trigger nothing in Zoho, because otherwise the two systems would feed each other.

use {
    super::{
        super::text::clean,
        answer::{Kind, cut, incomplete, refusal, stopped, unclear_write},
        client::{Call, Client, is_name, module},
        record::is_id,
        single::query,
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Failure, Written},
    },
    reqwest::Method,
    serde_json::{Map, Value, json},
    std::collections::HashSet,
};

/// Rows of a write, and values of a query's list.
pub(super) const ROWS_MAX: usize = 100;
/// Rows of an answer to a query; a full answer may be incomplete.
const QUERY_ROWS: usize = 200;

/// A record to write.
#[derive(Debug, Clone, Copy)]
struct Grade<'a> {
    module: &'a str,
    /// API name of the unique field.
    key: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Grade<'a> {
    fn read(payload: &'a Payload) -> Result<Self, ConnectorError> {
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(fields) = payload.get("fields").and_then(Value::as_object) else {
            return Err(rejected("a grade's payload lacks its fields"));
        };
        let (module, key) = (module(text("module"))?, text("key"));
        if !is_name(key) {
            return Err(rejected("a grade's payload does not name the unique field"));
        }
        Ok(Self { module, key, fields })
    }
}

fn rejected(message: &str) -> ConnectorError {
    ConnectorError::new(Failure::Rejected, code::ZOHO_REJECTED, message)
}

/// Finds records whose field equals one of `values`; `key` is `MODULE.FIELD`, and further fields to
/// return may follow, each after a comma.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    let named =
        key.split_once('.').filter(|(of, fields)| is_name(of) && fields.split(',').all(is_name));
    let Some((of, fields)) = named else {
        return Err(rejected("records of Zoho are found by MODULE.FIELD"));
    };
    let field = fields.split(',').next().unwrap_or_default();
    let columns: Vec<&str> = fields.split(',').filter(|column| *column != "id").collect();
    let columns = [&["id"], &*columns].concat().join(", ");
    let possible = |value: &&str| {
        !value.is_empty() && !value.chars().any(char::is_control) && (field != "id" || is_id(value))
    };
    let asked: HashSet<&str> = values.iter().map(String::as_str).filter(possible).collect();
    let mut asked: Vec<&str> = asked.into_iter().collect();
    asked.sort_unstable();
    let mut found = Vec::new();
    for values in asked.chunks(ROWS_MAX) {
        let list: Vec<String> =
            values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
        let select = format!(
            "select {columns} from {of} where {field} in ({}) order by id asc limit 0, {QUERY_ROWS}",
            list.join(", ")
        );
        let rows = query(client, &select).await?;
        if rows.len() >= QUERY_ROWS {
            return Err(stopped(code::ZOHO_KEY_NOT_UNIQUE, &[("field", &field)]));
        }
        for row in rows {
            let record = super::record::record(row)?;
            let value = match record.fields.get(field) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => return Err(incomplete("a row of Zoho's answer lacks the field asked for")),
            };
            // Zoho ignores case when it compares; only exact matches count as found.
            if values.contains(&value.as_str()) {
                let fields = record.fields.into_iter().collect();
                found.push(TargetRecord { id: record.id.into_text().into(), fields });
            }
        }
    }
    Ok(found)
}

/// Inserts or updates records by their unique field.
pub(super) async fn upsert(
    client: &Client,
    payloads: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let grades = payloads.iter().map(Grade::read).collect::<Result<Vec<_>, _>>()?;
    let mut outcomes = Vec::with_capacity(grades.len());
    for grades in runs(&grades, |one, other| one.module == other.module && one.key == other.key) {
        outcomes.extend(upsert_run(client, grades).await?);
    }
    Ok(outcomes)
}

/// Splits into runs of neighbours that may share a call, each short enough for one.
fn runs<'s, T>(
    items: &'s [T],
    together: impl Fn(&T, &T) -> bool + 's,
) -> impl Iterator<Item = &'s [T]> {
    items.chunk_by(move |one, other| together(one, other)).flat_map(|run| run.chunks(ROWS_MAX))
}

async fn upsert_run(client: &Client, grades: &[Grade<'_>]) -> Result<Vec<Written>, ConnectorError> {
    let Some(Grade { module, key, .. }) = grades.first().copied() else { return Ok(Vec::new()) };
    let data: Vec<&Map<String, Value>> = grades.iter().map(|grade| grade.fields).collect();
    let body = json!({ "data": data, "duplicate_check_fields": [key], "trigger": [] });
    let path = format!("/crm/v8/{module}/upsert");
    let rows =
        write(client, Method::POST, path, &body, grades.len()).await.map_err(
            |error| match error.code {
                code::ZOHO_KEY_NOT_UNIQUE => stopped(error.code, &[("field", &key)]),
                _ => error,
            },
        )?;
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut there = Vec::new();
    for (place, (row, grade)) in rows.iter().zip(grades).enumerate() {
        outcomes.push(outcome(row, None)?);
        // Another call created the record in the meantime: it exists, but does not hold our values
        // yet.
        if let Some(id) = duplicate(row, key) {
            there.push((place, id, grade.fields));
        }
    }
    let updates: Vec<_> = there.iter().map(|(_, id, fields)| (id.as_str(), *fields)).collect();
    for ((place, ..), written) in there.iter().zip(update_run(client, module, &updates).await?) {
        if let Some(outcome) = outcomes.get_mut(*place) {
            *outcome = written;
        }
    }
    Ok(outcomes)
}

/// Updates records by id.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut grades = Vec::with_capacity(records.len());
    for (id, payload) in records {
        if !is_id(id.as_str()) {
            return Err(rejected("a grade's id is not one of Zoho"));
        }
        grades.push((id.as_str(), Grade::read(payload)?));
    }
    let mut outcomes = Vec::with_capacity(grades.len());
    for run in runs(&grades, |(_, one), (_, other)| one.module == other.module) {
        let Some((_, first)) = run.first() else { continue };
        let rows: Vec<_> = run.iter().map(|(id, grade)| (*id, grade.fields)).collect();
        outcomes.extend(update_run(client, first.module, &rows).await?);
    }
    Ok(outcomes)
}

async fn update_run(
    client: &Client,
    module: &str,
    records: &[(&str, &Map<String, Value>)],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let data: Vec<Map<String, Value>> = records
        .iter()
        .map(|(id, fields)| {
            let mut row = (*fields).clone();
            row.insert("id".to_owned(), json!(id));
            row
        })
        .collect();
    let body = json!({ "data": data, "trigger": [] });
    let path = format!("/crm/v8/{module}");
    let rows = write(client, Method::PUT, path, &body, records.len()).await?;
    rows.iter().zip(records).map(|(row, (id, _))| outcome(row, Some(id))).collect()
}

/// Sends a write and returns the rows of its answer, one for each record.
async fn write(
    client: &Client,
    method: Method,
    path: String,
    body: &Value,
    records: usize,
) -> Result<Vec<Value>, ConnectorError> {
    let reply = client.call(&Call::write(method, path, body, records)).await?;
    let rows = match reply.body.and_then(|mut body| body.remove("data")) {
        Some(Value::Array(rows)) => rows,
        _ => return Err(unclear_write("Zoho's answer to a write has no rows")),
    };
    // Some refusals of the whole call have the form of a row.
    if let Some(error) = rows.first().and_then(Value::as_object)
        && rows.len() == 1
        && (matches!(
            error.get("code").and_then(Value::as_str),
            Some("INVALID_MODULE" | "AUTHORIZATION_FAILED" | "NO_PERMISSION" | "LIMIT_EXCEEDED")
        ) || error.get("details").and_then(|details| details.get("api_name"))
            == Some(&json!("duplicate_check_fields")))
    {
        return Err(refusal(400, error, Kind::Write));
    }
    if rows.len() != records {
        return Err(unclear_write("Zoho's answer to a write has not a row for each record"));
    }
    Ok(rows)
}

/// Returns the id of the record that already has the key, if that is why the row was refused.
fn duplicate(row: &Value, key: &str) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if text(row.get("code")).as_deref() != Some("DUPLICATE_DATA") {
        return None;
    }
    let details = row.get("details")?;
    if text(details.get("api_name")).as_deref() != Some(key) {
        return None;
    }
    id(details).or_else(|| id(details.get("duplicate_record")?))
}

fn id(object: &Value) -> Option<String> {
    let id = match object.get("id")? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    is_id(&id).then_some(id)
}

/// Reads the row of one record; `known` is the id it must have.
fn outcome(row: &Value, known: Option<&str>) -> Result<Written, ConnectorError> {
    let unclear = || unclear_write("a row of Zoho's answer to a write is not as documented");
    let code = row.get("code").and_then(Value::as_str).ok_or_else(unclear)?;
    if code == "SUCCESS" {
        let id = row.get("details").and_then(id).ok_or_else(unclear)?;
        return match known {
            Some(known) if known != id => Err(unclear()),
            _ => Ok(Written::Done(id.into())),
        };
    }
    // A row may have several faults: the first one is enough.
    let errors = row.get("details").and_then(|details| details.get("errors"));
    let first = errors.and_then(Value::as_array).and_then(|errors| errors.first());
    Ok(refused(first.filter(|_| code == "MULTIPLE_OR_MULTI_ERRORS").unwrap_or(row)))
}

fn refused(row: &Value) -> Written {
    let text =
        |value: Option<&Value>| clean(value.and_then(Value::as_str).unwrap_or_default(), &[]);
    let details = row.get("details");
    let detail = |name: &str| text(details.and_then(|details| details.get(name)));
    let (word, said) = (text(row.get("code")), text(row.get("message")));
    let code = match word.as_str() {
        "MANDATORY_NOT_FOUND" => code::ZOHO_MANDATORY_MISSING,
        "DUPLICATE_DATA" => code::ZOHO_DUPLICATE,
        "INVALID_DATA" if detail("api_name") == "id" => code::ZOHO_RECORD_UNKNOWN,
        "INVALID_DATA" => code::ZOHO_INVALID_DATA,
        "DEPENDENT_FIELD_MISSING" | "DEPENDENT_MISMATCH" | "EXPECTED_FIELD_MISSING" => {
            code::ZOHO_DEPENDENT_MISSING
        }
        "NOT_APPROVED" | "RECORD_LOCKED" | "RECORD_IN_BLUEPRINT" => code::ZOHO_RECORD_LOCKED,
        "ALREADY_MODIFIED" => code::ZOHO_ALREADY_MODIFIED,
        "AUTHORIZATION_FAILED" | "NO_PERMISSION" => code::ZOHO_PERMISSION_MISSING,
        "INTERNAL_ERROR" => code::UPSTREAM_UNREACHABLE,
        _ => code::ZOHO_REJECTED,
    };
    let field = match detail("api_name") {
        field if field.is_empty() => "a field".to_owned(),
        field => field,
    };
    let wanted = match detail("expected_data_type") {
        wanted if wanted.is_empty() => String::new(),
        wanted => format!(", wanted: {wanted}"),
    };
    let reason = match detail("api_name") {
        name if name.is_empty() || code == code::ZOHO_INVALID_DATA => {
            format!("{said} ({word}){wanted}")
        }
        name => format!("{name}: {said} ({word}){wanted}"),
    };
    let message = cut(code.message(&[("field", &field), ("reason", &reason)]));
    Written::Refused { code, message }
}
