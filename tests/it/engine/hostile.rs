//! Unexpected values in every field of every module: each fails its own record at most.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

const MODULES: [&str; 7] =
    ["programs", "units", "students", "classes", "registrations", "enrollments", "payments"];

fn deep() -> Value {
    (0..100).fold(json!("x"), |inner, _| json!([inner]))
}

fn values(own: &str) -> Vec<Value> {
    vec![
        json!("x".repeat(70_000)),
        json!("a\u{0}b"),
        json!("line\nbreak\ttab\u{7f}\u{200b}\u{202e}"),
        json!("<script>alert(1)</script>"),
        json!("=cmd|' /C calc'!A0"),
        json!("-None-"),
        json!(""),
        json!("   "),
        json!(-5),
        json!(1e300),
        json!(18_446_744_073_709_551_615_u64),
        json!(0.1),
        json!(true),
        json!([]),
        json!({}),
        json!([null, {"id": null}, [1]]),
        json!({"id": -5, "name": null}),
        json!({"id": "x'; drop table", "name": "a\u{0}"}),
        json!({"id": own}),
        json!({"id": 4_150_868_000_000_376_008_u64}),
        json!("0000-00-00"),
        json!("0000-01-01"),
        json!("9999-12-31"),
        json!("2026-02-30T25:61:61+99:99"),
        json!("٢٠٢٦-٠١-٠١"),
        json!("%00%_' OR 1=1 --"),
        json!("😀".repeat(60)),
        deep(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_costs_its_own_record_at_most() {
    for kind in kinds() {
        for groups in [false, true] {
            let school = School::new(kind, 60).await;
            if groups {
                school.layout("classes", json!({"target": "group"})).await;
                school.map("payments", "payment_status", "Note").await;
                school.layout("payments", json!({"suspend_on": {"words": ["overdue"]}})).await;
            }
            for module in MODULES {
                assert_eq!(school.full(module).await["status"], "completed");
            }
            for module in MODULES {
                let rows =
                    school.client.get(&format!("/v1/extension/mappings/{module}")).await.json();
                let fields: Vec<String> = rows
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|row| row["zoho_field_api_name"].as_str().map(str::to_owned))
                    .filter(|field| !field.is_empty() && field != "id")
                    .collect();
                let whole = school.full(module).await;
                let known = told(&whole).1[5];
                let own = school.id(module, 1).await;
                let values = values(&own);
                for value in &values {
                    let wish = fields.iter().map(|field| (field.clone(), value.clone()));
                    school.add(module, Value::Object(wish.collect())).await;
                }
                let run = school.full(module).await;
                let (status, [_, unchanged, .., total]) = told(&run);
                let failed = school.items(&run, "items_status=FAILED").await;
                assert_eq!(
                    (status, school.detail(&run).await.error_code()),
                    ("partial", ""),
                    "{run}"
                );
                assert_eq!(total, known + i64::try_from(values.len()).unwrap(), "{module}: {run}");
                assert!(unchanged >= known, "{module}: {run} {failed:?}");
                assert!(failed.iter().all(|item| item["code"] != "RECORD_POISON"), "{failed:?}");
                // The result is stable: an invalid value is not written again and again.
                school.forget().await;
                let again = school.full(module).await;
                assert_eq!((told(&again).1[0], told(&again).1[2]), (0, 0), "{module}: {again}");
            }
            school.stop().await;
        }
    }
}
