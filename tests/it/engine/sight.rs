//! Hidden is not absent: a hidden account is not created a second time.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const LOOK_UP: &str = "core_user_get_users_by_field";

/// A site whose accounts have lost their links, and whose students have got other addresses since, so that Moodle
/// would accept a second account for each.
async fn forgotten(kind: Kind, students: u32) -> School {
    let school = School::new(kind, students).await;
    assert_eq!(school.full("students").await["status"], "completed");
    for number in 0..students {
        let email = format!("someone.{number}@elsewhere.example");
        school.change("students", number, json!({"Academic_Email": email})).await;
    }
    school.anew(kind).await
}

/// Checks that a run stopped because of a missing right, and wrote nothing.
async fn stopped(school: &School, run: &Value, right: &str, accounts: u32) {
    let detail = school.detail(run).await;
    let failure = detail.error_code.clone().unwrap_or_default();
    assert_eq!(
        (run["status"].as_str(), failure.as_str()),
        (Some("failed"), "MOODLE_CAPABILITY_MISSING"),
        "{run}"
    );
    let summary = run["error_summary"].as_str().unwrap_or_default();
    assert!(summary.contains(right), "{summary}");
    assert_eq!(school.counts().await["users"], accounts);
    assert_eq!(school.duplicates().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_not_view_accounts_makes_none() {
    for kind in kinds() {
        let school = forgotten(kind, 30).await;
        for right in ["moodle/user:viewdetails", "moodle/user:viewalldetails"] {
            school.options(json!({"missing_capabilities": [right]})).await;
            school.forget().await;
            let run = school.full("students").await;
            stopped(&school, &run, right, 30).await;
            let asked = school.ledger().await["moodle"]["calls"].as_u64().expect("a count");
            assert!(asked <= 3, "{asked} calls");
        }
        school.options(json!({"missing_capabilities": []})).await;
        assert_eq!(told(&school.full("students").await), ("completed", [30, 0, 0, 0, 0, 30]));
        assert_eq!(
            (school.counts().await["users"].as_u64(), school.duplicates().await),
            (Some(30), 0)
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_id_numbers_alone_are_shown_linked_accounts_prove_it() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let shown = json!({
            "missing_capabilities": ["moodle/user:viewalldetails"],
            "show_user_identity": ["email", "idnumber"],
        });
        school.options(shown).await;
        school.add("students", json!({"Academic_Email": "new@college.example", "Display_Name": "New One", "Status": "Active"})).await;
        assert_eq!(told(&school.full("students").await), ("completed", [1, 10, 0, 0, 0, 11]));
        school.stop().await;
    }
}

/// The first, the last and a middle one of the linked accounts are gone: the others prove that id numbers are shown. Where
/// these are hidden, or where no linked account is left, the run stops.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn linked_accounts_that_are_gone_hide_no_others() {
    const RIGHT: &str = "moodle/user:viewalldetails";
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let users = school.moodle("users").await;
        let mut ours: Vec<String> = users.iter().map(|user| user["id"].to_string()).collect();
        // In the order of texts, in which they are stored.
        ours.sort();
        for place in [29, 15, 0] {
            let gone = ours.remove(place);
            school.take_away(&format!("users/{gone}")).await;
        }
        let add = async |name: &str| {
            let email = format!("{name}@college.example");
            let fields = json!({"Academic_Email": email, "Display_Name": format!("New {name}"), "Status": "Active"});
            school.add("students", fields).await
        };
        school
            .options(json!({"missing_capabilities": [RIGHT], "show_user_identity": ["email"]}))
            .await;
        let one = add("one").await;
        let run = school.changes("students").await;
        stopped(&school, &run, RIGHT, 27).await;
        school.options(json!({"show_user_identity": ["email", "idnumber"]})).await;
        let run = school.changes("students").await;
        assert_eq!((told(&run).0, told(&run).1[0], told(&run).1[3]), ("completed", 1, 0), "{run}");

        let one = school.one(&format!("users?idnumber={one}")).await["id"].to_string();
        for id in ours.iter().chain([&one]) {
            school.take_away(&format!("users/{id}")).await;
        }
        add("two").await;
        let run = school.changes("students").await;
        stopped(&school, &run, RIGHT, 0).await;
        let summary = run["error_summary"].as_str().unwrap_or_default();
        assert!(summary.contains("either all of them were deleted"), "{summary}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_are_not_shown_are_not_matched_by() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        school.layout("students", json!({"match_by": "email"})).await;
        school.options(json!({"show_user_identity": []})).await;
        let run = school.full("students").await;
        stopped(&school, &run, "moodle/site:viewuseridentity", 0).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_turn_empty_in_the_middle_of_a_run_make_no_second_account() {
    for kind in kinds() {
        for skip in [0, 1, 2] {
            let school = forgotten(kind, 500).await;
            school
                .fault(json!({"target": "moodle", "kind": "empty_list", "function": LOOK_UP, "skip": skip, "times": 0}))
                .await;
            let run = school.full("students").await;
            assert_ne!(run["status"], "completed", "{run}");
            assert_eq!(school.counts().await["users"], 500, "{skip}");
            assert_eq!(school.duplicates().await, 0, "{skip}");
            school.mend().await;
            assert_eq!(school.full("students").await["status"], "completed");
            assert_eq!(
                (school.counts().await["users"].as_u64(), school.duplicates().await),
                (Some(500), 0)
            );
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proof_costs_one_call_of_a_run() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        school.forget().await;
        assert_eq!(school.full("students").await["status"], "completed");
        let ledger = school.ledger().await;
        let creates = calls(&ledger, "moodle", "core_user_create_users");
        let slices = calls(&ledger, "moodle", LOOK_UP);
        school.anew(kind).await.stop().await;

        // One look-up for each slice, and one that proves that accounts are visible.
        let other = School::new(kind, 450).await;
        assert_eq!(other.full("students").await["status"], "completed");
        let other = other.anew(kind).await;
        other.forget().await;
        assert_eq!(other.full("students").await["status"], "completed");
        let found = calls(&other.ledger().await, "moodle", LOOK_UP);
        assert_eq!(slices, found + 1, "where all are found nothing is to be proved");
        assert!(creates > 1);
        other.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_the_service_that_may_not_call_ends_the_run_at_once() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        for code in [
            "wsaccessusersuspended",
            "sitepolicynotagreed",
            "forcepasswordchangenotice",
            "usernotfullysetup",
        ] {
            school.options(json!({"service_refusal": code})).await;
            school.forget().await;
            let run = school.full("students").await;
            let failure = school.detail(&run).await.error_code.unwrap_or_default();
            assert_eq!(
                (run["status"].as_str(), failure.as_str()),
                (Some("failed"), "MOODLE_ACCOUNT_REFUSED"),
                "{run}"
            );
            assert_eq!(school.ledger().await["moodle"]["calls"], 1);
        }
        school.stop().await;
    }
}
