//! A tenant with a large and slow school beside one with ten records: the small one does not wait.

use {
    super::{
        Form, Report,
        harness::{app::connect, client::Client, db::Kind, eventually, school::School},
    },
    serde_json::json,
    sigma_sync_sandbox::{Options, Sandbox},
    std::time::{Duration, Instant},
};

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let (students, rounds) = form.pick((20_000, 15), (100_000, 60));
    let large = School::with(kind, Options { students, ..Options::default() }, &[]).await;
    large.options(json!({"moodle_latency_ms": 150, "zoho_latency_ms": 50})).await;
    let created = large
        .client
        .post("/v1/extension/tenants", &json!({"tenant_id": "small", "name": "Small"}))
        .await;
    let created = created.json();
    let text = |name: &str| created[name].as_str().expect("a text").to_owned();
    let client = Client::new(
        &large.app.url,
        "small",
        &text("extension_api_key"),
        &text("extension_api_secret"),
    );
    let small =
        Sandbox::start(Options { students: 10, ..Options::default() }).await.expect("a sandbox");
    connect(&client, &small).await;
    // Everything of the large one: its first module alone keeps a worker busy for minutes.
    large.start("students", json!({})).await;
    large.start("registrations", json!({})).await;
    large.start("payments", json!({})).await;
    eventually("the large school's first users", async || {
        (large.counts().await["users"].as_i64()? > 0).then_some(())
    })
    .await;
    let mut times = Vec::new();
    for round in 0..rounds {
        let since = Instant::now();
        let run = client.post("/v1/extension/sync/students/run", &json!({})).await.json();
        let id = run["run_id"].as_str().expect("an id").to_owned();
        let ended = eventually("the small school's run", async || {
            let run = client.get(&format!("/v1/extension/runs/{id}?items_limit=0")).await.json();
            (!run["finished_at"].is_null()).then_some(run)
        })
        .await;
        times.push(since.elapsed());
        assert_eq!(
            (&ended["status"], &ended["counts"]["total"]),
            (&json!("completed"), &json!(10)),
            "round {round}: {ended}"
        );
    }
    times.sort_unstable();
    let place = (times.len() * 95).div_ceil(100).saturating_sub(1);
    let busy = large.runs("").await.iter().any(|run| run["finished_at"].is_null());
    let mut report = Report::default();
    report.note(
        "records of the large school, slow to write",
        students,
        "still under way at the end",
        busy,
    );
    report.within(
        "ten records of the small one, accepted to ended, p95",
        times[place],
        Duration::from_secs(2),
    );
    small.stop().await;
    large.stop().await;
    report
}
