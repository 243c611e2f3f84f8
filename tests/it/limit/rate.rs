//! Requests of a key and of a tenant, starts of runs, and new sessions.

use {
    super::{GET_SETTINGS, KEYS, SETTINGS, at_once, number, ok, school, text, with_status},
    crate::harness::{
        app::App,
        cli::{out, sigma},
        client::Client,
        db::{Db, kinds},
        eventually,
    },
    prost::Message as _,
    serde_json::{Value, json},
    sigma_sync::proto::{google::rpc, pb},
    tonic::Code,
};

/// The default limits of a key, and no others.
const OF_KEY: [(&str, u32); 1] = [("key_requests_per_s", 50)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_its_burst_and_then_its_rate() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::limited(&db, &OF_KEY, &["--worker", "none"]);
        let (client, other) = (app.client(), school(&app.client(), "other").await);
        // What its key did not sign takes nothing away from it.
        let forger = client.with_secret("es_0123456789012345678901234567890123456789012");
        let (forged, _) = at_once(300, (0, 0), || forger.get(SETTINGS)).await;
        assert_eq!(with_status(&forged, 401), 300);

        let (answers, most) = at_once(300, (50, 100), || client.get(SETTINGS)).await;
        let (passed, refused) = (with_status(&answers, 200), with_status(&answers, 429));
        assert_eq!(passed + refused, 300, "{kind:?}");
        // The first call made the other tenant.
        assert!((99..=most).contains(&passed), "{kind:?}: {passed} of at most {most}");
        for answer in &answers {
            assert_eq!(number(answer, "ratelimit-limit"), 100);
            assert!(number(answer, "ratelimit-reset") <= 2);
            if answer.status == 429 {
                assert_eq!(answer.header("x-sigma-error"), "RATE_LIMITED");
                assert!(answer.detail().contains("50 requests in a second of the key"));
                assert_eq!(number(answer, "retry-after"), 1);
                assert_eq!(number(answer, "ratelimit-remaining"), 0);
            }
        }
        // Others have theirs.
        let first = other.get(SETTINGS).await;
        assert_eq!((first.status, number(&first, "ratelimit-remaining")), (200, 99));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_may_be_sent_again_as_it_is() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("key_requests_per_s", 1)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let client = app.client();
        let headers = client.sign("GET", SETTINGS, b"");
        let refused = eventually("a refusal", async || {
            (client.get(SETTINGS).await.status == 429).then_some(())?;
            let answer = client.send("GET", SETTINGS, &headers, b"").await;
            // Between the two a second may have passed.
            (answer.status == 429).then_some(())
        });
        // The same request may have been accepted there instead, on a very slow machine; then it is a replay already.
        refused.await;
        eventually("its turn", async || {
            let answer = client.send("GET", SETTINGS, &headers, b"").await;
            assert!([200, 429].contains(&answer.status), "{kind:?}: {}", answer.text);
            (answer.status == 200).then_some(())
        })
        .await;
        eventually("the replay", async || {
            let answer = client.send("GET", SETTINGS, &headers, b"").await;
            assert!([401, 429].contains(&answer.status), "{kind:?}: {}", answer.text);
            (answer.status == 401).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_has_a_limit_over_all_its_keys() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("tenant_requests_per_s", 20), ("key_requests_per_s", 15)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let made = ok(owner.post(KEYS, &json!({"name": "x", "roles": ["viewer"]})).await);
        let viewer =
            Client::new(&app.url, "riyadh", &text(&made, "key_id"), &text(&made, "secret"));
        let (both, most) = at_once(100, (20, 40), || async {
            viewer.get(SETTINGS).await;
            owner.get(SETTINGS).await
        })
        .await;
        let passed = with_status(&both, 200);
        assert!(passed < most, "{kind:?}: {passed} of at most {most}");
        let words: Vec<String> =
            both.iter().filter(|one| one.status == 429).map(|one| one.detail()).collect();
        assert!(words.iter().any(|word| word.contains("of the tenant")), "{words:?}");
        assert_eq!(platform.get(SETTINGS).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_tenants_have_limits_of_their_own() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        // Only the platform sets a tenant's.
        let tenant = "/v1/extension/tenants/riyadh";
        let body = json!({"limits": {"requests_per_s": 40}});
        assert_eq!(owner.put(tenant, &body).await.status, 403);
        let stored = ok(platform.put(tenant, &body).await);
        assert_eq!(stored["limits"]["requests_per_s"], 40, "{stored}");
        assert_eq!(owner.get(tenant).await.json()["limits"]["requests_per_s"], 40);
        assert!(ok(platform.get("/v1/extension/tenants/default").await).get("limits").is_none());
        for bad in [-1, 1_000_001] {
            let body = json!({"limits": {"run_starts_per_min": bad}});
            assert_eq!(platform.put(tenant, &body).await.status, 422);
        }
        // An owner sets a key's up to that.
        let key = |limit: i32| json!({"name": "x", "roles": ["viewer"], "limits": {"requests_per_s": limit}});
        for above in [41, 0] {
            let refused = owner.post(KEYS, &key(above)).await;
            assert_eq!(refused.status, 422, "{}", refused.text);
            assert!(refused.text.contains("the tenant's limit is 40"), "{}", refused.text);
        }
        let made = ok(owner.post(KEYS, &key(1)).await);
        assert_eq!(made["limits"]["requests_per_s"], 1, "{made}");
        let id = text(&made, "key_id");
        let viewer = Client::new(&app.url, "riyadh", &id, &text(&made, "secret"));
        let (answers, most) = at_once(20, (1, 2), || viewer.get(SETTINGS)).await;
        let passed = with_status(&answers, 200);
        assert!((2..=most).contains(&passed), "{kind:?}: {passed} of at most {most}");
        assert!(answers.iter().all(|answer| number(answer, "ratelimit-limit") == 2));
        // A change holds at once in this process.
        let place = format!("{KEYS}/{id}");
        let body = json!({"limits": {"requests_per_s": 30, "session_mints_per_s": 2}});
        ok(owner.put(&place, &body).await);
        let answer = eventually("a turn", async || {
            let answer = viewer.get(SETTINGS).await;
            (answer.status == 200).then_some(answer)
        })
        .await;
        assert_eq!(number(&answer, "ratelimit-limit"), 60);
        // The audit log tells both.
        let page = ok(owner.get("/v1/extension/audit?action=key.update").await);
        let entry = &page["entries"][0];
        assert_eq!(entry["before"]["limits"], json!({"requests_per_s": 1}), "{entry}");
        let after = json!({"requests_per_s": 30, "session_mints_per_s": 2});
        assert_eq!(entry["after"]["limits"], after, "{entry}");
        let page =
            ok(platform.get("/v1/extension/audit?action=tenant.update&tenant_id=riyadh").await);
        let entry = &page["entries"][0];
        assert_eq!(entry["after"]["limits"], json!({"requests_per_s": 40}), "{entry}");
        // None at all are those of the server again.
        let none = ok(owner.put(&place, &json!({"limits": {}})).await);
        assert!(none.get("limits").is_none(), "{none}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_are_started_ten_times_a_minute() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("run_starts_per_min", 10)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let client = app.client();
        let start = "/v1/extension/sync/students/run";
        let body = json!({});
        let (answers, _) = at_once(15, (0, 0), || client.post(start, &body)).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        // One more every six seconds.
        assert!((1..=5).contains(&refused.len()), "{kind:?}: {}", refused.len());
        for answer in &refused {
            assert!(answer.detail().contains("10 starts of runs in a minute"), "{}", answer.text);
            assert!((1..=6).contains(&number(answer, "retry-after")));
        }
        assert_eq!(client.get(SETTINGS).await.status, 200);
        let request =
            pb::TriggerRunRequest { module_name: "students".into(), ..Default::default() };
        let refused = eventually("a refusal", async || {
            let started = client
                .grpc::<pb::TriggerRunResponse>("sigma.v1.SyncRunService/TriggerRun", &request)
                .await;
            started.err().filter(|status| status.code() == Code::ResourceExhausted)
        })
        .await;
        let details = rpc::Status::decode(refused.details()).expect("details").details;
        let named = |name: &str| details.iter().any(|any| any.type_url.ends_with(name));
        assert!(named("google.rpc.RetryInfo") && named("google.rpc.ErrorInfo"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_tested_six_times_a_minute() {
    let db = Db::new(kinds()[0]).await;
    let app = App::limited(&db, &[("connection_tests_per_min", 6)], &["--worker", "none"]);
    let client = app.client();
    let body = json!({"provider": "moodle"});
    let test = "/v1/extension/settings/test";
    let (answers, _) = at_once(10, (0, 0), || client.post(test, &body)).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    // One more every ten seconds.
    assert!((1..=4).contains(&refused.len()), "{}", refused.len());
    for answer in &refused {
        assert!(answer.detail().contains("6 tests of a connection in a minute"), "{}", answer.text);
        assert!((1..=10).contains(&number(answer, "retry-after")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_opened_one_a_second() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("session_mints_per_s", 1)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let client = app.client();
        let body = json!({"role": "viewer", "actor": "crm:7"});
        let (answers, most) =
            at_once(30, (1, 10), || client.post("/v1/extension/sessions", &body)).await;
        let passed = with_status(&answers, 201);
        assert_eq!(passed + with_status(&answers, 429), 30);
        assert!((10..=most).contains(&passed), "{kind:?}: {passed} of at most {most}");
        assert_eq!(client.get("/v1/extension/sessions").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_is_told_over_grpc_and_the_command_line_sets_limits() {
    let db = Db::new(kinds()[0]).await;
    let app = App::limited(&db, &OF_KEY, &["--worker", "none"]);
    let client = app.client();
    let headers = client.sign("POST", &format!("/{GET_SETTINGS}"), b"");
    let address = crate::harness::raw::address(&app).to_owned();
    let (mut sender, _driving) = crate::harness::raw::http2(&address).await.expect("a connection");
    let frame = crate::harness::raw::whole(&[0, 0, 0, 0, 0]);
    let path = format!("/{GET_SETTINGS}");
    let request = crate::harness::raw::request(&address, &path, true, headers, frame);
    let answer = sender.send_request(request).await.expect("an answer");
    let left = answer.headers().get("ratelimit-remaining").expect("what is left");
    assert_eq!(left, "99");
    let limit =
        ["tenants", "limit", "default", "--requests-per-s", "7", "--run-starts-per-min", "0"];
    let told = out(&sigma(&db, &app.url, &limit));
    assert_eq!(
        told.trim(),
        "default: 7 requests in a second, no limit of starts of runs in a minute"
    );
    let limit = ["keys", "limit", "ext_key_default", "--session-mints-per-s", "3"];
    assert!(out(&sigma(&db, &app.url, &limit)).contains("3 new sessions in a second"));
    let keys: Value = ok(client.get(KEYS).await);
    assert_eq!(keys[0]["limits"], json!({"session_mints_per_s": 3}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_database_share_limits() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("run_starts_per_min", 10)];
        let [one, two] = [(); 2].map(|()| App::limited(&db, &limits, &["--worker", "none"]));
        let (one, two) = (one.client(), two.client());
        let start = "/v1/extension/sync/students/run";
        let body = json!({});
        let (answers, _) = at_once(15, (0, 0), || one.post(start, &body)).await;
        assert!(with_status(&answers, 429) > 0, "{kind:?}");
        // The other may start a run before it learns of these, and is told with it.
        let mut allowed = 0;
        eventually("a refusal of the other server", async || {
            let answer = two.post(start, &body).await;
            if answer.status == 429 {
                return Some(());
            }
            allowed += 1;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            None
        })
        .await;
        assert!(allowed < 10, "{kind:?}: {allowed} more at the other server");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_a_request_use_up_nothing_of_their_key() {
    let db = Db::new(kinds()[0]).await;
    let app = App::limited(&db, &OF_KEY, &["--worker", "none"]);
    let client = app.client();
    let headers = client.sign("GET", SETTINGS, b"");
    let copies = (0..150).map(|_| client.send("GET", SETTINGS, &headers, Vec::new()));
    let answers = futures_util::future::join_all(copies).await;
    assert_eq!(with_status(&answers, 200), 1);
    let first = answers.iter().find(|answer| answer.status == 200).expect("the request");
    assert!(number(first, "ratelimit-limit") == 100);
    // The window of failed sign-ins by address is wider than this.
    let next = client.get(SETTINGS).await;
    assert_eq!(next.status, 200, "{}", next.text);
    assert!(number(&next, "ratelimit-remaining") >= 97, "{:?}", next.header("ratelimit-remaining"));
}
