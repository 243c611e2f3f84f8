//! Programs, units and classes: categories, courses and groups.

use {
    super::{complete, last_second, looked_up, seconds, settled},
    crate::harness::{
        app::{App, connect},
        db::{Db, kinds},
        school::{School, calls, told},
    },
    serde_json::json,
    std::collections::HashMap,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_units_and_classes_become_categories_and_courses() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        complete(&school, &["programs", "units", "classes"]).await;

        let mut categories = HashMap::new();
        for program in school.records("programs").await {
            let id = program["id"].as_str().unwrap();
            let category = school.one(&format!("categories?idnumber={id}")).await;
            assert_eq!(category["name"], program["Product_Name"]);
            assert_eq!(category["description"], program["Description"]);
            categories.insert(id.to_owned(), category["id"].clone());
        }
        assert_eq!(categories.len(), 4);
        for unit in school.records("units").await {
            let course =
                school.one(&format!("courses?idnumber={}", unit["id"].as_str().unwrap())).await;
            assert_eq!(course["fullname"], unit["Name"]);
            assert_eq!(course["shortname"], unit["Unit_Code"]);
            assert_eq!(course["category"], 1);
        }
        for class in school.records("classes").await {
            let course =
                school.one(&format!("courses?idnumber={}", class["id"].as_str().unwrap())).await;
            assert_eq!(course["fullname"], class["Class_Name"]);
            assert_eq!(course["shortname"], class["Class_Short_Name"]);
            assert_eq!(course["category"], categories[&looked_up(&class, "BTEC_Program")]);
            assert_eq!(course["startdate"], seconds(&class["Start_Date"]));
            assert_eq!(course["enddate"], last_second(&class["End_Date"]));
        }
        settled(&school, &["programs", "units", "classes"]).await;

        // A change of one field writes that field.
        school.change("programs", 0, json!({"Product_Name": "Applied Science & more"})).await;
        school.change("units", 3, json!({"Unit_Code": "SCI-999"})).await;
        school.change("classes", 1, json!({"End_Date": "2027-07-31"})).await;
        for module in ["programs", "units", "classes"] {
            let run = school.full(module).await;
            assert_eq!(told(&run).1[2], 1, "{run}");
            let item = &school.items(&run, "items_status=UPDATED").await[0];
            assert_eq!(
                (&item["op"], item["diff"].as_object().unwrap().len()),
                (&json!("update"), 1)
            );
        }
        let id = school.id("programs", 0).await;
        let category = school.one(&format!("categories?idnumber={id}")).await;
        assert_eq!(category["name"], "Applied Science & more");
        let id = school.id("units", 3).await;
        assert_eq!(school.one(&format!("courses?idnumber={id}")).await["shortname"], "SCI-999");
        let id = school.id("classes", 1).await;
        let course = school.one(&format!("courses?idnumber={id}")).await;
        assert_eq!(course["enddate"], last_second(&json!("2027-07-31")));
        assert_eq!(school.writes("moodle").await, 3);
        settled(&school, &["programs", "units", "classes"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_already_is_taken_over_by_its_id_number() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let modules = [
            "programs",
            "units",
            "students",
            "classes",
            "registrations",
            "enrollments",
            "payments",
        ];
        complete(&school, &modules).await;
        let before = school.counts().await;
        school.forget().await;
        // What is not shown is written once to be sure.
        school.show_phones().await;
        // Another installation without any link starts with the same site.
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        connect(&client, &school.sandbox).await;
        let school = School { db, app, client, ..school };
        for module in modules {
            let run = school.full(module).await;
            let (status, [new, _, _, _, skipped, total]) = told(&run);
            assert_eq!((status, new, skipped), ("completed", total, 0), "{module}: {run}");
            if module != "payments" {
                let ledger = school.ledger().await;
                // Memberships and enrolments are written again, which changes nothing.
                for (what, verbs) in ledger["moodle"]["writes"].as_object().unwrap() {
                    let verbs: Vec<&String> = verbs.as_object().unwrap().keys().collect();
                    assert_eq!(verbs, ["repeated"], "{module}: {what}");
                }
            }
        }
        assert_eq!(school.counts().await, before, "nothing was doubled");
        assert_eq!(school.duplicates().await, 0);
        settled(&school, &modules).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn classes_can_be_groups_in_the_course_of_their_unit() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        school.layout("classes", json!({"target": "group"})).await;
        let modules = ["units", "students", "classes", "enrollments"];
        complete(&school, &modules).await;
        assert_eq!(school.counts().await["courses"], 16, "units only");
        for class in school.records("classes").await {
            let id = class["id"].as_str().unwrap();
            let unit = looked_up(&class, "Unit");
            let course = school.one(&format!("courses?idnumber={unit}")).await;
            let group = school.one(&format!("groups?idnumber={id}")).await;
            assert_eq!((&group["course"], &group["name"]), (&course["id"], &class["Class_Name"]));
        }
        for enrollment in school.records("enrollments").await {
            let class = looked_up(&enrollment, "Classes");
            let student = looked_up(&enrollment, "Enrolled_Students");
            let group = school.one(&format!("groups?idnumber={class}")).await;
            let user = school.one(&format!("users?idnumber={student}")).await;
            let members = group["members"].as_array().unwrap();
            assert!(members.contains(&user["id"]), "{group} {user}");
            let (course, user) = (&group["course"], &user["id"]);
            let own = school.one(&format!("enrolments?course={course}&user={user}")).await;
            assert_eq!(own["timestart"], seconds(&enrollment["Start_Date"]));
        }
        settled(&school, &modules).await;

        // A new name is written, and the group's other fields are kept.
        school.change("classes", 0, json!({"Class_Name": "Renamed"})).await;
        assert_eq!(told(&school.full("classes").await).1[2], 1);
        let id = school.id("classes", 0).await;
        assert_eq!(school.one(&format!("groups?idnumber={id}")).await["name"], "Renamed");
        settled(&school, &modules).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_without_its_program_is_completed_when_that_arrives() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        // Programs were never synced: the classes go into the default category.
        complete(&school, &["classes"]).await;
        let courses = school.moodle("courses").await;
        let count = courses.iter().filter(|course| course["category"] == 1).count();
        assert_eq!(count, 4, "{courses:?}");
        school.forget().await;
        complete(&school, &["programs"]).await;
        school.idle().await;
        let runs = school.runs("module=classes&trigger_source=dependency").await;
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert_eq!(told(&runs[0]), ("completed", [0, 0, 4, 0, 0, 4]), "{}", runs[0]);
        let by = runs[0]["triggered_by"].as_str().unwrap();
        assert!(by.starts_with("dependency_of_"), "{by}");
        for class in school.records("classes").await {
            let id = class["id"].as_str().unwrap();
            let program = looked_up(&class, "BTEC_Program");
            let category = school.one(&format!("categories?idnumber={program}")).await;
            let course = school.one(&format!("courses?idnumber={id}")).await;
            assert_eq!(course["category"], category["id"]);
        }
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "moodle", "core_course_create_courses"), 0);
        settled(&school, &["programs", "classes"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_short_name_fails_alone_and_by_name() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        complete(&school, &["units"]).await;
        let taken = school.record("units", 0).await["Unit_Code"].clone();
        school.change("classes", 2, json!({"Class_Short_Name": taken})).await;
        let run = school.full("classes").await;
        assert_eq!(told(&run), ("partial", [3, 0, 0, 1, 0, 4]), "{run}");
        let failed = school.items(&run, "items_status=FAILED").await;
        assert_eq!(failed[0]["code"], "MOODLE_SHORTNAME_TAKEN", "{failed:?}");
        assert_eq!(failed[0]["zoho_id"], json!(school.id("classes", 2).await));
        // Names with markup and dates in the wrong order are refused before they reach Moodle.
        school.change("classes", 2, json!({"Class_Short_Name": "X", "Class_Name": "<b>x"})).await;
        school
            .change("classes", 3, json!({"Start_Date": "2026-09-02", "End_Date": "2026-09-01"}))
            .await;
        let run = school.full("classes").await;
        let failed = school.items(&run, "items_status=FAILED").await;
        let codes: Vec<&str> = failed.iter().map(|item| item["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["VALUE_HAS_MARKUP", "DATE_ORDER"]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_begin_and_end_where_the_school_is() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let zone = async |name: &str| {
            school.client.put("/v1/extension/settings", &json!({"time_zone": name})).await
        };
        let refused = zone("Mars/Base").await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("Asia/Amman"), "{}", refused.text);
        assert_eq!(zone("Asia/Amman").await.json()["time_zone"], "Asia/Amman");
        complete(&school, &["students", "classes", "enrollments"]).await;

        // Amman is three hours ahead, all year.
        let ahead = 3 * 3_600;
        for class in school.records("classes").await {
            let id = class["id"].as_str().unwrap();
            let course = school.one(&format!("courses?idnumber={id}")).await;
            assert_eq!(course["startdate"], seconds(&class["Start_Date"]) - ahead);
            assert_eq!(course["enddate"], last_second(&class["End_Date"]) - ahead);
        }
        let starts: Vec<_> =
            school.moodle("enrolments").await.iter().map(|own| own["timestart"].clone()).collect();
        for record in school.records("enrollments").await {
            assert!(starts.contains(&json!(seconds(&record["Start_Date"]) - ahead)), "{record}");
        }
        assert_eq!(zone("").await.json()["time_zone"], json!(null));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_that_loses_its_first_day_keeps_the_one_that_the_course_has() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &["programs", "classes"]).await;
        let id = school.id("classes", 1).await;
        let before = school.one(&format!("courses?idnumber={id}")).await["startdate"].clone();
        assert!(before.as_i64().unwrap() > 0);
        school.change("classes", 1, json!({"Start_Date": null, "End_Date": "2027-07-31"})).await;
        complete(&school, &["classes"]).await;
        let course = school.one(&format!("courses?idnumber={id}")).await;
        assert_eq!(course["startdate"], before, "a course has no first day that is none");
        assert_eq!(course["enddate"], last_second(&json!("2027-07-31")));
        // The last day may be empty.
        school.change("classes", 1, json!({"End_Date": null})).await;
        complete(&school, &["classes"]).await;
        let course = school.one(&format!("courses?idnumber={id}")).await;
        assert_eq!((&course["startdate"], &course["enddate"]), (&before, &json!(0)));
        settled(&school, &["programs", "classes"]).await;
        school.stop().await;
    }
}
