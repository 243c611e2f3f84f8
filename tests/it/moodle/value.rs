//! Values that Moodle takes or refuses otherwise than they look.

use {
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

/// Returns the item of a record in a run.
async fn item(school: &School, run: &Value, id: &str) -> Value {
    let items = school.items(run, "").await;
    items.into_iter().find(|item| item["zoho_id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

/// An address that Moodle would refuse is found before, and named; the batch of the others is not halved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_judged_as_php_judges_them() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let long = format!("{}@college.example", "a".repeat(65));
        let bad = [
            ".a@college.example",
            "a.@college.example",
            "a..b@college.example",
            "a@college-.example",
            &long,
        ];
        for (number, email) in (0..).zip(bad) {
            school.change("students", number, json!({"Academic_Email": email})).await;
        }
        school.forget().await;
        let run = school.full("students").await;
        let failed = school.items(&run, "items_status=FAILED").await;
        assert_eq!(failed.len(), bad.len(), "{failed:?}");
        for item in failed {
            assert_eq!(item["code"], "EMAIL_INVALID", "{item}");
        }
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "moodle", "core_user_create_users"), 1);
        school.stop().await;
    }
}

/// What cannot be seen is shown in a message, and means nothing at the ends of a value.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_seen_is_shown_and_trimmed() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let inside = json!({"Academic_Email": "a\u{200b}b@college.example"});
        school.change("students", 0, inside).await;
        let around = json!({
            "Academic_Email": "\u{200f}around@college.example\u{feff}",
            "First_Name": "\u{202e}Sara\u{202c}", "Last_Name": "\u{200b}Ha\u{202e}ddad ",
        });
        school.change("students", 1, around).await;
        let run = school.full("students").await;
        let ids = [school.id("students", 0).await, school.id("students", 1).await];
        let refused = item(&school, &run, &ids[0]).await;
        assert_eq!(refused["code"], "EMAIL_INVALID", "{refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("a\\u{200b}b@college.example"), "{message}");
        let account = school.one(&format!("users?idnumber={}", ids[1])).await;
        assert_eq!(account["email"], "around@college.example", "{account}");
        assert_eq!(
            (&account["firstname"], &account["lastname"]),
            (&json!("Sara"), &json!("Haddad"))
        );
        let run = school.full("students").await;
        assert_eq!(told(&run).1[2], 0, "{run}");
        school.stop().await;
    }
}

/// Days that no school has, and ends before their begin, are refused before Moodle stores them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_in_a_span_and_in_order() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        for module in ["classes", "enrollments"] {
            school.on_invalid(module, "fail").await;
        }
        for module in ["programs", "students"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let class = school.id("classes", 0).await;
        for (day, code) in [("0024-03-05", "TRANSFORM_FAILED"), ("1924-03-05", "DATE_OUT_OF_RANGE")]
        {
            school.change("classes", &class, json!({"Start_Date": day, "End_Date": null})).await;
            let run = school.full("classes").await;
            let refused = item(&school, &run, &class).await;
            assert_eq!(refused["code"], code, "{refused}");
        }
        school.change("classes", &class, json!({"Start_Date": "2024-03-05"})).await;
        school.full("classes").await;
        let enrollments = school.records("enrollments").await;
        let own = enrollments[0]["id"].as_str().unwrap();
        let rows = school.client.get("/v1/extension/mappings/enrollments").await.json();
        let source = |canonical: &str| {
            let row =
                rows.as_array().unwrap().iter().find(|row| row["canonical_field"] == canonical);
            row.unwrap_or_else(|| panic!("{canonical}"))["zoho_field_api_name"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let (start, end) = (source("enrollment_date"), source("end_date"));
        for (first, last, code) in [
            ("2026-09-02", "2026-09-01", json!("DATE_ORDER")),
            ("2026-09-02", "2226-09-01", json!("DATE_OUT_OF_RANGE")),
            ("2026-09-02", "2026-09-02", Value::Null),
        ] {
            let mut fields = json!({});
            fields[&start] = json!(first);
            fields[&end] = json!(last);
            school.change("enrollments", own, fields).await;
            let run = school.full("enrollments").await;
            assert_eq!(item(&school, &run, own).await["code"], code, "{first} {last}");
        }
        school.stop().await;
    }
}

/// Names in two languages are stored as they are; short names that are made of long names are not alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_in_two_languages_and_long_names_are_stored() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        assert_eq!(school.full("programs").await["status"], "completed");
        let spans = "<span lang=\"en\" class=\"multilang\">Anatomy</span>\
                     <span lang=\"ar\" class=\"multilang\">تشريح</span>";
        let long = "Higher National Diploma in Computing, second year, evening";
        let names = [spans.to_owned(), format!("{long} A"), format!("{long} B")];
        let mut classes = Vec::new();
        for (number, name) in (0..).zip(&names) {
            let id = school.id("classes", number).await;
            school
                .change("classes", &id, json!({"Class_Name": name, "Class_Short_Name": null}))
                .await;
            classes.push(id);
        }
        let run = school.full("classes").await;
        assert_eq!(
            (told(&run).0, told(&run).1[3]),
            ("completed", 0),
            "{:?}",
            school.items(&run, "items_status=FAILED").await
        );
        let mut short = Vec::new();
        for (id, name) in classes.iter().zip(&names) {
            let course = school.one(&format!("courses?idnumber={id}")).await;
            assert_eq!(course["fullname"], json!(name));
            short.push(course["shortname"].as_str().unwrap().to_owned());
        }
        assert_eq!(short[0], "Anatomy تشريح");
        assert!(
            short[1] != short[2] && short[1].starts_with("Higher National Diploma"),
            "{short:?}"
        );
        // A linked course is not renamed by another change.
        school
            .change(
                "classes",
                &classes[1],
                json!({"End_Date": "2030-01-01", "Start_Date": "2029-01-01"}),
            )
            .await;
        school.full("classes").await;
        let course = school.one(&format!("courses?idnumber={}", classes[1])).await;
        assert_eq!(course["shortname"], json!(short[1]));
        school.stop().await;
    }
}

/// A class that ended before it is made and has no first day: Moodle would let it begin today.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_past_class_without_a_first_day_is_told_what_it_lacks() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let class = school.id("classes", 0).await;
        school
            .change("classes", &class, json!({"Start_Date": null, "End_Date": "2020-01-31"}))
            .await;
        let run = school.full("classes").await;
        let refused = item(&school, &run, &class).await;
        assert_eq!(refused["code"], "MOODLE_DATES_INVALID", "{refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("without a start date begins today"), "{message}");
        school.stop().await;
    }
}

/// Functions that the service of the token lacks are told all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_token_lacks_is_told_at_once() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let lacks = [
            "core_course_create_courses",
            "core_cohort_search_cohorts",
            "enrol_manual_unenrol_users",
        ];
        school.options(json!({"missing_functions": lacks})).await;
        let run = school.full("classes").await;
        let run = school.detail(&run).await;
        assert_eq!(run.error_code(), "MOODLE_FUNCTION_MISSING");
        let message = run.error_summary();
        for function in lacks {
            assert!(message.contains(function), "{message}");
        }
        school
            .options(
                json!({"missing_functions": [], "missing_capabilities": ["moodle/course:create"]}),
            )
            .await;
        let run = school.full("classes").await;
        let run = school.detail(&run).await;
        assert_eq!(run.error_code(), "MOODLE_CAPABILITY_MISSING");
        assert!(run.error_summary().contains("moodle/course:create"), "{}", run.error_summary());
        school.stop().await;
    }
}
