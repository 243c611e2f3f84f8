//! A tenant's own Moodle and Zoho that return far more than was requested, with eight runs at once.

use {
    super::{
        Form,
        field::Field,
        harness::{
            app::{connect, sandbox},
            client::Client,
        },
        stall::Outcomes,
    },
    axum::{Router, body::Body, extract::Request, response::Response},
    bytes::Bytes,
    futures_util::{StreamExt as _, future::join_all, stream},
    serde_json::{Value, json},
    std::{
        convert::Infallible,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering::Relaxed},
        },
        time::{Duration, Instant},
    },
    tokio::{net::TcpListener, time::sleep},
};

const RUNS: usize = 8;
/// How long the runs are watched; a run that waits for its next try is not waited for.
const WATCHED: Duration = Duration::from_secs(25);
const MIB: usize = 1024 * 1024;

/// A text that begins with the first part, repeats the second up to a length, and ends with the third.
#[derive(Debug, Clone, Copy)]
struct Flood(&'static str, &'static str, &'static str, usize);

impl Flood {
    fn body(self) -> Body {
        let Self(begin, part, end, length) = self;
        let piece = Bytes::from(part.repeat((64 * 1024 / part.len()).max(1)));
        let count = length / piece.len();
        let all = stream::iter([Bytes::from(begin)])
            .chain(stream::iter(std::iter::repeat_n(piece, count)))
            .chain(stream::iter([Bytes::from(end)]));
        Body::from_stream(all.map(Ok::<_, Infallible>))
    }
}

/// Starts a system that answers the first token request, and everything else with one flood after the other.
async fn evil(floods: &'static [Flood]) -> (String, Arc<AtomicUsize>) {
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    let answer = move |request: Request| {
        let count = count.clone();
        async move {
            if request.uri().path().contains("token") {
                let token = json!({"access_token": "1000.a.b", "expires_in": 3600}).to_string();
                return Response::new(Body::from(token));
            }
            let turn = count.fetch_add(1, Relaxed);
            Response::new(floods[turn % floods.len()].body())
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (format!("http://{address}"), answered)
}

/// Starts a run of each tenant and watches the results.
async fn runs(clients: Vec<Client>) -> String {
    let outcomes = Outcomes::default();
    let one = async |client: Client| {
        let answer = client.post("/v1/extension/sync/students/run", &json!({})).await;
        let id = answer.json()["run_id"].as_str().expect("an id").to_owned();
        let end = Instant::now() + WATCHED;
        let mut run = Value::Null;
        while Instant::now() < end {
            run = client.get(&format!("/v1/extension/runs/{id}?items_limit=0")).await.json();
            if !run["finished_at"].is_null() {
                break;
            }
            sleep(Duration::from_millis(200)).await;
        }
        outcomes.add(run["status"].as_str().unwrap_or("nothing"));
    };
    join_all(clients.into_iter().map(one)).await;
    outcomes.told()
}

/// The runs read from a good Zoho and write to these systems.
pub(crate) async fn moodle(field: &Field, _: Form) -> String {
    const FLOODS: &[Flood] = &[
        Flood("[", "0,", "0]", 60 * MIB),
        Flood("[", "{\"a\":{}},", "{}]", 60 * MIB),
        Flood("[\"", "xxxxxxxx", "\"]", 60 * MIB),
        Flood("", "[", "", 60 * MIB),
        Flood("[", "\"\",", "\"\"]", 20 * MIB),
        Flood("[{\"id\":1,\"username\":\"", "y", "\"}]", 14 * MIB),
    ];
    let (address, answered) = evil(FLOODS).await;
    let school = sandbox(40, 0).await;
    let mut clients = Vec::new();
    for number in 0..RUNS {
        let client = field.tenant(&format!("moodle{number}")).await;
        connect(&client, &school).await;
        // Another path counts as another site, with a limit of its own.
        let settings = json!({
            "moodle_base_url": format!("{address}/{number}"),
            "moodle_api_token": "0123456789abcdef0123456789abcdef",
        });
        assert_eq!(client.put("/v1/extension/settings", &settings).await.status, 200);
        clients.push(client);
    }
    let told = runs(clients).await;
    school.stop().await;
    format!("runs: {told}; {} answers", answered.load(Relaxed))
}

/// The runs read from these systems.
pub(crate) async fn zoho(field: &Field, _: Form) -> String {
    const FLOODS: &[Flood] = &[
        Flood("{\"data\":[", "0,", "0],\"info\":{}}", 30 * MIB),
        Flood("{\"data\":[", "{\"id\":\"1\"},", "{}],\"info\":{}}", 30 * MIB),
        Flood(
            "{\"data\":[{\"id\":\"1\",\"N\":\"",
            "zzzzzzzz",
            "\"}],\"info\":{\"count\":1,\"more_records\":false}}",
            14 * MIB,
        ),
        Flood("{\"data\":[{\"id\":\"1\",\"N\":\"", "\\ud83d", "\"}]}", 30 * MIB),
        Flood("{", "\"a\":0,", "\"b\":0}", 30 * MIB),
    ];
    let (address, answered) = evil(FLOODS).await;
    let school = sandbox(40, 0).await;
    let mut clients = Vec::new();
    for number in 0..RUNS {
        let client = field.tenant(&format!("zoho{number}")).await;
        connect(&client, &school).await;
        let settings = json!({
            "zoho_api_domain": address,
            "zoho_accounts_url": address,
            "zoho_client_secret": "a secret of the other",
            "zoho_refresh_token": "a token of the other",
        });
        assert_eq!(client.put("/v1/extension/settings", &settings).await.status, 200);
        clients.push(client);
    }
    let told = runs(clients).await;
    school.stop().await;
    format!("runs: {told}; {} answers", answered.load(Relaxed))
}
