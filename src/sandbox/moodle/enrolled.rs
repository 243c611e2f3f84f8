//! Functions that read who is enrolled.

use {
    super::{
        Failure, Function, Scene, Site, course, id, lookup, option,
        roll::{Enrolment, ROLES},
        spec::{Spec, optional, required},
        text,
    },
    crate::sandbox::ledger::Note,
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_enrol_get_enrolled_users",
        capabilities: &["moodle/course:viewparticipants"],
        parameters: &[required("courseid", Spec::Int), optional("options", course::NAMED)],
        run: users,
    },
    Function {
        name: "core_enrol_get_users_courses",
        capabilities: &["moodle/course:viewparticipants"],
        parameters: &[required("userid", Spec::Int), optional("returnusercount", Spec::Flag)],
        run: courses,
    },
];

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
    let review = "moodle/course:enrolreview";
    if suspended && scene.settings.missing_capabilities.iter().any(|name| name == review) {
        return Err(Failure::capability(review));
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
    let mut found: Vec<(u32, &Enrolment)> =
        site.roll.course(course).filter(|(user, own)| wanted(*user, own)).collect();
    if let Some(field @ ("firstname" | "lastname")) = get("sortby") {
        found.sort_by_key(|(user, _)| site.users.get(*user).map(|user| user.get(field)));
    }
    if get("sortdirection") == Some("DESC") {
        found.reverse();
    }
    let fields: Option<Vec<&str>> =
        get("userfields").map(|names| names.split(',').map(str::trim).collect());
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
    let wanted = |name: &str| fields.as_ref().is_none_or(|fields| fields.contains(&name));
    let shown = lookup::shown(user, site.users.get(user)?, scene.settings);
    let mut row: Map<String, Value> = match shown {
        Value::Object(shown) => shown.into_iter().filter(|(name, _)| wanted(name)).collect(),
        _ => Map::new(),
    };
    let mut put = |name: &str, value: &dyn Fn() -> Value| {
        if wanted(name) {
            row.insert(name.to_owned(), value());
        }
    };
    put("lastcourseaccess", &|| json!(0));
    put("groups", &|| {
        let groups = site
            .groups
            .iter()
            .filter(|(_, group)| group.course == course && group.members.contains(&user));
        let one = |(id, group): (u32, &super::Group)| {
            json!({
                "id": id,
                "name": scene.shown(&group.name),
                "description": scene.shown(&group.description),
                "descriptionformat": 1,
            })
        };
        groups.map(one).collect()
    });
    put("roles", &|| {
        let roles = ROLES.iter().filter(|(id, ..)| own.roles.contains(id));
        let one = |(id, short, _): &(u32, &str, &str)| json!({"roleid": id, "name": "", "shortname": short, "sortorder": 0});
        roles.map(one).collect()
    });
    put("enrolledcourses", &|| {
        let one = |id: u32| {
            let course = site.courses.get(id)?;
            Some(json!({
                "id": id,
                "fullname": scene.shown(&course.fullname),
                "shortname": scene.shown(&course.shortname),
            }))
        };
        site.roll.courses_of(user).into_iter().filter_map(one).collect()
    });
    Some(Value::Object(row))
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
        return Err(Failure::missing("user"));
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
    use crate::sandbox::moodle::bench::Bench;
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
        assert_eq!(bench.ok(name, fields), json!([{"id": 4, "idnumber": "z4"}, {"id": 5}]));
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
}
