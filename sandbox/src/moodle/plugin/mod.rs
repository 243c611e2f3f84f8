//! Functions of the college's own plug-in: records of the CRM, stored by their Zoho id. A column
//! whose key is not sent is emptied, as in the plug-in.

mod other;
mod sheet;

pub(super) use other::FUNCTIONS;
use {
    super::{
        Failure, Function, Site,
        course::SITE_COURSE,
        enrol, id,
        roll::{Enrolment, STUDENT},
        spec::{Spec, required},
        text,
    },
    crate::ledger::Note,
    serde_json::{Map, Value, json},
    sheet::{CLASSES, ENROLLMENTS, GRADES, PAYMENTS, REGISTRATIONS, REQUESTS, STUDENTS, Sheet},
    std::collections::BTreeMap,
};

/// Records of the plug-in: kind, Zoho id, columns.
pub(crate) type Records = BTreeMap<String, BTreeMap<String, Map<String, Value>>>;

/// The token's user must be an administrator.
const ADMIN: &[&str] = &["moodle/site:config"];

macro_rules! upserts {
    ($($name:literal, $parameter:literal, $sheet:ident;)*) => {
        &[$(Function {
            name: $name,
            capabilities: ADMIN,
            parameters: &[required($parameter, Spec::Raw)],
            run: |site, _, arguments, note| upsert(site, arguments, $parameter, &$sheet, note),
        }),*]
    };
}

macro_rules! deletions {
    ($($name:literal, $key:literal, $kind:literal, $column:literal, $state:literal;)*) => {
        &[$(Function {
            name: $name,
            capabilities: ADMIN,
            parameters: &[required($key, Spec::Raw)],
            run: |site, _, arguments, note| {
                delete(site, arguments, $key, $kind, ($column, $state), note)
            },
        }),*]
    };
}

/// Functions that store a record as it is sent.
pub(super) const UPSERTS: &[Function] = upserts! {
    "local_mzi_update_student", "studentdata", STUDENTS;
    "local_mzi_create_registration", "registrationdata", REGISTRATIONS;
    "local_mzi_record_payment", "paymentdata", PAYMENTS;
    "local_mzi_create_class", "classdata", CLASSES;
    "local_mzi_update_enrollment", "enrollmentdata", ENROLLMENTS;
    "local_mzi_submit_grade", "gradedata", GRADES;
    "local_mzi_update_request_status", "requestdata", REQUESTS;
};

/// Functions that mark a record as deleted.
pub(super) const DELETIONS: &[Function] = deletions! {
    "local_mzi_delete_student", "zoho_student_id", "students", "status", "Deleted";
    "local_mzi_delete_registration", "zoho_registration_id", "registrations", "registration_status", "Cancelled";
    "local_mzi_delete_payment", "zoho_payment_id", "payments", "payment_status", "Voided";
    "local_mzi_delete_class", "zoho_class_id", "classes", "class_status", "Cancelled";
    "local_mzi_delete_enrollment", "zoho_enrollment_id", "enrollments", "enrollment_status", "Withdrawn";
    "local_mzi_delete_grade", "zoho_grade_id", "grades", "", "";
    "local_mzi_delete_request", "zoho_request_id", "requests", "status", "Cancelled";
    "local_mzi_delete_btec_definition", "zoho_unit_id", "definitions", "", "";
};

/// Reads a parameter that is JSON.
fn parse(arguments: &Map<String, Value>, name: &str) -> Result<Value, Failure> {
    let json = arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    serde_json::from_str(json).map_err(|_| Failure::parameter(format!("{name} is not valid JSON")))
}

/// Writes a value in the form of a column.
fn column(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn not_found(what: &str, column: &str, zoho_id: &str) -> Failure {
    Failure::moodle("recordnotfound", &format!("{what} with {column} {zoho_id} not found"))
}

fn record<'s>(site: &'s Site, kind: &str, zoho_id: &str) -> Option<&'s Map<String, Value>> {
    site.plugin.get(kind)?.get(zoho_id)
}

/// Returns a column of a record; empty when there is none.
fn get<'s>(site: &'s Site, kind: &str, zoho_id: &str, column: &str) -> &'s str {
    let found = record(site, kind, zoho_id).and_then(|record| record.get(column)?.as_str());
    found.unwrap_or_default()
}

fn upsert(
    site: &mut Site,
    arguments: &Map<String, Value>,
    parameter: &str,
    sheet: &Sheet,
    note: &mut Note,
) -> Result<Value, Failure> {
    let sent = parse(arguments, parameter)?;
    note.batch = Some(1);
    let zoho_id = column(sent.get(sheet.key));
    if zoho_id.is_empty() {
        return Err(Failure::parameter(format!("{} is missing", sheet.key)));
    }
    for (name, kind, what) in sheet.parents {
        let parent = column(sent.get(*name));
        if record(site, kind, &parent).is_none() {
            return Err(not_found(what, name, &parent));
        }
    }
    let mut row: Map<String, Value> = Map::new();
    for name in sheet.columns {
        let mut text = column(sent.get(*name));
        if text.is_empty()
            && let Some((_, usual)) = sheet.usual.filter(|(own, _)| own == name)
        {
            usual.clone_into(&mut text);
        }
        if *name == "numeric_grade" {
            // The column is a number: a letter becomes 0.
            text = text.parse::<f64>().unwrap_or(0.0).to_string();
        }
        row.insert((*name).to_owned(), json!(text));
    }
    let mut answer = json!({"success": true, "message": ""});
    if sheet.kind == "students" && text(&sent, "moodle_user_id").is_empty() {
        let user = user_of_email(site, &column(sent.get("academic_email")));
        let user = user.map_or_else(String::new, |id| id.to_string());
        row.insert("moodle_user_id".to_owned(), json!(user));
    }
    if sheet.kind == "enrollments" {
        let (user, status) = enrol_in_course(site, &row, note);
        if let Some(members) = answer.as_object_mut() {
            members.insert("moodle_user_id".to_owned(), json!(user));
            members.insert("enrol_status".to_owned(), json!(status));
        }
    }
    let kept = site.plugin.entry(sheet.kind.to_owned()).or_default().insert(zoho_id, row);
    let action = if kept.is_some() { "updated" } else { "created" };
    note.wrote(sheet.kind, action, 1);
    if let Some(members) = answer.as_object_mut() {
        members.insert("action".to_owned(), json!(action));
    }
    Ok(answer)
}

fn user_of_email(site: &Site, email: &str) -> Option<u32> {
    site.users.mailed(email).next().filter(|_| !email.is_empty())
}

/// Returns the user of a student's record.
fn user_of_student(site: &Site, zoho_id: &str) -> Option<u32> {
    let id = get(site, "students", zoho_id, "moodle_user_id").parse().ok();
    let id = id.filter(|id| site.users.get(*id).is_some());
    id.or_else(|| user_of_email(site, get(site, "students", zoho_id, "academic_email")))
}

/// Enrols the student of an enrollment; returns the user and the result.
fn enrol_in_course(
    site: &mut Site,
    row: &Map<String, Value>,
    note: &mut Note,
) -> (u32, &'static str) {
    let all = Value::Object(row.clone());
    let Some(user) = user_of_student(site, text(&all, "zoho_student_id")) else {
        return (0, "user_not_found");
    };
    if text(&all, "moodle_course_id").is_empty() {
        return (user, "skipped");
    }
    let course = id(&all, "moodle_course_id");
    if site.courses.get(course).is_none() {
        return (user, "course_not_found");
    }
    if course == SITE_COURSE {
        return (user, "no_instance");
    }
    // If manual enrolments are not possible, the plug-in enables them.
    site.courses.change(course, |course| course.manual = true);
    let wish = Enrolment { roles: vec![STUDENT], ..Enrolment::default() };
    note.wrote("enrolments", enrol::put(site, course, user, wish), 1);
    (user, "enrolled")
}

fn delete(
    site: &mut Site,
    arguments: &Map<String, Value>,
    key: &str,
    kind: &'static str,
    (column, state): (&str, &str),
    note: &mut Note,
) -> Result<Value, Failure> {
    let zoho_id = arguments.get(key).and_then(Value::as_str).unwrap_or_default();
    note.batch = Some(1);
    let Some(record) = site.plugin.get_mut(kind).and_then(|all| all.get_mut(zoho_id)) else {
        return Err(not_found("Record", key, zoho_id));
    };
    if column.is_empty() {
        site.plugin.get_mut(kind).and_then(|all| all.remove(zoho_id));
    } else {
        record.insert(column.to_owned(), json!(state));
    }
    if kind == "enrollments" {
        let course = get(site, kind, zoho_id, "moodle_course_id").parse().unwrap_or_default();
        let student = get(site, kind, zoho_id, "zoho_student_id").to_owned();
        if let Some(user) = user_of_student(site, &student) {
            let gone = site.unenrol(course, user);
            note.wrote("enrolments", "deleted", usize::from(gone));
        }
    }
    note.wrote(kind, "deleted", 1);
    Ok(json!({"success": true, "message": ""}))
}

#[cfg(test)]
mod tests {
    use {super::get, crate::moodle::bench::Bench, serde_json::json};

    fn form(parameter: &str, value: &serde_json::Value) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair(parameter, &value.to_string())
            .finish()
    }

    fn student(bench: &mut Bench) {
        let sent = json!({"zoho_student_id": "s1", "academic_email": "one@x.example", "city": "X"});
        let answer = bench.ok("local_mzi_update_student", &form("studentdata", &sent));
        assert_eq!((&answer["success"], &answer["action"]), (&json!(true), &json!("created")));
    }

    #[test]
    fn an_absent_key_blanks_the_column() {
        let mut bench = Bench::school();
        student(&mut bench);
        assert_eq!(get(&bench.site, "students", "s1", "city"), "X");
        assert_eq!(get(&bench.site, "students", "s1", "moodle_user_id"), "4");
        let sent = json!({"zoho_student_id": "s1", "first_name": "A"});
        let answer = bench.ok("local_mzi_update_student", &form("studentdata", &sent));
        assert_eq!(answer["action"], "updated");
        assert_eq!(get(&bench.site, "students", "s1", "city"), "");
    }

    #[test]
    fn parents_must_be_there() {
        let mut bench = Bench::school();
        let payment = json!({"zoho_payment_id": "p1", "zoho_registration_id": "5"});
        let payment = form("paymentdata", &payment);
        let answer = bench.ask("local_mzi_record_payment", &payment);
        assert_eq!(answer["message"], "Registration with zoho_registration_id 5 not found");
        student(&mut bench);
        let sent = json!({"zoho_registration_id": "5", "zoho_student_id": "s1"});
        bench.ok("local_mzi_create_registration", &form("registrationdata", &sent));
        bench.ok("local_mzi_record_payment", &payment);
        assert_eq!(get(&bench.site, "payments", "p1", "payment_status"), "Confirmed");
        let rows = json!([{"amount": 5}, {"installment_number": 9, "status": "Paid"}]);
        let rows = format!("zoho_registration_id=5&{}", form("installmentsdata", &rows));
        assert_eq!(bench.ok("local_mzi_sync_installments", &rows)["count"], 2);
        let kept = &bench.site.plugin["installments"]["5"]["rows"];
        assert_eq!(
            (&kept[0]["installment_number"], &kept[0]["status"]),
            (&json!("1"), &json!("Pending"))
        );
        bench.ok("local_mzi_delete_payment", "zoho_payment_id=p1");
        assert_eq!(get(&bench.site, "payments", "p1", "payment_status"), "Voided");
    }

    #[test]
    fn only_an_enrolled_student_counts() {
        let mut bench = Bench::school();
        student(&mut bench);
        for (course, status) in
            [("", "skipped"), ("99", "course_not_found"), ("1", "no_instance"), ("2", "enrolled")]
        {
            let sent = json!({
                "zoho_enrollment_id": "e1", "zoho_student_id": "s1", "moodle_course_id": course
            });
            let answer = bench.ok("local_mzi_update_enrollment", &form("enrollmentdata", &sent));
            assert_eq!(
                (&answer["enrol_status"], &answer["success"]),
                (&json!(status), &json!(true))
            );
        }
        assert_eq!(bench.site.roll.count(), 1);
        bench.ok("local_mzi_delete_enrollment", "zoho_enrollment_id=e1");
        assert_eq!(bench.site.roll.count(), 0);
        assert_eq!(get(&bench.site, "enrollments", "e1", "enrollment_status"), "Withdrawn");
    }

    #[test]
    fn a_letter_as_a_number_is_nothing() {
        let mut bench = Bench::school();
        student(&mut bench);
        for (sent, kept) in [(json!("D"), "0"), (json!(3.5), "3.5")] {
            let grade = json!({
                "zoho_grade_id": "g1", "zoho_student_id": "s1", "numeric_grade": sent
            });
            bench.ok("local_mzi_submit_grade", &form("gradedata", &grade));
            assert_eq!(get(&bench.site, "grades", "g1", "numeric_grade"), kept);
        }
        bench.ok("local_mzi_delete_grade", "zoho_grade_id=g1");
        assert_eq!(bench.site.plugin["grades"].len(), 0);
    }

    #[test]
    fn a_definition_is_made_once() {
        let mut bench = Bench::new();
        let sent = "name=Unit&zoho_unit_id=u1&criteria[0][shortname]=P1&criteria[0][description]=x\
                    &criteria[0][level]=1&criteria[0][sortorder]=0";
        for _ in 0..2 {
            let answer = bench.ok("local_mzi_create_btec_definition", sent);
            assert_eq!(
                (&answer["definition_id"], &answer["criteria_count"]),
                (&json!(1), &json!(1))
            );
        }
        let other = sent.replace("u1", "u2");
        assert_eq!(bench.ok("local_mzi_create_btec_definition", &other)["definition_id"], 2);
        bench.settings.plugin = false;
        let answer = bench.ask("local_mzi_create_btec_definition", sent);
        assert_eq!(answer["exception"], "unknown function");
    }
}
