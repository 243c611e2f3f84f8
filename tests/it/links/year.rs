//! The end of a year: what was deleted in both systems is not lost, and stops nothing.

use {
    super::{ALL, synced},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Runs a module whole, and approves the removals that it holds.
async fn whole(school: &School, module: &str) -> Value {
    let mut run = school.full(module).await;
    if run["status"] == "held" {
        assert_eq!(run["changes"], Value::Null, "{module}: {run}");
        let planned = run["removals"]["planned"].clone();
        school.decide(&run, "approve", json!({"removals": planned})).await;
        run = school.ended(run["run_id"].as_str().expect("an id")).await;
    }
    let code = school.detail(&run).await.error_code().to_owned();
    assert_ne!(code, "TARGET_LOST", "{module}: {run}");
    assert_eq!((&run["status"], told(&run).1[3]), (&json!("completed"), 0), "{module}: {run}");
    school.idle().await;
    run
}

/// Deletes most classes in both systems, and their enrollments in Zoho as well if `all`.
async fn ended_year(kind: Kind, all: bool, hidden_first: bool) -> School {
    let school = synced(kind, 200, &ALL).await;
    let classes = school.records("classes").await;
    let old = &classes[..classes.len() - 2];
    assert!(old.len() >= 6, "{}", classes.len());
    let seats = school.records("enrollments").await;
    let mut courses = Vec::new();
    for class in old {
        let id = class["id"].as_str().expect("an id");
        courses.push(school.one(&format!("courses?idnumber={id}")).await["id"].to_string());
        school.delete("classes", id, false).await;
        for seat in seats.iter().filter(|seat| all && seat["Classes"]["id"] == id) {
            school.delete("enrollments", seat["id"].as_str().expect("an id"), false).await;
        }
    }
    if hidden_first {
        // The courses are hidden by a run, and deleted in the summer.
        for module in ["classes", "enrollments"] {
            whole(&school, module).await;
        }
    }
    for course in courses {
        school.take_away(&format!("courses/{course}")).await;
    }
    school
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_in_both_systems_is_not_lost() {
    for kind in kinds() {
        for (all, hidden_first) in [(true, false), (false, false), (true, true), (false, true)] {
            let school = ended_year(kind, all, hidden_first).await;
            let what = format!("{all} {hidden_first}");
            // A new one comes, in whatever run is first.
            let student = school.id("students", 0).await;
            let classes = school.records("classes").await;
            let class = classes.last().expect("a class")["id"].clone();
            let seat =
                json!({"Enrolled_Students": student, "Classes": class, "Start_Date": "2026-09-01"});
            school.add("enrollments", seat).await;
            if hidden_first {
                let run = school.changes("enrollments").await;
                assert_eq!(told(&run).0, "completed", "{what}: {run}");
            }
            for module in ALL {
                whole(&school, module).await;
            }
            for module in ALL {
                let run = school.run(module, json!({"scope": "verify"})).await;
                assert_eq!(
                    (told(&run).0, told(&run).1[3]),
                    ("completed", 0),
                    "{what} {module}: {run}"
                );
            }
            school.idle().await;
            school.forget().await;
            for module in ALL {
                let run = whole(&school, module).await;
                assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{what} {module}: {run}");
            }
            assert_eq!(school.writes("moodle").await, 0, "{what}: {}", school.ledger().await);
            school.stop().await;
        }
    }
}
