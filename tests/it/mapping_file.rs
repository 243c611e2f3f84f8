//! The command line with mapping files: what it prints and stores, and its exit codes.

use {
    crate::{
        harness::{
            app::App,
            cli::{out, sigma},
            db::{Db, kinds},
        },
        mapping::versions,
    },
    serde_json::{Value, json},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_works_on_files() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let (client, url) = (app.client(), app.url.clone());
    let call = |args: &[&str]| sigma(&db, &url, &[&["mappings"], args].concat());
    let code = |args: &[&str]| call(args).status.code();
    let file = |name: &str, text: &str| {
        let path = db.folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let all = out(&call(&["export"]));
    assert_eq!(all.matches("kind: MappingSet").count(), 8, "{all}");
    let whole = file("all.yaml", &all);
    assert_eq!(code(&["diff", &whole]), Some(0));
    assert_eq!(code(&["validate", &whole]), Some(0));
    assert_eq!(code(&["validate"]), Some(0));

    let students = out(&call(&["export", "students"]));
    let changed = students.replace("default: Active", "default: Passive")
        + "tests:\n  - { given: { Academic_Email: \"Sara@x.edu\" }, expect: { username: Sara, status: Passive } }\n";
    let changed = file("students.yaml", &changed);
    let diff = call(&["diff", &changed]);
    assert_eq!(diff.status.code(), Some(6));
    let text = out(&diff);
    assert!(text.contains("~ status") && text.contains("default \"Passive\""), "{text}");
    assert!(text.contains("~ tests"), "{text}");
    let json: Value =
        serde_json::from_str(&out(&call(&["diff", &changed, "-o", "json"]))).expect("JSON");
    assert_eq!(
        (&json["changed"], &json["modules"][0]["tests_changed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(code(&["apply", &changed, "--dry-run"]), Some(0));
    assert_eq!(versions(&client, "students").await, [1]);
    assert_eq!(code(&["apply", &changed, "--reason", "another word"]), Some(0));
    assert_eq!(code(&["diff", &changed]), Some(0));
    assert_eq!(
        out(&call(&["export", "students"])),
        std::fs::read_to_string(&changed).expect("text")
    );
    let history = out(&call(&["history", "students"]));
    assert!(history.contains("another word") && history.lines().count() == 2, "{history}");
    assert_eq!(code(&["test", "--module", "students"]), Some(0));

    // A failing test: reported by test and validate, refused by apply, forced.
    let text = std::fs::read_to_string(&changed).expect("text");
    let failing = file("failing.yaml", &text.replace("username: Sara", "username: sara"));
    assert_eq!(code(&["test", &failing]), Some(1));
    assert_eq!(code(&["validate", &failing]), Some(1));
    assert_eq!(code(&["apply", &failing, "--dry-run"]), Some(1));
    let refused = call(&["apply", &failing]);
    assert_eq!(refused.status.code(), Some(5));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("students.tests[0]: Value error, username is"), "{told}");
    assert_eq!(code(&["apply", &failing, "--force"]), Some(0));
    assert_eq!(code(&["test"]), Some(1));
    assert_eq!(code(&["apply", &changed]), Some(0));

    // The tests do not fit version 1.
    assert_eq!(code(&["rollback", "students", "1"]), Some(5));
    assert_eq!(code(&["rollback", "students", "1", "--force", "--expect", "1"]), Some(5));
    assert_eq!(code(&["rollback", "students", "1", "--force", "--expect", "2"]), Some(0));
    assert_eq!(versions(&client, "students").await, [3, 2, 1]);
    assert_eq!(code(&["rollback", "students", "9"]), Some(3));

    let record = r#"{"Academic_Email": "sara@x.edu", "Status": null}"#;
    let shown = call(&["preview", "students", "--record", record]);
    assert_eq!(shown.status.code(), Some(0));
    let text = out(&shown);
    assert!(
        text.contains("1 before_at    \"sara\" (text)") && text.contains("= \"Active\""),
        "{text}"
    );
    let draft = call(&["preview", "students", "--record", record, "--file", &changed]);
    assert!(out(&draft).contains("= \"Passive\""));
    assert_eq!(code(&["preview", "students", "--record", "{}"]), Some(1));
    assert_eq!(code(&["preview", "students", "--record", "["]), Some(1));
    assert_eq!(code(&["preview", "students"]), Some(2));
    assert_eq!(code(&["preview", "students", "--id", "1"]), Some(5));

    assert_eq!(code(&["apply", &file("broken.yaml", "[")]), Some(1));
    assert_eq!(code(&["apply", "missing.yaml"]), Some(1));
    assert_eq!(code(&["export", "nothing"]), Some(3));
    assert_eq!(code(&["export", "--tenant", "other"]), Some(4));
    assert_eq!(code(&["export", "--server", "http://127.0.0.1:9"]), Some(7));
}
