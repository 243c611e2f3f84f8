//! A grade as a row of the CRM.

use {
    crate::{
        domain::record::Payload,
        sync::shape::{Module, Shape},
    },
    serde_json::{Value, json},
};

/// The canonical field of the key.
pub(crate) const GRADE_KEY: &str = "grade_key";

/// Returns the row of a grade with the fields that `changed` selects.
pub(crate) fn payload(
    module: Module<'_>,
    shape: &Shape,
    changed: &dyn Fn(&str) -> bool,
) -> Payload {
    let Some(rows) = module.outgoing else { return Payload::new() };
    Payload::from([
        ("module".to_owned(), json!(module.source_name)),
        ("key".to_owned(), json!(rows.key())),
        ("fields".to_owned(), Value::Object(rows.fields(&shape.fields, changed))),
    ])
}
