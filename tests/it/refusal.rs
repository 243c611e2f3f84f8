//! What is refused before a service is called has a stable word: in a header by REST, in ErrorInfo by gRPC. The bodies of
//! REST are those of the earlier service.

use {
    crate::harness::{
        app::App,
        client::{Answer, Client, Headers, now},
        db::{Db, kinds},
        raw,
    },
    prost::Message as _,
    sigma_sync::{domain::code, proto::google::rpc},
    tonic::{Code, Status},
};

const SETTINGS: &str = "/v1/extension/settings";
const METHOD: &str = "sigma.v1.SettingsService/GetSettings";

/// The word of a status.
fn word(status: &Status) -> String {
    let details = rpc::Status::decode(status.details()).expect("details").details;
    let info = details.iter().find(|any| any.type_url.ends_with("google.rpc.ErrorInfo"));
    let info =
        rpc::ErrorInfo::decode(info.expect("ErrorInfo").value.as_slice()).expect("a message");
    assert_eq!(info.domain, "sigma.v1");
    assert!(code::Code::find(&info.reason).is_some(), "{}", info.reason);
    info.reason
}

/// Headers whose value of one is another.
fn with(mut headers: Headers, name: &str, value: &str) -> Headers {
    for (own, text) in &mut headers {
        if *own == name {
            value.clone_into(text);
        }
    }
    headers
}

async fn rest(client: &Client) -> Vec<(u16, &'static str, String, Answer)> {
    let get = |path: &str| client.sign("GET", path, b"");
    let send = async |method: &str, target: &str, headers: &Headers, body: Vec<u8>| {
        client.send(method, target, headers, body).await
    };
    let detail = |text: &str| format!("{{\"detail\":\"{text}\"}}");
    let mut told = Vec::new();
    let mut add = |status, word, body: String, answer| told.push((status, word, body, answer));

    let missing = "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"header\",\"X-Ext-Key\"],\
                   \"msg\":\"Field required\",\"input\":null}]}";
    let mut four = get(SETTINGS);
    four.retain(|(name, _)| *name != "X-Ext-Key");
    add(422, "HEADER_MISSING", missing.to_owned(), send("GET", SETTINGS, &four, vec![]).await);
    let old = client.sign_at(
        &(now() - 9_000).to_string(),
        "a-nonce-of-some-length",
        "GET",
        SETTINGS,
        b"",
    );
    let text = "Request timestamp outside acceptable window (5 minutes)";
    add(401, "CREDENTIAL_INVALID", detail(text), send("GET", SETTINGS, &old, vec![]).await);
    let other = with(get(SETTINGS), "X-Ext-Key", "unknown-key");
    let text = "Invalid API key or tenant";
    add(401, "CREDENTIAL_INVALID", detail(text), send("GET", SETTINGS, &other, vec![]).await);
    let wrong = client.with_secret("another").sign("GET", SETTINGS, b"");
    let text = "Invalid signature";
    add(401, "CREDENTIAL_INVALID", detail(text), send("GET", SETTINGS, &wrong, vec![]).await);
    let once = get(SETTINGS);
    assert_eq!(send("GET", SETTINGS, &once, vec![]).await.status, 200);
    let text = "Nonce already used (replay attack detected)";
    add(401, "CREDENTIAL_INVALID", detail(text), send("GET", SETTINGS, &once, vec![]).await);

    let large = vec![b' '; (1 << 20) + 1];
    let answer = send("PUT", SETTINGS, &client.sign("PUT", SETTINGS, &large), large).await;
    add(413, "BODY_TOO_LARGE", detail("Request body too large"), answer);
    let target = format!("{SETTINGS}?more=1");
    let text = "query parameter 'more' needs a signature that covers the query";
    add(400, "QUERY_NOT_SIGNED", detail(text), send("GET", &target, &get(SETTINGS), vec![]).await);
    let bad = "/v1/extension/modules/a%2Fb";
    let text = "the path holds characters that are not allowed";
    add(400, "PATH_INVALID", detail(text), send("PUT", bad, &vec![], vec![]).await);
    add(404, "PATH_NOT_FOUND", detail("Not Found"), send("GET", "/nothing", &vec![], vec![]).await);
    let text = detail("Not Found");
    add(404, "PATH_NOT_FOUND", text, send("GET", "/docs/nothing", &vec![], vec![]).await);
    let text = detail("Method Not Allowed");
    add(405, "METHOD_NOT_ALLOWED", text, send("DELETE", SETTINGS, &vec![], vec![]).await);
    let text = detail("Method Not Allowed");
    add(405, "METHOD_NOT_ALLOWED", text, send("POST", "/health", &vec![], vec![]).await);
    let grpc: Headers = vec![("content-type", "application/grpc".to_owned())];
    let text = detail("gRPC needs HTTP/2; gRPC-Web works here");
    add(400, "HTTP2_NEEDED", text, send("POST", &format!("/{METHOD}"), &grpc, vec![]).await);
    // What a service does not see either: a body of another type, and one that is not JSON.
    for kind in ["text/plain", "application/json"] {
        let mut headers = client.sign("PUT", SETTINGS, b"a=b");
        headers.push(("content-type", kind.to_owned()));
        let answer = send("PUT", SETTINGS, &headers, b"a=b".to_vec()).await;
        let body = answer.text.clone();
        assert!(body.starts_with("{\"detail\":[{"), "{body}");
        add(422, "FIELD_INVALID", body, answer);
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_service_sees_is_refused_with_a_word_by_rest() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        for (status, word, body, answer) in rest(&app.client()).await {
            assert_eq!((answer.status, &answer.text), (status, &body), "{word}");
            assert_eq!(answer.header("x-sigma-error"), word, "{body}");
            assert!(code::Code::find(word).is_some(), "{word}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_service_sees_is_refused_with_a_word_by_grpc() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let path = format!("/{METHOD}");
        let call = async |method: &str, message: &[u8], headers: Headers| {
            client.grpc_raw(method, message.to_vec().into(), &headers).await.expect_err("refused")
        };
        let told = |status: &Status| (status.code(), word(status));
        let none = call(METHOD, b"", vec![]).await;
        assert_eq!(told(&none), (Code::Unauthenticated, "HEADER_MISSING".to_owned()));
        let wrong = call(METHOD, b"", client.sign("POST", &path, b"other")).await;
        assert_eq!(told(&wrong), (Code::Unauthenticated, "CREDENTIAL_INVALID".to_owned()));
        let nothing = "sigma.v1.SettingsService/Nothing";
        let unknown = call(nothing, b"", client.sign("POST", &format!("/{nothing}"), b"")).await;
        assert_eq!(told(&unknown), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()));
        let bytes = [0xff_u8; 9];
        let malformed = call(METHOD, &bytes, client.sign("POST", &path, &bytes)).await;
        assert_eq!(told(&malformed), (Code::InvalidArgument, "MESSAGE_MALFORMED".to_owned()));
        let large = vec![0_u8; (4 << 20) + 1];
        let large = call(METHOD, &large, client.sign("POST", &path, &large)).await;
        assert_eq!(told(&large), (Code::ResourceExhausted, "BODY_TOO_LARGE".to_owned()));

        // Two frames, and one that is compressed.
        let address = raw::address(&app);
        for frames in [&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[1, 0, 0, 0, 0][..]] {
            let (mut sender, _connection) = raw::http2(address).await.expect("a connection");
            let headers = client.sign("POST", &path, b"");
            let request = raw::request(address, &path, true, headers, raw::whole(frames));
            let response = sender.send_request(request).await.expect("an answer");
            let status = Status::from_header_map(response.headers()).expect("a status");
            assert_eq!(told(&status), (Code::Unauthenticated, "FRAME_INVALID".to_owned()));
        }
        let (mut sender, _connection) = raw::http2(address).await.expect("a connection");
        let mut request = raw::request(address, &path, true, vec![], raw::whole(b""));
        *request.method_mut() = http::Method::PUT;
        let response = sender.send_request(request).await.expect("an answer");
        assert_eq!(response.headers()["x-sigma-error"], "METHOD_NOT_ALLOWED");
    }
}
