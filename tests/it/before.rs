//! A database written by the previous version: this version reads all of its states and continues from them.

use {
    crate::harness::{
        app::App,
        control::Controls,
        db::{Db, Kind},
        school::School,
    },
    chrono::{Days, NaiveDate, Utc},
    serde_json::{Value, json},
    sigma_sync_sandbox::{Options, Sandbox},
    std::collections::BTreeMap,
};

/// The stored database.
const STORED: &str = include_str!("before/database.sql");
/// The day on which it was stored.
const DAY: &str = "2026-11-30";
/// The addresses of the systems that it was connected to.
const ZOHO: &str = "http://127.0.0.1:38201";
const MOODLE: &str = "http://127.0.0.1:38202";
/// The held run, and the one whose worker was killed.
const HELD: &str = "96a457f6-3f3a-4cd9-89e1-0c4e9a296d50";
const KILLED: &str = "36416bfa-18f8-49da-b055-99692a541468";
/// The page token of the held run's removals, written by the previous version.
const REMOVALS_TOKEN: &str = "NDE1MDg2ODAwMTAwMDAwMDAwMg";
const MASTER_KEY: &[u8; 32] = b"stored by the version before 1.0";

/// Moves the times to the day before today, because held and old runs do not stay for ever, and the addresses to
/// those of a running sandbox.
#[expect(clippy::disallowed_methods, reason = "a test's own clock")]
fn brought_here(sandbox: &Sandbox) -> String {
    let stored: NaiveDate = DAY.parse().expect("a day");
    let wanted = Utc::now().date_naive().checked_sub_days(Days::new(1)).expect("a day");
    let moved = (wanted - stored).num_milliseconds();
    let sql = STORED
        .replace(DAY, &wanted.to_string())
        .replace(ZOHO, &sandbox.zoho_url())
        .replace(MOODLE, &sandbox.moodle_url());
    // Times in milliseconds are values of 13 digits, and no other value is.
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        out.push_str(before);
        match digits.parse::<i64>() {
            Ok(ms)
                if digits.len() == 13 && before.ends_with(',') && after.starts_with([',', ')']) =>
            {
                out.push_str(&(ms + moved).to_string())
            }
            _ => out.push_str(digits),
        }
        rest = after;
    }
    out + rest
}

/// Starts this version on the stored database, with the accounts in Moodle that its links lead to.
async fn school() -> School {
    let db = Db::new(Kind::Sqlite).await;
    let key = db.master_key();
    std::fs::write(&key, hex::encode(MASTER_KEY)).expect("a key file");
    let options = Options { students: 12, seed: 7, ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("the sandbox");
    db.execute(&brought_here(&sandbox)).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    School { app, db, client, sandbox, controls: Controls::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_the_version_before_stored_is_read() {
    let school = school().await;
    let get = async |path: &str| {
        let answer = school.client.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    };
    let settings = get("/v1/extension/settings").await;
    assert_eq!(settings["moodle_api_token_set"], true, "{settings}");
    let modules = get("/v1/extension/modules").await;
    let students = &modules[0];
    assert_eq!(
        (&students["options"]["create_users"], &students["options"]["removal_action"]),
        (&json!(false), &json!("suspend")),
        "{students}"
    );
    for module in modules.as_array().expect("modules") {
        assert_eq!(module["warnings"], json!([]), "{module}");
    }
    let versions = get("/v1/extension/mappings/programs/versions").await;
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(2), "{versions}");
    let mut states = BTreeMap::<String, usize>::new();
    for run in school.runs("").await {
        *states.entry(run["status"].as_str().expect("a word").to_owned()).or_default() += 1;
    }
    assert_eq!(states.values().sum::<usize>(), 11, "{states:?}");
    assert_eq!((states["held"], states["partial"]), (1, 2), "{states:?}");
    let held = school.state(HELD).await;
    assert_eq!(held["removals"]["planned"], 6, "{held}");
    let items = school.items(&held, "").await;
    assert_eq!(items.len(), 7, "{items:?}");
    let next = format!("/v1/extension/runs/{HELD}/removals?limit=9&page_token={REMOVALS_TOKEN}");
    let next = get(&next).await;
    assert_eq!(next["removals"].as_array().map(Vec::len), Some(4), "{next}");
    let waiting = school.query("SELECT count(*) AS n FROM record_waits").await;
    assert_eq!(waiting, Some(5));
    let found = get("/v1/extension/people?query=mansour").await;
    assert!(found.to_string().contains("4150868001000000001"), "{found}");
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_the_version_before_held_goes_on_from_its_checkpoint() {
    let school = school().await;
    for number in 0..12 {
        let record = school.record("students", number).await;
        if record["Academic_Email"].is_null() || number == 11 {
            continue;
        }
        let email = record["Academic_Email"].as_str().expect("an address");
        let wish = json!({
            "username": email.split('@').next(), "email": email, "idnumber": record["id"],
            "firstname": record["First_Name"], "lastname": record["Last_Name"],
        });
        assert_eq!(school.account(wish).await, (number + 4).to_string(), "the id of the link");
    }
    for number in 1..7 {
        school.delete("students", number, true).await;
    }
    let held = json!({"run_id": HELD});
    school.decide(&held, "approve", json!({"removals": 6})).await;
    let ended = school.ended(HELD).await;
    assert_eq!(ended["removals"]["applied"], 6, "{ended}");
    let users = school.moodle("users").await;
    let closed: Vec<&Value> = users.iter().filter(|user| user["suspended"] == true).collect();
    assert_eq!(closed.len(), 6, "{users:?}");
    // The run of the killed worker continues too, and so does the next one of the module.
    let killed = school.ended(KILLED).await;
    assert_ne!(killed["status"], "failed", "{killed}");
    assert_eq!(school.full("classes").await["status"], "completed");
    school.stop().await;
}
