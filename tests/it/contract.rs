//! The REST contract of the earlier service: bodies, key order, status codes and texts (docs/src/rest.md).

use {
    crate::harness::{
        app::{self, App, connect, sandbox, sync},
        client::{Answer, Client},
        db::{Db, kinds},
    },
    serde_json::{Value, json},
};

const BASE: &str = "/v1/extension";

fn path(tail: &str) -> String {
    format!("{BASE}{tail}")
}

/// Replaces every time and id by a fixed word, so that a body can be compared byte for byte.
fn fixed(answer: &Answer) -> String {
    let mut text = answer.text.clone();
    while let Some(at) = text.find("_at\":\"2").map(|at| at + "_at\":\"".len()) {
        let end = text[at..].find('"').expect("the end of a time") + at;
        let time = text[at..end].to_owned();
        assert_eq!((time.len(), &time[26..]), (32, "+00:00"), "{time}");
        text.replace_range(at..end, "TIME");
    }
    text
}

#[tokio::test]
async fn the_fourteen_operations_answer_as_ever() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();

        let tenants = client.get(&path("/tenants")).await;
        let tenant = r#"{"tenant_id":"default","name":"Default Tenant","status":"active","created_at":"TIME","updated_at":"TIME"}"#;
        assert_eq!((tenants.status, fixed(&tenants)), (200, format!("[{tenant}]")));
        assert_eq!(tenants.header("content-type"), "application/json");

        let settings = client.get(&path("/settings")).await;
        let expected = concat!(
            r#"{"tenant_id":"default","moodle_enabled":false,"moodle_base_url":null,"zoho_enabled":true,"#,
            r#""zoho_api_domain":null,"zoho_org_id":null,"extension_api_key":"ext_key_default","#,
            r#""moodle_api_token_set":false,"zoho_accounts_url":null,"zoho_client_id":null,"#,
            r#""zoho_client_secret_set":false,"zoho_refresh_token_set":false,"grades_writeback":false,"#,
            r#""zoho_daily_credits":null,"keep_days":null,"time_zone":null}"#
        );
        assert_eq!((settings.status, settings.text.as_str()), (200, expected));
        let unchanged = client.signed("PUT", &path("/settings"), b"{}").await;
        assert_eq!((unchanged.status, unchanged.text.as_str()), (200, expected));

        let modules = client.get(&path("/modules")).await.json();
        let names: Vec<&str> = modules
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["module_name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "students",
                "programs",
                "classes",
                "enrollments",
                "units",
                "registrations",
                "payments",
                "grades"
            ]
        );
        let keys: Vec<&String> = modules[0].as_object().unwrap().keys().collect();
        assert_eq!(
            keys[..7],
            [
                "module_name",
                "enabled",
                "schedule_mode",
                "schedule_cron",
                "last_run_at",
                "last_run_status",
                "last_run_count"
            ]
        );
        assert_eq!((&modules[0]["enabled"], &modules[7]["enabled"]), (&json!(true), &json!(false)));

        let body =
            br#"{"enabled": "yes", "schedule_mode": "cron", "schedule_cron": "0 */6 * * *"}"#;
        let module = client.signed("PUT", &path("/modules/students"), body).await;
        let start = concat!(
            r#"{"module_name":"students","enabled":true,"schedule_mode":"cron","schedule_cron":"0 */6 * * *","#,
            r#""last_run_at":null,"last_run_status":null,"last_run_count":0,"#
        );
        assert!(module.status == 200 && module.text.starts_with(start), "{}", module.text);

        let mappings = client.get(&path("/mappings/students")).await;
        let rows = mappings.json();
        let order: Vec<&str> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["canonical_field"].as_str().unwrap())
            .collect();
        assert_eq!(
            order,
            [
                "academic_email",
                "username",
                "display_name",
                "phone",
                "status",
                "profile_image_url",
                "first_name",
                "last_name",
                "student_number",
                "moodle_user_id"
            ]
        );
        let first = r#"[{"canonical_field":"academic_email","zoho_field_api_name":"Academic_Email","required":true,"default_value":null,"transform_rules":{}},{"canonical_field":"username","zoho_field_api_name":"Academic_Email","required":true,"default_value":null,"transform_rules":{"type":"before_at","description":"#;
        assert!(mappings.text.starts_with(first), "{}", mappings.text);
        assert_eq!(rows[4]["default_value"], "Active");

        let two = json!({"mappings": [
            {"canonical_field": "username", "zoho_field_api_name": "Email", "transform_rules": null},
            {"canonical_field": "academic_email", "zoho_field_api_name": "Email", "required": 1, "extra": []},
        ]});
        let replaced = client.put(&path("/mappings/students"), &two).await;
        assert_eq!(
            (replaced.status, replaced.text.as_str()),
            (
                200,
                r#"[{"canonical_field":"username","zoho_field_api_name":"Email","required":false,"default_value":null,"transform_rules":{}},{"canonical_field":"academic_email","zoho_field_api_name":"Email","required":true,"default_value":null,"transform_rules":{}}]"#
            )
        );
        assert_eq!(client.get(&path("/mappings/students")).await.text, replaced.text);
        assert_eq!(client.put(&path("/mappings/units"), &json!({"mappings": []})).await.text, "[]");
        assert_eq!(client.get(&path("/mappings/nothing")).await.text, "[]");

        let schema = client.get(&path("/metadata/canonical-schema")).await.json();
        let order: Vec<&String> = schema.as_object().unwrap().keys().collect();
        assert_eq!(order, names);
        let fields: Vec<&String> =
            schema["students"]["fields"].as_object().unwrap().keys().collect();
        assert_eq!(
            fields,
            [
                "academic_email",
                "username",
                "display_name",
                "first_name",
                "last_name",
                "phone",
                "status",
                "profile_image_url",
                "student_number",
                "moodle_user_id",
                "city",
                "country",
                "address",
                "institution",
                "department"
            ]
        );
        // What the first clients know comes first in each module, with its type and flag.
        let known = [
            ("programs", "name* code description status*"),
            ("classes", "name* teacher_zoho_id program_zoho_id start_date end_date"),
            ("enrollments", "student_zoho_id* class_zoho_id* enrollment_status* enrollment_date"),
            ("units", "name* code credits description"),
            (
                "registrations",
                "student_zoho_id* program_zoho_id* enrollment_status* registration_date",
            ),
            (
                "payments",
                "registration_zoho_id* amount* payment_status* payment_date payment_method",
            ),
            ("grades", "student_zoho_id* unit_zoho_id* grade_value* grade_date"),
        ];
        for (module, wanted) in known {
            let fields = schema[module]["fields"].as_object().unwrap();
            let wanted: Vec<&str> = wanted.split(' ').collect();
            let told = fields.iter().map(|(name, field)| {
                format!("{name}{}", if field["required"] == true { "*" } else { "" })
            });
            assert_eq!(told.take(wanted.len()).collect::<Vec<_>>(), wanted, "{module}");
            let rest = fields.values().skip(wanted.len());
            assert!(rest.clone().count() > 0 && rest.into_iter().all(|f| f["required"] == false));
        }
        assert_eq!(schema["payments"]["fields"]["amount"]["type"], "decimal");
        assert_eq!(
            schema["units"]["fields"]["credits"],
            json!({"type": "integer", "required": false})
        );
        assert!(schema["grades"]["note"].as_str().unwrap().contains("Moodle -> Zoho"));
        let adapter = client.get(&path("/metadata/moodle-adapter")).await.json();
        assert_eq!(adapter["students"]["moodle_endpoint"], "core_user_create_users");
        assert_eq!(adapter["students"]["mapping"]["academic_email"], "email");
        assert!(adapter["note"].is_string());

        let run = client.signed("POST", &path("/sync/students/run"), b"{}").await;
        let id = run.json()["run_id"].as_str().unwrap().to_owned();
        let expected = format!(
            concat!(
                r#"{{"run_id":"{}","module_name":"students","trigger_source":"manual","triggered_by":"extension_user","#,
                r#""started_at":"TIME","finished_at":null,"status":"running","counts":{{}},"error_summary":null,"phase":"queued"}}"#
            ),
            id
        );
        assert_eq!((run.status, fixed(&run)), (200, expected.clone()));
        let runs = client.get(&path("/runs?module=students&limit=1")).await;
        assert_eq!((runs.status, fixed(&runs)), (200, format!("[{expected}]")));
        let detail = client.get(&path(&format!("/runs/{id}"))).await;
        let with_items = expected.replace(
            r#""phase":"queued"}"#,
            r#""phase":"queued","items":[],"items_total":0,"items_next":null}"#,
        );
        assert_eq!((detail.status, fixed(&detail)), (200, with_items));
        let again = client.post(&path("/sync/students/run"), &json!({"triggered_by": "x"})).await;
        assert_eq!(again.json()["run_id"], json!(id), "the active run is returned");
        let retry = client.signed("POST", &path(&format!("/runs/{id}/retry-failed")), b"").await;
        assert_eq!((retry.status, retry.detail().as_str()), (400, "Run is still in progress"));

        // The alias serves the same.
        assert_eq!(client.get("/api/v1/extension/mappings/students").await.text, replaced.text);
    }
}

#[tokio::test]
async fn a_tenant_is_born_complete() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let body = json!({"tenant_id": "acme", "name": "مدرسة الرياض"});
        let created = client.post(&path("/tenants"), &body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let acme = created.json();
        let keys: Vec<&String> = acme.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "tenant_id",
                "name",
                "status",
                "created_at",
                "updated_at",
                "extension_api_key",
                "extension_api_secret"
            ]
        );
        let twice = client.post(&path("/tenants"), &body).await;
        assert_eq!((twice.status, twice.detail().as_str()), (400, "Tenant 'acme' already exists"));

        let text = |name: &str| acme[name].as_str().unwrap().to_owned();
        let own = Client::new(
            &app.url,
            "acme",
            &text("extension_api_key"),
            &text("extension_api_secret"),
        );
        let only = own.get(&path("/tenants")).await.json();
        assert_eq!((only.as_array().unwrap().len(), &only[0]["tenant_id"]), (1, &json!("acme")));
        assert_eq!(own.get(&path("/modules")).await.json().as_array().unwrap().len(), 8);
        for module in own.get(&path("/modules")).await.json().as_array().unwrap() {
            let target = path(&format!("/mappings/{}", module["module_name"].as_str().unwrap()));
            let rows = own.get(&target).await.json();
            assert!(rows.as_array().unwrap().len() >= 5, "{target}: {rows}");
        }
        let refused = own.post(&path("/tenants"), &json!({"tenant_id": "x", "name": "x"})).await;
        assert_eq!((refused.status, refused.detail().as_str()), (403, "Platform role required"));
        assert_eq!(own.get(&path("/tenants/default")).await.status, 404);

        // A key that suspended its own tenant could not reactivate it.
        let locked = client.put(&path("/tenants/default"), &json!({"status": "suspended"})).await;
        assert_eq!(
            (locked.status, locked.detail().as_str()),
            (400, "Tenant 'default' is the key's own and stays active")
        );
        let suspended = client.put(&path("/tenants/acme"), &json!({"status": "suspended"})).await;
        assert_eq!(suspended.json()["status"], "suspended");
        let gone = own.get(&path("/settings")).await;
        assert_eq!((gone.status, gone.detail().as_str()), (401, "Invalid API key or tenant"));
        assert_eq!(
            client.put(&path("/tenants/acme"), &json!({"status": "active"})).await.status,
            200
        );
        assert_eq!(own.get(&path("/settings")).await.status, 200);
        assert_eq!(client.get(&path("/tenants")).await.json().as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn what_is_refused_says_so_in_the_known_words() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();

    // Business rules.
    let put = async |tail: &str, body: Value| client.put(&path(tail), &body).await;
    let grades = put("/modules/grades", json!({"enabled": "yes"})).await;
    assert_eq!(
        (grades.status, grades.detail().as_str()),
        (400, "Grades sync direction is Moodle -> Zoho. Cannot enable outbound sync.")
    );
    assert_eq!(
        put("/modules/grades", json!({"enabled": false, "schedule_mode": "cron"})).await.status,
        200
    );
    let run = client.post(&path("/sync/grades/run"), &json!({})).await;
    assert_eq!(
        (run.status, run.detail().as_str()),
        (400, "Grades sync direction is Moodle -> Zoho. Manual sync not available.")
    );
    let unknown = client.post(&path("/sync/nothing/run"), &json!({})).await;
    assert_eq!(
        (unknown.status, unknown.detail().as_str()),
        (404, "Module 'nothing' not configured")
    );
    assert_eq!(put("/modules/units", json!({"enabled": false})).await.status, 200);
    let off = client.post(&path("/sync/units/run"), &json!({})).await;
    assert_eq!((off.status, off.detail().as_str()), (400, "Module 'units' is disabled"));
    assert_eq!(
        put("/modules/nothing", json!({})).await.detail(),
        "Module 'nothing' not configured"
    );
    assert_eq!(put("/mappings/nothing", json!({"mappings": []})).await.status, 404);
    for id in ["x", "0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001"] {
        let missing = client.get(&path(&format!("/runs/{id}"))).await;
        assert_eq!((missing.status, missing.detail().as_str()), (404, "Run not found"));
    }

    // Faults of shape: word, place and input of each.
    let faults = [
        (
            "PUT",
            "/modules/students",
            r#"{"enabled":"maybe"}"#,
            json!(["bool_parsing", ["body", "enabled"], "maybe"]),
        ),
        (
            "PUT",
            "/modules/students",
            r#"{"schedule_mode":"hourly"}"#,
            json!(["literal_error", ["body", "schedule_mode"], "hourly"]),
        ),
        (
            "PUT",
            "/modules/students",
            r#"{"schedule_cron":"* *"}"#,
            json!(["value_error", ["body", "schedule_cron"], "* *"]),
        ),
        (
            "PUT",
            "/modules/students",
            r#"{"schedule_mode":5}"#,
            json!(["string_type", ["body", "schedule_mode"], 5]),
        ),
        (
            "PUT",
            "/settings",
            r#"{"moodle_base_url":"nowhere"}"#,
            json!(["value_error", ["body", "moodle_base_url"], "nowhere"]),
        ),
        (
            "PUT",
            "/settings",
            r#"{"moodle_api_token":7}"#,
            json!(["string_type", ["body", "moodle_api_token"], null]),
        ),
        ("PUT", "/settings", "[]", json!(["model_attributes_type", ["body"], []])),
        ("PUT", "/mappings/students", "[]", json!(["model_attributes_type", ["body"], []])),
        ("PUT", "/mappings/students", "{}", json!(["missing", ["body", "mappings"], {}])),
        (
            "PUT",
            "/mappings/units",
            r#"{"mappings":[{"canonical_field":"nope","zoho_field_api_name":"X"}]}"#,
            json!(["value_error", ["body", "mappings", 0, "canonical_field"], "nope"]),
        ),
        ("POST", "/sync/students/run", "", json!(["missing", ["body"], null])),
        (
            "POST",
            "/tenants",
            r#"{"tenant_id":"a b","name":"x"}"#,
            json!(["string_pattern_mismatch", ["body", "tenant_id"], "a b"]),
        ),
        (
            "POST",
            "/tenants",
            r#"{"tenant_id":"","name":"x"}"#,
            json!(["string_too_short", ["body", "tenant_id"], ""]),
        ),
        ("GET", "/runs?limit=201", "", json!(["less_than_equal", ["query", "limit"], "201"])),
        ("GET", "/runs?limit=-1", "", json!(["greater_than_equal", ["query", "limit"], "-1"])),
        ("GET", "/runs?limit=x", "", json!(["int_parsing", ["query", "limit"], "x"])),
    ];
    for (verb, tail, body, wanted) in faults {
        let answer = client.signed(verb, &path(tail), body.as_bytes()).await;
        assert_eq!(answer.status, 422, "{verb} {tail} {body}: {}", answer.text);
        let entry = &answer.json()["detail"][0];
        assert_eq!(
            json!([entry["type"], entry["loc"], entry["input"]]),
            wanted,
            "{verb} {tail} {body}"
        );
    }
    let over = client.get(&path("/runs?limit=201")).await.json();
    assert_eq!(over["detail"][0]["msg"], "Input should be less than or equal to 200");
    assert_eq!(over["detail"][0]["ctx"], json!({"le": 200}));
    let broken = client.signed("PUT", &path("/settings"), b"{\"a\": }").await.json();
    assert_eq!(
        (&broken["detail"][0]["type"], &broken["detail"][0]["loc"][0]),
        (&json!("json_invalid"), &json!("body"))
    );
    let mut headers = client.sign("PUT", &path("/settings"), b"{}");
    headers.push(("Content-Type", "text/plain".into()));
    let plain = client.send("PUT", &path("/settings"), &headers, "{}").await.json();
    assert_eq!(plain["detail"][0]["input"], "{}");
    assert_eq!(client.get(&path("/runs?limit=0")).await.text, "[]");
    assert_eq!(client.get(&path("/runs?module=nothing")).await.text, "[]");
}

#[tokio::test]
async fn routing_comes_before_everything() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let bare = async |verb: &str, target: &str| client.send(verb, target, &Vec::new(), "").await;
    let unknown = bare("GET", "/v1/extension/nothing").await;
    assert_eq!((unknown.status, unknown.text.as_str()), (404, r#"{"detail":"Not Found"}"#));
    let verb = bare("DELETE", "/v1/extension/settings").await;
    assert_eq!(
        (verb.status, verb.text.as_str(), verb.header("allow")),
        (405, r#"{"detail":"Method Not Allowed"}"#, "GET, PUT")
    );
    for verb in ["HEAD", "OPTIONS"] {
        assert_eq!(bare(verb, "/v1/extension/settings").await.status, 405, "{verb}");
    }
    let slash = bare("GET", "/v1/extension/runs/?limit=1").await;
    assert_eq!((slash.status, slash.header("location")), (307, "/v1/extension/runs?limit=1"));
    for open in ["/docs", "/openapi.json", "/health", "/api/v1/health"] {
        let slash = bare("GET", &format!("{open}/")).await;
        assert_eq!((slash.status, slash.header("location")), (307, open));
    }
    assert_eq!(bare("GET", "/nothing/").await.status, 404);
    let missing = bare("GET", "/v1/extension/settings").await;
    assert_eq!(missing.status, 422);
    let names: Vec<Value> = missing.json()["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["loc"][1].clone())
        .collect();
    assert_eq!(
        names,
        ["X-Ext-Key", "X-Ext-Timestamp", "X-Ext-Nonce", "X-Ext-Signature", "X-Tenant-ID"]
    );
    for (target, body) in [
        ("/health", r#"{"status":"ok"}"#),
        ("/v1/health", r#"{"status":"ok","message":"API is healthy"}"#),
        ("/api/v1/health", r#"{"status":"ok","message":"API is healthy"}"#),
    ] {
        let answer = bare("GET", target).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, body));
    }
    let document = bare("GET", "/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(
        document["paths"]["/v1/extension/sync/{module_name}/run"]["post"]["requestBody"]
            .is_object()
    );
    let page = bare("GET", "/docs").await;
    assert!(
        page.text.contains("swagger-ui")
            && page.header("content-security-policy").contains("default-src 'none'")
    );
    assert_eq!(bare("GET", "/docs/swagger/swagger-ui-bundle.js").await.status, 200);
    assert_eq!(bare("GET", "/docs/../Cargo.toml").await.status, 404);
    assert_eq!(
        (bare("GET", "/livez").await.status, bare("GET", "/readyz").await.status),
        (200, 200)
    );
    assert!(!bare("GET", "/health").await.header("x-request-id").is_empty());
}

#[tokio::test]
async fn runs_are_paged() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1, 0).await;
        connect(&client, &school).await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(sync(&client).await["run_id"].as_str().unwrap().to_owned());
        }
        ids.reverse();
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = client.get(&path(&format!("/runs?limit=2&page_token={token}"))).await;
            assert_eq!(page.status, 200, "{}", page.text);
            seen.extend(
                page.json()
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|run| run["run_id"].as_str().unwrap().to_owned()),
            );
            token = page.header("x-next-page-token").to_owned();
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, ids);
        // "nonsense", and a well-formed one that names the year 9999 BC, which PostgreSQL does not have.
        let ancient = "LTM3NzcwNTExNjgwMDAwMDAwMDowYjhmNmYwZS02ZjNhLTRkMWMtOWE1NC0wYzZmNGJiMGEwMDE";
        for token in ["nonsense", ancient] {
            let answer = client.get(&path(&format!("/runs?page_token={token}"))).await;
            assert_eq!(answer.status, 422, "{kind:?} {token}: {}", answer.text);
        }
        let module = client.get(&path("/modules")).await.json();
        assert_eq!(
            (&module[0]["last_run_status"], &module[0]["last_run_count"]),
            (&json!("success"), &json!(1))
        );
        assert_eq!(
            app::counts(&client.get(&path(&format!("/runs/{}", ids[0]))).await.json()),
            [0, 1, 0, 0, 0, 1]
        );
        school.stop().await;
    }
}
