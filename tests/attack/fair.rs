//! A tenant with a valid key that asks for far more than its share, and for more than the server can do.

use {
    super::{
        Form,
        field::{Field, percentile},
        harness::client::Client,
        lean::{Lean, cpu, pin},
        stall::Outcomes,
    },
    futures_util::future::join_all,
    serde_json::json,
    std::{
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering::Relaxed},
        },
        time::{Duration, Instant},
    },
    tokio::time::{interval, sleep, timeout},
};

const SETTINGS: &str = "/v1/extension/settings";
/// After this time a caller has gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests in a second that are 20 times a tenant's usual ones, which are 50.
const TWENTY_TIMES: u32 = 1_000;
/// Greatest number of requests of the generator that have no answer yet; it holds no more sockets.
const IN_FLIGHT: usize = 2_000;

/// A kind of request.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Read,
    Write,
    List,
}

async fn send(client: &Client, kind: Kind) -> u16 {
    match kind {
        Kind::Read => client.get(SETTINGS).await.status,
        Kind::Write => client.put(SETTINGS, &json!({"keep_days": 30})).await.status,
        Kind::List => client.get("/v1/extension/audit?limit=200").await.status,
    }
}

/// The results of requests.
#[derive(Default)]
struct Answers {
    outcomes: Outcomes,
    good: Mutex<Vec<Duration>>,
}

impl Answers {
    /// Waits for an answer; `None` for a connection that broke off.
    async fn wait(&self, answer: impl Future<Output = Option<u16>>) {
        let begun = Instant::now();
        match timeout(PATIENCE, answer).await {
            Ok(Some(status)) => {
                if status == 200 {
                    self.good.lock().unwrap().push(begun.elapsed());
                }
                self.outcomes.add(status.to_string());
            }
            Ok(None) => self.outcomes.add("broken off"),
            Err(_) => self.outcomes.add("late"),
        }
    }
}

/// Sends requests at a rate, in requests per second, whether or not the earlier ones have been answered.
async fn open_loop<F: Future<Output = Option<u16>> + Send + 'static>(
    rate: u32,
    time: Duration,
    send: impl Fn() -> F,
) -> Arc<Answers> {
    let (answers, in_flight) = (Arc::<Answers>::default(), Arc::<AtomicUsize>::default());
    let mut tasks = Vec::new();
    let (begun, mut sent) = (Instant::now(), 0_u32);
    let mut tick = interval(Duration::from_millis(5));
    while begun.elapsed() < time {
        tick.tick().await;
        let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as u32;
        while sent < due {
            sent += 1;
            if in_flight.fetch_add(1, Relaxed) >= IN_FLIGHT {
                in_flight.fetch_sub(1, Relaxed);
                answers.outcomes.add("not sent");
                continue;
            }
            let (answer, answers, in_flight) = (send(), answers.clone(), in_flight.clone());
            tasks.push(tokio::spawn(async move {
                answers.wait(answer).await;
                in_flight.fetch_sub(1, Relaxed);
            }));
        }
    }
    join_all(tasks).await;
    answers
}

/// A tenant asks 20 times as much as is usual: reads, writes and lists one after the other.
pub(crate) async fn greedy(field: &Field, form: Form) -> String {
    let client = field.tenant("greedy").await;
    let time = Duration::from_secs(form.pick(2, 10));
    let mut told = Vec::new();
    for kind in [Kind::Read, Kind::Write, Kind::List] {
        let answers = open_loop(TWENTY_TIMES, time, || {
            let client = client.clone();
            async move { Some(send(&client, kind).await) }
        });
        let answers = answers.await;
        told.push(format!("{kind:?}: {}", answers.outcomes.told()));
    }
    told.join("; ")
}

/// What was done in a time, and which part of a processor it took.
struct Part {
    good: Vec<Duration>,
    time: Duration,
    server: Duration,
    callers: Duration,
}

impl Part {
    /// Measures while requests are sent.
    async fn of(server: &str, work: impl Future<Output = Arc<Answers>>) -> (Self, Arc<Answers>) {
        let (begun, before) = (Instant::now(), [cpu(server), cpu("self")]);
        let answers = work.await;
        let (time, after) = (begun.elapsed(), [cpu(server), cpu("self")]);
        let mut good = answers.good.lock().unwrap().clone();
        good.sort_unstable();
        (Self { good, time, server: after[0] - before[0], callers: after[1] - before[1] }, answers)
    }

    fn per_second(&self) -> f64 {
        self.good.len() as f64 / self.time.as_secs_f64()
    }

    /// Good answers in a second of the server's processor time.
    fn per_server_second(&self) -> f64 {
        self.good.len() as f64 / self.server.as_secs_f64()
    }

    fn told(&self) -> String {
        let of = |cpu: Duration| 100.0 * cpu.as_secs_f64() / self.time.as_secs_f64();
        format!(
            "{:.0}/s answered well, p50 {:.0} ms, p95 {:.0} ms; of a processor the server {:.0} %, the callers {:.0} %; \
             {:.0} in a second of the server's",
            self.per_second(),
            percentile(&self.good, 50),
            percentile(&self.good, 95),
            of(self.server),
            of(self.callers),
            self.per_server_second()
        )
    }
}

/// A tenant asks three times as much as the server can do. The server has a processor to itself, so that it loses nothing of it
/// to its callers.
pub(crate) async fn overload(field: &Field, form: Form) -> String {
    let client = Arc::new(Lean::new(&field.tenant("greedy").await));
    let server = field.app.process.0.id();
    let apart = pin(server, "0") && pin(std::process::id(), "1-255");
    let time = Duration::from_secs(form.pick(3, 15));
    let end = Instant::now() + time;
    let callers = async {
        let answers = Arc::<Answers>::default();
        let caller = async || {
            while Instant::now() < end {
                answers.wait(client.get(SETTINGS)).await;
            }
        };
        join_all((0..32).map(|_| caller())).await;
        answers
    };
    let server = server.to_string();
    let (peak, _) = Part::of(&server, callers).await;
    sleep(Duration::from_secs(1)).await;
    let rate = (peak.per_second() * 3.0) as u32;
    let crowd = open_loop(rate, time, || {
        let client = client.clone();
        async move { client.get(SETTINGS).await }
    });
    let (over, answers) = Part::of(&server, crowd).await;
    if apart {
        pin(std::process::id(), "0-255");
    }
    let share = |over: f64, peak: f64| 100.0 * over / peak;
    format!(
        "{}\n  32 callers: {}\n  {rate}/s: {}\n  goodput {:.0} % of the peak, {:.0} % by the server's processor time; {}",
        if apart {
            "the server on a processor of its own"
        } else {
            "server and callers share the processors"
        },
        peak.told(),
        over.told(),
        share(over.per_second(), peak.per_second()),
        share(over.per_server_second(), peak.per_server_second()),
        answers.outcomes.told()
    )
}
