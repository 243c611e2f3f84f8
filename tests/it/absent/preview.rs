//! Fields that a record lacks, in a preview and in a stored test.

use {
    super::{ABSENT, hidden},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_tells_what_is_not_said_from_what_is_empty() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        let path = "/v1/extension/mappings/students";
        let preview = async |body: Value| {
            let answer = school.client.post(&format!("{path}/preview"), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()
        };
        let row = |shown: &Value, name: &str| {
            let rows = shown["rows"].as_array().unwrap();
            rows.iter().find(|row| row["canonical_field"] == name).unwrap().clone()
        };
        let pasted = json!({
            "Academic_Email": "sara@x.edu", "Display_Name": "Sara Haddad", "Phone_Number": null,
        });
        let shown = preview(json!({ "record": pasted })).await;
        let phone = row(&shown, "phone");
        assert_eq!((&phone["input"], &phone["result"]), (&json!("null"), &json!("null")));
        let status = row(&shown, "status");
        assert_eq!((&status["result"], &status["failure"]), (&Value::Null, &Value::Null));
        assert_eq!((&status["input"], &status["steps"]), (&json!("null"), &json!([])));
        let canonical = shown["canonical"].as_object().unwrap();
        assert!(canonical.contains_key("phone") && !canonical.contains_key("status"), "{shown}");
        let shown = preview(json!({"record": {"Display_Name": "Sara Haddad"}})).await;
        assert_eq!(shown["failure"]["code"], "MAPPING_REQUIRED_MISSING", "{shown}");

        // A known field that is missing from a record counts as missing.
        assert_eq!(told(&school.full("students").await).1[0], 5);
        let id = school.id("students", 1).await;
        assert_eq!(preview(json!({ "zoho_id": id })).await["failure"], Value::Null);
        school.leave_out(json!([hidden("students", "Status")])).await;
        let shown = preview(json!({ "zoho_id": id })).await;
        assert_eq!(
            (&shown["canonical"], &shown["failure"]["code"], &shown["failure"]["field"]),
            (&Value::Null, &json!(ABSENT), &json!("status")),
            "{shown}"
        );

        // A stored test need not give a whole record: a field that it leaves out is empty.
        let rows = school.client.get(path).await.json();
        let given = json!({"Academic_Email": "sara@x.edu", "Display_Name": "Sara Haddad"});
        let test = json!({"given": given, "expect": {"status": "Active", "phone": null}});
        let body = json!({"mappings": rows, "tests": {"tests": [test]}});
        let saved = school.client.put(path, &body).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        school.stop().await;
    }
}
