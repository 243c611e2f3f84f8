//! Links made before by the school: records that name their Moodle object themselves.

use {
    super::settled,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Creates an object as an administrator would, without an id number, and returns its id.
async fn made(school: &School, function: &str, parameters: &[(&str, &str)]) -> String {
    let answer = school.call(function, parameters).await;
    answer[0]["id"].as_i64().unwrap_or_else(|| panic!("{function}: {answer}")).to_string()
}

/// Returns an object of Moodle by its id.
async fn by_id(school: &School, what: &str, id: &str) -> Value {
    let found =
        school.moodle(what).await.into_iter().find(|one| one["id"].as_i64() == id.parse().ok());
    found.unwrap_or_else(|| panic!("no {what} {id}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_school_linked_before_is_taken_over_and_not_made_twice() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let category =
            made(&school, "core_course_create_categories", &[("categories[0][name]", "Arts")])
                .await;
        let course = [
            ("courses[0][fullname]", "The old course"),
            ("courses[0][shortname]", "OLD-1"),
            ("courses[0][categoryid]", "1"),
        ];
        let course = made(&school, "core_course_create_courses", &course).await;
        let address = school.record("students", 3).await["Academic_Email"].clone();
        let account = async |username: &str, email: &str| {
            let parameters = [
                ("users[0][username]", username),
                ("users[0][email]", email),
                ("users[0][firstname]", "Old"),
                ("users[0][lastname]", "Name"),
                ("users[0][createpassword]", "1"),
            ];
            made(&school, "core_user_create_users", &parameters).await
        };
        let user = account("an.old.name", address.as_str().unwrap()).await;
        let stranger = account("a.teacher", "a.teacher@college.example").await;
        school.change("programs", 0, json!({"MoodleID": category})).await;
        school.change("classes", 1, json!({"Moodle_Class_ID": course})).await;
        for (number, id) in
            [(3, user.as_str()), (4, &user), (5, "999999"), (6, "none"), (7, "1"), (8, &stranger)]
        {
            school.change("students", number, json!({"Student_Moodle_ID": id})).await;
        }

        // A dry run reports it, and links nothing.
        let dry = school.run("students", json!({"dry_run": true})).await;
        let links = |items: Vec<Value>| -> Vec<Value> {
            items.into_iter().filter(|item| item["op"] == "link").collect()
        };
        assert_eq!(links(school.items(&dry, "").await).len(), 1);
        assert_eq!(by_id(&school, "users", &user).await["idnumber"], Value::Null);

        assert_eq!(told(&school.full("programs").await), ("completed", [4, 0, 0, 0, 0, 4]));
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [18, 0, 0, 2, 0, 20]), "{run}");
        assert_eq!(told(&school.full("classes").await), ("completed", [2, 0, 0, 0, 0, 2]));

        let program = school.record("programs", 0).await;
        let found = by_id(&school, "categories", &category).await;
        assert_eq!(
            (&found["idnumber"], &found["name"]),
            (&program["id"], &program["Product_Name"])
        );
        let class = school.record("classes", 1).await;
        let found = by_id(&school, "courses", &course).await;
        assert_eq!((&found["idnumber"], &found["fullname"]), (&class["id"], &class["Class_Name"]));
        let student = school.record("students", 3).await;
        let found = by_id(&school, "users", &user).await;
        assert_eq!(
            (&found["idnumber"], &found["email"]),
            (&student["id"], &student["Academic_Email"])
        );

        // No other record got the account, and none the teacher's; an unknown id, or that of the guest, is not an
        // account.
        let refused = school.items(&run, "items_status=FAILED").await;
        for (refused, number) in refused.iter().zip([4, 8]) {
            assert_eq!(refused["zoho_id"], school.id("students", number).await);
            assert_eq!(refused["code"], "MATCH_OTHER_PERSON");
        }
        // A filter by the earlier word finds it too.
        assert_eq!(school.items(&run, "items_code=MATCH_AMBIGUOUS").await, refused);
        assert_eq!(school.items(&run, "items_code=MATCH_OTHER_PERSON").await, refused);
        let several = school.items(&run, "items_code=MATCH_SEVERAL").await;
        assert!(several.is_empty(), "{several:?}");
        let list = school.client.get("/v1/extension/items?code=MATCH_AMBIGUOUS").await.json();
        // Those of the dry run and of the run.
        assert_eq!(list["items"].as_array().expect("items").len(), 4, "{list}");
        assert_eq!(by_id(&school, "users", &stranger).await["email"], "a.teacher@college.example");
        let users = school.counts().await["users"].clone();
        assert_eq!((users, school.duplicates().await), (json!(19), 0));

        // Afterwards the link counts: the field may be cleared or filled by others.
        for number in [3, 4, 8] {
            school.change("students", number, json!({"Student_Moodle_ID": null})).await;
        }
        assert_eq!(told(&school.full("students").await), ("completed", [2, 18, 0, 0, 0, 20]));
        settled(&school, &["programs", "students", "classes"]).await;
        school.stop().await;
    }
}
