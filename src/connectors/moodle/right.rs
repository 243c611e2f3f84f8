//! Rights: what the account of the token may see of other accounts, and which accounts have rights
//! of their own. Moodle does not say who has which role. It lists the users with a capability, to
//! accounts that may review the rights of others, and it refuses every change of an administrator
//! by an account that is not one.

use {
    super::{
        answer::{stop, unclear_read},
        batch::{SITE_COURSE, id, list},
        client::{Call, Client},
        need::SITE_INFO,
    },
    crate::{
        domain::code,
        ports::{ConnectorError, Failure, Rights},
    },
    serde_json::{Map, Value},
    std::collections::{BTreeMap, HashSet},
};

/// Accounts of every usual installation: the guest and the first administrator.
const ALWAYS: [&str; 2] = ["1", "2"];
/// Capabilities held only by users who run the site or its courses, with a description in words.
const ABOVE: [(&str, &str); 3] = [
    ("moodle/user:update", "may change the accounts of others"),
    ("moodle/role:assign", "may give roles to others"),
    ("moodle/course:viewhiddencourses", "teaches or manages courses"),
];
/// The capability that shows who teaches in a course.
const TEACHES: (&str, &str) = ABOVE[2];
/// If more accounts than this have a capability, it does not distinguish staff.
const STAFF_MAX: usize = 5_000;
/// The beginning of what is said then.
pub(super) const TOO_MANY: &str = "more than";
/// Accounts of a call that asks for their courses, with two variables each.
const PROFILES: usize = 50;
/// What the account of the token needs so that rights can be determined.
const GIVE: &str = "core_webservice_get_site_info, core_enrol_get_enrolled_users and \
                    core_user_get_course_user_profiles in the service, and moodle/role:review and \
                    moodle/site:viewparticipants for the account";

/// Returns the rows of some accounts by their ids; `None` if the accounts of others are hidden
/// completely.
pub(super) async fn others(
    client: &Client,
    ids: impl Iterator<Item = &str>,
) -> Result<Option<Vec<Map<String, Value>>>, ConnectorError> {
    let rows = users(client, "id", ids.chain(ALWAYS)).await?;
    let always = |row: &Map<String, Value>| {
        id(row).is_some_and(|id| ALWAYS.contains(&id.as_str())) && !is_own(row)
    };
    Ok(rows.iter().any(always).then_some(rows))
}

/// Makes sure that accounts are shown by `key`. The account of the token itself is always shown,
/// which proves nothing, so others that must exist are looked up. `known` are accounts that
/// existed, by their ids and their values of `key`: one of them that is shown is enough.
pub(super) async fn sees_accounts(
    client: &Client,
    key: &str,
    known: &[(&str, &str)],
) -> Result<usize, ConnectorError> {
    let ids = ALWAYS.into_iter().chain(known.iter().map(|(id, _)| *id));
    let rows = users(client, "id", ids).await?;
    let others: Vec<&Map<String, Value>> = rows.iter().filter(|row| !is_own(row)).collect();
    let Some(other) = others.iter().find(|row| row.contains_key("username")).or(others.first())
    else {
        return Err(hidden("moodle/user:viewdetails"));
    };
    match key {
        "id" => return Ok(1),
        "email" if !other.contains_key("email") => {
            return Err(hidden(
                "moodle/site:viewuseridentity, with the e-mail address in showuseridentity",
            ));
        }
        _ if other.contains_key("username") => return Ok(1),
        "email" => return Ok(1),
        _ => {}
    }
    // The field itself may be shown nevertheless.
    let right = "moodle/user:viewalldetails";
    let values = || known.iter().map(|(_, value)| *value).filter(|value| !value.is_empty());
    let asked = values().count();
    if asked == 0 {
        return Err(hidden(right));
    }
    let found = users(client, key, values()).await?;
    if found.iter().any(|row| !is_own(row)) {
        return Ok(2);
    }
    let message = format!(
        "none of {asked} linked accounts is found by its {key}: either all of them were deleted or carry another one, or the \
         Moodle account may not see it, so an account that is not found cannot be taken to be absent; give it {right}"
    );
    Err(stop(code::MOODLE_CAPABILITY_MISSING, &message))
}

fn hidden(right: &str) -> ConnectorError {
    let message = format!(
        "the Moodle account may not see the accounts of others, so an account that is not found cannot be taken to be absent; \
         give it {right}"
    );
    stop(code::MOODLE_CAPABILITY_MISSING, &message)
}

/// Returns whether a row is that of the token's own account: only its own settings are shown to a
/// user.
pub(super) fn is_own(row: &Map<String, Value>) -> bool {
    row.contains_key("preferences")
}

async fn users(
    client: &Client,
    key: &str,
    values: impl Iterator<Item = &str>,
) -> Result<Vec<Map<String, Value>>, ConnectorError> {
    let answer = client.call(Call::read("core_user_get_users_by_field"), |form| {
        form.text("field", key);
        for (index, value) in values.enumerate() {
            form.text(&format!("values[{index}]"), value);
        }
    });
    rows(answer.await?)
}

fn rows(answer: Value) -> Result<Vec<Map<String, Value>>, ConnectorError> {
    let object = |row| match row {
        Value::Object(row) => Ok(row),
        _ => Err(unclear_read("a row of Moodle's users is not an object")),
    };
    list(answer, None)?.into_iter().map(object).collect()
}

/// Determines which accounts have rights of their own: on the whole site and, for given accounts,
/// in their courses. Returns how many calls it took.
pub(super) async fn tell(
    client: &Client,
    accounts: &[String],
    known: &mut Rights,
) -> Result<usize, ConnectorError> {
    let mut calls = 0;
    if !known.of_site {
        calls += of_site(client, known).await?;
        known.of_site = true;
    }
    if known.unknown.is_none() {
        let open: Vec<&str> = accounts
            .iter()
            .map(String::as_str)
            .filter(|id| !known.held.contains_key(*id))
            .collect();
        calls += in_courses(client, &open, known).await?;
    }
    Ok(calls)
}

/// Separates a refusal because the account may not ask from other faults of the call.
fn refused<T>(result: Result<T, ConnectorError>) -> Result<Result<T, String>, ConnectorError> {
    match result {
        Ok(answer) => Ok(Ok(answer)),
        Err(error)
            if matches!(
                error.code,
                code::MOODLE_ACCESS_REFUSED
                    | code::MOODLE_FUNCTION_MISSING
                    | code::MOODLE_CAPABILITY_MISSING
            ) || error.failure == Failure::Rejected =>
        {
            Ok(Err(format!("that takes {GIVE} ({})", error.message)))
        }
        Err(error) => Err(error),
    }
}

async fn of_site(client: &Client, rights: &mut Rights) -> Result<usize, ConnectorError> {
    let mut calls = 1;
    let info = client.call(Call::read(SITE_INFO).spare(), |_| {}).await;
    let info = match refused(info)? {
        Ok(info) => info,
        Err(why) => {
            rights.unknown = Some(why);
            return Ok(calls);
        }
    };
    if let Some(own) = info.get("userid").and_then(super::batch::number) {
        rights.held.insert(own, "is the account of the token".to_owned());
    }
    if info.get("userissiteadmin").and_then(Value::as_bool) != Some(false) {
        let why = "the token is an administrator's, to whom Moodle does not tell other administrators; use a token of \
                   an account that is none";
        rights.unknown = Some(why.to_owned());
    }
    for (capability, words) in ABOVE {
        calls += 1;
        match with_capability(client, SITE_COURSE, capability).await? {
            Ok(found) => {
                for account in found {
                    rights.held.entry(account).or_insert_with(|| words.to_owned());
                }
            }
            Err(why) => {
                rights.unknown.get_or_insert(why);
                break;
            }
        }
    }
    Ok(calls)
}

/// Returns the users with a capability in a course or, for the site's own course, on the whole
/// site.
pub(super) async fn with_capability(
    client: &Client,
    course: &str,
    capability: &str,
) -> Result<Result<HashSet<String>, String>, ConnectorError> {
    let most = (STAFF_MAX + 1).to_string();
    let options = [("withcapability", capability), ("userfields", "id"), ("limitnumber", &most)];
    let answer = client.call(Call::read("core_enrol_get_enrolled_users").spare(), |form| {
        form.text("courseid", course);
        for (index, (name, value)) in options.into_iter().enumerate() {
            form.text(&format!("options[{index}][name]"), name);
            form.text(&format!("options[{index}][value]"), value);
        }
    });
    let answer = match refused(answer.await)? {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(why)),
    };
    let found: HashSet<String> = rows(answer)?.iter().filter_map(id).collect();
    if found.len() > STAFF_MAX {
        return Ok(Err(format!("{TOO_MANY} {STAFF_MAX} accounts have {capability}")));
    }
    Ok(Ok(found))
}

/// Adds those of some accounts that teach in a course in which they take part.
async fn in_courses(
    client: &Client,
    accounts: &[&str],
    rights: &mut Rights,
) -> Result<usize, ConnectorError> {
    let mut calls = 0;
    let mut by_course: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let room = || PROFILES.min(client.room() / 2).max(1);
    let mut rest = accounts;
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(room().min(rest.len()));
        calls += 1;
        let call = Call::read("core_user_get_course_user_profiles").spare();
        let answer = client.call(call, |form| {
            for (index, account) in chunk.iter().enumerate() {
                form.text(&format!("userlist[{index}][userid]"), account);
                form.text(&format!("userlist[{index}][courseid]"), SITE_COURSE);
            }
        });
        let answer = answer.await;
        // The site takes fewer variables than was known when the call was made.
        let cut = |error: &ConnectorError| error.code == code::MOODLE_CALL_CUT;
        if answer.as_ref().is_err_and(cut) && room() < chunk.len() {
            continue;
        }
        rest = later;
        let answer = match refused(answer)? {
            Ok(answer) => answer,
            Err(why) => {
                rights.unknown = Some(why);
                return Ok(calls);
            }
        };
        for row in rows(answer)? {
            let Some(account) = id(&row) else { continue };
            let courses = row.get("enrolledcourses").and_then(Value::as_array);
            for course in courses.into_iter().flatten().filter_map(Value::as_object) {
                if let Some(course) = id(course) {
                    by_course.entry(course).or_default().push(account.clone());
                }
            }
        }
    }
    for (course, accounts) in by_course {
        if !rights.within.contains_key(&course) {
            calls += 1;
            match with_capability(client, &course, TEACHES.0).await? {
                Ok(found) => drop(rights.within.insert(course.clone(), found)),
                Err(why) => {
                    rights.unknown = Some(why);
                    return Ok(calls);
                }
            }
        }
        let teachers = rights.within.get(&course);
        let teaching = |account: &String| teachers.is_some_and(|all| all.contains(account));
        for account in accounts.into_iter().filter(teaching) {
            rights.held.entry(account).or_insert_with(|| TEACHES.1.to_owned());
        }
    }
    Ok(calls)
}
