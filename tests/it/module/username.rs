//! User names with characters beyond the usual ones: Moodle takes them where `extendedusernamechars` is on. It tells the
//! setting to no web service, so the site is asked by a look-up.

use {
    super::settled,
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

/// User names of records, and those of their accounts.
const NAMES: [(&str, &str); 4] = [
    ("Sara+X", "sara+x"),
    ("\u{633}\u{627}\u{631}\u{629}", "\u{633}\u{627}\u{631}\u{629}"),
    ("\u{c9}ric O'Neil", "\u{e9}ric o'neil"),
    ("plain.name", "plain.name"),
];
const LOOK_UP: &str = "core_user_get_users_by_field";

/// A school whose students have these user names, in a field of their own.
async fn school(kind: crate::harness::db::Kind) -> (School, Vec<String>) {
    let school = School::new(kind, 4).await;
    school.map("students", "username", "Major").await;
    let mut ids = Vec::new();
    for (number, (name, _)) in NAMES.iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        school.change("students", number, json!({"Major": name})).await;
        ids.push(school.id("students", number).await);
    }
    (school, ids)
}

async fn name(school: &School, id: &str) -> Value {
    school.one(&format!("users?idnumber={id}")).await["username"].clone()
}

/// Counts the look-ups by user name.
async fn asked(school: &School) -> u64 {
    calls(&school.ledger().await, "moodle", LOOK_UP)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_takes_any_names_gets_them() {
    for kind in kinds() {
        for match_by in ["none", "username"] {
            let (school, ids) = school(kind).await;
            school.layout("students", json!({"match_by": match_by})).await;
            school.options(json!({"extended_username_chars": true})).await;
            let run = school.run("students", json!({"dry_run": true})).await;
            assert_eq!(
                (told(&run).0, told(&run).1[0], told(&run).1[3]),
                ("completed", 4, 0),
                "{run}"
            );
            let run = school.full("students").await;
            assert_eq!(
                (told(&run).0, told(&run).1[0], told(&run).1[3]),
                ("completed", 4, 0),
                "{run}"
            );
            for (id, (_, name_there)) in ids.iter().zip(NAMES) {
                assert_eq!(name(&school, id).await, name_there);
            }
            settled(&school, &["students"]).await;
            // An update reaches them, and so does a run that looks at everything.
            school.change("students", 1, json!({"Phone_Number": "+999 1"})).await;
            let run = school.run("students", json!({"scope": "verify"})).await;
            assert_eq!(
                (told(&run).0, told(&run).1[2], told(&run).1[3]),
                ("completed", 1, 0),
                "{run}"
            );
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_takes_only_the_usual_ones_is_asked_once_and_gets_none() {
    for kind in kinds() {
        let (school, ids) = school(kind).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[0], told(&run).1[3]), ("partial", 1, 3), "{run}");
        for item in school.items(&run, "items_status=FAILED").await {
            assert_eq!(item["code"], "USERNAME_INVALID", "{item}");
            let message = item["message"].as_str().unwrap();
            assert!(message.contains("extendedusernamechars"), "{item}");
        }
        assert_eq!(school.counts().await["users"], 1);
        assert_eq!(name(&school, &ids[3]).await, "plain.name");
        // The records are made once the site takes their names.
        school.options(json!({"extended_username_chars": true})).await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[0], told(&run).1[3]), ("completed", 3, 0), "{run}");
        settled(&school, &["students"]).await;
        school.stop().await;

        // Without such a name the site is not asked at all.
        let look_ups = async |school: &School| {
            let run = school.full("students").await;
            assert_eq!(run["status"], "completed", "{run}");
            asked(school).await
        };
        let plain = School::new(kind, 4).await;
        let usual = look_ups(&plain).await;
        plain.stop().await;
        let plain = School::new(kind, 4).await;
        plain.options(json!({"extended_username_chars": true})).await;
        assert_eq!(look_ups(&plain).await, usual);
        plain.stop().await;
    }
}

/// A student whose user name the site does not take is still closed when the status says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_not_taken_any_more_holds_no_revocation_back() {
    for kind in kinds() {
        let (school, ids) = school(kind).await;
        let run = school.full("students").await;
        assert_eq!(told(&run).1[0], 1, "{run}");
        let fields = json!({"Major": "with space", "Status": "Suspended"});
        school.change("students", &ids[3], fields).await;
        school.changes("students").await;
        school.idle().await;
        assert_eq!(school.one(&format!("users?idnumber={}", ids[3])).await["suspended"], true);
        school.stop().await;
    }
}
