//! Functions that read courses.

use {
    super::{
        Failure, Function, Scene, Site, course,
        course::{Course, SITE_COURSE},
        rights,
        spec::{Spec, optional, required},
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_course_get_courses",
        capabilities: &[],
        parameters: &[optional(
            "options",
            Spec::Struct(&[&[optional("ids", Spec::List(&Spec::Int))]]),
        )],
        run: get,
    },
    Function {
        name: "core_course_get_courses_by_field",
        capabilities: &[],
        parameters: &[optional("field", Spec::Raw), optional("value", Spec::Raw)],
        run: by_field,
    },
    Function {
        name: "core_course_get_updates_since",
        capabilities: &[],
        parameters: &[
            required("courseid", Spec::Int),
            required("since", Spec::Int),
            optional("filter", course::NAMED),
        ],
        run: updates,
    },
];

/// Returns whether the user of the token sees a course.
fn is_seen(scene: &Scene<'_>, course: &Course) -> bool {
    let hidden = ["moodle/course:viewhiddencourses", "moodle/course:update"];
    course.visible || rights::need(scene.settings, &hidden).is_ok()
}

/// The fields of a course that both reads return.
fn row(scene: &Scene<'_>, id: u32, course: &Course) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    put("id", json!(id));
    put("shortname", json!(scene.shown(&course.shortname)));
    put("categoryid", json!(course.category));
    put("fullname", json!(scene.shown(&course.fullname)));
    put("displayname", json!(scene.shown(&course.fullname)));
    if !rights::lacks(scene.settings, "moodle/course:update") {
        put("idnumber", json!(course.idnumber));
    }
    put("summary", json!(scene.shown(&course.summary)));
    put("summaryformat", json!(1));
    put("format", json!(course.format));
    put("showgrades", json!(course.number("showgrades", 1)));
    put("newsitems", json!(5));
    put("startdate", json!(course.startdate));
    put("enddate", json!(course.enddate));
    put("maxbytes", json!(0));
    put("showreports", json!(0));
    put("visible", json!(i32::from(course.visible)));
    put("groupmode", json!(course.number("groupmode", 0)));
    put("groupmodeforce", json!(course.number("groupmodeforce", 0)));
    put("defaultgroupingid", json!(0));
    put("enablecompletion", json!(course.number("enablecompletion", 1)));
    put("completionnotify", json!(0));
    put("lang", json!(""));
    put("timecreated", json!(course.created));
    put("timemodified", json!(course.modified));
    row
}

fn get(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let ids = arguments.get("options").and_then(|options| options.get("ids"));
    let ids: Option<Vec<u32>> = ids
        .and_then(Value::as_object)
        .map(|list| list.values().filter_map(|id| id.as_str()?.parse().ok()).collect());
    let full = |id: u32, course: &Course| {
        let mut row = row(scene, id, course);
        row.insert("categorysortorder".to_owned(), json!(id * 10));
        if id != SITE_COURSE {
            row.insert("numsections".to_owned(), json!(course.number("numsections", 4)));
            row.insert("hiddensections".to_owned(), json!(0));
        }
        row.insert("forcetheme".to_owned(), json!(""));
        Value::Object(row)
    };
    if ids.as_ref().is_none_or(|ids| ids.iter().any(|id| *id != SITE_COURSE)) {
        rights::need(scene.settings, &["moodle/course:view"])?;
    }
    // Unknown ids are skipped, and so are courses that must not be seen.
    let seen = |id: &u32| site.courses.get(*id).is_some_and(|own| is_seen(scene, own));
    let rows = match ids {
        Some(mut ids) => {
            ids.sort_unstable();
            ids.dedup();
            let seen = ids.into_iter().filter(seen);
            seen.filter_map(|id| Some(full(id, site.courses.get(id)?))).collect()
        }
        None => {
            let all = site.courses.iter().filter(|(id, _)| seen(id));
            all.map(|(id, course)| full(id, course)).collect()
        }
    };
    Ok(rows)
}

fn by_field(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let get = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let (field, value) = (get("field"), get("value"));
    let courses = &site.courses;
    let number = || {
        let wrong = || Failure::parameter(format!("Invalid value for {field}: {value}"));
        value.trim().parse::<i64>().map_err(|_| wrong())
    };
    let one = |id: i64| u32::try_from(id).ok().filter(|id| courses.get(*id).is_some());
    let ids: Vec<u32> = match field {
        "" => courses.iter().map(|(id, _)| id).collect(),
        "id" => one(number()?).into_iter().collect(),
        "ids" => {
            let ids: Vec<Option<u32>> =
                value.split(',').map(|id| one(id.trim().parse().unwrap_or_default())).collect();
            // A missing one breaks the function.
            ids.into_iter().collect::<Option<_>>().ok_or_else(|| Failure::php("Error"))?
        }
        "shortname" => courses.named(value).into_iter().collect(),
        // The front page is the first course without an idnumber.
        "idnumber" if value.is_empty() => vec![SITE_COURSE],
        "idnumber" => courses.numbered(value).collect(),
        "category" => {
            let category = number()?;
            let within = courses.iter().filter(|(_, own)| i64::from(own.category) == category);
            within.map(|(id, _)| id).collect()
        }
        _ => return Err(Failure::parameter(format!("Invalid field name: {field}"))),
    };
    let row = |id: u32| {
        let course = courses.get(id).filter(|own| is_seen(scene, own))?;
        let mut row = row(scene, id, course);
        let category = site.categories.get(course.category);
        let name = category.map_or_else(String::new, |own| scene.shown(&own.name));
        row.insert("categoryname".to_owned(), json!(name));
        row.insert("sortorder".to_owned(), json!(id * 10));
        for name in ["summaryfiles", "overviewfiles", "contacts", "filters"] {
            row.insert(name.to_owned(), json!([]));
        }
        let methods = if course.manual { json!(["manual"]) } else { json!([]) };
        row.insert("enrollmentmethods".to_owned(), methods);
        Some(Value::Object(row))
    };
    let rows: Vec<Value> = ids.into_iter().filter_map(row).collect();
    Ok(json!({"courses": rows, "warnings": []}))
}

/// Reports only changes that the token's user sees, and there are none.
fn updates(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let id = super::id(&Value::Object(arguments.clone()), "courseid");
    match site.courses.get(id) {
        Some(_) => Ok(json!({"instances": [], "warnings": []})),
        None => Err(Failure::missing("course")),
    }
}
