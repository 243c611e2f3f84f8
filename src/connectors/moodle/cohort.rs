//! Cohorts of the whole site, and their members. A member's id is `COHORT:USER`.

use {
    super::{
        answer::{Codes, rejected, unclear_read, unclear_write},
        batch::{
            add, calls, created, is_id, list, matching, number, possible, reference, refusal, void,
            weight,
        },
        client::{Call, Client},
    },
    crate::{
        domain::{
            code,
            id::{MembershipId, ObjectId},
            record::{Payload, TargetRecord},
        },
        ports::{ConnectorError, Written},
    },
    serde_json::{Value, json},
    std::collections::{BTreeMap, HashSet},
};

/// The context of the whole site.
const SYSTEM_CONTEXT: &str = "1";
/// Rows of a search that names no number; after a full answer there may be a next page.
const SEARCH_ROWS: usize = 25;
/// Greatest number of pages of a search: no site has this many similar cohorts.
const SEARCH_PAGES: usize = 40;
/// Warnings of an addition of members.
const CODES: Codes = &[("1", code::MOODLE_REJECTED), ("2", code::MOODLE_MEMBER_UNKNOWN)];
/// The meaning of a refusal to end memberships.
const DELETE: Codes = &[("invalidrecord", code::MOODLE_COHORT_UNKNOWN)];
/// The warning that a user is already a member.
const ALREADY: &str = "3";

/// Finds cohorts by `idnumber`.
pub(super) async fn look_up(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if key != "idnumber" {
        return Err(rejected("cohorts can be found by idnumber only"));
    }
    let mut found = Vec::new();
    for value in possible(key, values) {
        found.extend(search(client, value).await?);
    }
    Ok(found)
}

/// Searches for names, idnumbers and descriptions that contain the value, and keeps the cohorts
/// that have it as idnumber.
async fn search(client: &Client, value: &str) -> Result<Vec<TargetRecord>, ConnectorError> {
    for page in 0..SEARCH_PAGES {
        let answer = client.call(Call::read("core_cohort_search_cohorts"), |form| {
            form.text("query", value);
            form.text("context[contextid]", SYSTEM_CONTEXT);
            form.text("includes", "self");
            if page > 0 {
                form.text("limitfrom", &(page * SEARCH_ROWS).to_string());
                form.text("limitnum", &SEARCH_ROWS.to_string());
            }
        });
        let rows = list(answer.await?, Some("cohorts"))?;
        let full = rows.len() >= SEARCH_ROWS;
        let found = matching(rows, "idnumber", &HashSet::from([value]))?;
        if !found.is_empty() || !full {
            return Ok(found);
        }
    }
    Err(unclear_read("Moodle's search for a cohort does not come to an end"))
}

/// Creates cohorts, all or none.
pub(super) async fn create(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let answer = client.call(Call::write("core_cohort_create_cohorts"), |form| {
        for (index, record) in records.iter().enumerate() {
            form.add(&format!("cohorts[{index}][categorytype]"), &of_the_site());
            add(form, "cohorts", index, record, &["categorytype"]);
        }
    });
    created(records, None, &answer.await?)
}

fn of_the_site() -> Value {
    json!({ "type": "system", "value": "" })
}

/// Updates cohorts, each call all or none. Moodle requires name and idnumber with every change; a
/// name that is not given is read.
pub(super) async fn update(
    client: &Client,
    records: &[(ObjectId, Payload)],
) -> Result<Vec<Written>, ConnectorError> {
    let mut whole = Vec::with_capacity(records.len());
    for (id, record) in records {
        let mut record = record.clone();
        let Some(idnumber) = record.get("idnumber").and_then(Value::as_str).map(str::to_owned)
        else {
            return Err(rejected("a cohort's update names its idnumber"));
        };
        if !record.contains_key("name") {
            let known = search(client, &idnumber).await?;
            let name = known.into_iter().find(|cohort| cohort.id == *id);
            let Some(name) = name.and_then(|mut cohort| cohort.fields.remove("name")) else {
                return Err(rejected("a cohort whose name is not given cannot be found"));
            };
            record.insert("name".to_owned(), name);
        }
        whole.push((id.clone(), record));
    }
    for call in calls(client, &whole, |(_, record)| 3 + weight(record))? {
        let answer = client.call(Call::write("core_cohort_update_cohorts"), |form| {
            for (index, (id, record)) in call.iter().enumerate() {
                form.text(&format!("cohorts[{index}][id]"), id.as_str());
                form.add(&format!("cohorts[{index}][categorytype]"), &of_the_site());
                add(form, "cohorts", index, record, &["id", "categorytype"]);
            }
        });
        void(&answer.await?)?;
    }
    Ok(records.iter().map(|(id, _)| Written::Done(id.clone())).collect())
}

/// Returns the membership that a payload makes.
fn member_of(payload: &Payload) -> Result<MembershipId, ConnectorError> {
    let (cohort, user) = (reference(payload, "cohortid")?, reference(payload, "userid")?);
    Ok(MembershipId { cohort: cohort.into(), user: user.into() })
}

/// Reads the text of an id, whose parts must be ids of Moodle.
fn parse(id: &ObjectId) -> Result<MembershipId, ConnectorError> {
    let id = MembershipId::parse(id.as_str()).map_err(|bad| rejected(&bad.to_string()))?;
    if is_id(id.cohort.as_str()) && is_id(id.user.as_str()) {
        return Ok(id);
    }
    Err(rejected("a membership's id is COHORT:USER"))
}

/// Adds members, each on its own.
pub(super) async fn add_members(
    client: &Client,
    records: &[Payload],
) -> Result<Vec<Written>, ConnectorError> {
    let members = records.iter().map(member_of).collect::<Result<Vec<_>, _>>()?;
    let mut outcomes = Vec::with_capacity(members.len());
    for call in calls(client, &members, |_| 4)? {
        let refused = send(client, call).await?;
        if let ([member], [warning, ..]) = (call, refused.as_slice()) {
            tracing::debug!(cohort = member.cohort.as_str(), "a cohort member was refused");
            outcomes.push(refusal(warning, CODES));
            continue;
        }
        if refused.is_empty() {
            outcomes.extend(call.iter().map(|member| Written::Done(member.to_string().into())));
            continue;
        }
        // Warnings do not name the member. In most cases they concern missing accounts.
        let gone =
            super::gone::users(client, call.iter().map(|m| m.user.as_str()).collect()).await?;
        if call.iter().filter(|member| gone.contains(member.user.as_str())).count() == refused.len()
        {
            outcomes.extend(call.iter().map(|member| match gone.contains(member.user.as_str()) {
                true => Written::Refused {
                    code: code::MOODLE_USER_UNKNOWN,
                    message: "the account is not in Moodle any more".to_owned(),
                },
                false => Written::Done(member.to_string().into()),
            }));
            continue;
        }
        // Adding a member again does no harm, so each one is sent by itself.
        for member in call {
            let refused = send(client, std::slice::from_ref(member)).await?;
            outcomes.push(match refused.first() {
                None => Written::Done(member.to_string().into()),
                Some(warning) => refusal(warning, CODES),
            });
        }
    }
    Ok(outcomes)
}

/// Sends members and returns the warnings that refuse one.
async fn send(client: &Client, members: &[MembershipId]) -> Result<Vec<Value>, ConnectorError> {
    let answer = client.call(Call::write("core_cohort_add_cohort_members"), |form| {
        for (index, member) in members.iter().enumerate() {
            form.text(&format!("members[{index}][cohorttype][type]"), "id");
            form.text(&format!("members[{index}][cohorttype][value]"), member.cohort.as_str());
            form.text(&format!("members[{index}][usertype][type]"), "id");
            form.text(&format!("members[{index}][usertype][value]"), member.user.as_str());
        }
    });
    let warnings = match answer.await? {
        Value::Null => Vec::new(),
        answer => list(answer, Some("warnings"))
            .map_err(|_| unclear_write("Moodle's answer to an addition has no warnings"))?,
    };
    let code = |warning: &Value| match warning.get("warningcode") {
        Some(Value::Number(number)) => number.to_string(),
        code => code.and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    Ok(warnings.into_iter().filter(|warning| code(warning) != ALREADY).collect())
}

/// Finds cohorts and their members by `cohortid`.
pub(super) async fn look_up_members(
    client: &Client,
    key: &str,
    values: &[String],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    if key != "cohortid" {
        return Err(rejected("memberships can be found by cohortid only"));
    }
    let mut found = Vec::new();
    let mut open = vec![possible("id", values)];
    while let Some(cohorts) = open.pop().filter(|cohorts| !cohorts.is_empty()) {
        match members_of(client, &cohorts).await {
            Ok(members) => found.extend(members),
            // One cohort that does not exist refuses the call for all of them.
            Err(error) if error.code == code::MOODLE_COHORT_UNKNOWN => {
                if cohorts.len() > 1 {
                    let (some, others) = cohorts.split_at(cohorts.len() / 2);
                    open.extend([others.to_vec(), some.to_vec()]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn members_of(
    client: &Client,
    cohorts: &[&str],
) -> Result<Vec<TargetRecord>, ConnectorError> {
    let call = Call::read("core_cohort_get_cohort_members").told_by(DELETE).spare();
    let answer = client.call(call, |form| {
        for (index, cohort) in cohorts.iter().enumerate() {
            form.text(&format!("cohortids[{index}]"), cohort);
        }
    });
    let rows = list(answer.await?, None)?;
    let mut shown: HashSet<String> = HashSet::new();
    let mut found = Vec::new();
    for row in rows {
        let cohort = row.get("cohortid").and_then(number);
        let users = row.get("userids").and_then(Value::as_array);
        let Some((cohort, users)) = cohort.zip(users) else {
            return Err(unclear_read("a row of Moodle's cohort members has no cohort or no users"));
        };
        let of = Payload::from([("cohortid".to_owned(), json!(cohort))]);
        found.push(TargetRecord { id: cohort.as_str().into(), fields: of });
        for user in users {
            let user = number(user)
                .ok_or_else(|| unclear_read("a member of a cohort is not an ID of Moodle"))?;
            let id = MembershipId { cohort: cohort.as_str().into(), user: user.as_str().into() };
            let fields = Payload::from([
                ("cohortid".to_owned(), json!(cohort)),
                ("userid".to_owned(), json!(user)),
            ]);
            found.push(TargetRecord { id: id.to_string().into(), fields });
        }
        shown.insert(cohort);
    }
    if cohorts.iter().any(|cohort| !shown.contains(*cohort)) {
        return Err(unclear_read("Moodle's answer leaves out a cohort that was asked for"));
    }
    Ok(found)
}

/// Ends memberships. A membership that is already gone counts as ended, also if the cohort or the
/// account is gone.
pub(super) async fn remove_members(
    client: &Client,
    ids: &[ObjectId],
) -> Result<Vec<Written>, ConnectorError> {
    let members = ids.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let mut by_cohort: BTreeMap<&str, Vec<&MembershipId>> = BTreeMap::new();
    for member in &members {
        by_cohort.entry(member.cohort.as_str()).or_default().push(member);
    }
    let all: Vec<&MembershipId> = members.iter().collect();
    let at_once = if by_cohort.len() > 1 { delete(client, &all).await.err() } else { None };
    match at_once {
        Some(error) if !is_gone(&error) => return Err(error),
        None if by_cohort.len() > 1 => {}
        // One refusal covers all of them, so each cohort is tried by itself.
        _ => {
            for members in by_cohort.into_values() {
                leave(client, &members).await?;
            }
        }
    }
    Ok(ids.iter().map(|id| Written::Done(id.clone())).collect())
}

/// Ends memberships in one cohort.
async fn leave(client: &Client, members: &[&MembershipId]) -> Result<(), ConnectorError> {
    let error = match delete(client, members).await {
        Ok(()) => return Ok(()),
        Err(error) if error.code == code::MOODLE_COHORT_UNKNOWN => return Ok(()),
        Err(error) if !is_gone(&error) => return Err(error),
        Err(error) => error,
    };
    let gone = super::gone::users(client, members.iter().map(|one| one.user.as_str()).collect());
    let gone = gone.await?;
    let there: Vec<&MembershipId> =
        members.iter().copied().filter(|one| !gone.contains(one.user.as_str())).collect();
    if there.len() == members.len() {
        return Err(error);
    }
    if there.is_empty() { Ok(()) } else { delete(client, &there).await }
}

fn is_gone(error: &ConnectorError) -> bool {
    matches!(error.code, code::MOODLE_COHORT_UNKNOWN | code::MOODLE_USER_UNKNOWN)
}

async fn delete(client: &Client, members: &[&MembershipId]) -> Result<(), ConnectorError> {
    for call in calls(client, members, |_| 2)? {
        let function = Call::write("core_cohort_delete_cohort_members").told_by(DELETE);
        let answer = client.call(function, |form| {
            for (index, member) in call.iter().enumerate() {
                form.text(&format!("members[{index}][cohortid]"), member.cohort.as_str());
                form.text(&format!("members[{index}][userid]"), member.user.as_str());
            }
        });
        void(&answer.await?)?;
    }
    Ok(())
}
