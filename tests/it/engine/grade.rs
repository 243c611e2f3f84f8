//! Grades flow back to Zoho if the tenant allows it: keyed rows, no workflows, no echo.

use {
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const UPSERT: &str = "POST /crm/v8/BTEC_Grades/upsert";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_flow_back_once() {
    for kind in kinds() {
        let school = School::new(kind, 130).await;
        for module in ["programs", "students", "classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let refused = school.client.post("/v1/extension/sync/grades/run", &json!({})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        let settings = json!({"grades_writeback": true});
        assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
        let enabled =
            school.client.put("/v1/extension/modules/grades", &json!({"enabled": true})).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text);

        let enrollments = school.records("enrollments").await;
        for (number, own) in enrollments.iter().enumerate() {
            let raw = match number % 10 {
                // Not graded, and the scale's word for it.
                0 => Value::Null,
                1 => json!(-1.0),
                _ => json!(3.0),
            };
            let wish = json!({
                "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
                "raw": raw, "max": 4.0, "feedback": "Fine <b>work</b>",
            });
            school.grade(wish).await;
        }
        school.forget().await;
        let run = school.full("grades").await;
        let (status, [new, _, updated, failed, ..]) = told(&run);
        assert_eq!((status, new, updated, failed), ("completed", 208, 0, 0), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(ledger["zoho"]["writes"]["BTEC_Grades"]["created"], 208, "{}", ledger["zoho"]);
        assert_eq!(ledger["zoho"]["workflow_calls"], 0, "trigger is empty");
        let batches = ledger["zoho"]["batches"].as_array().unwrap();
        assert!(batches.iter().all(|rows| rows.as_u64().unwrap() <= 100), "{batches:?}");
        assert_eq!(calls(&ledger, "zoho", UPSERT), batches.len() as u64);
        let rows = school.records("grades").await;
        assert_eq!(rows.len(), 208);
        assert!(rows.iter().all(|row| row["Grade"] == "M"), "{}", rows[0]);
        let keys: std::collections::HashSet<&str> =
            rows.iter().map(|row| row["Moodle_Grade_Composite_Key"].as_str().unwrap()).collect();
        assert_eq!(keys.len(), 208);

        // No echo: three idle rounds write nothing into either system.
        school.forget().await;
        for _ in 0..3 {
            let run = school.full("grades").await;
            assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{run}");
        }
        assert_eq!((school.writes("zoho").await, school.writes("moodle").await), (0, 0));

        // A better grade is one row, with the changed fields only.
        let own = &enrollments[2];
        let wish = json!({
            "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
            "raw": 4.0, "feedback": "Fine <b>work</b>",
        });
        school.grade(wish).await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 1), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"]["grade_value"], json!(["M", "D"]));
        assert_eq!(school.writes("zoho").await, 1);
        let rows = school.records("grades").await;
        assert_eq!(rows.iter().filter(|row| row["Grade"] == "D").count(), 1);
        // A chain runs them last.
        let runs = school.all(json!({})).await;
        assert_eq!(runs.last().unwrap()["module_name"], "grades");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_of_groups_name_the_class_and_not_the_unit() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        school.layout("classes", json!({"target": "group"})).await;
        for module in ["units", "students", "classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let settings = json!({"grades_writeback": true});
        assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
        let enabled =
            school.client.put("/v1/extension/modules/grades", &json!({"enabled": true})).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text);
        let own = &school.records("enrollments").await[0];
        let class = school.record_of("classes", own["Classes"]["id"].as_str().unwrap()).await;
        let wish = json!({
            "course": class["Unit"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
            "raw": 3.0, "max": 4.0,
        });
        school.grade(wish).await;
        let run = school.full("grades").await;
        assert_eq!(run["status"], "completed", "{run} {:?}", school.items(&run, "").await);
        let rows = school.records("grades").await;
        assert_eq!((rows.len(), &rows[0]["Class"]["id"]), (1, &class["id"]), "{}", rows[0]);
        school.stop().await;
    }
}
