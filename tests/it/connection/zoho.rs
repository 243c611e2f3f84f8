//! The connection to Zoho.

use {
    super::{are, missing, tried},
    crate::harness::{
        cli::{out, sigma},
        db::kinds,
        school::School,
    },
    serde_json::{Value, json},
};

async fn stored(school: &School) -> Vec<Value> {
    tried(&school.client, "zoho", json!({})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_scope_is_named() {
    let school = School::new(kinds()[0], 3).await;
    let fine = stored(&school).await;
    are("all scopes", &fine, &["passed"; 4]);
    assert!(fine[3]["message"].as_str().unwrap().contains("students"), "{fine:#?}");
    let needing = "students programs classes enrollments units registrations payments";
    let custom = "students classes enrollments units registrations payments";
    for (lacking, name, modules, verdict) in [
        ("ZohoCRM.coql.READ", "ZohoCRM.coql.READ", "", "warned"),
        ("ZohoCRM.bulk.READ", "ZohoCRM.bulk.READ", "", "warned"),
        ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.fields.READ", "", "warned"),
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.ALL", needing, "failed"),
        ("ZohoCRM.modules.custom.READ", "ZohoCRM.modules.ALL", custom, "failed"),
        ("ZohoCRM.modules.products.READ", "ZohoCRM.modules.ALL", "programs", "failed"),
    ] {
        school.options(json!({"missing_scopes": [lacking]})).await;
        let stages = stored(&school).await;
        let access = format!("{verdict} ZOHO_SCOPE_MISSING");
        let wanted: &[&str] = match verdict {
            "warned" => &["passed", "passed", &access, "passed"],
            _ => &["passed", "passed", &access],
        };
        are(lacking, &stages, wanted);
        let told = missing(&stages[2]);
        assert_eq!(told, [("scope".to_owned(), name.to_owned(), modules.to_owned())], "{lacking}");
        assert!(stages[2]["message"].as_str().unwrap().contains(name), "{stages:#?}");
    }
    // Several at once are named at once.
    let both = ["ZohoCRM.coql.READ", "ZohoCRM.bulk.READ"];
    school.options(json!({"missing_scopes": both})).await;
    let names: Vec<String> =
        missing(&stored(&school).await[2]).into_iter().map(|(_, name, _)| name).collect();
    assert_eq!(names, both);
    // Grades are written, which takes more than reading them.
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let enabled = json!({"enabled": true});
    assert_eq!(school.client.put("/v1/extension/modules/grades", &enabled).await.status, 200);
    school.options(json!({"missing_scopes": []})).await;
    are("grades", &stored(&school).await, &["passed"; 4]);
    let writes = school.writes("zoho").await;
    school.options(json!({"missing_scopes": ["ZohoCRM.modules.custom.CREATE"]})).await;
    let stages = stored(&school).await;
    are("no writing", &stages, &["passed", "passed", "failed ZOHO_SCOPE_MISSING"]);
    let wanted = ("scope".to_owned(), "ZohoCRM.modules.ALL".to_owned(), "grades".to_owned());
    assert_eq!(missing(&stages[2]), [wanted]);
    assert_eq!(school.writes("zoho").await, writes, "a test has written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_told_by_its_stage() {
    let school = School::new(kinds()[0], 3).await;
    let forever = |fault: Value| {
        let mut fault = fault;
        fault["target"] = json!("zoho");
        fault["times"] = json!(0);
        fault
    };
    // Before an access token is stored, the token server alone decides.
    for (fault, wanted) in [
        (json!({"kind": "access_denied"}), "failed ZOHO_TOKEN_THROTTLED"),
        (json!({"kind": "html", "function": "POST /oauth/"}), "failed UPSTREAM_PROTOCOL"),
        (json!({"kind": "revoked_token"}), "failed ZOHO_TOKEN_REVOKED"),
    ] {
        school.fault(forever(fault.clone())).await;
        are(&fault.to_string(), &stored(&school).await, &["passed", wanted]);
        school.mend().await;
    }
    are("mended", &stored(&school).await, &["passed"; 4]);
    let of_api = |fault: Value| {
        let mut fault = forever(fault);
        fault["function"] = json!("GET /crm/v8/");
        fault
    };
    for (fault, wanted) in [
        (
            json!({"kind": "redirect", "location": "http://127.0.0.1:9/"}),
            "failed UPSTREAM_PROTOCOL",
        ),
        (json!({"kind": "html"}), "failed UPSTREAM_PROTOCOL"),
        (json!({"kind": "status", "status": 503}), "failed UPSTREAM_UNREACHABLE"),
        (json!({"kind": "cut"}), "failed UPSTREAM_UNREACHABLE"),
        (json!({"kind": "status", "status": 429}), "failed ZOHO_THROTTLED"),
    ] {
        school.fault(of_api(fault.clone())).await;
        are(&fault.to_string(), &stored(&school).await, &["passed", wanted]);
        school.mend().await;
    }
    // A token that was issued before is not believed: Zoho refuses it, and the refresh token with it.
    school.fault(forever(json!({"kind": "revoked_token"}))).await;
    are("revoked", &stored(&school).await, &["passed", "failed ZOHO_TOKEN_REVOKED"]);
    school.mend().await;
    // One module that the user may not read, and one that is not there.
    let hidden = json!({"kind": "status", "status": 403, "code": "NO_PERMISSION"});
    let mut hidden = forever(hidden);
    hidden["function"] = json!("GET /crm/v8/Products");
    school.fault(hidden).await;
    let stages = stored(&school).await;
    are("a profile", &stages, &["passed", "passed", "passed", "failed ZOHO_PERMISSION_MISSING"]);
    let message = stages[3]["message"].as_str().unwrap();
    assert!(message.contains("programs (Products)") && message.contains("students"), "{message}");
    school.mend().await;
    let other = json!({"zoho_module": "Teachers_2"});
    assert_eq!(school.client.put("/v1/extension/modules/units", &other).await.status, 200);
    let stages = stored(&school).await;
    are("a name", &stages, &["passed", "passed", "passed", "failed ZOHO_MODULE_UNKNOWN"]);
    assert!(stages[3]["message"].as_str().unwrap().contains("units (Teachers_2)"), "{stages:#?}");
    // Slow is not broken, and it shows.
    assert_eq!(
        school.client.put("/v1/extension/modules/units", &json!({"zoho_module": ""})).await.status,
        200
    );
    school.options(json!({"zoho_latency_ms": 300})).await;
    let slow = stored(&school).await;
    are("slow", &slow, &["passed"; 4]);
    assert!(slow[1]["ms"].as_i64().unwrap() >= 300, "{slow:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_says_what_to_do() {
    let school = School::new(kinds()[0], 3).await;
    let run = |args: &[&str]| sigma(&school.db, &school.app.url, args);
    let fine = run(&["settings", "test"]);
    assert_eq!((fine.status.code(), out(&fine).lines().count()), (Some(0), 8), "{}", out(&fine));
    school.options(json!({"missing_functions": ["core_user_create_users"]})).await;
    let lacking = run(&["settings", "test", "moodle"]);
    let text = out(&lacking);
    assert_eq!(lacking.status.code(), Some(1), "{text}");
    assert!(text.contains("[MOODLE_FUNCTION_MISSING] add the function to the service"), "{text}");
    assert!(text.contains("function core_user_create_users: needed by students"), "{text}");
    assert!(text.contains("not_tried") && !text.contains("zoho"), "{text}");
    let json = out(&run(&["settings", "test", "zoho", "-o", "json"]));
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["provider"], &first["stage"]), (&json!("zoho"), &json!("address")));
    let list = out(&run(&["settings", "checklist"]));
    assert!(list.contains("dry_run") && list.contains("no dry run has ended yet"), "{list}");
}
