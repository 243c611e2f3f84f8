//! Courses. The site's own course is never found and never touched.

use {
    super::{
        answer::{Codes, rejected, unclear_read, unclear_write},
        batch::{SITE_COURSE, add, calls, created, list, matching, possible, updated, weight},
        client::{Call, Client},
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Written},
    },
    futures_util::{StreamExt as _, TryStreamExt as _},
    serde_json::Value,
    std::collections::{BTreeSet, HashSet},
};

/// Single look-ups at once; the limit of the site decides how many are in flight.
const AT_ONCE: usize = 4;
/// Warnings of an update.
const CODES: Codes = &[
    ("invalidrecord", code::MOODLE_COURSE_UNKNOWN),
    ("shortnametaken", code::MOODLE_SHORTNAME_TAKEN),
    ("courseidnumbertaken", code::MOODLE_IDNUMBER_TAKEN),
    ("nopermissions", code::MOODLE_CAPABILITY_MISSING),
    ("errorcatcontextnotvalid", code::MOODLE_CATEGORY_UNKNOWN),
    ("enddatebeforestartdate", code::MOODLE_DATES_INVALID),
    ("nostartdatenoenddate", code::MOODLE_DATES_INVALID),
];

/// Finds courses by `id`, `idnumber` or `shortname`.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if !matches!(key, "id" | "idnumber" | "shortname") {
        return Err(rejected("courses can be found by id, idnumber or shortname only"));
    }
    let asked = possible(key, values);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = if key == "id" {
        // The site's own course always exists: an answer without it says nothing about the others.
        let set: BTreeSet<&str> = asked.iter().copied().chain([SITE_COURSE]).collect();
        let answer = client.call(Call::read("core_course_get_courses"), |form| {
            for (index, id) in set.iter().enumerate() {
                form.text(&format!("options[ids][{index}]"), id);
            }
        });
        let set: HashSet<&str> = set.iter().copied().collect();
        let found = matching(list(answer.await?, None)?, key, &set)?;
        if !found.iter().any(|course| course.id == SITE_COURSE) {
            return Err(unclear_read("Moodle's answer leaves out its own course"));
        }
        found
    } else {
        let mut singly = Vec::with_capacity(asked.len());
        for value in asked {
            singly.push(one(client, key, value));
        }
        let found: Vec<_> =
            futures_util::stream::iter(singly).buffer_unordered(AT_ONCE).try_collect().await?;
        found.into_iter().flatten().collect()
    };
    found.retain(|course| course.id != SITE_COURSE);
    Ok(found)
}

async fn one(client: &Client, key: &str, value: &str) -> Result<Vec<TargetRecord>, ConnectorError> {
    let answer = client.call(Call::read("core_course_get_courses_by_field"), |form| {
        form.text("field", key);
        form.text("value", value);
    });
    matching(list(answer.await?, Some("courses"))?, key, &HashSet::from([value]))
}

/// Adds the start dates of their courses to end dates that come alone; `None` if there are none.
async fn begun(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Option<Vec<(ObjectId, Payload)>>, ConnectorError> {
    let alone = |record: &Payload| {
        let end = record.get("enddate").and_then(Value::as_i64).unwrap_or(0);
        end != 0 && !record.contains_key("startdate")
    };
    let ids: Vec<String> =
        records.iter().filter(|(_, record)| alone(record)).map(|(id, _)| id.to_string()).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let mut whole = records.to_vec();
    for course in look_up(client, "id", &ids).await? {
        let Some(begin) = course.fields.get("startdate") else { continue };
        let own = |(id, record): &&mut (ObjectId, Payload)| *id == course.id && alone(record);
        if let Some((_, record)) = whole.iter_mut().find(own) {
            record.insert("startdate".to_owned(), begin.clone());
        }
    }
    Ok(Some(whole))
}

/// Creates courses, all or none.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::write("core_course_create_courses"), |form| {
        for (index, record) in records.iter().enumerate() {
            add(form, "courses", index, record, &[]);
        }
    });
    let done = created(records, None, &answer.await?)?;
    if done.contains(&Written::Done(SITE_COURSE.into())) {
        return Err(unclear_write("Moodle named its own course as a new one"));
    }
    Ok(done)
}

/// Updates courses, each on its own. An end date alone is sent with the start date that the course
/// has: Moodle refuses it otherwise.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    if records.iter().any(|(id, _)| id == SITE_COURSE) {
        return Err(rejected("Moodle's own course is never changed"));
    }
    let with_begin = begun(client, records).await?;
    let records = with_begin.as_deref().unwrap_or(records);
    let mut outcomes = Vec::with_capacity(records.len());
    for call in calls(client, records, |(_, record)| 1 + weight(record))? {
        let answer = client.call(Call::write("core_course_update_courses"), |form| {
            for (index, (id, record)) in call.iter().enumerate() {
                form.text(&format!("courses[{index}][id]"), id.as_str());
                add(form, "courses", index, record, &["id"]);
            }
        });
        outcomes.extend(updated(call, &answer.await?, CODES)?);
    }
    Ok(outcomes)
}
