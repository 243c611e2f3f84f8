//! Reads that lose no record: lists that are longer than their pages reach, records that move while a list is read, calls that
//! are refused, and records that a list does not show.

mod ceiling;
mod hidden;
mod moving;
mod refused;
mod restored;
mod rich;

use {
    crate::harness::school::School,
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// The operations of the ledger.
const LIST: &str = "GET /crm/v8/BTEC_Students";
const COQL: &str = "POST /crm/v8/coql";

/// Returns the ids of the records that a run has told of, and asserts that each is told once.
async fn told_once(school: &School, run: &Value) -> BTreeSet<String> {
    let items = school.items(run, "").await;
    let ids: BTreeSet<String> =
        items.iter().map(|item| item["zoho_id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(ids.len(), items.len(), "each record once: {run}");
    ids
}

/// Returns what a run found under a code, which is told once.
fn found(run: &Value, code: &str) -> String {
    let all = run["findings"].as_array().into_iter().flatten();
    let own: Vec<&Value> = all.filter(|one| one["code"] == code).collect();
    let [one] = own.as_slice() else { panic!("{code} is not told once: {run}") };
    one["message"].as_str().expect("a message").to_owned()
}

/// Asserts that each student of Zoho has an account.
async fn everybody_has_an_account(school: &School) {
    let users = school.moodle("users").await;
    let known: BTreeSet<&str> = users.iter().filter_map(|user| user["idnumber"].as_str()).collect();
    let missed: Vec<Value> = school
        .records("students")
        .await
        .into_iter()
        .map(|record| record["id"].clone())
        .filter(|id| !known.contains(id.as_str().expect("an id")))
        .collect();
    assert_eq!(json!(missed), json!([]));
}
