//! A value that cannot be used costs itself and not its record, unless its row says otherwise: the record goes on without it,
//! what stands in Moodle for it stays, and lists, counts, retries and exports know of it.

use {
    super::{complete, settled},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
};

const PHONE: &str = "(06) 464-1234 ext. 12";

/// Profile fields of an account with the fields of Zoho that feed them, and values that Moodle does not take.
const PROFILE: [(&str, &str); 3] =
    [("country", "Nationality"), ("city", "City"), ("department", "Sub_Major")];

/// A school whose students have profile fields.
async fn school(kind: Kind, students: u32) -> School {
    let school = School::new(kind, students).await;
    school.unbraked("students").await;
    for (canonical, field) in PROFILE {
        school.feed("students", canonical, field).await;
    }
    for number in 0..students {
        let fields = json!({"Nationality": "JO", "City": "Amman", "Sub_Major": "IT"});
        school.change("students", number, fields).await;
    }
    school
}

async fn account(school: &School, id: &str) -> Value {
    school.account_with("idnumber", id).await
}

fn warning(field: &str, code: &str, value: &str) -> Value {
    json!({"field": field, "code": code, "value": value})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unusable_phone_costs_the_phone() {
    for kind in kinds() {
        let school = school(kind, 6).await;
        school.change("students", 1, json!({"Phone_Number": PHONE})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [6, 0, 0, 0, 0, 6]), "{run}");
        assert_eq!(run["counts"]["warned"], 1, "{run}");
        let id = school.id("students", 1).await;
        let warned = school.items(&run, "items_status=WARNED").await;
        assert_eq!(warned.len(), 1, "{warned:?}");
        assert_eq!(
            (&warned[0]["zoho_id"], &warned[0]["status"], &warned[0]["warnings"]),
            (&json!(id), &json!("NEW"), &json!([warning("phone", "VALUE_TOO_LONG", "(06…")]))
        );
        let items = school.items(&run, "items_status=NEW").await;
        assert_eq!(items.iter().filter(|item| item.get("warnings").is_some()).count(), 1);
        let made = account(&school, &id).await;
        assert_eq!((made.get("phone1"), &made["city"]), (None, &json!("Amman")));

        // Nothing is written again, and it is told again.
        school.forget().await;
        let again = school.full("students").await;
        assert_eq!(told(&again), ("completed", [0, 6, 0, 0, 0, 6]), "{again}");
        assert_eq!(again["counts"]["warned"], 1, "{again}");
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);

        // What stands stays, and the rest of the record is written.
        school.change("students", 1, json!({"Phone_Number": "+962 6 5", "City": "Zarqa"})).await;
        school.full("students").await;
        let fields = json!({"Phone_Number": PHONE, "Nationality": "Jordan", "City": "Irbid"});
        school.change("students", 1, fields).await;
        let run = school.changes("students").await;
        assert_eq!(told(&run), ("completed", [0, 5, 1, 0, 0, 6]), "{run}");
        let item = &school.items(&run, "items_status=WARNED").await[0];
        let warnings = item["warnings"].as_array().expect("warnings");
        assert!(warnings.contains(&warning("phone", "VALUE_TOO_LONG", "(06…")), "{item}");
        assert!(warnings.contains(&warning("country", "COUNTRY_INVALID", "Jor…")), "{item}");
        assert_eq!(item["diff"], json!({"city": ["Zarqa", "Irbid"]}));
        let own = account(&school, &id).await;
        let fields = ["phone1", "country", "city"].map(|field| &own[field]);
        assert_eq!(fields, [&json!("+962 6 5"), &json!("JO"), &json!("Irbid")]);

        // Without such a value nothing is told of one.
        school.change("students", 1, json!({"Phone_Number": "1", "Nationality": "JO"})).await;
        let run = school.full("students").await;
        assert_eq!(run["counts"].get("warned"), None, "{run}");
        assert_eq!(account(&school, &id).await["phone1"], "1");
        settled(&school, &["students"]).await;

        // The row decides.
        school.on_invalid("students", "fail").await;
        school.change("students", 1, json!({"Phone_Number": PHONE})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [0, 5, 0, 1, 0, 6]), "{run}");
        let failed = &school.items(&run, "items_status=FAILED").await[0];
        assert_eq!((&failed["code"], failed.get("warnings")), (&json!("VALUE_TOO_LONG"), None));
        school.on_invalid("students", "drop").await;
        school.change("students", 2, json!({"Academic_Email": "nobody"})).await;
        let before = account(&school, &school.id("students", 2).await).await;
        let new =
            json!({"Academic_Email": "nowhere", "Display_Name": "New One", "Status": "Active"});
        let new = school.add("students", new).await;
        let run = school.full("students").await;
        // The account keeps its address; without one, none is made.
        let failed = school.items(&run, "items_status=FAILED").await;
        assert_eq!((failed.len(), &failed[0]["zoho_id"]), (1, &json!(new)), "{failed:?}");
        assert_eq!(failed[0]["code"], "EMAIL_INVALID");
        let warned = school.items(&run, "items_code=EMAIL_INVALID&items_status=WARNED").await;
        assert_eq!(warned[0]["warnings"], json!([warning("academic_email", "EMAIL_INVALID", "")]));
        assert_eq!(account(&school, &school.id("students", 2).await).await, before);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_no_row_can_read_is_dropped_too() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &["programs", "students", "classes"]).await;
        school.change("enrollments", 1, json!({"Start_Date": "someday"})).await;
        let run = school.full("enrollments").await;
        assert_eq!((&run["status"], &run["counts"]["warned"]), (&json!("completed"), &json!(1)));
        let warned = &school.items(&run, "items_status=WARNED").await[0];
        assert_eq!(warned["status"], "NEW", "{warned}");
        assert_eq!(warned["warnings"][0]["field"], "enrollment_date", "{warned}");
        assert_eq!(warned["warnings"][0]["value"], "som…", "{warned}");
        settled(&school, &["enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_retries_and_exports_know_of_warnings() {
    for kind in kinds() {
        let school = school(kind, 8).await;
        school.change("students", 1, json!({"Phone_Number": PHONE})).await;
        school.change("students", 2, json!({"Nationality": "Jordan"})).await;
        school.change("students", 3, json!({"Academic_Email": "nobody"})).await;
        let long = json!({"Phone_Number": PHONE, "Academic_Email": "no one"});
        school.change("students", 4, long).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [6, 0, 0, 2, 0, 8]), "{run}");
        assert_eq!(run["counts"]["warned"], 2, "{run}");
        let id = run["run_id"].as_str().expect("an id");
        let numbers = async |items: Vec<Value>| {
            let mut found = Vec::new();
            for number in 1..=4 {
                let id = school.id("students", number).await;
                if items.iter().any(|item| item["zoho_id"] == id) {
                    found.push(number);
                }
            }
            assert_eq!(found.len(), items.len(), "each once: {items:?}");
            found
        };
        for (query, of_run, wanted) in [
            ("status=WARNED", "items_status=WARNED", vec![1, 2]),
            ("code=VALUE_TOO_LONG", "items_code=VALUE_TOO_LONG", vec![1]),
            ("code=COUNTRY_INVALID", "items_code=COUNTRY_INVALID", vec![2]),
            ("code=EMAIL_INVALID", "items_code=EMAIL_INVALID", vec![3, 4]),
            (
                "code=EMAIL_INVALID&status=WARNED",
                "items_code=EMAIL_INVALID&items_status=WARNED",
                vec![],
            ),
            ("code=%25", "items_code=%25", vec![]),
            ("code=value_too_long", "items_code=value_too_long", vec![]),
        ] {
            assert_eq!(numbers(school.items(&run, of_run).await).await, wanted, "{of_run}");
            for more in ["", &format!("&run_id={id}")] {
                let target = format!("/v1/extension/items?limit=1&{query}{more}");
                let (mut items, mut token) = (Vec::new(), String::new());
                loop {
                    let page = school.client.get(&format!("{target}&page_token={token}")).await;
                    assert_eq!(page.status, 200, "{}", page.text);
                    let page = page.json();
                    items.extend(page["items"].as_array().expect("items").iter().cloned());
                    token = page["next_page_token"].as_str().unwrap_or_default().to_owned();
                    if token.is_empty() {
                        break;
                    }
                }
                assert_eq!(numbers(items).await, wanted, "{target}");
            }
            let csv =
                school.client.get(&format!("/v1/extension/runs/{id}/export/csv?{query}")).await;
            assert_eq!(csv.text.lines().count(), 1 + wanted.len(), "{query}: {}", csv.text);
            assert!(csv.text.lines().next().is_some_and(|head| head.ends_with(",warnings")));
        }
        let csv = school.client.get(&format!("/v1/extension/runs/{id}/export/csv")).await;
        assert!(csv.text.contains("phone: VALUE_TOO_LONG (06…"), "{}", csv.text);
        let asked = pb::GetRunRequest { run_id: id.to_owned(), ..Default::default() };
        let answer: pb::GetRunResponse =
            school.client.grpc("sigma.v1.SyncRunService/GetRun", &asked).await.expect("a run");
        assert_eq!(answer.run.and_then(|run| run.counts).and_then(|all| all.warned), Some(2));
        assert_eq!(answer.items.iter().filter(|item| !item.warnings.is_empty()).count(), 2);

        // Retries take those with the code, and without one only what failed.
        let retry = school.decide(&run, "retry", json!({"codes": ["VALUE_TOO_LONG"]})).await;
        let retry = school.ended(retry["run_id"].as_str().expect("an id")).await;
        assert_eq!(numbers(school.items(&retry, "").await).await, [1], "{retry}");
        let retry = school.decide(&run, "retry-failed", json!({})).await;
        let retry = school.ended(retry["run_id"].as_str().expect("an id")).await;
        assert_eq!(numbers(school.items(&retry, "").await).await, [3, 4], "{retry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_says_what_an_unusable_value_costs() {
    for kind in kinds() {
        let school = School::new(kind, 4).await;
        let target = "/v1/extension/mappings/students";
        let rows = school.client.get(target).await.json();
        assert!(rows.as_array().expect("rows").iter().all(|row| row.get("on_invalid").is_none()));
        let with = |word: &str| {
            let mut rows = rows.clone();
            for row in rows.as_array_mut().expect("rows") {
                if row["canonical_field"] == "phone" {
                    row["on_invalid"] = json!(word);
                }
            }
            json!({"mappings": rows})
        };
        let refused = school.client.put(target, &with("ignore")).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("on_invalid"), "{}", refused.text);
        assert_eq!(school.client.put(target, &with("fail")).await.status, 200);
        let stored = school.client.get(target).await.json();
        let row =
            stored.as_array().expect("rows").iter().find(|row| row["canonical_field"] == "phone");
        assert_eq!(row.map(|row| &row["on_invalid"]), Some(&json!("fail")));
        let diff = school.client.get(&format!("{target}/diff?from=1&to=2")).await.json();
        assert_eq!(diff["changes"][0]["canonical_field"], "phone", "{diff}");
        let yaml = school.client.get(&format!("{target}/export")).await.json();
        assert!(
            yaml["yaml"].as_str().is_some_and(|yaml| yaml.contains("on_invalid: fail")),
            "{yaml}"
        );
        // The rows of before have the hash of before.
        assert_eq!(school.client.put(target, &json!({"mappings": rows})).await.status, 200);
        let versions = school.client.get(&format!("{target}/versions")).await.json();
        let hash = |at: usize| &versions["versions"][at]["hash"];
        assert!(hash(0) == hash(2) && hash(0) != hash(1), "{versions}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_account_keeps_its_user_name() {
    for kind in kinds() {
        let school = School::new(kind, 5).await;
        complete(&school, &["students"]).await;
        let id = school.id("students", 1).await;
        let before = account(&school, &id).await;
        school
            .change("students", 1, json!({"Academic_Email": "renamed.one@college.example"}))
            .await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 4, 1, 0, 0, 5]), "{run}");
        let after = account(&school, &id).await;
        assert_eq!(after["email"], "renamed.one@college.example");
        assert_eq!(after["username"], before["username"]);
        let found = school.detail(&run).await.findings;
        let kept = found.iter().find(|one| one.code == "USERNAME_KEPT").expect("told");
        assert_eq!((kept.field.as_str(), kept.records), ("username", 1), "{kept:?}");
        settled(&school, &["students"]).await;
        // With the option the name follows, also later.
        school.layout("students", json!({"rename_users": true})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 4, 1, 0, 0, 5]), "{run}");
        assert_eq!(account(&school, &id).await["username"], "renamed.one");
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

/// A source of numbers that is the same on each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// A value that Moodle or the row cannot take.
    fn spoilt(&mut self, field: &str) -> Value {
        match (field, self.below(5)) {
            (_, 0) => json!({"an": "object"}),
            (_, 1) => json!("x\u{0}y"),
            ("Sub_Major" | "City", 2) => json!("<b>bold</b>"),
            ("Nationality", _) => json!("Jordan"),
            _ => json!("9".repeat(300)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spoilt_optional_value_fails_a_record_or_blanks_a_field() {
    const FIELDS: [&str; 4] = ["Phone_Number", "Nationality", "City", "Sub_Major"];
    for kind in kinds() {
        let (count, mut dice) = (60, Dice(0x5167_6d61));
        let school = school(kind, count).await;
        let accounts = async || {
            let mut all = Vec::new();
            for number in 0..count {
                all.push(account(&school, &school.id("students", number).await).await);
            }
            all
        };
        for round in 0..3 {
            let before = accounts().await;
            let (mut spoilt, mut changed) = (0, 0);
            for number in 0..count {
                let mut fields = json!({});
                for field in FIELDS {
                    if dice.below(3) == 0 {
                        fields[field] = dice.spoilt(field);
                    }
                }
                let is_spoilt = fields.as_object().is_some_and(|fields| !fields.is_empty());
                spoilt += i64::from(is_spoilt);
                if dice.below(2) == 0 {
                    fields["Last_Name"] = json!(format!("Round{round} Of{number}"));
                    changed += 1;
                }
                let restored = json!({
                    "Phone_Number": format!("+962 {number}"), "Nationality": "JO", "City": "Amman", "Sub_Major": "IT",
                });
                school.change("students", number, restored).await;
                school.change("students", number, fields).await;
            }
            let run = school.full("students").await;
            let (status, [new, _, _, failed, skipped, total]) = told(&run);
            assert_eq!((status, failed, skipped, total), ("completed", 0, 0, 60), "{run}");
            assert_eq!(run["counts"]["warned"], spoilt, "{run}");
            assert_eq!(new, if round == 0 { 60 } else { 0 }, "{run}");
            let after = accounts().await;
            if round > 0 {
                let mut renamed = 0;
                for (before, after) in before.iter().zip(&after) {
                    renamed += i64::from(before["lastname"] != after["lastname"]);
                    for field in ["phone1", "country", "city", "department"] {
                        let (was, is) = (before.get(field), after.get(field));
                        assert!(was.is_none() || is.is_some(), "{field}: {before} {after}");
                    }
                }
                assert_eq!(renamed, changed, "{run}");
            }
            settled(&school, &["students"]).await;
        }
        school.stop().await;
    }
}
