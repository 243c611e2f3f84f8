//! The sandbox's own controls, and the facts in its ledger.

use {
    serde_json::{Value, json},
    sigma_sync_sandbox::Sandbox,
};

/// Talks to the sandbox's own controls.
#[derive(Debug, Clone)]
pub(crate) struct Controls(pub(crate) reqwest::Client);

#[expect(clippy::disallowed_methods, reason = "a test's own client")]
impl Controls {
    pub(crate) fn new() -> Self {
        let _second_call = rustls::crypto::ring::default_provider().install_default();
        Self(reqwest::Client::builder().no_proxy().build().expect("a client"))
    }
}

impl Controls {
    pub(crate) async fn ask(&self, verb: &str, url: String, body: Value) -> Value {
        let (status, answer) = self.answer(verb, url, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Returns status and body, also of a refusal.
    pub(crate) async fn answer(&self, verb: &str, url: String, body: Value) -> (u16, Value) {
        let request =
            self.0.request(verb.parse().unwrap(), url).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub(crate) async fn ledger(&self, school: &Sandbox) -> Value {
        self.ask("GET", format!("{}/_sandbox/ledger", school.moodle_url()), json!({})).await
    }

    pub(crate) async fn fault(&self, school: &Sandbox, fault: Value) {
        self.ask("POST", format!("{}/_sandbox/faults", school.zoho_url()), fault).await;
    }

    pub(crate) async fn student(&self, school: &Sandbox, number: u32, change: Value) {
        self.ask("PUT", format!("{}/_sandbox/zoho/students/{number}", school.zoho_url()), change)
            .await;
    }
}

/// Users created, updated, and duplicates by source id.
pub(crate) fn written(ledger: &Value) -> [i64; 3] {
    let moodle = &ledger["moodle"];
    // The ledger has a kind of write only after the first of its kind.
    let count = |kind| {
        moodle["written"]
            .as_object()
            .expect("a ledger")
            .get(kind)
            .map_or(0, |count| count.as_i64().expect("a count"))
    };
    let doubled = moodle["duplicate_idnumbers"].as_i64().expect("a count");
    [count("created"), count("updated"), doubled]
}
