//! What an editor of mappings reads from Zoho: the fields of a module with the time at which they were read, and records to
//! choose one from, each by one counted call.

use {
    crate::harness::{
        app::{App, connect},
        cli::{out, sigma},
        db::{Db, kinds},
        school::School,
    },
    serde_json::{Value, json},
};

const FIELDS: &str = "/v1/extension/metadata/zoho/students/fields";
const RECORDS: &str = "/v1/extension/metadata/zoho/students/records";

fn field<'a>(list: &'a Value, name: &str) -> &'a Value {
    let fields = list["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["api_name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

async fn calls(school: &School) -> i64 {
    let usage = school.client.get("/v1/extension/usage").await.json();
    let mut systems = usage.as_array().expect("systems").iter();
    let zoho = systems.find(|system| system["provider"] == "zoho").expect("zoho");
    assert_eq!(zoho["calls"], zoho["credits"]);
    zoho["calls"].as_i64().expect("a count")
}

fn read_at(list: &Value) -> chrono::DateTime<chrono::FixedOffset> {
    let text = list["read_at"].as_str().unwrap_or_else(|| panic!("no time: {list}"));
    chrono::DateTime::parse_from_rfc3339(text).expect("a time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_told_with_the_time_at_which_they_were_read() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        let first = school.client.get(FIELDS).await.json();
        assert_eq!(first["zoho_module"], "BTEC_Students");
        let mail = field(&first, "Academic_Email");
        let wanted = json!({
            "api_name": "Academic_Email", "label": mail["label"], "type": "email", "max_length": 100,
            "required": false, "unique": true, "readable": true, "writable": true, "choices": [],
            "single_read_only": false,
        });
        assert_eq!(*mail, wanted);
        let major = field(&first, "Major");
        let choice = json!({"stored": "Applied Science", "shown": "Applied Science Diploma"});
        let choices = major["choices"].as_array().expect("choices");
        assert!(choices.contains(&choice), "{major}");
        assert_eq!(field(&first, "Classes")["single_read_only"], true);
        assert_eq!(field(&first, "Name")["writable"], false);
        let programs = school.client.get("/v1/extension/metadata/zoho/programs/fields").await;
        assert_eq!(field(&programs.json(), "Product_Name")["required"], true);
        let used = calls(&school).await;
        assert_eq!(used, 2, "{kind:?}");
        // Within the hour nothing is read again, and the time stays what it was; nor if that is asked for within seconds.
        for path in [FIELDS.to_owned(), format!("{FIELDS}?refresh=true")] {
            let again = school.client.get(&path).await.json();
            let moved = (read_at(&again) - read_at(&first)).num_milliseconds().abs();
            assert!(moved < 1_000, "{path}: {moved}");
            assert!(again.get("missing").is_none() && again.get("missing_code").is_none());
        }
        assert_eq!(calls(&school).await, used);
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        let fault = json!({"target": "zoho", "kind": "status", "status": 403, "code": "NO_PERMISSION",
            "function": "GET /crm/v8/settings/fields", "times": 1});
        school.controls.fault(&school.sandbox, fault).await;
        // A list that cannot be read again is told as it was, with its age and the reason.
        let older = school.client.get(&format!("{FIELDS}?refresh=true")).await.json();
        assert_eq!(older["missing_code"], "ZOHO_PERMISSION_MISSING", "{kind:?} {older}");
        assert!((read_at(&older) - read_at(&first)).num_milliseconds().abs() < 1_000);
        assert_eq!(older["fields"], first["fields"]);
        let newer = school.client.get(&format!("{FIELDS}?refresh=true")).await.json();
        assert!((read_at(&newer) - read_at(&first)).num_seconds() >= 5, "{newer}");
        assert_eq!(calls(&school).await, used + 2);
        let unknown = school.client.get("/v1/extension/metadata/zoho/teachers/fields").await;
        assert_eq!(unknown.status, 404, "{}", unknown.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_need_zoho_alone() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let refused = client.get(FIELDS).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.detail().contains("connection of the tenant cannot be used"));
    let school = crate::harness::app::sandbox(3, 0).await;
    connect(&client, &school).await;
    let off = json!({"moodle_enabled": false, "moodle_base_url": "", "moodle_api_token": ""});
    assert_eq!(client.put("/v1/extension/settings", &off).await.status, 200);
    assert_eq!(client.get(FIELDS).await.json()["zoho_module"], "BTEC_Students");
    assert_eq!(client.get(RECORDS).await.json()["records"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_found_by_what_people_know_of_them() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let newest = school.client.get(RECORDS).await.json();
        let records = newest["records"].as_array().expect("records").clone();
        assert_eq!((records.len(), &newest["zoho_module"]), (20, &json!("BTEC_Students")));
        let ids: Vec<u64> =
            records.iter().map(|one| one["zoho_id"].as_str().unwrap().parse().unwrap()).collect();
        assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");
        let used = calls(&school).await;
        assert_eq!(used, 2, "the fields and the list");
        let student = school.record("students", 7).await;
        let text = |name: &str| student[name].as_str().expect("a text").to_owned();
        let name = text("First_Name");
        let found = async |text: &str| {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("text", text).finish();
            let answer = school.client.get(&format!("{RECORDS}?{query}")).await;
            assert_eq!(answer.status, 200, "{text}: {}", answer.text);
            answer.json()["records"].as_array().expect("records").clone()
        };
        let id = json!(text("id"));
        for wanted in [name.to_uppercase(), text("Academic_Email"), text("id")] {
            let records = found(&wanted).await;
            let own = records.iter().find(|one| one["zoho_id"] == id);
            let label = own.unwrap_or_else(|| panic!("{wanted}: {records:?}"))["label"].as_str();
            assert!(label.is_some_and(|label| label.contains(&name)), "{label:?}");
        }
        assert_eq!(calls(&school).await, used + 3);
        for nothing in ["O'Neil') or (id > '0", "%%' or id > '1", "no such person", "\\'", "99"] {
            let records = found(nothing).await;
            assert!(records.len() < 30, "{nothing}: {}", records.len());
        }
        assert!(found("O'Neil') or (id > '0").await.is_empty());
        let few = school.client.get(&format!("{RECORDS}?limit=3")).await.json();
        assert_eq!(few["records"].as_array().map(Vec::len), Some(3));
        for (query, field) in [
            ("limit=21", "limit"),
            ("limit=-1", "limit"),
            (&*format!("text={}", "x".repeat(101)), "text"),
            ("text=%07", "text"),
        ] {
            let refused = school.client.get(&format!("{RECORDS}?{query}")).await;
            assert!(matches!(refused.status, 400 | 422), "{query}: {}", refused.text);
            assert!(refused.text.contains(field), "{}", refused.text);
        }
        let scopes = json!({"missing_scopes": ["ZohoCRM.coql.READ"]});
        school.options(scopes).await;
        let refused = school.client.get(&format!("{RECORDS}?text=x")).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.detail().contains("ZohoCRM.coql.READ"), "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_both() {
    let school = School::new(kinds()[0], 3).await;
    let run = |args: &[&str]| out(&sigma(&school.db, &school.app.url, args));
    let fields = run(&["mappings", "zoho-fields", "students"]);
    assert!(
        fields.lines().any(|line| line.starts_with("Academic_Email") && line.contains("unique"))
    );
    let json: Value =
        serde_json::from_str(&run(&["mappings", "zoho-fields", "students", "-o", "json"])).unwrap();
    assert_eq!(json["zoho_module"], "BTEC_Students");
    let records = run(&["mappings", "zoho-records", "students", "--limit", "2"]);
    assert_eq!(records.lines().count(), 3, "{records}");
}
