//! Reads that Zoho refuses to a connection that may read its lists.

use {
    super::{COQL, LIST, everybody_has_an_account, found, told_once},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
    std::time::Duration,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_the_deleted_that_is_refused_costs_nothing_else() {
    for kind in kinds() {
        let school = School::new(kind, 300).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        let gone = school.id("students", 10).await;
        school.delete("students", 10, false).await;
        school.later(7_200).await;
        school.change("students", 5, json!({"Phone_Number": "+999 6"})).await;
        school
            .fault(json!({
                "target": "zoho", "kind": "status", "status": 403, "times": 0,
                "function": format!("{LIST}/deleted"),
            }))
            .await;
        let run = school.changes("students").await;
        assert_eq!((&run["status"], told(&run).1[2]), (&json!("partial"), 1), "{run}");
        let detail = school.detail(&run).await;
        assert_eq!(detail.error_code(), "DELETED_LIST_REFUSED");
        assert!(detail.error_summary().contains("NO_PERMISSION"), "{}", detail.error_summary());

        // Once it is allowed, the next run of changes finds what was deleted meanwhile.
        school.mend().await;
        school.later(7_200).await;
        let run = school.changes("students").await;
        assert_eq!((&run["status"], &run["removals"]["applied"]), (&json!("completed"), &json!(1)));
        assert_eq!(school.one(&format!("users?idnumber={gone}")).await["suspended"], true);

        // A whole run finds it by absence.
        let gone = school.id("students", 20).await;
        school.delete("students", 20, false).await;
        school
            .fault(json!({
                "target": "zoho", "kind": "status", "status": 403, "times": 0,
                "function": format!("{LIST}/deleted"),
            }))
            .await;
        let run = school.full("students").await;
        assert_eq!((&run["status"], &run["removals"]["applied"]), (&json!("partial"), &json!(1)));
        assert_eq!(school.one(&format!("users?idnumber={gone}")).await["suspended"], true);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_queries_are_refused_lists_do_and_the_scope_is_named() {
    for kind in kinds() {
        for missing in [0, 450] {
            let school = School::new(kind, missing).await;
            school.options(json!({"missing_scopes": ["ZohoCRM.coql.READ"]})).await;
            let run = school.full("students").await;
            let wanted = i64::from(missing);
            assert_eq!(told(&run), ("completed", [wanted, 0, 0, 0, 0, wanted]), "{run}");
            assert_eq!(run["error_summary"], Value::Null, "{run}");
            let text = found(&run, "SOURCE_READ_REFUSED");
            assert!(text.contains("ZohoCRM.coql.READ"), "{text}");
            everybody_has_an_account(&school).await;
            // Behind the ceiling there is no other way: the run says which scope it is.
            if missing > 0 {
                school.options(json!({"page_token_reach": 200})).await;
                let run = school.full("students").await;
                let detail = school.detail(&run).await;
                assert_eq!(detail.error_code(), "ZOHO_SCOPE_MISSING", "{run}");
                assert!(detail.error_summary().contains("ZohoCRM.coql.READ"), "{run}");
            }
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_list_that_cannot_be_confirmed_removes_nobody() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        school.options(json!({"missing_scopes": ["ZohoCRM.coql.READ"]})).await;
        for number in 0..3 {
            school.delete("students", number, true).await;
        }
        let run = school.full("students").await;
        assert_eq!(school.detail(&run).await.error_code(), "SOURCE_EMPTY_UNEXPECTED", "{run}");
        assert!(run["removals"].is_null(), "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_bulk_reads_are_refused_lists_do_and_the_scope_is_named() {
    for kind in kinds() {
        let school = School::new(kind, 10_050).await;
        school.options(json!({"missing_scopes": ["ZohoCRM.bulk.READ"]})).await;
        let run = school.start("students", json!({"dry_run": true})).await;
        let run = school.ended_within(&run, Duration::from_secs(400)).await;
        assert_eq!(told(&run), ("completed", [10_050, 0, 0, 0, 0, 10_050]), "{run}");
        assert!(found(&run, "SOURCE_READ_REFUSED").contains("ZohoCRM.bulk.READ"), "{run}");
        assert!(calls(&school.ledger().await, "zoho", COQL) <= 8);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_parameter_is_longer_than_zoho_takes() {
    for kind in kinds() {
        let school = School::new(kind, 130).await;
        let ids: Vec<String> = {
            let records = school.records("students").await;
            records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
        };
        let run = school.run("students", json!({ "ids": ids })).await;
        assert_eq!(told(&run), ("completed", [130, 0, 0, 0, 0, 130]), "{run}");
        assert_eq!(told_once(&school, &run).await.len(), 130);
        // Fifty ids are what fits: of the hundred of a slice, and of the rest.
        assert_eq!(calls(&school.ledger().await, "zoho", LIST), 3);
        school.stop().await;
    }
}
