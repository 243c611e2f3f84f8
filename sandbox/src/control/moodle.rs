//! Controls of the site: list its objects and remove them.

mod account;

use {
    super::{Control, LISTED, Outcome, now, number, parameter, part, read, switch, value},
    crate::{
        answer::Call,
        moodle::{Grade, Item, SERVICE, SITE_COURSE, Site, User, Users},
        world::World,
    },
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::HashMap,
};

/// The controls of the site.
pub(super) static CONTROLS: [Control; 11] = [
    Control::new(
        "GET",
        "moodle/users",
        "The accounts; `idnumber`, `username`, `email` and `limit` choose some",
        |world, call, _| users(world, call),
    ),
    Control::new(
        "POST",
        "moodle/users",
        "Creates an account, unchecked: `username`, `email`, `firstname`, `lastname`, `idnumber`, \
         `phone1`, `auth`, `suspended`, `unconfirmed`, `roles` (short names), `admin`",
        |world, call, _| account::make(world, &read(call)?),
    ),
    Control::new(
        "PUT",
        "moodle/users/{id}",
        "Changes the given values of an account",
        |world, call, path| account::change(world, part(path, 0), &read(call)?),
    ),
    Control::new(
        "DELETE",
        "moodle/users/{id}",
        "Deletes an account; `purge=1` leaves no trace of it",
        |world, call, path| account::remove(world, part(path, 0), switch(call, "purge")),
    ),
    Control::new(
        "PUT",
        "moodle/categories/{id}",
        "Hides a category (`hidden`), or shows it again",
        |world, call, path| hide(world, part(path, 0), &read(call)?),
    ),
    Control::new(
        "POST",
        "moodle/grades",
        "Grades `user` in `item` of `course` with `raw`; a new `item` is created with `module`, \
         `idnumber`, `min` and `max`. Further: `feedback`, and the times `graded` and `submitted`",
        |world, call, _| grade(world, &read(call)?),
    ),
    Control::new(
        "GET",
        "moodle/snapshots",
        "The names of the snapshots of the site",
        |world, _, _| Ok(json!(world.snapshots().keys().collect::<Vec<_>>())),
    ),
    Control::new(
        "POST",
        "moodle/snapshots/{name}",
        "Keeps the site as it is under a name",
        |world, _, path| keep(world, part(path, 0)),
    ),
    Control::new(
        "PUT",
        "moodle/snapshots/{name}",
        "Puts a kept site back under the same address, as the restore of a backup does",
        |world, _, path| put_back(world, part(path, 0)),
    ),
    Control::new(
        "GET",
        "moodle/{kind}",
        "The objects of a kind: `categories`, `courses`, `groups`, `cohorts`, `enrolments`, \
         `grade_items`, `grades` or `plugin_NAME`; `idnumber`, `course`, `user` and `limit` choose \
         some",
        |world, call, path| list(world, call, part(path, 0)),
    ),
    Control::new(
        "DELETE",
        "moodle/{kind}/{key...}",
        "Removes an object by hand: one of the kinds above, `group_members/GROUP/USER`, \
         `cohort_members/COHORT/USER`, `enrolments/COURSE/USER`, `grades/ITEM/USER`, or the manual \
         enrolments of a course (`enrolment_method/COURSE`)",
        |world, _, path| remove(world, part(path, 0), path.get(1..).unwrap_or_default()),
    ),
];

/// Returns the users except those that every site has.
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

/// Lists the objects of a kind, including those from the first day; `idnumber` and `course` narrow.
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
        "grade_items" => site.grades.items().map(|(id, own)| numbered(id, own)).collect(),
        "grades" => site
            .grades
            .iter()
            .map(|(item, user, own)| {
                let mut row = value(own)?;
                if let Some(members) = row.as_object_mut() {
                    let course = site.grades.item(item).map(|item| item.course);
                    members.insert("item".to_owned(), json!(item));
                    members.insert("course".to_owned(), json!(course));
                    members.insert("user".to_owned(), json!(user));
                }
                Ok(row)
            })
            .collect(),
        // Records of the plug-in.
        kind => {
            let unknown = || (404, "no such kind of thing".to_owned());
            let name = kind.strip_prefix("plugin_").ok_or_else(unknown)?;
            let records = site.plugin.get(name).into_iter().flatten();
            Ok(records
                .map(|(zoho_id, record)| {
                    let mut row = record.clone();
                    row.insert("zoho_id".to_owned(), json!(zoho_id));
                    Value::Object(row)
                })
                .collect())
        }
    }
}

/// The parameters of a grade control.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GradeWish {
    /// Id, idnumber or short name.
    course: Value,
    /// Id, idnumber or user name.
    user: Value,
    /// Id or name; an item with a new name is created.
    item: Value,
    /// Kind of activity of a new item; empty for one without an activity.
    #[serde(default = "assign")]
    module: String,
    /// Idnumber of a new item.
    #[serde(default)]
    idnumber: String,
    /// Range of a new item.
    #[serde(default)]
    min: f64,
    #[serde(default = "hundred")]
    max: f64,
    /// Null = not graded.
    raw: Option<f64>,
    #[serde(default)]
    feedback: String,
    /// Unix seconds; now by default.
    graded: Option<i64>,
    submitted: Option<i64>,
}

fn assign() -> String {
    "assign".to_owned()
}

fn hundred() -> f64 {
    100.0
}

/// Grades a user, and creates the item if necessary.
fn grade(world: &World, body: &Value) -> Outcome {
    let wish = GradeWish::deserialize(body).map_err(|error| (400, error.to_string()))?;
    if wish.max < wish.min {
        return Err((400, format!("max: {} is below min ({})", wish.max, wish.min)));
    }
    let now = now(world);
    let number =
        |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    let mut site = world.moodle();
    let (courses, users) = (&site.courses, &site.users);
    let text = wish.course.as_str().unwrap_or_default();
    let course = courses.get(number(&wish.course)).map(|_| number(&wish.course));
    let course = course.or_else(|| courses.numbered(text).next()).or_else(|| courses.named(text));
    let course = course.ok_or_else(|| (404, "no such course".to_owned()))?;
    let text = wish.user.as_str().unwrap_or_default();
    let user = users.get(number(&wish.user)).map(|_| number(&wish.user));
    let user = user.or_else(|| users.numbered(text).next()).or_else(|| users.named(text));
    let user = user.ok_or_else(|| (404, "no such user".to_owned()))?;
    let text = wish.item.as_str().unwrap_or_default();
    let known = |(id, item): &(u32, &Item)| {
        let named = !text.is_empty() && item.name == text;
        item.course == course && !item.total && (*id == number(&wish.item) || named)
    };
    let found = site.grades.items().find(known).map(|(id, _)| id);
    let item = match found {
        Some(id) => id,
        None if text.is_empty() => return Err((404, "no such item".to_owned())),
        None => site.grades.add(Item {
            course,
            name: text.to_owned(),
            idnumber: wish.idnumber,
            module: wish.module,
            total: false,
            min: wish.min,
            max: wish.max,
        }),
    };
    let graded = wish.graded.or(wish.raw.map(|_| now));
    let (raw, feedback, submitted) = (wish.raw, wish.feedback, wish.submitted);
    site.grades.put(item, user, Grade { raw, feedback, graded, submitted });
    world.touch();
    Ok(json!({"course": course, "user": user, "item": item}))
}

/// Hides a category (`hidden`), or shows it again.
fn hide(world: &World, id: &str, body: &Value) -> Outcome {
    let hidden = body.get("hidden").and_then(Value::as_bool);
    let hidden = hidden.ok_or_else(|| (400, "hidden is wanted, true or false".to_owned()))?;
    let mut site = world.moodle();
    let category = id.parse().ok().and_then(|id| site.categories.get_mut(id));
    let category = category.ok_or_else(|| (404, "no such category".to_owned()))?;
    category.hidden = hidden;
    world.touch();
    Ok(json!({"id": id, "hidden": hidden}))
}

/// Keeps a copy of the whole site under a name, as a backup does.
fn keep(world: &World, name: &str) -> Outcome {
    let copy = serde_json::to_vec(&*world.moodle()).map_err(|error| (500, error.to_string()))?;
    world.snapshots().insert(name.to_owned(), copy);
    Ok(json!({"kept": name}))
}

/// Puts the site back as it was when a copy was kept: also the numbers of later objects are given out again.
fn put_back(world: &World, name: &str) -> Outcome {
    let copy = world.snapshots().get(name).cloned();
    let copy = copy.ok_or_else(|| (404, "no such snapshot".to_owned()))?;
    let site: Site = serde_json::from_slice(&copy).map_err(|error| (500, error.to_string()))?;
    *world.moodle() = site.restored().at(&world.moodle_url);
    world.touch();
    Ok(json!({"restored": name}))
}

/// Removes an object, as an administrator would.
fn remove(world: &World, kind: &str, key: &[&str]) -> Outcome {
    if let (Some(name), [zoho_id]) = (kind.strip_prefix("plugin_"), key) {
        let mut site = world.moodle();
        let gone = site.plugin.get_mut(name).and_then(|all| all.remove(*zoho_id)).is_some();
        world.touch();
        return match gone {
            true => Ok(json!({"removed": kind, "key": key})),
            false => Err((404, "no such thing".to_owned())),
        };
    }
    let ids: Option<Vec<u32>> = key.iter().map(|part| part.parse().ok()).collect();
    let ids = ids.unwrap_or_default();
    let mut site = world.moodle();
    let gone = match (kind, ids.as_slice()) {
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
        ("grade_items", [id]) => site.grades.remove_item(*id),
        ("grades", [item, user]) => site.grades.remove(*item, *user),
        // Removes the enrolment method for manual enrolments.
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

/// Counts the objects that were created on the site.
pub(super) fn counts(world: &World) -> Value {
    let site = world.moodle();
    let group_members: usize = site.groups.iter().map(|(_, group)| group.members.len()).sum();
    let cohort_members: usize = site.cohorts.iter().map(|(_, cohort)| cohort.members.len()).sum();
    let plugin: Map<String, Value> =
        site.plugin.iter().map(|(kind, all)| (kind.clone(), json!(all.len()))).collect();
    json!({
        "plugin": plugin,
        "users": own(&site.users).count(),
        "categories": site.categories.iter().filter(|(id, _)| *id > 1).count(),
        "courses": site.courses.iter().filter(|(id, _)| *id != SITE_COURSE).count(),
        "groups": site.groups.count(),
        "group_members": group_members,
        "enrolments": site.roll.count(),
        "cohorts": site.cohorts.count(),
        "cohort_members": cohort_members,
        "grade_items": site.grades.items().filter(|(_, item)| !item.total).count(),
        "grades": site.grades.count(),
    })
}

/// Counts the objects that share a value that should be unique with an earlier one.
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
