//! Functions that read who is enrolled.

use {
    super::{
        Failure, Function, Scene, Site, course,
        course::SITE_COURSE,
        id, items, option, rights,
        roll::{Enrolment, ROLES},
        spec::{Spec, optional, required},
        text,
        user::{GUEST, SERVICE},
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
    std::collections::BTreeMap,
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_enrol_get_enrolled_users",
        capabilities: &[],
        parameters: &[required("courseid", Spec::Int), optional("options", course::NAMED)],
        run: users,
    },
    Function {
        name: "core_enrol_get_users_courses",
        capabilities: &["moodle/course:viewparticipants"],
        parameters: &[required("userid", Spec::Int), optional("returnusercount", Spec::Flag)],
        run: courses,
    },
    Function {
        name: "core_user_get_course_user_profiles",
        capabilities: &[],
        parameters: &[required(
            "userlist",
            Spec::List(&Spec::Struct(&[&[
                required("userid", Spec::Int),
                required("courseid", Spec::Int),
            ]])),
        )],
        run: profiles,
    },
];

/// Fields that can be requested.
const FIELDS: [&str; 35] = [
    "id",
    "username",
    "fullname",
    "firstname",
    "lastname",
    "email",
    "address",
    "phone1",
    "phone2",
    "department",
    "institution",
    "interests",
    "firstaccess",
    "lastaccess",
    "auth",
    "confirmed",
    "idnumber",
    "lang",
    "theme",
    "timezone",
    "mailformat",
    "description",
    "descriptionformat",
    "city",
    "country",
    "profileimageurlsmall",
    "profileimageurl",
    "customfields",
    "groups",
    "roles",
    "preferences",
    "enrolledcourses",
    "suspended",
    "lastcourseaccess",
    "trackforums",
];
/// Fields that a row of this function cannot have.
const NOT_SENT: [&str; 8] =
    ["auth", "confirmed", "lang", "theme", "timezone", "mailformat", "suspended", "trackforums"];

fn users(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let course = id(&Value::Object(arguments.clone()), "courseid");
    if site.courses.get(course).is_none() {
        return Err(Failure::missing("course"));
    }
    let front_page = course == SITE_COURSE;
    let scope = if front_page { "site" } else { "course" };
    let view = format!("moodle/{scope}:viewparticipants");
    rights::need(scene.settings, &[&view, "moodle/course:enrolreview"])?;
    let get = |name: &str| option(arguments, "options", name);
    let number = |name: &str| match get(name) {
        None => Ok(0),
        Some(text) => text
            .parse::<u32>()
            .map_err(|_| Failure::parameter(format!("{name} is not a number: {text}"))),
    };
    let (active, suspended) = (get("onlyactive") == Some("1"), get("onlysuspended") == Some("1"));
    if active && suspended {
        let text = "Both onlyactive and onlysuspended are set";
        return Err(Failure::new("coding_exception", "codingerror", text, String::new()));
    }
    if active || suspended {
        rights::need(scene.settings, &["moodle/course:enrolreview"])?;
    }
    let capability = get("withcapability").filter(|name| !name.is_empty());
    if capability.is_some() {
        rights::need(scene.settings, &["moodle/role:review"])?;
    }
    let group = match number("groupid")? {
        0 => None,
        id => Some(site.groups.get(id).ok_or_else(|| Failure::missing("groups"))?),
    };
    let now = scene.now();
    let wanted = |user: u32, own: &Enrolment| {
        group.is_none_or(|group| group.members.contains(&user))
            && (!active || own.is_active(now))
            && (!suspended || !own.is_active(now))
    };
    // All users take part in the front page, with the roles of the whole site.
    let nobody = Enrolment::default();
    let mut found: Vec<(u32, &Enrolment)> = if front_page {
        site.users.iter().map(|(user, _)| (user, &nobody)).collect()
    } else {
        site.roll.course(course).filter(|(user, own)| wanted(*user, own)).collect()
    };
    if let Some(capability) = capability {
        // Administrators may do everything without a role, and are not listed.
        let none = Vec::new();
        found.retain(|(user, own)| {
            let site_wide = site.staff.roles.get(user).unwrap_or(&none);
            let service = *user == SERVICE && !rights::lacks(scene.settings, capability);
            *user != GUEST
                && (rights::gives(site_wide, capability)
                    || rights::gives(&own.roles, capability)
                    || (service && capability != "moodle/site:config"))
        });
    }
    if let Some(field @ ("firstname" | "lastname")) = get("sortby") {
        found.sort_by_key(|(user, _)| site.users.get(*user).map(|user| user.get(field)));
    }
    if get("sortdirection") == Some("DESC") {
        found.reverse();
    }
    let fields: Option<Vec<&str>> =
        get("userfields").map(|names| names.split(',').map(str::trim).collect());
    if let Some(unknown) = fields.iter().flatten().find(|name| !FIELDS.contains(*name)) {
        let text = format!("Invalid user field: {unknown}");
        return Err(Failure::moodle("invaliduserfield", &text));
    }
    let limit = match number("limitnumber")? {
        0 => usize::MAX,
        limit => limit as usize,
    };
    let page = found.into_iter().skip(number("limitfrom")? as usize).take(limit);
    Ok(page.filter_map(|(user, own)| row(site, scene, course, user, own, &fields)).collect())
}

fn row(
    site: &Site,
    scene: &Scene<'_>,
    course: u32,
    user: u32,
    own: &Enrolment,
    fields: &Option<Vec<&str>>,
) -> Option<Value> {
    let always = |name: &str| matches!(name, "id" | "fullname");
    let wanted = |name: &str| {
        let asked = fields.as_ref().is_none_or(|fields| fields.contains(&name));
        (asked || always(name)) && !NOT_SENT.contains(&name)
    };
    let Value::Object(mut row) = rights::shown(site, scene, user, site.users.get(user)?)? else {
        return None;
    };
    row.retain(|name, _| wanted(name));
    if wanted("lastcourseaccess") {
        row.insert("lastcourseaccess".to_owned(), json!(0));
    }
    for (name, value) in taking_part(site, scene, course, user, &own.roles) {
        if wanted(name) {
            row.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(row))
}

/// Returns a user's data in a course, and the user's own courses. Groups and courses are left out
/// if there are none.
fn taking_part(
    site: &Site,
    scene: &Scene<'_>,
    course: u32,
    user: u32,
    own_roles: &[u32],
) -> Vec<(&'static str, Value)> {
    let mut parts = Vec::new();
    let own = |group: &super::Group| group.course == course && group.members.contains(&user);
    let groups: Vec<Value> = site
        .groups
        .iter()
        .filter(|(_, group)| own(group))
        .map(|(id, group)| {
            json!({
                "id": id,
                "name": scene.shown(&group.name),
                "description": scene.shown(&group.description),
                "descriptionformat": 1,
            })
        })
        .collect();
    if !groups.is_empty() {
        parts.push(("groups", Value::Array(groups)));
    }
    let roles = ROLES.iter().filter(|(id, ..)| own_roles.contains(id));
    let one = |(id, short, _): &(u32, &str, &str)| json!({"roleid": id, "name": "", "shortname": short, "sortorder": 0});
    parts.push(("roles", roles.map(one).collect()));
    let now = scene.now();
    let active = |id: &u32| site.roll.get(*id, user).is_some_and(|own| own.is_active(now));
    let one = |id: u32| {
        let course = site.courses.get(id)?;
        Some(json!({
            "id": id,
            "fullname": scene.shown(&course.fullname),
            "shortname": scene.shown(&course.shortname),
        }))
    };
    let courses: Vec<Value> =
        site.roll.courses_of(user).into_iter().filter(active).filter_map(one).collect();
    if !courses.is_empty() {
        parts.push(("enrolledcourses", Value::Array(courses)));
    }
    parts
}

/// Users as a course shows them; for a user who is named twice only the last course counts.
fn profiles(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let list = items(arguments, "userlist");
    let asked: BTreeMap<u32, u32> =
        list.into_iter().map(|item| (id(item, "userid"), id(item, "courseid"))).collect();
    let mut rows = Vec::new();
    for (user, course) in asked {
        let Some(own) = site.users.get(user) else { continue };
        if site.courses.get(course).is_none() {
            return Err(Failure::parameter("Context does not exist".to_owned()));
        }
        if let Some(Value::Object(mut row)) = rights::shown(site, scene, user, own) {
            let roles = site.roll.get(course, user).map_or(&[][..], |own| own.roles.as_slice());
            let parts = taking_part(site, scene, course, user, roles);
            row.extend(parts.into_iter().map(|(name, value)| (name.to_owned(), value)));
            rows.push(Value::Object(row));
        }
    }
    Ok(Value::Array(rows))
}

fn courses(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    let user = id(&all, "userid");
    if site.users.get(user).is_none() {
        return Err(Failure::no_user());
    }
    let now = scene.now();
    let counted = text(&all, "returnusercount") != "0";
    let one = |id: u32| {
        let course = site.courses.get(id)?;
        // Only courses that the user can enter now.
        site.roll.get(id, user).filter(|own| own.is_active(now))?;
        let mut row = json!({
            "id": id,
            "shortname": scene.shown(&course.shortname),
            "fullname": scene.shown(&course.fullname),
            "displayname": scene.shown(&course.fullname),
            "idnumber": course.idnumber,
            "visible": i32::from(course.visible),
            "summary": scene.shown(&course.summary),
            "summaryformat": 1,
            "format": course.format,
            "showgrades": true,
            "lang": "",
            "enablecompletion": true,
            "completionhascriteria": false,
            "completionusertracked": true,
            "category": course.category,
            "progress": null,
            "completed": false,
            "startdate": course.startdate,
            "enddate": course.enddate,
            "marker": 0,
            "lastaccess": null,
            "isfavourite": false,
            "hidden": false,
            "overviewfiles": [],
            "timemodified": course.modified,
        });
        if counted && let Some(members) = row.as_object_mut() {
            let users = site.roll.course(id).count();
            members.insert("enrolledusercount".to_owned(), json!(users));
        }
        Some(row)
    };
    Ok(site.roll.courses_of(user).into_iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use crate::moodle::bench::Bench;
    use serde_json::json;

    fn enrolled() -> Bench {
        let mut bench = Bench::school();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2\
             &enrolments[1][roleid]=5&enrolments[1][userid]=5&enrolments[1][courseid]=2\
             &enrolments[1][suspend]=1",
        );
        bench.ok("core_group_add_group_members", "members[0][groupid]=1&members[0][userid]=5");
        bench
    }

    #[test]
    fn options_narrow_rows_and_fields() {
        let mut bench = enrolled();
        let name = "core_enrol_get_enrolled_users";
        let fields = "courseid=2&options[0][name]=userfields&options[0][value]=id,idnumber";
        let both = json!([
            {"id": 4, "fullname": "F0 L0", "idnumber": "z4"}, {"id": 5, "fullname": "F1 L1"}
        ]);
        assert_eq!(bench.ok(name, fields), both);
        let odd = "courseid=2&options[0][name]=userfields&options[0][value]=id,colour";
        assert_eq!(bench.ask(name, odd)["errorcode"], "invaliduserfield");
        for (option, value, ids) in [
            ("onlyactive", "1", vec![4]),
            ("onlysuspended", "1", vec![5]),
            ("groupid", "1", vec![5]),
            ("limitfrom", "1", vec![5]),
            ("limitnumber", "1", vec![4]),
        ] {
            let form = format!("courseid=2&options[0][name]={option}&options[0][value]={value}");
            let rows = bench.ok(name, &form);
            let found: Vec<i64> = rows
                .as_array()
                .map(|rows| rows.iter().filter_map(|row| row["id"].as_i64()).collect())
                .unwrap_or_default();
            assert_eq!(found, ids, "{option}");
        }
        let row = &bench.ok(name, "courseid=2")[1];
        assert_eq!(row["groups"][0]["id"], 1);
        assert_eq!(row["roles"][0]["roleid"], 5);
        assert_eq!(bench.ask(name, "courseid=99")["errorcode"], "invalidrecord");
    }

    #[test]
    fn a_suspended_user_has_no_courses() {
        let mut bench = enrolled();
        let name = "core_enrol_get_users_courses";
        assert_eq!(bench.ok(name, "userid=4")[0]["id"], 2);
        assert_eq!(bench.ok(name, "userid=4")[0]["enrolledusercount"], 2);
        assert_eq!(bench.ok(name, "userid=5"), json!([]));
    }

    #[test]
    fn rights_of_others_are_told_to_those_who_may_review_them() {
        let mut bench = enrolled();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=3&enrolments[0][userid]=6&enrolments[0][courseid]=2",
        );
        bench.site.staff.roles.insert(4, vec![1]);
        let name = "core_enrol_get_enrolled_users";
        let ask = |course: u32| {
            format!(
                "courseid={course}&options[0][name]=withcapability\
                 &options[0][value]=moodle/role:assign&options[1][name]=userfields\
                 &options[1][value]=id"
            )
        };
        let ids = |rows: &serde_json::Value| -> Vec<i64> {
            let rows = rows.as_array().cloned().unwrap_or_default();
            rows.iter().filter_map(|row| row["id"].as_i64()).collect()
        };
        // The administrator, who needs no role, is not listed.
        assert_eq!(ids(&bench.ok(name, &ask(1))), [3, 4]);
        assert_eq!(ids(&bench.ok(name, &ask(2))), [4, 6]);
        bench.settings.missing_capabilities = vec!["moodle/role:review".to_owned()];
        assert_eq!(bench.ask(name, &ask(1))["errorcode"], "nopermissions");
    }

    #[test]
    fn a_course_knows_the_roles_and_courses_of_its_users() {
        let mut bench = enrolled();
        let name = "core_user_get_course_user_profiles";
        let form = "userlist[0][userid]=4&userlist[0][courseid]=2&userlist[1][userid]=5\
                    &userlist[1][courseid]=1&userlist[2][userid]=99&userlist[2][courseid]=2";
        let rows = bench.ok(name, form);
        assert_eq!(rows.as_array().map(Vec::len), Some(2));
        assert_eq!(rows[0]["roles"][0]["shortname"], "student");
        assert_eq!(rows[0]["enrolledcourses"][0]["id"], 2);
        assert_eq!(rows[1]["roles"], json!([]));
        assert_eq!(rows[1].get("enrolledcourses"), None, "a suspended one is none");
    }
}
