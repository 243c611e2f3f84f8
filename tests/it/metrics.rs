//! What the metrics count: outcomes in one vocabulary, streams by their end, and what a worker without a server does.

use {
    crate::harness::{
        app::{App, Process, command, connect, ended, sandbox, trigger},
        client::Client,
        control::Controls,
        db::{Db, kinds},
        eventually,
    },
    sigma_sync::proto::pb,
    std::{net::TcpListener, process::Stdio},
};

/// A free address.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

async fn read(address: &str, path: &str) -> Option<(u16, String)> {
    let url = format!("http://{address}{path}");
    let response = Controls::new().0.get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.ok()?))
}

/// Returns the value of a counter with these labels; 0 if it is not there.
async fn counter(address: &str, name: &str, labels: &[&str]) -> u64 {
    let (_, text) = read(address, "/metrics").await.expect("metrics");
    let lines = text.lines().filter(|line| line.starts_with(name));
    let mut found = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
    let value = found.next().and_then(|line| line.rsplit(' ').next()?.parse().ok());
    assert!(found.next().is_none(), "several {name} with {labels:?}: {text}");
    value.unwrap_or(0)
}

async fn requests(address: &str, method: &str, code: &str) -> u64 {
    let labels = [format!("method=\"{method}\""), format!("code=\"{code}\"")];
    counter(address, "sigma_rpc_requests_total", &[&labels[0], &labels[1]]).await
}

async fn counted(address: &str, method: &str, code: &str, count: u64) {
    eventually(&format!("{count} of {method} {code}"), async || {
        (requests(address, method, code).await == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_have_one_vocabulary_and_streams_count_at_their_end() {
    let db = Db::new(kinds()[0]).await;
    let address = free();
    let app = App::start(&db, &["--metrics-listen", &address]);
    let client = app.client();
    let school = sandbox(20, 0).await;
    connect(&client, &school).await;
    let run = trigger(&client).await;
    let watch = "/sigma.v1.SyncRunService/WatchRun";

    // A stream that ends well, one that is refused, and one whose client goes away.
    let request = pb::WatchRunRequest { run_id: run.clone() };
    let states: Vec<pb::WatchRunResponse> =
        client.grpc_all(watch.trim_start_matches('/'), &request).await.expect("states");
    assert!(!states.is_empty());
    counted(&address, watch, "OK", 1).await;
    let request = pb::WatchRunRequest { run_id: "nothing".into() };
    let refused: Result<Vec<pb::WatchRunResponse>, _> =
        client.grpc_all(watch.trim_start_matches('/'), &request).await;
    assert!(refused.is_err());
    counted(&address, watch, "NOT_FOUND", 1).await;
    ended(&client, &run).await;

    // One answer by each wire, good and refused.
    let get = "/sigma.v1.SyncRunService/GetRun";
    for id in [run.as_str(), "nothing"] {
        let request = pb::GetRunRequest { run_id: id.into(), ..Default::default() };
        let _answer: Result<pb::GetRunResponse, _> =
            client.grpc(get.trim_start_matches('/'), &request).await;
        let _web = client.grpc_web(get.trim_start_matches('/'), &request, false).await;
        client.get(&format!("/v1/extension/runs/{id}")).await;
    }
    let rest = "/v1/extension/runs/{run_id}";
    for (method, code, count) in [(get, "OK", 2), (get, "NOT_FOUND", 2), (rest, "NOT_FOUND", 1)] {
        counted(&address, method, code, count).await;
    }
    // A refusal before a service is called, and two that have the same number in HTTP.
    let stranger = Client::seeded(&app.url).with_secret("another");
    assert_eq!(stranger.get(&format!("/v1/extension/runs/{run}")).await.status, 401);
    counted(&address, rest, "UNAUTHENTICATED", 1).await;
    let cancelled =
        client.post(&format!("/v1/extension/runs/{run}/cancel"), &serde_json::json!({})).await;
    assert_eq!(cancelled.status, 400, "{}", cancelled.text);
    counted(&address, "/v1/extension/runs/{run_id}/cancel", "FAILED_PRECONDITION", 1).await;

    let (_, text) = read(&address, "/metrics").await.expect("metrics");
    for line in text.lines().filter(|line| line.starts_with("sigma_rpc_requests_total")) {
        let code = line.split("code=\"").nth(1).and_then(|rest| rest.split('"').next());
        let code = code.unwrap_or_else(|| panic!("{line}"));
        assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{line}");
    }
    assert_eq!(counter(&address, "sigma_runs_ended_total", &["state=\"completed\""]).await, 1);
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_counted_by_their_scheme() {
    let db = Db::new(kinds()[0]).await;
    let address = free();
    let app = App::start(&db, &["--metrics-listen", &address]);
    let counts = async || {
        let name = "sigma_auth_requests_total";
        [
            counter(&address, name, &["scheme=\"v1\""]).await,
            counter(&address, name, &["scheme=\"v2\""]).await,
        ]
    };
    let before = counts().await;
    let (v1, target) = (app.client(), "/v1/extension/settings");
    let (v2, wrong) = (v1.in_v2(), v1.with_secret("another secret of this length").in_v2());
    let calls = [(&v1, 200), (&v2, 200), (&v2, 200), (&wrong, 401)];
    for (client, status) in calls {
        assert_eq!(client.get(target).await.status, status);
    }
    assert_eq!(counts().await, [before[0] + 1, before[1] + 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_alone_has_probes_and_metrics() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let school = sandbox(20, 0).await;
        connect(&client, &school).await;
        let address = free();
        let mut worker = command(&db);
        worker.args(["worker", "--metrics-listen", &address]).stderr(Stdio::null());
        let mut worker = Process(worker.spawn().expect("a worker"));
        eventually("the probes", async || read(&address, "/livez").await).await;
        assert_eq!(read(&address, "/readyz").await, Some((200, "ready".into())));
        let run = trigger(&client).await;
        assert_eq!(ended(&client, &run).await["status"], "completed");
        eventually("the count", async || {
            let labels = ["state=\"completed\""];
            (counter(&address, "sigma_runs_ended_total", &labels).await == 1).then_some(())
        })
        .await;
        assert_eq!(worker.terminate(), Some(0));
        assert_eq!(read(&address, "/livez").await, None);
        school.stop().await;
    }
}
