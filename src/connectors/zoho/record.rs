//! Zoho's JSON rows as source records: ids as text, times with any offset.

use {
    super::answer::protocol,
    crate::{
        domain::{id::RecordId, record::SourceRecord},
        ports::ConnectorError,
    },
    chrono::{DateTime, Utc},
    serde_json::Value,
};

/// Digits of the longest id: Zoho's ids are numbers of 64 bits.
const ID_MAX: usize = 20;
/// Below this value a double represents every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns whether a text can be a record id.
pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u64>().is_ok_and(|number| number > 0)
}

/// Reads a row of `data`.
pub(super) fn record(mut row: Value) -> Result<SourceRecord, ConnectorError> {
    tidy(&mut row);
    let Value::Object(fields) = row else {
        return Err(protocol("a row of Zoho's list is not an object"));
    };
    let id = fields.get("id").and_then(Value::as_str).filter(|id| is_id(id));
    let Some(id) = id.and_then(|id| RecordId::parse(id).ok()) else {
        return Err(protocol("a row of Zoho's list has no id"));
    };
    let modified_at = fields.get("Modified_Time").and_then(Value::as_str).and_then(time);
    Ok(SourceRecord { id, modified_at, fields })
}

/// Turns numbers under the key `id` into texts, also in look-ups and lists of them, and drops the
/// empty fraction of a number: 1500 in one kind of read is 1500.0 in another.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Number(number) if name == "id" => {
                        *member = Value::String(number.to_string())
                    }
                    _ => tidy(member),
                }
            }
        }
        Value::Number(number) => {
            let whole = number.as_f64().filter(|_| number.is_f64());
            let whole = whole.filter(|whole| whole.fract() == 0.0 && whole.abs() < EXACT);
            if let Some(whole) = whole.and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *value = Value::from(whole);
            }
        }
        _ => {}
    }
}

/// Reads a time with any offset: `+05:30`, `+0530` or `Z`.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"));
    time.ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code, serde_json::json};

    #[test]
    fn ids_become_texts_wherever_they_are() {
        let row =
            json!({"id": 4150868000000376008_u64, "One": {"id": 12}, "Many": [{"id": 3}], "n": 5});
        let record = record(row).unwrap();
        assert_eq!(record.id, "4150868000000376008");
        assert_eq!(
            Value::Object(record.fields),
            json!({"id": record.id, "One": {"id": "12"}, "Many": [{"id": "3"}], "n": 5})
        );
    }

    #[test]
    fn numbers_have_one_form() {
        let row = json!({"id": "1", "a": 1500.0, "b": [-2.0, 0.5], "c": 1e300, "d": 7, "e": "1.0"});
        assert_eq!(
            Value::Object(record(row).unwrap().fields),
            json!({"id": "1", "a": 1500, "b": [-2, 0.5], "c": 1e300, "d": 7, "e": "1.0"})
        );
    }

    #[test]
    fn rows_without_an_id_are_refused() {
        for row in [
            json!({}),
            json!({"id": ""}),
            json!({"id": "12a"}),
            json!({"id": 1.5e30}),
            json!({"id": null}),
            json!(3),
        ] {
            assert_eq!(record(row.clone()).unwrap_err().code, code::UPSTREAM_PROTOCOL, "{row}");
        }
    }

    #[test]
    fn times_of_any_offset() {
        let utc = "2026-11-21T05:01:43+00:00";
        for text in [
            "2026-11-21T10:31:43+05:30",
            "2026-11-21T10:31:43+0530",
            "2026-11-21T05:01:43Z",
            "2026-11-21T05:01:43.000Z",
        ] {
            assert_eq!(time(text).map(|time| time.to_rfc3339()).as_deref(), Some(utc), "{text}");
        }
        assert_eq!(time("2026-11-21"), None);
    }
}
