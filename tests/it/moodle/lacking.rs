//! Each function that the connector calls, taken out of the service of the token: a run names it, or does without it and
//! says so. No refusal is bare, and nothing is taken to be absent that was not looked for.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::School,
    },
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// The functions of core that the connector calls.
const FUNCTIONS: [&str; 29] = [
    "core_webservice_get_site_info",
    "core_user_get_users_by_field",
    "core_user_get_users",
    "core_user_create_users",
    "core_user_update_users",
    "core_user_get_course_user_profiles",
    "core_course_get_categories",
    "core_course_create_categories",
    "core_course_update_categories",
    "core_course_get_courses",
    "core_course_get_courses_by_field",
    "core_course_create_courses",
    "core_course_update_courses",
    "core_group_get_groups",
    "core_group_get_course_groups",
    "core_group_create_groups",
    "core_group_update_groups",
    "core_group_add_group_members",
    "core_group_delete_group_members",
    "enrol_manual_enrol_users",
    "enrol_manual_unenrol_users",
    "core_enrol_get_enrolled_users",
    "core_cohort_search_cohorts",
    "core_cohort_create_cohorts",
    "core_cohort_update_cohorts",
    "core_cohort_add_cohort_members",
    "core_cohort_delete_cohort_members",
    "core_cohort_get_cohort_members",
    "gradereport_user_get_grade_items",
];

const MODULES: [&str; 7] =
    ["programs", "units", "students", "classes", "registrations", "enrollments", "grades"];

/// A school in which each module may be run, with two accounts that are taken over: one by its address in other letters,
/// which only a search finds.
async fn school(kind: Kind, groups: bool) -> School {
    let school = School::new(kind, 6).await;
    for module in MODULES.into_iter().filter(|module| *module != "grades") {
        let mut options = json!({"brake_update_percent": 100, "brake_field_percent": 100,
            "brake_identity_percent": 100, "brake_create_factor": 0, "brake_percent": 100});
        match module {
            "students" => options["match_by"] = json!("email"),
            "classes" if groups => options["target"] = json!("group"),
            "enrollments" | "registrations" => options["removal_action"] = json!("unenrol"),
            _ => {}
        }
        school.layout(module, options).await;
    }
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let enabled = json!({"enabled": true});
    assert_eq!(school.client.put("/v1/extension/modules/grades", &enabled).await.status, 200);
    for number in [0, 2] {
        let student = school.record("students", number).await;
        let text = |name: &str| student[name].as_str().expect("a text").to_owned();
        let address = text("Academic_Email");
        let address = if number == 0 { address } else { address.to_uppercase() };
        let (first, last) = (text("First_Name"), text("Last_Name"));
        let wish = json!({"username": format!("own.{number}"), "email": address,
            "firstname": first, "lastname": last});
        school.account(wish).await;
    }
    school
}

/// Brings a small school through all that the connector does, until what a run or its items say names `function`.
/// Returns that, if it did.
async fn walk(school: &School, groups: bool, function: &str) -> Option<String> {
    let run = async |module: &str, body: Value| {
        let run = school.run(module, body).await;
        let code = school.detail(&run).await.error_code().to_owned();
        let said = format!("{code} {run} {}", json!(school.items(&run, "").await));
        said.contains(function).then_some(said)
    };
    for module in MODULES {
        if module == "grades" && !groups {
            let own = school.record("enrollments", 4).await;
            super::grade(school, &own, json!({})).await;
        }
        if let Some(said) = run(module, json!({})).await {
            return Some(said);
        }
    }
    school.change("students", 1, json!({"First_Name": "Another"})).await;
    school.change("programs", 0, json!({"Product_Name": "Another program"})).await;
    school.change("units", 0, json!({"Name": "Another unit"})).await;
    let name = json!({"Class_Name": "Another class", "Name": "Another class"});
    school.change("classes", 0, name).await;
    for (module, number) in [("enrollments", 1), ("registrations", 1)] {
        school.delete(module, number, false).await;
    }
    for body in [json!({}), json!({"scope": "verify"})] {
        for module in MODULES {
            if let Some(said) = run(module, body.clone()).await {
                return Some(said);
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_the_service_lacks_is_named() {
    for kind in kinds() {
        let mut open: BTreeSet<&str> = FUNCTIONS.into_iter().collect();
        for groups in [false, true] {
            let whole = school(kind, groups).await;
            assert_eq!(walk(&whole, groups, "(none)").await, None);
            let ledger = whole.ledger().await;
            let called = ledger["moodle"]["operations"].as_object().expect("operations").clone();
            whole.stop().await;
            for function in FUNCTIONS {
                if !called.contains_key(function) || !open.remove(function) {
                    continue;
                }
                let school = school(kind, groups).await;
                school.options(json!({"missing_functions": [function]})).await;
                let said = walk(&school, groups, function).await.unwrap_or_default();
                let word = match function {
                    // Whether the account that was found has rights of its own is not known then.
                    "core_webservice_get_site_info"
                    | "core_user_get_course_user_profiles"
                    | "core_enrol_get_enrolled_users" => "ACCOUNT_RIGHTS_UNKNOWN",
                    "core_cohort_get_cohort_members" => "NOT_VERIFIED",
                    _ => "MOODLE_FUNCTION_MISSING",
                };
                println!(
                    "RES {function} {} {}",
                    said.contains(word),
                    said.chars().take(300).collect::<String>()
                );
                assert!(!said.contains("MOODLE_REJECTED"), "{function}: {said}");
                school.stop().await;
            }
        }
        // The tests of the connector have these, which runs call only in cases of their own.
        let rare = [
            "core_cohort_update_cohorts",
            "core_course_get_courses_by_field",
            "core_group_delete_group_members",
            "core_group_get_groups",
        ];
        assert_eq!(open.into_iter().collect::<Vec<_>>(), rare);
    }
}
