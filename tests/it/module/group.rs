//! Classes that are groups, whose names are unique in their course.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::json,
};

const CODE: &str = "MOODLE_GROUP_NAME_TAKEN";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_another_group_of_the_course_has_is_told_as_such() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        school.layout("classes", json!({"target": "group"})).await;
        assert_eq!(school.full("units").await["status"], "completed");
        let run = school.full("classes").await;
        let (status, [new, ..]) = told(&run);
        assert_eq!(status, "completed", "{run}");
        let first = school.record("classes", 0).await;
        let named = |name: &str| json!({"Class_Name": name, "Unit": first["Unit"]["id"]});
        let name = first["Class_Name"].as_str().expect("a name");
        // A new class and a renamed one, among others that are fine.
        let fine = school.add("classes", named("A name of its own")).await;
        let renamed = school.add("classes", named("A name for a while")).await;
        assert_eq!(told(&school.full("classes").await).1[0], 2);
        let made = school.add("classes", named(name)).await;
        school.change("classes", &renamed, json!({"Class_Name": name})).await;
        school.change("classes", &fine, json!({"Class_Name": "Another name"})).await;
        let run = school.full("classes").await;
        assert_eq!(told(&run), ("partial", [0, new, 1, 2, 0, new + 3]), "{run}");
        for item in school.items(&run, "items_status=FAILED").await {
            assert!([&made, &renamed].iter().any(|id| item["zoho_id"] == **id), "{item}");
            assert_eq!(item["code"], CODE, "{item}");
            let told = item["message"].as_str().expect("a message");
            assert!(told.contains(name), "{told}");
        }
        // Under other names both go through.
        school.change("classes", &made, json!({"Class_Name": "A third name"})).await;
        school.change("classes", &renamed, json!({"Class_Name": "A fourth name"})).await;
        let run = school.full("classes").await;
        assert_eq!(
            told(&run).1[3],
            0,
            "{run} {:?}",
            school.items(&run, "items_status=FAILED").await
        );
        school.stop().await;
    }
}
