//! Faults of twelve kinds in a large school, and a retry of exactly those records.

use {
    super::{
        Form, Report,
        harness::{
            db::Kind,
            school::{School, told},
        },
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
    std::{collections::BTreeSet, time::Duration},
};

const PATIENCE: Duration = Duration::from_secs(180);

/// Returns the fields that spoil a record, by kind of fault.
fn spoilt(kind: usize, number: usize) -> Value {
    match kind {
        0 => json!({"Academic_Email": null}),
        1 => json!({"Academic_Email": "nonsense"}),
        2 => json!({"Academic_Email": "سارة@college.example"}),
        3 => json!({"Academic_Email": "a@b@college.example"}),
        4 => json!({"Academic_Email": {"an": "object"}}),
        5 => json!({"First_Name": null, "Last_Name": null, "Display_Name": "Madonna"}),
        6 => json!({"Last_Name": "x".repeat(200)}),
        7 => json!({"Last_Name": "<b>Haddad</b>"}),
        8 => json!({"Phone_Number": "1".repeat(40)}),
        9 => json!({"Last_Name": "Had\u{0}dad"}),
        // Accounts that exist already: the first have the address, the others the user name.
        10 => json!({"Academic_Email": format!("address.{number}@college.example")}),
        _ => json!({"Academic_Email": format!("name.{number}@college.example")}),
    }
}

/// Creates the account that conflicts with a record.
async fn obstruct(school: &School, kind: usize, number: usize) {
    let (username, email) = match kind {
        10 => (format!("x{number}"), format!("address.{number}@college.example")),
        11 => (format!("name.{number}"), format!("y{number}@college.example")),
        _ => return,
    };
    let user = [
        ("users[0][username]", username.as_str()),
        ("users[0][email]", email.as_str()),
        ("users[0][firstname]", "A"),
        ("users[0][lastname]", "B"),
        ("users[0][createpassword]", "1"),
    ];
    school.call("core_user_create_users", &user).await;
}

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let (students, faults) = form.pick((1_500, 60_usize), (10_000, 500));
    let school = School::with(kind, Options { students, ..Options::default() }, &[]).await;
    // A telephone number that cannot be used would cost itself only.
    school.on_invalid("students", "fail").await;
    let step = usize::try_from(students).expect("a number") / faults;
    for fault in 0..faults {
        let number = fault * step + 3;
        obstruct(&school, fault % 12, number).await;
        school.change("students", number, spoilt(fault % 12, number)).await;
    }
    let run = school.start("students", json!({})).await;
    let run = school.ended_within(&run, PATIENCE).await;
    let failed = school.items(&run, "items_status=FAILED").await;
    let codes: BTreeSet<&str> = failed.iter().filter_map(|item| item["code"].as_str()).collect();
    let whole = i64::from(students);
    let wrong = i64::try_from(faults).expect("a number");
    let mut report = Report::default();
    report.exactly("items in all", told(&run).1[5], whole);
    report.exactly("faults of 12 kinds that failed", told(&run).1[3], wrong);
    report.note("codes that name them", codes.len(), ">= 8", codes.len() >= 8);
    report.exactly("all others came through", told(&run).1[0], whole - wrong);

    for fault in 0..faults {
        let number = fault * step + 3;
        let good = json!({
            "Academic_Email": format!("mended.{number}@college.example"), "First_Name": "Sara",
            "Last_Name": "Haddad", "Display_Name": "Sara Haddad", "Phone_Number": "+999 1",
        });
        school.change("students", number, good).await;
    }
    school.forget().await;
    let retry = school.decide(&run, "retry-failed", json!({})).await;
    let retry = school.ended_within(retry["run_id"].as_str().expect("an id"), PATIENCE).await;
    report.exactly("items that the retry attempted", told(&retry).1[5], wrong);
    report.exactly("of these new", told(&retry).1[0], wrong);
    report.exactly(
        "writes of the retry into Moodle",
        school.writes("moodle").await,
        u64::try_from(wrong).expect("a number"),
    );
    let ids = |items: &[Value]| -> BTreeSet<String> {
        items.iter().map(|item| item["zoho_id"].as_str().expect("an id").to_owned()).collect()
    };
    let same = ids(&failed) == ids(&school.items(&retry, "").await);
    report.note("they are the same records", same, true, same);
    report.exactly("made twice", school.duplicates().await, 0);
    school.stop().await;
    report
}
