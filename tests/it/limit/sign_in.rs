//! Requests without a valid credential, by address; and methods that do not exist.

use {
    super::{GET_SETTINGS, SETTINGS, at_once, number, school, with_status},
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, kinds},
    },
    bytes::Bytes,
    serde_json::json,
    tonic::Code,
};

const SECRET: &str = "es_0123456789012345678901234567890123456789012";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_an_address_are_limited_and_a_good_caller_goes_on() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("failed_sign_ins_per_s", 2)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let (good, session) = (app.client(), school(&app.client(), "riyadh").await);
        let minted = session
            .post("/v1/extension/sessions", &json!({"role": "viewer", "actor": "crm:7"}))
            .await
            .json();
        let bearer =
            vec![("Authorization", format!("Bearer {}", minted["token"].as_str().unwrap()))];
        assert_eq!(good.send("GET", SETTINGS, &bearer, b"").await.status, 200);

        let unknown = Client::new(&app.url, "default", "ek_unknown", SECRET);
        let (answers, most) = at_once(100, (2, 10), || unknown.get(SETTINGS)).await;
        let refused = with_status(&answers, 401);
        assert_eq!(refused + with_status(&answers, 429), 100);
        assert!((10..=most).contains(&refused), "{kind:?}: {refused} of at most {most}");
        let limited = answers.iter().find(|answer| answer.status == 429).expect("one");
        assert_eq!(limited.header("x-sigma-error"), "SIGN_INS_LIMITED");
        assert!(number(limited, "retry-after") >= 1);
        // What was valid a short while ago goes on, from the same address, and does not help the others.
        for _ in 0..20 {
            assert_eq!(good.get(SETTINGS).await.status, 200, "{kind:?}");
            assert_eq!(good.send("GET", SETTINGS, &bearer, b"").await.status, 200);
        }
        let (answers, most) = at_once(100, (2, 10), || unknown.get(SETTINGS)).await;
        assert!(with_status(&answers, 401) <= most && with_status(&answers, 429) > 0);
        // Every other way to fail counts as well.
        let forger = good.with_secret(SECRET);
        let wrong = vec![("Authorization", format!("Bearer et_{}", "x".repeat(43)))];
        let code = json!({"code": "x".repeat(30)}).to_string().into_bytes();
        let (answers, _) = at_once(30, (0, 0), || async {
            forger.get(SETTINGS).await;
            good.send("GET", SETTINGS, &Vec::new(), b"").await;
            good.send("POST", "/v1/extension/sessions/claim", &Vec::new(), code.clone()).await;
            good.send("GET", SETTINGS, &wrong, b"").await
        })
        .await;
        assert!(with_status(&answers, 429) > 0, "{kind:?}");
        let (answers, _) = at_once(30, (0, 0), || forger.get(SETTINGS)).await;
        assert!(with_status(&answers, 429) > 0, "{kind:?}");
        let signed = forger.sign("POST", &format!("/{GET_SETTINGS}"), b"");
        let mut codes = Vec::new();
        for _ in 0..30 {
            let answer = forger.grpc_raw(GET_SETTINGS, Bytes::new(), &signed).await;
            codes.push(answer.expect_err("a refusal").code());
        }
        assert!(codes.contains(&Code::ResourceExhausted), "{kind:?}: {codes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_has_failures_of_its_own() {
    let db = Db::new(kinds()[0]).await;
    let limits = [("failed_sign_ins_per_s", 1)];
    // The address is what a proxy names; the limit of the one is not that of the other.
    let app = App::limited(&db, &limits, &["--worker", "none"]);
    drop(app);
    let mut command = crate::harness::app::command(&db);
    command.env("SIGMA_LIMITS__FAILED_SIGN_INS_PER_S", "1");
    command.env("SIGMA_SERVER__TRUSTED_PROXIES", "127.0.0.1");
    command.args(["--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
    let (_process, url) = crate::harness::app::listening(command);
    let unknown = Client::new(&url, "default", "ek_unknown", SECRET);
    let from = async |address: &str| {
        let mut headers = unknown.sign("GET", SETTINGS, b"");
        headers.push(("X-Forwarded-For", address.to_owned()));
        unknown.send("GET", SETTINGS, &headers, b"").await.status
    };
    let mut statuses = Vec::new();
    for number in 0..50 {
        // A network of IPv6 is one address.
        statuses.push(from(&format!("2001:db8::{number}")).await);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(from("2001:db8:0:1::1").await, 401);
    assert_eq!(from("192.0.2.1").await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_does_not_exist_needs_no_key() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let unknown = "sigma.v1.SettingsService/Nothing";
    let answer = client.grpc_raw(unknown, Bytes::new(), &Vec::new()).await.expect_err("a refusal");
    assert_eq!(answer.code(), Code::Unimplemented, "{answer:?}");
    // The request does not even have to come to its end.
    let address = crate::harness::raw::address(&app).to_owned();
    let (mut sender, _driving) = crate::harness::raw::http2(&address).await.expect("a connection");
    let body = crate::harness::raw::endless(b"\0");
    let path = format!("/{unknown}");
    let request = crate::harness::raw::request(&address, &path, true, Vec::new(), body);
    let answer = sender.send_request(request).await.expect("an answer");
    assert_eq!(answer.headers().get("grpc-status").expect("a status"), "12");
}
