//! A server under attack, watched from outside: its memory, a good client of another tenant, and the probes.

use {
    super::{
        Form, Told,
        harness::{
            app::App,
            client::Client,
            db::{Db, kinds},
            raw,
        },
    },
    bytes::Bytes,
    serde_json::json,
    std::{
        sync::{
            Arc, Mutex,
            atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
        },
        thread::JoinHandle,
        time::{Duration, Instant},
    },
    tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::{sleep, timeout},
    },
};

const SETTINGS: &str = "/v1/extension/settings";
const GET_SETTINGS: &str = "sigma.v1.SettingsService/GetSettings";
/// How long the good client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause of the good client between two requests.
const PAUSE: Duration = Duration::from_millis(40);
/// How long it is watched before an attack.
const CALM: Duration = Duration::from_secs(2);
const MIB: f64 = 1024.0 * 1024.0;

/// A server with the tenants that take part.
pub(crate) struct Field {
    pub(crate) app: App,
    pub(crate) owner: Client,
    good: Client,
    _db: Db,
}

impl Field {
    /// Starts a server with these limits, besides those that no suite comes near.
    async fn new(limits: &[(&str, u32)]) -> Self {
        let db = Db::new(kinds()[0]).await;
        let app = App::limited(&db, limits, &[]);
        let owner = app.client();
        let good = tenant(&owner, "good").await;
        Self { app, owner, good, _db: db }
    }

    /// Makes a tenant and returns its client.
    pub(crate) async fn tenant(&self, name: &str) -> Client {
        tenant(&self.owner, name).await
    }

    /// The id of the good client's key, without its secret: the id is not a secret.
    pub(crate) fn known(&self) -> Client {
        self.good.with_secret("not the secret")
    }

    /// The address of the server.
    pub(crate) fn address(&self) -> &str {
        raw::address(&self.app)
    }

    /// Connects to the server.
    pub(crate) async fn connect(&self) -> Option<TcpStream> {
        TcpStream::connect(self.address()).await.ok()
    }

    fn memory(&self) -> u64 {
        raw::memory(&self.app, "VmRSS")
    }
}

async fn tenant(owner: &Client, name: &str) -> Client {
    let body = json!({"tenant_id": name, "name": name});
    let made = owner.post("/v1/extension/tenants", &body).await.json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Client::new(&owner.url, name, &text("extension_api_key"), &text("extension_api_secret"))
}

/// The observations so far.
#[derive(Default)]
struct Seen {
    over: AtomicBool,
    /// When each request was sent, and how long its answer took.
    times: Mutex<Vec<(Instant, Duration)>>,
    errors: Mutex<Vec<String>>,
    probes: AtomicUsize,
    unanswered: AtomicUsize,
    peak: AtomicU64,
}

impl Seen {
    /// Takes the durations so far of requests sent before `end`, sorted, and their number together with the later
    /// ones.
    fn take(&self, end: Instant) -> (Vec<Duration>, usize) {
        let times = std::mem::take(&mut *self.times.lock().unwrap());
        let before = times.iter().filter(|(begun, _)| *begun < end);
        let mut sorted: Vec<Duration> = before.map(|(_, time)| *time).collect();
        sorted.sort_unstable();
        (sorted, times.len())
    }
}

pub(crate) fn percentile(times: &[Duration], percent: usize) -> f64 {
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Sends reads, writes of 30 KiB and gRPC calls in turn, each on a connection of its own.
async fn good_client(client: Client, seen: Arc<Seen>) {
    let body = json!({ "note": "x".repeat(30_000) }).to_string();
    for turn in 0.. {
        if seen.over.load(Relaxed) {
            return;
        }
        let begun = Instant::now();
        let call = async {
            match turn % 3 {
                0 => client.get(SETTINGS).await.status,
                1 => client.signed("PUT", SETTINGS, body.as_bytes()).await.status,
                _ => {
                    let headers = client.sign("POST", &format!("/{GET_SETTINGS}"), b"");
                    let answer = client.grpc_raw(GET_SETTINGS, Bytes::new(), &headers).await;
                    answer.map_or_else(|status| 1_000 + status.code() as u16, |_| 200)
                }
            }
        };
        // A connection that is refused or cut counts as an error too.
        let call = std::panic::AssertUnwindSafe(call);
        let outcome = timeout(PATIENCE, futures_util::FutureExt::catch_unwind(call)).await;
        let wrong = match outcome {
            Ok(Ok(200)) => None,
            Ok(Ok(status)) => Some(format!("status {status}")),
            Ok(Err(_)) => Some("no answer".to_owned()),
            Err(_) => Some("late".to_owned()),
        };
        seen.times.lock().unwrap().push((begun, begun.elapsed()));
        if let Some(wrong) = wrong {
            seen.errors.lock().unwrap().push(format!("{} {wrong}", turn % 3));
        }
        sleep(PAUSE).await;
    }
}

async fn probe(address: String, seen: Arc<Seen>) {
    while !seen.over.load(Relaxed) {
        for path in ["/livez", "/readyz"] {
            let ask = async {
                let mut stream = TcpStream::connect(&address).await?;
                let head =
                    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await?;
                Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200 "))
            };
            let answered = matches!(timeout(PATIENCE, ask).await, Ok(Ok(true)));
            seen.probes.fetch_add(1, Relaxed);
            seen.unanswered.fetch_add(usize::from(!answered), Relaxed);
        }
        sleep(PAUSE * 3).await;
    }
}

/// Does work on a thread of its own: an attack from this process must not delay the measurement.
fn alone(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work);
    })
}

/// Runs an attack, prints the observations, and returns whether the server withstood it.
pub(crate) async fn measure(
    (most, limits): (u64, &[(&str, u32)]),
    form: Form,
    run: for<'a> fn(&'a Field, Form) -> Told<'a>,
) -> bool {
    let field = Field::new(limits).await;
    let seen = Arc::<Seen>::default();
    let tasks = [
        alone(good_client(field.good.clone(), seen.clone())),
        alone(probe(field.address().to_owned(), seen.clone())),
    ];
    sleep(CALM).await;
    let before = field.memory();
    let begun = Instant::now();
    let (calm, _) = seen.take(begun);
    let told = {
        let attack = run(&field, form);
        let watch = async {
            loop {
                seen.peak.fetch_max(field.memory(), Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            told = attack => told,
            () = watch => String::new(),
        }
    };
    let end = Instant::now();
    // A client that was held up gets its answer now.
    sleep(CALM).await;
    seen.peak.fetch_max(field.memory(), Relaxed);
    seen.over.store(true, Relaxed);
    for task in tasks {
        task.join().expect("no panic");
    }
    let (times, count) = seen.take(end);
    let errors = seen.errors.lock().unwrap().clone();
    let (peak, after) = (seen.peak.load(Relaxed), field.memory());
    let mib = |bytes: u64| bytes as f64 / MIB;
    println!("  {told}; {:.1} s", (end - begun).as_secs_f64());
    println!(
        "  memory {:.0} MiB before, {:.0} at its highest, {:.0} afterwards",
        mib(before),
        mib(peak),
        mib(after)
    );
    println!(
        "  good client: p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms; before p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms; p95 times {:.2}",
        percentile(&times, 50),
        percentile(&times, 95),
        percentile(&times, 99),
        percentile(&calm, 50),
        percentile(&calm, 95),
        percentile(&calm, 99),
        percentile(&times, 95) / percentile(&calm, 95)
    );
    let probes = (seen.probes.load(Relaxed), seen.unanswered.load(Relaxed));
    let growth = mib(peak.saturating_sub(before));
    let lines = [
        (
            errors.is_empty() && count > 0,
            format!(
                "{} of {} requests of the good client failed {:?}",
                errors.len(),
                count,
                errors.first()
            ),
        ),
        (probes.1 == 0 && probes.0 > 0, format!("{} of {} probes unanswered", probes.1, probes.0)),
        (growth <= most as f64, format!("{growth:.0} MiB more, {most} allowed")),
    ];
    for (holds, line) in &lines {
        println!("  {} {line}", if *holds { "ok  " } else { "FAIL" });
    }
    lines.iter().all(|(holds, _)| *holds)
}
