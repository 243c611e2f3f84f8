//! The address, the institution and the department of students, which Moodle stores beside the town: sent, read back,
//! kept and cleared like the other optional fields of an account.

use {
    super::{complete, settled},
    crate::harness::{
        db::kinds,
        school::{School, told, zoho_module},
    },
    serde_json::{Value, json},
};

/// Canonical field, with the same name in Moodle, and the field of Zoho that is mapped to it.
const FIELDS: [(&str, &str); 3] =
    [("address", "Address"), ("institution", "Major"), ("department", "Sub_Major")];

/// Returns the fields of an account that are not empty.
async fn account(school: &School, id: &str) -> Value {
    school.one(&format!("users?idnumber={id}")).await["more"].clone()
}

async fn mapped(school: &School) {
    for (canonical, field) in FIELDS {
        school.feed("students", canonical, field).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_the_address_the_institution_and_the_department_of_its_record() {
    for kind in kinds() {
        let school = School::new(kind, 8).await;
        // Accounts created before the fields were mapped are updated.
        complete(&school, &["students"]).await;
        let id = school.id("students", 1).await;
        assert_eq!(account(&school, &id).await.get("address"), None);
        mapped(&school).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 0, 8, 0, 0, 8]), "{run}");
        for number in 0..8 {
            let record = school.record("students", number).await;
            let account = account(&school, record["id"].as_str().unwrap()).await;
            for (canonical, field) in FIELDS {
                assert_eq!(account[canonical], record[field], "{canonical} of {record}");
            }
        }
        settled(&school, &["students"]).await;

        // One field changes, and only that is written; a line break becomes a space.
        let before = account(&school, &id).await;
        school.change("students", 1, json!({"Address": "1 Other Street\nBlock C"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 7, 1, 0, 0, 8]), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"].as_object().unwrap().keys().collect::<Vec<_>>(), ["address"]);
        let after = account(&school, &id).await;
        assert_eq!(after["address"], "1 Other Street Block C");
        assert_eq!(after["department"], before["department"]);

        // An empty field is cleared, and one that is left out stays.
        school.change("students", 1, json!({"Major": null, "Last_Name": "Other"})).await;
        let lacking = json!({
            "module": zoho_module("students"), "field": "Sub_Major", "ids": [id],
        });
        school.leave_out(json!([lacking])).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 7, 1, 0, 0, 8]), "{run}");
        let after = account(&school, &id).await;
        assert_eq!((after.get("institution"), &after["department"]), (None, &before["department"]));
        school.leave_out(json!([])).await;
        settled(&school, &["students"]).await;

        // Markup costs the field of its record or, where its row says so, the record, with the field's name.
        school.change("students", 2, json!({"Sub_Major": "<b>IT"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 8, 0, 0, 0, 8]), "{run}");
        let warned = &school.items(&run, "items_status=WARNED").await[0];
        let warning = json!({"field": "department", "code": "VALUE_HAS_MARKUP", "value": "<b>…"});
        assert_eq!(warned["warnings"], json!([warning]), "{warned}");
        school.on_invalid("students", "fail").await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [0, 7, 0, 1, 0, 8]), "{run}");
        let item = &school.items(&run, "items_status=FAILED").await[0];
        assert_eq!(item["code"], "VALUE_HAS_MARKUP", "{item}");
        assert!(item["message"].as_str().unwrap().contains("of department "), "{item}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_linked_is_written_only_where_it_differs() {
    for kind in kinds() {
        let school = School::new(kind, 6).await;
        mapped(&school).await;
        complete(&school, &["students"]).await;

        // If the token sees the fields of accounts, nothing is written.
        school.show_phones().await;
        let school = school.anew(kind).await;
        mapped(&school).await;
        school.forget().await;
        complete(&school, &["students"]).await;
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);

        // If it does not see the address, each account is written once with all values, and then left alone.
        let id = school.id("students", 3).await;
        let before = account(&school, &id).await;
        let school = school.anew(kind).await;
        mapped(&school).await;
        school.options(json!({"missing_capabilities": ["moodle/user:viewhiddendetails"]})).await;
        school.forget().await;
        complete(&school, &["students"]).await;
        assert_ne!(school.writes("moodle").await, 0);
        assert_eq!(account(&school, &id).await, before);
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}
