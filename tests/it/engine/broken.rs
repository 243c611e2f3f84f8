//! What changes while runs are under way: modules that are switched off, texts that are none, filters that no database takes.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::json,
};

const LIST: &str = "GET /crm/v8/BTEC_Students";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_no_text_costs_no_other_its_retry() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        for number in [3, 4, 5] {
            school.change("students", number, json!({"Academic_Email": "nobody"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [27, 0, 0, 3, 0, 30]), "{run}");
        for number in [3, 4, 5] {
            let email = format!("s{number}@college.example");
            school.change("students", number, json!({"Academic_Email": email})).await;
        }
        let fault = json!({"target": "zoho", "kind": "invalid_utf8", "times": 0, "function": LIST});
        school.fault(fault).await;
        let retry = school.decide(&run, "retry-failed", json!({})).await;
        let id = retry["run_id"].as_str().unwrap();
        let retry = school.ended_within(id, std::time::Duration::from_secs(20)).await;
        assert_eq!(told(&retry), ("partial", [2, 0, 0, 1, 0, 3]), "{retry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_character_costs_one_record() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let fault =
            json!({"target": "zoho", "kind": "lone_surrogate", "times": 1, "function": LIST});
        school.fault(fault).await;
        let run = school.start("students", json!({})).await;
        let run = school.ended_within(&run, std::time::Duration::from_secs(20)).await;
        assert_eq!(told(&run), ("partial", [29, 0, 0, 1, 0, 30]), "{run}");
        let item = &school.items(&run, "items_status=FAILED").await[0];
        assert_eq!(item["code"], "RECORD_NOT_UTF8", "{item}");
        school.stop().await;
    }
}
