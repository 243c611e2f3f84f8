//! `find`, `runs items` and `runs export` on a terminal.

use {
    super::{export, text},
    crate::harness::{
        app::{App, connect, sandbox, sync},
        cli::{out, sigma},
        control::Controls,
        db::{Db, kinds},
    },
    serde_json::{Value, json},
    std::collections::HashSet,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_finds_lists_and_exports() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(700, 100).await;
    connect(&client, &school).await;
    let controls = Controls::new();
    controls.student(&school, 3, json!({"First_Name": "Zoe", "Last_Name": "Xylander"})).await;
    // No account can have such a name, and no text may make a terminal clear itself.
    controls
        .student(&school, 4, json!({"First_Name": "Eve\u{1b}[2J", "Last_Name": "Quillon"}))
        .await;
    let run = text(&sync(&client).await, "run_id");

    let found = sigma(&db, &app.url, &["find", "xyl", "zoe"]);
    assert_eq!(found.status.code(), Some(0), "{}", String::from_utf8_lossy(&found.stderr));
    let person: Value = serde_json::from_str(out(&found).trim()).expect("one line");
    let id = text(&person, "person_id");
    assert_eq!(out(&sigma(&db, &app.url, &["find", "xylander", "-o", "id"])), format!("{id}\n"));
    let table = out(&sigma(&db, &app.url, &["find", "xylander", "-o", "table"]));
    assert!(table.contains("Zoe Xylander") && table.contains("students 1"), "{table}");
    assert!(table.contains("create") && table.contains(&run), "{table}");
    let table = out(&sigma(&db, &app.url, &["find", "quillon", "-o", "table"]));
    assert!(table.contains("Eve [2J Quillon") && table.contains("VALUE_HAS_CONTROL"), "{table}");
    let nobody = sigma(&db, &app.url, &["find", "nobody-at-all"]);
    assert_eq!((nobody.status.code(), out(&nobody)), (Some(3), String::new()));
    let many = out(&sigma(&db, &app.url, &["find", "college", "-o", "csv", "--limit", "3"]));
    assert_eq!(many, "person_id,name,email,moodle_id,last_seen_at,links,links_total\r\n");
    let some = out(&sigma(&db, &app.url, &["find", "a", "-o", "json", "--limit", "60"]));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&some).expect("a list").len(), 60);

    let failed =
        out(&sigma(&db, &app.url, &["runs", "items", "--status", "FAILED", "-o", "ndjson"]));
    assert_eq!(failed.lines().count(), 8);
    let of_run = out(&sigma(&db, &app.url, &["runs", "items", &run, "--limit", "450", "-o", "id"]));
    assert_eq!(of_run.lines().collect::<HashSet<_>>().len(), 450);
    let table = out(&sigma(
        &db,
        &app.url,
        &["runs", "items", "--code", "MAPPING_REQUIRED_MISSING", "-o", "table"],
    ));
    assert!(table.contains("[MAPPING_REQUIRED_MISSING]"), "{table}");

    let ndjson = out(&sigma(&db, &app.url, &["runs", "export", &run]));
    let lines: Vec<Value> =
        ndjson.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 700);
    assert_eq!((&lines[699]["place"], &lines[0]["run_id"]), (&699.into(), &run.as_str().into()));
    let csv = out(&sigma(&db, &app.url, &["runs", "export", &run, "-o", "csv"]));
    assert_eq!(csv, export(&client, &run, "/csv").await.text);
    let code = |args: &[&str]| sigma(&db, &app.url, args).status.code();
    assert_eq!(code(&["runs", "export", "nothing"]), Some(3));
    assert_eq!(code(&["runs", "items", "--status", "nothing"]), Some(1));
    assert_eq!(code(&["find"]), Some(2));
    school.stop().await;
}
