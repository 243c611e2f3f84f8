//! Each module's effect in Moodle, read through the sandbox: what is created, what is changed, what is left alone.

mod debt;
mod enrolment;
mod gone;
mod group;
mod identity;
mod length;
mod moved;
mod option;
mod optional;
mod order;
mod payment;
mod person;
mod profile;
mod profile_type;
mod revoked;
mod shared;
mod stored;
mod study;
mod username;

use {
    crate::harness::school::{School, told},
    serde_json::Value,
};

/// Returns the first second of a day; 0 for none.
fn seconds(day: &Value) -> i64 {
    let day = day.as_str().and_then(|day| day.parse::<chrono::NaiveDate>().ok());
    day.and_then(|day| day.and_hms_opt(0, 0, 0)).map_or(0, |time| time.and_utc().timestamp())
}

/// Returns the last second of a day; 0 for none.
fn last_second(day: &Value) -> i64 {
    Some(seconds(day)).filter(|first| *first > 0).map_or(0, |first| first + 86_399)
}

/// Returns the id that a look-up of a record holds.
fn looked_up(record: &Value, field: &str) -> String {
    record[field]["id"].as_str().unwrap_or_else(|| panic!("{field}: {record}")).to_owned()
}

/// Runs modules whole, one after the other; each must complete.
async fn complete(school: &School, modules: &[&str]) {
    for module in modules {
        let run = school.full(module).await;
        assert_eq!(run["status"], "completed", "{module}: {run}");
    }
}

/// Runs modules whole again and checks that nothing is written.
async fn settled(school: &School, modules: &[&str]) {
    // A run that is under way would take the request, and its end would be looked at instead.
    school.idle().await;
    school.forget().await;
    for module in modules {
        let run = school.full(module).await;
        let (status, [new, unchanged, updated, failed, _, total]) = told(&run);
        assert_eq!((status, new, updated, failed), ("completed", 0, 0, 0), "{module}: {run}");
        assert!(unchanged > 0 && total >= unchanged, "{module}: {run}");
    }
    assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
}
