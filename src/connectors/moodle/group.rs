//! Groups of courses.

use {
    super::{
        answer::{Codes, rejected, unclear_read},
        batch::{
            SITE_COURSE, add, calls, created, list, matching, object, possible, reference, void,
            weight,
        },
        client::{Call, Client},
        form::Form,
    },
    crate::{
        domain::{
            code::{self, Gaps},
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Failure, Written},
    },
    serde_json::{Value, json},
    std::collections::{HashMap, HashSet},
};

/// Moodle's codes for a course that does not exist.
pub(super) const NO_COURSE: Codes = &[
    ("invalidrecord", code::MOODLE_COURSE_UNKNOWN),
    ("invalidcourseid", code::MOODLE_COURSE_UNKNOWN),
    ("errorcoursecontextnotvalid", code::MOODLE_COURSE_UNKNOWN),
];

/// Moodle's code for a group that does not exist.
const NO_GROUP: Codes = &[("invalidrecord", code::MOODLE_GROUP_UNKNOWN)];

/// Finds the groups of courses by `courseid`, and groups by `id`. An unknown course has no groups.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    let mut found = Vec::new();
    if key == "id" {
        for id in possible(key, values) {
            found.extend(one(client, id).await?);
        }
        return Ok(found);
    }
    if key != "courseid" {
        return Err(rejected("groups can be found by id or courseid only"));
    }
    for course in possible("id", values).into_iter().filter(|course| *course != SITE_COURSE) {
        let call = Call::read("core_group_get_course_groups").told_by(NO_COURSE);
        let rows = match client.call(call, |form| form.text("courseid", course)).await {
            Ok(answer) => list(answer, None)?,
            Err(error) if error.code == code::MOODLE_COURSE_UNKNOWN => continue,
            Err(error) => return Err(error),
        };
        for row in rows {
            let mut group = object(row)?;
            group.fields.insert("courseid".to_owned(), json!(course));
            found.push(group);
        }
    }
    Ok(found)
}

/// Reads one group: with several, Moodle refuses the call because of one that does not exist.
async fn one(client: &Client, id: &str) -> Result<Option<TargetRecord>, ConnectorError> {
    let call = Call::read("core_group_get_groups").told_by(NO_GROUP);
    match client.call(call, |form| form.text("groupids[0]", id)).await {
        Ok(answer) => {
            let found = matching(list(answer, None)?, "id", &HashSet::from([id]))?;
            let missing =
                || unclear_read("Moodle's answer leaves out the group that was asked for");
            found.into_iter().next().map(Some).ok_or_else(missing)
        }
        Err(error) if error.code == code::MOODLE_GROUP_UNKNOWN => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates groups, all or none.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    for record in records {
        if reference(record, "courseid")? == SITE_COURSE {
            return Err(rejected("Moodle's own course is never changed"));
        }
    }
    let answer = client.call(Call::write("core_group_create_groups"), |form| {
        for (index, record) in records.iter().enumerate() {
            add(form, "groups", index, record, &[]);
            described(form, index, record);
        }
    });
    let answer = match answer.await {
        Err(error) => match records {
            [only] => return Err(name_taken(client, error, None, only).await),
            _ => return Err(error),
        },
        answer => answer?,
    };
    created(records, None, &answer)
}

/// Says why a group is refused if it is because of its name. Moodle calls it an invalid parameter and gives the reason to
/// developers only. `own` is the id of a group that exists.
async fn name_taken(
    client: &Client,
    error: ConnectorError,
    own: Option<&ObjectId>,
    record: &Payload,
) -> ConnectorError {
    let Some(name) = record.get("name").and_then(Value::as_str) else { return error };
    if error.code != code::MOODLE_REJECTED {
        return error;
    }
    let text = |value: Option<&Value>| match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let course = match own {
        None => text(record.get("courseid")),
        Some(own) => match groups(client, &[own.to_string()]).await {
            Ok(groups) => groups.into_iter().find_map(|group| text(group.fields.get("courseid"))),
            Err(_) => None,
        },
    };
    let others = match course {
        Some(course) => look_up(client, "courseid", &[course]).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let is_taken = others.iter().any(|other| {
        let same = other.fields.get("name").and_then(Value::as_str) == Some(name.trim());
        same && own.is_none_or(|own| other.id != *own)
    });
    if is_taken {
        let gaps: Gaps<'_> = &[("name", &name)];
        return ConnectorError::of(Failure::Rejected, code::MOODLE_GROUP_NAME_TAKEN, gaps);
    }
    error
}

/// Moodle requires a description; it may be empty.
fn described(form: &mut Form, index: usize, record: &Payload) {
    if !record.contains_key("description") {
        form.text(&format!("groups[{index}][description]"), "");
    }
}

/// Updates groups, each call all or none. Moodle requires the name with every change.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let nameless: Vec<String> = records
        .iter()
        .filter(|(_, record)| !record.contains_key("name"))
        .map(|(id, _)| id.to_string())
        .collect();
    let names = names(client, &nameless).await?;
    for call in calls(client, records, |(_, record)| 2 + weight(record))? {
        let answer = client.call(Call::write("core_group_update_groups"), |form| {
            for (index, (id, record)) in call.iter().enumerate() {
                form.text(&format!("groups[{index}][id]"), id.as_str());
                if let Some(name) = names.get(id).filter(|_| !record.contains_key("name")) {
                    form.add(&format!("groups[{index}][name]"), name);
                }
                // A group stays in its course: the function has no parameter for it.
                add(form, "groups", index, record, &["id", "courseid"]);
            }
        });
        match answer.await {
            Err(error) => match call {
                [(id, record)] => return Err(name_taken(client, error, Some(id), record).await),
                _ => return Err(error),
            },
            answer => void(&answer?)?,
        }
    }
    Ok(records.iter().map(|(id, _)| Written::Done(id.clone())).collect())
}

async fn names(
    client: &Client,
    ids: &[String],
) -> Result<HashMap<ObjectId, Value>, ConnectorError> {
    let name = |mut group: TargetRecord| Some((group.id, group.fields.remove("name")?));
    Ok(groups(client, ids).await?.into_iter().filter_map(name).collect())
}

async fn groups(client: &Client, ids: &[String]) -> Result<Vec<TargetRecord>, ConnectorError> {
    let asked = possible("id", ids);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::read("core_group_get_groups"), |form| {
        for (index, id) in asked.iter().enumerate() {
            form.text(&format!("groupids[{index}]"), id);
        }
    });
    let set: HashSet<&str> = asked.iter().copied().collect();
    matching(list(answer.await?, None)?, "id", &set)
}
