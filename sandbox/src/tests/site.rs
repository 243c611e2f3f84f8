//! States of the Moodle site from a client's view.

use {
    super::{USER, json_of, moodle, send},
    crate::{Options, Sandbox},
    serde_json::{Value, json},
    std::io,
};

async fn set(sandbox: &Sandbox, options: &Value) -> io::Result<()> {
    let answer = send(&sandbox.moodle_url(), "PUT /_sandbox/options", &options.to_string()).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

async fn code(sandbox: &Sandbox, function: &str) -> io::Result<Value> {
    Ok(json_of(&moodle(sandbox, function, "").await?)["errorcode"].take())
}

const INFO: &str = "core_webservice_get_site_info";

#[tokio::test]
async fn each_state_has_its_own_answer() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 1, ..Options::default() }).await?;
    for (option, head, error) in [
        (json!({"maintenance": "site"}), "HTTP/1.1 200", json!("sitemaintenance")),
        (json!({"maintenance": "cli"}), "HTTP/1.1 503", Value::Null),
        (json!({"maintenance": "off", "web_services_off": true}), "HTTP/1.1 403", Value::Null),
        (json!({"web_services_off": false, "wwwroot_mismatch": true}), "HTTP/1.1 303", Value::Null),
        (
            json!({"wwwroot_mismatch": false, "moodle_token": "restricted"}),
            "HTTP/1.1 200",
            json!("accessexception"),
        ),
        (json!({"moodle_token": "expired"}), "HTTP/1.1 200", json!("accessexception")),
        // The first use has deleted it.
        (json!({}), "HTTP/1.1 200", json!("invalidtoken")),
        (
            json!({"moodle_token": "valid", "missing_functions": [INFO]}),
            "HTTP/1.1 200",
            json!("accessexception"),
        ),
        (
            json!({"missing_functions": [], "unknown_functions": [INFO]}),
            "HTTP/1.1 200",
            json!("invalidrecord"),
        ),
        (json!({"unknown_functions": []}), "HTTP/1.1 200", Value::Null),
    ] {
        set(&sandbox, &option).await?;
        let answer = moodle(&sandbox, INFO, "").await?;
        assert!(answer.starts_with(head), "{option}: {answer}");
        assert_eq!(json_of(&answer)["errorcode"], error, "{option}");
    }
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_list_of_functions_follows_version_and_plugin() -> io::Result<()> {
    let sandbox = Sandbox::start(Options { students: 1, ..Options::default() }).await?;
    let has = async |name: &str| -> io::Result<bool> {
        let info = json_of(&moodle(&sandbox, INFO, "").await?);
        let list = info["functions"].as_array().cloned().unwrap_or_default();
        Ok(list.iter().any(|own| own["name"] == name))
    };
    let items = "core_grades_get_gradeitems";
    assert!(has(items).await? && !has("local_mzi_create_class").await?);
    assert_eq!(code(&sandbox, "local_mzi_create_class").await?, "invalidrecord");
    set(&sandbox, &json!({"moodle_version": "4.1", "plugin": true})).await?;
    assert!(!has(items).await? && has("local_mzi_create_class").await?);
    assert_eq!(code(&sandbox, items).await?, "invalidrecord");
    let info = json_of(&moodle(&sandbox, INFO, "").await?);
    assert_eq!(info["release"], "4.1 (Build: 20221128)");
    let old = json_of(&moodle(&sandbox, "core_user_create_users", "").await?);
    assert_eq!(old["exception"], "invalid_parameter_exception");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_grade_is_set_from_outside_and_kept() -> io::Result<()> {
    let name = format!("sandbox-grades-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    let options = Options { students: 1, state_file: Some(path.clone()), ..Options::default() };
    let sandbox = Sandbox::start(options.clone()).await?;
    moodle(&sandbox, "core_user_create_users", &format!("{USER}&users[0][idnumber]=z1")).await?;
    let course = "&courses[0][fullname]=C&courses[0][shortname]=c&courses[0][categoryid]=1\
                  &courses[0][idnumber]=n";
    moodle(&sandbox, "core_course_create_courses", course).await?;
    let enrol = "&enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2";
    moodle(&sandbox, "enrol_manual_enrol_users", enrol).await?;
    let grade = json!({
        "course": "n", "user": "z1", "item": "Task", "max": 4, "raw": 3, "feedback": "ok",
        "graded": 1_700_000_000
    });
    let place = "POST /_sandbox/moodle/grades";
    let made = json_of(&send(&sandbox.moodle_url(), place, &grade.to_string()).await?);
    assert_eq!(made, json!({"course": 2, "user": 4, "item": 2}));
    sandbox.stop().await;

    let sandbox = Sandbox::start(options).await?;
    let report = "gradereport_user_get_grade_items";
    let read = json_of(&moodle(&sandbox, report, "&courseid=2").await?);
    let task = &read["usergrades"][0]["gradeitems"][0];
    assert_eq!((&task["itemname"], &task["graderaw"]), (&json!("Task"), &json!(3.0)));
    let counts = json_of(&send(&sandbox.moodle_url(), "GET /_sandbox/counts", "").await?);
    for (kind, count) in [("courses", 1), ("enrolments", 1), ("grades", 1), ("grade_items", 1)] {
        assert_eq!(counts["moodle"][kind], count, "{kind}");
    }
    send(&sandbox.moodle_url(), "DELETE /_sandbox/moodle/grades/2/4", "").await?;
    let read = json_of(&moodle(&sandbox, report, "&courseid=2").await?);
    assert!(read["usergrades"][0]["gradeitems"][0]["graderaw"].is_null());
    let course = "&courses[0][fullname]=D&courses[0][shortname]=c&courses[0][categoryid]=1";
    let twin = json_of(&moodle(&sandbox, "core_course_create_courses", course).await?);
    assert_eq!(twin["errorcode"], "shortnametaken");
    sandbox.stop().await;
    std::fs::remove_file(path)
}

#[tokio::test]
async fn things_are_listed_and_taken_away_from_outside() -> io::Result<()> {
    let name = format!("sandbox-things-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    let options = Options { students: 1, state_file: Some(path.clone()), ..Options::default() };
    let sandbox = Sandbox::start(options.clone()).await?;
    set(&sandbox, &json!({"plugin": true})).await?;
    for (function, form) in [
        ("core_user_create_users", USER),
        ("core_course_create_categories", "&categories[0][name]=P&categories[0][idnumber]=p"),
        (
            "core_course_create_courses",
            "&courses[0][fullname]=C&courses[0][shortname]=c&courses[0][categoryid]=2",
        ),
        (
            "enrol_manual_enrol_users",
            "&enrolments[0][roleid]=5&enrolments[0][userid]=4&enrolments[0][courseid]=2",
        ),
        (
            "core_group_create_groups",
            "&groups[0][courseid]=2&groups[0][name]=G&groups[0][description]=",
        ),
        ("core_group_add_group_members", "&members[0][groupid]=1&members[0][userid]=4"),
        (
            "core_cohort_create_cohorts",
            "&cohorts[0][categorytype][type]=system&cohorts[0][categorytype][value]=\
             &cohorts[0][name]=K&cohorts[0][idnumber]=k",
        ),
        (
            "core_cohort_add_cohort_members",
            "&members[0][cohorttype][type]=id&members[0][cohorttype][value]=1\
             &members[0][usertype][type]=id&members[0][usertype][value]=4",
        ),
        ("local_mzi_create_class", "&classdata={\"zoho_class_id\":\"z9\"}"),
    ] {
        let answer = moodle(&sandbox, function, form).await?;
        assert!(json_of(&answer).get("exception").is_none(), "{function}: {answer}");
    }
    sandbox.stop().await;

    // All of it is there after a restart.
    let sandbox = Sandbox::start(options).await?;
    let base = sandbox.moodle_url();
    let counts = async || -> io::Result<Value> {
        Ok(json_of(&send(&base, "GET /_sandbox/counts", "").await?)["moodle"].take())
    };
    let all = counts().await?;
    let kinds = [
        "users",
        "categories",
        "courses",
        "groups",
        "group_members",
        "enrolments",
        "cohorts",
        "cohort_members",
    ];
    for kind in kinds {
        assert_eq!(all[kind], 1, "{kind}");
    }
    assert_eq!(all["plugin"], json!({"classes": 1}));
    for (kind, total) in [
        ("categories?idnumber=p", 1),
        ("courses", 2),
        ("enrolments?course=2", 1),
        ("enrolments?course=3", 0),
        ("groups?course=2", 1),
        ("cohorts", 1),
        ("plugin_classes", 1),
    ] {
        let place = format!("GET /_sandbox/moodle/{kind}");
        assert_eq!(json_of(&send(&base, &place, "").await?)["total"], total, "{kind}");
    }
    for (place, kind) in [
        ("cohort_members/1/4", "cohort_members"),
        ("cohorts/1", "cohorts"),
        ("group_members/1/4", "group_members"),
        ("enrolments/2/4", "enrolments"),
        ("groups/1", "groups"),
        ("courses/2", "courses"),
        ("categories/2", "categories"),
        ("users/4", "users"),
        ("plugin_classes/z9", "plugin"),
    ] {
        let place = format!("DELETE /_sandbox/moodle/{place}");
        assert!(send(&base, &place, "").await?.starts_with("HTTP/1.1 200"), "{place}");
        let left = counts().await?;
        assert_eq!(left[kind], if kind == "plugin" { json!({"classes": 0}) } else { json!(0) });
        assert!(send(&base, &place, "").await?.starts_with("HTTP/1.1 404"), "{place}");
    }
    sandbox.stop().await;
    std::fs::remove_file(path)
}
