//! Marks of changed keys and tenants: what is changed, by whichever server or program, is forgotten by all, and what is not
//! stays known.

use {
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, Kind, kinds},
        eventually,
    },
    chrono::Utc,
    sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _},
    serde_json::json,
    sigma_sync::{
        domain::id::KeyId,
        store::{Horizon, Marks, Store},
    },
    std::time::{Duration, Instant},
};

const SETTINGS: &str = "/v1/extension/settings";

/// A database with a tenant and the keys `ek_a`, `ek_b` and `ek_c`.
async fn ground(kind: Kind) -> (Db, Store) {
    let db = Db::new(kind).await;
    let store = Store::connect(&db.url, 8).await.expect("the database");
    store.across_tenants().migrate().await.expect("the schema");
    let (time, blob) =
        ("'2026-01-01 00:00:00+00:00'", if kind == Kind::Sqlite { "x'00'" } else { "'\\x00'" });
    let tenant = "tenant_profiles (tenant_id, name, status, created_at, updated_at)";
    db.execute(&format!("INSERT INTO {tenant} VALUES ('marked', 'x', 'active', {time}, {time})"))
        .await;
    for key in ["ek_a", "ek_b", "ek_c"] {
        let columns = "api_keys (key_id, tenant_id, roles, secret, created_at, name, min_scheme)";
        let row = format!("('{key}', 'marked', 'viewer', {blob}, {time}, 'x', 'v1')");
        db.execute(&format!("INSERT INTO {columns} VALUES {row}")).await;
        let columns = "api_key_secrets (tenant_id, key_id, secret_id, sealed, created_at)";
        let row = format!("('marked', '{key}', 1, {blob}, {time})");
        db.execute(&format!("INSERT INTO {columns} VALUES {row}")).await;
    }
    // On PostgreSQL the marks of this would be told again while other tests have open transactions.
    db.execute("DELETE FROM key_marks").await;
    (db, store)
}

/// Looks, and returns what is told of keys and tenants. On PostgreSQL some may have been told before.
async fn look(store: &Store, since: Horizon) -> (Horizon, Vec<String>, Vec<String>) {
    match store.across_tenants().key_marks(Some(since)).await.expect("a look") {
        (next, Marks::Of(keys, tenants)) => (next, keys, tenants),
        (_, Marks::Any) => panic!("what was marked is told one by one"),
    }
}

#[tokio::test]
async fn each_change_is_told_and_a_use_is_none() {
    for kind in kinds() {
        let (db, store) = ground(kind).await;
        let all = store.across_tenants();
        let count = "SELECT count(*) AS n FROM key_marks";
        let (mut seen, first) = all.key_marks(None).await.expect("a look");
        assert_eq!(first, Marks::Any);
        for (sql, is_of_tenant) in [
            ("UPDATE api_keys SET revoked_at = created_at WHERE key_id = 'ek_a'", false),
            ("UPDATE api_keys SET requests_per_s = 1 WHERE key_id = 'ek_a'", false),
            ("UPDATE api_key_secrets SET retires_at = created_at WHERE key_id = 'ek_a'", false),
            ("DELETE FROM api_key_secrets WHERE key_id = 'ek_a'", false),
            ("DELETE FROM api_keys WHERE key_id = 'ek_a'", false),
            ("UPDATE tenant_profiles SET status = 'suspended'", true),
        ] {
            let before = db.number(count).await;
            db.execute(sql).await;
            assert_eq!(db.number(count).await, before + 1, "{kind:?} {sql}");
            let (next, keys, tenants) = look(&store, seen).await;
            assert_eq!(tenants.contains(&"marked".to_owned()), is_of_tenant, "{kind:?} {sql}");
            assert!(is_of_tenant || keys.contains(&"ek_a".to_owned()), "{kind:?} {sql}");
            assert!(!keys.contains(&"ek_b".to_owned()), "{kind:?} {sql}");
            seen = next;
        }
        let before = db.number(count).await;
        let used = KeyId::parse("ek_b").expect("a key");
        #[expect(clippy::disallowed_methods, reason = "a test's own clock")]
        all.note_key_uses(&[(used, 1)], Utc::now()).await.expect("a note");
        assert_eq!(db.number(count).await, before, "{kind:?}");
        // What is old goes, and after a long pause anything may have changed.
        db.execute("UPDATE key_marks SET marked_at = marked_at - 3700 WHERE key_id IS NOT NULL")
            .await;
        all.sweep_key_marks().await.expect("a sweep");
        assert_eq!(db.number(count).await, 1, "{kind:?}");
        // Too many are told as anything.
        let many = match kind {
            Kind::Sqlite => {
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1001)
                 INSERT INTO key_marks (tenant, marked_at) SELECT n, 4000000000 FROM c"
            }
            Kind::Postgres => {
                "INSERT INTO key_marks (tenant, marked_at) SELECT n, 4000000000 FROM generate_series(1, 1001) AS n"
            }
        };
        db.execute(many).await;
        assert_eq!(all.key_marks(Some(seen)).await.expect("a look").1, Marks::Any);
    }
}

#[tokio::test]
async fn a_change_that_is_committed_late_is_told() {
    if !kinds().contains(&Kind::Postgres) {
        return;
    }
    let (db, store) = ground(Kind::Postgres).await;
    let (seen, _) = store.across_tenants().key_marks(None).await.expect("a look");
    let other = Database::connect(&db.url).await.expect("a connection");
    let late = other.begin().await.expect("a transaction");
    let change =
        |key| format!("UPDATE api_keys SET revoked_at = created_at WHERE key_id = '{key}'");
    late.execute_unprepared(&change("ek_a")).await.expect("a change");
    db.execute(&change("ek_b")).await;
    let (seen, keys, _) = look(&store, seen).await;
    assert!(keys.contains(&"ek_b".to_owned()) && !keys.contains(&"ek_a".to_owned()), "{keys:?}");
    let (seen, ..) = look(&store, seen).await;
    late.commit().await.expect("a commit");
    let (_, keys, _) = look(&store, seen).await;
    assert!(keys.contains(&"ek_a".to_owned()), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_known_for_long_is_closed_by_a_change_through_another_server() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = app.client();
        let mut clients = Vec::new();
        for name in ["revoked", "kept", "unmarked"] {
            let body = json!({"name": name, "roles": ["viewer"]});
            let key = owner.post("/v1/extension/keys", &body).await.json();
            let word = |name: &str| key[name].as_str().expect(name).to_owned();
            let tenant = word("tenant_id");
            clients.push(Client::new(&other.url, &tenant, &word("key_id"), &word("secret")));
        }
        let answers = async |wanted: [u16; 3]| {
            let mut all = Vec::new();
            for client in &clients {
                all.push(client.get(SETTINGS).await.status);
            }
            (all == wanted).then_some(())
        };
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(7) {
            answers([200; 3]).await.expect("known keys");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let revoke = format!("/v1/extension/keys/{}/revoke", clients[0].key);
        assert_eq!(owner.post(&revoke, &json!({})).await.status, 200);
        let began = Instant::now();
        eventually("the end of a key", async || answers([401, 200, 200]).await).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{kind:?}: {:?}", began.elapsed());
        // It is the mark that closes: without one a key stays known.
        db.execute(match kind {
            Kind::Sqlite => "DROP TRIGGER mark_key_changed",
            Kind::Postgres => "DROP TRIGGER mark_key_changed ON api_keys",
        })
        .await;
        let key = &clients[2].key;
        db.execute(&format!("UPDATE api_keys SET revoked_at = created_at WHERE key_id = '{key}'"))
            .await;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(7) {
            answers([401, 200, 200]).await.expect("a key that is known without a look at its row");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        db.execute(&format!(
            "INSERT INTO key_marks (key_id, marked_at) VALUES ('{key}', 4000000000)"
        ))
        .await;
        eventually("the end of the other key", async || answers([401, 200, 401]).await).await;
    }
}
