//! `scope: "verify"`: every linked object is looked at in batches; what is gone is made again, what differs is sent again, and a
//! site that answers for some only is not believed.

use {
    super::{ALL, settled, synced},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const LOOK_UP: &str = "core_user_get_users_by_field";

async fn verify(school: &School, module: &str) -> Value {
    school.run(module, json!({"scope": "verify"})).await
}

/// Returns the number of an object of Moodle by its record's id.
async fn number(school: &School, what: &str, id: &str) -> String {
    school.one(&format!("{what}?idnumber={id}")).await["id"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_or_other_is_taken_up_and_nothing_else() {
    for kind in kinds() {
        let school = synced(kind, 60, &ALL).await;
        // Nothing to do: no object is written.
        for module in ALL {
            let run = verify(&school, module).await;
            let (status, [new, _, updated, failed, _, _]) = told(&run);
            assert_eq!((status, new, updated, failed), ("completed", 0, 0, 0), "{module}: {run}");
        }
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);

        let counts = school.counts().await;
        let ids = [school.id("students", 3).await, school.id("students", 4).await];
        let gone = number(&school, "users", &ids[0]).await;
        school.take_away(&format!("users/{gone}")).await;
        let other = number(&school, "users", &ids[1]).await;
        school.by_hand(&other, json!({"firstname": "Somebody", "suspended": true})).await;
        let class = school.id("classes", 1).await;
        let course = number(&school, "courses", &class).await;
        school.take_away(&format!("courses/{course}")).await;

        // A whole run does not notice single ones.
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 60, 0, 0, 0, 60]), "{run}");
        let run = verify(&school, "students").await;
        assert_eq!(told(&run), ("completed", [1, 58, 1, 0, 0, 60]), "{run}");
        let items = school.items(&run, "items_status=UPDATED").await;
        assert_eq!(items[0]["zoho_id"], ids[1].as_str(), "{items:?}");
        let mut changed: Vec<&String> =
            items[0]["diff"].as_object().expect("a diff").keys().collect();
        changed.sort();
        assert_eq!(changed, ["first_name", "status"], "{items:?}");
        assert_ne!(number(&school, "users", &ids[0]).await, gone);
        let mended = school.one(&format!("users?idnumber={}", ids[1])).await;
        assert_eq!((mended["suspended"] == true, &mended["id"].to_string()), (false, &other));
        let run = verify(&school, "classes").await;
        assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 1), "{run}");
        for module in ["registrations", "enrollments", "payments"] {
            let mut run = verify(&school, module).await;
            if run["status"] == "held" {
                // More than a fifth of them were in the course.
                assert_eq!((module, &run["changes"]["kind"]), ("enrollments", &json!("lost")));
                let planned = run["changes"]["planned"].clone();
                school.decide(&run, "approve", json!({"changes": planned})).await;
                run = school.ended(run["run_id"].as_str().expect("an id")).await;
            }
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{module}: {run}");
        }
        assert_eq!((school.counts().await, school.duplicates().await), (counts, 0));
        settled(&school, &ALL).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolments_and_members_are_looked_at_by_course_group_and_cohort() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        school.layout("classes", json!({"target": "group"})).await;
        let modules = ["programs", "units", "students", "classes", "registrations", "enrollments"];
        for module in modules {
            assert_eq!(school.full(module).await["status"], "completed", "{module}");
        }
        let counts = school.counts().await;
        let some = school.moodle("enrolments").await;
        let (course, user) = (&some[0]["course"], &some[0]["user"]);
        school.take_away(&format!("enrolments/{course}/{user}")).await;
        let groups = school.moodle("groups").await;
        let (group, member) = groups
            .iter()
            .find_map(|group| Some((&group["id"], group["members"].as_array()?.first()?)))
            .expect("a member of a group");
        school.take_away(&format!("group_members/{group}/{member}")).await;
        let cohorts = school.moodle("cohorts").await;
        let (cohort, person) = cohorts
            .iter()
            .find_map(|cohort| Some((&cohort["id"], cohort["members"].as_array()?.first()?)))
            .expect("a member of a cohort");
        school.take_away(&format!("cohort_members/{cohort}/{person}")).await;
        for module in ["registrations", "enrollments"] {
            let run = school.full(module).await;
            assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 0), "{module}: {run}");
            let run = verify(&school, module).await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{module}: {run}");
            assert!(told(&run).1[0] >= 1, "{module}: {run}");
        }
        assert_eq!(school.counts().await, counts);

        // Without the function that lists members, that is told, and nothing else is done.
        school.options(json!({"missing_functions": ["core_cohort_get_cohort_members"]})).await;
        school.forget().await;
        let run = verify(&school, "registrations").await;
        assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 0), "{run}");
        assert_eq!(run["findings"][0]["code"], "NOT_VERIFIED", "{run}");
        assert_eq!(school.writes("moodle").await, 0);
        school.options(json!({"missing_functions": []})).await;
        settled(&school, &modules).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_is_never_taken_for_absence() {
    for kind in kinds() {
        let school = synced(kind, 60, &["programs", "students", "classes", "enrollments"]).await;
        let counts = school.counts().await;
        for (module, function) in [
            ("students", LOOK_UP),
            ("classes", "core_course_get_courses"),
            ("enrollments", "core_enrol_get_enrolled_users"),
            ("students", ""),
            ("classes", ""),
            ("enrollments", ""),
        ] {
            let mut fault = json!({"target": "moodle", "kind": "half", "times": 0});
            if !function.is_empty() {
                fault["function"] = json!(function);
            }
            for kind in ["half", "empty_list", "status"] {
                fault["kind"] = json!(kind);
                if kind == "status" {
                    (fault["status"], fault["code"]) = (json!(200), json!("dmlreadexception"));
                }
                school.fault(fault.clone()).await;
                for scope in ["verify", "full"] {
                    let run = school.start(module, json!({"scope": scope})).await;
                    let run = ended_or_waits(&school, &run).await;
                    let what = format!("{fault} {scope}: {run}");
                    assert!(!["held", "partial"].contains(&told(&run).0), "{what}");
                    assert_ne!(school.detail(&run).await.error_code(), "TARGET_LOST", "{what}");
                    assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{what}");
                }
                school.mend().await;
                assert_eq!(school.writes("moodle").await, 0, "{fault}");
            }
        }
        assert_eq!(school.counts().await, counts);
        for module in ["students", "classes", "enrollments"] {
            assert_eq!(verify(&school, module).await["status"], "completed", "{module}");
        }
        school.stop().await;
    }
}

/// Returns a run at its end, or cancelled once it waits for another try.
async fn ended_or_waits(school: &School, run: &str) -> Value {
    for _ in 0..400 {
        let now = school.state(run).await;
        if !now["finished_at"].is_null() {
            return now;
        }
        if now["phase"] == "queued" && !now["waiting"].is_null() {
            return school.decide(&now, "cancel", json!({})).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the run neither ended nor waited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_all_accounts_takes_hardly_more_calls_than_their_bare_reads() {
    let kind = crate::harness::db::Kind::Sqlite;
    let school = synced(kind, 3_000, &["students"]).await;
    let run = verify(&school, "students").await;
    assert_eq!(told(&run), ("completed", [0, 3_000, 0, 0, 0, 3_000]), "{run}");
    let asked = calls(&school.ledger().await, "moodle", LOOK_UP);
    let bare = 3_000_u64.div_ceil(200);
    assert!(asked * 10 <= bare * 11, "{asked} calls, {bare} bare ones");
    assert_eq!(school.ledger().await["moodle"]["calls"].as_u64(), Some(asked));
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_and_words_are_checked() {
    for kind in kinds() {
        let school = synced(kind, 30, &["students"]).await;
        for number in 0..10 {
            let id = school.id("students", number).await;
            let account = number_of(&school, &id).await;
            school.take_away(&format!("users/{account}")).await;
        }
        let run = school.run("students", json!({"scope": "verify", "dry_run": true})).await;
        assert_eq!(told(&run), ("completed", [10, 20, 0, 0, 0, 30]), "{run}");
        assert_eq!(school.detail(&run).await.error_code(), "CHANGES_WOULD_BE_HELD");
        assert_eq!(school.writes("moodle").await, 0);
        let refused = school
            .client
            .post("/v1/extension/sync/students/run", &json!({"scope": "everything"}))
            .await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("verify"), "{}", refused.text);
        school.stop().await;
    }
}

async fn number_of(school: &School, id: &str) -> String {
    number(school, "users", id).await
}
