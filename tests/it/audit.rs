//! The audit log: each call that changes a thing leaves one entry with it, a refused call leaves one, and nothing changes
//! or deletes an entry but the tombstone.

use {
    crate::{
        harness::{
            app::{App, command},
            cli::{out, sigma},
            client::{Answer, Client},
            db::{Db, Kind, kinds},
            process::run,
        },
        store::{now, store, tenant},
    },
    chrono::{DateTime, TimeDelta, Utc},
    prost_reflect::{DescriptorPool, Value as PbValue},
    sea_orm::{ConnectionTrait as _, Database, DatabaseConnection},
    serde_json::{Value, json},
    sigma_sync::{
        adapters::clock::SystemClock,
        domain::audit::{Action, Author, Change},
        jobs::Retention,
        proto::DESCRIPTOR_SET,
        store::{AuditEntry, AuditFilter, TenantScope},
    },
    std::sync::Arc,
    tokio_util::sync::CancellationToken,
};

const AUDIT: &str = "/v1/extension/audit";
const ENTRIES: &str = "SELECT count(*) AS n FROM audit_entries";
/// Methods with the permission of a change that change nothing: a preview reads a record with the draft of a mapping, a search
/// finds one for it, an explanation tells what a run would do with one, and a test of a connection sends secrets that are not
/// stored.
const CHANGE_NOTHING: [&str; 5] = [
    "AccessService/ListSessions",
    "MappingService/PreviewMappings",
    "MetadataService/SearchZohoRecords",
    "RecordService/ExplainRecord",
    "SettingsService/TestConnection",
];
/// Secrets that the cases send.
const CANARY: &str = "canary-secret";
/// The person of the sessions.
const ACTOR: &str = "crm:1";

async fn ok(answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

/// The methods whose permission is that of a change, as `Service/Method`.
fn changing() -> Vec<String> {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET).unwrap();
    let permission = pool.get_extension_by_name("sigma.v1.permission").unwrap();
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter(|method| {
            let options = method.options();
            let word = match options.get_extension(&permission).as_ref() {
                PbValue::String(word) => word.clone(),
                _ => String::new(),
            };
            // One that needs no permission and gets something reads as well.
            let reads =
                word.ends_with(".read") || word.is_empty() && method.name().starts_with("Get");
            method.full_name().starts_with("sigma.v1.") && !reads
        })
        .map(|method| format!("{}/{}", method.parent_service().name(), method.name()))
        .collect()
}

/// A school to make calls of.
struct School {
    db: Db,
    client: Client,
    made: u32,
}

impl School {
    async fn post(&self, path: &str, body: Value) -> Value {
        ok(self.client.post(&format!("/v1/extension/{path}"), &body).await).await
    }

    fn lent(&self, as_code: bool) -> Value {
        json!({"role": "viewer", "actor": ACTOR, "as_code": as_code})
    }

    async fn key(&mut self) -> String {
        self.made += 1;
        let body = json!({"name": format!("key {}", self.made), "roles": ["viewer"]});
        self.post("keys", body).await["key_id"].as_str().unwrap().to_owned()
    }

    /// Starts a run and sets its row.
    async fn run(&self, set: &str) -> String {
        let run =
            self.post("sync/units/run", json!({})).await["run_id"].as_str().unwrap().to_owned();
        if !set.is_empty() {
            self.db.execute(&format!("UPDATE sync_runs SET {set} WHERE run_id = '{run}'")).await;
        }
        run
    }

    async fn held(&self) -> String {
        let ended = "finished_at = started_at, phase = 'done'";
        self.run(&format!("state = 'held', held_reason = 'many', removals_planned = 3, {ended}"))
            .await
    }

    async fn failed(&self) -> String {
        let run = self.run("state = 'partial', finished_at = started_at, phase = 'done'").await;
        let item = "INSERT INTO sync_run_items (run_id, tenant_id, ordinal, zoho_id, status, code, diff, created_at)
            SELECT run_id, tenant_id, 0, '1', 'FAILED', 'MOODLE_EMAIL_TAKEN', '{}', started_at FROM sync_runs";
        self.db.execute(&format!("{item} WHERE run_id = '{run}'")).await;
        run
    }

    async fn end_runs(&self) {
        let end = "UPDATE sync_runs SET state = 'cancelled', phase = 'done' WHERE state IN ('queued', 'waiting', 'held')";
        self.db.execute(end).await;
    }

    /// The request that carries a method out, after what it needs was made: the verb, the path and the body.
    async fn case(&mut self, method: &str) -> (&'static str, String, Value) {
        let put = |path: &str, body| ("PUT", path.to_owned(), body);
        let post = |path: String, body| ("POST", path, body);
        let rows = json!([{"canonical_field": "name", "zoho_field_api_name": "Name"}]);
        match method {
            "AccessService/ListSessions" => ("GET", "sessions".into(), Value::Null),
            "AccessService/CreateSession" => post("sessions".into(), self.lent(false)),
            "AccessService/RevokeSession" => {
                let made = self.post("sessions", self.lent(false)).await;
                let id = made["session_id"].as_str().unwrap().to_owned();
                post(format!("sessions/{id}/revoke"), json!({}))
            }
            "AccessService/RevokeSessions" => {
                post("keys/ext_key_default/sessions/revoke".into(), json!({}))
            }
            "AccessService/ClaimSession" => {
                let code = self.post("sessions", self.lent(true)).await["code"].clone();
                post("sessions/claim".into(), json!({"code": code}))
            }
            "AccessService/CreateKey" => {
                post("keys".into(), json!({"name": "x", "roles": ["viewer"]}))
            }
            "AccessService/UpdateKey" => {
                let key = self.key().await;
                put(&format!("keys/{key}"), json!({"name": "y"}))
            }
            "AccessService/RotateKey" => {
                post(format!("keys/{}/rotate", self.key().await), json!({"overlap_s": 60}))
            }
            "AccessService/RevokeKey" => {
                post(format!("keys/{}/revoke", self.key().await), json!({}))
            }
            "MappingService/ReplaceMappings" => put("mappings/units", json!({"mappings": rows})),
            "MappingService/RollbackMappings" => {
                post("mappings/units/rollback".into(), json!({"version": 1, "force": true}))
            }
            "MappingService/ApplyMappings" => {
                let yaml = ok(self.client.get("/v1/extension/mappings/-/export").await).await;
                post("mappings/-/apply".into(), json!({"yaml": yaml["yaml"]}))
            }
            "MappingService/PreviewMappings" => {
                post("mappings/units/preview".into(), json!({"record": {"Name": "A"}}))
            }
            "MetadataService/SearchZohoRecords" => {
                ("GET", "metadata/zoho/units/records".into(), Value::Null)
            }
            "SettingsService/TestConnection" => post(
                "settings/test".into(),
                json!({"provider": "moodle", "draft": {"moodle_api_token": CANARY}}),
            ),
            "ModuleService/UpdateModule" => put("modules/units", json!({"enabled": true})),
            "RecordService/ExplainRecord" => ("GET", "records/units/1/explain".into(), Value::Null),
            "SavedViewService/SaveView" => {
                post("views".into(), json!({"name": "x", "screen": "runs", "query": "status=held"}))
            }
            "SavedViewService/DeleteView" => {
                let made = self.post("views", json!({"name": "y", "screen": "runs"})).await;
                let id = made["view_id"].as_str().unwrap().to_owned();
                post(format!("views/{id}/delete"), json!({}))
            }
            "BrandingService/UpdateBranding" => put("branding", json!({"name": "North College"})),
            "SettingsService/UpdateSettings" => put(
                "settings",
                json!({
                    "moodle_base_url": "http://127.0.0.1:9", "moodle_api_token": CANARY,
                    "zoho_refresh_token": CANARY, "keep_days": 30,
                }),
            ),
            "SettingsService/ForgetLinks" => {
                post("settings/forget-links".into(), json!({"module": "units", "ids": ["1"]}))
            }
            "SyncRunService/TriggerRun" => post("sync/units/run".into(), json!({})),
            "SyncRunService/TriggerAll" => post("sync/run".into(), json!({})),
            "SyncRunService/RetryFailed" => {
                post(format!("runs/{}/retry-failed", self.failed().await), json!({}))
            }
            "SyncRunService/RetryItems" => post(
                format!("runs/{}/retry", self.failed().await),
                json!({"codes": ["MOODLE_EMAIL_TAKEN"]}),
            ),
            "SyncRunService/ApproveRun" => {
                post(format!("runs/{}/approve", self.held().await), json!({"removals": 3}))
            }
            "SyncRunService/DiscardRun" => {
                post(format!("runs/{}/discard", self.held().await), json!({}))
            }
            "SyncRunService/CancelRun" => {
                post(format!("runs/{}/cancel", self.run("").await), json!({}))
            }
            "TenantService/CreateTenant" => {
                post("tenants".into(), json!({"tenant_id": "riyadh", "name": "Riyadh"}))
            }
            "TenantService/UpdateTenant" => put("tenants/riyadh", json!({"name": "Jeddah"})),
            other => {
                panic!("{other} changes something: add a case, and a row for it in domain/audit.rs")
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_call_that_changes_a_thing_leaves_one_entry() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let mut school = School { client: app.client(), db, made: 0 };
        ok(school.client.put("/v1/extension/modules/units", &json!({"enabled": true})).await).await;
        let methods = changing();
        assert!(methods.len() >= 20, "{methods:?}");
        for method in &methods {
            let (verb, path, body) = school.case(method).await;
            let before = school.db.number(ENTRIES).await;
            let path = format!("/v1/extension/{path}");
            let answer = match verb {
                "GET" => school.client.get(&path).await,
                "PUT" => school.client.put(&path, &body).await,
                _ => school.client.post(&path, &body).await,
            };
            let left = school.db.number(ENTRIES).await - before;
            if CHANGE_NOTHING.contains(&method.as_str()) {
                assert_eq!(left, 0, "{kind:?} {method}: {}", answer.text);
                continue;
            }
            let id = answer.header("x-request-id").to_owned();
            let told = ok(answer).await;
            assert_eq!(left, 1, "{kind:?} {method}");
            let of = if method == "TenantService/CreateTenant" { "&tenant_id=riyadh" } else { "" };
            let of = if method == "TenantService/UpdateTenant" { "&tenant_id=riyadh" } else { of };
            let newest = ok(school.client.get(&format!("{AUDIT}?limit=1{of}")).await).await;
            let entry = &newest["entries"][0];
            let action = Action::of_method(method).expect("a row in domain/audit.rs").as_str();
            assert_eq!(entry["action"], action, "{method}");
            // A caller with a code acts for the person of its session, and has signed nothing.
            let claims = method == "AccessService/ClaimSession";
            let scheme = if claims { Value::Null } else { json!("v1") };
            assert_eq!(
                [&entry["key_id"], &entry["request_id"], &entry["scheme"], &entry["outcome"]],
                [&json!(school.client.key), &json!(id), &scheme, &json!("done")],
                "{kind:?} {method}: {entry}"
            );
            assert_eq!(entry["address"], "127.0.0.1", "{method}");
            let actor = if claims { json!(ACTOR) } else { Value::Null };
            assert_eq!((&entry["actor"], entry["session_id"].is_string()), (&actor, claims));
            assert_ne!(entry["resource"], "", "{method}");
            assert!(entry["after"].as_object().is_some_and(|after| !after.is_empty()), "{entry}");
            let changes =
                ["Update", "Replace", "Rollback", "Apply", "Rotate", "Revoke", "Approve", "Delete"];
            let verb = method.split_once('/').unwrap().1;
            let changed = changes.iter().any(|word| verb.starts_with(word));
            assert_eq!(entry["before"].is_object(), changed, "{method}: {entry}");
            let secrets = ["secret", "extension_api_secret", "token", "code"];
            let secrets = secrets.into_iter().filter_map(|name| told[name].as_str());
            for secret in secrets.filter(|text| !text.is_empty()).chain([CANARY]) {
                let found = format!("SELECT count(*) AS n FROM audit_entries
                    WHERE CAST(change AS text) LIKE '%{secret}%' OR CAST(before_change AS text) LIKE '%{secret}%'");
                assert_eq!(school.db.number(&found).await, 0, "{method}");
            }
            school.end_runs().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_on_the_host_leave_one_entry() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let entries = async |action: &str| {
            db.number(&format!("{ENTRIES} WHERE action = '{action}' AND key_id = 'host'")).await
        };
        assert_eq!(run(command(&db).arg("migrate")).code, Some(0));
        for times in 1..=2 {
            assert_eq!(run(command(&db).arg("seed")).code, Some(0));
            assert_eq!(entries("tenant.seed").await, times, "{kind:?}");
        }
        assert_eq!(run(command(&db).args(["keys", "bootstrap"])).code, Some(5));
        assert_eq!(run(command(&db).args(["keys", "bootstrap", "--force"])).code, Some(0));
        assert_eq!(entries("key.bootstrap").await, 1, "{kind:?}");
        if kind == Kind::Postgres {
            assert_eq!(run(command(&db).arg("restore")).code, Some(0));
        } else {
            let copy = db.folder.join("copy.db");
            assert_eq!(run(command(&db).arg("backup").arg(&copy)).code, Some(0));
            let restored = run(command(&db).arg("restore").arg(&copy).arg("--replace"));
            assert_eq!(restored.code, Some(0), "{restored:?}");
        }
        // The log of each tenant tells it.
        let tenants = db.number("SELECT count(*) AS n FROM tenant_profiles").await;
        assert_eq!((entries("database.restore").await, tenants), (2, 2), "{kind:?}");
        assert_eq!(db.number(ENTRIES).await, 5, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_calls_are_kept_up_to_a_number() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let (owner, mut keys) = (app.client(), Vec::new());
        for name in ["one", "two"] {
            let body = json!({"name": name, "roles": ["viewer"]});
            let made = ok(owner.post("/v1/extension/keys", &body).await).await;
            let text = |field: &str| made[field].as_str().unwrap().to_owned();
            keys.push(Client::new(&app.url, "default", &text("key_id"), &text("secret")));
        }
        let [one, two] = keys.as_slice() else { panic!() };
        let refused = one.put("/v1/extension/settings", &json!({"keep_days": 1})).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert_eq!(one.get("/v1/extension/keys").await.status, 403);
        assert_eq!(one.get(AUDIT).await.status, 403);
        let list = async |filter: &str| {
            let page = ok(owner.get(&format!("{AUDIT}?outcome=refused&{filter}")).await).await;
            page["entries"].as_array().unwrap().clone()
        };
        let kept = list(&format!("key_id={}", one.key)).await;
        let words: Vec<&str> = kept.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(words, ["audit.list_audit_entries", "access.list_keys", "settings.update"]);
        assert_eq!(kept[2]["request_id"], refused.header("x-request-id"), "{kind:?}");
        assert_eq!(kept[2]["address"], json!("127.0.0.1"), "{kind:?}");
        // What it was about: the settings are those of the tenant.
        assert_eq!(kept[2]["resource"], json!("default"), "{kind:?}");
        let target = format!("/v1/extension/keys/{}/revoke", one.key);
        assert_eq!(one.post(&target, &json!({})).await.status, 403);
        assert_eq!(one.put("/v1/extension/modules/units", &json!({})).await.status, 403);
        let about: Vec<Value> = list(&format!("key_id={}", one.key)).await;
        let about: Vec<&Value> = about.iter().take(2).map(|entry| &entry["resource"]).collect();
        assert_eq!(about, [&json!("units"), &json!(one.key)], "{kind:?}");
        // The clock may pass an hour meanwhile, so the number is told and not awaited: none of 130 calls is answered else.
        let empty = json!({});
        let calls = (0..130).map(|_| two.put("/v1/extension/settings", &empty));
        let answers = futures_util::future::join_all(calls).await;
        assert!(answers.iter().all(|answer| answer.status == 403), "{kind:?}");
        let hours = format!(
            "SELECT max(n) AS n FROM (SELECT count(*) AS n FROM audit_entries
                WHERE key_id = '{}' AND outcome = 'refused' GROUP BY {}) hours",
            two.key,
            match kind {
                Kind::Sqlite => "substr(created_at, 1, 13)",
                Kind::Postgres => "date_trunc('hour', created_at)",
            }
        );
        let kept = db.number(&hours).await;
        assert!((65..=100).contains(&kept), "{kind:?}: {kept}");
        // Another key has a number of its own.
        assert_eq!(one.put("/v1/extension/settings", &json!({})).await.status, 403);
        assert_eq!(list(&format!("key_id={}", one.key)).await.len(), 6, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_listed_filtered_and_exported() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = app.client();
        for days in 1..=5 {
            ok(owner.put("/v1/extension/settings", &json!({"keep_days": days})).await).await;
        }
        let name = json!({"tenant_id": "riyadh", "name": "=1+1"});
        let created = ok(owner.post("/v1/extension/tenants", &name).await).await;
        let text = |field: &str| created[field].as_str().unwrap().to_owned();
        let (key, secret) = (text("extension_api_key"), text("extension_api_secret"));
        let school = Client::new(&app.url, "riyadh", &key, &secret);

        // In pages, whose tokens belong to the tenant and the filters.
        let filter = "action=settings.update&limit=2";
        let (mut token, mut days) = (String::new(), Vec::new());
        loop {
            let at = format!("{AUDIT}?{filter}&page_token={token}");
            let page = ok(owner.get(&at).await).await;
            let entries = page["entries"].as_array().unwrap().clone();
            let both = |entry: &Value| {
                let of = |at: &str| entry[at]["keep_days"].as_i64();
                (of("before"), of("after"))
            };
            days.extend(entries.iter().map(both));
            token = page["next_page_token"].as_str().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
            for other in ["action=settings.update&outcome=done", "action=module.update"] {
                let foreign = owner.get(&format!("{AUDIT}?{other}&page_token={token}")).await;
                assert_eq!(foreign.status, 422, "{}", foreign.text);
            }
            let stranger = school.get(&format!("{AUDIT}?{filter}&page_token={token}")).await;
            assert_eq!(stranger.status, 422, "{}", stranger.text);
        }
        let expected: Vec<_> =
            (1..=5).rev().map(|day| (Some(day - 1).filter(|day| *day > 0), Some(day))).collect();
        assert_eq!(days, expected, "{kind:?}");

        // Each tenant has its own; the platform role reads all, and a tenant's key no other's.
        let own = ok(school.get(AUDIT).await).await;
        assert_eq!(own["entries"].as_array().map(Vec::len), Some(1), "{own}");
        assert_eq!(own["entries"][0]["key_id"], owner.key);
        let theirs = ok(owner.get(&format!("{AUDIT}?tenant_id=riyadh")).await).await;
        assert_eq!(theirs["entries"], own["entries"]);
        let foreign = school.get(&format!("{AUDIT}?tenant_id=default")).await;
        assert_eq!(foreign.status, 404, "{}", foreign.text);
        assert_eq!(school.get(&format!("{AUDIT}?outcome=x")).await.status, 422);
        let none = ok(school.get(&format!("{AUDIT}?until=2000-01-01T00:00:00Z")).await).await;
        assert_eq!(none["entries"], json!([]));

        let lines = owner.get(&format!("{AUDIT}/export?action=settings.update")).await.text;
        assert_eq!(lines.lines().count(), 5, "{lines}");
        let csv = school.get(&format!("{AUDIT}/export/csv")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.text.matches("\r\n").count(), 2, "{}", csv.text);
        assert!(csv.text.starts_with("entry_id,created_at,actor,key_id"), "{}", csv.text);

        let call = |args: &[&str]| {
            let output = sigma(&db, &app.url, &[&["audit"], args].concat());
            assert!(output.status.success(), "{output:?}");
            out(&output)
        };
        let listed = call(&["list", "--action", "settings.update", "--limit", "3"]);
        assert_eq!(listed.lines().count(), 3, "{listed}");
        let shown = call(&["list", "--of", "riyadh", "-o", "table"]);
        assert!(shown.contains("tenant.create") && shown.contains("127.0.0.1"), "{shown}");
        assert_eq!(call(&["export", "--action", "settings.update"]).lines().count(), 5);
        let exported = call(&["export", "--of", "riyadh", "-o", "csv"]);
        assert_eq!(exported, csv.text);
    }
}

#[tokio::test]
async fn old_entries_go_with_a_tombstone() {
    for kind in kinds() {
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "riyadh").await;
        let other = tenant(&store, "jeddah").await;
        let (now, token) = (now(), CancellationToken::new());
        let write = async |scope: &TenantScope, at: DateTime<Utc>| {
            let tx = store.of(scope).begin().await.unwrap();
            let (author, action, change) = (Author::host(), Action::SeedTenant, Change::default());
            tx.audit(AuditEntry { author, action, resource: "x", change, at }).await.unwrap();
            tx.commit().await.unwrap();
        };
        for days in [500, 450, 402, 398, 0] {
            write(&scope, now - TimeDelta::days(days)).await;
        }
        write(&other, now - TimeDelta::days(10)).await;
        let clock = Arc::new(SystemClock);
        let keep = Retention::new(store.clone(), clock.clone(), 0).with_audit_days(400);
        let kept = async |scope: &TenantScope| {
            let filter = AuditFilter::default();
            store.of(scope).audit_entries(&filter, None, 100).await.unwrap()
        };
        assert_eq!(
            Retention::new(store.clone(), clock, 0).trim_audit(now, &token).await.unwrap(),
            0
        );
        assert_eq!(keep.trim_audit(now, &token).await.unwrap(), 3, "{kind:?}");
        let entries = kept(&scope).await;
        let words: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(words.len(), 3, "{entries:?}");
        let stone = entries.iter().find(|entry| entry.action == "audit.trim").unwrap();
        assert_eq!((stone.key.as_str(), &stone.after["entries"]), ("service", &json!(3)));
        assert!(stone.after["until"].is_string(), "{stone:?}");
        // Once is enough, and the other log is whole.
        assert_eq!(keep.trim_audit(now, &token).await.unwrap(), 0, "{kind:?}");
        assert_eq!((kept(&scope).await.len(), kept(&other).await.len()), (3, 1), "{kind:?}");
        // The next day another one is due, and so on until a tombstone is itself too old.
        let later = now + TimeDelta::days(3);
        assert_eq!(keep.trim_audit(later, &token).await.unwrap(), 1, "{kind:?}");
        let much_later = now + TimeDelta::days(500);
        assert_eq!(keep.trim_audit(much_later, &token).await.unwrap(), 4, "{kind:?}");
        assert_eq!(kept(&scope).await.len(), 1, "{kind:?}");
    }
}

/// Returns whether a statement on the database is refused.
async fn refused(db: &DatabaseConnection, sql: &str) -> bool {
    db.execute_unprepared(sql).await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_entry_is_changed_or_deleted() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        for days in 1..=3 {
            let body = json!({"keep_days": days});
            ok(app.client().put("/v1/extension/settings", &body).await).await;
        }
        let before = db.number(ENTRIES).await;
        let beside = Database::connect(&db.url).await.unwrap();
        for sql in [
            "UPDATE audit_entries SET key_id = 'other'",
            "UPDATE audit_entries SET change = '{}' WHERE action = 'settings.update'",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_entries WHERE action = 'settings.update'",
        ] {
            assert!(refused(&beside, sql).await, "{kind:?}: {sql}");
        }
        // A row that replaces another one, and a tombstone for itself and all others.
        let entry = |id: &str, until: &str| {
            format!("INTO audit_entries (entry_id, tenant_id, key_id, action, resource, change, created_at, trims_until)
                SELECT {id}, tenant_id, key_id, 'forged', resource, change, created_at, {until} FROM audit_entries
                WHERE action = 'tenant.seed'")
        };
        match kind {
            Kind::Postgres => assert!(refused(&beside, "TRUNCATE audit_entries").await),
            Kind::Sqlite => {
                let replaces = format!("REPLACE {}", entry("entry_id", "NULL"));
                assert!(refused(&beside, &replaces).await);
            }
        }
        let never = "'9999-01-01T00:00:00+00:00'";
        let forged = format!("INSERT {}", entry("'0f0f0f0f-0000-0000-0000-000000000000'", never));
        assert!(!refused(&beside, &forged).await, "{kind:?}");
        assert!(refused(&beside, "DELETE FROM audit_entries").await, "{kind:?}");
        assert!(refused(&beside, "DELETE FROM audit_entries WHERE action <> 'forged'").await);
        assert!(refused(&beside, "DELETE FROM audit_entries WHERE action = 'forged'").await);
        beside.close().await.unwrap();
        assert_eq!(db.number(ENTRIES).await, before + 1, "{kind:?}");
    }
}
