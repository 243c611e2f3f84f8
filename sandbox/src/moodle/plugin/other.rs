//! The plug-in's functions that do more than store or delete a record.

use {
    super::{
        super::{
            Failure, Function, Scene, Site, count,
            course::SITE_COURSE,
            enrol, id, int, items,
            roll::Enrolment,
            spec::{Spec, optional, required},
            text,
        },
        ADMIN, column, get, not_found, parse, record, user_of_email, user_of_student,
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "local_mzi_create_btec_definition",
        capabilities: ADMIN,
        parameters: &[
            required("name", Spec::Raw),
            optional("description", Spec::Raw),
            required("zoho_unit_id", Spec::Raw),
            required(
                "criteria",
                Spec::List(&Spec::Struct(&[&[
                    required("shortname", Spec::Raw),
                    required("description", Spec::Raw),
                    required("level", Spec::Int),
                    required("sortorder", Spec::Int),
                ]])),
            ),
        ],
        run: define,
    },
    Function {
        name: "local_mzi_sync_installments",
        capabilities: ADMIN,
        parameters: &[
            required("zoho_registration_id", Spec::Raw),
            required("installmentsdata", Spec::Raw),
        ],
        run: instalments,
    },
    Function {
        name: "local_mzi_get_moodle_ids",
        capabilities: ADMIN,
        parameters: &[optional("zoho_student_id", Spec::Raw), optional("zoho_class_id", Spec::Raw)],
        run: moodle_ids,
    },
    Function {
        name: "local_mzi_enrol_users",
        capabilities: ADMIN,
        parameters: &[required("courseid", Spec::Int), required("enrolmentsdata", Spec::Raw)],
        run: enrol_users,
    },
    Function {
        name: "local_mzi_approve_photo",
        capabilities: ADMIN,
        parameters: &[required("moodle_user_id", Spec::Int), required("approved", Spec::Flag)],
        run: approve_photo,
    },
    Function {
        name: "local_mzi_sync_teacher",
        capabilities: ADMIN,
        parameters: &[required("teacherdata", Spec::Raw)],
        run: teacher,
    },
];

fn define(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    note.batch = Some(1);
    let zoho_id = text(&all, "zoho_unit_id").to_owned();
    let criteria: Vec<&Value> = items(arguments, "criteria");
    if zoho_id.is_empty() || criteria.iter().any(|own| !(1..=3).contains(&id(own, "level"))) {
        return Err(Failure::parameter("zoho_unit_id or a level is wrong".to_owned()));
    }
    let count = criteria.len();
    let definitions = site.plugin.entry("definitions".to_owned()).or_default();
    let kept = definitions.get(&zoho_id).and_then(|old| old.get("definition_id")?.as_u64());
    let highest = definitions.values().filter_map(|own| own.get("definition_id")?.as_u64()).max();
    let number = kept.unwrap_or_else(|| highest.unwrap_or(0) + 1);
    let row = json!({
        "definition_id": number,
        "name": text(&all, "name"),
        "description": text(&all, "description"),
        "criteria": criteria,
    });
    if let Value::Object(row) = row {
        definitions.insert(zoho_id, row);
    }
    note.wrote("definitions", if kept.is_some() { "updated" } else { "created" }, 1);
    Ok(json!({"success": true, "definition_id": number, "criteria_count": count, "message": ""}))
}

fn instalments(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let rows = parse(arguments, "installmentsdata")?;
    let zoho_id = arguments.get("zoho_registration_id").and_then(Value::as_str).unwrap_or_default();
    let Value::Array(rows) = rows else {
        return Err(Failure::parameter("installmentsdata is not a list".to_owned()));
    };
    note.batch = Some(count(rows.len()));
    if record(site, "registrations", zoho_id).is_none() {
        return Err(not_found("Registration", "zoho_registration_id", zoho_id));
    }
    let kept: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let or = |name: &str, usual: String| match column(row.get(name)) {
                text if text.is_empty() => usual,
                text => text,
            };
            json!({
                "installment_number": or("installment_number", (place + 1).to_string()),
                "due_date": column(row.get("due_date")),
                "amount": column(row.get("amount")),
                "status": or("status", "Pending".to_owned()),
                "paid_date": column(row.get("paid_date")),
            })
        })
        .collect();
    let count = kept.len();
    let schedules = site.plugin.entry("installments".to_owned()).or_default();
    schedules.insert(zoho_id.to_owned(), Map::from_iter([("rows".to_owned(), json!(kept))]));
    note.wrote("installments", "replaced", count);
    Ok(json!({"success": true, "count": count, "message": ""}))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one form")]
fn moodle_ids(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    let user = user_of_student(site, text(&all, "zoho_student_id")).unwrap_or(0);
    let course = get(site, "classes", text(&all, "zoho_class_id"), "moodle_class_id");
    Ok(json!({"moodle_user_id": user, "moodle_course_id": course}))
}

fn enrol_users(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let course = id(&Value::Object(arguments.clone()), "courseid");
    let Value::Array(rows) = parse(arguments, "enrolmentsdata")? else {
        return Err(Failure::parameter("enrolmentsdata is not a list".to_owned()));
    };
    note.batch = Some(count(rows.len()));
    if site.courses.get(course).is_none() || course == SITE_COURSE {
        return Err(Failure::missing("course"));
    }
    let (mut enrolled, mut skipped) = (0, 0);
    for row in rows {
        let number = |name: &str| column(row.get(name)).parse::<u32>().unwrap_or_default();
        let (user, role) = (number("userid"), number("roleid"));
        if site.users.get(user).is_none() {
            skipped += 1;
            continue;
        }
        let wish = Enrolment { roles: vec![role], ..Enrolment::default() };
        note.wrote("enrolments", enrol::put(site, course, user, wish), 1);
        enrolled += 1;
    }
    Ok(json!({"success": true, "enrolled": enrolled, "skipped": skipped, "message": ""}))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one form")]
fn approve_photo(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    let user = int(&all, "moodle_user_id").unwrap_or(0).to_string();
    let students = site.plugin.entry("students".to_owned()).or_default();
    let has = |record: &Map<String, Value>, name: &str| {
        record.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let pending = students.values_mut().find(|record| {
        record.get("moodle_user_id").is_some_and(|own| *own == user)
            && (has(record, "photo_data") || has(record, "photo_url"))
    });
    let action = match pending {
        None => "no_pending",
        Some(record) => {
            record.insert("photo_data".to_owned(), json!(""));
            record.insert("photo_url".to_owned(), json!(""));
            note.wrote("photos", "updated", 1);
            if text(&all, "approved") == "1" { "approved" } else { "rejected" }
        }
    };
    Ok(json!({"success": true, "action": action}))
}

/// Looks a teacher up among the users; nothing is created.
fn teacher(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let sent = parse(arguments, "teacherdata")?;
    let of = |name: &str| user_of_email(site, &column(sent.get(name)).to_lowercase());
    let user = of("academic_email").or_else(|| of("email")).unwrap_or(0);
    Ok(json!({"success": true, "moodle_user_id": user}))
}
