//! Calls that PHP cuts, answers with text beside them, and what a site allows.

use {
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

/// A site whose `max_input_vars` is below what a call may hold drops the end of a call without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_php_cuts_loses_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 130).await;
        school.unbraked("students").await;
        school.options(json!({"max_input_vars": 150})).await;
        for module in ["programs", "students", "classes", "enrollments", "registrations"] {
            let run = school.full(module).await;
            let (status, [new, _, _, failed, ..]) = told(&run);
            assert_eq!((status, failed), ("completed", 0), "{module}: {run}");
            assert!(new > 0, "{module}: {run}");
        }
        let ledger = school.ledger().await;
        assert!(ledger["moodle"]["forms_cut"].as_u64().unwrap() > 0, "{}", ledger["moodle"]);

        // All of them are changed, and once the limit is known no call is cut any more.
        school.forget().await;
        let students = school.records("students").await;
        for own in &students {
            let fields = json!({"Address": "Another street 5", "City": "Amman"});
            school.change("students", own["id"].as_str().unwrap(), fields).await;
        }
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(ledger["moodle"]["forms_cut"], 0, "{}", ledger["moodle"]);
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 0), "{run}");
        assert_eq!(school.writes("moodle").await, 0);

        // A token that is not known is that, however long the call was.
        school.options(json!({"moodle_token": "unknown"})).await;
        for own in &students {
            let fields = json!({"First_Name": "Another"});
            school.change("students", own["id"].as_str().unwrap(), fields).await;
        }
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], school.detail(&run).await.error_code()),
            (&json!("failed"), "MOODLE_TOKEN_INVALID")
        );
        school.stop().await;
    }
}

/// A site that prints notices before its answers is told of, and nothing is written again and again meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_before_the_answer_ends_the_run_after_one_look() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let fault = |function: &str| json!({"target": "moodle", "kind": "notice", "function": function, "times": 0});
        let id = school.id("students", 3).await;
        school.change("students", &id, json!({"First_Name": "Another"})).await;
        school.fault(fault("core_user_update_users")).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], school.detail(&run).await.error_code()),
            (&json!("failed"), "MOODLE_ANSWER_DIRTY"),
            "{run}"
        );
        assert!(run["error_summary"].as_str().unwrap().contains("Deprecated"), "{run}");
        assert_eq!(calls(&school.ledger().await, "moodle", "core_user_update_users"), 1);

        // A new account is looked for once; it was made.
        school.mend().await;
        school.full("students").await;
        let record = json!({
            "Academic_Email": "new@college.example", "Display_Name": "New Student", "Status": "Active",
        });
        let new = school.add("students", record).await;
        school.fault(fault("core_user_create_users")).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(run["status"], "completed", "{run}");
        assert_eq!(calls(&school.ledger().await, "moodle", "core_user_create_users"), 1);
        assert_eq!(school.moodle(&format!("users?idnumber={new}")).await.len(), 1);

        // Reads end the run at once.
        school.mend().await;
        school.add("students", json!({
            "Academic_Email": "more@college.example", "Display_Name": "More Student", "Status": "Active",
        })).await;
        school.fault(json!({"target": "moodle", "kind": "notice", "times": 0})).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(school.detail(&run).await.error_code(), "MOODLE_ANSWER_DIRTY", "{run}");
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

/// Whether two accounts may have one e-mail address is a setting of the site.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_site_decides_whether_an_address_may_be_used_twice() {
    for (kind, allowed) in kinds().into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        let school = School::new(kind, 0).await;
        school.options(json!({"allow_same_email": allowed})).await;
        for username in ["taken", "other"] {
            let account = json!({
                "username": username, "email": format!("{username}@college.example"),
                "firstname": "Some", "lastname": "Body",
            });
            school.account(account).await;
        }
        let student = async |email: &str, username: &str| {
            let record = json!({
                "Academic_Email": email, "Last_Name": username,
                "Display_Name": "New Student", "Status": "Active",
            });
            school.add("students", record).await
        };
        school.map("students", "username", "Last_Name").await;
        // The first is what the batch is refused for: its user name is taken.
        let name = student("name@college.example", "other").await;
        let address = student("taken@college.example", "new").await;
        let free = student("free@college.example", "free").await;
        let run = school.full("students").await;
        let items = school.items(&run, "").await;
        let code = |id: &str| {
            let item = items.iter().find(|item| item["zoho_id"] == id);
            item.map_or(Value::Null, |item| item["code"].clone())
        };
        assert_eq!(code(&name), "MOODLE_USERNAME_TAKEN", "{items:?}");
        assert_eq!(code(&free), Value::Null, "{items:?}");
        let wanted = if allowed { Value::Null } else { json!("MOODLE_EMAIL_TAKEN") };
        assert_eq!(code(&address), wanted, "{items:?}");
        let made = school.moodle(&format!("users?idnumber={address}")).await;
        assert_eq!(made.len(), usize::from(allowed));
        school.stop().await;
    }
}

/// A dry run writes nothing and so cannot be refused; two accounts with one address prove that the site allows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_sees_that_a_site_lets_accounts_share_an_address() {
    for (kind, shared) in kinds().into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        let school = School::new(kind, 0).await;
        school.options(json!({"allow_same_email": shared})).await;
        let mut accounts = vec![("one", "one@college.example"), ("two", "two@college.example")];
        if shared {
            accounts.push(("three", "two@college.example"));
        }
        for (username, email) in accounts {
            let account = json!({
                "username": username, "email": email, "firstname": "Some", "lastname": "Body",
            });
            school.account(account).await;
        }
        school.map("students", "username", "Last_Name").await;
        for (username, email) in [
            ("first", "one@college.example"),
            ("second", "two@college.example"),
            ("third", "new@college.example"),
            ("fourth", "new@college.example"),
        ] {
            let record = json!({
                "Academic_Email": email, "Last_Name": username,
                "Display_Name": "New Student", "Status": "Active",
            });
            school.add("students", record).await;
        }
        let foreseen = told(&school.run("students", json!({"dry_run": true})).await).1;
        assert_eq!(told(&school.full("students").await).1, foreseen);
        assert_eq!(foreseen, if shared { [4, 0, 0, 0, 0, 4] } else { [1, 0, 0, 3, 0, 4] });
        school.stop().await;
    }
}
