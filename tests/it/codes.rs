//! The error codes for programs and people: the API, the command line and the page in the repository agree.

use {
    crate::harness::{
        app::App,
        cli::{out, sigma},
        db::{Db, kinds},
    },
    serde_json::Value,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_codes_can_be_looked_up() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let answer = app.client().get("/v1/extension/metadata/error-codes").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let codes = answer.json();
    let codes = codes.as_array().expect("a list");
    let taken = codes.iter().find(|one| one["code"] == "MOODLE_EMAIL_TAKEN").expect("a code");
    assert_eq!(taken["class"], "other_side");
    assert_eq!(taken["provider"], "moodle");
    assert_eq!(taken["effect"], "none");
    assert_eq!(taken["texts"][1]["language"], "ar");

    // The command line needs no server and says the same.
    let nowhere = "http://127.0.0.1:1";
    let told = out(&sigma(&db, nowhere, &["errors", "-o", "json"]));
    assert_eq!(&serde_json::from_str::<Vec<Value>>(&told).expect("a list"), codes);
    let one = out(&sigma(&db, nowhere, &["errors", "moodle_email_taken", "-o", "json"]));
    assert_eq!(&serde_json::from_str::<Value>(&one).expect("an object"), taken);
    let page = out(&sigma(&db, nowhere, &["errors", "-o", "markdown"]));
    assert_eq!(page, include_str!("../../docs/src/error-code-list.md"));
    for (language, place) in [("en", 0), ("ar", 1)] {
        let shown = out(&sigma(&db, nowhere, &["errors", "MOODLE_EMAIL_TAKEN", "-l", language]));
        for part in ["message", "remedy"] {
            let text = taken["texts"][place][part].as_str().expect("a text");
            assert!(shown.contains(text), "{language}: {shown}");
        }
    }
    let list = out(&sigma(&db, nowhere, &["errors"]));
    assert_eq!(list.lines().count(), codes.len() + 1, "{list}");
    let unknown = sigma(&db, nowhere, &["errors", "NO_SUCH_WORD"]);
    let errors = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert_eq!(unknown.status.code(), Some(3), "{errors}");
    assert!(errors.contains("there is no error code 'NO_SUCH_WORD'"), "{errors}");
}
