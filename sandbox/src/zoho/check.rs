//! Checks the fields of a row to be written: type, length, picklist, required fields and unique
//! fields.

use {
    super::{
        actor,
        error::object,
        module::{Field, Module},
        parse_time,
        table::Table,
    },
    chrono::NaiveDate,
    serde_json::{Map, Value, json},
};

/// Tells whether a module has a record with an id.
pub(crate) type Exists<'t> = &'t dyn Fn(&str, &str) -> bool;

/// Returns the fields of a row that can be stored, look-ups as plain ids. Fields that the module
/// does not have, and read-only fields, are silently skipped.
///
/// # Errors
/// The row's error object.
pub(crate) fn fields(
    module: &Module,
    row: &Map<String, Value>,
    place: usize,
    strict: bool,
    exists: Exists<'_>,
) -> Result<Map<String, Value>, Value> {
    let path = format!("$.data[{place}]");
    let kept = cells(module, row, &path, strict)?;
    for (name, value) in &kept {
        let target = module.field(name).and_then(|field| field.lookup);
        let lost = |id: &str| target.is_some_and(|target| !exists(target, id));
        let ids = value.as_str().into_iter();
        let all = ids.chain(value.as_array().into_iter().flatten().filter_map(Value::as_str));
        if all.into_iter().any(lost) {
            let details = json!({"api_name": name, "json_path": format!("{path}.{name}")});
            return Err(object(
                "INVALID_DATA",
                &details,
                "the related id given seems to be invalid",
            ));
        }
    }
    Ok(kept)
}

/// Returns the fields of a row, or of a row of a subform, that can be stored.
///
/// # Errors
/// The row's error object.
pub(crate) fn cells(
    module: &Module,
    row: &Map<String, Value>,
    path: &str,
    strict: bool,
) -> Result<Map<String, Value>, Value> {
    let mut kept = Map::new();
    for (name, value) in row {
        let Some(field) = module.field(name).filter(|field| !field.read_only) else {
            continue;
        };
        match stored(field, value, strict) {
            Ok(value) => drop(kept.insert(name.clone(), value)),
            Err(mut reason) => {
                reason.insert("api_name".to_owned(), json!(name));
                reason.insert("json_path".to_owned(), json!(format!("{path}.{name}")));
                return Err(object("INVALID_DATA", &Value::Object(reason), "invalid data"));
            }
        }
    }
    Ok(kept)
}

/// Checks that no required field is missing from a new record, or emptied in an old one.
///
/// # Errors
/// The row's error object.
pub(crate) fn mandatory(
    module: &Module,
    fields: &Map<String, Value>,
    place: usize,
    new: bool,
) -> Result<(), Value> {
    let empty = |field: &&Field| match fields.get(field.name) {
        None => new,
        Some(value) => value.is_null() || value.as_str() == Some(""),
    };
    match module.fields.iter().filter(|field| field.required).find(empty) {
        None => Ok(()),
        Some(field) => {
            let path = format!("$.data[{place}].{}", field.name);
            let details = json!({"api_name": field.name, "json_path": path});
            Err(object("MANDATORY_NOT_FOUND", &details, "required field not found"))
        }
    }
}

/// Checks that no other record has one of the row's unique values.
///
/// # Errors
/// The row's error object.
pub(crate) fn unique(
    table: &Table,
    module: &Module,
    fields: &Map<String, Value>,
    place: usize,
    own: Option<u32>,
) -> Result<(), Value> {
    for field in module.fields.iter().filter(|field| field.unique) {
        let Some(value) = fields.get(field.name).and_then(Value::as_str) else {
            continue;
        };
        let Some(other) = table.find(field.name, value).filter(|found| Some(*found) != own) else {
            continue;
        };
        let id = table.id(other);
        let mut owner = actor();
        if let Some(members) = owner.as_object_mut() {
            members.insert("zuid".to_owned(), json!("4150868001"));
        }
        let of_id = format!("41508680000{:08}", module.number * 1_000);
        let of = json!({"api_name": module.name, "id": of_id});
        let details = json!({
            "api_name": field.name,
            "json_path": format!("$.data[{place}].{}", field.name),
            "id": id,
            "more_records": false,
            "duplicate_record": {"id": id, "Owner": owner, "module": of},
        });
        return Err(object("DUPLICATE_DATA", &details, "duplicate data"));
    }
    Ok(())
}

fn expected(kind: &str) -> Map<String, Value> {
    Map::from_iter([("expected_data_type".to_owned(), json!(kind))])
}

fn stored(field: &Field, value: &Value, strict: bool) -> Result<Value, Map<String, Value>> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let fits = match field.kind {
        "text" | "textarea" | "phone" => return text(field, value),
        "email" => {
            let text = text(field, value)?;
            let (local, domain) =
                text.as_str().and_then(|text| text.split_once('@')).unwrap_or_default();
            if local.is_empty()
                || !domain.contains('.')
                || text.as_str().is_some_and(|t| t.contains(' '))
            {
                return Err(expected("email"));
            }
            return Ok(text);
        }
        "picklist" => {
            let known = |text: &str| {
                text == "-None-" || field.choices.iter().any(|(stored, _)| *stored == text)
            };
            match value.as_str() {
                Some(text) if strict && !known(text) => {
                    let values: Vec<&str> =
                        field.choices.iter().map(|(stored, _)| *stored).collect();
                    return Err(Map::from_iter([("supported_values".to_owned(), json!(values))]));
                }
                text => text.is_some(),
            }
        }
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "double" | "currency" => value.is_number(),
        "date" => {
            value.as_str().is_some_and(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok())
        }
        "datetime" => value.as_str().is_some_and(|text| parse_time(text).is_some()),
        "lookup" => return lookup(value),
        "multiselectlookup" => {
            let ids = value.as_array().ok_or_else(|| expected("jsonarray"))?;
            return ids.iter().map(lookup).collect();
        }
        "multiselectpicklist" => {
            let chosen = value.as_array().ok_or_else(|| expected("jsonarray"))?;
            let known = |text: &str| field.choices.iter().any(|(stored, _)| *stored == text);
            chosen.iter().all(|one| one.as_str().is_some_and(|text| !strict || known(text)))
        }
        "subform" | "fileupload" => value.is_array(),
        _ => true,
    };
    if fits { Ok(value.clone()) } else { Err(expected(field.kind)) }
}

fn text(field: &Field, value: &Value) -> Result<Value, Map<String, Value>> {
    let text = value.as_str().ok_or_else(|| expected(field.kind))?;
    if text.chars().count() > field.length {
        return Err(Map::from_iter([("maximum_length".to_owned(), json!(field.length))]));
    }
    // An empty text is stored as null.
    Ok(if text.is_empty() { Value::Null } else { json!(text) })
}

/// A look-up may be written as an object or as the plain id; the id is stored.
fn lookup(value: &Value) -> Result<Value, Map<String, Value>> {
    let id = super::id_of(value).or_else(|| super::id_of(value.get("id")?));
    match id.filter(|id| super::is_id(id)) {
        Some(id) => Ok(Value::from(id.into_owned())),
        None => Err(expected("jsonobject")),
    }
}
