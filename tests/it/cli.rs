//! The command line as people use it: its output and its exit codes.

use {
    crate::harness::{
        app::{App, command, connect, sandbox, sync},
        cli::{out, sigma},
        db::{Db, Kind, kinds},
    },
    serde_json::Value,
    std::process::Command,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_runs_and_runs_again() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        if kind == Kind::Postgres {
            assert!(command(&db).arg("migrate").output().expect("migrate").status.success());
        }
        let demo = |more: &[&str]| {
            let args = ["--listen", "127.0.0.1:0", "demo", "--once", "--students", "120"];
            command(&db).args(args).args(more).output().expect("the demo")
        };
        let first = demo(&["-o", "json"]);
        assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
        let document: Value = serde_json::from_str(&out(&first)).expect("one document");
        assert_eq!(
            (&document["status"], &document["counts"]["new"]),
            (&"completed".into(), &120.into())
        );
        assert_eq!(document["run_id"].as_str().map(str::len), Some(36));
        if kind == Kind::Sqlite {
            let second = demo(&[]);
            let text = out(&second);
            assert!(second.status.success() && text.contains("completed"), "{text}");
            let row = text.lines().find(|line| line.starts_with("students")).expect("the row");
            assert_eq!(
                row.split_whitespace().collect::<Vec<_>>(),
                ["students", "0", "120", "0", "0", "0", "120"]
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_tells_expected_failures_from_others() {
    let db = Db::new(Kind::Sqlite).await;
    let args = [
        "--listen",
        "127.0.0.1:0",
        "demo",
        "--once",
        "--students",
        "50",
        "--broken-every",
        "10",
        "-o",
        "json",
    ];
    let output = command(&db).args(args).output().expect("the demo");
    let document: Value = serde_json::from_str(&out(&output)).expect("one document");
    assert_eq!((output.status.code(), &document["counts"]["failed"]), (Some(0), &5.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_signed_and_errors_have_codes() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(40, 0).await;
    connect(&client, &school).await;
    let settings = sigma(&db, &app.url, &["call", "SettingsService/GetSettings"]);
    let answer: Value = serde_json::from_str(&out(&settings)).expect("JSON");
    assert_eq!(answer["settings"]["tenant_id"], "default");
    let started = sigma(
        &db,
        &app.url,
        &["call", "sigma.v1.SyncRunService/TriggerRun", "-d", r#"{"module_name":"students"}"#],
    );
    let started: Value = serde_json::from_str(&out(&started)).expect("JSON");
    let id = started["run"]["run_id"].as_str().expect("an id");
    let watched = sigma(&db, &app.url, &["runs", "watch", id, "--exit-status"]);
    assert_eq!(watched.status.code(), Some(0));
    let last: Value =
        serde_json::from_str(out(&watched).lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["run"]["state"], "RUN_STATE_COMPLETED");

    let code = |args: &[&str]| sigma(&db, &app.url, args).status.code();
    // An answered `call` exits as grpcurl does: with 64 and the gRPC code.
    assert_eq!(code(&["call", "SyncRunService/GetRun", "-d", r#"{"run_id":"x"}"#]), Some(64 + 5));
    assert_eq!(
        code(&["call", "SyncRunService/TriggerRun", "-d", r#"{"module_name":"grades"}"#]),
        Some(64 + 9)
    );
    assert_eq!(code(&["call", "SettingsService/GetSettings", "--tenant", "other"]), Some(64 + 16));
    assert_eq!(code(&["call", "NoService/Nothing"]), Some(3));
    assert_eq!(code(&["runs", "watch", "x"]), Some(3));
    assert_eq!(code(&["runs", "watch", id, "--tenant", "other"]), Some(4));
    assert_eq!(
        code(&["call", "SettingsService/GetSettings", "--server", "http://127.0.0.1:9"]),
        Some(7)
    );
    assert_eq!(code(&["nonsense"]), Some(2));
    assert_eq!(code(&["--mode", "nonsense", "serve"]), Some(78));
    assert_eq!(code(&["--database-url", "mysql://nowhere/x", "serve"]), Some(78));
    let nobody = "postgres://nobody:canary@127.0.0.1:9/nothing";
    let unreachable = sigma(&db, &app.url, &["--database-url", nobody, "migrate"]);
    let said = String::from_utf8_lossy(&unreachable.stderr).into_owned();
    assert_eq!(unreachable.status.code(), Some(7), "{said}");
    assert!(said.contains("does not answer") && !said.contains("canary"), "{said}");
    let _warm = sync(&client).await;
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_headers_work_in_other_hands() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let target = "/v1/extension/runs?module=students&limit=5";
    let printed = out(&sigma(&db, &app.url, &["sign", "GET", target, "--format", "curl"]));
    assert!(printed.starts_with("curl -sS -X GET -H 'X-Ext-Key: ext_key_default'"), "{printed}");
    let answer = Command::new("sh").args(["-c", &printed]).output().expect("a shell with curl");
    assert_eq!(out(&answer), "[]");
    let headers =
        out(&sigma(&db, &app.url, &["sign", "SettingsService/GetSettings", "--format", "grpcurl"]));
    assert_eq!(headers.matches("-rpc-header").count(), 5, "{headers}");
}
