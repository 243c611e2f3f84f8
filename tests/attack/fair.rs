//! A tenant with a valid key that asks for far more than its share, and for more than the server can do.

use {
    super::{
        Form,
        field::{Field, percentile},
        harness::client::Client,
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
    async fn send(&self, client: &Client, kind: Kind) {
        let begun = Instant::now();
        match timeout(PATIENCE, send(client, kind)).await {
            Ok(status) => {
                if status == 200 {
                    self.good.lock().unwrap().push(begun.elapsed());
                }
                self.outcomes.add(status.to_string());
            }
            Err(_) => self.outcomes.add("late"),
        }
    }
}

/// Sends requests at a rate, in requests per second, whether or not the earlier ones have been answered.
async fn open_loop(client: &Client, kind: Kind, rate: u32, time: Duration) -> Arc<Answers> {
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
            let (client, answers, in_flight) = (client.clone(), answers.clone(), in_flight.clone());
            tasks.push(tokio::spawn(async move {
                answers.send(&client, kind).await;
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
        let answers = open_loop(&client, kind, TWENTY_TIMES, time).await;
        told.push(format!("{kind:?}: {}", answers.outcomes.told()));
    }
    told.join("; ")
}

/// A tenant asks three times as much as the server can do.
pub(crate) async fn overload(field: &Field, form: Form) -> String {
    let client = field.tenant("greedy").await;
    let time = Duration::from_secs(form.pick(2, 15));
    let (answers, end) = (Answers::default(), Instant::now() + time);
    let caller = async || {
        while Instant::now() < end {
            answers.send(&client, Kind::Read).await;
        }
    };
    join_all((0..32).map(|_| caller())).await;
    let per_second = |count: usize| count as f64 / time.as_secs_f64();
    let peak = per_second(answers.good.lock().unwrap().len());
    sleep(Duration::from_secs(1)).await;
    let answers = open_loop(&client, Kind::Read, (peak * 3.0) as u32, time).await;
    let mut good = answers.good.lock().unwrap().clone();
    good.sort_unstable();
    let goodput = per_second(good.len());
    format!(
        "peak {peak:.0}/s with 32 callers; at three times that {goodput:.0}/s answered well ({:.0} %), p50 {:.0} ms, \
         p95 {:.0} ms; {}",
        100.0 * goodput / peak,
        percentile(&good, 50),
        percentile(&good, 95),
        answers.outcomes.told()
    )
}
