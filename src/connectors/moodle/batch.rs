//! What the kinds of object have in common: ids, form fields, the splitting of batches, and the
//! outcomes in answers.

use {
    super::{
        super::text::clean,
        answer::{Codes, by_row, rejected, stop, unclear_read, unclear_write},
        client::Client,
        form::{Form, variables},
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Written},
    },
    serde_json::{Map, Value},
    std::collections::{HashMap, HashSet},
};

/// Moodle's own course: the front page. A wrong look-up may return it.
pub(super) const SITE_COURSE: &str = "1";

/// Returns the id of a row.
pub(super) fn id(row: &Map<String, Value>) -> Option<String> {
    row.get("id").and_then(number)
}

/// Reads a number above zero, given as a number or a text. Moodle's numbers are signed and have 64 bits.
pub(super) fn number(value: &Value) -> Option<String> {
    let number: i64 = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    (number > 0).then(|| number.to_string())
}

/// Returns whether a text can be an id: a number that [`number`] could have written.
pub(super) fn is_id(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number > 0 && number.to_string() == text)
}

/// Reads the number of another object in a payload.
pub(super) fn reference(payload: &Payload, name: &str) -> Result<String, ConnectorError> {
    payload
        .get(name)
        .and_then(number)
        .ok_or_else(|| rejected(&format!("the payload's {name} is not an ID of Moodle")))
}

/// Adds a record's fields to a form, except those that `skip` names.
pub(super) fn add(form: &mut Form, list: &str, index: usize, record: &Payload, skip: &[&str]) {
    for (name, value) in record.iter().filter(|(name, _)| !skip.contains(&name.as_str())) {
        form.add(&format!("{list}[{index}][{name}]"), value);
    }
}

/// Returns how many variables a record takes.
pub(super) fn weight(record: &Payload) -> usize {
    record.values().map(variables).sum()
}

/// Splits records into calls with no more variables than allowed.
pub(super) fn calls<'r, T>(
    client: &Client,
    records: &'r [T],
    weight: impl Fn(&T) -> usize,
) -> Result<Vec<&'r [T]>, ConnectorError> {
    let mut calls = Vec::new();
    let mut rest = records;
    while !rest.is_empty() {
        let mut room = client.room();
        let fits = |record: &&T| {
            let left = room.checked_sub(weight(record));
            room = left.unwrap_or(room);
            left.is_some()
        };
        let count = rest.iter().take_while(fits).count();
        let Some((call, later)) = rest.split_at_checked(count).filter(|_| count > 0) else {
            let message = format!(
                "a record has more than the {} form variables of a call",
                client.max_vars()
            );
            return Err(rejected(&message));
        };
        calls.push(call);
        rest = later;
    }
    Ok(calls)
}

/// Reads the answer to a create: as many rows as were sent, in the same order, each with an id of
/// its own and with the sent values of the fields in `same`.
pub(super) fn created(
    records: &[Payload],
    same: Option<&str>,
    answer: &Value,
) -> Result<Vec<Written>, ConnectorError> {
    let unclear =
        || unclear_write("Moodle's answer to a create does not name the objects that were sent");
    let rows = answer.as_array().filter(|rows| rows.len() == records.len()).ok_or_else(unclear)?;
    let mut ids = HashSet::with_capacity(rows.len());
    let pairs = records.iter().zip(rows).map(|(record, row)| {
        let row = row.as_object()?;
        let same = same
            .is_none_or(|name| record.get(name).is_some_and(|value| Some(value) == row.get(name)));
        let id = id(row).filter(|id| same && ids.insert(id.clone()))?;
        Some(Written::Done(id.into()))
    });
    pairs.collect::<Option<Vec<_>>>().ok_or_else(unclear)
}

/// Reads the answer of a function that returns nothing.
pub(super) fn void(answer: &Value) -> Result<(), ConnectorError> {
    let warnings = answer.get("warnings").and_then(Value::as_array);
    if answer.is_null() || warnings.is_some_and(Vec::is_empty) {
        return Ok(());
    }
    Err(unclear_write("Moodle answered where nothing was to be answered"))
}

/// Reads the answer to an update: everything is stored except what a warning names. `codes` gives
/// the meaning of the warnings.
pub(super) fn updated(
    records: &[(ObjectId, Payload)],
    answer: &Value,
    codes: Codes,
) -> Result<Vec<Written>, ConnectorError> {
    let unclear = || unclear_write("Moodle's answer to an update is not a list of warnings");
    // Old versions answer with null.
    let none = Vec::new();
    let warnings = match answer {
        Value::Null => &none,
        answer => answer.get("warnings").and_then(Value::as_array).ok_or_else(unclear)?,
    };
    let mut refused = HashMap::new();
    for warning in warnings {
        let number = warning.get("itemid").ok_or_else(unclear)?;
        let id = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
        if !records.iter().any(|(known, _)| *known == id.as_str()) {
            return Err(unclear());
        }
        refused.entry(id).or_insert_with(|| refusal(warning, codes));
    }
    let outcome = |(id, _): &(ObjectId, Payload)| {
        refused.get(id.as_str()).cloned().unwrap_or(Written::Done(id.clone()))
    };
    Ok(records.iter().map(outcome).collect())
}

/// Makes the outcome of a record that a warning refuses.
pub(super) fn refusal(warning: &Value, codes: Codes) -> Written {
    let text =
        |name: &str| clean(warning.get(name).and_then(Value::as_str).unwrap_or_default(), &[]);
    let word = text("warningcode");
    let known = codes.iter().find(|(moodle, _)| *moodle == word);
    let code = known.map_or(code::MOODLE_REJECTED, |(_, ours)| *ours);
    let message = by_row(code, &word, &text("message"));
    Written::Refused { code, message: message.chars().take(500).collect() }
}

/// Reads a list of objects and keeps those whose `key` is among `asked`.
pub(super) fn matching(
    rows: Vec<Value>,
    key: &str,
    asked: &HashSet<&str>,
) -> Result<Vec<TargetRecord>, ConnectorError> {
    let (mut found, mut hidden, mut shown) = (Vec::new(), false, false);
    for row in rows {
        let record = object(row)?;
        let value = if key == "id" {
            Some(record.id.as_str())
        } else {
            record.fields.get(key).and_then(Value::as_str)
        };
        match value {
            None if record.fields.get(key).is_some_and(Value::is_null) => shown = true,
            None => hidden = true,
            Some(value) => {
                shown = true;
                if asked.contains(value) {
                    found.push(record);
                }
            }
        }
    }
    if hidden && !shown {
        // If a hidden object were taken to be absent, a second one would be created.
        let message = format!("the Moodle account may not see the {key} of what it reads");
        return Err(stop(code::MOODLE_CAPABILITY_MISSING, &message));
    }
    Ok(found)
}

/// Reads a row of an answer: its id and its plain values.
pub(super) fn object(row: Value) -> Result<TargetRecord, ConnectorError> {
    let Value::Object(row) = row else {
        return Err(unclear_read("a row of Moodle's answer is not an object"));
    };
    let Some(id) = id(&row) else {
        return Err(unclear_read("a row of Moodle's answer has no id"));
    };
    let scalars = row.into_iter().filter(|(_, value)| !value.is_array() && !value.is_object());
    Ok(TargetRecord { id: id.into(), fields: scalars.collect() })
}

/// Takes a list out of an answer.
pub(super) fn list(answer: Value, name: Option<&str>) -> Result<Vec<Value>, ConnectorError> {
    let list = match (answer, name) {
        (Value::Object(mut members), Some(name)) => members.remove(name),
        (answer, _) => Some(answer),
    };
    match list {
        Some(Value::Array(rows)) => Ok(rows),
        _ => Err(unclear_read("Moodle's answer is not the list that was asked for")),
    }
}

/// Returns the values that can be looked up: without empty ones, for which Moodle finds other
/// objects.
pub(super) fn possible<'v>(key: &str, values: &'v [String]) -> Vec<&'v str> {
    let fits = |value: &&str| if key == "id" { is_id(value) } else { !value.trim().is_empty() };
    let mut values: Vec<&str> = values.iter().map(String::as_str).filter(fits).collect();
    values.sort_unstable();
    values.dedup();
    values
}
