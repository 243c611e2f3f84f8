//! Accounts that were there before their records, of which a person has cleared the id number and changed the address by hand:
//! none of them is made a second time, and none is taken that may be another one's.

use {
    super::settled,
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// A school with a student who was linked to an account by its address. Returns the record and the account.
async fn adopted(kind: Kind) -> (School, String, String) {
    let school = School::new(kind, 12).await;
    let account = school
        .account(json!({"username": "lena.b", "email": "lena@college.example", "firstname": "Lena", "lastname": "Berg"}))
        .await;
    let fields = json!({"Academic_Email": "lena@college.example", "Display_Name": "Lena Berg", "Status": "Active"});
    let record = school.add("students", fields).await;
    school.layout("students", json!({"match_by": "email"})).await;
    let run = school.full("students").await;
    assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
    assert_eq!(school.account_of(&account).await["idnumber"], record.as_str());
    settled(&school, &["students"]).await;
    (school, record, account)
}

async fn item(school: &School, run: &Value, id: &str) -> Value {
    let items = school.items(run, "").await;
    items.into_iter().find(|item| item["zoho_id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_with_its_user_name_gets_its_id_number_back() {
    for kind in kinds() {
        for scope in ["changes", "full", "verify"] {
            let (school, record, account) = adopted(kind).await;
            let by_hand = json!({"idnumber": "", "email": "lena.new@elsewhere.example"});
            school.by_hand(&account, by_hand).await;
            school.change("students", &record, json!({"Phone_Number": "+999 1"})).await;
            let run = school.run("students", json!({"scope": scope})).await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{scope}: {run}");
            let now = school.account_of(&account).await;
            let named = ["idnumber", "username", "email"].map(|name| now[name].clone());
            let expected = [&*record, "lena.b", "lena.new@elsewhere.example"];
            assert_eq!(named, expected.map(Value::from), "{scope}: {run}");
            assert_eq!(school.counts().await["users"], 13);
            settled(&school, &["students"]).await;
            school.stop().await;
        }
    }
}

/// Nothing identifies the account: it is not written, no second one is made, and what refers to it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_nothing_identifies_is_neither_written_nor_made_again() {
    for kind in kinds() {
        let (school, record, account) = adopted(kind).await;
        let by_hand =
            json!({"idnumber": "", "email": "other@elsewhere.example", "username": "other"});
        school.by_hand(&account, by_hand).await;
        let before = school.account_of(&account).await;
        let class = school.id("classes", 0).await;
        let seat =
            json!({"Enrolled_Students": record, "Classes": class, "Start_Date": "2026-09-01"});
        for module in ["programs", "classes"] {
            assert_eq!(school.full(module).await["status"], "completed");
        }
        let seat = school.add("enrollments", seat).await;
        for (number, scope) in ["changes", "full", "verify", "changes"].into_iter().enumerate() {
            let status = if number == 3 { "Suspended" } else { "Active" };
            let fields = json!({"Phone_Number": format!("+999 {number}"), "Status": status});
            school.change("students", &record, fields).await;
            let run = school.run("students", json!({"scope": scope})).await;
            let item = item(&school, &run, &record).await;
            let told = (&item["status"], &item["code"]);
            assert_eq!(told, (&json!("FAILED"), &json!("IDENTITY_NOT_PROVED")), "{scope}: {item}");
            let run = school.run("enrollments", json!({"scope": "changes"})).await;
            assert_ne!(run["status"], "failed", "{run}");
            school.idle().await;
            assert_eq!(school.account_of(&account).await, before, "{scope}: {run}");
            assert_eq!(school.counts().await["users"], 13);
            let seats = school.moodle(&format!("enrolments?user={account}")).await;
            assert_eq!(seats.len(), 0, "{seat}: {seats:?}");
        }
        // A person puts the id number back, and all goes on.
        school.by_hand(&account, json!({"idnumber": record})).await;
        school
            .change("students", &record, json!({"Status": "Active", "Phone_Number": "+999 9"}))
            .await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        assert_eq!(school.counts().await["users"], 13);
        let run = school.full("enrollments").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        assert_eq!(school.moodle(&format!("enrolments?user={account}")).await.len(), 1);
        school.stop().await;
    }
}
