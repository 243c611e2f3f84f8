//! Groups of courses.

use {
    super::{
        answer::{Codes, rejected},
        batch::{
            SITE_COURSE, add, calls, created, list, matching, object, possible, reference, void,
            weight,
        },
        client::{Call, Client},
        form::Form,
    },
    crate::{
        domain::{
            code,
            id::ObjectId,
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Written},
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

/// Finds the groups of courses; the key is `courseid`. An unknown course has no groups.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if key != "courseid" {
        return Err(rejected("groups can be found by courseid only"));
    }
    let mut found = Vec::new();
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
    created(records, None, &answer.await?)
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
        void(&answer.await?)?;
    }
    Ok(records.iter().map(|(id, _)| Written::Done(id.clone())).collect())
}

async fn names(
    client: &Client,
    ids: &[String],
) -> Result<HashMap<ObjectId, Value>, ConnectorError> {
    let asked = possible("id", ids);
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let answer = client.call(Call::read("core_group_get_groups"), |form| {
        for (index, id) in asked.iter().enumerate() {
            form.text(&format!("groupids[{index}]"), id);
        }
    });
    let set: HashSet<&str> = asked.iter().copied().collect();
    let groups = matching(list(answer.await?, None)?, "id", &set)?;
    let name = |mut group: TargetRecord| Some((group.id, group.fields.remove("name")?));
    Ok(groups.into_iter().filter_map(name).collect())
}
