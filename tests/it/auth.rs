//! Authentication: replays across processes and restarts, hostile headers and bodies, and production mode.

use {
    crate::harness::{
        app::{App, BINARY, command},
        client::{Client, now},
        db::{Db, Kind, kinds},
    },
    futures_util::future::join_all,
    serde_json::json,
    std::process::Command,
};

const SETTINGS: &str = "/v1/extension/settings";

#[tokio::test]
async fn one_of_many_copies_passes() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        // Two processes on one database.
        let apps = [App::start(&db, &["--worker", "none"]), App::start(&db, &["--worker", "none"])];
        let clients = [apps[0].client(), apps[1].client()];
        for _ in 0..5 {
            let headers = clients[0].sign("GET", SETTINGS, b"");
            let copies = (0..50).map(|n| clients[n % 2].send("GET", SETTINGS, &headers, ""));
            let answers = join_all(copies).await;
            let passed = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(passed, 1, "{kind:?}");
            let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
            assert_eq!(
                (refused.status, refused.detail().as_str()),
                (401, "Nonce already used (replay attack detected)")
            );
        }
    }
}

#[tokio::test]
async fn a_restart_forgets_no_request() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let mut app = App::start(&db, &["--worker", "none"]);
        let headers = app.client().sign("GET", SETTINGS, b"");
        assert_eq!(app.client().send("GET", SETTINGS, &headers, "").await.status, 200);
        app.process.kill();
        let app = App::start(&db, &["--worker", "none"]);
        assert_eq!(app.client().send("GET", SETTINGS, &headers, "").await.status, 401, "{kind:?}");
    }
}

#[tokio::test]
async fn the_known_texts_for_what_does_not_hold() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let time = now().to_string();
    let old = (now() - 302).to_string();
    let far = format!("{}000", now());
    let detail = async |time: &str, nonce: &str| {
        let headers = client.sign_at(time, nonce, "GET", SETTINGS, b"");
        let answer = client.send("GET", SETTINGS, &headers, "").await;
        (answer.status, answer.detail())
    };
    let window = "Request timestamp outside acceptable window (5 minutes)";
    assert_eq!(detail(&old, "a").await, (401, window.into()));
    assert_eq!(detail(&far, "b").await, (401, window.into()), "milliseconds");
    assert_eq!(detail("nan", "c").await, (401, "Invalid timestamp format: nan".into()));
    assert_eq!(detail(&time, "x./y").await, (401, "Invalid nonce".into()));
    assert_eq!(detail(&time, "").await, (401, "Invalid nonce".into()));
    let decimals = client.sign_at(&format!("{time}.123456"), "d", "GET", SETTINGS, b"");
    assert_eq!(client.send("GET", SETTINGS, &decimals, "").await.status, 200);
    let wrong = client.with_secret("another").get(SETTINGS).await;
    assert_eq!((wrong.status, wrong.detail().as_str()), (401, "Invalid signature"));
    let mut foreign = client.clone();
    foreign.tenant = "other".into();
    let mut unknown = client.clone();
    unknown.key = "ek_nobody".into();
    let (foreign, unknown) = (foreign.get(SETTINGS).await, unknown.get(SETTINGS).await);
    assert_eq!(
        (foreign.status, foreign.text.as_str()),
        (401, r#"{"detail":"Invalid API key or tenant"}"#)
    );
    assert_eq!(unknown.text, foreign.text);
    // The well-known secret is not accepted through a proxy.
    let mut headers = client.sign("GET", SETTINGS, b"");
    headers.push(("X-Forwarded-For", "203.0.113.9".into()));
    assert_eq!(client.send("GET", SETTINGS, &headers, "").await.text, foreign.text);
    let mut headers = client.sign("GET", SETTINGS, b"");
    headers.push(("X-Forwarded-Prefix", "/sync".into()));
    assert_eq!(client.send("GET", SETTINGS, &headers, "").await.text, foreign.text);
    let mut twice = client.sign("GET", SETTINGS, b"");
    twice.push(("X-Ext-Nonce", "second".into()));
    assert_eq!(
        client.send("GET", SETTINGS, &twice, "").await.detail(),
        "Duplicate header X-Ext-Nonce"
    );
    // A refusal does not use up the nonce.
    let headers = client.sign("PUT", SETTINGS, b"{}");
    assert_eq!(client.send("PUT", SETTINGS, &headers, "{ }").await.status, 401);
    assert_eq!(client.send("PUT", SETTINGS, &headers, "{}").await.status, 200);
    // A path-only signature covers two query parameters of one list.
    let signed = |path: &str| client.sign("GET", path, b"");
    let runs = "/v1/extension/runs";
    assert_eq!(
        client
            .send("GET", &format!("{runs}?module=students&limit=1"), &signed(runs), "")
            .await
            .status,
        200
    );
    assert_eq!(
        client.send("GET", &format!("{runs}?limit=1&page_token=x"), &signed(runs), "").await.status,
        400
    );
    // Too large, which is refused before it is read.
    let large = vec![b' '; 1_100_000];
    let answer = client.signed("PUT", SETTINGS, &large).await;
    assert_eq!((answer.status, answer.detail().as_str()), (413, "Request body too large"));
}

#[tokio::test]
async fn hostile_requests_change_nothing_and_break_nothing() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let before = client.get(SETTINGS).await.text;
    let deep = format!("{{\"mappings\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let long =
        json!({"moodle_base_url": format!("https://x.example/{}", "a".repeat(600))}).to_string();
    let bodies: [&[u8]; 12] = [
        b"\xff\xfe",
        b"{\"moodle_enabled\": 1e400}",
        b"{\"moodle_enabled\":true,\"moodle_enabled\":false}",
        b"{\"moodle_base_url\":\"\\u0000\"}",
        b"{\"moodle_base_url\":\"\\ud800\"}",
        b"{\"zoho_org_id\":[]}",
        b"nul",
        b"\"text\"",
        b"{",
        deep.as_bytes(),
        long.as_bytes(),
        b"{\"zoho_api_domain\":\"https://evil.example\"}",
    ];
    for body in bodies {
        for target in
            [SETTINGS, "/v1/extension/mappings/students", "/v1/extension/modules/students"]
        {
            let answer = client.signed("PUT", target, body).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert!(
                (400..500).contains(&answer.status) || answer.status == 200,
                "{target} {shown}: {}",
                answer.text
            );
            let lower = answer.text.to_lowercase();
            assert!(
                !["sqlite", "insert into", "select ", "panicked", "/src/"]
                    .iter()
                    .any(|word| lower.contains(word))
            );
        }
    }
    for target in [
        "/v1/extension/runs/%2e%2e",
        "/v1/extension/runs/a%2Fb",
        "/v1/extension/mappings/%00",
        "/v1/extension/mappings/%ff",
        "/v1/extension/runs?limit=99999999999999999999",
        "/v1/extension/runs?page_token=%ff",
        "/v1/extension/modules/'%20OR%201=1",
    ] {
        let answer = client.get(target).await;
        assert!(answer.status < 500, "{target}: {} {}", answer.status, answer.text);
    }
    assert_eq!(client.get(SETTINGS).await.text, before);
}

#[tokio::test]
async fn production_does_not_start_with_the_known_secret() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        drop(App::start(&db, &["--worker", "none"]));
        // An address that others can reach is refused in development mode too. The log has the default level: one
        // line in all.
        for args in [
            ["--mode", "production", "--listen", "127.0.0.1:0"],
            ["--mode", "dev", "--listen", "0.0.0.0:0"],
        ] {
            let refused = Command::new(BINARY)
                .current_dir(&db.folder)
                .args(["--database-url", &db.url, "--metrics-listen", "", "--master-key-file"])
                .arg(db.master_key())
                .args(args)
                .arg("serve")
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(refused.status.code(), Some(78), "{kind:?} {args:?} {text}");
            assert!(text.starts_with("error: ") && text.lines().count() == 1, "{text}");
            assert!(text.contains("ext_key_default") && !text.contains("change_me"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_open_address_is_not_seeded() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::listen(&db, "0.0.0.0:0", &["--worker", "none"]);
    let here = app.url.replace("0.0.0.0", "127.0.0.1");
    let answer = Client::seeded(&here).get(SETTINGS).await;
    assert_eq!((answer.status, answer.detail().as_str()), (401, "Invalid API key or tenant"));
    // A credential that was made afterwards does not work there either.
    assert!(command(&db).arg("seed").output().unwrap().status.success());
    assert_eq!(Client::seeded(&here).get(SETTINGS).await.status, 401);
}

#[tokio::test]
async fn secrets_are_sealed_and_never_shown() {
    let db = Db::new(Kind::Sqlite).await;
    let mut app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let secret = "canary-4f1d2c9a77";
    let body = json!({"moodle_api_token": secret, "zoho_client_secret": secret, "zoho_refresh_token": secret});
    let answer = client.put(SETTINGS, &body).await;
    assert!(answer.status == 200 && !answer.text.contains(secret), "{}", answer.text);
    assert_eq!(answer.json()["moodle_api_token_set"], true);
    let masked = client.put(SETTINGS, &json!({"moodle_api_token": "••••"})).await;
    assert_eq!(masked.json()["moodle_api_token_set"], true);
    let cleared = client.put(SETTINGS, &json!({"zoho_client_secret": ""})).await;
    assert_eq!(cleared.json()["zoho_client_secret_set"], false);
    app.process.kill();
    for file in std::fs::read_dir(&db.folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
