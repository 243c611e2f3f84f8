//! Members of a body that a request does not have: refused by name, except where the earlier service passed them over.

use {
    super::{key, ok, school},
    crate::harness::{
        app::App,
        db::{Db, Kind},
    },
    serde_json::{Value, json},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_member_is_not_an_absent_one() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let platform = app.client();
    let owner = school(&platform, "riyadh").await;
    let other = key(&owner, "riyadh", &["viewer"]).await;
    let base = "/v1/extension";
    let row = json!({"canonical_field": "first_name", "zoho_field_api_name": "First_Name"});
    let mistyped = json!({"canonical_field": "first_name", "zoho_field_api_name": "First_Name", "requird": true});
    for (target, body, path, near) in [
        (
            "/sessions",
            json!({"role": "viewer", "actor": "x", "module": ["students"]}),
            json!(["module"]),
            "modules",
        ),
        (
            "/keys",
            json!({"name": "x", "roles": ["viewer"], "allow_cidr": ["10.0.0.0/8"]}),
            json!(["allow_cidr"]),
            "allow_cidrs",
        ),
        ("/mappings/students/validate", json!({"mapping": [row]}), json!(["mapping"]), ""),
        (
            "/mappings/students/validate",
            json!({"draft": {"mapping": [row]}}),
            json!(["draft", "mapping"]),
            "mappings",
        ),
        (
            "/mappings/students/validate",
            json!({"draft": {"mappings": [mistyped]}}),
            json!(["draft", "mappings", 0, "requird"]),
            "required",
        ),
        (
            "/mappings/students/apply",
            json!({"yaml": "", "dryrun": true}),
            json!(["dryrun"]),
            "dry_run",
        ),
        ("/sync/run", json!({"module": ["students"]}), json!(["module"]), ""),
    ] {
        let answer = owner.post(&format!("{base}{target}"), &body).await;
        assert_eq!(answer.status, 422, "{target} {body}: {}", answer.text);
        let faults = answer.json()["detail"].as_array().unwrap().clone();
        let fault = faults.iter().find(|fault| fault["type"] == "extra_forbidden");
        let fault = fault.unwrap_or_else(|| panic!("{target} {body}: {}", answer.text));
        let mut loc = vec![json!("body")];
        loc.extend(path.as_array().unwrap().clone());
        assert_eq!((&fault["loc"], &fault["input"]), (&Value::from(loc), &Value::Null));
        let hint =
            if near.is_empty() { String::new() } else { format!("; did you mean '{near}'?") };
        let wanted = format!("Extra inputs are not permitted{hint}");
        assert!(fault["msg"].as_str().unwrap().starts_with(&wanted), "{fault}");
    }
    // A mistyped secret is not told, and there is an end to what is.
    let secret = json!({"name": "x", "roles": ["viewer"], "secrt": "S3CRET"});
    let answer = owner.put(&format!("{base}/keys/{}", other.key), &secret).await;
    assert!(answer.status == 422 && !answer.text.contains("S3CRET"), "{}", answer.text);
    let many: serde_json::Map<String, Value> =
        (0..5_000).map(|n| (format!("{n}{}", "x".repeat(150)), json!(n))).collect();
    let answer = owner.post(&format!("{base}/sessions"), &Value::Object(many)).await;
    assert_eq!((answer.status, answer.json()["detail"].as_array().unwrap().len()), (422, 100));
    assert!(answer.text.len() < 50_000, "{}", answer.text.len());

    // What the earlier service passed over is passed over.
    let extra = json!({"nothing": 1});
    ok(&owner.put(&format!("{base}/settings"), &extra).await);
    ok(&owner
        .put(&format!("{base}/modules/students"), &json!({"enabled": true, "nothing": 1}))
        .await);
    let rows = json!({"mappings": [mistyped], "nothing": 1});
    ok(&owner.put(&format!("{base}/mappings/students"), &rows).await);
    ok(&owner.post(&format!("{base}/sync/students/run"), &extra).await);
    let tenant = json!({"tenant_id": "jeddah", "name": "x", "nothing": 1});
    ok(&platform.post(&format!("{base}/tenants"), &tenant).await);
}
