//! Keys of tenants: made, listed, changed, rotated and revoked, and refused where they do not hold, on every process.

use {
    crate::harness::{
        app::{App, command, listening},
        cli::{out, sigma},
        client::{Answer, Client},
        db::{Db, Kind, kinds},
        eventually,
        process::run,
    },
    chrono::{TimeDelta, Utc},
    serde_json::{Value, json},
};

const KEYS: &str = "/v1/extension/keys";
const SETTINGS: &str = "/v1/extension/settings";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

async fn ok(answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

/// The stable word of a refusal.
fn word(answer: &Answer) -> &str {
    answer.headers["x-sigma-error"].to_str().expect("a word")
}

/// Makes a key and returns it with a client.
async fn made(by: &Client, body: &Value) -> (Value, Client) {
    let answer = by.post(KEYS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let key = answer.json();
    let tenant = text(&key, "tenant_id");
    let client = Client::new(&by.url, &tenant, &text(&key, "key_id"), &text(&key, "secret"));
    (key, client)
}

/// Makes a tenant and returns a client with its first key.
async fn school(platform: &Client, id: &str) -> Client {
    let body = json!({"tenant_id": id, "name": id});
    let created = ok(platform.post("/v1/extension/tenants", &body).await).await;
    let secret = text(&created, "extension_api_secret");
    Client::new(&platform.url, id, &text(&created, "extension_api_key"), &secret)
}

/// The same caller at another server.
fn at(client: &Client, url: &str) -> Client {
    let mut client = client.clone();
    client.url = url.into();
    client
}

#[expect(clippy::disallowed_methods, reason = "a test's own clock")]
fn in_seconds(seconds: i64) -> String {
    (Utc::now() + TimeDelta::seconds(seconds)).to_rfc3339()
}

/// What a caller without a key is told.
async fn stranger(url: &str) -> String {
    let secret = "es_0123456789012345678901234567890123456789012";
    let answer = Client::new(url, "default", "ek_unknown", secret).get(SETTINGS).await;
    assert_eq!(answer.status, 401);
    answer.text
}

/// Waits until a caller is refused as if its key did not exist.
async fn refused(client: &Client) {
    let unknown = stranger(&client.url).await;
    eventually("a refusal", async || {
        let answer = client.get(SETTINGS).await;
        (answer.status == 401 && answer.text == unknown).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_made_used_rotated_and_revoked() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = school(&app.client(), "riyadh").await;
        let body = json!({"name": "Widget", "roles": ["viewer"]});
        let (key, viewer) = made(&owner, &body).await;
        assert!(viewer.key.starts_with("ek_") && viewer.key.len() == 25, "{key}");
        assert!(text(&key, "secret").starts_with("es_") && text(&key, "secret").len() == 46);
        assert_eq!(
            (&key["created_by"], &key["expires_at"], &key["allow_cidrs"]),
            (&json!(owner.key), &Value::Null, &json!([])),
            "{kind:?}"
        );
        let elsewhere = at(&viewer, &other.url);
        assert_eq!(elsewhere.get(SETTINGS).await.status, 200, "{kind:?}: it is valid at once");
        assert_eq!(viewer.put(SETTINGS, &json!({})).await.status, 403);

        let keys = ok(owner.get(KEYS).await).await;
        assert_eq!(keys.as_array().map(Vec::len), Some(2), "{keys}");
        assert!(keys.to_string().contains("Widget") && !keys.to_string().contains("\"es_"));
        let place = format!("{KEYS}/{}", viewer.key);
        let changed = ok(owner.put(&place, &json!({"name": "CRM"})).await).await;
        assert_eq!((&changed["name"], &changed["roles"]), (&json!("CRM"), &json!(["viewer"])));

        // Two secrets during the overlap, and not three.
        let rotated =
            ok(owner.post(&format!("{place}/rotate"), &json!({"overlap_s": 20})).await).await;
        let renewed = viewer.with_secret(&text(&rotated, "secret"));
        assert_eq!(
            (viewer.get(SETTINGS).await.status, renewed.get(SETTINGS).await.status),
            (200, 200)
        );
        let ids: Vec<_> =
            rotated["secrets"].as_array().unwrap().iter().map(|s| &s["secret_id"]).collect();
        assert_eq!(ids, [2, 1], "{rotated}");
        let again = owner.post(&format!("{place}/rotate"), &json!({})).await;
        assert_eq!((again.status, word(&again)), (409, "KEY_ROTATED"), "{}", again.text);
        // With no overlap the earlier ones end at once here, and within seconds elsewhere.
        let rotated =
            ok(owner.post(&format!("{place}/rotate"), &json!({"overlap_s": 0})).await).await;
        let last = viewer.with_secret(&text(&rotated, "secret"));
        assert_eq!(last.get(SETTINGS).await.status, 200, "{kind:?}");
        for old in [&viewer, &renewed] {
            assert_eq!(old.get(SETTINGS).await.status, 401, "{kind:?}");
            let old = at(old, &other.url);
            eventually("the end of a secret", async || {
                (old.get(SETTINGS).await.status == 401).then_some(())
            })
            .await;
        }
        assert_eq!(at(&last, &other.url).get(SETTINGS).await.status, 200, "{kind:?}");

        assert_eq!(owner.post(&format!("{place}/revoke"), &json!({})).await.status, 200);
        assert_eq!(last.get(SETTINGS).await.text, stranger(&app.url).await);
        refused(&at(&last, &other.url)).await;
        let gone = owner.post(&format!("{place}/rotate"), &json!({})).await;
        let never = owner.post(&format!("{KEYS}/ek_never/rotate"), &json!({})).await;
        assert_eq!((gone.status, &gone.json()["detail"]), (404, &never.json()["detail"]));
        for (action, count) in [("create", 1), ("update", 1), ("rotate", 2), ("revoke", 1)] {
            let sql = format!(
                "SELECT count(*) AS n FROM audit_entries WHERE tenant_id = 'riyadh' AND action = 'key.{action}' \
                 AND key_id = '{}' AND resource = '{}'",
                owner.key, viewer.key
            );
            assert_eq!(db.number(&sql).await, count, "{kind:?} {action}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_come_to_the_second_on_every_process() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = school(&app.client(), "riyadh").await;
        let past = json!({"name": "x", "roles": ["viewer"], "expires_at": in_seconds(-1)});
        assert_eq!(owner.post(KEYS, &past).await.status, 422);
        let body = json!({"name": "x", "roles": ["viewer"], "expires_at": in_seconds(3)});
        let (_, short) = made(&owner, &body).await;
        let (_, turned) = made(&owner, &json!({"name": "y", "roles": ["viewer"]})).await;
        let rotate = format!("{KEYS}/{}/rotate", turned.key);
        let rotated = ok(owner.post(&rotate, &json!({"overlap_s": 3})).await).await;
        let renewed = turned.with_secret(&text(&rotated, "secret"));
        for url in [&app.url, &other.url] {
            for client in [&short, &turned, &renewed] {
                assert_eq!(at(client, url).get(SETTINGS).await.status, 200, "{kind:?}");
            }
        }
        // Both processes have all of it in memory, and it ends nevertheless.
        for url in [&app.url, &other.url] {
            refused(&at(&short, url)).await;
            let old = at(&turned, url);
            eventually("the end of a secret", async || {
                (old.get(SETTINGS).await.status == 401).then_some(())
            })
            .await;
            assert_eq!(at(&renewed, url).get(SETTINGS).await.status, 200, "{kind:?}");
        }
        // An expired key can be given another end.
        let place = format!("{KEYS}/{}", short.key);
        ok(owner.put(&place, &json!({"never_expires": true})).await).await;
        assert_eq!(short.get(SETTINGS).await.status, 200, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_tenant_is_refused_everywhere() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let elsewhere = at(&owner, &other.url);
        assert_eq!(
            (owner.get(SETTINGS).await.status, elsewhere.get(SETTINGS).await.status),
            (200, 200)
        );
        let place = "/v1/extension/tenants/riyadh";
        ok(platform.put(place, &json!({"status": "suspended"})).await).await;
        refused(&owner).await;
        refused(&elsewhere).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_key_stays() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let first = school(&platform, "riyadh").await;
        let revoke = |key: &str| format!("{KEYS}/{key}/revoke");
        let is_last = |answer: &Answer| {
            assert_eq!((answer.status, word(answer)), (400, "KEY_IS_LAST"), "{}", answer.text);
        };
        made(&first, &json!({"name": "w", "roles": ["operator"]})).await;
        is_last(&first.post(&revoke(&first.key), &json!({})).await);
        is_last(&platform.post(&revoke(&first.key), &json!({"tenant_id": "riyadh"})).await);
        let place = format!("{KEYS}/{}", first.key);
        is_last(&first.put(&place, &json!({"expires_at": in_seconds(60)})).await);
        let rotated =
            ok(first.post(&format!("{place}/rotate"), &json!({"overlap_s": 0})).await).await;
        let first = first.with_secret(&text(&rotated, "secret"));

        let (_, second) = made(&first, &json!({"name": "second", "roles": ["owner"]})).await;
        ok(first.post(&revoke(&first.key), &json!({})).await).await;
        let settings = ok(second.get(SETTINGS).await).await;
        assert_eq!(
            settings["extension_api_key"],
            json!(second.key),
            "the settings name another key"
        );
        is_last(&second.post(&revoke(&second.key), &json!({})).await);
        // One that opens sessions only does not make up for it, and neither does one that ends.
        let mint = json!({"name": "mint", "roles": ["owner"], "only_mint": true});
        made(&second, &mint).await;
        let ends = json!({"name": "ends", "roles": ["owner"], "expires_at": in_seconds(600)});
        let (_, ending) = made(&second, &ends).await;
        is_last(&second.post(&revoke(&second.key), &json!({})).await);
        is_last(&ending.post(&revoke(&second.key), &json!({})).await);
        let place = format!("{KEYS}/{}", second.key);
        is_last(&second.put(&place, &json!({"expires_at": in_seconds(60)})).await);
        // Without the right to open sessions it would do nothing at all.
        let nothing = json!({"name": "x", "roles": ["viewer"], "only_mint": true});
        assert_eq!(second.post(KEYS, &nothing).await.status, 422);
        let mint = json!({"name": "mint", "roles": ["platform", "owner"], "only_mint": true});
        made(&platform, &mint).await;
        // So does the last platform key.
        is_last(&platform.post(&revoke(&platform.key), &json!({})).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_gives_no_more_than_it_has() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let (_, other) = (0, school(&platform, "jeddah").await);
        for role in ["operator", "viewer"] {
            let (_, worker) = made(&owner, &json!({"name": role, "roles": [role]})).await;
            assert_eq!(worker.get(KEYS).await.status, 403, "{role}");
            let body = json!({"name": "x", "roles": ["viewer"]});
            assert_eq!(worker.post(KEYS, &body).await.status, 403, "{role}");
        }
        let more = json!({"name": "x", "roles": ["platform"]});
        assert_eq!(owner.post(KEYS, &more).await.status, 403);
        // An owner beside a platform key cannot take it over.
        let (_, beside) = made(&platform, &json!({"name": "x", "roles": ["owner"]})).await;
        for verb in ["rotate", "revoke"] {
            let answer = beside.post(&format!("{KEYS}/{}/{verb}", platform.key), &json!({})).await;
            assert_eq!(answer.status, 403, "{verb}: {}", answer.text);
        }
        let name = json!({"name": "mine"});
        assert_eq!(beside.put(&format!("{KEYS}/{}", platform.key), &name).await.status, 403);

        // Another tenant and its keys do not exist for an owner; a platform key reaches them by the tenant's id.
        let missing = owner.get(&format!("{KEYS}?tenant_id=nowhere")).await;
        let foreign = owner.get(&format!("{KEYS}?tenant_id=jeddah")).await;
        assert_eq!((foreign.status, &foreign.text), (404, &missing.text));
        for (verb, body) in [("rotate", json!({})), ("revoke", json!({}))] {
            let foreign = owner.post(&format!("{KEYS}/{}/{verb}", other.key), &body).await;
            let never = owner.post(&format!("{KEYS}/ek_never/{verb}"), &body).await;
            assert_eq!((foreign.status, &foreign.text), (404, &never.text), "{verb}");
        }
        assert_eq!(other.get(SETTINGS).await.status, 200, "{kind:?}");
        let body = json!({"tenant_id": "jeddah", "name": "support", "roles": ["viewer"]});
        let (key, viewer) = made(&platform, &body).await;
        assert_eq!((&key["created_by"], viewer.tenant.as_str()), (&json!(platform.key), "jeddah"));
        assert_eq!(viewer.get(SETTINGS).await.status, 200, "{kind:?}");
        let keys = ok(platform.get(&format!("{KEYS}?tenant_id=jeddah")).await).await;
        assert_eq!(keys.as_array().map(Vec::len), Some(2), "{keys}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_named() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let networks: Vec<String> = (0..21).map(|n| format!("10.0.{n}.0/24")).collect();
    for (body, field) in [
        (json!({"roles": ["viewer"]}), "name"),
        (json!({"name": "", "roles": ["viewer"]}), "name"),
        (json!({"name": "a\u{202e}b", "roles": ["viewer"]}), "name"),
        (json!({"name": "x".repeat(101), "roles": ["viewer"]}), "name"),
        (json!({"name": "x", "roles": []}), "roles"),
        (json!({"name": "x", "roles": ["root"]}), "roles"),
        (json!({"name": "x", "roles": ["viewer"], "expires_at": "tomorrow"}), "expires_at"),
        (
            json!({"name": "x", "roles": ["viewer"], "expires_at": "0001-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (json!({"name": "x", "roles": ["viewer"], "allow_cidrs": ["10.0.0.1/8"]}), "allow_cidrs"),
        (json!({"name": "x", "roles": ["viewer"], "allow_cidrs": networks}), "allow_cidrs"),
    ] {
        let answer = owner.post(KEYS, &body).await;
        assert!(answer.status == 422 && answer.text.contains(field), "{body}: {}", answer.text);
    }
    let place = format!("{KEYS}/{}", owner.key);
    for body in [
        json!({"never_expires": true, "expires_at": in_seconds(9)}),
        json!({"allow_all": true, "allow_cidrs": ["10.0.0.0/8"]}),
    ] {
        assert_eq!(owner.put(&place, &body).await.status, 422, "{body}");
    }
    for overlap in [-1, 604_801] {
        let answer = owner.post(&format!("{place}/rotate"), &json!({"overlap_s": overlap})).await;
        assert!(answer.status == 422 && answer.text.contains("overlap_s"), "{}", answer.text);
    }
    assert_eq!(ok(owner.get(KEYS).await).await.as_array().map(Vec::len), Some(1));

    for _ in 1..50 {
        made(&owner, &json!({"name": "x", "roles": ["viewer"]})).await;
    }
    let answer = owner.post(KEYS, &json!({"name": "x", "roles": ["viewer"]})).await;
    assert_eq!((answer.status, word(&answer)), (400, "KEYS_FULL"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rotations_at_once_one_wins() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = school(&app.client(), "riyadh").await;
        for overlap in [60, 0] {
            let (_, key) = made(&owner, &json!({"name": "x", "roles": ["viewer"]})).await;
            let target = format!("{KEYS}/{}/rotate", key.key);
            let body = json!({"overlap_s": overlap});
            let there = at(&owner, &other.url);
            let (one, two) = tokio::join!(owner.post(&target, &body), there.post(&target, &body));
            let won: Vec<&Answer> = [&one, &two].into_iter().filter(|a| a.status == 200).collect();
            // Without an overlap, two that do not meet may both be done; each winner's secret is the newest of its time.
            assert!(
                won.len() == 1 || (overlap == 0 && won.len() == 2),
                "{} {}",
                one.text,
                two.text
            );
            for answer in [&one, &two] {
                assert!([200, 409].contains(&answer.status), "{kind:?}: {}", answer.text);
            }
            let sql = format!(
                "SELECT count(*) AS n FROM api_key_secrets WHERE key_id = '{}' AND retires_at IS NULL",
                key.key
            );
            assert_eq!(db.number(&sql).await, 1, "{kind:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_refused_from_elsewhere() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let mut serve = command(&db);
        serve.env("SIGMA_SERVER__TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8");
        serve.args(["--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
        let (_process, behind) = listening(serve);
        let owner = school(&app.client(), "riyadh").await;
        let body = json!({"name": "x", "roles": ["viewer"], "allow_cidrs": ["192.0.2.0/24", "2001:db8::7"]});
        let mut wrong = command(&db);
        wrong.env("SIGMA_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.1/8");
        wrong.args(["--listen", "127.0.0.1:0", "serve"]);
        let ended = run(&mut wrong);
        assert_eq!(ended.code, Some(78), "{ended:?}");
        assert!(ended.said.contains("server.trusted_proxies: '10.0.0.1/8'"), "{}", ended.said);
        let (key, far) = made(&owner, &body).await;
        assert_eq!(key["allow_cidrs"], json!(["192.0.2.0/24", "2001:db8::7/128"]));
        let from = async |url: &str, hops: &str| {
            let mut headers = far.sign("GET", SETTINGS, b"");
            headers.push(("X-Forwarded-For", hops.into()));
            at(&far, url).send("GET", SETTINGS, &headers, b"").await
        };
        let unknown = stranger(&app.url).await;
        for (url, hops) in [
            (&app.url, "192.0.2.7"),
            (&behind, "192.0.3.7"),
            (&behind, "192.0.2.7, 192.0.3.7"),
            (&behind, "unknown"),
        ] {
            let answer = from(url, hops).await;
            assert_eq!((answer.status, &answer.text), (401, &unknown), "{kind:?} {hops}");
        }
        for hops in ["192.0.2.7", "203.0.113.1, 192.0.2.7, 10.0.0.1", "[2001:db8::7]:443"] {
            assert_eq!(from(&behind, hops).await.status, 200, "{kind:?} {hops}");
        }
        ok(owner.put(&format!("{KEYS}/{}", far.key), &json!({"allow_all": true})).await).await;
        assert_eq!(far.get(SETTINGS).await.status, 200, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_the_version_before_goes_on() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let mut app = App::start(&db, &["--worker", "none"]);
        let owner = school(&app.client(), "riyadh").await;
        // That version stores a secret with the key alone.
        db.execute("DELETE FROM api_key_secrets").await;
        let keys = ok(owner.get(KEYS).await).await;
        assert_eq!(keys[0]["secrets"][0]["secret_id"], 1, "{keys}");
        let place = format!("{KEYS}/{}", owner.key);
        let rotated = ok(owner.post(&format!("{place}/rotate"), &json!({})).await).await;
        let renewed = owner.with_secret(&text(&rotated, "secret"));
        assert_eq!(
            (owner.get(SETTINGS).await.status, renewed.get(SETTINGS).await.status),
            (200, 200)
        );
        // And reads the newest one there.
        let same = "SELECT count(*) AS n FROM api_keys k JOIN api_key_secrets s ON s.key_id = k.key_id \
                    WHERE s.secret_id = 2 AND s.sealed = k.secret";
        assert_eq!(db.number(same).await, 1, "{kind:?}");
        // What was used is stored at the latest when the process ends.
        assert_eq!(app.process.terminate(), Some(0));
        for sql in [
            "SELECT count(*) AS n FROM api_key_secrets WHERE last_used_at IS NOT NULL",
            "SELECT count(*) AS n FROM api_keys WHERE last_used_at IS NOT NULL",
        ] {
            assert_eq!(db.number(sql).await, 2, "{kind:?} {sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_make_and_exchange_keys() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let command = |args: &[&str]| {
        let output = sigma(&db, &app.url, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        out(&output)
    };
    let create = ["tenants", "create", "riyadh", "--name", "x", "--file", "riyadh.env"];
    assert_eq!(command(&create), "");
    let again = sigma(&db, &app.url, &create);
    assert_eq!(again.status.code(), Some(5), "the file is not replaced");
    let made = command(&[
        "keys",
        "create",
        "--of",
        "riyadh",
        "--name",
        "CRM",
        "--roles",
        "viewer,operator",
    ]);
    let id = made.lines().find_map(|line| line.strip_prefix("SIGMA_KEY=")).expect("a key");
    assert!(
        made.starts_with("SIGMA_TENANT=riyadh\n") && made.contains("SIGMA_SECRET=es_"),
        "{made}"
    );
    let rotated = command(&["keys", "rotate", id, "--of", "riyadh", "--overlap-s", "60"]);
    assert!(rotated.contains(id) && rotated != made, "{rotated}");
    let listed = command(&["keys", "list", "--of", "riyadh", "-o", "json"]);
    let keys: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(
        (&keys[1]["key_id"], &keys[1]["roles"], keys[1]["secrets"].as_array().map(Vec::len)),
        (&json!(id), &json!(["viewer", "operator"]), Some(2)),
        "{keys}"
    );
    assert!(command(&["keys", "list", "-o", "table"]).contains("ext_key_default"));
    assert_eq!(command(&["keys", "revoke", id, "--of", "riyadh"]), format!("{id} revoked\n"));
    assert_eq!(command(&["keys", "list", "--of", "riyadh", "-o", "id"]).lines().count(), 1);
}
