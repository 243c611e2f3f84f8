//! Finds the target object of a record that has no link yet: by the source id that every object of ours carries. A
//! record whose object was made by a run that died before it could store the link is found here and not made twice.

use {
    super::{kinds, stop::Stop, work::Create},
    crate::{
        domain::record::{TargetKind, TargetRecord},
        ports::Target,
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashMap},
};

/// Returns the objects that carry the source ids of records; none for a record that has no object.
pub(crate) async fn by_source_id(
    to: &dyn Target,
    kind: TargetKind,
    records: &[Create],
) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
    if kind != TargetKind::Group {
        let ids: Vec<String> = records.iter().map(|record| record.zoho_id.clone()).collect();
        return by_field(to, kind, kinds::SOURCE_ID_FIELD, &ids).await;
    }
    // A group's id number is its own within its course only, and is found with the course's groups.
    let courses: BTreeSet<String> =
        records.iter().filter_map(|record| record.container.clone()).collect();
    let courses: Vec<String> = courses.into_iter().collect();
    let mut found: HashMap<String, Vec<TargetRecord>> = HashMap::new();
    for (course, groups) in by_field(to, kind, "courseid", &courses).await? {
        for group in groups {
            let Some(Value::String(id)) = group.fields.get(kinds::SOURCE_ID_FIELD) else {
                continue;
            };
            let ours = records.iter().any(|record| {
                record.zoho_id == *id && record.container.as_deref() == Some(course.as_str())
            });
            if ours {
                found.entry(id.clone()).or_default().push(group);
            }
        }
    }
    Ok(found)
}

/// Returns the objects by the value of a field; e-mail addresses in lower case, whatever their letters are.
pub(crate) async fn by_field(
    to: &dyn Target,
    kind: TargetKind,
    field: &str,
    values: &[String],
) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
    let mut found: HashMap<String, Vec<TargetRecord>> = HashMap::new();
    for chunk in values.chunks(to.look_up_limit(kind).max(1)) {
        for record in to.look_up(kind, field, chunk).await? {
            let value = match record.fields.get(field) {
                Some(Value::String(value)) if field == kinds::EMAIL_FIELD => {
                    value.to_ascii_lowercase()
                }
                Some(Value::String(value)) => value.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ if field == "id" => record.id.clone(),
                _ => continue,
            };
            found.entry(value).or_default().push(record);
        }
    }
    Ok(found)
}
