//! Commands that call a server: its settings do not concern them, their errors can be found in its log, and it may be
//! behind a path of a proxy.

use {
    crate::harness::{
        app::{App, BINARY, command},
        behind::Behind,
        cli::{out, sigma},
        db::{Db, kinds},
    },
    serde_json::Value,
    std::process::{Command, Output},
};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_the_server_do_not_concern_commands_that_call_it() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let bad = [
        ("SIGMA_LISTN", "127.0.0.1:1"),
        ("SIGMA_MODE", "nonsense"),
        ("SIGMA_LOG", "a=b=c"),
        ("SIGMA_DATABASE_URL", "mysql://nowhere/x"),
        ("SIGMA_CONFIG", "/nowhere/sigma.toml"),
        ("SIGMA_WORKER__SLOTS", "many"),
    ];
    for (name, value) in bad {
        for args in [
            ["runs", "list"].as_slice(),
            &["runs", "items", "--module", "students"],
            &["call", "SettingsService/GetSettings"],
            &["errors"],
            &["fields", "students"],
            &["transforms"],
            &["sign", "GET", "/v1/extension/runs"],
        ] {
            let mut client = Command::new(BINARY);
            client.args(args).env("SIGMA_SERVER", &app.url).env(name, value);
            let ran = client.current_dir(&db.folder).output().expect("the binary");
            assert_eq!(ran.status.code(), Some(0), "{name} {args:?}: {}", said(&ran));
        }
        let served = Command::new(BINARY).arg("seed").env(name, value).output().expect("seed");
        assert_eq!(served.status.code(), Some(78), "{name}: {}", said(&served));
    }

    // Where they do nothing they are neither offered nor taken; where they work they are, before the command and behind it.
    let options =
        ["--config", "--listen", "--database-url", "--mode", "--log", "--master-key-file"];
    for args in [["runs", "list"].as_slice(), &["call", "x"], &["errors"], &["sync", "all"]] {
        let help = out(&sigma(&db, &app.url, &[args, &["--help"]].concat()));
        for option in options {
            assert!(!help.contains(option), "{args:?}: {help}");
            let behind = sigma(&db, &app.url, &[args, &[option, "x"]].concat());
            assert_eq!(behind.status.code(), Some(2), "{}", said(&behind));
            let before = sigma(&db, &app.url, &[&[option, "x"], args].concat());
            assert_eq!(before.status.code(), Some(2), "{}", said(&before));
            assert!(said(&before).contains(option), "{}", said(&before));
        }
    }
    for command in ["serve", "worker", "demo", "migrate", "seed", "backup", "restore"] {
        let help = out(&sigma(&db, &app.url, &[command, "--help"]));
        assert!(options.iter().all(|option| help.contains(option)), "{command}: {help}");
    }
    let url = "sqlite://other.db?mode=rwc";
    let migrated = command(&db).args(["migrate", "--database-url", url]).output().expect("migrate");
    assert_eq!(migrated.status.code(), Some(0), "{}", said(&migrated));
    assert!(db.folder.join("other.db").exists(), "the option behind the command comes first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_has_its_word_and_the_id_of_the_request() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let nowhere = "00000000-0000-7000-8000-000000000000";
    for (args, word, code) in [
        (["runs", "show", nowhere].as_slice(), "RUN_NOT_FOUND", "NotFound"),
        (&["runs", "watch", nowhere], "RUN_NOT_FOUND", "NotFound"),
        (&["runs", "export", nowhere], "RUN_NOT_FOUND", "NotFound"),
        (&["runs", "items", nowhere], "RUN_NOT_FOUND", "NotFound"),
        (
            &["call", "SyncRunService/GetRun", "-d", r#"{"run_id":"x"}"#],
            "RUN_NOT_FOUND",
            "NotFound",
        ),
        // Refused before a service is called.
        (&["runs", "list", "--tenant", "other"], "CREDENTIAL_INVALID", "Unauthenticated"),
    ] {
        let error = said(&sigma(&db, &app.url, args));
        let end = error.rsplit_once('[').expect("brackets").1;
        let id = end.trim_end().strip_suffix(']').and_then(|end| end.rsplit_once(", request "));
        let (known, id) = id.unwrap_or_else(|| panic!("{args:?}: {error}"));
        assert_eq!(known, format!("{word}, {code}"), "{args:?}: {error}");
        assert!(id.len() >= 16, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_may_be_behind_a_path() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let proxy = Behind::start(&app.url, "/sigma/sync").await;
    for url in [proxy.url.clone(), format!("{}/", proxy.url)] {
        let settings = sigma(&db, &url, &["call", "SettingsService/GetSettings"]);
        let answer: Value =
            serde_json::from_str(&out(&settings)).unwrap_or_else(|_| panic!("{}", said(&settings)));
        assert_eq!(answer["settings"]["tenant_id"], "default");
        let listed = sigma(&db, &url, &["runs", "list", "-o", "json"]);
        assert_eq!(listed.status.code(), Some(0), "{}", said(&listed));
        let printed =
            out(&sigma(&db, &url, &["sign", "GET", "/v1/extension/runs", "--format", "curl"]));
        assert!(printed.contains(&format!("'{}/v1/extension/runs'", proxy.url)), "{printed}");
    }
    let elsewhere = proxy.url.replace("/sigma/sync", "/other");
    assert_ne!(sigma(&db, &elsewhere, &["runs", "list"]).status.code(), Some(0));
}
