//! Compares an object in the target with what it should be.

use serde_json::Value;

/// Returns whether a field of an object differs from what it should be. The target leaves out empty fields.
pub(crate) fn differs(has: Option<&Value>, wanted: &Value) -> bool {
    match has {
        Some(has) => !is_same(has, wanted),
        None => !is_blank(wanted),
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Texts of a target have 1 where a payload has true, and numbers come as texts.
fn is_same(has: &Value, wanted: &Value) -> bool {
    match (has, wanted) {
        (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Number(number), Value::Bool(flag)) => number.as_i64() == Some(i64::from(*flag)),
        (Value::String(text), Value::Number(number))
        | (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (has, wanted) => has == wanted,
    }
}
