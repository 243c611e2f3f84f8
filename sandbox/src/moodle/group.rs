//! Groups of courses: the store and the functions.

use {
    super::{
        Failure, Function, Scene, Site, count, id, int, items,
        spec::{Member, Spec, optional, required},
    },
    crate::ledger::Note,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::BTreeSet,
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_group_create_groups",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("groups", Spec::List(&Spec::Struct(&[NEW, COMMON])))],
        run: create,
    },
    Function {
        name: "core_group_update_groups",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("groups", Spec::List(&Spec::Struct(&[OLD, COMMON])))],
        run: update,
    },
    Function {
        name: "core_group_delete_groups",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("groupids", Spec::List(&Spec::Int))],
        run: delete,
    },
    Function {
        name: "core_group_get_groups",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("groupids", Spec::List(&Spec::Int))],
        run: get,
    },
    Function {
        name: "core_group_get_course_groups",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("courseid", Spec::Int)],
        run: of_course,
    },
    Function {
        name: "core_group_add_group_members",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("members", MEMBERS)],
        run: add_members,
    },
    Function {
        name: "core_group_delete_group_members",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("members", MEMBERS)],
        run: delete_members,
    },
    Function {
        name: "core_group_get_group_members",
        capabilities: &["moodle/course:managegroups"],
        parameters: &[required("groupids", Spec::List(&Spec::Int))],
        run: members,
    },
];

const NEW: &[Member] = &[
    required("courseid", Spec::Int),
    required("name", Spec::Text),
    required("description", Spec::Raw),
    optional("visibility", Spec::Int).since(402),
    optional("participation", Spec::Flag).since(402),
];
const OLD: &[Member] = &[
    required("id", Spec::Int),
    required("name", Spec::Text),
    optional("description", Spec::Raw),
    optional("visibility", Spec::Int).since(402),
    optional("participation", Spec::Flag).since(402),
];
const COMMON: &[Member] = &[
    optional("descriptionformat", Spec::Int),
    optional("enrolmentkey", Spec::Raw),
    optional("idnumber", Spec::Raw),
    optional(
        "customfields",
        Spec::List(&Spec::Struct(&[&[
            required("shortname", Spec::Raw),
            required("value", Spec::Raw),
        ]])),
    )
    .since(403),
];
const MEMBERS: Spec =
    Spec::List(&Spec::Struct(&[&[required("groupid", Spec::Int), required("userid", Spec::Int)]]));

/// A group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) course: u32,
    pub(crate) name: String,
    pub(crate) idnumber: String,
    pub(crate) description: String,
    enrolmentkey: String,
    visibility: i64,
    hidden_from_grading: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) members: BTreeSet<u32>,
}

impl Group {
    fn row(&self, scene: &Scene<'_>, id: u32) -> Value {
        json!({
            "id": id,
            "courseid": self.course,
            "name": scene.shown(&self.name),
            "description": scene.shown(&self.description),
            "descriptionformat": 1,
            "enrolmentkey": self.enrolmentkey,
            "idnumber": self.idnumber,
            "visibility": self.visibility,
            "participation": !self.hidden_from_grading,
        })
    }
}

/// Sets the given members of a group, and checks them.
fn fill(site: &Site, group: &mut Group, own: Option<u32>, item: &Value) -> Result<(), Failure> {
    let get = |name: &str| item.get(name).and_then(Value::as_str);
    for (name, slot) in [
        ("name", &mut group.name),
        ("idnumber", &mut group.idnumber),
        ("description", &mut group.description),
        ("enrolmentkey", &mut group.enrolmentkey),
    ] {
        if let Some(value) = get(name) {
            value.trim().clone_into(slot);
        }
    }
    group.visibility = int(item, "visibility").unwrap_or(group.visibility);
    if let Some(flag) = get("participation") {
        group.hidden_from_grading = flag == "0";
    }
    if group.name.is_empty() {
        return Err(Failure::parameter("Invalid group name".to_owned()));
    }
    let others = || {
        let course = group.course;
        site.groups.iter().filter(move |(id, other)| other.course == course && Some(*id) != own)
    };
    if others().any(|(_, other)| other.name == group.name) {
        let text = format!("Group with the same name already exists in the course: {}", group.name);
        return Err(Failure::parameter(text));
    }
    if !group.idnumber.is_empty() && others().any(|(_, other)| other.idnumber == group.idnumber) {
        return Err(Failure::moodle("idnumbertaken", "This ID number is already taken"));
    }
    let long = |text: &str, length: usize| text.chars().count() > length;
    if long(&group.name, 254) || long(&group.idnumber, 100) || long(&group.enrolmentkey, 50) {
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
    let items = items(arguments, "groups");
    note.batch = Some(count(items.len()));
    // One transaction: everything created is taken back if a later item is wrong.
    let mut made: Vec<u32> = Vec::with_capacity(items.len());
    for item in items {
        let mut group = Group { course: id(item, "courseid"), ..Group::default() };
        let result = match site.courses.get(group.course) {
            Some(_) => fill(site, &mut group, None, item),
            None => Err(Failure::no_course_context(group.course)),
        };
        if let Err(failure) = result {
            made.into_iter().for_each(|id| drop(site.groups.remove(id)));
            return Err(failure);
        }
        made.push(site.groups.add(group));
    }
    note.wrote("groups", "created", made.len());
    Ok(made.iter().filter_map(|id| Some(site.groups.get(*id)?.row(scene, *id))).collect())
}

fn update(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "groups");
    note.batch = Some(count(items.len()));
    let mut before: Vec<(u32, Group)> = Vec::with_capacity(items.len());
    for item in items {
        let own = id(item, "id");
        let result = match site.groups.get(own).cloned() {
            None => Err(Failure::parameter(format!("Group {own} does not exist"))),
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
    note.wrote("groups", "updated", before.len());
    Ok(Value::Null)
}

fn put(site: &mut Site, id: u32, group: Group) {
    if let Some(slot) = site.groups.get_mut(id) {
        *slot = group;
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
    let ids = ids(arguments, "groupids");
    note.batch = Some(count(ids.len()));
    // Unknown groups are skipped.
    let gone = ids.into_iter().filter_map(|id| site.groups.remove(id)).count();
    note.wrote("groups", "deleted", gone);
    Ok(Value::Null)
}

fn get(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let one = |id: u32| {
        let group = site.groups.get(id).ok_or_else(|| Failure::missing("groups"))?;
        Ok(group.row(scene, id))
    };
    ids(arguments, "groupids").into_iter().map(one).collect()
}

fn of_course(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let course = id(&Value::Object(arguments.clone()), "courseid");
    if site.courses.get(course).is_none() {
        return Err(Failure::no_course_context(course));
    }
    let own = site.groups.iter().filter(|(_, group)| group.course == course);
    Ok(own.map(|(id, group)| group.row(scene, id)).collect())
}

/// Checks that the group and the user of each member exist.
fn check_members(site: &Site, items: &[&Value]) -> Result<(), Failure> {
    for item in items {
        if site.groups.get(id(item, "groupid")).is_none() {
            return Err(Failure::missing("groups"));
        }
        if site.users.get(id(item, "userid")).is_none() {
            return Err(Failure::no_user());
        }
    }
    Ok(())
}

fn add_members(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "members");
    note.batch = Some(count(items.len()));
    check_members(site, &items)?;
    for item in &items {
        let course = site.groups.get(id(item, "groupid")).map_or(0, |group| group.course);
        if site.roll.get(course, id(item, "userid")).is_none() {
            let text = "Only enrolled users may be members of groups";
            return Err(Failure::parameter(text.to_owned()));
        }
    }
    for item in items {
        let Some(group) = site.groups.get_mut(id(item, "groupid")) else { continue };
        let new = group.members.insert(id(item, "userid"));
        note.wrote("group_members", if new { "created" } else { "repeated" }, 1);
    }
    Ok(Value::Null)
}

fn delete_members(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "members");
    note.batch = Some(count(items.len()));
    check_members(site, &items)?;
    for item in items {
        let Some(group) = site.groups.get_mut(id(item, "groupid")) else { continue };
        let gone = group.members.remove(&id(item, "userid"));
        note.wrote("group_members", "deleted", usize::from(gone));
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
        let group = site.groups.get(id).ok_or_else(|| Failure::missing("groups"))?;
        Ok(json!({"groupid": id, "userids": group.members}))
    };
    ids(arguments, "groupids").into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::moodle::bench::Bench;
    use serde_json::json;

    #[test]
    fn names_and_numbers_are_unique_within_a_course_only() {
        let mut bench = Bench::school();
        let group = |course: u32, name: &str, number: &str| {
            format!(
                "groups[0][courseid]={course}&groups[0][name]={name}&groups[0][description]=\
                 &groups[0][idnumber]={number}"
            )
        };
        let name = "core_group_create_groups";
        assert_eq!(bench.ask(name, &group(2, "G1", "n"))["errorcode"], "invalidparameter");
        assert_eq!(bench.ask(name, &group(2, "G2", "g1"))["errorcode"], "idnumbertaken");
        let unknown = bench.ask(name, &group(99, "G2", "n"));
        assert_eq!(unknown["errorcode"], "errorcoursecontextnotvalid");
        let unknown = bench.ask("core_group_get_course_groups", "courseid=99");
        assert_eq!(unknown["errorcode"], "errorcoursecontextnotvalid");
        let form = "groups[0][id]=99&groups[0][name]=G";
        let unknown = bench.ask("core_group_update_groups", form);
        assert_eq!(unknown["errorcode"], "invalidparameter");
        let made = bench.ok(name, &group(3, "G1", "g1"));
        assert_eq!(made[0]["courseid"], 3);
        let two = format!(
            "{}&groups[1][courseid]=3&groups[1][name]=G1&groups[1][description]=",
            group(3, "G9", "g9")
        );
        assert_eq!(bench.ask(name, &two)["errorcode"], "invalidparameter");
        let rows = bench.ok("core_group_get_course_groups", "courseid=3");
        assert_eq!(rows.as_array().map(Vec::len), Some(1));
        "4.1".clone_into(&mut bench.settings.moodle_version);
        let form = format!("{}&groups[0][visibility]=1", group(3, "G8", "g8"));
        assert_eq!(bench.ask(name, &form)["errorcode"], "invalidparameter");
    }

    #[test]
    fn members_must_be_enrolled() {
        let mut bench = Bench::school();
        let form = "members[0][groupid]=1&members[0][userid]=4";
        let name = "core_group_add_group_members";
        assert_eq!(bench.ask(name, form)["errorcode"], "invalidparameter");
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2",
        );
        let half = format!("{form}&members[1][groupid]=1&members[1][userid]=5");
        assert_eq!(bench.ask(name, &half)["errorcode"], "invalidparameter");
        for (gone, code) in [
            ("members[0][groupid]=1&members[0][userid]=99", "invaliduser"),
            ("members[0][groupid]=99&members[0][userid]=4", "invalidrecord"),
        ] {
            for name in [name, "core_group_delete_group_members"] {
                assert_eq!(bench.ask(name, gone)["errorcode"], code, "{name}");
            }
        }
        let empty = json!([{"groupid": 1, "userids": []}]);
        assert_eq!(bench.ok("core_group_get_group_members", "groupids[0]=1"), empty);
        bench.ok(name, form);
        bench.ok(name, form);
        let one = json!([{"groupid": 1, "userids": [4]}]);
        assert_eq!(bench.ok("core_group_get_group_members", "groupids[0]=1"), one);
        bench.ok("core_group_delete_group_members", form);
        bench.ok("core_group_delete_group_members", form);
        assert_eq!(bench.ok("core_group_get_group_members", "groupids[0]=1"), empty);
    }
}
