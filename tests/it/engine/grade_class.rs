//! Grades of classes that are groups: the preview shows the class that a run writes, and a class that is not known any
//! more stays where it was written.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

const MAPPINGS: &str = "/v1/extension/mappings/grades";

/// A school with groups and one grade, and the enrollment and the class of that grade.
async fn graded(kind: Kind) -> (School, Value, Value) {
    let school = School::new(kind, 30).await;
    school.layout("classes", json!({"target": "group"})).await;
    for module in ["units", "students", "classes", "enrollments"] {
        assert_eq!(school.full(module).await["status"], "completed");
    }
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let on = json!({"enabled": true});
    assert_eq!(school.client.put("/v1/extension/modules/grades", &on).await.status, 200);
    let own = school.records("enrollments").await.remove(0);
    let class = school.record_of("classes", own["Classes"]["id"].as_str().unwrap()).await;
    let wish = json!({
        "course": class["Unit"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
        "raw": 3.0, "max": 4.0,
    });
    school.grade(wish).await;
    (school, own, class)
}

/// Runs the grades and returns their only item.
async fn only(school: &School) -> Value {
    let run = school.full("grades").await;
    assert_eq!(told(&run).1[5], 1, "{run}");
    school.items(&run, "").await.remove(0)
}

/// Sets the Zoho field of a row of the grades.
async fn point(school: &School, canonical: &str, field: &str) {
    let mut rows = school.client.get(MAPPINGS).await.json();
    for row in rows.as_array_mut().expect("rows") {
        if row["canonical_field"] == canonical {
            row["zoho_field_api_name"] = json!(field);
        }
    }
    let saved = school.client.put(MAPPINGS, &json!({ "mappings": rows })).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
}

async fn preview(school: &School, body: Value) -> Value {
    let answer = school.client.post(&format!("{MAPPINGS}/preview"), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["canonical"].clone()
}

/// Asserts that a preview has what is in the record of Zoho, in a process that has not read anything yet.
async fn foreseen(school: &mut School, id: &str) -> Value {
    let shown = preview(school, json!({ "zoho_id": id })).await;
    only(school).await;
    let written = school.records("grades").await.remove(0);
    for (name, value) in shown.as_object().expect("fields") {
        let same = match value {
            Value::Object(link) => written[name]["id"] == link["id"],
            plain => written[name] == *plain,
        };
        assert!(same, "{name}: {value}, written {}", written[name]);
    }
    school.restart();
    assert_eq!(preview(school, json!({ "zoho_id": id })).await, shown);
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_shows_the_class_and_the_form_that_a_run_writes() {
    for kind in kinds() {
        let (mut school, own, class) = graded(kind).await;
        let id = only(&school).await["zoho_id"].as_str().expect("an id").to_owned();
        school.restart();
        let shown = foreseen(&mut school, &id).await;
        assert_eq!(shown["Class"], json!({"id": class["id"]}), "{shown}");
        assert_eq!(shown["Student"], json!({"id": own["Enrolled_Students"]["id"]}), "{shown}");
        // Ids go into text fields as they are.
        point(&school, "student_zoho_id", "Student_Name").await;
        point(&school, "class_zoho_id", "Class_Name").await;
        school.restart();
        let shown = foreseen(&mut school, &id).await;
        assert_eq!(shown["Class_Name"], class["id"], "{shown}");
        assert_eq!(shown["Student_Name"], own["Enrolled_Students"]["id"], "{shown}");
        let record = json!({"grade_key": "1_2_3", "student_zoho_id": "5", "grade_value": "M"});
        assert_eq!(preview(&school, json!({ "record": record })).await["Student_Name"], "5");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_that_is_not_known_any_more_is_no_change() {
    for kind in kinds() {
        let (school, own, class) = graded(kind).await;
        assert_eq!(only(&school).await["status"], "NEW");
        // The student joins a second class of the unit.
        let other = json!({"Class_Name": "Another class", "Unit": class["Unit"]["id"]});
        let other = school.add("classes", other).await;
        let second = json!({"Enrolled_Students": own["Enrolled_Students"]["id"], "Classes": other});
        school.add("enrollments", second).await;
        for module in ["classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        school.forget().await;
        let item = only(&school).await;
        assert_eq!(
            (item["status"].as_str(), &item["diff"]),
            (Some("UNCHANGED"), &json!({})),
            "{item}"
        );
        assert_eq!(school.writes("zoho").await, 0);
        let stored = || async { school.records("grades").await.remove(0)["Class"]["id"].clone() };
        assert_eq!(stored().await, class["id"]);
        // What changes beside it is written, and the class is not among it.
        let wish = json!({
            "course": class["Unit"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
            "raw": 1.0, "max": 4.0,
        });
        school.grade(wish).await;
        let item = only(&school).await;
        assert_eq!(item["status"], "UPDATED", "{item}");
        assert!(item["diff"].get("class_zoho_id").is_none(), "{item}");
        assert_eq!(stored().await, class["id"]);
        school.stop().await;
    }
}
