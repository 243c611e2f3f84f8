//! Requests and answers of other systems that are small to send but cost much work or memory: each is refused or
//! carried out in memory of its own size, and no answer is excessively long.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, trigger},
        client::{Answer, Client},
        db::{Db, kinds},
        raw::memory,
    },
    axum::{Router, body::Body, response::Response},
    bytes::Bytes,
    futures_util::{StreamExt as _, stream},
    prost::Message,
    serde_json::{Value, json},
    sigma_sync::proto::{google::rpc, pb},
    std::convert::Infallible,
    tokio::net::TcpListener,
};

const MIB: u64 = 1024 * 1024;
const LARGEST: usize = 1024 * 1024;
const VALIDATE: &str = "/v1/extension/mappings/students/validate";
const MAPPINGS: &str = "/v1/extension/mappings/students";
const APPLY: &str = "/v1/extension/mappings/-/apply";

/// `begin`, then `part` up to nearly the greatest length of a body, then `end`.
fn filled(begin: &str, part: &str, end: &str) -> String {
    let times = (LARGEST - begin.len() - end.len()) / part.len();
    format!("{begin}{}{end}", part.repeat(times))
}

/// Does work, and checks that the server's memory was never much larger than before.
async fn within<T>(app: &App, most: u64, work: impl Future<Output = T>) -> T {
    let before = memory(app, "VmHWM");
    let done = work.await;
    // The kernel counts in portions for each processor, so that the figure may be a little lower than before.
    let grown = memory(app, "VmHWM").saturating_sub(before);
    assert!(grown <= most * MIB, "{} MiB more", grown / MIB);
    done
}

async fn send(client: &Client, verb: &str, path: &str, body: &str) -> Answer {
    let answer = client.signed(verb, path, body.as_bytes()).await;
    assert!(answer.text.len() < 512 * 1024, "an answer of {} bytes", answer.text.len());
    answer
}

fn first(answer: &Answer) -> Value {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.json()["detail"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_counted_before_they_are_decoded() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    for (verb, path, body, loc, most) in [
        (
            "POST",
            VALIDATE,
            filled(r#"{"draft":{"mappings":["#, "{},", "{}]}}"),
            json!(["body", "draft", "mappings"]),
            400,
        ),
        (
            "PUT",
            MAPPINGS,
            filled(r#"{"mappings":["#, r#"{"a":0},"#, "{}]}"),
            json!(["body", "mappings"]),
            200,
        ),
        (
            "POST",
            "/v1/extension/sync/students/run",
            filled(r#"{"ids":["#, r#""7","#, r#""7"]}"#),
            json!(["body", "ids"]),
            1_000,
        ),
        (
            "PUT",
            "/v1/extension/modules/students",
            filled(r#"{"options":{"suspend_on":{"words":["#, r#""","#, r#"""]}}}"#),
            json!(["body", "options", "suspend_on", "words"]),
            100,
        ),
    ] {
        let answer = within(&app, 48, send(&client, verb, path, &body)).await;
        let fault = first(&answer);
        assert_eq!((&fault["type"], &fault["loc"]), (&json!("too_long"), &loc), "{path}");
        assert_eq!(fault["ctx"]["max_length"], json!(most), "{path}");
        assert_eq!(answer.json()["detail"].as_array().map(Vec::len), Some(1), "{path}");
    }
    // A list that is a little too long is still reported in full.
    let ids = json!({"ids": vec!["7"; 1_001]});
    let fault = first(&client.post("/v1/extension/sync/students/run", &ids).await);
    let wanted = json!({
        "type": "too_long", "loc": ["body", "ids"], "input": fault["input"],
        "msg": "List should have at most 1000 items after validation, not 1001",
        "ctx": {"field_type": "List", "max_length": 1000, "actual_length": 1001},
    });
    assert_eq!(fault, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_counted_before_they_are_decoded() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // A row of two bytes, and a draft in pieces with a row each.
    let rows = [0x12, 0x00].repeat(1_000_000);
    let pieces = [0x12, 0x02, 0x0a, 0x00].repeat(300_000);
    for (method, message, path) in
        [("ReplaceMappings", rows, "mappings"), ("ValidateMappings", pieces, "draft.mappings")]
    {
        let method = format!("sigma.v1.MappingService/{method}");
        let headers = client.sign("POST", &format!("/{method}"), &message);
        let call = client.grpc_raw(&method, message.into(), &headers);
        let status = within(&app, 64, call).await.expect_err("refused");
        assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
        let told = rpc::Status::decode(status.details()).expect("details");
        let fields = told.details.iter().find(|any| any.type_url.ends_with("InvalidFields"));
        let fields = pb::InvalidFields::decode(fields.expect("fields").value.as_slice()).unwrap();
        assert_eq!((fields.faults.len(), fields.faults[0].field.as_str()), (1, path));
    }
    // Free JSON in the smallest possible pieces.
    let list = [0x0a, 0x00].repeat(2_000_000);
    let wrap = |tag: u8, inner: Vec<u8>| {
        let mut outer = vec![tag];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(inner);
        outer
    };
    let record = wrap(0x12, wrap(0x0a, wrap(0x12, wrap(0x32, list))));
    let method = "sigma.v1.MappingService/PreviewMappings";
    let headers = client.sign("POST", &format!("/{method}"), &record);
    let call = client.grpc_raw(method, record.into(), &headers);
    let status = within(&app, 64, call).await.expect_err("refused");
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_faults_are_told_and_none_at_length() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    // Faults found by the domain, in a body whose rest is large.
    let ids = vec!["\"\""; 1_000].join(",");
    let body = filled(&format!(r#"{{"ids":[{ids}],"pad":["#), r#""x","#, r#""x"]}"#);
    let answer =
        within(&app, 48, send(&client, "POST", "/v1/extension/sync/students/run", &body)).await;
    assert_eq!(first(&answer)["type"], json!("string_too_short"));
    assert_eq!(answer.json()["detail"].as_array().map(Vec::len), Some(100));
    assert_eq!(answer.json()["detail"][99]["loc"], json!(["body", "ids", 99]));
    // Faults of shape; each row is returned whole, as long as it is short.
    let rows = json!({"mappings": vec![json!({"required": "perhaps", "x": 1}); 200]});
    let answer = send(&client, "PUT", MAPPINGS, &rows.to_string()).await;
    assert_eq!(answer.json()["detail"].as_array().map(Vec::len), Some(100));
    assert_eq!(first(&answer)["input"], json!({"required": "perhaps", "x": 1}));
    let long = json!({"mappings": vec![json!({"required": "x".repeat(5_000)}); 200]});
    let answer = send(&client, "PUT", MAPPINGS, &long.to_string()).await;
    let told = first(&answer)["input"].as_str().expect("a text").to_owned();
    assert!(told.starts_with(r#"{"required":"xxx"#) && told.chars().count() <= 201, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_or_wants_is_not_built() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    const MODULE: &str = "/v1/extension/modules/students";
    let unknown = filled(r#"{"enabled":true,"x":["#, "0,", "0]}");
    let answer = within(&app, 32, send(&client, "PUT", MODULE, &unknown)).await;
    assert_eq!((answer.status, &answer.json()["enabled"]), (200, &json!(true)));
    for (begin, part, end) in [
        (r#"{"enabled":["#, "0,", "0]}"),
        (r#"{"enabled":{"a":["#, "{},", "{}]}}"),
        (r#"{"schedule_cron":["#, r#""","#, r#"""]}"#),
    ] {
        let answer =
            within(&app, 32, send(&client, "PUT", MODULE, &filled(begin, part, end))).await;
        assert!(
            first(&answer)["input"].as_str().is_some_and(|told| told.ends_with('…')),
            "{}",
            answer.text
        );
    }
    // It is read as strictly as before, to its end.
    for (body, why) in [
        (r#"{"x":{"a":1,"a":2}}"#.to_owned(), "duplicate key 'a'"),
        (format!(r#"{{"x":{}1{}}}"#, "[".repeat(40), "]".repeat(40)), "nesting deeper than 32"),
        (r#"{"x":[1,]}"#.to_owned(), "trailing comma"),
    ] {
        let fault = first(&send(&client, "PUT", MODULE, &body).await);
        assert_eq!(fault["type"], json!("json_invalid"));
        assert!(fault["ctx"]["error"].as_str().is_some_and(|error| error.contains(why)), "{fault}");
    }
    let query = "a=b&".repeat(8_000);
    assert_eq!(client.get(&format!("/v1/extension/runs?{query}limit=1")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yaml_takes_no_more_than_it_is_worth() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let apply = async |yaml: &str| {
        let body = json!({"yaml": yaml, "dry_run": true}).to_string();
        send(&client, "POST", APPLY, &body).await
    };
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(",");
        laughs.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(200_000), vec!["*a"; 1_000].join(","));
    for (yaml, most) in [(laughs, 16), (long, 24)] {
        let answer = within(&app, most, apply(&yaml)).await;
        assert_eq!(first(&answer)["ctx"]["code"], json!("MAPPING_FILE_INVALID"));
    }
    let head = "apiVersion: sigma.v1\nkind: MappingSet\nmodule: students\n";
    let rows = format!("{head}fields: [{}]\n", "{to: a, from: b},".repeat(10_000));
    let fault = first(&apply(&rows).await);
    assert!(fault["msg"].as_str().is_some_and(|text| text.contains("not 10000")), "{fault}");
    let keys: String = (0..5_000).map(|key| format!("k{key}: 1\n")).collect();
    let answer = apply(&format!("{head}{keys}")).await;
    assert_eq!(answer.json()["detail"].as_array().map(Vec::len), Some(100));
    // Hand-written text is read as before, aliases included.
    let good = format!(
        "{head}fields:\n  - &row {{to: status, from: Status, default: &word Active}}\ntests:\n  - {{given: {{Status: *word}}, expect: {{status: *word}}}}\n"
    );
    assert_eq!(apply(&good).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_shows_no_more_than_anybody_reads() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let schema = client.get("/v1/extension/metadata/canonical-schema").await.json();
    let fields = schema["students"]["fields"].as_object().expect("fields");
    let fields: Vec<String> = fields.keys().cloned().collect();
    let steps = vec![json!({"type": "trim"}); 10];
    let row = |field: &String| {
        json!({
            "canonical_field": field, "zoho_field_api_name": "Big",
            "transform_rules": {"type": "chain", "params": {"steps": steps}},
        })
    };
    let rows: Vec<Value> = fields.iter().map(row).collect();
    let body = json!({"record": {"Big": "x".repeat(60_000)}, "draft": {"mappings": rows}});
    let answer = client.post("/v1/extension/mappings/students/preview", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.len() < 4 * LARGEST, "an answer of {} bytes", answer.text.len());
    assert_eq!(answer.json()["rows"].as_array().map(Vec::len), Some(fields.len()));
}

/// A system that answers every request with this many MiB of digits, and token requests with a token.
async fn digits(mib: usize) -> String {
    let answer = move |request: axum::extract::Request| async move {
        if request.uri().path().contains("token") {
            return Response::new(Body::from(r#"{"access_token":"1000.a.b","expires_in":3600}"#));
        }
        let piece = Bytes::from("0,".repeat(32 * 1024));
        let all = stream::iter([Bytes::from_static(b"[")])
            .chain(stream::iter(std::iter::repeat_n(piece, mib * 16)))
            .chain(stream::iter([Bytes::from_static(b"0]")]));
        Response::new(Body::from_stream(all.map(Ok::<_, Infallible>)))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_other_systems_are_weighed_as_they_come() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(30, 0).await;
    connect(&client, &school).await;
    let moodle = json!({
        "moodle_base_url": digits(60).await,
        "moodle_api_token": "0123456789abcdef0123456789abcdef",
    });
    assert_eq!(client.put("/v1/extension/settings", &moodle).await.status, 200);
    let run = within(&app, 128, async {
        let run = trigger(&client).await;
        ended(&client, &run).await
    })
    .await;
    assert_eq!(run["status"], json!("failed"), "{run}");
    assert!(run.to_string().contains("sent an answer that is too large"), "{run}");
    let zoho = digits(30).await;
    let settings = json!({
        "zoho_api_domain": zoho, "zoho_accounts_url": zoho,
        "zoho_client_secret": "a secret of the other", "zoho_refresh_token": "a token of the other",
    });
    assert_eq!(client.put("/v1/extension/settings", &settings).await.status, 200);
    let run = within(&app, 128, async {
        let run = trigger(&client).await;
        ended(&client, &run).await
    })
    .await;
    assert!(run.to_string().contains("sent an answer that is too large"), "{run}");
    school.stop().await;
}
