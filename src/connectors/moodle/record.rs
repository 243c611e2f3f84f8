//! Records of plug-ins: functions that a tenant names, each called for one record, with its data as
//! one JSON text or as parameters of their own.

use {
    super::{
        answer::{Codes, rejected, unclear_write},
        client::{Call, Client},
        form::Form,
    },
    crate::{
        connectors::text::clean,
        domain::{
            code,
            id::{ObjectId, PluginRecordId},
            record::Payload,
        },
        ports::{ConnectorError, Failure, Written},
    },
    futures_util::{StreamExt as _, TryStreamExt as _},
    serde_json::{Map, Value},
};

/// Records of a batch: each takes a call.
pub(super) const BATCH: usize = 20;
/// Calls at once; the limit of the site decides how many are in flight.
const AT_ONCE: usize = 4;
/// Longest name of a function or parameter.
const NAME_MAX: usize = 100;
/// Each record is written on its own and may be sent again, so a function that breaks refuses its
/// record only.
const CODES: Codes = &[
    ("", code::MOODLE_PLUGIN_FAILED),
    ("invalidresponse", code::MOODLE_PLUGIN_FAILED),
    ("dmlwriteexception", code::MOODLE_PLUGIN_FAILED),
    ("dmlreadexception", code::MOODLE_PLUGIN_FAILED),
];
/// The only successful outcome of an enrolment by a plug-in.
const ENROLLED: &str = "enrolled";

/// A call of a plug-in's function.
#[derive(Debug)]
struct Plugin<'a> {
    function: &'a str,
    parameter: Option<&'a str>,
    data: &'a Map<String, Value>,
    record: String,
}

impl<'a> Plugin<'a> {
    fn read(payload: &'a Payload) -> Result<Self, ConnectorError> {
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let function = text("function").filter(|name| is_name(name));
        let parameter = match payload.get("parameter") {
            None | Some(Value::Null) => None,
            Some(_) => {
                Some(text("parameter").filter(|name| is_parameter(name)).ok_or_else(|| {
                    rejected("the parameter of a plug-in's function may hold a-z, 0-9 and _ only")
                })?)
            }
        };
        let (Some(function), Some(data), Some(record)) = (
            function,
            payload.get("data").and_then(Value::as_object),
            text("record_id").filter(|id| !id.is_empty()),
        ) else {
            return Err(rejected(
                "a plug-in's record names its function (a-z, 0-9 and _), its data and its id",
            ));
        };
        if parameter.is_none() && !data.keys().all(|name| is_parameter(name)) {
            return Err(rejected("the parameters of a plug-in's function may hold a-z, 0-9 and _"));
        }
        Ok(Self { function, parameter, data, record: record.to_owned() })
    }

    fn fill(&self, form: &mut Form) {
        match self.parameter {
            Some(parameter) => {
                form.text(parameter, &Value::Object(self.data.clone()).to_string());
            }
            None => self.data.iter().for_each(|(name, value)| form.add(name, value)),
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Control parameters belong to the web service, not to a plug-in.
fn is_parameter(name: &str) -> bool {
    is_name(name) && !name.starts_with("ws") && !name.starts_with("moodlews")
}

/// Stores records, each on its own.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let plugins = records.iter().map(Plugin::read).collect::<Result<Vec<_>, _>>()?;
    let mut calls = Vec::with_capacity(plugins.len());
    for plugin in plugins {
        calls.push(store(client, plugin));
    }
    futures_util::stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

async fn store(client: &Client, plugin: Plugin<'_>) -> Result<Written, ConnectorError> {
    let refused = one(client, plugin.function, |form| plugin.fill(form)).await?;
    Ok(refused.unwrap_or(Written::Done(plugin.record.into())))
}

/// Stores records that exist already: a plug-in finds them by their ids.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut payloads = Vec::with_capacity(records.len());
    for (id, payload) in records {
        let mut payload = payload.clone();
        payload.entry("record_id".to_owned()).or_insert_with(|| Value::from(id.as_str()));
        payloads.push(payload);
    }
    create(client, &payloads).await
}

/// Removes records; an id is `FUNCTION:PARAMETER:RECORD`. A record that is gone already counts as
/// removed.
pub(super) async fn remove(
    client: &Client,
    ids: &[ObjectId],
) -> Result<Vec<Written>, ConnectorError> {
    let mut calls = Vec::with_capacity(ids.len());
    for id in ids {
        let parsed =
            PluginRecordId::parse(id.as_str()).map_err(|bad| rejected(&bad.to_string()))?;
        if !is_name(&parsed.function) || !is_parameter(&parsed.parameter) {
            return Err(rejected("the id of a plug-in's record is FUNCTION:PARAMETER:RECORD"));
        }
        calls.push(end(client, id, parsed));
    }
    futures_util::stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

async fn end(
    client: &Client,
    id: &ObjectId,
    PluginRecordId { function, parameter, record }: PluginRecordId,
) -> Result<Written, ConnectorError> {
    let refused = one(client, &function, |form| form.text(&parameter, &record)).await?;
    Ok(match refused {
        Some(refused) if !is_gone(&refused) => refused,
        _ => Written::Done(id.clone()),
    })
}

fn is_gone(refused: &Written) -> bool {
    matches!(refused, Written::Refused { code: code::MOODLE_PARENT_UNKNOWN, .. })
}

/// Calls a function for one record; `None` when it was done.
async fn one(
    client: &Client,
    function: &str,
    fill: impl FnOnce(&mut Form),
) -> Result<Option<Written>, ConnectorError> {
    match client.call(Call::write(function).told_by(CODES), fill).await {
        Ok(answer) => Ok(refused(&answer)?),
        Err(error) if error.failure == Failure::Rejected => {
            let code = if speaks_of_missing(&error.message) {
                code::MOODLE_PARENT_UNKNOWN
            } else {
                error.code
            };
            Ok(Some(Written::Refused { code, message: error.message }))
        }
        Err(error) => Err(error),
    }
}

/// Returns whether a message says that something the record needs does not exist. Plug-ins have no
/// error codes.
fn speaks_of_missing(message: &str) -> bool {
    message.to_ascii_lowercase().contains("not found")
}

/// Returns why the record was not stored, from the answer. `success` alone proves nothing: it is
/// true also for an enrolment that did not happen.
fn refused(answer: &Value) -> Result<Option<Written>, ConnectorError> {
    let answer = match answer {
        Value::Null => return Ok(None),
        Value::Object(answer) => answer,
        _ => {
            return Err(unclear_write("the answer of the plug-in's function is not an object"));
        }
    };
    let said = answer.get("message").or_else(|| answer.get("error"));
    let said = clean(said.and_then(Value::as_str).unwrap_or_default(), &[]);
    let refuse = |code, what: &str| {
        let message = format!("the plug-in did not store the record ({what}): {said}");
        Some(Written::Refused { code, message: message.chars().take(500).collect() })
    };
    let failed = match answer.get("success") {
        Some(Value::Bool(success)) => !success,
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        Some(Value::String(text)) => matches!(text.as_str(), "" | "0" | "false"),
        _ => false,
    };
    if failed {
        let missing = speaks_of_missing(&said);
        let code = if missing { code::MOODLE_PARENT_UNKNOWN } else { code::MOODLE_PLUGIN_REFUSED };
        return Ok(refuse(code, "no success"));
    }
    let Some(status) = answer.get("enrol_status").and_then(Value::as_str) else { return Ok(None) };
    Ok(match status {
        ENROLLED => None,
        "no_instance" => refuse(code::MOODLE_ENROL_METHOD_MISSING, status),
        "user_not_found" | "course_not_found" => refuse(code::MOODLE_PARENT_UNKNOWN, status),
        other => refuse(code::MOODLE_PLUGIN_REFUSED, &clean(other, &[])),
    })
}
