//! Every module, in every form that it can have, and grades in the other direction.

use {
    super::{ABSENT, all_of_moodle, gone, hidden, install_plug_in, lacking, stopped},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told, zoho_module},
    },
    serde_json::{Value, json},
};

const MODULES: [&str; 7] =
    ["programs", "units", "students", "classes", "registrations", "enrollments", "payments"];

/// A school where every status has a field, synced once; `forms` are options of modules.
async fn school_with(kind: Kind, forms: &[(&str, Value)]) -> School {
    let school = School::new(kind, 16).await;
    install_plug_in(&school).await;
    school.map("enrollments", "enrollment_status", "Class_Teacher").await;
    school.map("payments", "payment_status", "Note").await;
    for (module, options) in forms {
        school.layout(module, options.clone()).await;
    }
    school.change("students", 2, json!({"Status": "Suspended"})).await;
    school.change("enrollments", 3, json!({"Class_Teacher": "Withdraw"})).await;
    let payment = school.records("payments").await.pop().unwrap();
    let overdue = json!({"Note": "Overdue", "Payment_Date": "2031-01-01"});
    school.change("payments", payment["id"].as_str().unwrap(), overdue).await;
    for module in MODULES {
        let run = school.full(module).await;
        assert_eq!(run["status"], "completed", "{module}: {run}");
    }
    school
}

/// Returns the canonical fields of a module that are sent or read in the form that it has at the school.
async fn used(school: &School, module: &str) -> Vec<String> {
    let fields = school.client.get("/v1/extension/metadata/fields").await.json();
    let modules = school.client.get("/v1/extension/modules").await.json();
    let mut modules = modules.as_array().unwrap().iter();
    let settings = modules.find(|one| one["module_name"] == module).unwrap();
    let form = &settings["options"]["target"];
    assert!(form.is_string(), "{settings}");
    let is_used = |field: &&Value| {
        let uses = field["uses"].as_array().unwrap();
        uses.iter().any(|one| one["form"] == *form && one["use"] != "nowhere")
    };
    let own = fields.as_array().unwrap().iter().filter(|field| field["module_name"] == module);
    own.filter(is_used).map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

/// Returns the source fields of a module's mapping that lists show and that go somewhere, each with a canonical field.
async fn mapped(school: &School, module: &str) -> Vec<(String, String)> {
    let used = used(school, module).await;
    let rows = school.client.get(&format!("/v1/extension/mappings/{module}")).await.json();
    let described = school.record(module, 0).await;
    let mut fields: Vec<(String, String)> = Vec::new();
    for row in rows.as_array().unwrap() {
        let field = row["zoho_field_api_name"].as_str().unwrap().to_owned();
        let canonical = row["canonical_field"].as_str().unwrap().to_owned();
        let shown = described.get(&field).is_some() && field != "Payment_Schedule";
        if shown && used.contains(&canonical) && !fields.iter().any(|(known, _)| *known == field) {
            fields.push((field, canonical));
        }
    }
    fields
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mapped_field_of_each_module_is_missed() {
    for kind in kinds() {
        let school = school_with(kind, &[]).await;
        let before = all_of_moodle(&school).await;
        school.forget().await;
        for module in MODULES {
            let fields = mapped(&school, module).await;
            assert!(fields.len() >= 2, "{module}: {fields:?}");
            for (field, canonical) in fields {
                for out in [gone, hidden] {
                    school.leave_out(json!([out(module, &field)])).await;
                    let run = school.full(module).await;
                    stopped(&school, &run, &[(&field, &canonical)]).await;
                }
            }
        }
        assert_eq!((school.writes("moodle").await, all_of_moodle(&school).await), (0, before));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_each_module_keep_what_stands_for_a_field_that_they_lack() {
    let groups: &[(&str, Value)] = &[
        ("classes", json!({"target": "group"})),
        ("programs", json!({"target": "course"})),
        ("registrations", json!({"target": "enrolment"})),
        ("payments", json!({"suspend_on": {"words": ["overdue"]}})),
    ];
    let records: &[(&str, Value)] =
        &[("payments", json!({"target": "record"})), ("units", json!({"target": "record"}))];
    for kind in kinds() {
        for forms in [&[], groups, records] {
            let school = school_with(kind, forms).await;
            let before = all_of_moodle(&school).await;
            school.forget().await;
            for module in MODULES {
                let all = school.records(module).await;
                // All records but one, so that the page as a whole has the field.
                let ids: Vec<String> =
                    all.iter().skip(1).map(|one| one["id"].as_str().unwrap().to_owned()).collect();
                let required: Vec<String> = required(&school, module).await;
                for (field, _) in mapped(&school, module).await {
                    school.leave_out(json!([lacking(module, &field, &ids)])).await;
                    let run = school.full(module).await;
                    let (_, [new, unchanged, updated, failed, skipped, total]) = told(&run);
                    assert_eq!((new, updated, skipped), (0, 0, 0), "{module} {field}: {run}");
                    let alone = if required.contains(&field) { total - 1 } else { 0 };
                    assert_eq!(
                        (failed, unchanged),
                        (alone, total - alone),
                        "{module} {field}: {run}"
                    );
                    let items = school.items(&run, "items_status=FAILED").await;
                    assert!(items.iter().all(|item| item["code"] == ABSENT), "{items:?}");
                }
            }
            assert_eq!((school.writes("moodle").await, all_of_moodle(&school).await), (0, before));
            school.stop().await;
        }
    }
}

/// Returns the source fields that required rows of a module read.
async fn required(school: &School, module: &str) -> Vec<String> {
    let rows = school.client.get(&format!("/v1/extension/mappings/{module}")).await.json();
    let rows = rows.as_array().unwrap().iter().filter(|row| row["required"] == true);
    rows.map(|row| row["zoho_field_api_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_is_written_whole_with_the_dates_that_stand() {
    for kind in kinds() {
        let school = school_with(kind, &[]).await;
        let ids: Vec<String> = {
            let all = school.records("enrollments").await;
            all.iter().take(8).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
        };
        for number in 0..8 {
            school.change("enrollments", number, json!({"End_Date": "2032-05-05"})).await;
        }
        assert_eq!(told(&school.full("enrollments").await).1[2], 8);
        let state = async || {
            let all = school.moodle("enrolments").await;
            let sum = |name: &str| -> i64 { all.iter().filter_map(|own| own[name].as_i64()).sum() };
            let closed = all.iter().filter(|own| own["suspended"] == true).count();
            (sum("timestart"), sum("timeend"), closed)
        };
        let before = state().await;
        assert_eq!(before.2, 1);
        // Something else changes while the end date is missing; then the start date is missing.
        school.leave_out(json!([lacking("enrollments", "End_Date", &ids)])).await;
        school.change("enrollments", 1, json!({"Start_Date": "2026-01-02"})).await;
        let run = school.full("enrollments").await;
        assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 1), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(
            item["diff"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["enrollment_date"]
        );
        let after = state().await;
        assert_eq!((after.1, after.2), (before.1, before.2), "the ends stay");
        // A class that moves takes the end date along.
        let class = school.id("classes", 0).await;
        let other = school.id("classes", 1).await;
        let record = school.record("enrollments", 5).await;
        let to = if record["Classes"]["id"] == json!(class) { other } else { class };
        school.change("enrollments", 5, json!({ "Classes": to })).await;
        school.full("enrollments").await;
        school.leave_out(json!([])).await;
        // The place that it left was checked again by a read without the end date; it is ended now.
        school.full("enrollments").await;
        school.forget().await;
        let run = school.full("enrollments").await;
        assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{run}");
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_without_a_status_field_leaves_the_one_that_is_shown() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        // The default mapping names a field that the organisation does not have.
        for module in ["programs", "students", "registrations", "payments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let registration = school.record("registrations", 3).await;
        let student = registration["Student_ID"]["id"].as_str().unwrap().to_owned();
        let shown = async |field: &str| {
            let user = school.one(&format!("users?idnumber={student}")).await;
            user["more"][format!("custom:{field}")].clone()
        };
        assert_eq!(shown("payment_status").await, Value::Null, "nothing is made up");
        let user = school.one(&format!("users?idnumber={student}")).await["id"].to_string();
        let fields = [
            ("users[0][id]", user.as_str()),
            ("users[0][customfields][0][type]", "payment_status"),
            ("users[0][customfields][0][value]", "overdue"),
        ];
        school.call("core_user_update_users", &fields).await;
        let payment = json!({
            "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 7,
            "Payment_Date": "2031-01-01",
        });
        school.add("payments", payment).await;
        let run = school.full("payments").await;
        assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 1), "{run}");
        assert_eq!(shown("payment_status").await, "overdue");
        assert_eq!(shown("last_payment").await, "2031-01-01 7");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_course_that_is_taken_over_keeps_what_nobody_says() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        let never = [
            gone("classes", "BTEC_Program"),
            gone("classes", "Start_Date"),
            gone("classes", "End_Date"),
        ];
        school.leave_out(json!(never)).await;
        // The school created the course and its category by hand.
        let made =
            school.call("core_course_create_categories", &[("categories[0][name]", "Own")]).await;
        let category = made[0]["id"].to_string();
        let course = [
            ("courses[0][fullname]", "Networks"),
            ("courses[0][shortname]", "NET"),
            ("courses[0][categoryid]", &category),
            ("courses[0][startdate]", "1790000000"),
            ("courses[0][enddate]", "1795000000"),
        ];
        let made = school.call("core_course_create_courses", &course).await;
        let id = made[0]["id"].to_string();
        school
            .change("classes", 0, json!({"Moodle_Class_ID": id, "Class_Name": "Networks A"}))
            .await;
        assert_eq!(school.full("classes").await["status"], "completed");
        let class = school.id("classes", 0).await;
        let course = school.one(&format!("courses?idnumber={class}")).await;
        assert_eq!((&course["id"].to_string(), &course["fullname"]), (&id, &json!("Networks A")));
        assert_eq!(course["category"].to_string(), category, "{course}");
        assert_eq!(
            (&course["startdate"], &course["enddate"]),
            (&json!(1_790_000_000), &json!(1_795_000_000))
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_layout_needs_what_the_mapping_calls_optional() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        school.layout("classes", json!({"target": "group"})).await;
        assert_eq!(school.full("units").await["status"], "completed");
        school.leave_out(json!([gone("classes", "Unit")])).await;
        let run = school.full("classes").await;
        stopped(&school, &run, &[("Unit", "unit_zoho_id")]).await;
        school.layout("classes", json!({"target": "course"})).await;
        assert_eq!(school.full("classes").await["status"], "completed");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feedback_that_moodle_keeps_back_is_not_wiped_in_zoho() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        for module in ["students", "classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let settings = json!({"grades_writeback": true});
        assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
        let on = school.client.put("/v1/extension/modules/grades", &json!({"enabled": true})).await;
        assert_eq!(on.status, 200, "{}", on.text);
        for own in school.records("enrollments").await.iter().take(5) {
            let wish = json!({
                "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
                "raw": 3.0, "max": 4.0, "feedback": "Fine work",
            });
            school.grade(wish).await;
        }
        assert_eq!(told(&school.full("grades").await).1[0], 5);
        let before = school.records("grades").await;
        assert!(before.iter().all(|row| row["Feedback"] == "Fine work"), "{before:?}");
        school.forget().await;
        school.options(json!({"grade_report_hides": ["feedback", "gradedategraded"]})).await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).0, told(&run).1[0], told(&run).1[2]), ("completed", 0, 0), "{run}");
        assert_eq!((school.writes("zoho").await, school.records("grades").await), (0, before));
        assert_eq!(zoho_module("grades"), "BTEC_Grades");
        school.stop().await;
    }
}
