//! The brake on changes: what a run would change is looked at before the first write where the run is based on something
//! else than the last one, and stopped while it runs where too much of it changes.

use {
    crate::harness::{
        db::{Kind, kinds},
        eventually,
        school::{School, told},
    },
    serde_json::{Value, json},
    std::collections::BTreeMap,
};

/// A school whose modules are synced.
async fn school(kind: Kind, students: u32, modules: &[&str]) -> School {
    let school = School::new(kind, students).await;
    for module in modules {
        let run = school.full(module).await;
        assert_eq!(run["status"], "completed", "{module}: {run}");
    }
    school.forget().await;
    school
}

/// What accounts are known by, and whether they are open.
async fn identities(school: &School) -> BTreeMap<String, [String; 3]> {
    let users = school.moodle("users").await;
    users
        .iter()
        .map(|user| {
            let own = ["username", "email", "suspended"].map(|name| user[name].to_string());
            (user["id"].to_string(), own)
        })
        .collect()
}

/// The rows of a module's mapping.
async fn rows(school: &School, module: &str) -> Vec<Value> {
    let rows = school.client.get(&format!("/v1/extension/mappings/{module}")).await.json();
    rows.as_array().expect("rows").clone()
}

async fn put_rows(school: &School, module: &str, rows: &[Value]) {
    let target = format!("/v1/extension/mappings/{module}");
    let answer = school.client.put(&target, &json!({"mappings": rows})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Changes a field of the first students.
async fn edit(school: &School, count: u32, field: &str) {
    for number in 0..count {
        school.change("students", number, json!({ field: format!("+999 1 {number}") })).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_default_row_mapped_to_another_field_is_held_before_the_first_write() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        // Enough of each kind, and accounts that a wrong status would open.
        for number in 0..12 {
            let program = json!({"Product_Name": format!("Program {number}"), "Status": "Draft",
                "Program_ID": format!("P-{number}"), "Description": format!("About {number}")});
            school.add("programs", program).await;
            let class = json!({"Name": format!("CLS-X{number}"), "Class_Name": format!("Class {number}"),
                "Class_Short_Name": format!("X-{number}"), "Start_Date": "2026-09-01", "End_Date": "2027-01-31"});
            school.add("classes", class).await;
        }
        for number in 0..6 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let modules = [
            ("students", ["Display_Name", "Phone_Number", "Last_Name"]),
            ("programs", ["Product_Name", "Description", "Program_ID"]),
            ("classes", ["Class_Name", "Name", "Class_Short_Name"]),
            ("units", ["Name", "Unit_Number", "Unit_Level"]),
        ];
        for module in ["programs", "units", "classes", "students"] {
            let run = school.full(module).await;
            assert_ne!(run["status"], "failed", "{module}: {run}");
        }
        let before = identities(&school).await;
        let (mut tried, mut held) = (0, Vec::new());
        for (module, others) in modules {
            let right = rows(&school, module).await;
            let spoilt = (0..right.len()).flat_map(|place| {
                let known = right[place]["zoho_field_api_name"].clone();
                others
                    .into_iter()
                    .filter(move |field| known != *field)
                    .take(2)
                    .map(move |f| (place, f))
            });
            for (place, field) in spoilt {
                let mut wrong = right.clone();
                let name = wrong[place]["canonical_field"].as_str().expect("a name").to_owned();
                wrong[place]["zoho_field_api_name"] = json!(field);
                put_rows(&school, module, &wrong).await;
                school.forget().await;
                let run = school.full(module).await;
                let what = format!("{module}.{name} from {field}: {run}");
                tried += 1;
                assert_eq!(school.writes("moodle").await, 0, "{what}");
                assert_eq!(run["changes"]["applied"].as_i64().unwrap_or_default(), 0, "{what}");
                if run["status"] == "held" {
                    assert!(run["changes"]["planned"].as_i64() > Some(0), "{what}");
                    assert!(
                        !run["changes"]["samples"].as_array().expect("samples").is_empty(),
                        "{what}"
                    );
                    held.push(format!("{module}.{name}"));
                }
                put_rows(&school, module, &right).await;
            }
            // Mended, nothing is left to be done.
            let run = school.full(module).await;
            assert_eq!((school.writes("moodle").await, told(&run).1[2]), (0, 0), "{run}");
        }
        assert_eq!(identities(&school).await, before);
        assert!(tried >= 50, "{tried}");
        for row in [
            "students.academic_email",
            "students.username",
            "students.display_name",
            "students.first_name",
            "students.last_name",
            "students.phone",
            "students.status",
            "programs.name",
            "programs.description",
            "classes.name",
            "classes.short_name",
            "units.name",
            "units.code",
        ] {
            let told = held.iter().any(|known| known == row);
            assert!(told || HARMLESS.contains(&row), "{row} of {tried}: {held:?}");
        }
        school.stop().await;
    }
}

/// Rows of which another field changes nothing: every record fails, a linked account keeps its user name, an unknown status
/// opens and closes nothing, and the display name goes nowhere.
const HARMLESS: [&str; 4] =
    ["students.academic_email", "students.username", "students.status", "students.display_name"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mass_edit_is_held_a_part_approved_and_the_rest_found_again() {
    for kind in kinds() {
        let school = school(kind, 60, &["students"]).await;
        edit(&school, 60, "Phone_Number").await;
        let run = school.changes("students").await;
        assert_eq!(run["status"], "held", "{run}");
        let changes = &run["changes"];
        assert_eq!(
            (&changes["kind"], &changes["field"]),
            (&json!("field"), &json!("phone")),
            "{run}"
        );
        assert_eq!(
            (&changes["planned"], &changes["share_percent"]),
            (&json!(60), &json!(100)),
            "{run}"
        );
        let sample = &changes["samples"][0];
        assert_eq!(
            (&sample["op"], &sample["fields"]),
            (&json!("update"), &json!(["phone"])),
            "{run}"
        );
        assert!(
            changes["held_reason"].as_str().unwrap().contains("phone of 60 of 60 records"),
            "{run}"
        );
        assert_eq!(school.writes("moodle").await, 0);

        let id = run["run_id"].as_str().unwrap();
        let approve = format!("/v1/extension/runs/{id}/approve");
        for bad in [
            json!({"changes": 0}),
            json!({"changes": 61}),
            json!({"changes": -1}),
            json!({"changes": 3, "removals": 3}),
            json!({"removals": 1}),
            json!({}),
        ] {
            let refused = school.client.post(&approve, &bad).await;
            assert!(
                [400, 422].contains(&refused.status),
                "{bad}: {} {}",
                refused.status,
                refused.text
            );
        }
        // One needs nothing by now, one is gone, and one more is changed, which does not join.
        let before = school.record("students", 0).await["Phone_Number"].clone();
        assert_eq!(before, json!("+999 1 0"));
        school.change("students", 0, json!({"Phone_Number": "+999 55 0000000"})).await;
        school.delete("students", 1, true).await;
        let approved = school.decide(&run, "approve", json!({"changes": 10})).await;
        assert_eq!(approved["changes"]["approved"], 10, "{approved}");
        let run = school.ended(id).await;
        assert_eq!(
            (&run["status"], &run["changes"]["applied"]),
            (&json!("completed"), &json!(10)),
            "{run}"
        );
        let phones = school.moodle("users").await;
        let written = phones.iter().filter(|user| user.to_string().contains("+999 1 "));
        assert_eq!(written.count(), 10);
        assert_eq!(school.items(&run, "items_status=UPDATED").await.len(), 10);
        assert_eq!(school.items(&run, "items_code=SOURCE_GONE").await.len(), 1);
        assert_eq!(school.items(&run, "items_status=UNCHANGED").await.len(), 1);
        assert_eq!(school.items(&run, "items_code=RUN_HELD_CHANGES").await.len(), 48);
        let again = school.client.post(&approve, &json!({"changes": 1})).await;
        assert_eq!(again.status, 400, "{}", again.text);
        // The cursor has not moved: the next run finds the rest.
        let next = school.changes("students").await;
        assert_eq!(
            (&next["status"], &next["changes"]["planned"]),
            (&json!("held"), &json!(48)),
            "{next}"
        );
        let discarded = school.decide(&next, "discard", json!({})).await;
        assert_eq!(discarded["status"], "partial", "{discarded}");
        assert_eq!(school.detail(&discarded).await.error_code(), "CHANGES_DISCARDED");
        assert_eq!(told(&discarded).1[4], 48, "{discarded}");
        school.stop().await;
    }
}

/// What changes in other fields after the list was made is not what was approved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_writes_no_field_that_was_not_planned() {
    for kind in kinds() {
        let school = school(kind, 30, &["students"]).await;
        edit(&school, 30, "Phone_Number").await;
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        let before = identities(&school).await;
        for number in 0..30 {
            let fields = match number {
                0..10 => json!({"Academic_Email": format!("other{number}@college.example")}),
                10..15 => json!({"First_Name": "Other"}),
                15..20 => json!({"Phone_Number": format!("+999 77 {number}")}),
                _ => continue,
            };
            school.change("students", number, fields).await;
        }
        school.decide(&run, "approve", json!({"changes": 30})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(run["changes"]["applied"], 15, "{run}");
        assert_eq!(school.items(&run, "items_code=RUN_HELD_CHANGES").await.len(), 15, "{run}");
        assert_eq!(identities(&school).await, before);
        let users = school.moodle("users").await;
        let named = users.iter().filter(|user| user["firstname"] == "Other").count();
        let phoned = users.iter().filter(|user| user.to_string().contains("+999 77 ")).count();
        assert_eq!((named, phoned), (0, 5));
        // The next run judges what is left.
        let next = school.full("students").await;
        assert_eq!((&next["status"], &next["changes"]["planned"]), (&json!("held"), &json!(15)));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_lie_together_are_no_alarm_and_many_are_one() {
    for kind in kinds() {
        let school = school(kind, 1_000, &["students"]).await;
        edit(&school, 40, "Phone_Number").await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 960, 40, 0, 0, 1_000]), "{run}");
        assert!(run.get("changes").is_none(), "{run}");
        // A read of what changed meets nothing but changes: it is planned, passes, and is written.
        for number in 0..250 {
            school
                .change("students", number, json!({"Phone_Number": format!("+999 2 {number}")}))
                .await;
        }
        let run = school.changes("students").await;
        assert_eq!((&run["status"], told(&run).1[2]), (&json!("completed"), 250), "{run}");
        school.forget().await;
        for number in 0..600 {
            school
                .change("students", number, json!({"Phone_Number": format!("+999 3 {number}")}))
                .await;
        }
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        let changes = &run["changes"];
        assert_eq!(
            (&changes["kind"], &changes["planned"]),
            (&json!("update"), &json!(600)),
            "{run}"
        );
        assert_eq!(changes["samples"].as_array().unwrap().len(), 100);
        assert_eq!(school.writes("moodle").await, 0);
        // Of a list no run shows the samples.
        let listed = school.runs("status=held").await;
        assert_eq!(listed[0]["changes"]["samples"], json!([]), "{listed:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_what_people_are_known_by_waits_early_and_so_do_new_ones_beyond_the_usual() {
    for kind in kinds() {
        let school = school(kind, 60, &["students"]).await;
        for number in 0..4 {
            let email = json!({"Academic_Email": format!("other.{number}@school.example")});
            school.change("students", number, email).await;
        }
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], &run["changes"]["kind"]),
            (&json!("held"), &json!("identity")),
            "{run}"
        );
        assert_eq!(school.writes("moodle").await, 0);
        school.decide(&run, "approve", json!({"changes": 4})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!((&run["status"], told(&run).1[2]), (&json!("completed"), 4), "{run}");
        // Three times the 60 of the first run pass, more do not.
        for number in 0..181 {
            let fields = json!({"Name": format!("N{number}"), "Academic_Email": format!("new.{number}@school.example"),
                "Display_Name": format!("New {number}"), "First_Name": "New", "Last_Name": format!("N{number}"),
                "Status": "Active"});
            school.add("students", fields).await;
        }
        school.forget().await;
        let run = school.changes("students").await;
        assert_eq!(
            (&run["status"], &run["changes"]["kind"]),
            (&json!("held"), &json!("create")),
            "{run}"
        );
        assert_eq!(school.writes("moodle").await, 0);
        school.layout("students", json!({"brake_create_factor": 0})).await;
        let run = school.changes("students").await;
        assert_eq!((&run["status"], told(&run).1[0]), (&json!("completed"), 181), "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_is_not_held_also_where_its_worker_is_killed() {
    for kind in kinds() {
        let mut school = School::new(kind, 1_500).await;
        let run = school.start("students", json!({})).await;
        eventually("a slice", async || {
            (school.detail(&json!({"run_id": run})).await.progress?.new() > 0).then_some(())
        })
        .await;
        school.app.process.kill();
        school.restart();
        let run = school.ended(&run).await;
        assert_eq!((&run["status"], told(&run).1[0]), (&json!("completed"), 1_500), "{run}");
        assert!(run.get("changes").is_none(), "{run}");
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_whose_worker_is_killed_is_begun_anew() {
    for kind in kinds() {
        let mut school = school(kind, 1_500, &["students"]).await;
        school.map("students", "phone", "Emergency_Phone_Number").await;
        let slow = json!({"target": "zoho", "kind": "slow", "delay_ms": 700, "times": 0, "function": "GET /crm/v8/BTEC_Students"});
        school.fault(slow).await;
        let run = school.start("students", json!({})).await;
        eventually("the plan", async || {
            (school.state(&run).await["phase"] == "planning").then_some(())
        })
        .await;
        school.app.process.kill();
        school.mend().await;
        school.restart();
        let run = school.ended(&run).await;
        assert_eq!(
            (&run["status"], &run["changes"]["planned"]),
            (&json!("held"), &json!(1_500)),
            "{run}"
        );
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_passes_costs_no_second_read() {
    for kind in kinds() {
        let school = school(kind, 1_000, &["students"]).await;
        let mut seen = Vec::new();
        // The second of these runs is based on another option, which changes nothing of an account.
        for category in [1, 7] {
            school.layout("students", json!({ "category_id": category })).await;
            edit(&school, 30 + category, "Phone_Number").await;
            for number in 0..30 {
                let phone = json!({"Phone_Number": format!("+999 {category} {number}")});
                school.change("students", number, phone).await;
            }
            school.forget().await;
            let run = school.full("students").await;
            assert_eq!(run["status"], "completed", "{run}");
            assert!(told(&run).1[2] >= 30, "{run}");
            let calls = school.detail(&run).await.upstream.expect("calls");
            seen.push((calls.zoho_calls, calls.moodle_calls));
        }
        let [(zoho, moodle), (planned_zoho, planned_moodle)] = seen[..] else { panic!("two runs") };
        assert!(planned_zoho * 100 <= zoho * 115 && planned_moodle <= moodle, "{seen:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_let_go_when_the_mapping_changes() {
    for kind in kinds() {
        let school = school(kind, 60, &["students"]).await;
        let right = rows(&school, "students").await;
        school.map("students", "phone", "Emergency_Phone_Number").await;
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        put_rows(&school, "students", &right).await;
        let id = run["run_id"].as_str().unwrap();
        let run = school.state(id).await;
        assert_eq!(run["status"], "partial", "{run}");
        let detail = school.detail(&run).await;
        assert_eq!(detail.error_code(), "CHANGES_DISCARDED");
        assert!(detail.error_summary().contains("mapping"), "{detail:?}");
        let approve = format!("/v1/extension/runs/{id}/approve");
        let refused = school.client.post(&approve, &json!({"changes": 60})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains("does not wait for an approval"), "{}", refused.text);
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_left_loses_access_while_changes_wait() {
    for kind in kinds() {
        let school = school(kind, 100, &["students"]).await;
        for number in 0..4 {
            school.change("students", number, json!({"Status": "Active"})).await;
        }
        school.full("students").await;
        let open = async || {
            let users = school.moodle("users").await;
            users.iter().filter(|user| user["suspended"] != true && user["suspended"] != 1).count()
        };
        let before = open().await;
        school.map("students", "phone", "Emergency_Phone_Number").await;
        for number in 0..4 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        assert_eq!(run["removals"]["applied"], 4, "{run}");
        assert_eq!(open().await, before - 4);
        let phones = school.moodle("users").await;
        let wrong = phones.iter().filter(|user| user.to_string().contains("+999 56"));
        assert_eq!(wrong.count(), 0, "nothing else of them is written");
        // Removals beyond their own brake wait as well, and are approved apart.
        for number in 10..40 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        assert!(
            run["removals"]["held_reason"].is_string() && run["changes"]["held_reason"].is_string(),
            "{run}"
        );
        let planned = run["removals"]["planned"].as_i64().unwrap();
        school.decide(&run, "approve", json!({ "removals": planned })).await;
        let id = run["run_id"].as_str().unwrap();
        let run = school.ended(id).await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("held"), &json!(planned)),
            "{run}"
        );
        assert_eq!(run["changes"]["applied"], 0, "{run}");
        let changes = run["changes"]["planned"].as_i64().unwrap();
        school.decide(&run, "approve", json!({ "changes": changes })).await;
        let run = school.ended(id).await;
        assert_eq!(
            (&run["status"], &run["changes"]["applied"]),
            (&json!("completed"), &json!(changes)),
            "{run}"
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_run_of_a_chain_lets_the_others_go_on_and_a_dry_run_tells() {
    for kind in kinds() {
        let school =
            school(kind, 60, &["programs", "units", "students", "classes", "enrollments"]).await;
        school.map("students", "phone", "Emergency_Phone_Number").await;
        let dry = school.run("students", json!({"dry_run": true})).await;
        assert_eq!((&dry["status"], told(&dry).1[2]), (&json!("completed"), 60), "{dry}");
        assert_eq!(school.detail(&dry).await.error_code(), "CHANGES_WOULD_BE_HELD");
        let runs = school.all(json!({})).await;
        for run in &runs {
            let held = run["module_name"] == "students";
            assert_eq!(run["status"] == "held", held, "{run}");
        }
        let mut after = runs.iter().skip_while(|run| run["module_name"] != "students").skip(1);
        assert!(after.all(|run| run["status"] == "completed"), "{runs:?}");
        school.stop().await;
    }
}
