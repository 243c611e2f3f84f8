//! The command line about runs that wait, are held or failed, and about readers that have had enough.

use {
    crate::harness::{
        app::BINARY,
        cli::{out, sigma},
        db::{Kind, kinds},
        school::School,
    },
    serde_json::json,
    std::process::{Command, Output, Stdio},
};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_failed_ends_the_command_with_its_code() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        let call = |args: &[&str]| sigma(&school.db, &school.app.url, args);
        let ended = call(&["runs", "start", "students"]);
        let run = school.runs("").await[0]["run_id"].as_str().unwrap().to_owned();
        assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
        assert!(out(&ended).contains(&run), "{}", out(&ended));

        school.fault(json!({"target": "zoho", "kind": "revoked_token", "times": 0})).await;
        for start in [&["runs", "start", "students"][..], &["sync", "all"]] {
            for (how, code) in
                [(None, 1), (Some("--exit-status"), 1), (Some("--no-exit-status"), 0)]
            {
                let args: Vec<&str> = start.iter().copied().chain(how).collect();
                let ended = call(&args);
                assert_eq!(ended.status.code(), Some(code), "{args:?}: {}", said(&ended));
                assert!(out(&ended).contains("failed"), "{}", out(&ended));
            }
        }
        let newest = school.runs("limit=1").await[0]["run_id"].as_str().unwrap().to_owned();
        let ended = call(&["sync", "all", "-o", "json"]);
        assert!(ended.status.code() == Some(1) && out(&ended).contains("run_id"));
        assert!(!out(&ended).contains(&newest));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_run_names_its_removals_and_what_to_call() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        let call = |args: &[&str]| sigma(&school.db, &school.app.url, args);
        for module in ["programs", "students", "classes", "registrations", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.layout("enrollments", json!({"removal_action": "suspend"})).await;
        let student = school.record("students", 3).await;
        for number in 0..15 {
            school.delete("enrollments", number, true).await;
            school.delete("students", number, true).await;
        }
        for module in ["students", "enrollments"] {
            let ended = call(&["runs", "start", module]);
            assert_eq!(ended.status.code(), Some(6), "{}", said(&ended));
            let run = school.runs("limit=1").await[0].clone();
            let (id, planned) = (run["run_id"].as_str().unwrap(), &run["removals"]["planned"]);
            let reason = run["removals"]["held_reason"].as_str().unwrap();
            let table = out(&ended);
            for part in [id, reason, &format!("{planned} removals"), "runs approve", "runs discard"]
            {
                assert!(table.contains(part), "{module}: {part} in {table}");
            }
            let listed = call(&["runs", "removals", id]);
            assert!(said(&listed).contains(reason), "{}", said(&listed));
            let lines = out(&listed);
            assert_eq!(lines.lines().count() as u64, planned.as_u64().unwrap(), "{lines}");
            assert!(
                lines.lines().all(|line| line.contains("missing from the full read")),
                "{lines}"
            );
            let named = |line: &str| line.contains('<') && line.contains('@');
            assert!(lines.lines().all(named), "{kind:?} {module}: each names a student: {lines}");
            if module == "students" {
                let email = student["Academic_Email"].as_str().unwrap().to_lowercase();
                assert!(lines.contains(&email), "{lines}");
            }
        }
        school.stop().await;
    }
}

/// Runs a command whose output is not read, and maybe not its errors either.
fn unread(school: &School, args: &[&str], errors_too: bool) -> Output {
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        Stdio::from(writer)
    };
    let mut command = Command::new(BINARY);
    command.args(args).env("SIGMA_SERVER", &school.app.url).current_dir(&school.db.folder);
    command.stdout(closed()).stdin(Stdio::null());
    command.stderr(if errors_too { closed() } else { Stdio::piped() });
    command.spawn().expect("the binary").wait_with_output().expect("an end")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_ends_quietly_when_nobody_reads_it() {
    let school = School::new(Kind::Sqlite, 12).await;
    let run = school.full("students").await;
    let run = run["run_id"].as_str().unwrap();
    std::fs::write(
        school.db.folder.join("students.yaml"),
        out(&sigma(&school.db, &school.app.url, &["mappings", "export", "students"])),
    )
    .unwrap();
    let scratch = school.db.folder.join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let scratch = format!("sqlite://{}?mode=rwc", scratch.join("scratch.db").display());
    let commands: &[&[&str]] = &[
        &["--help"],
        &["--version"],
        &["runs", "--help"],
        &["--database-url", &scratch, "migrate"],
        &["--database-url", &scratch, "migrate", "--status"],
        &["--database-url", &scratch, "seed"],
        &["call", "SettingsService/GetSettings"],
        &["call", "SyncRunService/WatchRun", "-d", &format!(r#"{{"run_id":"{run}"}}"#)],
        &["sign", "GET", "/v1/extension/runs"],
        &["errors"],
        &["errors", "-o", "markdown"],
        &["fields"],
        &["transforms"],
        &["find", "amira"],
        &["sync", "all", "--dry-run"],
        &["sync", "all", "-o", "json"],
        &["runs", "start", "students", "-o", "id"],
        &["runs", "list"],
        &["runs", "list", "-o", "csv"],
        &["runs", "show", run],
        &["runs", "watch", run],
        &["runs", "removals", run],
        &["runs", "items", run],
        &["runs", "export", run],
        &["mappings", "export"],
        &["mappings", "history", "students"],
        &["mappings", "diff", "students.yaml"],
        &["mappings", "validate", "students.yaml"],
        &["mappings", "test", "students.yaml"],
        &["mappings", "preview", "students.yaml"],
        // With an error as well, which is not read either.
        &["runs", "show", "x"],
        &["nonsense"],
        &[
            "--database-url",
            &scratch,
            "demo",
            "--once",
            "--students",
            "5",
            "--listen",
            "127.0.0.1:0",
        ],
    ];
    for args in commands {
        let usual = sigma(&school.db, &school.app.url, args).status.code();
        for errors_too in [false, true] {
            let ended = unread(&school, args, errors_too);
            let (code, text) = (ended.status.code(), said(&ended));
            assert!(!text.contains("panicked"), "{args:?}: {text}");
            assert!(
                code == usual || code == Some(0),
                "{args:?}: {code:?}, usually {usual:?}: {text}"
            );
        }
    }
    school.stop().await;
}
