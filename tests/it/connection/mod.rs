//! Trying a connection, stage by stage, against everything that the emulated systems can do wrong; and the first steps of a
//! new school.

mod checklist;
mod moodle;
mod zoho;

use {
    crate::harness::{client::Client, db::kinds, school::School},
    serde_json::{Value, json},
    std::net::TcpListener,
};

const TEST: &str = "/v1/extension/settings/test";
const STAGES: [&str; 4] = ["address", "sign_in", "access", "sample"];

/// Tries a connection and returns its stages.
async fn tried(client: &Client, provider: &str, draft: Value) -> Vec<Value> {
    let answer = client.post(TEST, &json!({"provider": provider, "draft": draft})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let line = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"))["stage"].take()
    };
    let stages: Vec<Value> = answer.text.lines().map(line).collect();
    let names: Vec<&str> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
    assert_eq!(names, STAGES, "{}", answer.text);
    for stage in &stages {
        let (state, code) = (stage["state"].as_str().unwrap(), stage.get("code"));
        assert_eq!(stage.get("ms").is_some(), state != "not_tried", "{stage}");
        assert_eq!(code.is_some(), matches!(state, "failed" | "warned"), "{stage}");
        assert_eq!(stage.get("remedy").is_some(), code.is_some(), "{stage}");
        let has_text = stage["message"].as_str().is_some_and(|text| !text.is_empty());
        assert_eq!(has_text, state != "not_tried", "{stage}");
    }
    stages
}

/// Checks how each stage has ended: `passed`, `warned CODE` or `failed CODE`; what follows a failure was not tried.
fn are(what: &str, stages: &[Value], wanted: &[&str]) {
    let told: Vec<String> = stages
        .iter()
        .map(|stage| match stage["code"].as_str() {
            Some(code) => format!("{} {code}", stage["state"].as_str().unwrap()),
            None => stage["state"].as_str().unwrap().to_owned(),
        })
        .collect();
    let mut wanted: Vec<&str> = wanted.to_vec();
    wanted.resize(STAGES.len(), "not_tried");
    assert_eq!(told, wanted, "{what}: {stages:#?}");
}

/// Returns what a stage has found missing: kind, name and modules.
fn missing(stage: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let missing = stage["missing"].as_array().expect("a list").iter();
    missing
        .map(|one| {
            assert!(!text(&one["where"]).is_empty(), "{one}");
            let modules = one["modules"].as_array().expect("modules").iter().map(text);
            let modules = modules.collect::<Vec<_>>().join(" ");
            (text(&one["kind"]), text(&one["name"]), modules)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_secret_goes_to_no_other_address() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        trap.set_nonblocking(true).unwrap();
        let address = format!("http://{}", trap.local_addr().unwrap());
        for (provider, field, secret) in [
            ("moodle", "moodle_base_url", "moodle_api_token"),
            ("zoho", "zoho_api_domain", "zoho_refresh_token"),
            ("zoho", "zoho_accounts_url", "zoho_client_secret"),
            // Nor while the other system is tried.
            ("zoho", "moodle_base_url", "moodle_api_token"),
        ] {
            let body = json!({"provider": provider, "draft": {field: address}});
            let refused = school.client.post(TEST, &body).await;
            assert!(matches!(refused.status, 400 | 422), "{}", refused.text);
            assert!(
                refused.text.contains(&format!("draft.{secret}")) || refused.text.contains(secret)
            );
            assert!(refused.text.contains("given for another address"), "{}", refused.text);
            assert!(trap.accept().is_err(), "{field}: a connection was made");
        }
        for (body, field) in [
            (json!({"provider": "sigma"}), "provider"),
            (json!({}), "provider"),
            (
                json!({"provider": "moodle", "draft": {"moodle_base_url": "ftp://x"}}),
                "moodle_base_url",
            ),
            (
                json!({"provider": "moodle", "draft": {"moodle_base_url": "http://10.0.0.1"}}),
                "moodle_base_url",
            ),
            (
                json!({"provider": "moodle", "draft": {"moodle_api_token": "x".repeat(501)}}),
                "moodle_api_token",
            ),
            (
                json!({"provider": "zoho", "draft": {"zoho_api_domain": "https://evil.example"}}),
                "zoho_api_domain",
            ),
        ] {
            let refused = school.client.post(TEST, &body).await;
            assert!(matches!(refused.status, 400 | 422), "{body}: {}", refused.text);
            assert!(refused.text.contains(field), "{body}: {}", refused.text);
        }
        assert!(trap.accept().is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_tried_and_not_stored() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let settings = school.client.get("/v1/extension/settings").await.text;
        let rows = async || {
            let tokens = school.db.number("SELECT count(*) AS n FROM oauth_tokens").await;
            let entries = school.db.number("SELECT count(*) AS n FROM audit_entries").await;
            let draft = school
                .db
                .number(
                    "SELECT count(*) AS n FROM integration_settings WHERE zoho_client_id = 'draft'",
                )
                .await;
            (tokens, entries, draft)
        };
        let before = rows().await;
        let own = school.sandbox.credentials();
        let draft = json!({"zoho_client_id": "draft"});
        are(
            "a client",
            &tried(&school.client, "zoho", draft).await,
            &["passed", "failed ZOHO_CLIENT_REFUSED"],
        );
        // The whole of what is stored, typed once more with other letters of the host, works as a draft.
        let address = school.sandbox.zoho_url().replace("127.0.0.1", "localhost");
        let draft = json!({
            "zoho_accounts_url": address, "zoho_api_domain": address, "zoho_client_id": own.zoho_client_id,
            "zoho_client_secret": own.zoho_client_secret, "zoho_refresh_token": own.zoho_refresh_token,
        });
        are("a draft", &tried(&school.client, "zoho", draft).await, &["passed"; 4]);
        let draft = json!({"moodle_api_token": "draft-of-a-token"});
        let wanted = ["passed", "failed MOODLE_TOKEN_INVALID"];
        are("a token", &tried(&school.client, "moodle", draft).await, &wanted);
        let masked = json!({"moodle_api_token": "••••••••"});
        are("a mask", &tried(&school.client, "moodle", masked).await, &["passed"; 4]);
        let cleared = tried(&school.client, "moodle", json!({"moodle_api_token": ""})).await;
        are("no token", &cleared, &["passed", "failed MOODLE_NOT_CONFIGURED"]);
        assert_eq!(rows().await, before, "{kind:?}");
        assert_eq!(school.client.get("/v1/extension/settings").await.text, settings);
        // What it took is counted as what runs take.
        let usage = school.client.get("/v1/extension/usage").await.json();
        for system in usage.as_array().unwrap() {
            assert!(system["calls"].as_i64().unwrap() >= 10, "{kind:?} {usage}");
        }
    }
}
