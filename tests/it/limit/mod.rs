//! Limits of what callers may ask for in a time, and at once: the figures, what is left in the answers, and that they hold
//! for the one whose limit it is and for no other.

mod connection;
mod door;
mod rate;
mod sign_in;
mod stream;

use {
    crate::harness::client::{Answer, Client},
    serde_json::{Value, json},
    std::time::Instant,
};

const SETTINGS: &str = "/v1/extension/settings";
const KEYS: &str = "/v1/extension/keys";
const GET_SETTINGS: &str = "sigma.v1.SettingsService/GetSettings";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

fn ok(answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

/// Makes a tenant and returns a client with its first key.
async fn school(platform: &Client, id: &str) -> Client {
    let body = json!({"tenant_id": id, "name": id});
    let created = ok(platform.post("/v1/extension/tenants", &body).await);
    let secret = text(&created, "extension_api_secret");
    Client::new(&platform.url, id, &text(&created, "extension_api_key"), &secret)
}

/// The number in a header of an answer.
fn number(answer: &Answer, name: &str) -> u64 {
    answer.header(name).parse().unwrap_or_else(|_| panic!("{name}: {:?}", answer.headers))
}

/// Sends requests at the same time, and returns the answers and the greatest number that a limit of `rate` in a second
/// with bursts of `burst` allows in the time that it took.
async fn at_once<F: Future<Output = Answer>>(
    count: usize,
    (rate, burst): (u64, u64),
    send: impl Fn() -> F,
) -> (Vec<Answer>, u64) {
    let since = Instant::now();
    let answers = futures_util::future::join_all((0..count).map(|_| send())).await;
    let most = burst + (since.elapsed().as_secs() + 1) * rate;
    (answers, most)
}

fn with_status(answers: &[Answer], status: u16) -> u64 {
    answers.iter().filter(|answer| answer.status == status).count() as u64
}
