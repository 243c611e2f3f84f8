//! How a record, a run and a school stand: records and their explanation, summaries, calls behind failures, the overview and
//! its figures, and saved views.

mod exchange;
mod record;
mod stand;
mod summary;
mod view;

use {crate::harness::school::School, serde_json::Value};

/// Reads what a path shows.
async fn shown(school: &School, path: &str) -> Value {
    let answer = school.client.get(&format!("/v1/extension/{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("no {name} in {value}"))
}
