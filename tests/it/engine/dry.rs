//! Dry runs: nothing is written, and what they say comes true.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
    sigma_sync::sandbox::Options,
    std::collections::BTreeMap,
};

/// What became of each record: its status and what was done, by module and id.
type Outcomes = BTreeMap<(String, String), (String, Value)>;

/// Runs every module; returns what became of each record and the calls to Moodle, by module.
async fn run_all(school: &School, body: Value) -> (Outcomes, BTreeMap<String, i64>) {
    let (mut outcomes, mut calls) = (Outcomes::new(), BTreeMap::new());
    for run in school.all(body).await {
        let module = run["module_name"].as_str().unwrap().to_owned();
        assert!(["completed", "partial"].contains(&run["status"].as_str().unwrap()), "{run}");
        for item in school.items(&run, "").await {
            let key = (module.clone(), item["zoho_id"].as_str().unwrap().to_owned());
            let outcome = (item["status"].as_str().unwrap().to_owned(), item["op"].clone());
            assert_eq!(outcomes.insert(key, outcome), None, "told once: {item}");
        }
        calls.insert(module, school.detail(&run).await.upstream.unwrap().moodle_calls);
    }
    (outcomes, calls)
}

/// Runs everything dry and then really, and compares.
async fn comes_true(school: &School) -> Outcomes {
    let before = school.counts().await;
    school.forget().await;
    let (said, planned) = run_all(school, json!({"dry_run": true})).await;
    assert_eq!((school.writes("moodle").await, school.writes("zoho").await), (0, 0));
    let ledger = school.ledger().await;
    let asked = ledger["moodle"]["operations"].as_object().unwrap();
    for name in asked.keys() {
        let writes = ["create", "update", "add", "delete", "enrol_users", "record"];
        assert!(!writes.iter().any(|verb| name.contains(verb)), "a dry run called {name}");
    }
    assert_eq!(school.counts().await, before);

    let (done, made) = run_all(school, json!({})).await;
    assert_eq!(said.keys().collect::<Vec<_>>(), done.keys().collect::<Vec<_>>());
    let wrong: Vec<_> =
        done.iter().filter(|(key, outcome)| said.get(*key) != Some(*outcome)).collect();
    assert!(
        wrong.len() * 1_000 <= done.len(),
        "{} of {} differ, such as {:?} instead of {:?}",
        wrong.len(),
        done.len(),
        wrong.first(),
        wrong.first().and_then(|(key, _)| said.get(*key)),
    );
    let (planned_all, made_all): (i64, i64) = (planned.values().sum(), made.values().sum());
    assert!(
        (planned_all - made_all).abs() * 20 <= made_all,
        "calls: {planned_all} were planned, {made_all} were made; {planned:?} {made:?}"
    );
    done.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dry_run_says_comes_true() {
    for kind in kinds() {
        let options = Options { students: 300, broken_every: 50, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        school.layout("enrollments", json!({"removal_action": "unenrol"})).await;
        let first = comes_true(&school).await;
        let new = first.values().filter(|(status, _)| status == "NEW").count();
        assert!(new > 1_500, "{new}");

        // Changes of every kind: fields, a move, ends, deletions, a taken name, new records.
        for number in 0..40 {
            school
                .change("students", number, json!({"Phone_Number": format!("+999 {number}")}))
                .await;
        }
        school.change("students", 41, json!({"Status": "Suspended"})).await;
        let other = school.id("classes", 2).await;
        school.change("enrollments", 0, json!({"Classes": other})).await;
        school.change("registrations", 3, json!({"Registration_Status": "Withdraw"})).await;
        school.change("programs", 1, json!({"Product_Name": "Another name"})).await;
        school.change("classes", 4, json!({"Class_Short_Name": "SCI-101"})).await;
        school.delete("enrollments", 9, false).await;
        school.delete("enrollments", 11, true).await;
        school.add("students", json!({
            "Academic_Email": "new.one@college.example", "Display_Name": "New One", "Status": "Active",
        })).await;
        let second = comes_true(&school).await;
        let count = |word: &str| second.values().filter(|(status, _)| status == word).count();
        assert!(
            count("UPDATED") >= 45 && count("NEW") == 1,
            "{} {}",
            count("UPDATED"),
            count("NEW")
        );

        // And where nothing is to be done, nothing is said.
        let third = comes_true(&school).await;
        assert_eq!(
            third.values().filter(|(status, _)| status == "NEW" || status == "UPDATED").count(),
            0
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_beside_a_real_one_leaves_no_trace() {
    for kind in kinds() {
        let school = School::new(kind, 200).await;
        let dry = school.start("students", json!({"dry_run": true})).await;
        let real = school.start("students", json!({})).await;
        assert_ne!(dry, real);
        let (dry, real) = (school.ended(&dry).await, school.ended(&real).await);
        assert_eq!(told(&real), ("completed", [200, 0, 0, 0, 0, 200]), "{real}");
        assert_eq!(dry["dry_run"], true);
        assert_eq!(told(&dry).1[5], 200, "{dry}");
        let modules = school.client.get("/v1/extension/modules").await.json();
        assert_eq!(modules[0]["last_run_count"], 200);
        // A removal that is only thought of is not carried out, and not held either.
        school.layout("students", json!({"removal_action": "suspend"})).await;
        for number in 0..60 {
            school.delete("students", number, true).await;
        }
        school.forget().await;
        let dry = school.run("students", json!({"dry_run": true})).await;
        assert_ne!(dry["status"], "held");
        assert_eq!(dry["removals"]["planned"], 60, "{dry}");
        assert_eq!(school.writes("moodle").await, 0);
        assert_eq!(school.full("students").await["status"], "held");
        school.stop().await;
    }
}
