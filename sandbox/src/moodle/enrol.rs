//! Functions that enrol, unenrol and give roles.

use {
    super::{
        Failure, Function, Scene, Site, count,
        course::SITE_COURSE,
        flag, id, int, items,
        roll::{Enrolment, ROLES},
        spec::{Spec, optional, required},
        text,
        user::GUEST,
    },
    crate::ledger::Note,
    serde_json::{Map, Value},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "enrol_manual_enrol_users",
        capabilities: &["enrol/manual:enrol"],
        parameters: &[required(
            "enrolments",
            Spec::List(&Spec::Struct(&[&[
                required("roleid", Spec::Int),
                required("userid", Spec::Int),
                required("courseid", Spec::Int),
                optional("timestart", Spec::Int),
                optional("timeend", Spec::Int),
                optional("suspend", Spec::Int),
            ]])),
        )],
        run: enrol,
    },
    Function {
        name: "enrol_manual_unenrol_users",
        capabilities: &["enrol/manual:unenrol"],
        parameters: &[required(
            "enrolments",
            Spec::List(&Spec::Struct(&[&[
                required("userid", Spec::Int),
                required("courseid", Spec::Int),
                optional("roleid", Spec::Int).until(500),
            ]])),
        )],
        run: unenrol,
    },
    Function {
        name: "core_role_assign_roles",
        capabilities: &["moodle/role:assign"],
        parameters: &[required("assignments", ASSIGNMENTS)],
        run: assign,
    },
    Function {
        name: "core_role_unassign_roles",
        capabilities: &["moodle/role:assign"],
        parameters: &[required("unassignments", ASSIGNMENTS)],
        run: unassign,
    },
];

const ASSIGNMENTS: Spec = Spec::List(&Spec::Struct(&[&[
    required("roleid", Spec::Int),
    required("userid", Spec::Int),
    optional("contextid", Spec::Int),
    optional("contextlevel", Spec::Raw),
    optional("instanceid", Spec::Int),
]]));

/// Difference between the id of a course's context and the id of the course.
const COURSE_CONTEXT: u32 = 1_000_000;

/// Checks that a course allows manual enrolments.
fn instance(site: &Site, course: u32) -> Result<(), Failure> {
    match site.courses.get(course) {
        Some(own) if own.manual && course != SITE_COURSE => Ok(()),
        Some(_) => {
            let text = "Manual enrolment plugin instance doesn't exist or is disabled for the \
                        course";
            Err(Failure::moodle("wsnoinstance", &format!("{text} (id = {course})")))
        }
        None => Err(Failure::parameter("Context does not exist".to_owned())),
    }
}

/// Checks that a user can be enrolled.
fn person(site: &Site, scene: &Scene<'_>, user: u32) -> Result<(), Failure> {
    // A fault before 4.5: Moodle does not check whether the row exists.
    let old = scene.settings.version() < 405;
    match site.users.row(user) {
        None if old => Err(Failure::php("TypeError")),
        None => Err(Failure::no_user()),
        Some(own) if own.deleted && old => {
            let text = "Coding error detected, it must be fixed by a programmer: User is deleted";
            Err(Failure::new("coding_exception", "codingerror", text, String::new()))
        }
        Some(own) if own.deleted => Err(Failure::moodle("userdeleted", "error/userdeleted")),
        Some(own) if own.unconfirmed => {
            Err(Failure::moodle("usernotconfirmed", "error/usernotconfirmed"))
        }
        Some(_) if user == GUEST => {
            let text = "The guest user is not allowed to do this";
            Err(Failure::moodle("guestsarenotallowed", text))
        }
        Some(_) => Ok(()),
    }
}

fn enrol(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "enrolments");
    note.batch = Some(count(items.len()));
    // One transaction: all items are checked before the first is written.
    for item in &items {
        let (course, user, role) = (id(item, "courseid"), id(item, "userid"), id(item, "roleid"));
        if site.courses.get(course).is_none() {
            return Err(Failure::parameter("Context does not exist".to_owned()));
        }
        person(site, scene, user)?;
        if !scene.settings.assignable_roles.contains(&role) {
            let text = format!(
                "You don't have the permission to assign this role ({role}) to this user ({user}) \
                 in this course({course})."
            );
            return Err(Failure::moodle("wsusercannotassign", &text));
        }
        instance(site, course)?;
    }
    for item in items {
        let wish = Enrolment {
            roles: vec![id(item, "roleid")],
            timestart: int(item, "timestart").unwrap_or(0),
            timeend: int(item, "timeend").unwrap_or(0),
            suspended: flag(item, "suspend", false),
        };
        note.wrote("enrolments", put(site, id(item, "courseid"), id(item, "userid"), wish), 1);
    }
    Ok(Value::Null)
}

/// Enrols a user; returns whether that was new or a change. Values that are not given are reset to
/// their defaults; roles are added, never replaced.
pub(super) fn put(site: &mut Site, course: u32, user: u32, mut wish: Enrolment) -> &'static str {
    let verb = match site.roll.get(course, user) {
        None => "created",
        Some(old) => {
            let mut roles = old.roles.clone();
            roles.extend(wish.roles.iter().filter(|role| !old.roles.contains(role)));
            wish.roles = roles;
            if *old == wish { "repeated" } else { "updated" }
        }
    };
    site.roll.put(course, user, wish);
    verb
}

fn unenrol(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "enrolments");
    note.batch = Some(count(items.len()));
    for item in &items {
        let course = id(item, "courseid");
        if site.courses.get(course).is_none() {
            return Err(Failure::missing("course"));
        }
        instance(site, course)?;
        person(site, scene, id(item, "userid"))?;
    }
    // Whatever the role, the whole enrolment ends.
    for item in items {
        let gone = site.unenrol(id(item, "courseid"), id(item, "userid"));
        note.wrote("enrolments", "deleted", usize::from(gone));
    }
    Ok(Value::Null)
}

/// Returns the course whose context an assignment names.
fn course_of(site: &Site, item: &Value) -> Result<u32, Failure> {
    let course = if text(item, "contextlevel") == "course" {
        id(item, "instanceid")
    } else {
        id(item, "contextid").saturating_sub(COURSE_CONTEXT)
    };
    match site.courses.get(course) {
        Some(_) => Ok(course),
        None => Err(Failure::parameter("Context does not exist".to_owned())),
    }
}

fn assign(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    change_roles(site, scene, arguments, "assignments", note, |roles, role| {
        let new = !roles.contains(&role);
        if new {
            roles.push(role);
        }
        new
    })
}

fn unassign(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    change_roles(site, scene, arguments, "unassignments", note, |roles, role| {
        let before = roles.len();
        roles.retain(|own| *own != role);
        roles.len() < before
    })
}

fn change_roles(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    list: &str,
    note: &mut Note,
    change: fn(&mut Vec<u32>, u32) -> bool,
) -> Result<Value, Failure> {
    let items = items(arguments, list);
    note.batch = Some(count(items.len()));
    for item in &items {
        course_of(site, item)?;
        let role = id(item, "roleid");
        let known = ROLES.iter().any(|(own, ..)| *own == role);
        if !known || !scene.settings.assignable_roles.contains(&role) {
            return Err(Failure::parameter(format!("Can not assign roleid={role}")));
        }
        person(site, scene, id(item, "userid"))?;
    }
    for item in items {
        let (course, user) = (course_of(site, item)?, id(item, "userid"));
        // This site shows no role without an enrolment.
        let Some(mut own) = site.roll.get(course, user).cloned() else { continue };
        if change(&mut own.roles, id(item, "roleid")) {
            site.roll.put(course, user, own);
            note.wrote("roles", "updated", 1);
        }
    }
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::moodle::{Grade, Item, bench::Bench},
        serde_json::json,
    };

    #[test]
    fn enrol_resets_what_is_not_given_and_adds_roles() {
        let mut bench = Bench::school();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2\
             &enrolments[0][timestart]=100&enrolments[0][timeend]=200&enrolments[0][suspend]=1",
        );
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=3&enrolments[0][userid]=4&enrolments[0][courseid]=2",
        );
        let now = Enrolment { roles: vec![5, 3], ..Enrolment::default() };
        assert_eq!(bench.site.roll.get(2, 4), Some(&now));
        bench.ok(
            "core_role_unassign_roles",
            "unassignments[0][roleid]=3&unassignments[0][userid]=4\
             &unassignments[0][contextlevel]=course&unassignments[0][instanceid]=2",
        );
        assert_eq!(bench.site.roll.get(2, 4).map(|own| own.roles.clone()), Some(vec![5]));
    }

    #[test]
    fn one_bad_item_spoils_all() {
        let mut bench = Bench::school();
        bench.ok("core_user_delete_users", "userids[0]=6");
        let bad = |role: u32, user: u32, course: u32| {
            format!(
                "enrolments[1][roleid]={role}&enrolments[1][userid]={user}\
                 &enrolments[1][courseid]={course}"
            )
        };
        let cases = [
            (bad(5, 99, 2), "invaliduser"),
            (bad(5, 6, 2), "userdeleted"),
            (bad(5, 1, 2), "guestsarenotallowed"),
            (bad(1, 5, 2), "wsusercannotassign"),
            (bad(5, 5, 77), "invalidparameter"),
            (bad(5, 5, 1), "wsnoinstance"),
        ];
        for (bad, code) in cases {
            let good = "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2";
            let answer = bench.ask("enrol_manual_enrol_users", &format!("{good}&{bad}"));
            assert_eq!(answer["errorcode"].as_str().unwrap_or_default(), code, "{answer}");
            assert_eq!(bench.site.roll.count(), 0, "{bad}");
        }
        "4.4".clone_into(&mut bench.settings.moodle_version);
        let unknown = "enrolments[0][roleid]=5&enrolments[0][userid]=99&enrolments[0][courseid]=2";
        let answer = bench.ask("enrol_manual_enrol_users", unknown);
        assert_eq!((&answer["exception"], answer.get("errorcode")), (&json!("TypeError"), None));
    }

    #[test]
    fn what_is_gone_is_told_by_a_code_of_its_own() {
        let mut bench = Bench::school();
        bench.ok("core_user_delete_users", "userids[0]=6");
        for (user, course, code) in
            [(99, 2, "invaliduser"), (6, 2, "userdeleted"), (4, 77, "invalidrecord")]
        {
            let form = format!("enrolments[0][userid]={user}&enrolments[0][courseid]={course}");
            let answer = bench.ask("enrol_manual_unenrol_users", &form);
            assert_eq!(answer["errorcode"], code, "{answer}");
        }
    }

    #[test]
    fn grades_go_with_the_enrolment_and_do_not_come_back() {
        let mut bench = Bench::school();
        let enrol = |course: u32| {
            format!(
                "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]={course}"
            )
        };
        let grade = |bench: &mut Bench, course: u32| {
            bench.ok("enrol_manual_enrol_users", &enrol(course));
            let item = Item { course, name: "Task".to_owned(), max: 10.0, ..Item::default() };
            let item = bench.site.grades.add(item);
            bench.site.grades.put(item, 4, Grade { raw: Some(7.0), ..Grade::default() });
            item
        };
        let (left, kept) = (grade(&mut bench, 2), grade(&mut bench, 3));
        let form = "enrolments[0][userid]=4&enrolments[0][courseid]=2";
        bench.ok("enrol_manual_unenrol_users", form);
        bench.ok("enrol_manual_enrol_users", &enrol(2));
        assert_eq!(bench.site.grades.get(left, 4), None);
        assert!(bench.site.grades.get(kept, 4).is_some(), "those of other courses stay");
    }

    #[test]
    fn unenrol_takes_everything_and_can_be_repeated() {
        let mut bench = Bench::school();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2\
             &enrolments[1][roleid]=3&enrolments[1][userid]=4&enrolments[1][courseid]=2",
        );
        bench.ok("core_group_add_group_members", "members[0][groupid]=1&members[0][userid]=4");
        let form = "enrolments[0][roleid]=3&enrolments[0][userid]=4&enrolments[0][courseid]=2";
        for _ in 0..2 {
            assert_eq!(bench.ok("enrol_manual_unenrol_users", form), Value::Null);
        }
        assert_eq!(bench.site.roll.count(), 0);
        assert!(bench.site.groups.get(1).is_some_and(|group| group.members.is_empty()));
        "5.1".clone_into(&mut bench.settings.moodle_version);
        let answer = bench.ask("enrol_manual_unenrol_users", form);
        assert_eq!(answer["errorcode"], "invalidparameter");
    }
}
