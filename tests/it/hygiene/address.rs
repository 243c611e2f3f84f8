//! Addresses of other systems: refused where they hold the end of a line or mean this machine, and never told back with the
//! password in them.

use crate::harness::{
    app::{App, command, listening},
    db::{Db, Kind},
    process::{run, with_key},
};
use serde_json::json;

const SETTINGS: &str = "/v1/extension/settings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_holds_neither_lines_nor_passwords() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    for name in ["moodle_base_url", "zoho_api_domain", "zoho_accounts_url"] {
        for bad in ["http://good.test/\r\nX: y", "http://good.test\n", "ht\ttp://good.test"] {
            let answer = client.put(SETTINGS, &json!({name: bad})).await;
            assert_eq!(answer.status, 422, "{name} {bad:?}: {}", answer.text);
        }
        for bad in [
            "https://user:S3CRETPW@good.test",
            "https://S3CRETPW@good.test/x",
            "https://user:S3CRETPW/x@y@good.test",
            "user:S3CRETPW@good.test",
        ] {
            let answer = client.put(SETTINGS, &json!({name: bad})).await;
            assert_eq!(answer.status, 422, "{name} {bad:?}: {}", answer.text);
            assert!(!answer.text.contains("S3CRETPW"), "{}", answer.text);
            // Nor where another member of the same body is wrong.
            let answer = client.put(SETTINGS, &json!({name: bad, "zoho_enabled": "x"})).await;
            assert!(answer.status == 422 && !answer.text.contains("S3CRETPW"), "{}", answer.text);
        }
    }
    let stored = client.get(SETTINGS).await;
    assert_eq!(stored.json()["moodle_base_url"], serde_json::Value::Null, "{}", stored.text);
    assert!(!stored.text.contains("good.test"), "{}", stored.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_does_not_store_a_name_of_this_machine() {
    let db = Db::new(Kind::Sqlite).await;
    let file = db.folder.join("key.env");
    let shown = file.to_str().unwrap();
    let mut bootstrap = with_key(&db, &db.master_key());
    let made = run(bootstrap.args(["--mode", "production", "keys", "bootstrap", "--file", shown]));
    assert_eq!(made.code, Some(0), "{made:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    let value = |name: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    let mut command = command(&db);
    command.args(["--mode", "production", "--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
    let (_server, url) = listening(command);
    let [tenant, key, secret] = ["SIGMA_TENANT", "SIGMA_KEY", "SIGMA_SECRET"].map(value);
    let platform = crate::harness::client::Client::new(&url, &tenant, &key, &secret).in_v2();
    let owner = super::school(&platform, "riyadh").await.in_v2();
    for bad in
        ["http://localhost", "https://localhost.:8443", "https://a.localhost", "http://127.1"]
    {
        let answer = owner.put(SETTINGS, &json!({"moodle_base_url": bad})).await;
        assert_eq!(answer.status, 422, "{bad}: {}", answer.text);
    }
    let good = json!({"moodle_base_url": "https://moodle.school.example"});
    assert_eq!(owner.put(SETTINGS, &good).await.status, 200);
}
