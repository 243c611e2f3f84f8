//! Any subset of fields, left out of any subset of records: nothing that was sent changes, nothing closed opens, and
//! a second run has nothing to write.

use {
    super::{ABSENT, all_of_moodle, install_plug_in, lacking},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Map, Value, json},
    std::collections::{BTreeMap, BTreeSet},
};

const MODULES: [&str; 6] =
    ["programs", "students", "classes", "registrations", "enrollments", "payments"];
/// Fields of a module that change in a round, with the canonical fields that depend on them.
const CHANGES: [(&str, &[(&str, &str)]); 6] = [
    ("programs", &[("Description", "description")]),
    ("students", &[("Phone_Number", "phone"), ("Last_Name", "last_name"), ("Status", "status")]),
    ("classes", &[("Class_Name", "name"), ("End_Date", "end_date")]),
    ("registrations", &[("Registration_Date", "registration_date")]),
    (
        "enrollments",
        &[
            ("Start_Date", "enrollment_date"),
            ("End_Date", "end_date"),
            ("Class_Teacher", "enrollment_status"),
        ],
    ),
    ("payments", &[("Payment_Method", "payment_method"), ("Payment_Amount", "amount")]),
];
const ROUNDS: u64 = 9;

/// A source of numbers that is the same on each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn text(&mut self, field: &str) -> Value {
        let n = self.below(1_000);
        match field {
            "End_Date" => json!(format!("2033-{:02}-{:02}", n % 12 + 1, n % 28 + 1)),
            "Start_Date" | "Registration_Date" => {
                json!(format!("2025-{:02}-{:02}", n % 12 + 1, n % 28 + 1))
            }
            "Status" => json!(["Active", "Suspended", "Inactive"][(n % 3) as usize]),
            "Class_Teacher" => json!(["Active", "Withdraw", "Active"][(n % 3) as usize]),
            "Payment_Amount" => json!(n + 1),
            "Phone_Number" => json!(format!("+999 {n}")),
            // An empty value is a reported value.
            _ if n.is_multiple_of(7) && ["Description", "Payment_Method"].contains(&field) => {
                Value::Null
            }
            _ => json!(format!("Word {n}")),
        }
    }
}

/// Runs every module; returns the items that were written or failed, by module and record.
async fn run_all(school: &School) -> BTreeMap<(String, String), Value> {
    let mut items = BTreeMap::new();
    for module in MODULES {
        let run = school.full(module).await;
        let run = if run["status"] == "held" {
            let planned = run["removals"]["planned"].clone();
            school.decide(&run, "approve", json!({ "removals": planned })).await;
            school.ended(run["run_id"].as_str().unwrap()).await
        } else {
            run
        };
        // All records whose removal is checked again may lack a field, and then the page lacks it.
        let code = school.detail(&run).await.error_code().to_owned();
        assert!(["", ABSENT].contains(&code.as_str()), "{module}: {run}");
        for query in ["items_status=UPDATED", "items_status=NEW", "items_status=FAILED"] {
            for item in school.items(&run, query).await {
                let key = (module.to_owned(), item["zoho_id"].as_str().unwrap().to_owned());
                items.insert(key, item);
            }
        }
    }
    school.idle().await;
    items
}

/// Returns what is closed: accounts by their records' ids, enrolments by course and user.
async fn closed(school: &School) -> BTreeSet<String> {
    let users = school.moodle("users").await.into_iter();
    let users = users.filter(|user| user["suspended"] == true);
    let mut closed: BTreeSet<String> =
        users.map(|user| user["idnumber"].as_str().unwrap().to_owned()).collect();
    for seat in school.moodle("enrolments").await {
        if seat["suspended"] == true {
            closed.insert(format!("{}:{}", seat["course"], seat["user"]));
        }
    }
    closed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_said_changes_nothing_whatever_is_left_out() {
    for kind in kinds() {
        let school = School::new(kind, 24).await;
        for module in MODULES {
            school.unbraked(module).await;
        }
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        school.layout("payments", json!({"target": "record"})).await;
        install_plug_in(&school).await;
        run_all(&school).await;
        for round in 0..ROUNDS {
            let mut dice = Dice(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 7);
            let (mut out, mut unsaid) = (Vec::new(), BTreeSet::new());
            for (module, fields) in CHANGES {
                let records = school.records(module).await;
                let ids: Vec<&str> =
                    records.iter().map(|record| record["id"].as_str().unwrap()).collect();
                for id in &ids {
                    let mut change = Map::new();
                    for (field, _) in fields {
                        if dice.below(4) == 0 {
                            change.insert((*field).to_owned(), dice.text(field));
                        }
                    }
                    if !change.is_empty() {
                        school.change(module, id, Value::Object(change)).await;
                    }
                }
                for (field, canonical) in fields {
                    // The first record always has it: a page that lacks a field stops the run.
                    let lack: Vec<String> = ids
                        .iter()
                        .skip(1)
                        .filter(|_| dice.below(3) == 0)
                        .map(|id| (*id).to_owned())
                        .collect();
                    unsaid.extend(lack.iter().map(|id| (module, id.clone(), *canonical)));
                    if !lack.is_empty() {
                        out.push(lacking(module, field, &lack));
                    }
                }
            }
            school.leave_out(json!(out)).await;
            let before = closed(&school).await;
            let items = run_all(&school).await;
            for ((module, id), item) in &items {
                let names: Vec<&String> = item["diff"].as_object().unwrap().keys().collect();
                for name in &names {
                    let key = (module.as_str(), id.clone(), name.as_str());
                    let said =
                        !unsaid.iter().any(|one| (one.0, &one.1, one.2) == (key.0, &key.1, key.2));
                    assert!(said, "round {round}: {item}");
                }
                if item["status"] == "FAILED" {
                    assert_eq!(item["code"], ABSENT, "round {round}: {item}");
                }
            }
            // Everything that opened or closed has a record that says so.
            let after = closed(&school).await;
            for id in before.symmetric_difference(&after).filter(|id| !id.contains(':')) {
                let silent = unsaid.contains(&("students", id.clone(), "status"));
                assert!(!silent, "round {round}: {id}");
            }
            let seats = before.difference(&after).filter(|id| id.contains(':')).count();
            let reactivated = items.values().filter(|item| item["op"] == "reactivate").count();
            assert!(seats <= reactivated, "round {round}: {seats}");
            school.forget().await;
            let state = all_of_moodle(&school).await;
            for item in run_all(&school).await.values() {
                assert_eq!(item["code"], ABSENT, "round {round}: {item}");
            }
            assert_eq!(school.writes("moodle").await, 0, "round {round}");
            assert_eq!(all_of_moodle(&school).await, state, "round {round}");
            // The missing values come now, and then everything is as the records say.
            school.leave_out(json!([])).await;
            assert!(run_all(&school).await.values().all(|item| item["status"] != "FAILED"));
            school.forget().await;
            for module in MODULES {
                let run = school.full(module).await;
                assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 0), "{run}");
            }
            assert_eq!(school.writes("moodle").await, 0, "round {round}");
        }
        school.stop().await;
    }
}
