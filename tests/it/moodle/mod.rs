//! What a real Moodle answers that a simple one would not: grades of ended enrolments, calls that are cut, answers with
//! text before them.

mod call;
mod grade;
mod lacking;
mod value;

use {
    crate::harness::school::School,
    serde_json::{Value, json},
};

/// Brings what grades build on into Moodle, and lets grades be written back.
async fn graded(school: &School) {
    for module in ["programs", "students", "classes", "enrollments"] {
        let run = school.full(module).await;
        assert_eq!(run["status"], "completed", "{module}: {run}");
    }
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let enabled =
        school.client.put("/v1/extension/modules/grades", &json!({"enabled": true})).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
}

/// Grades the student of an enrollment.
async fn grade(school: &School, own: &Value, more: Value) {
    let mut wish = json!({
        "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
        "raw": 3.0, "max": 4.0,
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    school.grade(wish).await;
}
