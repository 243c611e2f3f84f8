//! A copy of the database, made while the service runs, and putting one back: nothing is lost, nothing is made twice, and
//! nothing is removed before a person has looked at it.

use {
    crate::harness::{
        db::{Db, Kind, kinds},
        process::{Ended, bare, run, with_key},
        school::{School, told},
    },
    serde_json::json,
    std::{fs, os::unix::fs::PermissionsExt as _},
};

fn backup(db: &Db, file: &str) -> Ended {
    run(bare(db).args(["backup", file]))
}

fn restore(db: &Db, args: &[&str]) -> Ended {
    run(bare(db).arg("restore").args(args))
}

/// Says that a command was refused for this reason, with the exit code of refused settings.
#[track_caller]
fn refused(ended: &Ended, reason: &str) {
    assert_eq!(ended.code, Some(78), "{} {}", ended.out, ended.said);
    assert!(ended.said.contains(reason), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_adopts_what_exists_and_removes_nothing_by_itself() {
    let mut school = School::new(Kind::Sqlite, 60).await;
    school.layout("students", json!({"removal_action": "suspend"})).await;
    assert_eq!(told(&school.full("students").await).1[0], 60);
    let folder = school.db.folder.clone();
    let (copy, database) = (folder.join("copy.db"), folder.join("sigma.db"));

    // The server is at work meanwhile.
    let made = backup(&school.db, "copy.db");
    assert_eq!(made.code, Some(0), "{}", made.said);
    assert!(made.out.contains("master key"), "{}", made.out);
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    refused(&backup(&school.db, "copy.db"), "exists already");

    for number in 0..5 {
        let name = format!("late{number}");
        let fields = json!({
            "Academic_Email": format!("{name}@college.example"), "Display_Name": format!("Late {name}"), "Status": "Active",
        });
        school.add("students", fields).await;
    }
    assert_eq!(told(&school.full("students").await).1[0], 5);
    let accounts = school.moodle("users").await.len();

    refused(&restore(&school.db, &["copy.db"]), "--replace");
    refused(&restore(&school.db, &["copy.db", "--replace"]), "is in use");
    school.app.process.terminate();
    let done = restore(&school.db, &["copy.db", "--replace"]);
    assert_eq!(done.code, Some(0), "{}", done.said);
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o600);
    let former = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains(".before-");
    let kept = fs::read_dir(&folder).unwrap().filter(|entry| former(entry.as_ref().unwrap()));
    assert_eq!(kept.count(), 1, "the newer database is kept");
    school.restart();

    // The accounts of the five are there and are found again.
    school.forget().await;
    let again = school.full("students").await;
    assert_eq!(told(&again), ("completed", [5, 60, 0, 0, 0, 65]), "{again}");
    assert_eq!(school.moodle("users").await.len(), accounts);
    // That read missed nothing, so that removals go on as usual.
    school.delete("students", 3, false).await;
    let run = school.full("students").await;
    assert_eq!(run["removals"]["applied"], 1, "{run}");
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_removals_of_a_restored_database_wait_for_a_person() {
    for kind in kinds() {
        let mut school = School::new(kind, 60).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        assert_eq!(told(&school.full("students").await).1[0], 60);
        // A copy of a run that waits for its removals.
        for number in 0..20 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        school.app.process.terminate();
        let done = if kind == Kind::Sqlite {
            assert_eq!(backup(&school.db, "copy.db").code, Some(0));
            restore(&school.db, &["copy.db", "--replace"])
        } else {
            refused(&backup(&school.db, "copy.db"), "pg_dump");
            refused(&restore(&school.db, &["copy.db"]), "pg_dump");
            run(with_key(&school.db, &school.db.master_key()).arg("restore"))
        };
        assert_eq!(done.code, Some(0), "{}", done.said);
        school.restart();
        // What was told since the copy was made has numbers that are not given again.
        let gone = school.client.get("/v1/extension/events?after=1000").await;
        assert_eq!((gone.status, gone.header("x-sigma-error")), (400, "EVENTS_GONE"));
        let old = school.state(held["run_id"].as_str().unwrap()).await;
        assert_eq!(old["status"], "cancelled", "{old}");
        for number in 1..20 {
            school.change("students", number, json!({"Status": "Active"})).await;
        }
        // One alone would be below the limit of the brake.
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        let reason = run["removals"]["held_reason"].as_str().unwrap();
        assert!(reason.contains("restored"), "{reason}");
        let run = school.decide(&run, "approve", json!({"removals": 1})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(run["removals"]["applied"], 1, "{run}");
        school.change("students", 1, json!({"Status": "Suspended"})).await;
        let run = school.full("students").await;
        assert_eq!((&run["status"], &run["removals"]["applied"]), (&json!("completed"), &json!(1)));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_whole_copy_of_this_database_is_refused() {
    let mut school = School::new(Kind::Sqlite, 300).await;
    assert_eq!(told(&school.full("students").await).1[0], 300);
    assert_eq!(backup(&school.db, "copy.db").code, Some(0));
    school.app.process.terminate();
    let folder = school.db.folder.clone();
    let before = fs::read(folder.join("sigma.db")).unwrap();
    let args = ["bad.db", "--replace"];
    let bad = folder.join("bad.db");

    fs::write(&bad, "a text").unwrap();
    refused(&restore(&school.db, &args), "not a SQLite database");
    let whole = fs::read(folder.join("copy.db")).unwrap();
    let mut spoilt = whole.clone();
    let third = spoilt.len() / 3;
    spoilt[third..third + 40_000].fill(0x5a);
    fs::write(&bad, &spoilt).unwrap();
    let told = restore(&school.db, &args);
    assert!(matches!(told.code, Some(1 | 78)), "{} {}", told.out, told.said);
    fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    let told = restore(&school.db, &args);
    assert!(matches!(told.code, Some(1 | 78)), "{} {}", told.out, told.said);
    // Sealed with another key.
    let other = school.db.key_file("other.key", 9);
    let told = run(with_key(&school.db, &other).args(["restore", "copy.db", "--replace"]));
    refused(&told, "master key");
    // In the place of the database stands what stood there, and nothing beside it.
    assert_eq!(fs::read(folder.join("sigma.db")).unwrap(), before);
    let left = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
    // A database that does not exist is neither copied nor made.
    fs::remove_file(folder.join("sigma.db")).unwrap();
    refused(&backup(&school.db, "none.db"), "does not exist");
    assert!(!folder.join("sigma.db").exists() && !folder.join("none.db").exists());
    // Where nothing stands in its place, the copy does.
    assert_eq!(restore(&school.db, &["copy.db"]).code, Some(0));
    school.restart();
    assert_eq!(told_of(&school).await, 300);
    school.stop().await;
}

async fn told_of(school: &School) -> i64 {
    told(&school.full("students").await).1[1]
}
