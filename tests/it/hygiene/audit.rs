//! The audit log: a change of mappings tells the rows that differ, an unchanged save has an entry without a difference, and
//! no kill parts a change from its entry.

use {
    super::ok,
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, kinds},
        eventually,
    },
    serde_json::{Value, json},
    std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    },
};

const MAPPINGS: &str = "/v1/extension/mappings/students";
/// How often the server is killed on each database.
const KILLS: u32 = 20;

async fn newest(client: &Client, action: &str) -> Value {
    let target = format!("/v1/extension/audit?action={action}&limit=1");
    ok(&client.get(&target).await)["entries"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_mappings_tells_the_rows_that_differ() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let row = |field: &str, zoho: &str| json!({"canonical_field": field, "zoho_field_api_name": zoho});
        let save = async |rows: Value| {
            ok(&client.put(MAPPINGS, &json!({"mappings": rows})).await);
            newest(&client, "mapping.replace").await
        };
        save(json!([
            row("first_name", "First_Name"),
            row("last_name", "Last_Name"),
            row("academic_email", "Email")
        ]))
        .await;
        let entry = save(json!([
            row("first_name", "Given"),
            row("academic_email", "Email"),
            row("phone", "City")
        ]))
        .await;
        let changes = json!({"first_name": "changed", "phone": "added", "last_name": "removed"});
        assert_eq!(entry["after"]["changes"], changes, "{kind:?}: {entry}");
        let (before, after) = (&entry["before"]["rows"], &entry["after"]["rows"]);
        assert_eq!(before["first_name"]["zoho_field_api_name"], "First_Name", "{entry}");
        assert_eq!(before["last_name"]["zoho_field_api_name"], "Last_Name");
        assert_eq!((&before["phone"], &before["academic_email"]), (&Value::Null, &Value::Null));
        assert_eq!(after["first_name"]["zoho_field_api_name"], "Given");
        assert_eq!((&after["last_name"], &after["academic_email"]), (&Value::Null, &Value::Null));
        // The same once more: an entry without a difference.
        let entry = save(json!([
            row("first_name", "Given"),
            row("academic_email", "Email"),
            row("phone", "City")
        ]))
        .await;
        assert_eq!(entry["after"]["changes"], json!({}), "{entry}");
        assert_eq!(entry["before"]["version"], entry["after"]["version"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_that_changes_nothing_has_an_entry_without_a_difference() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        // A start in development mode makes an entry of its own, for the code of a page.
        let count = async |action: &str| {
            db.number(&format!("SELECT count(*) AS n FROM audit_entries WHERE action = '{action}'"))
                .await
        };
        for (target, body, action) in [
            ("/v1/extension/settings", json!({"keep_days": 7}), "settings.update"),
            ("/v1/extension/modules/students", json!({"enabled": false}), "module.update"),
            ("/v1/extension/tenants/default", json!({"name": "x"}), "tenant.update"),
            ("/v1/extension/keys/ext_key_default", json!({"name": "x"}), "key.update"),
        ] {
            for round in 0..2 {
                let before = count(action).await;
                ok(&client.put(target, &body).await);
                assert_eq!(count(action).await, before + 1, "{kind:?} {target} {round}");
                let entry = newest(&client, action).await;
                assert_eq!(entry["before"] == entry["after"], round == 1, "{target}: {entry}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_parts_a_change_from_its_entry() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let told = AtomicU32::new(0);
        for round in 0..KILLS {
            let mut app = App::start(&db, &["--worker", "none"]);
            let client = app.client();
            let write = async |lane: u32| {
                for at in 0.. {
                    let id = format!("t{round}-{lane}-{at}");
                    let tenant = json!({"tenant_id": id, "name": id});
                    let tenants = "/v1/extension/tenants";
                    let body = tenant.to_string();
                    let headers = client.sign("POST", tenants, body.as_bytes());
                    let Ok(answer) = client.try_send("POST", tenants, &headers, body).await else {
                        break;
                    };
                    told.fetch_add(u32::from(answer == 201), Ordering::SeqCst);
                }
            };
            // Each time at another moment of the writes that follow the first ones.
            let before = told.load(Ordering::SeqCst);
            let kill = async {
                eventually("writes", async || {
                    (told.load(Ordering::SeqCst) > before + round % 5).then_some(())
                })
                .await;
                tokio::time::sleep(Duration::from_millis(u64::from(round * 7 % 31))).await;
                app.process.kill();
            };
            tokio::join!(write(0), write(1), write(2), kill);
        }
        let told = told.into_inner();
        let _app = App::start(&db, &["--worker", "none"]);
        let tenants = db.number("SELECT count(*) AS n FROM tenant_profiles").await;
        let both = db
            .number(
                "SELECT count(*) AS n FROM tenant_profiles WHERE 1 = (SELECT count(*) FROM audit_entries \
                 WHERE audit_entries.tenant_id = tenant_profiles.tenant_id AND action = 'tenant.create')",
            )
            .await;
        let entries = db
            .number("SELECT count(*) AS n FROM audit_entries WHERE action = 'tenant.create'")
            .await;
        // The first tenant is that of the seed.
        assert_eq!((tenants - 1, tenants - 1), (both, entries), "{kind:?}");
        assert!(told > KILLS && i64::from(told) <= both, "{kind:?}: {told} of {both}");
    }
}
