//! Values that several services convert: times, limits and free JSON.

use {
    crate::{
        domain::rate::OwnLimits,
        proto::{
            pb,
            sigma::internal::v1::{Array, Member, Object, Value as PbValue, value::Kind},
        },
    },
    chrono::{DateTime, Utc},
    prost_types::Timestamp,
    serde_json::{Map, Value},
};

/// Converts a time.
pub(super) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// Converts a time back; `None` for one outside the calendar.
pub(super) fn time(stamp: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?)
}

/// Converts limits; `None` if there are none.
pub(super) fn limits(own: &OwnLimits) -> Option<pb::Limits> {
    let OwnLimits { requests_per_s, run_starts_per_min, session_mints_per_s } = *own;
    (*own != OwnLimits::default()).then_some(pb::Limits {
        requests_per_s,
        run_starts_per_min,
        session_mints_per_s,
    })
}

/// Converts limits back.
pub(super) const fn own_limits(limits: pb::Limits) -> OwnLimits {
    let pb::Limits { requests_per_s, run_starts_per_min, session_mints_per_s } = limits;
    OwnLimits { requests_per_s, run_starts_per_min, session_mints_per_s }
}

/// Converts a JSON object, with its keys in order.
pub(super) fn to_struct(map: &Map<String, Value>) -> Object {
    let member =
        |(key, value): (&String, &Value)| Member { key: key.clone(), value: Some(to_value(value)) };
    Object { members: map.iter().map(member).collect() }
}

fn to_value(value: &Value) -> PbValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(*flag),
        // Above 2^53 a double would lose digits; a text keeps them.
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.unsigned_abs() > 1 << 53 => {
                Kind::StringValue(integer.to_string())
            }
            _ => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => {
            Kind::ArrayValue(Array { values: items.iter().map(to_value).collect() })
        }
        Value::Object(map) => Kind::ObjectValue(to_struct(map)),
    };
    PbValue { kind: Some(kind) }
}

/// Converts free JSON back; an absent object is the empty one. Whole numbers become integers.
pub(super) fn from_struct(message: Option<Object>) -> Map<String, Value> {
    let members = message.unwrap_or_default().members;
    members
        .into_iter()
        .map(|member| (member.key, member.value.map_or(Value::Null, from_value)))
        .collect()
}

fn from_value(value: PbValue) -> Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => Value::Bool(flag),
        Some(Kind::NumberValue(number)) => from_number(number),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ArrayValue(list)) => {
            Value::Array(list.values.into_iter().map(from_value).collect())
        }
        Some(Kind::ObjectValue(map)) => Value::Object(from_struct(Some(map))),
    }
}

fn from_number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "exact in the range just checked")]
        return Value::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}
