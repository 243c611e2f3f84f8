//! A mapped field that goes nowhere in Moodle costs no record and no run, whatever it holds and wherever it has gone.

use {
    crate::harness::{
        db::kinds,
        school::{School, told, zoho_module},
    },
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_nowhere_costs_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        for run in school.all(json!({})).await {
            assert!(matches!(run["status"].as_str(), Some("completed")), "{run}");
        }
        // Values that no row of theirs can read.
        let spoilt = [
            ("units", json!({"Unit_Credit": "fifteen", "Name": "Renamed unit"})),
            ("programs", json!({"Program_Price": "about 5000", "Product_Name": "Renamed program"})),
            ("registrations", json!({"Remaining_Amount": "paid in full", "Program_Price": "n/a"})),
        ];
        for (module, change) in spoilt {
            school.change(module, 2, change).await;
            let run = school.full(module).await;
            assert_eq!(run["status"], "completed", "{module}: {run}");
            assert_eq!(told(&run).1[3], 0, "{module}: {run}");
        }
        let named = school.moodle("courses").await;
        assert!(named.iter().any(|course| course["fullname"] == "Renamed unit"), "{named:?}");
        // Fields that are gone, or hidden.
        let gone = [
            ("units", "Unit_Level"),
            ("registrations", "Study_Mode"),
            ("classes", "MS_Teams_ID"),
            ("students", "Name"),
            ("payments", "Note"),
        ];
        for (module, field) in gone {
            school.leave_out(json!([{"module": zoho_module(module), "field": field}])).await;
            let run = school.full(module).await;
            assert_eq!(run["status"], "completed", "{module} without {field}: {run}");
            assert_eq!(told(&run).1[2..4], [0, 0], "{module} without {field}: {run}");
        }
        school.stop().await;
    }
}
