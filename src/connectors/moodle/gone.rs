//! Objects that no longer exist. Calls that write several things answer with one refusal for all of
//! them, or with one that does not say what it means. The objects that are gone are then looked up,
//! once for the whole call.

use {
    super::{
        batch::{SITE_COURSE, id, list},
        client::{Call, Client},
        course, group, right,
    },
    crate::{
        domain::{code, id::ObjectId},
        ports::{ConnectorError, Failure},
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashSet},
};

/// Courses that are asked about at most: beyond this number, halving the batch is shorter.
const COURSES: usize = 100;
/// Accounts of one look-up, at about 5 ms each.
const USERS: usize = 100;

/// Returns the result of a look-up; `None` if the account may not ask, so that nothing is known to
/// be gone.
fn told<T>(answer: Result<T, ConnectorError>) -> Result<Option<T>, ConnectorError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.failure == Failure::Stop => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns which of the courses do not exist.
pub(super) async fn courses(
    client: &Client,
    ids: BTreeSet<&str>,
) -> Result<HashSet<String>, ConnectorError> {
    if ids.is_empty() || ids.len() > COURSES {
        return Ok(HashSet::new());
    }
    let asked: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let Some(there) = told(course::look_up(client, "id", &asked).await)? else {
        return Ok(HashSet::new());
    };
    let there: HashSet<ObjectId> = there.into_iter().map(|course| course.id).collect();
    Ok(asked.into_iter().filter(|id| !there.contains(id.as_str()) && id != SITE_COURSE).collect())
}

/// Returns which of the accounts do not exist, including deleted ones; none if the accounts of
/// others are hidden.
pub(super) async fn users(
    client: &Client,
    ids: BTreeSet<&str>,
) -> Result<HashSet<String>, ConnectorError> {
    if ids.is_empty() || ids.len() > USERS {
        return Ok(HashSet::new());
    }
    let rows = told(right::others(client, ids.iter().copied()).await)?;
    let Some(rows) = rows.flatten() else { return Ok(HashSet::new()) };
    let there: HashSet<String> =
        rows.iter().filter(|row| !super::person::is_nobody(row)).filter_map(id).collect();
    Ok(ids.into_iter().map(str::to_owned).filter(|id| !there.contains(id)).collect())
}

/// Returns which of the groups are not in their courses; pairs are course and group.
pub(super) async fn groups(
    client: &Client,
    pairs: BTreeSet<(&str, &str)>,
) -> Result<HashSet<String>, ConnectorError> {
    let courses: BTreeSet<&str> = pairs.iter().map(|(course, _)| *course).collect();
    if courses.is_empty() || courses.len() > COURSES {
        return Ok(HashSet::new());
    }
    let mut there: HashSet<String> = HashSet::new();
    for course in courses {
        let call = Call::read("core_group_get_course_groups").told_by(group::NO_COURSE);
        let answer = client.call(call, |form| form.text("courseid", course)).await;
        if answer.as_ref().is_err_and(|error| error.code == code::MOODLE_COURSE_UNKNOWN) {
            continue;
        }
        let Some(answer) = told(answer)? else { return Ok(HashSet::new()) };
        let rows = list(answer, None)?;
        there.extend(rows.iter().filter_map(Value::as_object).filter_map(id));
    }
    let gone = pairs.into_iter().map(|(_, group)| group.to_owned());
    Ok(gone.filter(|group| !there.contains(group)).collect())
}
