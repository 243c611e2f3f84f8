//! Grades whose records were deleted in Zoho by hand.

use {
    super::synced,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

async fn grade(school: &School, own: &Value, raw: f64) {
    let wish = json!({
        "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
        "raw": raw, "max": 4.0, "feedback": "Fine",
    });
    school.grade(wish).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_grade_is_found_by_its_key_or_made_anew() {
    for kind in kinds() {
        let school = synced(kind, 30, &["programs", "students", "classes", "enrollments"]).await;
        let settings = json!({"grades_writeback": true});
        assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
        let on = json!({"enabled": true});
        assert_eq!(school.client.put("/v1/extension/modules/grades", &on).await.status, 200);
        let enrollments = school.records("enrollments").await;
        for own in &enrollments[..8] {
            grade(&school, own, 3.0).await;
        }
        let run = school.full("grades").await;
        assert_eq!(told(&run).1[0], 8, "{run}");
        let rows = school.records("grades").await;
        let by_key = |rows: &[Value], key: &Value| -> Vec<Value> {
            let own = rows.iter().filter(|row| row["Moodle_Grade_Composite_Key"] == *key);
            own.cloned().collect()
        };
        // One is deleted; another one is deleted and was made again by hand.
        let [first, second] = [0, 1].map(|place| rows[place].clone());
        let key = |row: &Value| row["Moodle_Grade_Composite_Key"].clone();
        for row in [&first, &second] {
            school.delete("grades", row["id"].as_str().unwrap(), false).await;
        }
        let mut again = second.clone();
        again.as_object_mut().unwrap().retain(|name, _| {
            ["Moodle_Grade_Composite_Key", "Grade", "Student", "Class"].contains(&name.as_str())
        });
        let again = school.add("grades", again).await;
        // Unchanged in Moodle, a whole run does not notice; a look at everything does.
        let run = school.full("grades").await;
        assert_eq!((told(&run).1[0], told(&run).1[3]), (0, 0), "{run}");
        for own in &enrollments[..8] {
            grade(&school, own, 4.0).await;
        }
        school.unbraked("grades").await;
        let run = school.full("grades").await;
        assert_eq!(
            (told(&run).0, told(&run).1[3]),
            ("completed", 0),
            "{run} {:?}",
            school.items(&run, "items_status=FAILED").await
        );
        assert_eq!(told(&run).1[0], 2, "{run}");
        let after = school.records("grades").await;
        assert_eq!(after.len(), 8);
        assert!(after.iter().all(|row| row["Grade"] == "D"), "{after:?}");
        assert_eq!(by_key(&after, &key(&second))[0]["id"], again.as_str());
        assert_ne!(by_key(&after, &key(&first))[0]["id"], first["id"]);
        school.forget().await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{run}");
        assert_eq!(school.writes("zoho").await, 0);

        school.delete("grades", after[3]["id"].as_str().unwrap(), false).await;
        let run = school.run("grades", json!({"scope": "verify"})).await;
        assert_eq!((told(&run).0, told(&run).1[0]), ("completed", 1), "{run}");
        assert_eq!(school.records("grades").await.len(), 8);
        school.stop().await;
    }
}
