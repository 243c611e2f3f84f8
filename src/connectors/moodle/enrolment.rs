//! Manual enrolments, with a group of the course. An id is `COURSE:USER` or `COURSE:USER:GROUP`.
//! Enrolling is an upsert that resets values that are not sent, so the whole state is sent each
//! time.

use {
    super::{
        answer::{Codes, rejected, unclear_read},
        batch::{SITE_COURSE, calls, is_id, list, object, reference, void},
        client::{Call, Client},
        group::NO_COURSE,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{EnrolmentId, ObjectId},
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Failure, Written},
    },
    serde_json::{Value, json},
    std::collections::{BTreeMap, HashSet},
};

/// The parameters sent with each enrolment; Moodle has no others.
const STATE: [&str; 6] = ["courseid", "userid", "roleid", "timestart", "timeend", "suspend"];
/// An unknown user is a PHP error before 4.5, a deleted one a coding error.
const ENROL: Codes = &[("", code::MOODLE_USER_UNKNOWN), ("codingerror", code::MOODLE_USER_UNKNOWN)];

const UNENROL: Codes = &[
    ("invalidrecord", code::MOODLE_COURSE_UNKNOWN),
    ("", code::MOODLE_USER_UNKNOWN),
    ("codingerror", code::MOODLE_USER_UNKNOWN),
];
/// The meaning of a missing object for a membership in a group.
const MEMBERS: Codes = &[("invalidrecord", code::MOODLE_GROUP_UNKNOWN)];
/// Functions that change memberships.
const ADD_MEMBERS: &str = "core_group_add_group_members";
const DELETE_MEMBERS: &str = "core_group_delete_group_members";

/// Reads the text of an id, whose parts must be ids of Moodle.
fn parse(id: &ObjectId) -> Result<EnrolmentId, ConnectorError> {
    let id = EnrolmentId::parse(id.as_str()).map_err(|bad| rejected(&bad.to_string()))?;
    let fits = [Some(&id.course), Some(&id.user), id.group.as_ref()]
        .into_iter()
        .flatten()
        .all(|part| is_id(part.as_str()));
    if fits && id.course != SITE_COURSE {
        return Ok(id);
    }
    Err(rejected("an enrolment's id is COURSE:USER or COURSE:USER:GROUP"))
}

/// Returns the id of the enrolment that a payload makes.
fn id_of(payload: &Payload) -> Result<EnrolmentId, ConnectorError> {
    let (course, user) = (reference(payload, "courseid")?, reference(payload, "userid")?);
    if course == SITE_COURSE {
        return Err(rejected("users cannot be enrolled in Moodle's front page course"));
    }
    if let Some(missing) = STATE.iter().find(|name| !payload.contains_key(**name)) {
        let message = format!("an enrolment is sent whole; its payload lacks {missing}");
        return Err(rejected(&message));
    }
    let group = match payload.get("groupid") {
        None | Some(Value::Null) => None,
        Some(_) => Some(reference(payload, "groupid")?.into()),
    };
    Ok(EnrolmentId { course: course.into(), user: user.into(), group })
}

/// The key that reads a list from its end.
const BACKWARDS: &str = "courseid backwards";
/// Options of the list of those who take part in a course, by the key of a look-up.
const KEYS: [(&str, &[(&str, &str)]); 3] = [
    ("courseid", &[]),
    ("courseid active", &[("onlyactive", "1")]),
    (BACKWARDS, &[("sortby", "id"), ("sortdirection", "DESC")]),
];

/// Finds the enrolled users of courses by `courseid`, those who can use the course now by `courseid
/// active`, and all of them from the end of the list by `courseid backwards`. A value is `COURSE`, or
/// `COURSE:GROUP` for the members of a group. An unknown course or group has none.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    let Some((_, options)) = KEYS.iter().find(|(name, _)| *name == key) else {
        return Err(rejected("enrolments can be found by courseid only"));
    };
    let mut found = Vec::new();
    for value in values {
        let (course, group) = match value.split_once(':') {
            Some((course, group)) => (course, Some(group)),
            None => (value.as_str(), None),
        };
        if !is_id(course) || course == SITE_COURSE || group.is_some_and(|group| !is_id(group)) {
            continue;
        }
        let options: Vec<(&str, &str)> =
            options.iter().copied().chain(group.map(|group| ("groupid", group))).collect();
        let users = taking_part(client, course, &options).await?;
        if key == BACKWARDS && users.as_ref().is_some_and(Vec::is_empty) {
            prove_shown(client).await?;
        }
        for mut user in users.unwrap_or_default() {
            user.fields.retain(|name, _| name == "idnumber");
            user.fields.insert("courseid".to_owned(), json!(course));
            user.fields.insert("userid".to_owned(), json!(user.id));
            let id = EnrolmentId { course: course.into(), user: user.id, group: None };
            user.id = id.to_string().into();
            found.push(user);
        }
    }
    Ok(found)
}

/// Reads the enrolled users of a course, only their id and idnumber: all fields take ten times as
/// long. `None` if the course does not exist.
pub(super) async fn users(
    client: &Client,
    course: &str,
) -> Result<Option<Vec<TargetRecord>>, ConnectorError> {
    taking_part(client, course, &[]).await
}

/// Makes sure that those who take part are shown at all: everyone takes part in Moodle's front page. An account that may not
/// ask that knows nothing about it.
async fn prove_shown(client: &Client) -> Result<(), ConnectorError> {
    let call = Call::read("core_enrol_get_enrolled_users").spare();
    let options = [("userfields", "id"), ("limitnumber", "2")];
    let answer = client.call(call, |form| {
        form.text("courseid", SITE_COURSE);
        for (index, (name, value)) in options.into_iter().enumerate() {
            form.text(&format!("options[{index}][name]"), name);
            form.text(&format!("options[{index}][value]"), value);
        }
    });
    match answer.await {
        Ok(answer) => {
            let empty = list(answer, None)?.is_empty();
            let unclear = || unclear_read("Moodle lists no user, not even on its front page");
            if empty { Err(unclear()) } else { Ok(()) }
        }
        Err(error)
            if matches!(
                error.code,
                code::MOODLE_CAPABILITY_MISSING | code::MOODLE_ACCESS_REFUSED
            ) || error.failure == Failure::Rejected =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn taking_part(
    client: &Client,
    course: &str,
    options: &[(&str, &str)],
) -> Result<Option<Vec<TargetRecord>>, ConnectorError> {
    let call = Call::read("core_enrol_get_enrolled_users").told_by(NO_COURSE);
    let answer = client.call(call, |form| {
        form.text("courseid", course);
        form.text("options[0][name]", "userfields");
        form.text("options[0][value]", "id,idnumber");
        for (index, (name, value)) in options.iter().enumerate() {
            form.text(&format!("options[{}][name]", index + 1), name);
            form.text(&format!("options[{}][value]", index + 1), value);
        }
    });
    match answer.await {
        Ok(answer) => {
            list(answer, None)?.into_iter().map(object).collect::<Result<_, _>>().map(Some)
        }
        Err(error) if error.code == code::MOODLE_COURSE_UNKNOWN => Ok(None),
        Err(error) => Err(error),
    }
}

/// Enrols users and puts them into their groups afterwards: Moodle allows only members of the
/// course in its groups. All or none of them are enrolled, except that an enrolment whose course,
/// account or group is gone is refused by itself.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let ids = records.iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
    let mut refused: BTreeMap<usize, Written> = BTreeMap::new();
    if let Err(error) = enrol(client, records.iter()).await {
        if !may_be_gone(&error) {
            return Err(error);
        }
        refused = gone(client, &ids, &error).await?;
        let left = records.iter().enumerate().filter(|(place, _)| !refused.contains_key(place));
        let left: Vec<&Payload> = left.map(|(_, record)| record).collect();
        if refused.is_empty() {
            return Err(error);
        }
        if !left.is_empty() {
            enrol(client, left.into_iter()).await?;
        }
    }
    let joining = |refused: &BTreeMap<usize, Written>| -> Vec<(&str, &str)> {
        let staying = ids.iter().enumerate().filter(|(place, _)| !refused.contains_key(place));
        staying
            .filter_map(|(_, id)| Some((id.group.as_ref()?.as_str(), id.user.as_str())))
            .collect()
    };
    if let Err(error) = members(client, ADD_MEMBERS, &joining(&refused)).await {
        if error.code != code::MOODLE_GROUP_UNKNOWN {
            return Err(error);
        }
        let pairs =
            ids.iter().filter_map(|id| Some((id.course.as_str(), id.group.as_ref()?.as_str())));
        let groups = super::gone::groups(client, pairs.collect()).await?;
        for (place, id) in ids.iter().enumerate() {
            if id.group.as_ref().is_some_and(|group| groups.contains(group.as_str())) {
                refused
                    .entry(place)
                    .or_insert_with(|| unknown(code::MOODLE_GROUP_UNKNOWN, "group"));
            }
        }
        if groups.is_empty() {
            return Err(error);
        }
        members(client, ADD_MEMBERS, &joining(&refused)).await?;
    }
    let outcome = |(place, id): (usize, &EnrolmentId)| {
        refused.remove(&place).unwrap_or_else(|| Written::Done(id.to_string().into()))
    };
    Ok(ids.iter().enumerate().map(outcome).collect())
}

/// Returns whether a refusal may mean that something is gone: for an unknown course Moodle says
/// only that a value is wrong.
fn may_be_gone(error: &ConnectorError) -> bool {
    let codes = [code::MOODLE_REJECTED, code::MOODLE_COURSE_UNKNOWN, code::MOODLE_USER_UNKNOWN];
    error.failure == Failure::Rejected && codes.contains(&error.code)
}

/// Returns the enrolments whose course or account is gone, by their position.
async fn gone(
    client: &Client,
    ids: &[EnrolmentId],
    error: &ConnectorError,
) -> Result<BTreeMap<usize, Written>, ConnectorError> {
    let (mut courses, mut users) = (HashSet::new(), HashSet::new());
    if error.code == code::MOODLE_USER_UNKNOWN {
        let asked = ids.iter().map(|id| id.user.as_str()).collect();
        users = super::gone::users(client, asked).await?;
    } else {
        let asked = ids.iter().map(|id| id.course.as_str()).collect();
        courses = super::gone::courses(client, asked).await?;
    }
    let refusal = |(place, id): (usize, &EnrolmentId)| {
        if courses.contains(id.course.as_str()) {
            Some((place, unknown(code::MOODLE_COURSE_UNKNOWN, "course")))
        } else if users.contains(id.user.as_str()) {
            Some((place, unknown(code::MOODLE_USER_UNKNOWN, "account")))
        } else {
            None
        }
    };
    Ok(ids.iter().enumerate().filter_map(refusal).collect())
}

fn unknown(code: Code, what: &str) -> Written {
    Written::Refused { code, message: format!("the {what} is not in Moodle any more") }
}

async fn enrol(
    client: &Client,
    records: impl Iterator<Item = &Payload>,
) -> Result<(), ConnectorError> {
    let records: Vec<&Payload> = records.collect();
    for call in calls(client, &records, |_| STATE.len())? {
        let answer = client.call(Call::write("enrol_manual_enrol_users").told_by(ENROL), |form| {
            for (index, record) in call.iter().enumerate() {
                for name in STATE {
                    // Moodle has no empty time: zero means none.
                    let value = match record.get(name) {
                        None | Some(Value::Null) => &Value::from(0),
                        Some(value) => value,
                    };
                    form.add(&format!("enrolments[{index}][{name}]"), value);
                }
            }
        });
        void(&answer.await?)?;
    }
    Ok(())
}

/// Adds users to groups or takes them out, all or none; pairs are group and user.
async fn members(
    client: &Client,
    function: &str,
    pairs: &[(&str, &str)],
) -> Result<(), ConnectorError> {
    for call in calls(client, pairs, |_| 2)? {
        let answer = client.call(Call::write(function).told_by(MEMBERS), |form| {
            for (index, (group, user)) in call.iter().enumerate() {
                form.text(&format!("members[{index}][groupid]"), group);
                form.text(&format!("members[{index}][userid]"), user);
            }
        });
        void(&answer.await?)?;
    }
    Ok(())
}

/// Takes users out of groups of courses; a group that no longer exists has no members. Triples are
/// course, group and user.
async fn leave(client: &Client, leaving: &[(&str, &str, &str)]) -> Result<(), ConnectorError> {
    let pairs = |left: &[(&str, &str, &str)]| -> Vec<(String, String)> {
        left.iter().map(|(_, group, user)| ((*group).to_owned(), (*user).to_owned())).collect()
    };
    let send = async |left: &[(&str, &str, &str)]| {
        let pairs = pairs(left);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(group, user)| (group.as_str(), user.as_str())).collect();
        members(client, DELETE_MEMBERS, &pairs).await
    };
    let Err(error) = send(leaving).await else { return Ok(()) };
    if !matches!(error.code, code::MOODLE_GROUP_UNKNOWN | code::MOODLE_USER_UNKNOWN) {
        return Err(error);
    }
    let groups = leaving.iter().map(|(course, group, _)| (*course, *group)).collect();
    let groups = super::gone::groups(client, groups).await?;
    let users = leaving.iter().map(|(_, _, user)| *user).collect();
    let users = super::gone::users(client, users).await?;
    let there: Vec<(&str, &str, &str)> = leaving
        .iter()
        .copied()
        .filter(|(_, group, user)| !groups.contains(*group) && !users.contains(*user))
        .collect();
    if there.len() == leaving.len() {
        return Err(error);
    }
    if there.is_empty() { Ok(()) } else { send(&there).await }
}

/// Updates enrolments. A user who changes the group leaves the old one.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut before = Vec::with_capacity(records.len());
    for (id, payload) in records {
        let (old, new) = (parse(id)?, id_of(payload)?);
        if (&old.course, &old.user) != (&new.course, &new.user) {
            return Err(rejected("an enrolment that moves is ended there and made here"));
        }
        let left = old.group.clone().filter(|_| old.group != new.group);
        before.push((new.course, left, new.user));
    }
    let payloads: Vec<Payload> = records.iter().map(|(_, payload)| payload.clone()).collect();
    let written = create(client, &payloads).await?;
    let leaving: Vec<(&str, &str, &str)> = before
        .iter()
        .zip(&written)
        .filter(|(_, written)| matches!(written, Written::Done(_)))
        .filter_map(|((course, group, user), _)| {
            Some((course.as_str(), group.as_ref()?.as_str(), user.as_str()))
        })
        .collect();
    leave(client, &leaving).await?;
    Ok(written)
}

/// Ends enrolments; for an id with a group only the membership in the group. An enrolment that is
/// already gone counts as ended, also if the course, the group or the account is gone.
pub(super) async fn remove(
    client: &Client,
    ids: &[ObjectId],
) -> Result<Vec<Written>, ConnectorError> {
    let parsed = ids.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let leaving: Vec<(&str, &str, &str)> = parsed
        .iter()
        .filter_map(|id| Some((id.course.as_str(), id.group.as_ref()?.as_str(), id.user.as_str())))
        .collect();
    leave(client, &leaving).await?;
    let ending: Vec<&EnrolmentId> = parsed.iter().filter(|id| id.group.is_none()).collect();
    if let Err(error) = unenrol(client, &ending).await {
        if !matches!(error.code, code::MOODLE_COURSE_UNKNOWN | code::MOODLE_USER_UNKNOWN) {
            return Err(error);
        }
        let asked: Vec<EnrolmentId> = ending.iter().map(|id| (*id).clone()).collect();
        let gone = gone(client, &asked, &error).await?;
        let there: Vec<&EnrolmentId> = ending
            .into_iter()
            .enumerate()
            .filter(|(place, _)| !gone.contains_key(place))
            .map(|(_, id)| id)
            .collect();
        if gone.is_empty() {
            return Err(error);
        }
        if !there.is_empty() {
            unenrol(client, &there).await?;
        }
    }
    Ok(ids.iter().map(|id| Written::Done(id.clone())).collect())
}

async fn unenrol(client: &Client, ending: &[&EnrolmentId]) -> Result<(), ConnectorError> {
    for call in calls(client, ending, |_| 2)? {
        // Without a role: 4.5 ignores it and 5.1 does not know it. The whole enrolment ends.
        let function = Call::write("enrol_manual_unenrol_users").told_by(UNENROL);
        let answer = client.call(function, |form| {
            for (index, id) in call.iter().enumerate() {
                form.text(&format!("enrolments[{index}][userid]"), id.user.as_str());
                form.text(&format!("enrolments[{index}][courseid]"), id.course.as_str());
            }
        });
        void(&answer.await?)?;
    }
    Ok(())
}
