//! Rich text. Lists, reads by id and single reads hold only the beginning of it, and the call that holds all of it is
//! another one (docs/src/zoho.md, "Rich text"). A text that may be cut is replaced by the whole one or taken out of
//! its record, so that nothing is taken for a value that is only a part of one.

use {
    super::{
        answer::protocol,
        client::{Call, Client, is_name, module},
        field::{Field, Fields},
        list::readable,
    },
    crate::{
        domain::record::SourceRecord,
        ports::{ConnectorError, Failure, Found, Withheld},
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashMap},
};

/// Fields of one call.
const FIELDS_MAX: usize = 8;
/// Ids of one call: as many as a parameter of 1,024 characters holds; more are documented.
const IDS_MAX: usize = 50;
/// Characters at which a rich text is cut.
const CUT: usize = 500;
/// Bytes from which on a text may be the beginning of a longer one. A good deal fewer than the documented characters,
/// so that it does not matter how they are counted.
const SUSPECT: usize = 200;

/// Returns whether a value may be rich text, or the beginning of one.
fn is_suspect(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() >= SUSPECT || text.contains('<'))
}

/// Replaces the beginnings of rich texts in records by the whole texts; of `asked`, or of all fields if none is named.
/// Returns the fields whose texts do not come, which are taken out of the records.
pub(super) async fn complete(
    client: &Client,
    fields: &Fields,
    (of, asked): (&str, Option<&[String]>),
    found: &mut Found,
) -> Result<Vec<Withheld>, ConnectorError> {
    let names: BTreeSet<&str> = found
        .records
        .iter()
        .flat_map(|record| &record.fields)
        .filter(|(name, value)| is_suspect(value) && is_name(name))
        .filter(|(name, _)| asked.is_none_or(|asked| asked.contains(*name)))
        .map(|(name, _)| name.as_str())
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rich: Vec<String> = match fields.of(client, of).await {
        Ok(described) => {
            let is_rich = |name: &str| {
                described.iter().any(|field: &Field| field.rich && field.described.name == name)
            };
            names.into_iter().filter(|name| is_rich(name)).map(str::to_owned).collect()
        }
        // Without the description a field is rich text if its longest text is as long as a cut one.
        Err(error) if is_refused(&error) => {
            let longest = |name: &str| {
                let texts = found.records.iter().filter_map(|record| record.fields.get(name));
                texts.filter_map(Value::as_str).map(|text| text.chars().count()).max()
            };
            names.into_iter().filter(|name| longest(name) == Some(CUT)).map(str::to_owned).collect()
        }
        Err(error) => return Err(error),
    };
    let mut withheld = Vec::new();
    for fields in rich.chunks(FIELDS_MAX) {
        withheld.extend(replace(client, of, fields, found).await?);
    }
    Ok(withheld)
}

fn is_refused(error: &ConnectorError) -> bool {
    matches!(error.failure, Failure::Stop | Failure::Rejected)
}

/// Replaces the texts of some fields.
async fn replace(
    client: &Client,
    of: &str,
    fields: &[String],
    found: &mut Found,
) -> Result<Vec<Withheld>, ConnectorError> {
    let path = format!("/crm/v8/{}/actions/fetch_full_data", module(of)?);
    let names = fields.join(",");
    let has_text = |record: &&SourceRecord| {
        fields.iter().any(|name| record.fields.get(name).is_some_and(Value::is_string))
    };
    let ids: Vec<String> =
        found.records.iter().filter(has_text).map(|record| record.id.to_string()).collect();
    let mut whole = HashMap::new();
    let mut reason = "it did not come for all records".to_owned();
    for ids in ids.chunks(IDS_MAX) {
        let text = ids.join(",");
        let parameters = [("ids", text.as_str()), ("fields", names.as_str())];
        let call = Call::read(path.clone(), &parameters);
        let reply = match client.page(&call).await {
            Err(error) if is_refused(&error) => {
                reason = error.message;
                break;
            }
            reply => reply?,
        };
        let rows = match reply.body.map(|mut body| body.remove("data")) {
            None => Vec::new(),
            Some(Some(Value::Array(rows))) => rows,
            Some(_) => return Err(protocol("Zoho's answer with whole texts lacks its rows")),
        };
        for row in rows {
            match readable(row, reply.lossy) {
                Ok(record) => drop(whole.insert(record.id, record.fields)),
                Err(flaw) => found.flawed.extend(flaw.id.is_some().then_some(flaw)),
            }
        }
    }
    let flawed = &found.flawed;
    found.records.retain(|record| flawed.iter().all(|flaw| flaw.id.as_ref() != Some(&record.id)));
    let mut missing = BTreeSet::new();
    for record in &mut found.records {
        let mut texts = whole.remove(&record.id).unwrap_or_default();
        for name in fields {
            if !record.fields.get(name).is_some_and(Value::is_string) {
                continue;
            }
            match texts.remove(name) {
                Some(text @ (Value::String(_) | Value::Null)) => {
                    record.fields.insert(name.clone(), text);
                }
                _ => {
                    record.fields.remove(name);
                    missing.insert(name.clone());
                }
            }
        }
    }
    Ok(missing.into_iter().map(|field| Withheld { field, reason: reason.clone() }).collect())
}
