//! The history of a person, outcomes over all runs, their export, and what is deleted after a while.

mod cli;
mod export;
mod list;
mod person;
mod retention;
mod run;

use {
    crate::harness::{
        app::ended,
        client::{Answer, Client},
    },
    serde_json::{Value, json},
};

/// Writes a text for a query.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn find(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/extension/people?query={}", encoded(query))).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()["people"].as_array().expect("people").clone()
}

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let people = find(client, query).await;
    people.iter().map(|person| text(person, "person_id")).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Reads a list page by page.
async fn pages(client: &Client, target: &str, list: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let join = if target.contains('?') { '&' } else { '?' };
        let page = client.get(&format!("{target}{join}limit={limit}&page_token={token}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        let rows = page[list].as_array().expect("a list").clone();
        assert!(rows.len() <= limit);
        all.extend(rows);
        token = text(&page, "next_page_token");
        if token.is_empty() {
            return all;
        }
    }
}

fn place(item: &Value) -> (String, i64) {
    (text(item, "run_id"), item["place"].as_i64().expect("a place"))
}

/// Syncs every enabled module and waits for the end.
async fn sync_all(client: &Client) -> Vec<Value> {
    let started = client.post("/v1/extension/sync/run", &json!({})).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let started = started.json();
    let mut runs = Vec::new();
    for run in started["runs"].as_array().expect("runs") {
        runs.push(ended(client, run["run_id"].as_str().expect("an id")).await);
    }
    runs
}

async fn export(client: &Client, run: &str, form: &str) -> Answer {
    let answer = client.get(&format!("/v1/extension/runs/{run}/export{form}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}
