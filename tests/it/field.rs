//! Where canonical fields go, for programs and people: the list of fields, and the finding about a mapping without an
//! effect.

use {
    crate::harness::{
        app::App,
        cli::{out, sigma},
        db::{Db, kinds},
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
};

const NOWHERE: &str = "FIELD_GOES_NOWHERE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fields_can_be_looked_up() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let answer = client.get("/v1/extension/metadata/fields").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let fields = answer.json();
    let fields = fields.as_array().expect("a list");
    let find = |module: &str, name: &str| {
        let found = fields.iter().find(|one| one["module_name"] == module && one["name"] == name);
        found.unwrap_or_else(|| panic!("{module} {name}")).clone()
    };
    assert_eq!(
        find("students", "institution"),
        json!({
            "module_name": "students", "name": "institution", "type": "string", "required": false,
            "max_length": 255, "uses": [{"form": "user", "use": "sent", "target_field": "institution"}],
        })
    );
    let dates = find("classes", "start_date");
    assert_eq!(
        (&dates["default_source"], &dates["uses"][0], &dates["uses"][1]["use"]),
        (
            &json!("Start_Date"),
            &json!({"form": "course", "use": "sent", "target_field": "startdate"}),
            &json!("nowhere")
        )
    );
    assert!(
        dates["uses"][1]["reason"].is_string() && dates["uses"][1].get("target_field").is_none()
    );
    assert_eq!(find("students", "moodle_user_id")["uses"][0]["use"], "read");

    // The schema document has the same fields, with only the facts that the first clients know.
    let schema = client.get("/v1/extension/metadata/canonical-schema").await.json();
    let mut named = Vec::new();
    for (module, of_module) in schema.as_object().expect("modules") {
        for (name, field) in of_module["fields"].as_object().expect("fields") {
            let keys = field.as_object().expect("a field").keys();
            assert!(
                keys.into_iter()
                    .all(|key| ["type", "required", "description"].contains(&key.as_str()))
            );
            assert_eq!(find(module, name)["type"], field["type"]);
            named.push((json!(module), json!(name)));
        }
    }
    let listed: Vec<(Value, Value)> =
        fields.iter().map(|one| (one["module_name"].clone(), one["name"].clone())).collect();
    assert_eq!(listed, named);

    // Each field that is sent is in the adapter document of its module.
    let adapter = client.get("/v1/extension/metadata/moodle-adapter").await.json();
    for field in fields.iter().filter(|one| one["module_name"] != "grades") {
        let uses = field["uses"].as_array().expect("uses");
        let (module, name) =
            (field["module_name"].as_str().unwrap(), field["name"].as_str().unwrap());
        for target in uses.iter().filter_map(|one| one["target_field"].as_str()) {
            let shown = adapter[module]["mapping"][name].as_str().unwrap_or_default();
            assert!(shown.contains(target), "{module} {name}: {shown}");
        }
    }

    // The command line needs no server and says the same.
    let nowhere = "http://127.0.0.1:1";
    let told = out(&sigma(&db, nowhere, &["fields", "-o", "json"]));
    assert_eq!(&serde_json::from_str::<Vec<Value>>(&told).expect("a list"), fields);
    let told = out(&sigma(&db, nowhere, &["fields", "units", "-o", "json"]));
    let units: Vec<&Value> = fields.iter().filter(|one| one["module_name"] == "units").collect();
    let told: Vec<Value> = serde_json::from_str(&told).expect("a list");
    assert_eq!(told.iter().collect::<Vec<_>>(), units);
    let page = out(&sigma(&db, nowhere, &["fields", "-o", "markdown"]));
    assert_eq!(page, include_str!("../../docs/src/field-list.md"));
    let list = out(&sigma(&db, nowhere, &["fields", "classes"]));
    for part in ["sent as startdate", "sent as categoryid", "nowhere: a group does not have dates"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    let unknown = sigma(&db, nowhere, &["fields", "teachers"]);
    let errors = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert_eq!(unknown.status.code(), Some(3), "{errors}");
    assert!(errors.contains("there is no module 'teachers'"), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_without_an_effect_is_told_wherever_it_is_judged() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let target = "/v1/extension/mappings/classes";
        let row = |canonical: &str, source: &str| json!({"canonical_field": canonical, "zoho_field_api_name": source});
        let rows = json!([
            row("name", "Class_Name"),
            row("ms_teams_id", "MS_Teams_ID"),
            row("start_date", "Start")
        ]);
        let told = |findings: &Value| -> Vec<(String, String)> {
            let findings = findings.as_array().expect("findings").iter();
            findings
                .filter(|one| one["code"] == NOWHERE)
                .inspect(|one| assert_eq!(one["severity"], "warning"))
                .map(|one| {
                    let text = |key: &str| one[key].as_str().unwrap().to_owned();
                    (text("canonical_field"), text("message"))
                })
                .collect()
        };
        let teams = (
            "ms_teams_id".to_owned(),
            "the value of ms_teams_id has no effect, because the field is not sent: Moodle does not have a place for it"
                .to_owned(),
        );

        // A save keeps its answer, even if it is strict; clients that can see findings get them.
        let saved = client.put(target, &json!({"mappings": rows, "strict": true})).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        assert!(saved.text.starts_with(r#"[{"canonical_field":"name","#), "{}", saved.text);
        let input = |row: &Value| pb::MappingInput {
            canonical_field: row["canonical_field"].as_str().unwrap().into(),
            zoho_field_api_name: row["zoho_field_api_name"].as_str().unwrap().into(),
            ..Default::default()
        };
        let request = pb::ReplaceMappingsRequest {
            module_name: "classes".into(),
            mappings: rows.as_array().unwrap().iter().map(input).collect(),
            ..Default::default()
        };
        let saved: pb::ReplaceMappingsResponse =
            client.grpc("sigma.v1.MappingService/ReplaceMappings", &request).await.unwrap();
        let found: Vec<(&str, &str, &str)> = saved
            .findings
            .iter()
            .map(|one| (one.field.as_str(), one.code.as_str(), one.severity.as_str()))
            .collect();
        assert_eq!(found, [("mappings[1].canonical_field", NOWHERE, "warning")]);
        assert_eq!(saved.findings[0].canonical_field(), teams.0);
        assert_eq!(saved.findings[0].message, teams.1);

        // A validation and a preview, of the stored set and of a draft.
        for body in [json!({}), json!({"draft": {"mappings": rows}})] {
            let judged = client.post(&format!("{target}/validate"), &body).await.json();
            assert_eq!(
                (&judged["valid"], told(&judged["findings"])),
                (&json!(true), vec![teams.clone()])
            );
            let mut body = body;
            body["record"] = json!({"Class_Name": "A", "MS_Teams_ID": "x"});
            let shown = client.post(&format!("{target}/preview"), &body).await.json();
            assert_eq!(told(&shown["findings"]), std::slice::from_ref(&teams), "{shown}");
            assert_eq!(shown["canonical"]["ms_teams_id"], "x", "{shown}");
        }

        // A file, by its own paths.
        let yaml = client.get(&format!("{target}/export")).await.json()["yaml"].clone();
        for dry_run in [true, false] {
            let body = json!({"yaml": yaml, "dry_run": dry_run});
            let applied = client.post(&format!("{target}/apply"), &body).await;
            assert_eq!(applied.status, 200, "{}", applied.text);
            let module = &applied.json()["modules"][0];
            assert_eq!(told(&module["findings"]), std::slice::from_ref(&teams), "{module}");
            assert_eq!(module["findings"][0]["field"], "classes.fields[1].to", "{module}");
        }

        // The result depends on what the module's records are in Moodle.
        let body = json!({"options": {"target": "group"}});
        let changed = client.put("/v1/extension/modules/classes", &body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let judged = client.post(&format!("{target}/validate"), &json!({})).await.json();
        let names: Vec<String> = told(&judged["findings"]).into_iter().map(|one| one.0).collect();
        assert_eq!(names, ["ms_teams_id", "start_date"], "{judged}");
    }
}
