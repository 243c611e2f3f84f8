//! Records as they are answered: the value of each field, single reads. Lists are in `list.rs`.

use {
    super::{
        actor, error,
        module::{Field, Module},
        table::Table,
        time_text,
    },
    crate::sandbox::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Map, Value, json},
};

/// Most fields that one read may ask for.
pub(crate) const FIELDS_MAX: usize = 50;

/// Returns the value of a field as it is answered.
fn value(table: &Table, index: u32, field: &Field) -> Value {
    match field.name {
        "Created_Time" => json!(time_text(table.created(index))),
        "Modified_Time" => json!(time_text(table.modified(index))),
        "Owner" | "Created_By" | "Modified_By" => {
            let mut who = actor();
            if let Some(members) = who.as_object_mut() {
                members.insert("email".to_owned(), json!("admin@college.example"));
            }
            who
        }
        name => table.value(index, name),
    }
}

/// Returns a record with the given fields; the id comes always.
pub(crate) fn record(table: &Table, index: u32, fields: &[&Field]) -> Value {
    let mut record = Map::with_capacity(fields.len() + 1);
    for field in fields {
        record.insert(field.name.to_owned(), value(table, index, field));
    }
    record.insert("id".to_owned(), Value::from(table.id(index)));
    Value::Object(record)
}

/// Returns the fields of a comma-separated list that the module has; Zoho passes over the others in
/// silence.
///
/// # Errors
/// More fields than one read may ask for.
pub(crate) fn named<'m>(module: &'m Module, names: &str) -> Result<Vec<&'m Field>, Refusal> {
    let names: Vec<&str> =
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() > FIELDS_MAX {
        let details = json!({"limit": FIELDS_MAX, "param_name": "fields"});
        return Err(error::flat(400, "LIMIT_EXCEEDED", &details, "limit exceeded").into());
    }
    Ok(names.into_iter().filter_map(|name| module.field(name)).collect())
}

/// Returns a record with all its fields.
pub(crate) fn whole(table: &Table, index: u32) -> Value {
    let fields: Vec<&Field> =
        table.module().map(|module| module.fields.iter().collect()).unwrap_or_default();
    record(table, index, &fields)
}

/// Answers `GET /{module}/{id}`; with the header `X-EXTERNAL` the id is that of another system.
pub(crate) fn one(table: &Table, settings: &Settings, call: &Call, id: &str) -> Answer {
    let Some(module) = table.module() else {
        return error::bad_url();
    };
    let external = call.header("x-external").and_then(|text| text.split_once('.'));
    let index = match external {
        Some((_, field)) => table.find(field, id),
        None if !super::is_id(id) => {
            let details = json!({"resource_path_index": 1});
            let text = "the id given seems to be invalid";
            return error::flat(400, "INVALID_DATA", &details, text);
        }
        None => table.index(id),
    };
    let Some(index) = index else {
        return match settings.unknown_id_status {
            204 => Answer::empty(204, ""),
            status => {
                let text = "the id given seems to be invalid";
                error::flat(status, "INVALID_DATA", &json!({"id": id}), text)
            }
        };
    };
    let parameters = call.parameters();
    let names = parameters.iter().find(|(name, _)| name == "fields");
    let row = match names {
        Some((_, names)) => match named(module, names) {
            Ok(fields) => record(table, index, &fields),
            Err(answer) => return *answer,
        },
        None => whole(table, index),
    };
    Answer::json(200, ZOHO_JSON, &json!({"data": [row]}))
}
