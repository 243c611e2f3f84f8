//! Which accounts a record may link and change, and which never.

use {
    super::{complete, settled},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Adds a student with this address.
async fn student(school: &School, email: &str, fields: Value) -> String {
    let mut record =
        json!({"Academic_Email": email, "Display_Name": "Some One", "Status": "Active"});
    let more = fields.as_object().cloned().unwrap_or_default();
    record.as_object_mut().expect("an object").extend(more);
    school.add("students", record).await
}

/// Creates an account by hand.
async fn account(school: &School, name: &str, more: Value) -> String {
    let mut wish = json!({
        "username": name, "email": format!("{name}@college.example"),
        "firstname": "By", "lastname": "Hand",
    });
    let more = more.as_object().cloned().unwrap_or_default();
    wish.as_object_mut().expect("an object").extend(more);
    school.account(wish).await
}

/// Returns a run's item of a record.
async fn item(school: &School, run: &Value, id: &str) -> Value {
    let items = school.items(run, "").await;
    items.into_iter().find(|item| item["zoho_id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

/// The data with which a user signs in, and whether that is possible.
fn identity(account: &Value) -> Value {
    let names = ["username", "email", "firstname", "lastname", "idnumber", "suspended"];
    names.into_iter().map(|name| (name.to_owned(), account[name].clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_number_nor_a_user_name_gives_somebody_else_s_account() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let boss = account(&school, "the.boss", json!({"roles": ["manager"]})).await;
        let plain = account(&school, "a.person", json!({})).await;
        let service = "3".to_owned();
        let all = [&boss, &plain, &service];
        let mut before = Vec::new();
        for id in all {
            before.push(identity(&school.account_of(id).await));
        }
        // The number of the account and, derived from an address of another domain, its user name.
        let by_number = student(
            &school,
            "the.boss@elsewhere.example",
            json!({"Student_Moodle_ID": boss, "Status": "Suspended"}),
        )
        .await;
        let by_name = student(&school, "a.person@elsewhere.example", json!({})).await;
        let of_service = student(&school, "sandbox-service@elsewhere.example", json!({})).await;
        school.layout("students", json!({"match_by": "username"})).await;
        for _ in 0..2 {
            let run = school.full("students").await;
            for id in [&by_number, &by_name, &of_service] {
                let item = item(&school, &run, id).await;
                assert_eq!(
                    (&item["status"], &item["code"]),
                    (&json!("FAILED"), &json!("IDENTITY_NOT_PROVED")),
                    "{item}"
                );
            }
            for (id, before) in all.into_iter().zip(&before) {
                assert_eq!(identity(&school.account_of(id).await), *before, "untouched");
            }
        }
        // With the same address, in any letter case, the user name leads to the account.
        school.by_hand(&plain, json!({"email": "A.Person@Elsewhere.example"})).await;
        let run = school.full("students").await;
        assert_eq!(item(&school, &run, &by_name).await["op"], "link");
        let taken = school.account_of(&plain).await;
        assert_eq!(taken["idnumber"], by_name.as_str());
        assert_eq!(taken["email"], "A.Person@Elsewhere.example", "what proved it is not written");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_rights_is_never_taken_over() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        complete(&school, &["programs", "classes"]).await;
        let course = school.moodle("courses").await.pop().expect("a course")["id"].to_string();
        let manager = account(&school, "a.manager", json!({"roles": ["manager"]})).await;
        let creator = account(&school, "a.creator", json!({"roles": ["coursecreator"]})).await;
        let admin = account(&school, "an.admin", json!({"admin": true})).await;
        let teacher = account(&school, "a.teacher", json!({})).await;
        let learner = account(&school, "a.learner", json!({})).await;
        for (user, role) in [(&teacher, "3"), (&learner, "5")] {
            let enrol = [
                ("enrolments[0][roleid]", role),
                ("enrolments[0][userid]", user),
                ("enrolments[0][courseid]", &course),
            ];
            school.call("enrol_manual_enrol_users", &enrol).await;
        }
        let service =
            school.account_of("3").await["email"].as_str().expect("an address").to_owned();
        let mut guarded = vec![("3".to_owned(), service)];
        for (id, name) in [
            (&manager, "a.manager"),
            (&creator, "a.creator"),
            (&admin, "an.admin"),
            (&teacher, "a.teacher"),
        ] {
            guarded.push((id.clone(), format!("{name}@college.example")));
        }
        let mut before = Vec::new();
        for (id, _) in &guarded {
            before.push(identity(&school.account_of(id).await));
        }
        let mut records = Vec::new();
        for (id, email) in &guarded {
            let fields = json!({"Student_Moodle_ID": id, "Status": "Suspended", "Last_Name": "X"});
            records.push(student(&school, email, fields).await);
        }
        let own = student(&school, "a.learner@college.example", json!({})).await;
        school.layout("students", json!({"match_by": "email"})).await;
        for _ in 0..2 {
            let run = school.full("students").await;
            for record in &records {
                let item = item(&school, &run, record).await;
                assert_eq!(item["code"], "ACCOUNT_PROTECTED", "{item}");
            }
            for ((id, _), before) in guarded.iter().zip(&before) {
                assert_eq!(identity(&school.account_of(id).await), *before, "untouched");
            }
        }
        assert_eq!(school.account_of(&learner).await["idnumber"], own.as_str());
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_can_tell_who_has_rights_nobody_is_taken_over() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let plain = account(&school, "a.person", json!({})).await;
        let record = student(&school, "a.person@college.example", json!({})).await;
        school.layout("students", json!({"match_by": "email"})).await;
        for (option, said) in [
            (json!({"missing_capabilities": ["moodle/role:review"]}), "moodle/role:review"),
            (
                json!({"missing_functions": ["core_user_get_course_user_profiles"]}),
                "core_user_get_course_user_profiles",
            ),
            (json!({"missing_functions": ["core_webservice_get_site_info"]}), "get_site_info"),
            (json!({"service_is_admin": true}), "administrator"),
        ] {
            school.options(option.clone()).await;
            let run = school.full("students").await;
            let item = item(&school, &run, &record).await;
            assert_eq!(item["code"], "ACCOUNT_RIGHTS_UNKNOWN", "{option} {item}");
            assert!(item["message"].as_str().is_some_and(|text| text.contains(said)), "{item}");
            assert_eq!(school.account_of(&plain).await["idnumber"], Value::Null);
            let back = json!({
                "missing_capabilities": [], "missing_functions": [], "service_is_admin": false,
            });
            school.options(back).await;
        }
        // Students created by a sync itself are not affected.
        school.options(json!({"missing_capabilities": ["moodle/role:review"]})).await;
        school.change("students", 0, json!({"Last_Name": "Renamed", "First_Name": "A"})).await;
        school.change("students", 1, json!({"Status": "Suspended"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [0, 1, 2, 1, 0, 4]), "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_keeps_what_is_not_ours() {
    for kind in kinds() {
        let school = School::new(kind, 0).await;
        school.layout("students", json!({"match_by": "email", "create_users": false})).await;
        let ldap =
            account(&school, "uid4711", json!({"email": "Lena@College.example", "auth": "ldap"}));
        let ldap = ldap.await;
        let closed = account(&school, "old.name", json!({"suspended": true})).await;
        let of_ldap = student(&school, "lena@college.example", json!({"Phone_Number": "1"})).await;
        let of_closed = student(&school, "old.name@college.example", json!({})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [2, 0, 0, 0, 0, 2]), "{run}");
        for (record, kept) in [(&of_ldap, "last_name"), (&of_closed, "status")] {
            let item = item(&school, &run, record).await;
            assert_eq!(
                (&item["op"], &item["code"]),
                (&json!("link"), &json!("FIELD_KEPT")),
                "{item}"
            );
            assert!(item["message"].as_str().is_some_and(|text| text.contains(kept)), "{item}");
        }
        let lena = school.account_of(&ldap).await;
        let kept = ["uid4711", "Lena@College.example", "By", "Hand"];
        assert_eq!(["username", "email", "firstname", "lastname"].map(|name| &lena[name]), kept);
        assert_eq!((&lena["idnumber"], &lena["phone1"]), (&json!(of_ldap), &json!("1")));
        let found = school.account_of(&closed).await;
        assert_eq!((&found["suspended"], &found["username"]), (&json!(true), &json!("old.name")));
        assert_eq!(found["lastname"], "One", "its names are the school's to set");

        // The same holds for every later change: fields of this service are written, and the others are reported. An
        // account that was linked by its address does not get another address.
        let edit = json!({
            "Academic_Email": "lena.new@college.example", "Phone_Number": "2", "Last_Name": "New",
        });
        school.change("students", &of_ldap, edit).await;
        let edit = json!({
            "First_Name": "Sam", "Last_Name": "Ple", "Status": "Suspended",
            "Academic_Email": "thief@elsewhere.example",
        });
        school.change("students", &of_closed, edit).await;
        assert_eq!(told(&school.full("students").await), ("completed", [0, 0, 2, 0, 0, 2]));
        let lena = school.account_of(&ldap).await;
        assert_eq!(["username", "email", "firstname", "lastname"].map(|name| &lena[name]), kept);
        assert_eq!(lena["phone1"], "2");
        school.change("students", &of_closed, json!({"Status": "Active"})).await;
        let run = school.full("students").await;
        let back = item(&school, &run, &of_closed).await;
        assert_eq!((&back["status"], &back["code"]), (&json!("UPDATED"), &json!("FIELD_KEPT")));
        let found = school.account_of(&closed).await;
        assert_eq!((&found["suspended"], &found["firstname"]), (&json!(true), &json!("Sam")));
        assert_eq!(found["email"], "old.name@college.example");
        settled(&school, &["students"]).await;

        // If it is opened by hand, the next run closes it, and after that the service may open it again.
        school.by_hand(&closed, json!({"suspended": false})).await;
        for (status, suspended) in [("Suspended", true), ("Active", false)] {
            school.change("students", &of_closed, json!({"Status": status})).await;
            assert_eq!(told(&school.full("students").await).1[2], 1);
            assert_eq!(school.account_of(&closed).await["suspended"], suspended);
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_who_has_risen_is_neither_renamed_nor_closed() {
    for kind in kinds() {
        let school = School::new(kind, 4).await;
        complete(&school, &["students"]).await;
        let mut ids = Vec::new();
        for number in 0..3 {
            let id = school.id("students", number).await;
            ids.push(school.one(&format!("users?idnumber={id}")).await["id"].to_string());
        }
        school.by_hand(&ids[0], json!({"roles": ["manager"]})).await;
        school.by_hand(&ids[1], json!({"admin": true})).await;
        let mut before = Vec::new();
        for id in &ids {
            before.push(identity(&school.account_of(id).await));
        }
        for (number, edit) in [
            (0, json!({"Academic_Email": "thief@elsewhere.example"})),
            (1, json!({"Academic_Email": "other.thief@elsewhere.example"})),
            (2, json!({"Phone_Number": "+99 1"})),
        ] {
            school.change("students", number, edit).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [0, 1, 1, 2, 0, 4]), "{run}");
        for item in school.items(&run, "items_status=FAILED").await {
            assert_eq!(item["code"], "ACCOUNT_PROTECTED", "{item}");
        }
        // Neither by a status nor by a deleted record.
        school.change("students", 0, json!({"Status": "Suspended"})).await;
        school.delete("students", 1, false).await;
        let brake = json!({"removal_action": "suspend", "brake_percent": 100});
        school.layout("students", brake).await;
        let run = school.full("students").await;
        let codes: Vec<Value> = school.items(&run, "items_status=FAILED").await;
        assert!(
            codes.len() == 2 && codes.iter().all(|item| item["code"] == "ACCOUNT_PROTECTED"),
            "{codes:?}"
        );
        for (id, before) in ids.iter().zip(&before).take(2) {
            assert_eq!(identity(&school.account_of(id).await), *before, "untouched");
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_the_same_in_other_letters() {
    for kind in kinds() {
        let school = School::new(kind, 0).await;
        let there = account(&school, "mixed", json!({"email": "miXed.Case@College.example"})).await;
        let record = student(&school, "Mixed.case@college.example", json!({})).await;
        let run = school.full("students").await;
        assert_eq!(item(&school, &run, &record).await["code"], "MOODLE_EMAIL_TAKEN");
        // Found when it would be created, and found if nothing may be created.
        for create in [true, false] {
            let school = School::new(kind, 0).await;
            let there =
                account(&school, "mixed", json!({"email": "miXed.Case@College.example"})).await;
            let record = student(&school, "Mixed.case@college.example", json!({})).await;
            student(&school, "new@college.example", json!({})).await;
            school.layout("students", json!({"match_by": "email", "create_users": create})).await;
            let run = school.full("students").await;
            assert_eq!(item(&school, &run, &record).await["op"], "link", "{create} {run}");
            assert_eq!(school.account_of(&there).await["idnumber"], record.as_str());
            assert_eq!(school.counts().await["users"], if create { 2 } else { 1 });
            school.stop().await;
        }
        assert_eq!(school.account_of(&there).await["idnumber"], Value::Null);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_that_fold_into_others_are_refused_before_they_are_folded() {
    for kind in kinds() {
        let school = School::new(kind, 0).await;
        let victim = account(&school, "kim", json!({})).await;
        let before = identity(&school.account_of(&victim).await);
        school.layout("students", json!({"match_by": "email"})).await;
        let rows = school.client.get("/v1/extension/mappings/students").await.json();
        for (transforms, email, code) in [
            (json!({}), "\u{212A}im@college.example", "EMAIL_INVALID"),
            (json!({"type": "lower"}), "\u{212A}im@college.example", "EMAIL_INVALID"),
            (
                json!({"type": "lower", "params": {"locale": "tr"}}),
                "K\u{0130}m@college.example",
                "EMAIL_INVALID",
            ),
            (
                json!({"type": "chain", "params": {"steps": [{"type": "upper"}, {"type": "lower"}]}}),
                "k\u{0131}m@college.example",
                "EMAIL_INVALID",
            ),
        ] {
            let mut rows = rows.clone();
            for row in rows.as_array_mut().expect("rows") {
                if row["canonical_field"] == "academic_email" {
                    row["transform_rules"] = transforms.clone();
                }
            }
            let body = json!({"mappings": rows});
            let answer = school.client.put("/v1/extension/mappings/students", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let record = student(&school, email, json!({})).await;
            let run = school.full("students").await;
            let found = item(&school, &run, &record).await;
            assert_eq!(found["code"], code, "{transforms} {found}");
            assert_eq!(identity(&school.account_of(&victim).await), before);
            school.delete("students", &record, false).await;
        }
        school.map("students", "username", "Last_Name").await;
        let fields = json!({"Last_Name": "\u{212A}im", "First_Name": "A"});
        let record = student(&school, "someone@college.example", fields).await;
        let run = school.full("students").await;
        assert_eq!(item(&school, &run, &record).await["code"], "USERNAME_INVALID");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_accounts_with_the_id_of_a_record_none_is_taken() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let record = student(&school, "a.person@college.example", json!({})).await;
        for name in ["one.person", "other.person"] {
            account(&school, name, json!({"idnumber": record})).await;
        }
        let run = school.full("students").await;
        let item = item(&school, &run, &record).await;
        assert_eq!(item["code"], "MATCH_SEVERAL", "{item}");
        assert!(item["message"].as_str().is_some_and(|text| text.contains("(2)")), "{item}");
        school.stop().await;
    }
}
