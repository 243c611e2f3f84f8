//! Finds the target object of a record that has no link yet: by the source id that every object of ours carries. A
//! record whose object was made by a run that died before it could store the link is found here and not made twice.

use {
    super::{Stop, target},
    crate::{
        domain::record::{TargetKind, TargetRecord},
        ports::Target,
    },
    serde_json::Value,
    std::collections::HashMap,
};

/// Returns the objects that carry each of the source ids; none for an id that has no object.
pub(crate) async fn by_source_id(
    to: &dyn Target,
    kind: TargetKind,
    ids: &[String],
) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
    by_field(to, kind, target::SOURCE_ID_FIELD, ids).await
}

/// Returns the objects by the value of a field.
pub(crate) async fn by_field(
    to: &dyn Target,
    kind: TargetKind,
    field: &str,
    values: &[String],
) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
    let mut found: HashMap<String, Vec<TargetRecord>> = HashMap::new();
    for chunk in values.chunks(to.look_up_limit(kind).max(1)) {
        for record in to.look_up(kind, field, chunk).await? {
            if let Some(Value::String(value)) = record.fields.get(field) {
                found.entry(value.clone()).or_default().push(record);
            }
        }
    }
    Ok(found)
}
