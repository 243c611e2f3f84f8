//! Students: which accounts are linked, and which are not.

use {
    super::{complete, settled},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
};

/// Returns a site that already has accounts.
async fn known_accounts(kind: Kind) -> School {
    let school = School::new(kind, 20).await;
    complete(&school, &["students"]).await;
    school
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_matched_by_its_address_only_where_that_is_asked_for() {
    for kind in kinds() {
        let school = known_accounts(kind).await;
        // Number 3 is another record now, with the address of the existing account, which no longer belongs to a
        // record; number 4 likewise, but its account still has the id of number 4.
        let old = school.record("students", 3).await;
        let (email, own) = (old["Academic_Email"].clone(), old["id"].as_str().unwrap());
        let user = school.one(&format!("users?idnumber={own}")).await["id"].clone();
        school.delete("students", 3, true).await;
        let clear = [("users[0][id]", user.to_string()), ("users[0][idnumber]", String::new())];
        let clear: Vec<(&str, &str)> =
            clear.iter().map(|(name, value)| (*name, value.as_str())).collect();
        school.call("core_user_update_users", &clear).await;
        let new = school
            .add(
                "students",
                json!({"Academic_Email": email, "Display_Name": "Sara Haddad", "Status": "Active"}),
            )
            .await;
        let taken = school.record("students", 4).await["Academic_Email"].clone();
        let foreign = school
            .add(
                "students",
                json!({"Academic_Email": taken, "Display_Name": "Not Sara", "Status": "Active"}),
            )
            .await;

        let school = school.anew(kind).await;
        let run = school.full("students").await;
        let failed = school.items(&run, "items_status=FAILED").await;
        let codes: Vec<&str> = failed.iter().map(|item| item["code"].as_str().unwrap()).collect();
        assert_eq!(codes.len(), 2, "{failed:?}");
        assert!(
            codes.iter().all(|code| ["MOODLE_USERNAME_TAKEN", "MOODLE_EMAIL_TAKEN"].contains(code)),
            "{codes:?}"
        );
        assert_eq!(school.counts().await["users"], 20);

        school.layout("students", json!({"match_by": "email"})).await;
        let run = school.full("students").await;
        let items = school.items(&run, "").await;
        let item = |id: &str| items.iter().find(|item| item["zoho_id"] == id).unwrap();
        assert_eq!((&item(&new)["status"], &item(&new)["op"]), (&json!("NEW"), &json!("link")));
        assert_eq!(item(&foreign)["code"], "MATCH_BELONGS_TO_ANOTHER");
        let adopted = school.one(&format!("users?idnumber={new}")).await;
        assert_eq!((&adopted["id"], &adopted["lastname"]), (&user, &json!("Haddad")));
        assert_eq!(school.counts().await["users"], 20);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_may_only_link_makes_no_account() {
    for kind in kinds() {
        let school = known_accounts(kind).await;
        let added = school
            .add("students", json!({"Academic_Email": "new.one@college.example", "Display_Name": "New One", "Status": "Active"}))
            .await;
        let school = school.anew(kind).await;
        school.layout("students", json!({"create_users": false})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [20, 0, 0, 0, 1, 21]), "{run}");
        let skipped = school.items(&run, "items_status=SKIPPED").await;
        assert_eq!(
            (&skipped[0]["zoho_id"], &skipped[0]["code"]),
            (&json!(added), &json!("POLICY_LINK_ONLY"))
        );
        assert_eq!(school.counts().await["users"], 20);
        school.layout("students", json!({"create_users": true})).await;
        assert_eq!(told(&school.full("students").await).1, [1, 20, 0, 0, 0, 21]);
        assert_eq!(school.counts().await["users"], 21);
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_records_fail_alone_and_by_name() {
    for kind in kinds() {
        let options = Options { students: 300, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        let poison = [
            (10, json!({"Academic_Email": "no address"}), "EMAIL_INVALID"),
            (20, json!({"Academic_Email": {"an": "object"}}), "MAPPING_TYPE_MISMATCH"),
            (30, json!({"Academic_Email": null}), "MAPPING_REQUIRED_MISSING"),
            (
                40,
                json!({"First_Name": null, "Last_Name": null, "Display_Name": "Madonna"}),
                "MAPPING_REQUIRED_MISSING",
            ),
            (50, json!({"Last_Name": "x".repeat(200), "First_Name": "A"}), "VALUE_TOO_LONG"),
            (60, json!({"Last_Name": "<script>x", "First_Name": "A"}), "VALUE_HAS_MARKUP"),
            (80, json!({"Academic_Email": "سارة@college.example"}), "EMAIL_INVALID"),
            (90, json!({"First_Name": "A\u{0}B", "Last_Name": "C"}), "VALUE_HAS_CONTROL"),
        ];
        for (number, fields, _) in &poison {
            school.change("students", number, fields.clone()).await;
        }
        // An optional value costs only itself, however long it is.
        school.change("students", 70, json!({"Phone_Number": "1".repeat(1 << 20)})).await;
        // An address that another record has: Moodle refuses the second one.
        let twin = school.record("students", 5).await["Academic_Email"].clone();
        school.change("students", 100, json!({"Academic_Email": twin})).await;
        let run = school.full("students").await;
        let failed = school.items(&run, "items_status=FAILED").await;
        for (number, _, code) in &poison {
            let id = school.id("students", *number).await;
            let item = failed.iter().find(|item| item["zoho_id"] == id.as_str());
            assert_eq!(item.map(|item| &item["code"]), Some(&json!(code)), "{number} {item:?}");
        }
        assert_eq!(failed.len(), poison.len() + 1, "{failed:?}");
        assert_eq!(told(&run), ("partial", [291, 0, 0, 9, 0, 300]), "{run}");
        let warned = school.items(&run, "items_status=WARNED").await;
        assert_eq!((warned.len(), &warned[0]["warnings"][0]["value"]), (1, &json!("111…")));
        assert_eq!(school.counts().await["users"], 291);
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}
