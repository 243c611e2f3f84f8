//! Controls of the site: list what is there, take it away.

use {
    super::{LISTED, Outcome, number, parameter, value},
    crate::sandbox::{
        answer::Call,
        moodle::{SERVICE, SITE_COURSE, Site, User, Users},
        world::World,
    },
    http::Method,
    serde::Serialize,
    serde_json::{Value, json},
    std::collections::HashMap,
};

pub(super) fn handle(world: &World, call: &Call, path: &[&str]) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, ["users"]) => users(world, call),
        (&Method::GET, [kind]) => list(world, call, kind),
        (&Method::DELETE, [kind, key @ ..]) => remove(world, kind, key),
        _ => Err((404, "no such control".to_owned())),
    }
}

/// Returns the users that somebody made.
fn own(users: &Users) -> impl Iterator<Item = (u32, &User)> {
    users.iter().filter(|(id, _)| *id > SERVICE)
}

fn users(world: &World, call: &Call) -> Outcome {
    let parameters: HashMap<_, _> = call.parameters().into_iter().collect();
    let limit = number(call, "limit", LISTED)?;
    let wanted = |name: &str, own: &str| parameters.get(name).is_none_or(|text| text == own);
    let site = world.moodle();
    let mut total = 0;
    let mut rows = Vec::new();
    for (id, user) in own(&site.users) {
        if wanted("idnumber", &user.idnumber)
            && wanted("username", &user.username)
            && wanted("email", &user.email)
        {
            total += 1;
            if rows.len() < limit {
                let more = user.more.iter().map(|(name, value)| (name.to_string(), json!(value)));
                let mut row = numbered(id, user)?;
                if let Some(members) = row.as_object_mut() {
                    members.insert("more".to_owned(), more.collect());
                }
                rows.push(row);
            }
        }
    }
    Ok(json!({"total": total, "users": rows}))
}

fn numbered(id: u32, thing: &impl Serialize) -> Outcome {
    let mut row = value(thing)?;
    if let Some(members) = row.as_object_mut() {
        members.insert("id".to_owned(), json!(id));
    }
    Ok(row)
}

/// Lists the things of a kind, those from the first day among them; `idnumber` and `course` narrow.
fn list(world: &World, call: &Call, kind: &str) -> Outcome {
    let limit = number(call, "limit", LISTED)?;
    let site = world.moodle();
    let rows = rows(&site, kind)?;
    let wanted = |row: &Value, name: &str| {
        parameter(call, name).is_none_or(|text| match row.get(name) {
            Some(Value::String(own)) => *own == text,
            Some(own) => own.as_u64() == text.parse().ok(),
            None => true,
        })
    };
    let all: Vec<Value> = rows
        .into_iter()
        .filter(|row| ["idnumber", "course", "user"].iter().all(|name| wanted(row, name)))
        .collect();
    let total = all.len();
    let page: Vec<Value> = all.into_iter().take(limit).collect();
    Ok(json!({"total": total, kind: page}))
}

fn rows(site: &Site, kind: &str) -> Result<Vec<Value>, (u16, String)> {
    match kind {
        "categories" => site.categories.iter().map(|(id, own)| numbered(id, own)).collect(),
        "courses" => site.courses.iter().map(|(id, own)| numbered(id, own)).collect(),
        "groups" => site.groups.iter().map(|(id, own)| numbered(id, own)).collect(),
        "cohorts" => site.cohorts.iter().map(|(id, own)| numbered(id, own)).collect(),
        "enrolments" => site
            .roll
            .iter()
            .map(|(course, user, own)| {
                let mut row = value(own)?;
                if let Some(members) = row.as_object_mut() {
                    members.insert("course".to_owned(), json!(course));
                    members.insert("user".to_owned(), json!(user));
                }
                Ok(row)
            })
            .collect(),
        _ => Err((404, "no such kind of thing".to_owned())),
    }
}

/// Takes a thing away, as an administrator would.
fn remove(world: &World, kind: &str, key: &[&str]) -> Outcome {
    let ids: Option<Vec<u32>> = key.iter().map(|part| part.parse().ok()).collect();
    let ids = ids.unwrap_or_default();
    let mut site = world.moodle();
    let gone = match (kind, ids.as_slice()) {
        ("users", [id]) if *id > SERVICE && site.users.get(*id).is_some() => {
            site.remove_user(*id);
            true
        }
        ("courses", [id]) if *id != SITE_COURSE && site.courses.get(*id).is_some() => {
            site.remove_course(*id);
            true
        }
        ("categories", [id]) => site.categories.remove(*id).is_some(),
        ("groups", [id]) => site.groups.remove(*id).is_some(),
        ("cohorts", [id]) => site.cohorts.remove(*id).is_some(),
        ("enrolments", [course, user]) => site.unenrol(*course, *user),
        ("group_members", [group, user]) => {
            site.groups.get_mut(*group).is_some_and(|group| group.members.remove(user))
        }
        ("cohort_members", [cohort, user]) => {
            site.cohorts.get_mut(*cohort).is_some_and(|cohort| cohort.members.remove(user))
        }
        // Takes away the possibility to enrol by hand.
        ("enrolment_method", [course]) if site.courses.get(*course).is_some() => {
            site.courses.change(*course, |course| course.manual = false);
            true
        }
        _ => false,
    };
    if !gone {
        return Err((404, "no such thing".to_owned()));
    }
    world.touch();
    Ok(json!({"removed": kind, "key": ids}))
}

/// Counts what was made on the site.
pub(super) fn counts(world: &World) -> Value {
    let site = world.moodle();
    let group_members: usize = site.groups.iter().map(|(_, group)| group.members.len()).sum();
    let cohort_members: usize = site.cohorts.iter().map(|(_, cohort)| cohort.members.len()).sum();
    json!({
        "users": own(&site.users).count(),
        "categories": site.categories.iter().filter(|(id, _)| *id > 1).count(),
        "courses": site.courses.iter().filter(|(id, _)| *id != SITE_COURSE).count(),
        "groups": site.groups.count(),
        "group_members": group_members,
        "enrolments": site.roll.count(),
        "cohorts": site.cohorts.count(),
        "cohort_members": cohort_members,
    })
}

/// Counts the things that share what should be theirs alone with an earlier thing.
pub(super) fn duplicates(world: &World) -> Value {
    let site = world.moodle();
    let (idnumbers, emails) = site.users.duplicates();
    let courses = site.courses.iter().map(|(_, own)| (0, own.idnumber.as_str()));
    let names = site.courses.iter().map(|(_, own)| (0, own.shortname.as_str()));
    let categories = site.categories.iter().map(|(_, own)| (0, own.idnumber.as_str()));
    let groups = site.groups.iter().map(|(_, own)| (own.course, own.idnumber.as_str()));
    let cohorts = site.cohorts.iter().map(|(_, own)| (0, own.idnumber.as_str()));
    json!({
        "idnumbers": idnumbers,
        "emails": emails,
        "course_idnumbers": doubles(courses),
        "course_shortnames": doubles(names),
        "category_idnumbers": doubles(categories),
        "group_idnumbers": doubles(groups),
        "cohort_idnumbers": doubles(cohorts),
        "enrolments": site.roll.doubles(),
    })
}

fn doubles<'t>(values: impl Iterator<Item = (u32, &'t str)>) -> usize {
    let mut seen: HashMap<(u32, &str), usize> = HashMap::new();
    for value in values.filter(|(_, text)| !text.is_empty()) {
        *seen.entry(value).or_default() += 1;
    }
    seen.values().map(|count| count - 1).sum()
}
