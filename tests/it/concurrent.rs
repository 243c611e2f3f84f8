//! Changes that arrive at the same moment, through two processes on one database: each is carried out completely,
//! none undoes another, and no caller gets an internal error.

use {
    crate::harness::{
        app::{App, BINARY},
        client::{Answer, Client},
        db::{Db, kinds},
    },
    futures_util::future::join_all,
    serde_json::{Value, json},
    sigma_sync::store::Store,
    std::process::{Command, Stdio},
};

/// Two processes, and a client of each.
async fn pair(db: &Db) -> ([App; 2], [Client; 2]) {
    let start = || App::start(db, &["--worker", "none"]);
    let apps = [start(), start()];
    let clients = [apps[0].client(), apps[1].client()];
    (apps, clients)
}

async fn put_all(clients: &[Client; 2], target: &str, bodies: &[Value]) -> Vec<Answer> {
    let calls = bodies.iter().enumerate().map(|(n, body)| clients[n % 2].put(target, body));
    join_all(calls).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mapping_sets_replace_each_other_whole() {
    const TARGET: &str = "/v1/extension/mappings/students";
    const FIELDS: [&str; 5] = ["academic_email", "username", "display_name", "phone", "status"];
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (_apps, clients) = pair(&db).await;
        for round in 0..5 {
            // Sets of different fields in different orders, each with a source field of its own.
            let set = |n: usize| -> Value {
                let fields = FIELDS.iter().cycle().skip(n).take(1 + n % 5);
                let row = |field: &&str| json!({"canonical_field": field, "zoho_field_api_name": format!("F{round}_{n}")});
                json!({ "mappings": fields.map(row).collect::<Vec<_>>() })
            };
            let bodies: Vec<Value> = (0..24).map(set).collect();
            for (n, answer) in put_all(&clients, TARGET, &bodies).await.iter().enumerate() {
                assert_eq!(answer.status, 200, "{kind:?}: {}", answer.text);
                assert_eq!(
                    answer.json().as_array().unwrap().len(),
                    bodies[n]["mappings"].as_array().unwrap().len()
                );
            }
            let stored = clients[0].get(TARGET).await.json();
            let plain = |rows: &Value| -> Vec<(Value, Value)> {
                let pair = |row: &Value| {
                    (row["canonical_field"].clone(), row["zoho_field_api_name"].clone())
                };
                rows.as_array().unwrap().iter().map(pair).collect()
            };
            let one_of_them = bodies.iter().any(|body| plain(&body["mappings"]) == plain(&stored));
            assert!(one_of_them, "{kind:?}: a mixture: {stored}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_different_fields_all_stay() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (_apps, clients) = pair(&db).await;
        for round in 0..10 {
            let (on, mode) = (round % 2 == 0, if round % 2 == 0 { "cron" } else { "manual" });
            let cron = format!("{round} * * * *");
            let bodies = [
                json!({"enabled": on}),
                json!({"schedule_mode": mode}),
                json!({"schedule_cron": cron}),
                json!({"zoho_module": format!("M{round}")}),
            ];
            for answer in put_all(&clients, "/v1/extension/modules/units", &bodies).await {
                assert_eq!(answer.status, 200, "{kind:?}: {}", answer.text);
            }
            let modules = clients[0].get("/v1/extension/modules").await.json();
            let units =
                modules.as_array().unwrap().iter().find(|row| row["module_name"] == "units");
            let units = units.unwrap();
            assert_eq!(
                (&units["enabled"], &units["schedule_mode"], &units["schedule_cron"]),
                (&json!(on), &json!(mode), &json!(cron)),
                "{kind:?}"
            );
            assert_eq!(units["zoho_module"], format!("M{round}"), "{kind:?}");
            let bodies = [
                json!({"zoho_org_id": round.to_string()}),
                json!({"zoho_client_id": format!("c{round}")}),
                json!({"moodle_enabled": on}),
                json!({"zoho_enabled": !on}),
            ];
            let settings = "/v1/extension/settings";
            for answer in put_all(&clients, settings, &bodies).await {
                assert_eq!(answer.status, 200, "{kind:?}: {}", answer.text);
            }
            let stored = clients[0].get(settings).await.json();
            let found = ["zoho_org_id", "zoho_client_id", "moodle_enabled", "zoho_enabled"]
                .map(|name| stored[name].clone());
            assert_eq!(
                found,
                [json!(round.to_string()), json!(format!("c{round}")), json!(on), json!(!on)],
                "{kind:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_all_come_up() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let all: Vec<App> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..4).map(|_| scope.spawn(|| App::start(&db, &["--worker", "none"]))).collect();
            starts.into_iter().map(|start| start.join().expect("a server")).collect()
        });
        for app in &all {
            let answer = app.client().get("/v1/extension/mappings/students").await;
            assert_eq!(answer.status, 200, "{kind:?}: {}", answer.text);
            assert!(!answer.json().as_array().unwrap().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..40 {
        let db = Db::new(kinds()[0]).await;
        let opened = join_all((0..24).map(|_| {
            let url = db.url.clone();
            tokio::spawn(async move { Store::connect(&url, 2).await })
        }))
        .await;
        for store in opened {
            let store = store.expect("a task").expect("a store");
            store.across_tenants().migrate().await.expect("a schema");
        }
    }
}

#[tokio::test]
async fn a_master_key_is_made_once() {
    let db = Db::new(kinds()[0]).await;
    let start = || {
        Command::new(BINARY)
            .current_dir(&db.folder)
            .args(["--database-url", "sqlite://new/sigma.db?mode=rwc", "--log", "error", "seed"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary")
    };
    let all: Vec<_> = (0..6).map(|_| start()).collect();
    for seeding in all {
        let output = seeding.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let files: Vec<_> = std::fs::read_dir(db.folder.join("new"))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("a name"))
        .filter(|name| name.contains("key"))
        .collect();
    assert_eq!(files, ["master.key"]);
}
