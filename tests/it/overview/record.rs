//! Single records: how one stands, and what a run would do with it, of which nothing is written.

use {
    super::{list, number, shown, text},
    crate::{
        harness::{
            cli::{out, sigma},
            db::kinds,
            eventually,
            school::School,
        },
        isolation::rows_of,
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
};

async fn record(school: &School, module: &str, id: &str) -> Value {
    shown(school, &format!("records/{module}/{id}")).await
}

/// The explanation of a record, and the state of each step.
async fn explained(school: &School, module: &str, id: &str) -> (Value, Vec<String>) {
    let told = shown(school, &format!("records/{module}/{id}/explain")).await;
    let names: Vec<&str> = list(&told, "steps").iter().map(|step| text(step, "name")).collect();
    assert_eq!(names, ["module", "read", "mapped", "parents", "decision"]);
    let states = list(&told, "steps").iter().map(|step| text(step, "state").to_owned()).collect();
    (told, states)
}

/// All rows of the tenant, once what was done before has settled.
async fn settled(school: &School) -> Vec<String> {
    let mut known = Vec::new();
    eventually("rows that stay", async || {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let now = rows_of(&school.db, "default", true).await;
        let is_same = now == known;
        known = now;
        is_same.then(|| known.clone())
    })
    .await
}

/// The step at which the way ends, with its code.
fn stop(told: &Value) -> (&str, &str) {
    let mut steps = list(told, "steps").iter();
    let step = steps.find(|step| step["state"] == "stopped");
    let step = step.unwrap_or_else(|| panic!("it goes all the way: {told}"));
    (text(step, "name"), text(step, "code"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_shown_with_all_that_is_known_of_it() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let student = school.id("students", 3).await;
        let unseen = record(&school, "students", &student).await;
        assert_eq!((text(&unseen, "state"), &unseen["link"]), ("unseen", &Value::Null), "{kind:?}");
        school.layout("students", json!({"removal_action": "suspend"})).await;
        let run = school.full("students").await;
        school.run("students", json!({"dry_run": true})).await;
        let active = record(&school, "students", &student).await;
        assert_eq!(text(&active, "state"), "active", "{active}");
        let (link, last) = (&active["link"], &active["last_outcome"]);
        let account = text(link, "target_id");
        assert_eq!(
            text(link, "url"),
            format!("{}/user/profile.php?id={account}", school.sandbox.moodle_url())
        );
        let shown_by = school.account_of(account).await;
        assert_eq!(link["sent"]["academic_email"], shown_by["email"], "{link}");
        assert_eq!((&last["run_id"], &last["status"]), (&run["run_id"], &json!("NEW")));
        assert_eq!(active["person_id"], json!(student));
        assert_eq!((list(&active, "waits").len(), &active["removal"]), (0, &Value::Null));

        // Its parents are not there.
        let enrolment = school.id("enrollments", 1).await;
        school.full("enrollments").await;
        let waiting = record(&school, "enrollments", &enrolment).await;
        assert_eq!(text(&waiting, "state"), "waiting", "{waiting}");
        assert_eq!(text(&waiting, "remedy_code"), "PARENT_NOT_SYNCED");
        assert!(!list(&waiting, "waits").is_empty());
        assert_eq!(list(&waiting, "waits")[0]["ready"], false);

        // A removal that waits for an approval, of those that are gone and of no other.
        for number in 0..20 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        let planned = record(&school, "students", &student).await;
        assert_eq!(
            planned["removal"],
            json!({"run_id": held["run_id"], "evidence": "absent", "held": true})
        );
        let stays = school.id("students", 25).await;
        assert!(record(&school, "students", &stays).await["removal"].is_null());
        let printed = out(&sigma(
            &school.db,
            &school.app.url,
            &["records", "get", "students", &student, "-o", "table"],
        ));
        assert!(printed.contains("waits for an approval"), "{printed}");

        let ask =
            async |path: &str| school.client.get(&format!("/v1/extension/records/{path}")).await;
        assert_eq!(ask("nothing/1").await.status, 404);
        assert_eq!(ask(&format!("students/{}", "1".repeat(101))).await.status, 422);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explanation_goes_the_way_of_a_run_and_writes_nothing() {
    for kind in kinds() {
        let options = Options { students: 20, broken_every: 7, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        let (student, enrolment) =
            (school.id("students", 3).await, school.id("enrollments", 1).await);
        let all_passed = vec!["passed".to_owned(); 5];
        let run = school.full("students").await;
        let broken = school.items(&run, "items_status=FAILED").await.remove(0);
        let broken = text(&broken, "zoho_id");
        school.full("enrollments").await;
        school.idle().await;
        school.forget().await;
        let before = settled(&school).await;

        // What is in step, what has changed, what lacks a parent, what lacks a field, and what is gone.
        let (told, states) = explained(&school, "students", &student).await;
        assert_eq!((states, text(&told, "status")), (all_passed, "UNCHANGED"));
        assert_eq!(told["would_write"], false, "{told}");
        assert!(!list(&told, "rows").is_empty() && told["canonical"].is_object());
        school.change("students", &student, json!({"Phone_Number": "+999 55 7777777"})).await;
        let (told, _) = explained(&school, "students", &student).await;
        assert_eq!(
            (text(&told, "status"), &told["would_write"]),
            ("UPDATED", &json!(true)),
            "{told}"
        );
        assert_eq!(told["diff"]["phone"][1], "+999 55 7777777", "{told}");
        let ends = school.id("students", 4).await;
        school.change("students", &ends, json!({"Status": "Suspended"})).await;
        let (told, _) = explained(&school, "students", &ends).await;
        assert_eq!((&told["removal"], &told["would_write"]), (&json!("status"), &json!(true)));
        let (told, states) = explained(&school, "enrollments", &enrolment).await;
        assert_eq!(
            (text(&told, "status"), stop(&told)),
            ("SKIPPED", ("parents", "PARENT_NOT_SYNCED")),
            "{told}"
        );
        assert_eq!(states[4], "not_reached");
        let parents = list(&list(&told, "steps")[3], "parents");
        assert!(
            parents.iter().any(
                |parent| parent["module_name"] == "students" && parent["target_id"].is_string()
            ),
            "{told}"
        );
        assert!(
            parents
                .iter()
                .any(|parent| parent["target_id"].is_null() && parent["required"] == true)
        );
        let (told, _) = explained(&school, "students", broken).await;
        assert_eq!(
            (text(&told, "status"), stop(&told)),
            ("FAILED", ("mapped", "MAPPING_REQUIRED_MISSING"))
        );
        let (told, _) = explained(&school, "students", "999999999999").await;
        assert_eq!((text(&told, "status"), stop(&told)), ("SKIPPED", ("read", "SOURCE_GONE")));

        // Neither here nor there.
        assert_eq!((school.writes("moodle").await, school.writes("zoho").await), (0, 0));
        assert_eq!(settled(&school).await, before, "{kind:?}");

        // A run does what was said, of each.
        let ids = json!([student, broken]);
        let run = school.run("students", json!({"ids": ids})).await;
        assert_eq!(
            (number(&run["counts"], "updated"), number(&run["counts"], "failed")),
            (1, 1),
            "{run}"
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explanation_says_why_a_run_cannot_begin() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let student = school.id("students", 1).await;
        let (told, _) = explained(&school, "students", &student).await;
        assert_eq!((text(&told, "status"), text(&told, "op")), ("NEW", "create"), "{told}");
        let off = json!({"enabled": false});
        assert_eq!(school.client.put("/v1/extension/modules/students", &off).await.status, 200);
        let (told, _) = explained(&school, "students", &student).await;
        assert_eq!(stop(&told), ("module", "MODULE_DISABLED"), "{told}");
        assert_eq!(text(&record(&school, "students", &student).await, "state"), "unseen");
        assert_eq!(record(&school, "students", &student).await["module_enabled"], false);
        let printed = out(&sigma(
            &school.db,
            &school.app.url,
            &["records", "explain", "students", &student, "-o", "table"],
        ));
        assert!(
            printed.contains("MODULE_DISABLED") && printed.contains("nothing would be written"),
            "{printed}"
        );
        school.stop().await;
    }
}
