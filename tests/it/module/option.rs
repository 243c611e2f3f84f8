//! Options stored by another version of the service: one that this version cannot read changes nothing else, and is
//! kept.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Stores options of the students as another version would.
async fn store(school: &School, options: &Value) {
    let sql =
        format!("UPDATE module_settings SET options = '{options}' WHERE module_name = 'students'");
    school.db.execute(&sql).await;
}

/// Returns the students' module as callers see it.
async fn students(school: &School) -> Value {
    let modules = school.client.get("/v1/extension/modules").await.json();
    let mut modules = modules.as_array().expect("modules").iter();
    modules.find(|module| module["module_name"] == "students").expect("the module").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_that_cannot_be_read_resets_no_other_one() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        let accounts = school.moodle("users").await.len();
        store(
            &school,
            &json!({
                "form": "user", "create_users": false, "match_by": {"rules": ["phone"]},
                "removal_action": "suspend", "brake_percent": 7, "brake_min": "few",
                "of_a_version_to_come": [1, 2],
            }),
        )
        .await;
        let module = students(&school).await;
        let options = &module["options"];
        assert_eq!(options["create_users"], json!(false), "{module}");
        assert_eq!(options["removal_action"], json!("suspend"), "{module}");
        assert_eq!(options["brake_percent"], json!(7), "{module}");
        assert_eq!((&options["match_by"], &options["brake_min"]), (&json!("none"), &json!(0)));
        let warnings = module["warnings"].to_string();
        for option in ["match_by", "brake_min", "of_a_version_to_come"] {
            assert!(warnings.contains(option), "{option}: {warnings}");
        }

        let run = school.full("students").await;
        let (_, [new, ..]) = told(&run);
        assert_eq!((new, school.moodle("users").await.len()), (0, accounts), "{run}");

        // A change of another option keeps those that this version cannot read.
        school.layout("students", json!({"brake_min": 3})).await;
        let kept = "SELECT count(*) AS n FROM module_settings WHERE module_name = 'students'
            AND CAST(options AS TEXT) LIKE '%phone%' AND CAST(options AS TEXT) LIKE '%of_a_version_to_come%'
            AND CAST(options AS TEXT) NOT LIKE '%few%'";
        assert_eq!(school.query(kept).await, Some(1));
        assert_eq!(students(&school).await["options"]["brake_min"], json!(3));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_starts_on_a_guess_of_what_its_records_are() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        store(&school, &json!({"form": "hologram", "create_users": true})).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(run["status"], "failed", "{run}");
        let detail = school.detail(&run).await;
        assert_eq!(detail.error_code.as_deref(), Some("MODULE_OPTIONS_UNREADABLE"));
        assert!(detail.error_summary().contains("target"), "{detail:?}");
        assert_eq!(school.writes("moodle").await, 0);

        school.layout("students", json!({"target": "user"})).await;
        assert_eq!(students(&school).await["warnings"], json!([]));
        let run = school.full("students").await;
        assert_eq!(told(&run).1[0], 12 - told(&run).1[3], "{run}");
    }
}
