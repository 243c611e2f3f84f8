//! Fields that a school never had: they stop no record, take no default, and are written from the day on which they
//! first come.

use {
    super::{ABSENT, account, all_of_moodle, gone, hidden, stopped},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Changes an account, as an administrator would.
async fn by_hand(school: &School, number: u32, field: &str, value: &str) {
    let user = account(school, number).await["id"].to_string();
    let name = format!("users[0][{field}]");
    school.call("core_user_update_users", &[("users[0][id]", &user), (&name, value)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_that_never_had_a_field_is_synced_without_it() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        let never = [
            gone("students", "Phone_Number"),
            gone("students", "Status"),
            gone("students", "First_Name"),
            gone("students", "Last_Name"),
        ];
        school.leave_out(json!(never)).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [40, 0, 0, 0, 0, 40]), "{run}");
        for item in school.items(&run, "").await {
            let diff = item["diff"].as_object().unwrap();
            assert!(!diff.contains_key("phone") && !diff.contains_key("status"), "{item}");
            assert!(diff.contains_key("first_name"), "taken from the display name: {item}");
        }
        assert!(school.moodle("users").await.iter().all(|user| user["suspended"] != true));
        // A value that is set there by hand stays, also when another field is written.
        by_hand(&school, 3, "phone1", "+999 7").await;
        by_hand(&school, 4, "suspended", "1").await;
        let before = all_of_moodle(&school).await;
        school.forget().await;
        for body in [json!({}), json!({"scope": "changes"})] {
            let run = school.run("students", body).await;
            let (status, [new, _, updated, failed, ..]) = told(&run);
            assert_eq!((status, new, updated, failed), ("completed", 0, 0, 0), "{run}");
        }
        assert_eq!((school.writes("moodle").await, all_of_moodle(&school).await), (0, before));
        for number in [3, 4] {
            school.change("students", number, json!({"Display_Name": "Another Name"})).await;
        }
        assert_eq!(told(&school.full("students").await).1, [0, 38, 2, 0, 0, 40]);
        let (third, fourth) = (account(&school, 3).await, account(&school, 4).await);
        assert_eq!(
            (&third["more"]["phone1"], &third["lastname"]),
            (&json!("+999 7"), &json!("Name"))
        );
        assert_eq!((&fourth["suspended"], &fourth["lastname"]), (&json!(true), &json!("Name")));

        // The school gets the field: its values are written, and records without a value change nothing.
        school.unbraked("students").await;
        school.change("students", 9, json!({"Phone_Number": null})).await;
        school.leave_out(json!(never[1..])).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 1, 39, 0, 0, 40]), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"].as_object().unwrap().keys().collect::<Vec<_>>(), ["phone"]);
        let phone = school.record("students", 3).await["Phone_Number"].clone();
        assert_eq!(account(&school, 3).await["more"]["phone1"], phone);
        // From now on it belongs to the school.
        school.leave_out(json!(never)).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_the_module_is_described_with_is_missed_from_the_first_record_on() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.leave_out(json!([hidden("students", "Phone_Number")])).await;
        for body in [json!({"dry_run": true}), json!({})] {
            let run = school.run("students", body).await;
            stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        }
        assert_eq!(
            (school.counts().await["users"].clone(), school.writes("moodle").await),
            (json!(0), 0)
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_field_that_is_nowhere_stops_the_run_and_not_each_record() {
    for kind in kinds() {
        let school = School::new(kind, 300).await;
        school.leave_out(json!([gone("students", "Academic_Email")])).await;
        for body in [json!({"dry_run": true}), json!({}), json!({"scope": "changes"})] {
            let run = school.run("students", body).await;
            stopped(&school, &run, &[("Academic_Email", "academic_email")]).await;
            assert!(run["error_summary"].as_str().unwrap().contains("username"), "{run}");
        }
        // Names come from one of two fields; without both, no record has a name.
        school
            .leave_out(json!([
                gone("students", "Display_Name"),
                gone("students", "First_Name"),
                gone("students", "Last_Name"),
            ]))
            .await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("First_Name", "first_name"), ("Display_Name", "display_name")])
            .await;
        assert_eq!(school.counts().await["users"], 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_that_cannot_be_had_is_not_one_without_the_field() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        let fields = "/crm/v8/settings/fields";
        let fault = |status: u16, times: u32| {
            json!({
                "target": "zoho", "kind": "status", "status": status, "times": times,
                "function": fields,
            })
        };
        // The description may not be read: an unknown field is left alone, as at a school that has no such field.
        school.fault(fault(403, 0)).await;
        school.leave_out(json!([hidden("students", "Phone_Number")])).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [10, 0, 0, 0, 0, 10]), "{run}");
        assert!(school.moodle("users").await.iter().all(|user| user["more"]["phone1"].is_null()));
        school.mend().await;
        // The description does not come at the moment: the run waits for it.
        school.fault(fault(500, 2)).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        assert_eq!(school.faults().await[0]["fired"], 2);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_may_name_the_fields_of_several_schools() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let path = "/v1/extension/mappings/students";
        let mut rows = school.client.get(path).await.json();
        for row in rows.as_array_mut().unwrap() {
            match row["canonical_field"].as_str().unwrap() {
                "phone" => {
                    let sources = json!({"sources": ["Mobile_Number", "Phone_Number"]});
                    row["transform_rules"] = json!({"type": "coalesce", "params": sources});
                }
                // A fixed word needs no field.
                "status" => {
                    row["transform_rules"] = json!({"type": "cel", "params": {"expr": "'Active'"}});
                    row["zoho_field_api_name"] = json!("Nothing");
                }
                _ => {}
            }
        }
        let put = school.client.put(path, &json!({ "mappings": rows })).await;
        assert_eq!(put.status, 200, "{}", put.text);
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [20, 0, 0, 0, 0, 20]), "{run}");
        let phone = school.record("students", 3).await["Phone_Number"].clone();
        assert_eq!(account(&school, 3).await["more"]["phone1"], phone);
        let items: Vec<Value> = school.items(&run, "").await;
        assert!(items.iter().all(|item| item["diff"]["status"][1] == "Active"), "{items:?}");
        // The one that the school has counts as missing, like any other.
        school.leave_out(json!([gone("students", "Phone_Number")])).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        assert_eq!(school.detail(&run).await.error_code(), ABSENT);
        school.stop().await;
    }
}
