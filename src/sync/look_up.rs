//! Looks up objects of the target by the value of a field.

use {
    super::{kinds::field::EMAIL_FIELD, stop::Stop},
    crate::{
        domain::record::{TargetKind, TargetRecord},
        ports::Target,
    },
    serde_json::Value,
    std::collections::HashMap,
};

/// Objects by the value that was looked up.
pub(crate) type Found = HashMap<String, Vec<TargetRecord>>;

/// Returns the objects by the value of a field; e-mail addresses in lower case, in whatever letter case they are
/// stored.
pub(crate) async fn by_field(
    to: &dyn Target,
    kind: TargetKind,
    field: &str,
    values: &[String],
) -> Result<Found, Stop> {
    let mut found: Found = Found::new();
    for chunk in values.chunks(to.look_up_limit(kind).max(1)) {
        for record in to.look_up(kind, field, chunk).await? {
            let value = match record.fields.get(field) {
                Some(Value::String(value)) if field == EMAIL_FIELD => value.to_ascii_lowercase(),
                Some(Value::String(value)) => value.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ if field == "id" => record.id.to_string(),
                _ => continue,
            };
            found.entry(value).or_default().push(record);
        }
    }
    Ok(found)
}
