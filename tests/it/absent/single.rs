//! Single records that lack a field that others have: the value in Moodle stays, and if the field must be known, only
//! that record fails.

use {
    super::{ABSENT, account, all_of_moodle, lacking},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_lacks_a_field_keeps_what_stands() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        for number in [5, 6] {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        assert_eq!(told(&school.full("students").await).1[0], 60);
        let mut ids = Vec::new();
        for number in 0..10 {
            ids.push(school.id("students", number).await);
        }
        // Optional: the rest of the record is written.
        let phone = account(&school, 1).await["more"]["phone1"].clone();
        school.change("students", 1, json!({"Last_Name": "Other", "Phone_Number": "+999 9"})).await;
        school.leave_out(json!([lacking("students", "Phone_Number", &ids)])).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 59, 1, 0, 0, 60]), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"].as_object().unwrap().keys().collect::<Vec<_>>(), ["last_name"]);
        let one = account(&school, 1).await;
        assert_eq!((&one["more"]["phone1"], &one["lastname"]), (&phone, &json!("Other")));

        // The status, and required fields: the record fails by itself, with the field's name. Another changed record
        // has the field.
        school.change("students", 30, json!({"City": "Karak"})).await;
        let before = all_of_moodle(&school).await;
        school.forget().await;
        for (field, canonical) in [("Status", "status"), ("Academic_Email", "academic_email")] {
            school.leave_out(json!([lacking("students", field, &ids)])).await;
            for body in [json!({"dry_run": true}), json!({}), json!({"scope": "changes"})] {
                let run = school.run("students", body).await;
                let (status, [new, _, updated, failed, ..]) = told(&run);
                let failures = if run["counts"]["total"] == 60 { 10 } else { 3 };
                assert_eq!((status, new, updated, failed), ("partial", 0, 0, failures), "{run}");
                for item in school.items(&run, "items_status=FAILED").await {
                    assert_eq!(item["code"], ABSENT, "{item}");
                    let message = item["message"].as_str().unwrap();
                    assert!(message.contains(field) && message.contains(canonical), "{message}");
                }
            }
        }
        assert_eq!((school.writes("moodle").await, all_of_moodle(&school).await), (0, before));
        // They can still be found by name.
        let name = school.record("students", 7).await["Display_Name"].as_str().unwrap().to_owned();
        let query: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let people = school.client.get(&format!("/v1/extension/people?query={query}")).await;
        assert!(people.text.contains(&ids[7]), "{}", people.text);

        // A retry processes them when the field is back.
        let run = school.full("students").await;
        school.leave_out(json!([])).await;
        let retry = school.decide(&run, "retry", json!({"codes": [ABSENT]})).await;
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&retry), ("completed", [0, 9, 1, 0, 0, 10]), "{retry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_record_that_lacks_a_field_is_made_without_it() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        assert_eq!(told(&school.full("students").await).1[0], 10);
        let student = |name: &str| {
            json!({
                "Academic_Email": format!("{name}@college.example"), "Display_Name": "New One",
                "Phone_Number": "+999 8", "Status": "Suspended",
            })
        };
        let first = school.add("students", student("first")).await;
        let second = school.add("students", student("second")).await;
        let out = json!([
            lacking("students", "Phone_Number", std::slice::from_ref(&first)),
            lacking("students", "Status", std::slice::from_ref(&second)),
        ]);
        school.leave_out(out).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [1, 10, 0, 1, 0, 12]), "{run}");
        let made = school.one(&format!("users?idnumber={first}")).await;
        assert_eq!((&made["suspended"], &made["more"]["phone1"]), (&json!(true), &json!(null)));
        assert!(school.moodle(&format!("users?idnumber={second}")).await.is_empty());
        assert_eq!(told(&school.full("students").await).1, [0, 11, 0, 1, 0, 12]);
        school.leave_out(json!([])).await;
        assert_eq!(told(&school.full("students").await).1, [1, 10, 1, 0, 0, 12]);
        let made = school.one(&format!("users?idnumber={second}")).await;
        assert_eq!((&made["suspended"], &made["more"]["phone1"]), (&json!(true), &json!("+999 8")));
        school.stop().await;
    }
}
