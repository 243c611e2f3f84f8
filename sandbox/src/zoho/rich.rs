//! Rich text: most answers hold only its first 500 characters, wherever that cuts it; files of bulk reads and
//! `fetch_full_data` hold all of it.

use {
    super::{
        error, is_id,
        left_out::{Place, strip},
        module::Field,
        read::View,
        table::Table,
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Value, json},
    std::collections::HashMap,
};

/// Characters of a rich text in lists, single reads, searches and queries.
const SHOWN: usize = 500;
/// Ids and fields of one call.
const IDS_MAX: usize = 200;
const FIELDS_MAX: usize = 8;

fn is_rich(field: &Field) -> bool {
    field.textarea() == Some("rich_text")
}

/// Cuts the rich texts of a row.
pub(crate) fn cut(table: &Table, row: &mut Value) {
    let Some(module) = table.module() else { return };
    for field in module.fields.iter().filter(|field| is_rich(field)) {
        if let Some(Value::String(text)) = row.get_mut(field.name)
            && let Some((end, _)) = text.char_indices().nth(SHOWN)
        {
            text.truncate(end);
        }
    }
}

/// Answers `GET /{module}/actions/fetch_full_data` and `GET /{module}/{id}/actions/fetch_full_data`.
pub(crate) fn full(view: View<'_>, settings: &Settings, call: &Call, id: Option<&str>) -> Answer {
    texts(view, settings, call, id).unwrap_or_else(|answer| *answer)
}

fn texts(
    view: View<'_>,
    settings: &Settings,
    call: &Call,
    id: Option<&str>,
) -> Result<Answer, Refusal> {
    let parameters: HashMap<_, _> = call.parameters().into_iter().collect();
    let module = view.table.module().ok_or_else(error::bad_url)?;
    let list = |name: &str, most: usize| {
        let text = parameters.get(name).map(AsRef::as_ref).unwrap_or_default();
        let parts: Vec<&str> =
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() > most {
            let details = json!({"limit": most, "param_name": name});
            return Err(Refusal::from(error::flat(
                400,
                "LIMIT_EXCEEDED",
                &details,
                "limit exceeded",
            )));
        }
        if parts.is_empty() && id.is_none() {
            let details = json!({"param_name": name});
            let text = "One of the expected parameter is missing";
            return Err(error::flat(400, "REQUIRED_PARAM_MISSING", &details, text).into());
        }
        Ok(parts)
    };
    let ids = match id {
        Some(id) => vec![id],
        None => list("ids", IDS_MAX)?,
    };
    if !ids.iter().all(|id| is_id(id)) {
        return Err(error::bad_parameter("ids").into());
    }
    let names = list("fields", FIELDS_MAX)?;
    let rich = module.fields.iter().filter(|field| is_rich(field));
    let fields: Vec<&Field> = if names.is_empty() {
        rich.collect()
    } else {
        let named = names.iter().map(|name| module.field(name).filter(|field| is_rich(field)));
        let text = "only rich text fields can be fetched";
        let details = json!({"param_name": "fields"});
        let named: Option<Vec<&Field>> = named.collect();
        named.ok_or_else(|| error::flat(400, "INVALID_REQUEST", &details, text))?
    };
    let rows: Vec<Value> = ids
        .iter()
        .filter_map(|id| view.table.index(id))
        .map(|index| strip(settings, Place::Full, view.table, index, view.record(index, &fields)))
        .collect();
    if rows.is_empty() {
        return Ok(Answer::empty(204, ""));
    }
    Ok(Answer::json(200, ZOHO_JSON, &json!({ "data": rows })))
}
