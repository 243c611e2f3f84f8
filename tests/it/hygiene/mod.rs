//! Small holes that were closed by kind: what takes the last way in away, what outlives what it came from, what is passed
//! over without a word, and what tells more than it must.

mod address;
mod audit;
mod authority;
mod canary;
mod document;
mod dump;
mod file;
mod known;
mod marked;
mod member;
mod page;
mod platform;
mod reload;
mod resume;
mod session;

use {
    crate::harness::client::{Answer, Client},
    serde_json::{Value, json},
};

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

fn ok(answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

/// Makes a tenant, and returns its owner.
async fn school(platform: &Client, id: &str) -> Client {
    let made = platform.post("/v1/extension/tenants", &json!({"tenant_id": id, "name": id})).await;
    let made = ok(&made);
    let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
    Client::new(&platform.url, id, &key, &secret)
}

/// Makes a key in a tenant.
async fn key(by: &Client, tenant: &str, roles: &[&str]) -> Client {
    let body = json!({"tenant_id": tenant, "name": "x", "roles": roles});
    let made = ok(&by.post("/v1/extension/keys", &body).await);
    Client::new(&by.url, tenant, &text(&made, "key_id"), &text(&made, "secret"))
}

/// The same caller at another server.
fn at(client: &Client, url: &str) -> Client {
    let mut client = client.clone();
    client.url = url.into();
    client
}
