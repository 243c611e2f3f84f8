//! Subforms in writes: rows are matched by their id, new rows are added at the end, and an empty
//! list removes them all.

use {
    super::{
        check,
        error::object,
        module::{Module, module},
        table::Table,
    },
    serde_json::{Map, Value, json},
};

/// Merges the rows of a write into those of the record; after that the fields hold whole lists.
///
/// # Errors
/// The error object of the record's row.
pub(crate) fn merge(
    table: &mut Table,
    owner: &Module,
    index: Option<u32>,
    fields: &mut Map<String, Value>,
    place: usize,
    strict: bool,
) -> Result<(), Value> {
    for field in owner.fields.iter().filter(|field| field.kind == "subform") {
        let Some(Value::Array(sent)) = fields.get(field.name) else { continue };
        let old = index.map(|index| table.value(index, field.name));
        let mut rows = match old {
            Some(Value::Array(rows)) if !sent.is_empty() => rows,
            _ => Vec::new(),
        };
        let of = field.lookup.and_then(module);
        for (number, row) in sent.iter().enumerate() {
            let path = format!("$.data[{place}].{}[{number}]", field.name);
            let wrong = |kind: &str| {
                let details = json!({
                    "expected_data_type": kind, "api_name": field.name, "json_path": path
                });
                object("INVALID_DATA", &details, "invalid data")
            };
            let row = row.as_object().ok_or_else(|| wrong("jsonobject"))?;
            let mut kept = match of {
                Some(of) => check::cells(of, row, &path, strict)?,
                None => row.clone(),
            };
            let own = row.get("id").and_then(super::id_of);
            let at = own.as_ref().map(|id| rows.iter().position(|old| has_id(old, id)));
            match at {
                Some(None) => return Err(wrong("id")),
                Some(Some(at)) if row.contains_key("_delete") => drop(rows.remove(at)),
                Some(Some(at)) => {
                    kept.insert("id".to_owned(), json!(own));
                    if let Some(slot) = rows.get_mut(at) {
                        *slot = Value::Object(kept);
                    }
                }
                None => {
                    let id = of.map(|of| table.subform_row_id(of.number));
                    kept.insert("id".to_owned(), json!(id));
                    rows.push(Value::Object(kept));
                }
            }
        }
        fields.insert(field.name.to_owned(), Value::Array(rows));
    }
    Ok(())
}

fn has_id(row: &Value, id: &str) -> bool {
    row.get("id").is_some_and(|own| own == id)
}
