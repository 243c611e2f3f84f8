//! Cohorts: the store and the functions.

use {
    super::{
        Failure, Function, Scene, Site, count, flag, id, int, items, rights,
        spec::{Member, Spec, optional, required},
        text,
    },
    crate::ledger::Note,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::BTreeSet,
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_cohort_create_cohorts",
        capabilities: &["moodle/cohort:manage"],
        parameters: &[required("cohorts", Spec::List(&Spec::Struct(&[COMMON])))],
        run: create,
    },
    Function {
        name: "core_cohort_update_cohorts",
        capabilities: &["moodle/cohort:manage"],
        parameters: &[required("cohorts", Spec::List(&Spec::Struct(&[OLD, COMMON])))],
        run: update,
    },
    Function {
        name: "core_cohort_delete_cohorts",
        capabilities: &["moodle/cohort:manage"],
        parameters: &[required("cohortids", Spec::List(&Spec::Int))],
        run: delete,
    },
    Function {
        name: "core_cohort_get_cohorts",
        capabilities: &["moodle/cohort:view"],
        parameters: &[optional("cohortids", Spec::List(&Spec::Int))],
        run: get,
    },
    Function {
        name: "core_cohort_search_cohorts",
        capabilities: &[],
        parameters: &[
            required("query", Spec::Raw),
            required(
                "context",
                Spec::Struct(&[&[
                    optional("contextid", Spec::Int),
                    optional("contextlevel", Spec::Raw),
                    optional("instanceid", Spec::Int),
                ]]),
            ),
            optional("includes", Spec::Raw),
            optional("limitfrom", Spec::Int),
            optional("limitnum", Spec::Int),
        ],
        run: search,
    },
    Function {
        name: "core_cohort_add_cohort_members",
        capabilities: &["moodle/cohort:assign"],
        parameters: &[required(
            "members",
            Spec::List(&Spec::Struct(&[&[
                required("cohorttype", TYPED),
                required("usertype", TYPED),
            ]])),
        )],
        run: add_members,
    },
    Function {
        name: "core_cohort_delete_cohort_members",
        capabilities: &["moodle/cohort:assign"],
        parameters: &[required(
            "members",
            Spec::List(&Spec::Struct(&[&[
                required("cohortid", Spec::Int),
                required("userid", Spec::Int),
            ]])),
        )],
        run: delete_members,
    },
    Function {
        name: "core_cohort_get_cohort_members",
        capabilities: &["moodle/cohort:view"],
        parameters: &[required("cohortids", Spec::List(&Spec::Int))],
        run: members,
    },
];

const OLD: &[Member] = &[required("id", Spec::Int)];
const COMMON: &[Member] = &[
    required("categorytype", TYPED),
    required("name", Spec::Raw),
    required("idnumber", Spec::Raw),
    optional("description", Spec::Raw),
    optional("descriptionformat", Spec::Int),
    optional("visible", Spec::Flag),
    optional("theme", Spec::Raw),
    optional(
        "customfields",
        Spec::List(&Spec::Struct(&[&[
            required("shortname", Spec::Raw),
            required("value", Spec::Raw),
        ]])),
    )
    .since(402),
];
const TYPED: Spec = Spec::Struct(&[&[required("type", Spec::Raw), required("value", Spec::Raw)]]);

/// A cohort.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Cohort {
    pub(crate) name: String,
    pub(crate) idnumber: String,
    pub(crate) description: String,
    /// 0 = of the whole site.
    pub(crate) category: u32,
    pub(crate) hidden: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) members: BTreeSet<u32>,
}

impl Cohort {
    fn row(&self, scene: &Scene<'_>, id: u32) -> Value {
        json!({
            "id": id,
            "name": scene.shown(&self.name),
            "idnumber": self.idnumber,
            "description": scene.shown(&self.description),
            "descriptionformat": 1,
            "visible": !self.hidden,
            "theme": null,
        })
    }
}

/// Sets the given members of a cohort, and checks them.
fn fill(site: &Site, cohort: &mut Cohort, own: Option<u32>, item: &Value) -> Result<(), Failure> {
    let place = item.get("categorytype").unwrap_or(&Value::Null);
    let value = text(place, "value");
    let unknown = || Failure::parameter(format!("category not exists: {value}"));
    cohort.category = match text(place, "type") {
        "system" => 0,
        "id" => {
            let id = value.parse().ok().filter(|id| site.categories.get(*id).is_some());
            id.ok_or_else(unknown)?
        }
        "idnumber" => site.categories.numbered(value).ok_or_else(unknown)?,
        other => return Err(Failure::parameter(format!("category type not known: {other}"))),
    };
    text(item, "name").clone_into(&mut cohort.name);
    text(item, "idnumber").trim().clone_into(&mut cohort.idnumber);
    if let Some(description) = item.get("description").and_then(Value::as_str) {
        description.clone_into(&mut cohort.description);
    }
    cohort.hidden = !flag(item, "visible", !cohort.hidden);
    let taken = |(id, other): (u32, &Cohort)| {
        other.idnumber == cohort.idnumber && Some(id) != own && !cohort.idnumber.is_empty()
    };
    if site.cohorts.iter().any(taken) {
        return Err(Failure::parameter(format!("idnumber already exists: {}", cohort.idnumber)));
    }
    if cohort.name.chars().count() > 254 || cohort.idnumber.chars().count() > 100 {
        return Err(Failure::write("value too long".to_owned()));
    }
    Ok(())
}

fn create(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "cohorts");
    note.batch = Some(count(items.len()));
    // One transaction: everything created is taken back if a later item is wrong.
    let mut made: Vec<u32> = Vec::with_capacity(items.len());
    for item in items {
        let mut cohort = Cohort::default();
        if let Err(failure) = fill(site, &mut cohort, None, item) {
            made.into_iter().for_each(|id| drop(site.cohorts.remove(id)));
            return Err(failure);
        }
        made.push(site.cohorts.add(cohort));
    }
    note.wrote("cohorts", "created", made.len());
    Ok(made.iter().filter_map(|id| Some(site.cohorts.get(*id)?.row(scene, *id))).collect())
}

fn update(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "cohorts");
    note.batch = Some(count(items.len()));
    let mut before: Vec<(u32, Cohort)> = Vec::with_capacity(items.len());
    for item in items {
        let own = id(item, "id");
        let result = match site.cohorts.get(own).cloned() {
            None => Err(Failure::missing("cohort")),
            Some(old) => {
                let mut new = old.clone();
                before.push((own, old));
                fill(site, &mut new, Some(own), item).map(|()| new)
            }
        };
        match result {
            Ok(new) => put(site, own, new),
            Err(failure) => {
                before.into_iter().rev().for_each(|(id, old)| put(site, id, old));
                return Err(failure);
            }
        }
    }
    note.wrote("cohorts", "updated", before.len());
    Ok(Value::Null)
}

fn put(site: &mut Site, id: u32, cohort: Cohort) {
    if let Some(slot) = site.cohorts.get_mut(id) {
        *slot = cohort;
    }
}

/// Returns the ids of a list of numbers.
fn ids(arguments: &Map<String, Value>, name: &str) -> Vec<u32> {
    let number = |item: &Value| item.as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
    items(arguments, name).into_iter().map(number).collect()
}

fn delete(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let ids = ids(arguments, "cohortids");
    note.batch = Some(count(ids.len()));
    if ids.iter().any(|id| site.cohorts.get(*id).is_none()) {
        return Err(Failure::missing("cohort"));
    }
    let gone = ids.into_iter().filter_map(|id| site.cohorts.remove(id)).count();
    note.wrote("cohorts", "deleted", gone);
    Ok(Value::Null)
}

fn get(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let ids = ids(arguments, "cohortids");
    if ids.is_empty() {
        return Ok(site.cohorts.iter().map(|(id, cohort)| cohort.row(scene, id)).collect());
    }
    // Unknown ids are skipped.
    Ok(ids.into_iter().filter_map(|id| Some(site.cohorts.get(id)?.row(scene, id))).collect())
}

fn search(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    rights::need(scene.settings, &["moodle/cohort:view", "moodle/cohort:manage"])?;
    let all = Value::Object(arguments.clone());
    let query = text(&all, "query").to_lowercase();
    let context = arguments.get("context").unwrap_or(&Value::Null);
    let system = id(context, "contextid") == 1 || text(context, "contextlevel") == "system";
    let category = id(context, "instanceid");
    if !system && site.categories.get(category).is_none() {
        return Err(Failure::parameter("Context does not exist".to_owned()));
    }
    let everywhere = text(&all, "includes") == "all";
    let within = |cohort: &Cohort| match cohort.category {
        _ if everywhere => true,
        0 => system || text(&all, "includes") != "self",
        own => !system && own == category,
    };
    let found = site.cohorts.iter().filter(|(_, cohort)| {
        within(cohort)
            && [&cohort.name, &cohort.idnumber, &cohort.description]
                .iter()
                .any(|text| text.to_lowercase().contains(&query))
    });
    let from = int(&all, "limitfrom").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    // Twenty-five unless the caller asks for another number; 0 = all.
    let limit = match int(&all, "limitnum").and_then(|n| usize::try_from(n).ok()).unwrap_or(25) {
        0 => usize::MAX,
        limit => limit,
    };
    let rows: Vec<Value> =
        found.skip(from).take(limit).map(|(id, cohort)| cohort.row(scene, id)).collect();
    Ok(json!({"cohorts": rows}))
}

fn add_members(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "members");
    note.batch = Some(count(items.len()));
    let mut warnings = Vec::new();
    for item in items {
        // A warning does not name the member that it is about.
        let mut warn = |code: &str, message: String| {
            warnings.push(json!({"warningcode": code, "message": message}));
        };
        let cohort = item.get("cohorttype").unwrap_or(&Value::Null);
        let user = item.get("usertype").unwrap_or(&Value::Null);
        let (cohort_value, user_value) = (text(cohort, "value"), text(user, "value"));
        let cohort_id = match text(cohort, "type") {
            "id" => cohort_value.parse().ok().filter(|id| site.cohorts.get(*id).is_some()),
            "idnumber" => {
                let own = |(_, cohort): &(u32, &Cohort)| cohort.idnumber == cohort_value;
                site.cohorts.iter().find(own).map(|(id, _)| id)
            }
            other => {
                warn("1", format!("invalid parameter: cohortype={other}"));
                continue;
            }
        };
        let user_id = match text(user, "type") {
            "id" => user_value.parse().ok().filter(|id| site.users.get(*id).is_some()),
            "username" => site.users.named(user_value),
            other => {
                warn("1", format!("invalid parameter: usertype={other}"));
                continue;
            }
        };
        let Some(found) = cohort_id.and_then(|id| site.cohorts.get_mut(id)) else {
            warn("2", format!("cohort {}={cohort_value} not exists", text(cohort, "type")));
            continue;
        };
        let Some(user_id) = user_id else {
            warn("2", format!("user {}={user_value} not exists", text(user, "type")));
            continue;
        };
        if found.members.insert(user_id) {
            note.wrote("cohort_members", "created", 1);
        } else {
            note.wrote("cohort_members", "repeated", 1);
            warn("3", format!("record already exists: cohort({cohort_value} {user_value})"));
        }
    }
    Ok(json!({"warnings": warnings}))
}

fn delete_members(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "members");
    note.batch = Some(count(items.len()));
    for item in &items {
        if site.cohorts.get(id(item, "cohortid")).is_none() {
            return Err(Failure::missing("cohort"));
        }
        if site.users.get(id(item, "userid")).is_none() {
            return Err(Failure::no_user());
        }
    }
    for item in items {
        let Some(cohort) = site.cohorts.get_mut(id(item, "cohortid")) else { continue };
        let gone = cohort.members.remove(&id(item, "userid"));
        note.wrote("cohort_members", "deleted", usize::from(gone));
    }
    Ok(Value::Null)
}

fn members(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let one = |id: u32| {
        let cohort = site.cohorts.get(id).ok_or_else(|| Failure::missing("cohort"))?;
        Ok(json!({"cohortid": id, "userids": cohort.members}))
    };
    ids(arguments, "cohortids").into_iter().map(one).collect()
}
