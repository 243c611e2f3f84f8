//! Course categories.

use {
    super::{
        answer::{rejected, stop, unclear_read},
        batch::{add, calls, created, list, matching, possible, void, weight},
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
    std::collections::HashSet,
};

/// For more keys than this, reading all categories is shorter.
const SINGLY: usize = 3;

/// Returns how many calls a look-up of this many keys takes.
pub(super) const fn look_up_calls(keys: usize) -> usize {
    if keys > SINGLY { 1 } else { keys }
}

/// Finds categories by `id` or `idnumber`.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if !matches!(key, "id" | "idnumber") {
        return Err(rejected("categories can be found by id or idnumber only"));
    }
    let asked = possible(key, values);
    let set: HashSet<&str> = asked.iter().copied().collect();
    if asked.len() > SINGLY {
        let answer = client.call(Call::read("core_course_get_categories"), |_| {}).await?;
        return matching(list(answer, None)?, key, &set);
    }
    let mut found = Vec::new();
    for value in asked {
        // An account without the right to manage categories is refused the search by idnumber.
        let call = Call::read("core_course_get_categories")
            .told_by(&[("criteriaerror", code::MOODLE_CAPABILITY_MISSING)]);
        let answer = client.call(call, |form| {
            form.text("criteria[0][key]", key);
            form.text("criteria[0][value]", value);
            form.text("addsubcategories", "0");
        });
        match answer.await {
            Ok(answer) => found.extend(matching(list(answer, None)?, key, &set)?),
            Err(error) if error.code == code::MOODLE_CAPABILITY_MISSING => {
                return Err(stop(error.code, &error.message));
            }
            Err(error) => return Err(error),
        }
    }
    if key == "id" && found.is_empty() && !set.is_empty() {
        // A site always has a category: a list without any says nothing.
        let call = Call::read("core_course_get_categories");
        if list(client.call(call, |_| {}).await?, None)?.is_empty() {
            return Err(unclear_read("Moodle's list of categories is empty"));
        }
    }
    Ok(found)
}

/// Creates categories, all or none.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::write("core_course_create_categories"), |form| {
        for (index, record) in records.iter().enumerate() {
            add(form, "categories", index, record, &[]);
        }
    });
    created(records, None, &answer.await?)
}

/// Updates categories, each call all or none.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    for call in calls(client, records, |(_, record)| 1 + weight(record))? {
        let answer = client.call(Call::write("core_course_update_categories"), |form| {
            for (index, (id, record)) in call.iter().enumerate() {
                form.text(&format!("categories[{index}][id]"), id.as_str());
                add(form, "categories", index, record, &["id"]);
            }
        });
        void(&answer.await?)?;
    }
    Ok(records.iter().map(|(id, _)| Written::Done(id.clone())).collect())
}
