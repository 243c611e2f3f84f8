//! Grades go where the tenant's rows say, and what cannot be written there is named before the first write.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
};

const MAPPINGS: &str = "/v1/extension/mappings/grades";

/// A school with graded students whose grades may be written; `module` is Zoho's name of the module of grades.
async fn graded(kind: Kind, module: &str) -> School {
    let school = School::new(kind, 12).await;
    for module in ["programs", "students", "classes", "enrollments"] {
        assert_eq!(school.full(module).await["status"], "completed");
    }
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let on = json!({"enabled": true, "zoho_module": module});
    let enabled = school.client.put("/v1/extension/modules/grades", &on).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
    for (number, own) in school.records("enrollments").await.into_iter().enumerate() {
        let wish = json!({
            "course": own["Classes"]["id"], "user": own["Enrolled_Students"]["id"], "item": "Essay",
            "raw": number % 5, "max": 4.0, "feedback": format!("Work {number}"),
        });
        school.grade(wish).await;
    }
    school.forget().await;
    school
}

fn row(canonical: &str, zoho: &str) -> Value {
    json!({"canonical_field": canonical, "zoho_field_api_name": zoho})
}

/// The rows of a school whose module of grades has other fields.
fn other_rows() -> Vec<Value> {
    let mut rows: Vec<Value> = [
        ("grade_key", "External_Key"),
        ("student_zoho_id", "Learner"),
        ("class_zoho_id", "Course_Group"),
        ("grade_value", "Outcome"),
        ("grade_date", "Graded_On"),
        ("grade_name", "Task"),
        ("feedback", "Remarks"),
    ]
    .map(|(canonical, zoho)| row(canonical, zoho))
    .into();
    rows[3]["transform_rules"] = words("Merit");
    rows
}

/// The words of grades, with the given one for a merit.
fn words(merit: &str) -> Value {
    let map = json!({"F": "Fail", "R": "Refer", "P": "Pass", "M": merit, "D": "Distinction"});
    json!({"type": "value_map", "params": {"map": map, "else": "fail"}})
}

/// Saves rows and returns the status, and the codes of the refusals.
async fn save(school: &School, rows: &[Value], strict: bool) -> (u16, Vec<String>) {
    let body = json!({"mappings": rows, "strict": strict});
    let answer = school.client.put(MAPPINGS, &body).await;
    let detail = answer.json()["detail"].as_array().cloned().unwrap_or_default();
    let codes = detail.iter().map(|one| one["ctx"]["code"].as_str().unwrap_or_default().to_owned());
    (answer.status, codes.collect())
}

async fn saved(school: &School, rows: &[Value]) {
    assert_eq!(save(school, rows, true).await, (200, Vec::new()));
}

/// What a validation of the stored set finds, by code and severity.
async fn findings(school: &School) -> Vec<(String, String)> {
    let request =
        pb::ValidateMappingsRequest { module_name: "grades".into(), ..Default::default() };
    let method = "sigma.v1.MappingService/ValidateMappings";
    let report: pb::ValidateMappingsResponse =
        school.client.grpc(method, &request).await.expect("a report");
    assert!(report.fields_as_of.is_some());
    report.findings.into_iter().map(|one| (one.code, one.severity)).collect()
}

/// Counts records by the value of a field.
fn count(records: &[Value], field: &str, value: &str) -> usize {
    records.iter().filter(|record| record[field] == value).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_with_other_fields_gets_its_grades_there() {
    for kind in kinds() {
        let school = graded(kind, "Course_Results").await;
        saved(&school, &other_rows()).await;
        let run = school.full("grades").await;
        assert_eq!(told(&run), ("completed", [24, 0, 0, 0, 0, 24]), "{run}");
        let records = school.records("Course_Results").await;
        assert_eq!((records.len(), school.records("grades").await.len()), (24, 0));
        let enrollments = school.records("enrollments").await;
        for record in &records {
            let number: usize = record["Remarks"].as_str().unwrap()[5..].parse().unwrap();
            let own = &enrollments[number];
            assert_eq!(record["Learner"]["id"], own["Enrolled_Students"]["id"]);
            assert_eq!(record["Course_Group"]["id"], own["Classes"]["id"]);
            let word = ["Fail", "Refer", "Pass", "Merit", "Distinction"][number % 5];
            assert_eq!((&record["Outcome"], &record["Task"]), (&json!(word), &json!("Essay")));
            assert!(record["Graded_On"].is_string() && record["External_Key"].is_string());
        }
        let item = &school.items(&run, "").await[0];
        assert!(item["diff"]["grade_value"].is_array() || item["diff"].is_null(), "{item}");
        school.forget().await;
        assert_eq!(told(&school.full("grades").await).1[5], 24);
        assert_eq!(school.writes("zoho").await, 0, "nothing has changed");

        // Other words: only the records that have them change, and in no other field.
        for record in &records {
            school
                .change(
                    "Course_Results",
                    record["id"].as_str().unwrap(),
                    json!({"Remarks": "by hand"}),
                )
                .await;
        }
        let mut rows = other_rows();
        rows[3]["transform_rules"] = words("Pass");
        saved(&school, &rows).await;
        let run = school.full("grades").await;
        let merits = count(&records, "Outcome", "Merit");
        assert_eq!((told(&run).1[0], told(&run).1[2]), (0, merits as i64), "{run}");
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["diff"], json!({"grade_value": ["Merit", "Pass"]}));
        let records = school.records("Course_Results").await;
        assert_eq!((count(&records, "Outcome", "Merit"), records.len()), (0, 24));
        assert_eq!(count(&records, "Remarks", "by hand"), 24);

        // Another field, of type text: each record is written once more, by its id, in that field alone.
        school.unbraked("grades").await;
        rows[1] = row("student_zoho_id", "Learner_Number");
        saved(&school, &rows).await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 24), "{run}");
        let records = school.records("Course_Results").await;
        assert!(records.iter().all(|one| one["Learner_Number"] == one["Learner"]["id"]));
        assert_eq!((count(&records, "Remarks", "by hand"), records.len()), (24, 24));

        // A field without a row is left as it is, and is written again when its row is back.
        let feedback = rows.remove(6);
        saved(&school, &rows).await;
        school.forget().await;
        assert_eq!(told(&school.full("grades").await).1[5], 24);
        assert_eq!(school.writes("zoho").await, 0);
        rows.push(row("feedback", "Plain_Key"));
        saved(&school, &rows).await;
        assert_eq!(told(&school.full("grades").await).1[2], 24);
        rows[6] = feedback;
        saved(&school, &rows).await;
        assert_eq!(told(&school.full("grades").await).1[2], 24);
        let records = school.records("Course_Results").await;
        assert_eq!((count(&records, "Remarks", "by hand"), records.len()), (0, 24));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_zoho_cannot_take_is_named_before_the_first_write() {
    for kind in kinds() {
        let school = graded(kind, "Course_Results").await;
        let cases = [
            ("grade_key", "Plain_Key", "MAPPING_NOT_UNIQUE", "ZOHO_KEY_NOT_UNIQUE"),
            ("grade_key", "No_Such_Key", "MAPPING_FIELD_UNKNOWN", "MAPPED_FIELD_UNWRITABLE"),
            ("grade_key", "Locked_Key", "MAPPING_FIELD_READ_ONLY", "MAPPED_FIELD_UNWRITABLE"),
            ("grade_name", "No_Such_Field", "MAPPING_FIELD_UNKNOWN", "MAPPED_FIELD_UNWRITABLE"),
            ("feedback", "Points", "MAPPING_TYPE_MISMATCH", "MAPPED_FIELD_UNWRITABLE"),
            ("grade_value", "Graded_On", "MAPPING_TYPE_MISMATCH", "MAPPED_FIELD_UNWRITABLE"),
            ("feedback", "Learner", "MAPPING_TYPE_MISMATCH", "MAPPED_FIELD_UNWRITABLE"),
        ];
        for (canonical, zoho, finding, failure) in cases {
            let mut rows = other_rows();
            rows.retain(|one| one["zoho_field_api_name"] != zoho);
            let changed = rows.iter_mut().find(|one| one["canonical_field"] == canonical);
            *changed.expect("a row") = row(canonical, zoho);
            if zoho == "Learner" {
                rows.push(row("student_zoho_id", "Learner_Number"));
            }
            let refused = save(&school, &rows, true).await;
            assert_eq!(refused, (422, vec![finding.to_owned()]), "{canonical} {zoho}");
            // It can still be stored, and then the run reports it.
            assert_eq!(save(&school, &rows, false).await, (200, Vec::new()), "{canonical} {zoho}");
            let found = findings(&school).await;
            assert_eq!(found, [(finding.to_owned(), "error".to_owned())], "{canonical} {zoho}");
            let run = school.full("grades").await;
            let summary = run["error_summary"].as_str().unwrap_or_default();
            assert_eq!(
                (&run["status"], school.writes("zoho").await),
                (&json!("failed"), 0),
                "{run}"
            );
            assert_eq!(school.detail(&run).await.error_code(), failure, "{summary}");
            assert!(summary.contains(zoho), "{summary}");
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_mended_in_zoho_is_seen_at_once() {
    for kind in kinds() {
        let school = graded(kind, "Course_Results").await;
        let hidden = json!({"module": "Course_Results", "field": "Task", "of": ["metadata"]});
        school.leave_out(json!([hidden])).await;
        assert_eq!(save(&school, &other_rows(), false).await, (200, Vec::new()));
        let run = school.full("grades").await;
        assert_eq!(school.detail(&run).await.error_code(), "MAPPED_FIELD_UNWRITABLE", "{run}");
        let summary = run["error_summary"].as_str().unwrap_or_default();
        assert!(
            summary.contains("nothing was written: the Zoho module does not have the field Task;"),
            "{run}"
        );
        school.leave_out(json!([])).await;
        assert_eq!(told(&school.full("grades").await), ("completed", [24, 0, 0, 0, 0, 24]));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_that_cannot_be_had_says_nothing() {
    for kind in kinds() {
        let school = graded(kind, "Course_Results").await;
        let description = json!({
            "target": "zoho", "kind": "status", "status": 403, "times": 0,
            "function": "/crm/v8/settings/fields",
        });
        school.fault(description).await;
        // If the description does not show it, Zoho does when it is asked to find records by such a field.
        let mut rows = other_rows();
        rows[0] = row("grade_key", "Plain_Key");
        assert_eq!(save(&school, &rows, false).await, (200, Vec::new()));
        let run = school.full("grades").await;
        let summary = run["error_summary"].as_str().unwrap_or_default();
        assert_eq!((&run["status"], school.writes("zoho").await), (&json!("failed"), 0), "{run}");
        assert_eq!(school.detail(&run).await.error_code(), "ZOHO_KEY_NOT_UNIQUE", "{summary}");
        assert!(summary.contains("Plain_Key"), "{summary}");
        assert_eq!(save(&school, &other_rows(), false).await, (200, Vec::new()));
        assert_eq!(told(&school.full("grades").await), ("completed", [24, 0, 0, 0, 0, 24]));
        assert!(school.faults().await[0]["fired"].as_u64().is_some_and(|fired| fired > 1));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_cannot_work_together_are_refused() {
    for kind in kinds() {
        let school = graded(kind, "BTEC_Grades").await;
        let with = |canonical: &str, change: Value| {
            let mut rows = other_rows();
            let found = rows.iter_mut().find(|one| one["canonical_field"] == canonical);
            let row = found.expect("a row").as_object_mut().expect("an object");
            row.extend(change.as_object().expect("an object").clone());
            rows
        };
        let step = |name: &str, params: Value| json!({"transform_rules": {"type": name, "params": params}});
        let field = |name: &str| json!({ "zoho_field_api_name": name });
        let sources = json!({"sources": ["feedback", "grade_name"]});
        let mut keyless = other_rows();
        keyless[0] = row("feedback", "Moodle_Grade_Composite_Key");
        keyless.remove(6);
        for (rows, code) in [
            (with("feedback", field("Task")), "MAPPING_TARGET_DOUBLED"),
            (keyless, "MAPPING_TARGET_DOUBLED"),
            (with("feedback", field("id")), "MAPPING_SOURCE_INVALID"),
            (with("feedback", field("$append_values")), "MAPPING_SOURCE_INVALID"),
            (with("feedback", step("concat", sources.clone())), "MAPPING_TRANSFORM_INVALID"),
            (with("feedback", step("coalesce", sources)), "MAPPING_TRANSFORM_INVALID"),
            (with("grade_key", step("truncate", json!({"max": 3}))), "MAPPING_TRANSFORM_INVALID"),
            (with("student_zoho_id", step("upper", json!({}))), "MAPPING_TRANSFORM_INVALID"),
        ] {
            assert_eq!(save(&school, &rows, false).await, (422, vec![code.to_owned()]), "{rows:?}");
        }
        let unknown = with("feedback", json!({"canonical_field": "nope"}));
        assert_eq!(save(&school, &unknown, false).await.0, 422);
        // Without a key only a strict save is refused: older rows have no key either.
        let mut rows = other_rows();
        rows.remove(0);
        let (status, codes) = save(&school, &rows, true).await;
        assert!(
            status == 422 && codes.contains(&"MAPPING_REQUIRED_MISSING".to_owned()),
            "{codes:?}"
        );
        rows.remove(0);
        assert_eq!(save(&school, &rows, false).await, (200, Vec::new()));
        let run = school.full("grades").await;
        let summary = run["error_summary"].as_str().unwrap_or_default();
        assert_eq!(school.detail(&run).await.error_code(), "MAPPING_INVALID", "{run}");
        assert!(
            summary.contains(": the required field student_zoho_id is not mapped;"),
            "{summary}"
        );
        assert_eq!(school.writes("zoho").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_before_write_what_they_always_wrote() {
    for kind in kinds() {
        let school = graded(kind, "BTEC_Grades").await;
        let rows = school.client.get(MAPPINGS).await.json();
        let mut rows = rows.as_array().expect("rows").clone();
        assert!(findings(&school).await.iter().all(|(_, severity)| severity != "error"));
        // The rows of a school that has not changed those of the previous version.
        rows.truncate(9);
        assert_eq!(rows[8]["canonical_field"], "learning_outcomes");
        saved(&school, &rows).await;
        let found = findings(&school).await;
        let nowhere = |severity: &str| ("FIELD_GOES_NOWHERE".to_owned(), severity.to_owned());
        for (severity, most) in [("warning", 3), ("note", 1)] {
            let told = found.iter().filter(|one| **one == nowhere(severity)).count();
            assert_eq!(told, most, "{found:?}");
        }
        assert!(found.iter().all(|(_, severity)| severity != "error"));
        let run = school.full("grades").await;
        assert_eq!(told(&run), ("completed", [24, 0, 0, 0, 0, 24]), "{run}");
        let wrote = |records: Vec<Value>| -> Vec<Value> {
            let names = [
                "Moodle_Grade_Composite_Key",
                "Student",
                "Class",
                "Grade",
                "Attempt_Date",
                "BTEC_Grade_Name",
                "Feedback",
            ];
            for record in &records {
                assert!(names.iter().all(|name| !record[name].is_null()), "{record}");
                for other in ["Grade_Status", "Attempt_Number", "Learning_Outcomes_Assessm"] {
                    assert!(record[other].is_null() || record[other] == json!([]), "{record}");
                }
            }
            records
                .into_iter()
                .map(|record| json!(names.map(|name| record[name].clone())))
                .collect()
        };
        let first = wrote(school.records("grades").await);
        // The rows of this version mean the same, so nothing is due.
        let rows = [
            rows,
            vec![
                row("grade_key", "Moodle_Grade_Composite_Key"),
                row("grade_name", "BTEC_Grade_Name"),
            ],
        ];
        saved(&school, &rows.concat()).await;
        school.forget().await;
        assert_eq!(told(&school.full("grades").await).1[5], 24);
        assert_eq!(
            (school.writes("zoho").await, wrote(school.records("grades").await)),
            (0, first)
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_shows_what_would_be_written_where() {
    for kind in kinds() {
        let school = graded(kind, "Course_Results").await;
        saved(&school, &other_rows()).await;
        assert_eq!(told(&school.full("grades").await).1[0], 24);
        let items = school.items(&school.runs("module=grades").await[0], "").await;
        let id = items[3]["zoho_id"].as_str().expect("an id").to_owned();
        let preview = async |body: Value| {
            let answer = school.client.post(&format!("{MAPPINGS}/preview"), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()
        };
        let shown = preview(json!({ "zoho_id": id })).await;
        let records = school.records("Course_Results").await;
        let key = &shown["canonical"]["External_Key"];
        let record = records.iter().find(|one| one["External_Key"] == *key).expect("the record");
        for name in ["Outcome", "Graded_On", "Task", "Remarks"] {
            assert_eq!(shown["canonical"][name], record[name], "{shown}");
        }
        assert_eq!(shown["canonical"]["Learner"]["id"], record["Learner"]["id"]);
        let row = &shown["rows"][3];
        assert_eq!(row["canonical_field"], "grade_value");
        assert_eq!(row["zoho_field_api_name"], "Outcome");
        assert_eq!(row["result"], record["Outcome"].to_string());
        // A pasted record, with rows that are not stored.
        let mut rows = other_rows();
        rows[3] = row_with_words("Pass");
        let record = json!({"grade_key": "1_2_3", "student_zoho_id": "5", "grade_value": "M"});
        let shown = preview(json!({"record": record, "draft": {"mappings": rows}})).await;
        let wanted = json!({"External_Key": "1_2_3", "Learner": {"id": "5"}, "Outcome": "Pass"});
        assert_eq!(shown["canonical"], wanted);
        let unknown = json!({"zoho_id": "999999_999999_1"});
        assert_eq!(school.client.post(&format!("{MAPPINGS}/preview"), &unknown).await.status, 404);
        // Stored tests use the same fields.
        let tests = json!({"tests": [
            {"given": record, "expect": {"grade_value": "Pass", "student_zoho_id": "5"}},
            {"given": {"grade_value": "X"}, "expect_error": "MAPPING_REQUIRED_MISSING"},
        ]});
        let body = json!({"mappings": rows, "tests": tests});
        let answer = school.client.put(MAPPINGS, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        rows[3] = row_with_words("Merit");
        let refused = school.client.put(MAPPINGS, &json!({ "mappings": rows })).await;
        assert_eq!((refused.status, refused.header("x-sigma-error")), (422, "MAPPING_TEST_FAILED"));
        school.stop().await;
    }
}

fn row_with_words(merit: &str) -> Value {
    let mut row = row("grade_value", "Outcome");
    row["transform_rules"] = words(merit);
    row
}
