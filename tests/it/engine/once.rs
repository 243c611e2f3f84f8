//! Writes whose outcome is unknown: each write function does its work and its answer is lost. Nothing is created
//! twice, and every record has the right outcome.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
    std::sync::LazyLock,
};

const MODULES: [&str; 7] =
    ["programs", "units", "students", "classes", "registrations", "enrollments", "payments"];

/// How an answer gets lost.
fn losses() -> Vec<Value> {
    vec![
        json!({"kind": "cut_after_apply"}),
        json!({"kind": "status_after_apply", "status": 502}),
        json!({"kind": "cut_after_part", "keep": 7}),
        json!({"kind": "truncate"}),
        json!({"kind": "cut_body"}),
        json!({"kind": "invalid_utf8"}),
        json!({"kind": "hang_after_apply"}),
    ]
}

static SETTINGS: LazyLock<&str> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/impatient.toml");
    std::fs::write(file, "[upstream]\ntimeout_ms = 2000\n").expect("a settings file");
    file
});

/// A school behind a server that waits two seconds for an answer.
async fn impatient(kind: Kind, students: u32) -> School {
    let options = Options { students, ..Options::default() };
    School::with(kind, options, &["--config", *SETTINGS]).await
}

fn fault(loss: &Value, target: &str, function: &str) -> Value {
    let mut fault = loss.clone();
    fault["target"] = json!(target);
    fault["function"] = json!(function);
    fault["times"] = json!(1);
    fault
}

/// Runs every module and expects each record to have the status `word`.
async fn each(school: &School, place: usize, what: &str) {
    for module in MODULES {
        let run = school.full(module).await;
        let (status, counts) = told(&run);
        let [.., failed, _, total] = counts;
        assert_eq!((status, failed), ("completed", 0), "{what}, {module}: {run}");
        assert_eq!(counts[place], total, "{what}, {module}: {run}");
    }
}

async fn making(kind: Kind, group: bool) {
    let functions: &[&str] = if group {
        &["core_group_create_groups", "core_group_add_group_members", "enrol_manual_enrol_users"]
    } else {
        &[
            "core_course_create_categories",
            "core_course_create_courses",
            "core_user_create_users",
            "core_cohort_create_cohorts",
            "core_cohort_add_cohort_members",
            "enrol_manual_enrol_users",
            "core_user_update_users",
        ]
    };
    let mut expected = Value::Null;
    for loss in losses() {
        let school = impatient(kind, 60).await;
        if group {
            school.layout("classes", json!({"target": "group"})).await;
        }
        for function in functions {
            school.fault(fault(&loss, "moodle", function)).await;
        }
        each(&school, 0, &loss.to_string()).await;
        for fault in school.faults().await {
            assert_eq!(fault["fired"], 1, "it struck: {fault}");
        }
        assert_eq!(school.duplicates().await, 0, "{loss}");
        let counts = school.counts().await;
        if expected.is_null() {
            expected = counts.clone();
        }
        assert_eq!(counts, expected, "{loss}");
        school.forget().await;
        school.mend().await;
        each(&school, 1, "a second run").await;
        assert_eq!(school.writes("moodle").await, 0, "{loss}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_is_made_once() {
    for kind in kinds() {
        making(kind, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_and_their_members_are_made_once() {
    for kind in kinds() {
        making(kind, true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_and_ends_are_made_whatever_the_answer() {
    for kind in kinds() {
        let school = impatient(kind, 100).await;
        let brake = json!({"removal_action": "unenrol", "brake_percent": 100});
        school.layout("enrollments", brake).await;
        each(&school, 0, "the first run").await;
        for (round, loss) in losses().into_iter().enumerate() {
            school.mend().await;
            let number = u32::try_from(round).unwrap();
            for function in [
                "core_course_update_categories",
                "core_course_update_courses",
                "core_user_update_users",
                "core_cohort_delete_cohort_members",
                "enrol_manual_unenrol_users",
            ] {
                school.fault(fault(&loss, "moodle", function)).await;
            }
            let mark = format!("{round}");
            school.change("programs", number % 4, json!({"Description": mark})).await;
            school.change("classes", number, json!({"Class_Name": format!("Class {mark}")})).await;
            school
                .change("students", number, json!({"Phone_Number": format!("+999 {mark}")}))
                .await;
            school.delete("enrollments", 10 + number, false).await;
            let member = school.members().await;
            let leaving = school.active_registration(round).await;
            school
                .change("registrations", &leaving, json!({"Registration_Status": "Withdraw"}))
                .await;
            let enrolled = school.counts().await["enrolments"].as_i64().unwrap();
            for (module, updated) in [
                ("programs", 1),
                ("classes", 1),
                ("students", 1),
                ("registrations", 1),
                ("enrollments", 1),
            ] {
                let run = school.full(module).await;
                assert_eq!(
                    (run["status"].as_str(), told(&run).1[2], told(&run).1[3]),
                    (Some("completed"), updated, 0),
                    "{loss}, {module}: {run}"
                );
            }
            for fault in school.faults().await {
                assert_eq!(fault["fired"], 1, "it struck: {fault}");
            }
            assert_eq!(school.members().await, member - 1);
            assert_eq!(school.counts().await["enrolments"], json!(enrolled - 1));
        }
        school.mend().await;
        school.forget().await;
        for module in MODULES {
            let run = school.full(module).await;
            assert_eq!((told(&run).1[0], told(&run).1[2], told(&run).1[3]), (0, 0, 0), "{run}");
        }
        assert_eq!((school.writes("moodle").await, school.duplicates().await), (0, 0));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_a_plug_in_and_grades_are_kept_once() {
    for kind in kinds() {
        for loss in losses() {
            let school = impatient(kind, 24).await;
            school.options(json!({"plugin": true})).await;
            school.layout("units", json!({"target": "record"})).await;
            school.fault(fault(&loss, "moodle", "local_mzi_create_btec_definition")).await;
            let run = school.full("units").await;
            assert_eq!(told(&run), ("completed", [16, 0, 0, 0, 0, 16]), "{loss}: {run}");
            assert_eq!(school.moodle("plugin_definitions").await.len(), 16);

            for module in ["students", "classes", "enrollments"] {
                assert_eq!(school.full(module).await["status"], "completed");
            }
            let settings = json!({"grades_writeback": true});
            assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
            let on = json!({"enabled": true});
            assert_eq!(school.client.put("/v1/extension/modules/grades", &on).await.status, 200);
            for own in school.records("enrollments").await {
                let wish = json!({
                    "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
                    "raw": 3.0, "max": 4.0,
                });
                school.grade(wish).await;
            }
            school.fault(fault(&loss, "zoho", "POST /crm/v8/BTEC_Grades/upsert")).await;
            let run = school.full("grades").await;
            let (status, [new, _, _, failed, ..]) = told(&run);
            assert_eq!((status, new, failed), ("completed", 48, 0), "{loss}: {run}");
            assert_eq!(school.records("grades").await.len(), 48, "{loss}");
            for fault in school.faults().await {
                assert_eq!(fault["fired"], 1, "it struck: {fault}");
            }
            school.stop().await;
        }
    }
}
