//! What a run finds about a field or a word is told once a run, with the number of records.

use {
    crate::harness::{
        db::kinds,
        school::{School, told, zoho_module},
    },
    serde_json::{Value, json},
};

/// Returns the findings of a run but those that are of other words of a field: code, field, word and number of records.
fn findings(run: &Value, word: &str) -> Vec<(String, String, String, i64)> {
    let all = run["findings"].as_array().cloned().unwrap_or_default();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    all.iter()
        .filter(|one| one["word"] == word)
        .map(|one| {
            let records = one["records"].as_i64().unwrap();
            (text(one, "code"), text(one, "field"), text(one, "word"), records)
        })
        .collect()
}

fn finding(code: &str, field: &str, word: &str, records: i64) -> (String, String, String, i64) {
    (code.to_owned(), field.to_owned(), word.to_owned(), records)
}

async fn is_suspended(school: &School, number: u32) -> Value {
    let id = school.id("students", number).await;
    school.one(&format!("users?idnumber={id}")).await["suspended"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_not_there_is_told_once() {
    for kind in kinds() {
        let school = School::new(kind, 1_300).await;
        let run = school.full("units").await;
        assert_eq!(run.get("findings"), None, "absent where there are none: {run}");
        let run = school.full("students").await;
        assert_eq!(told(&run).1[0], 1_300);
        assert_eq!(findings(&run, ""), []);

        let path = "/v1/extension/mappings/students";
        let mut rows = school.client.get(path).await.json();
        let row = json!({
            "canonical_field": "city", "zoho_field_api_name": "Home_Town", "required": false,
            "default_value": null, "transform_rules": {},
        });
        rows.as_array_mut().unwrap().push(row);
        assert_eq!(school.client.put(path, &json!({ "mappings": rows })).await.status, 200);
        // Some records of the two slices lack a field that others have.
        let mut ids = Vec::new();
        for number in [5, 700, 1_200] {
            ids.push(school.id("students", number).await);
        }
        let out = json!({"module": zoho_module("students"), "field": "Phone_Number", "ids": ids});
        school.leave_out(json!([out])).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 1_300, 0, 0, 0, 1_300]), "{run}");
        let expected = [
            finding("FIELD_LEFT_OUT", "phone", "", 3),
            finding("FIELD_NOT_IN_SOURCE", "Home_Town", "", 0),
        ];
        assert_eq!(findings(&run, ""), expected, "{run}");
        let told = |code: &str| {
            let all = run["findings"].as_array().unwrap();
            all.iter().find(|one| one["code"] == code).unwrap().clone()
        };
        assert_eq!(told("FIELD_LEFT_OUT")["sample"], ids[0].as_str(), "{run}");
        let message = told("FIELD_NOT_IN_SOURCE")["message"].as_str().unwrap().to_owned();
        assert!(message.contains("Home_Town") && message.contains("city"), "{message}");
        let dry = school.run("students", json!({"dry_run": true})).await;
        assert_eq!(findings(&dry, ""), expected, "{dry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_is_not_known_opens_and_closes_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        school.change("students", 3, json!({"Status": "Suspended"})).await;
        // What is not seen at the end of a word is not a part of it.
        school.change("students", 4, json!({"Status": "Inactive\u{200f} "})).await;
        assert_eq!(told(&school.full("students").await), ("completed", [40, 0, 0, 0, 0, 40]));
        assert_eq!(is_suspended(&school, 3).await, true);
        assert_eq!(is_suspended(&school, 4).await, true);
        for number in [3, 4, 9] {
            school.change("students", number, json!({"Status": "Course completed"})).await;
        }
        school.change("students", 10, json!({"Status": "enrolled"})).await;
        school.forget().await;
        for _ in 0..2 {
            let run = school.full("students").await;
            assert_eq!(told(&run), ("completed", [0, 40, 0, 0, 0, 40]), "{run}");
            let word = finding("STATUS_UNKNOWN", "status", "Course completed", 3);
            assert_eq!(findings(&run, "Course completed"), [word], "{run}");
        }
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
        assert_eq!(is_suspended(&school, 3).await, true);
        assert_ne!(is_suspended(&school, 9).await, true);
        // A known word opens it again.
        school.change("students", 3, json!({"Status": "Active"})).await;
        assert_eq!(told(&school.full("students").await).1[2], 1);
        assert_ne!(is_suspended(&school, 3).await, true);
        school.stop().await;
    }
}
