//! Compares a dry run of every module with the real run after it.

use {
    super::school::School,
    serde_json::{Value, json},
    std::collections::BTreeMap,
};

/// The result of each record, by module and id: its status, and what was done.
pub(crate) type Outcomes = BTreeMap<(String, String), (String, Value)>;

/// The comparison.
#[derive(Debug)]
pub(crate) struct Foresight {
    /// The results of the real run.
    pub(crate) done: Outcomes,
    /// Records in both.
    pub(crate) records: usize,
    /// Records with different results: the record, the prediction, the result.
    pub(crate) wrong: Vec<String>,
    /// Calls to Moodle, predicted and made.
    pub(crate) planned: i64,
    pub(crate) made: i64,
    /// Writes of the dry run into either system.
    pub(crate) written: u64,
    /// Functions that the dry run called.
    pub(crate) asked: Vec<String>,
}

/// Runs every module; returns the result of each record, and the calls to Moodle.
async fn run_all(school: &School, body: Value) -> (Outcomes, i64) {
    let (mut outcomes, mut calls) = (Outcomes::new(), 0);
    for run in school.all(body).await {
        let module = run["module_name"].as_str().expect("a name").to_owned();
        assert!(
            ["completed", "partial"].contains(&run["status"].as_str().expect("a word")),
            "{run}"
        );
        for item in school.items(&run, "").await {
            let key = (module.clone(), item["zoho_id"].as_str().expect("an id").to_owned());
            let outcome = (item["status"].as_str().expect("a word").to_owned(), item["op"].clone());
            assert_eq!(outcomes.insert(key, outcome), None, "told once: {item}");
        }
        calls += school.detail(&run).await.upstream.expect("calls").moodle_calls;
    }
    (outcomes, calls)
}

/// Runs everything dry and then really.
pub(crate) async fn compare(school: &School) -> Foresight {
    let before = school.counts().await;
    school.forget().await;
    let (said, planned) = run_all(school, json!({"dry_run": true})).await;
    let written = school.writes("moodle").await + school.writes("zoho").await;
    let ledger = school.ledger().await;
    let asked =
        ledger["moodle"]["operations"].as_object().expect("a ledger").keys().cloned().collect();
    assert_eq!(school.counts().await, before);
    let (done, made) = run_all(school, json!({})).await;
    assert_eq!(said.keys().collect::<Vec<_>>(), done.keys().collect::<Vec<_>>());
    let wrong = done
        .iter()
        .filter(|(key, outcome)| said.get(*key) != Some(*outcome))
        .map(|(key, outcome)| format!("{key:?}: {:?} was said, {outcome:?} came", said.get(key)))
        .collect();
    Foresight { records: done.len(), done, wrong, planned, made, written, asked }
}
