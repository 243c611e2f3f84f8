//! Functions that read and write grades.

use {
    super::{
        Failure, Function, Scene, Site, count, course,
        grade::{Grade, Item, item_of_module, module_id},
        id, int, items, rights,
        roll::STUDENT,
        spec::{Spec, optional, required},
        text,
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "gradereport_user_get_grade_items",
        capabilities: &["gradereport/user:view", "moodle/grade:viewall", "moodle/course:view"],
        parameters: &[
            required("courseid", Spec::Int),
            optional("userid", Spec::Int),
            optional("groupid", Spec::Int),
        ],
        run: report,
    },
    Function {
        name: "core_grades_get_gradeitems",
        capabilities: &["moodle/grade:viewall"],
        parameters: &[required("courseid", Spec::Int)],
        run: grade_items,
    },
    Function {
        name: "gradereport_overview_get_course_grades",
        capabilities: &["gradereport/overview:view"],
        parameters: &[optional("userid", Spec::Int)],
        run: overview,
    },
    Function {
        name: "core_grades_update_grades",
        capabilities: &["moodle/grade:edit"],
        parameters: &[
            required("source", Spec::Raw),
            required("courseid", Spec::Int),
            required("component", Spec::Raw),
            required("activityid", Spec::Int),
            required("itemnumber", Spec::Int),
            optional(
                "grades",
                Spec::List(&Spec::Struct(&[&[
                    required("studentid", Spec::Int),
                    required("grade", Spec::Float),
                    optional("str_feedback", Spec::Raw),
                ]])),
            ),
            optional("itemdetails", Spec::Struct(&[&[optional("itemname", Spec::Raw)]])),
        ],
        run: update,
    },
    Function {
        name: "mod_assign_get_grades",
        capabilities: &[],
        parameters: &[
            required("assignmentids", Spec::List(&Spec::Int)),
            optional("since", Spec::Int),
        ],
        run: of_assignments,
    },
    Function {
        name: "core_completion_get_course_completion_status",
        capabilities: &["report/completion:view"],
        parameters: &[required("courseid", Spec::Int), required("userid", Spec::Int)],
        run: completion,
    },
];

/// Returns whether the token's user has a capability in the activities of a kind.
fn may(scene: &Scene<'_>, module: &str, what: &str) -> bool {
    !rights::lacks(scene.settings, &format!("mod/{module}:{what}"))
}

fn report(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    let course_id = id(&all, "courseid");
    if site.courses.get(course_id).is_none() {
        return Err(Failure::missing("course"));
    }
    site.grades.need_total(course_id);
    let users = match id(&all, "userid") {
        0 => graded_users(site, scene, course_id, id(&all, "groupid"))?,
        // A user who is not enrolled is accepted too: there are simply no grades.
        user if site.users.get(user).is_some() => vec![user],
        user if site.users.row(user).is_some() => {
            return Err(Failure::moodle("userdeleted", "error/userdeleted"));
        }
        _ => return Err(Failure::no_user()),
    };
    note.reported = count(users.len());
    let items = site.grades.items_of(course_id);
    let course = site.courses.get(course_id);
    let number = course.map_or("", |course| course.idnumber.as_str());
    let rows = users.into_iter().filter_map(|user_id| {
        let user = site.users.get(user_id)?;
        let shown = items
            .iter()
            // Grades of an activity that must not be seen are silently missing.
            .filter(|(_, item)| item.module.is_empty() || may(scene, &item.module, "view"))
            .map(|(id, item)| {
                let grade = match item.total {
                    true => site.grades.total(course_id, user_id),
                    false => site.grades.get(*id, user_id).cloned().unwrap_or_default(),
                };
                let mut row = row(*id, item, &grade);
                for hidden in &scene.settings.grade_report_hides {
                    row.as_object_mut().and_then(|members| members.shift_remove(hidden));
                }
                row
            });
        Some(json!({
            "courseid": course_id,
            "courseidnumber": number,
            "userid": user_id,
            "userfullname": format!("{} {}", user.firstname, user.lastname),
            "useridnumber": user.idnumber,
            "maxdepth": 2,
            "gradeitems": shown.collect::<Vec<_>>(),
        }))
    });
    Ok(json!({"usergrades": rows.collect::<Vec<_>>(), "warnings": []}))
}

/// Returns the students of a course or of one of its groups.
fn graded_users(
    site: &Site,
    scene: &Scene<'_>,
    course: u32,
    group: u32,
) -> Result<Vec<u32>, Failure> {
    let group = match group {
        0 => None,
        id => Some(site.groups.get(id).ok_or_else(|| Failure::missing("groups"))?),
    };
    let now = scene.now();
    let suspended = "moodle/course:viewsuspendedusers";
    let all = scene.settings.grades_of_ended && !rights::lacks(scene.settings, suspended);
    let wanted = site.roll.course(course).filter(|(user, own)| {
        own.roles.contains(&STUDENT)
            && (all || own.is_active(now))
            && group.is_none_or(|group| group.members.contains(user))
    });
    Ok(wanted.map(|(user, _)| user).collect())
}

/// Writes a number with two decimal places, or a dash if there is none.
fn decimal(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"))
}

fn row(id: u32, item: &Item, grade: &Grade) -> Value {
    let share = |raw: f64| (raw - item.min) / (item.max - item.min) * 100.0;
    let percent = grade.raw.filter(|_| item.max > item.min).map(share);
    let mut row = json!({
        "id": id,
        "itemname": if item.total { Value::Null } else { json!(item.name) },
        "itemtype": item.kind(),
        "itemmodule": if item.module.is_empty() { Value::Null } else { json!(item.module) },
        "iteminstance": id,
        "itemnumber": if item.module.is_empty() { Value::Null } else { json!(0) },
        "idnumber": item.idnumber,
        "categoryid": if item.total { Value::Null } else { json!(item.course) },
        "outcomeid": null,
        "scaleid": null,
        "locked": false,
    });
    let rest = json!({
        "weightraw": 1.0,
        "weightformatted": "100.00 %",
        "graderaw": grade.raw,
        "gradedatesubmitted": grade.submitted,
        "gradedategraded": grade.graded,
        "gradehiddenbydate": false,
        "gradeneedsupdate": false,
        "gradeishidden": false,
        "gradeislocked": false,
        "gradeisoverridden": false,
        "gradeformatted": decimal(grade.raw),
        "grademin": item.min,
        "grademax": item.max,
        "rangeformatted": format!("{}&ndash;{}", item.min, item.max),
        "percentageformatted": percent
            .map_or_else(|| "-".to_owned(), |percent| format!("{percent:.2} %")),
        "feedback": grade.feedback,
        "feedbackformat": 1,
    });
    if let (Some(members), Value::Object(rest)) = (row.as_object_mut(), rest) {
        if !item.module.is_empty() {
            members.insert("cmid".to_owned(), json!(module_id(id)));
        }
        members.extend(rest);
    }
    row
}

fn grade_items(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let course = id(&Value::Object(arguments.clone()), "courseid");
    if site.courses.get(course).is_none() {
        return Err(Failure::missing("course"));
    }
    let own = site.grades.items_of(course).into_iter().filter(|(_, item)| !item.total);
    let rows: Vec<Value> = own
        .map(|(id, item)| json!({"id": id.to_string(), "itemname": item.name, "category": ""}))
        .collect();
    Ok(json!({"gradeItems": rows, "warnings": []}))
}

fn overview(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let user = id(&Value::Object(arguments.clone()), "userid");
    if site.users.get(user).is_none() {
        return Err(Failure::no_user());
    }
    let row = |course: u32| {
        let raw = site.grades.total(course, user).raw;
        let text = raw.map(|raw| format!("{raw:.5}"));
        json!({"courseid": course, "grade": decimal(raw), "rawgrade": text})
    };
    let rows: Vec<Value> = site.roll.courses_of(user).into_iter().map(row).collect();
    Ok(json!({"grades": rows, "warnings": []}))
}

fn update(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    let list = items(arguments, "grades");
    note.batch = Some(count(list.len()));
    let item_id = item_of_module(id(&all, "activityid"));
    let module = text(&all, "component").strip_prefix("mod_").unwrap_or_default();
    let fits = |item: &&Item| item.course == id(&all, "courseid") && item.module == module;
    if module.is_empty() || site.grades.item(item_id).filter(fits).is_none() {
        return Err(Failure::parameter("Activity does not exist".to_owned()));
    }
    for item in list {
        let user = id(item, "studentid");
        if site.users.get(user).is_none() {
            continue;
        }
        let old = site.grades.get(item_id, user).cloned().unwrap_or_default();
        let feedback = text(item, "str_feedback").to_owned();
        let graded = Some(scene.now());
        let raw = text(item, "grade").parse().ok();
        site.grades.put(item_id, user, Grade { raw, feedback, graded, ..old });
        note.wrote("grades", "updated", 1);
    }
    Ok(json!(0))
}

fn of_assignments(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let since = int(&Value::Object(arguments.clone()), "since").unwrap_or(0);
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    for item in items(arguments, "assignmentids") {
        let own: u32 = item.as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
        let mut warn = |code: &str, text: &str| {
            warnings.push(json!({
                "item": "module", "itemid": own, "warningcode": code, "message": text
            }));
        };
        let known = site.grades.item(own).is_some_and(|item| item.module == "assign");
        if !known || !may(scene, "assign", "viewgrades") {
            warn("1", "No access rights in module context");
        } else {
            let grades: Vec<Value> = site
                .grades
                .of(own)
                .filter(|(_, grade)| grade.graded.is_some_and(|time| time >= since))
                .map(|(user, grade)| {
                    json!({
                        "id": user,
                        "assignment": own,
                        "userid": user,
                        "attemptnumber": 0,
                        "timecreated": grade.graded,
                        "timemodified": grade.graded,
                        "grader": super::SERVICE,
                        "grade": grade.raw.map_or_else(|| "-1.00000".to_owned(), |raw| format!("{raw:.5}")),
                        "gradefordisplay": decimal(grade.raw),
                    })
                })
                .collect();
            if grades.is_empty() {
                warn("3", "No grades found");
            } else {
                rows.push(json!({"assignmentid": own, "grades": grades}));
            }
        }
    }
    Ok(json!({"assignments": rows, "warnings": warnings}))
}

/// No course here has completion criteria.
fn completion(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let course = id(&Value::Object(arguments.clone()), "courseid");
    if site.courses.get(course).is_none() || course == course::SITE_COURSE {
        return Err(Failure::missing("course"));
    }
    Err(Failure::moodle("nocriteriaset", "No completion criteria set for this course"))
}

#[cfg(test)]
mod tests {
    use {super::*, crate::moodle::bench::Bench};

    fn graded() -> Bench {
        let mut bench = Bench::school();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2\
             &enrolments[1][roleid]=3&enrolments[1][userid]=5&enrolments[1][courseid]=2\
             &enrolments[2][roleid]=5&enrolments[2][userid]=6&enrolments[2][courseid]=2",
        );
        let item = Item {
            course: 2,
            name: "Task <1>".to_owned(),
            module: "assign".to_owned(),
            max: 4.0,
            ..Item::default()
        };
        let grades = &mut bench.site.grades;
        let id = grades.add(item);
        let graded = Some(1_700_000_000);
        let feedback = "Well done".to_owned();
        grades.put(id, 4, Grade { raw: Some(3.0), feedback, graded, submitted: None });
        bench
    }

    const REPORT: &str = "gradereport_user_get_grade_items";

    #[test]
    fn a_report_has_items_and_total_of_students() {
        let mut bench = graded();
        let all = bench.ok(REPORT, "courseid=2");
        let rows = all["usergrades"].as_array().cloned().unwrap_or_default();
        let users: Vec<i64> = rows.iter().filter_map(|row| row["userid"].as_i64()).collect();
        assert_eq!(users, [4, 6]);
        assert_eq!(
            (&rows[0]["courseidnumber"], &rows[0]["useridnumber"]),
            (&json!("n2"), &json!("z4"))
        );
        let task = &rows[0]["gradeitems"][0];
        for (name, value) in [
            ("itemname", json!("Task <1>")),
            ("itemtype", json!("mod")),
            ("itemmodule", json!("assign")),
            ("graderaw", json!(3.0)),
            ("gradeformatted", json!("3.00")),
            ("percentageformatted", json!("75.00 %")),
            ("gradedategraded", json!(1_700_000_000)),
            ("feedback", json!("Well done")),
        ] {
            assert_eq!(task[name], value, "{name}");
        }
        let total = &rows[0]["gradeitems"][1];
        assert_eq!((&total["itemtype"], &total["graderaw"]), (&json!("course"), &json!(75.0)));
        assert!(total.get("cmid").is_none() && task["cmid"].is_number());
        assert!(rows[1]["gradeitems"][0]["graderaw"].is_null());
        assert_eq!(bench.note.reported, 2);
        bench.ok("core_group_add_group_members", "members[0][groupid]=1&members[0][userid]=6");
        let group = bench.ok(REPORT, "courseid=2&groupid=1");
        assert_eq!(group["usergrades"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn who_has_ended_is_left_out_of_the_report_of_a_course() {
        let mut bench = graded();
        bench.ok(
            "enrol_manual_enrol_users",
            "enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2\
             &enrolments[0][suspend]=1",
        );
        bench.settings.grades_of_ended = false;
        let users = |answer: Value| answer["usergrades"].as_array().map(Vec::len);
        assert_eq!(users(bench.ok(REPORT, "courseid=2")), Some(1));
        assert_eq!(users(bench.ok(REPORT, "courseid=2&userid=4")), Some(1), "asked for singly");
        bench.settings.grades_of_ended = true;
        assert_eq!(users(bench.ok(REPORT, "courseid=2")), Some(2));
        assert_eq!(bench.ask(REPORT, "courseid=2&userid=99")["errorcode"], "invaliduser");
    }

    #[test]
    fn what_must_not_be_seen_is_missing_without_a_word() {
        let mut bench = graded();
        bench.settings.missing_capabilities = vec!["mod/assign:view".to_owned()];
        let one = bench.ok(REPORT, "courseid=2&userid=4");
        let items = one["usergrades"][0]["gradeitems"].as_array().cloned().unwrap_or_default();
        assert_eq!((items.len(), &items[0]["graderaw"]), (1, &json!(75.0)));
    }

    #[test]
    fn strangers_have_no_grades_and_unknown_courses_no_report() {
        let mut bench = graded();
        let other = bench.ok(REPORT, "courseid=3&userid=4");
        assert!(other["usergrades"][0]["gradeitems"][0]["graderaw"].is_null());
        assert_eq!(bench.ask(REPORT, "courseid=9")["errorcode"], "invalidrecord");
        let name = "core_completion_get_course_completion_status";
        assert_eq!(bench.ask(name, "courseid=2&userid=4")["errorcode"], "nocriteriaset");
        assert_eq!(bench.ask("core_grades_get_grades", "")["exception"], "unknown function");
    }

    #[test]
    fn grades_are_written_and_listed_by_time() {
        let mut bench = graded();
        let items = bench.ok("core_grades_get_gradeitems", "courseid=2");
        assert_eq!(items["gradeItems"][0]["itemname"], "Task <1>");
        let task: u32 =
            items["gradeItems"][0]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
        let form = format!(
            "source=x&courseid=2&component=mod_assign&activityid={}&itemnumber=0\
             &grades[0][studentid]=6&grades[0][grade]=2&grades[0][str_feedback]=ok",
            module_id(task)
        );
        assert_eq!(bench.ok("core_grades_update_grades", &form), json!(0));
        let late = format!("assignmentids[0]={task}&since=1700000001");
        let found = bench.ok("mod_assign_get_grades", &late);
        let grades = found["assignments"][0]["grades"].as_array().cloned().unwrap_or_default();
        assert_eq!((grades.len(), &grades[0]["userid"]), (1, &json!(6)));
        bench.settings.missing_capabilities = vec!["mod/assign:viewgrades".to_owned()];
        let none = bench.ok("mod_assign_get_grades", &late);
        assert_eq!(none["warnings"][0]["warningcode"], "1");
        let totals = bench.ok("gradereport_overview_get_course_grades", "userid=6");
        assert_eq!(totals["grades"][0]["grade"], "50.00");
    }
}
