//! Custom profile fields of users. Moodle silently drops unknown fields and values, so they are
//! read back after a write and compared by the caller.

use {
    super::{
        answer::{rejected, unclear_read},
        batch::{is_id, list, possible, reference},
        client::{Call, Client},
        person,
    },
    crate::{
        domain::{
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Written},
    },
    serde_json::{Value, json},
    std::collections::HashSet,
};

/// The data types whose values are shown with the type.
const TYPED: [&str; 2] = ["checkbox", "datetime"];

/// Returns the variables of a user's profile fields: the id, and two for each field.
pub(super) const fn variables(fields: usize) -> usize {
    fields.saturating_mul(2).saturating_add(1)
}

/// Reads the profile fields of users by their short names; the key is `id`.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if key != "id" {
        return Err(rejected("profile fields can be found by the user's id only"));
    }
    let asked = possible(key, values);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::read("core_user_get_users_by_field"), |form| {
        form.text("field", "id");
        for (index, value) in asked.iter().enumerate() {
            form.text(&format!("values[{index}]"), value);
        }
    });
    let set: HashSet<&str> = asked.iter().copied().collect();
    let rows = list(answer.await?, None)?;
    let profiles = rows.iter().map(profile).collect::<Result<Vec<_>, _>>()?;
    Ok(profiles.into_iter().filter(|profile| set.contains(profile.id.as_str())).collect())
}

fn profile(row: &Value) -> Result<TargetRecord, ConnectorError> {
    let id = row.as_object().and_then(super::batch::id);
    let id = id.ok_or_else(|| unclear_read("a row of Moodle's users has no id"))?;
    let fields = row.get("customfields").and_then(Value::as_array).into_iter().flatten();
    let fields = fields.filter_map(|field| {
        let name = field.get("shortname")?.as_str()?.to_owned();
        let value = field.get("value").cloned().unwrap_or(Value::Null);
        let typed = field.get("type").filter(|kind| TYPED.iter().any(|own| *kind == own));
        let value = match typed {
            Some(kind) => json!({ "type": kind, "value": value }),
            None => value,
        };
        Some((name, value))
    });
    Ok(TargetRecord { id: id.into(), fields: fields.collect() })
}

/// Sets profile fields; the payload's `id` is the user's.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let records = records
        .iter()
        .map(|record| Ok((reference(record, "id")?.into(), record.clone())))
        .collect::<Result<Vec<_>, ConnectorError>>()?;
    update(client, &records).await
}

/// Sets profile fields of users by id.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut users = Vec::with_capacity(records.len());
    for (id, record) in records {
        if !is_id(id.as_str()) {
            return Err(rejected("profile fields are set by the user's id"));
        }
        let fields: Vec<Value> = record
            .iter()
            .filter(|(name, _)| *name != "id")
            .map(|(name, value)| json!({ "type": name, "value": value }))
            .collect();
        let user = Payload::from([("customfields".to_owned(), Value::Array(fields))]);
        users.push((id.clone(), user));
    }
    person::update(client, &users).await
}
