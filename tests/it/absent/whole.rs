//! Whole reads of students: fields that came before and no longer come, at once or in a later page.

use {
    super::{account, all_of_moodle, gone, hidden, lacking, stopped},
    crate::harness::{
        db::kinds,
        school::{School, told, zoho_module},
    },
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// A run of each sort; each of them reads records.
async fn sorts(school: &School) -> [Value; 4] {
    let ids = [school.id("students", 3).await, school.id("students", 7).await];
    [json!({}), json!({"dry_run": true}), json!({"scope": "changes"}), json!({ "ids": ids })]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_are_kept_back_wipe_nothing_and_open_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 300).await;
        for number in [3, 50, 120, 250, 299] {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        assert_eq!(told(&school.full("students").await), ("completed", [300, 0, 0, 0, 0, 300]));
        let before = all_of_moodle(&school).await;
        school.forget().await;
        // Hidden from the rows only, and missing from the description of the module as well.
        for out in [hidden, gone] {
            school
                .leave_out(json!([out("students", "Phone_Number"), out("students", "Status")]))
                .await;
            for sort in sorts(&school).await {
                let run = school.run("students", sort).await;
                let fields = [("Phone_Number", "phone"), ("Status", "status")];
                stopped(&school, &run, &fields).await;
            }
        }
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
        assert_eq!(all_of_moodle(&school).await, before);

        // Another process, which has read the description again, knows it too.
        let mut school = school;
        school.restart();
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone"), ("Status", "status")]).await;

        // Once they are visible again it continues where it stopped, and takes up what was decided meanwhile.
        school.leave_out(json!([])).await;
        assert_eq!(told(&school.full("students").await), ("completed", [0, 300, 0, 0, 0, 300]));
        assert_eq!(school.writes("moodle").await, 0);
        school.leave_out(json!([hidden("students", "Status")])).await;
        school.change("students", 50, json!({"Status": "Active"})).await;
        school.change("students", 51, json!({"Status": "Suspended"})).await;
        for _ in 0..2 {
            stopped(&school, &school.full("students").await, &[("Status", "status")]).await;
        }
        school.leave_out(json!([])).await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        let closed =
            school.moodle("users").await.into_iter().filter(|user| user["suspended"] == true);
        let closed: BTreeSet<String> =
            closed.map(|user| user["idnumber"].as_str().unwrap().to_owned()).collect();
        let mut expected = BTreeSet::new();
        for number in [3, 51, 120, 250, 299] {
            expected.insert(school.id("students", number).await);
        }
        assert_eq!(closed, expected);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_taken_out_of_the_mapping_lets_the_run_go_on_and_wipes_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        assert_eq!(told(&school.full("students").await).1[0], 30);
        school.leave_out(json!([gone("students", "Phone_Number")])).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        let before = all_of_moodle(&school).await;
        let path = "/v1/extension/mappings/students";
        let mut rows = school.client.get(path).await.json();
        rows.as_array_mut().unwrap().retain(|row| row["canonical_field"] != "phone");
        assert_eq!(school.client.put(path, &json!({ "mappings": rows })).await.status, 200);
        assert_eq!(told(&school.full("students").await), ("completed", [0, 30, 0, 0, 0, 30]));
        assert_eq!(all_of_moodle(&school).await, before, "the phones stay");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_field_is_emptied_and_takes_its_default() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.change("students", 5, json!({"Status": "Suspended"})).await;
        assert_eq!(told(&school.full("students").await).1[0], 20);
        assert_eq!(account(&school, 5).await["suspended"], true);
        school.change("students", 5, json!({"Status": null, "Phone_Number": null})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 19, 1, 0, 0, 20]), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"]["status"], json!(["Suspended", "Active"]));
        assert_eq!(item["diff"]["phone"][1], Value::Null);
        let account = account(&school, 5).await;
        assert_ne!(account["suspended"], true);
        assert!(account["more"]["phone1"].as_str().is_none_or(str::is_empty), "{account}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_vanishes_in_a_later_page_stops_the_run_before_that_slice() {
    for kind in kinds() {
        let school = School::new(kind, 1_000).await;
        assert_eq!(told(&school.full("students").await).1[0], 1_000);
        let from = |number: u32| {
            let mut out = hidden("students", "Status");
            out["from"] = json!(number);
            json!([out])
        };
        for number in [10, 450, 650, 900] {
            let phone = json!({"Phone_Number": format!("+999 1 {number}")});
            school.change("students", number, phone).await;
        }
        // The second page of the first slice lacks it: nothing at all is written.
        school.leave_out(from(200)).await;
        school.forget().await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Status", "status")]).await;
        assert_eq!(school.writes("moodle").await, 0);
        // The last page, in the second slice, lacks it: the first slice is kept.
        school.leave_out(from(800)).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("failed", [0, 598, 2, 0, 0, 600]), "{run}");
        assert_eq!(school.detail(&run).await.error_code(), super::ABSENT);
        assert_eq!(school.writes("moodle").await, 2);
        school.leave_out(json!([])).await;
        assert_eq!(told(&school.full("students").await).1, [0, 998, 2, 0, 0, 1_000]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_comes_and_goes_within_a_read_is_missed() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        let all = school.records("students").await;
        let ids = |from: usize, to: usize| -> Vec<String> {
            let page = all.iter().take(to).skip(from);
            page.map(|record| record["id"].as_str().unwrap().to_owned()).collect()
        };
        let undescribed = json!({
            "module": zoho_module("students"), "field": "Phone_Number", "of": ["metadata"],
        });
        // The field is unknown at the first page; the second page has it, and the third does not.
        let (first, third) = (ids(0, 200), ids(400, 450));
        let pages = [&first, &third].map(|ids| lacking("students", "Phone_Number", ids));
        school.leave_out(json!([undescribed, pages[0], pages[1]])).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        // If the field stays, the records of the first page are created without it and completed later.
        school.leave_out(json!([undescribed, pages[0]])).await;
        assert_eq!(told(&school.full("students").await), ("completed", [450, 0, 0, 0, 0, 450]));
        assert!(account(&school, 3).await["more"]["phone1"].is_null());
        school.leave_out(json!([])).await;
        assert_eq!(told(&school.full("students").await).1, [0, 250, 200, 0, 0, 450]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_read_is_no_exception() {
    for kind in kinds() {
        // More records than a first read takes from lists; no account is created, so that it takes no time.
        let school = School::new(kind, 10_050).await;
        school.layout("students", json!({"create_users": false})).await;
        let column = json!({
            "module": zoho_module("students"), "field": "Phone_Number", "of": ["bulk"],
        });
        let undescribed = json!({
            "module": zoho_module("students"), "field": "Phone_Number", "of": ["metadata"],
        });
        // Described, but without a column in the file.
        school.leave_out(json!([column])).await;
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        // One record has been read by itself, with the field; then the field is no longer described and cannot be
        // requested.
        school.leave_out(json!([])).await;
        let ids = [school.id("students", 1).await];
        assert_eq!(told(&school.run("students", json!({ "ids": ids })).await).1[4], 1);
        let mut school = school;
        school.leave_out(json!([undescribed])).await;
        school.restart();
        let run = school.full("students").await;
        stopped(&school, &run, &[("Phone_Number", "phone")]).await;
        assert_eq!(school.writes("moodle").await, 0);
        // With the field the run succeeds.
        school.leave_out(json!([])).await;
        school.restart();
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 0, 0, 0, 10_050, 10_050]), "{run}");
        let ledger = school.ledger().await;
        assert!(ledger["zoho"]["operations"]["POST /crm/bulk/v8/read"].as_u64() >= Some(2));
        school.stop().await;
    }
}
