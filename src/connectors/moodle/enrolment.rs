//! Manual enrolments, with a group of the course. An id is `COURSE:USER` or `COURSE:USER:GROUP`.
//! Enrolling is an upsert that resets what is not sent, so the whole state is sent each time.

use {
    super::{
        answer::{Codes, rejected},
        batch::{SITE_COURSE, calls, is_id, list, object, possible, reference, void},
        client::{Call, Client},
        group::NO_COURSE,
    },
    crate::{
        domain::record::{Payload, TargetRecord},
        ports::{ConnectorError, Written},
    },
    serde_json::{Value, json},
};

/// What is sent with each enrolment; nothing else is a parameter of Moodle's.
const STATE: [&str; 6] = ["courseid", "userid", "roleid", "timestart", "timeend", "suspend"];
/// A user that is unknown is a PHP error in 4.5, a deleted one a coding error.
const ENROL: Codes = &[("", "MOODLE_USER_UNKNOWN"), ("codingerror", "MOODLE_USER_UNKNOWN")];

/// An enrolment's id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Id {
    course: String,
    user: String,
    group: Option<String>,
}

impl Id {
    fn parse(text: &str) -> Result<Self, ConnectorError> {
        let mut parts = text.split(':').map(str::to_owned);
        let (course, user, group) = (parts.next(), parts.next(), parts.next());
        match (course, user, parts.next()) {
            (Some(course), Some(user), None)
                if is_id(&course)
                    && is_id(&user)
                    && course != SITE_COURSE
                    && group.as_deref().is_none_or(is_id) =>
            {
                Ok(Self { course, user, group })
            }
            _ => Err(rejected("an enrolment's id is COURSE:USER or COURSE:USER:GROUP")),
        }
    }

    fn of(payload: &Payload) -> Result<Self, ConnectorError> {
        let (course, user) = (reference(payload, "courseid")?, reference(payload, "userid")?);
        if course == SITE_COURSE {
            return Err(rejected("nobody is enrolled in Moodle's own course"));
        }
        if let Some(missing) = STATE.iter().find(|name| !payload.contains_key(**name)) {
            let message = format!("an enrolment is sent whole; its payload lacks {missing}");
            return Err(rejected(&message));
        }
        let group = match payload.get("groupid") {
            None | Some(Value::Null) => None,
            Some(_) => Some(reference(payload, "groupid")?),
        };
        Ok(Self { course, user, group })
    }

    fn text(&self) -> String {
        match &self.group {
            None => format!("{}:{}", self.course, self.user),
            Some(group) => format!("{}:{}:{group}", self.course, self.user),
        }
    }
}

/// Finds the enrolled users of courses; the key is `courseid`. An unknown course has none.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if key != "courseid" {
        return Err(rejected("enrolments can be found by courseid only"));
    }
    let mut found = Vec::new();
    for course in possible("id", values).into_iter().filter(|course| *course != SITE_COURSE) {
        for mut user in users(client, course).await?.unwrap_or_default() {
            user.fields.retain(|name, _| name == "idnumber");
            user.fields.insert("courseid".to_owned(), json!(course));
            user.fields.insert("userid".to_owned(), json!(user.id));
            user.id = format!("{course}:{}", user.id);
            found.push(user);
        }
    }
    Ok(found)
}

/// Reads the enrolled users of a course, their id and idnumber only: all fields take ten times as
/// long. `None`: there is no such course.
pub(super) async fn users(
    client: &Client,
    course: &str,
) -> Result<Option<Vec<TargetRecord>>, ConnectorError> {
    let call = Call::read("core_enrol_get_enrolled_users").told_by(NO_COURSE);
    let answer = client.call(call, |form| {
        form.text("courseid", course);
        form.text("options[0][name]", "userfields");
        form.text("options[0][value]", "id,idnumber");
    });
    match answer.await {
        Ok(answer) => {
            list(answer, None)?.into_iter().map(object).collect::<Result<_, _>>().map(Some)
        }
        Err(error) if error.code == "MOODLE_COURSE_UNKNOWN" => Ok(None),
        Err(error) => Err(error),
    }
}

/// Enrols users, all or none, and puts them into their groups afterwards: Moodle has only members
/// of the course in groups.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let ids = records.iter().map(Id::of).collect::<Result<Vec<_>, _>>()?;
    enrol(client, records).await?;
    let joining: Vec<(&str, &str)> =
        ids.iter().filter_map(|id| Some((id.group.as_deref()?, id.user.as_str()))).collect();
    members(client, "core_group_add_group_members", &joining).await?;
    Ok(ids.iter().map(|id| Written::Done(id.text())).collect())
}

async fn enrol(client: &Client, records: &[Payload]) -> Result<(), ConnectorError> {
    for call in calls(client, records, |_| STATE.len())? {
        let answer = client.call(Call::write("enrol_manual_enrol_users").told_by(ENROL), |form| {
            for (index, record) in call.iter().enumerate() {
                for name in STATE {
                    // Moodle knows no empty time: none is zero.
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
        let answer = client.call(Call::write(function), |form| {
            for (index, (group, user)) in call.iter().enumerate() {
                form.text(&format!("members[{index}][groupid]"), group);
                form.text(&format!("members[{index}][userid]"), user);
            }
        });
        void(&answer.await?)?;
    }
    Ok(())
}

/// Brings enrolments up to date. Who changes the group leaves the old one.
pub(super) async fn update(
    client: &Client,
    records: &[(String, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut before = Vec::with_capacity(records.len());
    for (id, payload) in records {
        let (old, new) = (Id::parse(id)?, Id::of(payload)?);
        if (&old.course, &old.user) != (&new.course, &new.user) {
            return Err(rejected("an enrolment that moves is ended there and made here"));
        }
        before.push((old.group.clone().filter(|_| old.group != new.group), new.user));
    }
    let payloads: Vec<Payload> = records.iter().map(|(_, payload)| payload.clone()).collect();
    let written = create(client, &payloads).await?;
    let leaving: Vec<(&str, &str)> = before
        .iter()
        .filter_map(|(group, user)| Some((group.as_deref()?, user.as_str())))
        .collect();
    members(client, "core_group_delete_group_members", &leaving).await?;
    Ok(written)
}

/// Ends enrolments; of an id with a group only the membership in the group.
pub(super) async fn remove(
    client: &Client,
    ids: &[String],
) -> Result<Vec<Written>, ConnectorError> {
    let parsed = ids.iter().map(|id| Id::parse(id)).collect::<Result<Vec<_>, _>>()?;
    let leaving: Vec<(&str, &str)> =
        parsed.iter().filter_map(|id| Some((id.group.as_deref()?, id.user.as_str()))).collect();
    members(client, "core_group_delete_group_members", &leaving).await?;
    let ending: Vec<&Id> = parsed.iter().filter(|id| id.group.is_none()).collect();
    for call in calls(client, &ending, |_| 2)? {
        // No role: 4.5 ignores it and 5.1 does not know it; everything of the enrolment goes.
        let answer = client.call(Call::write("enrol_manual_unenrol_users"), |form| {
            for (index, id) in call.iter().enumerate() {
                form.text(&format!("enrolments[{index}][userid]"), &id.user);
                form.text(&format!("enrolments[{index}][courseid]"), &id.course);
            }
        });
        void(&answer.await?)?;
    }
    Ok(ids.iter().map(|id| Written::Done(id.clone())).collect())
}
