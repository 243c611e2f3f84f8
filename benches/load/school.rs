//! A school against the emulated Zoho CRM and Moodle: the speed of its first sync, the calls to both systems, and the
//! server's memory with 1,000 and with 100,000 students.

use {
    super::{
        client::{GrpcCaller, RestCaller, Signer},
        host::{Database, Kind, Process, binary},
        requests::TRIGGER_RUN,
    },
    anyhow::{Context as _, Result, anyhow, bail},
    bytes::Bytes,
    http::Request,
    http_body_util::Full,
    hyper::client::conn::http1,
    hyper_util::rt::TokioIo,
    serde_json::Value,
    sigma_sync::proto::pb,
    std::{
        collections::BTreeMap,
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio::net::TcpStream,
};

/// Students of the small and of the large school.
const SIZES: [u32; 2] = [1_000, 100_000];
/// Greatest number of rows in one result of a bulk read (docs/src/zoho.md, "Bulk reads").
const BULK: u64 = 200_000;
/// Records on a page of Zoho.
const PAGE: u64 = 200;
/// Least number of records per second, end to end.
const RATE_BUDGET: f64 = 2_000.0;
/// Greatest growth of the server's memory between the sizes, in MiB.
const GROWTH_BUDGET: f64 = 64.0;
/// Pause between two looks at a run; the run's own times are measured.
const POLL: Duration = Duration::from_millis(250);
/// How long a sync may take.
const PATIENCE: Duration = Duration::from_secs(150);

const UPDATE_SETTINGS: &str = "/sigma.v1.SettingsService/UpdateSettings";
const GET_RUN: &str = "/sigma.v1.SyncRunService/GetRun";

/// Syncs both schools, each into a fresh database, and prints the figures.
pub(crate) async fn measure(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    println!("\n{kind}, first sync of a school");
    let mut memory = Vec::new();
    for students in SIZES {
        let database = Database::create(kind, "sync").await?;
        let done = sync(&database, students, signer).await;
        database.remove().await?;
        memory.push(done.with_context(|| format!("{students} students on {kind}"))?);
    }
    if let [small, large] = memory.as_slice() {
        let growth = (*large as f64 - *small as f64) / 1_024.0;
        let verdict = if growth < GROWTH_BUDGET { "within" } else { "OVER" };
        println!(
            "  memory grew by {growth:.1} MiB, budget under {GROWTH_BUDGET:.0} MiB: {verdict}"
        );
    }
    Ok(())
}

/// Syncs one school and returns the greatest memory of the server, in KiB.
async fn sync(database: &Database, students: u32, signer: &Arc<Signer>) -> Result<u64> {
    let mut command = binary();
    command.args(["--log", "warn", "sandbox", "--students", &students.to_string()]);
    command.args(["--zoho-listen", "127.0.0.1:0", "--moodle-listen", "127.0.0.1:0"]);
    let school = Process::start(command, &["Zoho CRM ", "Moodle "])?;
    let server = database.serve(&[])?;
    connect(&server, &school, signer).await?;
    let before = server.cpu()?;
    let run = run(server.url(), signer).await?;
    let cpu = server.cpu()?.saturating_sub(before);

    let counts = run.progress.unwrap_or_default();
    let whole = i64::from(students);
    if run.status != "completed" || counts.new() != whole {
        let summary = run.error_summary.unwrap_or_default();
        bail!("the run ended as {} with {} new: {summary}", run.status, counts.new());
    }
    let time = seconds(run.finished_at)? - seconds(run.started_at)?;
    let rate = f64::from(students) / time.max(1e-6);
    let verdict = if rate >= RATE_BUDGET { "within" } else { "BELOW" };
    println!(
        "  {students:>7} students: {time:.2} s, {rate:.0} records/s (budget at least {RATE_BUDGET:.0}: {verdict}), \
         server CPU {:.0} us/record",
        cpu.as_secs_f64() * 1e6 / f64::from(students)
    );
    let memory = server.most_memory()?;
    print_ledger(&ledger(&school).await?, u64::from(students));
    println!("          most memory of the server {:.1} MiB", memory as f64 / 1_024.0);
    Ok(memory)
}

/// Connects the seeded tenant to the school; the credentials are the same in every sandbox.
pub(crate) async fn connect(
    server: &Process,
    school: &Process,
    signer: &Arc<Signer>,
) -> Result<()> {
    let [zoho, moodle] = school.urls.as_slice() else { bail!("the sandbox has two addresses") };
    let question = pb::UpdateSettingsRequest {
        moodle_enabled: Some(true),
        moodle_base_url: Some(moodle.clone()),
        moodle_api_token: Some("sandbox-moodle".into()),
        zoho_enabled: Some(true),
        zoho_api_domain: Some(zoho.clone()),
        zoho_accounts_url: Some(zoho.clone()),
        zoho_client_id: Some("sandbox-client".into()),
        zoho_client_secret: Some("sandbox-client-word".into()),
        zoho_refresh_token: Some("sandbox-refresh".into()),
        ..Default::default()
    };
    let caller = GrpcCaller::connect(server.url(), UPDATE_SETTINGS, question, signer, true).await?;
    let mut caller: GrpcCaller<_, pb::UpdateSettingsResponse> = caller;
    caller.ask().await.map(drop)
}

/// Starts a run of the students and waits for its end.
pub(crate) async fn run(url: &str, signer: &Arc<Signer>) -> Result<pb::Run> {
    run_of(url, signer, pb::TriggerRunRequest::default()).await
}

/// The same with a wish for what is read.
pub(crate) async fn run_of(
    url: &str,
    signer: &Arc<Signer>,
    wish: pb::TriggerRunRequest,
) -> Result<pb::Run> {
    let (module_name, triggered_by) = ("students".into(), Some("bench".into()));
    let question = pb::TriggerRunRequest { module_name, triggered_by, ..wish };
    let caller = GrpcCaller::connect(url, TRIGGER_RUN, question, signer, true).await?;
    let mut caller: GrpcCaller<_, pb::TriggerRunResponse> = caller;
    let run_id = caller.ask().await?.run.unwrap_or_default().run_id;
    finished(url, &run_id, signer).await
}

/// Waits for the end of a run.
pub(crate) async fn finished(url: &str, run_id: &str, signer: &Arc<Signer>) -> Result<pb::Run> {
    let started = Instant::now();
    let run_id = run_id.to_owned();
    let question = pb::GetRunRequest { run_id, items_limit: Some(0), ..Default::default() };
    let caller = GrpcCaller::connect(url, GET_RUN, question, signer, true).await?;
    let mut caller: GrpcCaller<_, pb::GetRunResponse> = caller;
    loop {
        tokio::time::sleep(POLL).await;
        let run = caller.ask().await?.run.unwrap_or_default();
        if run.finished_at.is_some() {
            return Ok(run);
        }
        if started.elapsed() > PATIENCE {
            let done = run.progress.unwrap_or_default().total();
            bail!("the run has not ended after {PATIENCE:?}; {done} records are done");
        }
    }
}

pub(crate) fn seconds(time: Option<prost_types::Timestamp>) -> Result<f64> {
    let time = time.ok_or_else(|| anyhow!("a time is missing"))?;
    Ok(time.seconds as f64 + f64::from(time.nanos) / 1e9)
}

/// Reads the ledger of both systems.
pub(crate) async fn ledger(school: &Process) -> Result<Value> {
    let mut caller = RestCaller::connect(school.url(), "/_sandbox/ledger", None).await?;
    Ok(serde_json::from_slice(&caller.ask().await?)?)
}

/// Posts a control of the sandbox.
pub(crate) async fn post(url: &str, path: &str, body: &Value) -> Result<()> {
    let host = url.trim_start_matches("http://");
    let stream = TcpStream::connect(host).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move { drop(connection.await) });
    let request =
        Request::post(path).header("host", host).header("content-type", "application/json");
    let answer = sender.send_request(request.body(Full::<Bytes>::from(body.to_string()))?).await?;
    match answer.status().is_success() {
        true => Ok(()),
        false => bail!("{path}: {}", answer.status()),
    }
}

/// Prints the reads of Zoho compared with the fewest possible, and the write calls of Moodle by size.
fn print_ledger(ledger: &Value, students: u64) {
    let operations = ledger.pointer("/zoho/operations").and_then(Value::as_object);
    let calls = |fits: &dyn Fn(&str) -> bool| -> u64 {
        let fitting = operations.into_iter().flatten().filter(|(name, _)| fits(name));
        fitting.filter_map(|(_, count)| count.as_u64()).sum()
    };
    // A first read of many records is a job, and its result is downloaded whole.
    let downloads =
        calls(&|name| name.starts_with("GET /crm/bulk/v8/read/") && name.ends_with("/result"));
    // A list is read at /crm/v8/MODULE; everything else there is deeper.
    let pages =
        calls(&|name| name.strip_prefix("GET /crm/v8/").is_some_and(|rest| !rest.contains('/')));
    let (what, reads, fewest) = if downloads > 0 {
        ("downloads of bulk reads", downloads + pages, students.div_ceil(BULK))
    } else {
        ("list reads", pages, students.div_ceil(PAGE))
    };
    let verdict = if reads == fewest { "within" } else { "OVER" };
    println!("          Zoho {what} {reads}, the fewest {fewest}: {verdict}");

    let batches = ledger.pointer("/moodle/batches").and_then(Value::as_array);
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for size in batches.into_iter().flatten().filter_map(Value::as_u64) {
        *sizes.entry(size).or_default() += 1;
    }
    let list: Vec<String> =
        sizes.iter().rev().map(|(size, count)| format!("{count} of {size}")).collect();
    let total = ledger.pointer("/moodle/batches_total").and_then(Value::as_u64).unwrap_or_default();
    let calls = ledger.pointer("/moodle/calls").and_then(Value::as_u64).unwrap_or_default();
    println!("          Moodle write calls {total}: {} (of {calls} calls in all)", list.join(", "));
}
