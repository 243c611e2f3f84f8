//! The connection to Moodle.

use {
    super::{are, missing, tried},
    crate::harness::{db::kinds, school::School},
    serde_json::{Value, json},
};

async fn stored(school: &School) -> Vec<Value> {
    tried(&school.client, "moodle", json!({})).await
}

fn one(kind: &str, name: &str, modules: &str) -> (String, String, String) {
    (kind.to_owned(), name.to_owned(), modules.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_function_is_named() {
    let school = School::new(kinds()[0], 3).await;
    let fine = stored(&school).await;
    are("everything", &fine, &["passed"; 4]);
    let message = fine[1]["message"].as_str().unwrap();
    assert!(
        message.contains("Sandbox College") && message.contains("sandbox-service"),
        "{message}"
    );
    let failed = "failed MOODLE_FUNCTION_MISSING";
    let warned = "warned MOODLE_FUNCTION_MISSING";
    for (name, modules) in [
        ("core_user_create_users", "students"),
        ("core_user_update_users", "students payments"),
        ("core_course_create_categories", "programs"),
        ("core_course_update_courses", "classes units"),
        ("enrol_manual_enrol_users", "enrollments"),
        ("core_cohort_create_cohorts", "registrations"),
        // Grades are off, and classes are courses.
        ("gradereport_user_get_grade_items", ""),
        ("core_group_create_groups", ""),
        ("core_user_get_users", ""),
    ] {
        school.options(json!({"missing_functions": [name]})).await;
        let stages = stored(&school).await;
        match modules {
            "" => are(name, &stages, &["passed", "passed", warned, "passed"]),
            _ => are(name, &stages, &["passed", "passed", failed]),
        }
        assert_eq!(missing(&stages[2]), [one("function", name, modules)], "{name}");
        let url = stages[2]["missing"][0]["url"].as_str().unwrap();
        let page = "/admin/settings.php?section=externalservices";
        assert_eq!(url, format!("{}{page}", school.sandbox.moodle_url()));
    }
    let several = ["core_user_create_users", "core_group_create_groups"];
    school.options(json!({"missing_functions": several})).await;
    let names: Vec<String> =
        missing(&stored(&school).await[2]).into_iter().map(|(_, name, _)| name).collect();
    assert_eq!(names, ["core_group_create_groups", "core_user_create_users"]);
    // Without the function that tells the others, the token is still known to be right.
    school.options(json!({"missing_functions": ["core_webservice_get_site_info"]})).await;
    let stages = stored(&school).await;
    are("no list", &stages, &["passed", "passed", warned, "passed"]);
    assert_eq!(missing(&stages[2]), [one("function", "core_webservice_get_site_info", "")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_capability_is_named() {
    let school = School::new(kinds()[0], 3).await;
    let (failed, warned) = ("failed MOODLE_CAPABILITY_MISSING", "warned MOODLE_CAPABILITY_MISSING");
    for (name, modules) in [
        ("moodle/user:create", "students"),
        ("moodle/user:update", "students payments"),
        ("moodle/user:viewdetails", "students payments"),
        ("moodle/user:viewalldetails", "students payments"),
        ("moodle/site:viewuseridentity", "students payments"),
        ("moodle/category:manage", "programs"),
        ("moodle/course:changefullname", "classes units"),
        ("enrol/manual:enrol", "enrollments"),
        ("moodle/cohort:assign", "registrations"),
        ("moodle/role:review", "enrollments"),
        ("moodle/site:viewparticipants", ""),
    ] {
        school.options(json!({"missing_capabilities": [name]})).await;
        let stages = stored(&school).await;
        match modules {
            "" => are(name, &stages, &["passed", "passed", warned, "passed"]),
            _ => are(name, &stages, &["passed", "passed", failed]),
        }
        assert_eq!(missing(&stages[2]), [one("capability", name, modules)], "{name}");
        let url = stages[2]["missing"][0]["url"].as_str().unwrap();
        assert_eq!(url, format!("{}/admin/roles/manage.php", school.sandbox.moodle_url()));
    }
    // A module that is off needs nothing.
    let off = json!({"enabled": false});
    assert_eq!(school.client.put("/v1/extension/modules/registrations", &off).await.status, 200);
    school.options(json!({"missing_capabilities": ["moodle/cohort:assign"]})).await;
    are("cohorts", &stored(&school).await, &["passed"; 4]);
    // The setting of the site hides the address as well.
    school.options(json!({"missing_capabilities": [], "show_user_identity": []})).await;
    let stages = stored(&school).await;
    assert_eq!(
        missing(&stages[2]),
        [one("capability", "moodle/site:viewuseridentity", "students payments")]
    );
    assert!(stages[2]["missing"][0]["where"].as_str().unwrap().contains("showuseridentity"));
    // Who may not ask who has a capability is told so, and by which one.
    let both = ["moodle/site:viewparticipants", "moodle/course:enrolreview"];
    let options = json!({"missing_capabilities": both, "show_user_identity": ["email"]});
    school.options(options).await;
    let stages = stored(&school).await;
    are("participants", &stages, &["passed", "passed", warned, "passed"]);
    assert_eq!(missing(&stages[2]), [one("capability", "moodle/site:viewparticipants", "")]);
    let message = stages[2]["message"].as_str().unwrap();
    assert!(message.contains("other capabilities cannot be told without"), "{message}");
    // An administrator has every capability, and is in no list of those who have one.
    school.options(json!({"service_is_admin": true, "missing_capabilities": []})).await;
    are("an administrator", &stored(&school).await, &["passed"; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_told_by_its_stage() {
    let school = School::new(kinds()[0], 3).await;
    let usual = json!({
        "wwwroot_mismatch": false, "web_services_off": false, "service_refusal": "",
        "moodle_token": "valid", "maintenance": "off",
    });
    for (options, wanted) in [
        (json!({"wwwroot_mismatch": true}), vec!["failed MOODLE_REDIRECTED"]),
        (json!({"web_services_off": true}), vec!["passed", "failed MOODLE_SERVICE_OFF"]),
        (
            json!({"service_refusal": "sitepolicynotagreed"}),
            vec!["passed", "failed MOODLE_ACCOUNT_REFUSED"],
        ),
        (
            json!({"service_refusal": "wsaccessusersuspended"}),
            vec!["passed", "failed MOODLE_ACCOUNT_REFUSED"],
        ),
        (json!({"moodle_token": "unknown"}), vec!["passed", "failed MOODLE_TOKEN_INVALID"]),
        (json!({"moodle_token": "restricted"}), vec!["passed", "failed MOODLE_ACCESS_REFUSED"]),
        (json!({"maintenance": "site"}), vec!["passed", "failed MOODLE_MAINTENANCE"]),
        (json!({"maintenance": "cli"}), vec!["passed", "failed MOODLE_MAINTENANCE"]),
    ] {
        school.options(options.clone()).await;
        are(&options.to_string(), &stored(&school).await, &wanted);
        school.options(usual.clone()).await;
    }
    for (fault, wanted) in [
        (json!({"kind": "html"}), vec!["failed MOODLE_SERVICE_OFF"]),
        (
            json!({"kind": "redirect", "location": "http://127.0.0.1:9/"}),
            vec!["failed MOODLE_REDIRECTED"],
        ),
        (json!({"kind": "status", "status": 404}), vec!["failed MOODLE_SERVICE_OFF"]),
        (json!({"kind": "notice"}), vec!["passed", "failed MOODLE_ANSWER_DIRTY"]),
    ] {
        let mut forever = fault.clone();
        (forever["target"], forever["times"]) = (json!("moodle"), json!(0));
        school.fault(forever).await;
        are(&fault.to_string(), &stored(&school).await, &wanted);
        school.mend().await;
    }
    let port = school.sandbox.moodle_url().rsplit(':').next().unwrap().to_owned();
    let token = school.sandbox.credentials().moodle_token;
    for (address, wanted) in [
        ("http://no-such-school.invalid".to_owned(), "the name has no address"),
        (format!("https://127.0.0.1:{port}"), "a secure connection cannot be made"),
        ("http://127.0.0.1:9".to_owned(), "the connection was refused"),
    ] {
        let draft = json!({"moodle_base_url": address, "moodle_api_token": token});
        let stages = tried(&school.client, "moodle", draft).await;
        are(&address, &stages, &["failed UPSTREAM_UNREACHABLE"]);
        assert!(stages[0]["message"].as_str().unwrap().contains(wanted), "{stages:#?}");
    }
    // What answers there is another system.
    let draft = json!({"moodle_base_url": school.sandbox.zoho_url(), "moodle_api_token": token});
    are("a CRM", &tried(&school.client, "moodle", draft).await, &["failed MOODLE_SERVICE_OFF"]);
    school.options(json!({"moodle_latency_ms": 200})).await;
    let slow = stored(&school).await;
    are("slow", &slow, &["passed"; 4]);
    assert!(slow[1]["ms"].as_i64().unwrap() >= 200, "{slow:#?}");
}
