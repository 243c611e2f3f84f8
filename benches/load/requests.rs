//! Requests: ours beside the floor at 64 connections, and 512 clients of one tenant.

use {
    super::{
        client::{Caller, GrpcCaller, Load, RestCaller, Signer, drive},
        floor::READ_ONLY,
        host::{Database, Process},
    },
    anyhow::{Context as _, Result},
    futures_util::future::try_join_all,
    sigma_sync::proto::pb,
    std::{sync::Arc, time::Duration},
};

/// Connections of a measurement, with one request in flight each.
const CONNECTIONS: usize = 64;
/// Clients of one tenant at once.
const CROWD: usize = 512;
/// Measurements take turns, so that a slow moment of the machine does not affect one row alone.
const ROUNDS: usize = 5;
/// Five rounds make 1 s of warm-up and 5 s of measurement.
const WARM_UP: Duration = Duration::from_millis(200);
const ROUND: Duration = Duration::from_secs(1);
/// How long the crowd calls.
const CROWD_TIME: Duration = Duration::from_secs(4);

/// Greatest processor time of a signed request, as a multiple of its floor's.
const GRPC_BUDGET: f64 = 1.6;
const REST_BUDGET: f64 = 1.8;
/// Greatest cost of row security for a read.
const WALL_BUDGET: f64 = 1.3;
/// Least number of signed reads per second, as a share of bare point reads.
const RATE_BUDGET: f64 = 0.5;

const GET_SETTINGS: &str = "/sigma.v1.SettingsService/GetSettings";
pub(crate) const TRIGGER_RUN: &str = "/sigma.v1.SyncRunService/TriggerRun";
const SETTINGS: &str = "/v1/extension/settings";

type Reader = GrpcCaller<pb::GetSettingsRequest, pb::GetSettingsResponse>;
type Trigger = GrpcCaller<pb::TriggerRunRequest, pb::TriggerRunResponse>;

/// One row of the table: the server, the database, how to connect, and the measurements so far.
struct Row<'a, F> {
    name: &'static str,
    server: &'a Process,
    database: &'a Database,
    connect: F,
    load: Load,
}

impl<'a, C: Caller, W: Future<Output = Result<C>>, F: Fn() -> W> Row<'a, F> {
    fn new(
        name: &'static str,
        (server, database): (&'a Process, &'a Database),
        connect: F,
    ) -> Self {
        Self { name, server, database, connect, load: Load::default() }
    }

    /// Measures once more, over fresh connections: the service closes silent ones while other rows have their turn.
    async fn round(&mut self) -> Result<()> {
        self.database.sweep().await?;
        let callers = connect_all(CONNECTIONS, &self.connect).await?;
        self.load.add(drive(callers, self.server, WARM_UP, ROUND).await?);
        self.load.check().context(self.name)
    }

    fn print(&self) {
        println!("  {:<56} {:>10.0} {:>12.1}", self.name, self.load.rate(), self.load.cost());
    }
}

async fn connect_all<C, F: Future<Output = Result<C>>>(
    count: usize,
    connect: impl Fn() -> F,
) -> Result<Vec<C>> {
    try_join_all((0..count).map(|_| connect())).await
}

fn at_most(name: &str, value: f64, budget: f64) {
    let verdict = if value <= budget { "within" } else { "OVER" };
    println!("  {name:<56} {value:>10.2}   budget at most {budget:.1}: {verdict}");
}

/// Measures signed requests and their floors side by side and prints the table with its ratios.
pub(crate) async fn compare(
    floor: &Database,
    ours: &Database,
    walled: Option<&Database>,
    signer: &Arc<Signer>,
) -> Result<()> {
    // No worker: triggered runs stay in the queue, and only the requests use the processor.
    let server = ours.serve(&["--worker", "none"])?;
    let same = floor.floor(&[])?;
    let bare = floor.floor(&[READ_ONLY])?;
    let behind = walled.map(|walled| walled.serve(&["--worker", "none"])).transpose()?;
    let (to_ours, to_same, to_bare) = ((&server, ours), (&same, floor), (&bare, floor));

    let read = |to: &Process, signed| {
        let url = to.url().to_owned();
        move || {
            let (url, signer) = (url.clone(), signer.clone());
            async move {
                let question = pb::GetSettingsRequest {};
                Reader::connect(&url, GET_SETTINGS, question, &signer, signed).await
            }
        }
    };
    let trigger = |to: &Process, signed| {
        let url = to.url().to_owned();
        move || {
            let (url, signer) = (url.clone(), signer.clone());
            async move {
                let question = pb::TriggerRunRequest {
                    module_name: "students".into(),
                    triggered_by: Some("bench".into()),
                    ..Default::default()
                };
                Trigger::connect(&url, TRIGGER_RUN, question, &signer, signed).await
            }
        }
    };
    let rest = || RestCaller::connect(server.url(), SETTINGS, Some(signer.clone()));

    let name = "A  bare tonic, statements of a signed GetSettings";
    let mut a = Row::new(name, to_same, read(&same, false));
    let mut b = Row::new("B  signed gRPC GetSettings", to_ours, read(&server, true));
    let mut c = Row::new("C  signed REST GetSettings", to_ours, rest);
    let mut d = Row::new("D  bare tonic, point read only", to_bare, read(&bare, false));
    let name = "F  bare tonic, statements of a signed TriggerRun";
    let mut f = Row::new(name, to_same, trigger(&same, false));
    let mut e = Row::new("E  signed gRPC TriggerRun", to_ours, trigger(&server, true));
    let mut w = behind.as_ref().zip(walled).map(|(behind, walled)| {
        let name = "W  signed gRPC GetSettings behind row security";
        Row::new(name, (behind, walled), read(behind, true))
    });
    for _ in 0..ROUNDS {
        a.round().await?;
        b.round().await?;
        if let Some(w) = &mut w {
            w.round().await?;
        }
        c.round().await?;
        d.round().await?;
        f.round().await?;
        e.round().await?;
    }

    let title = format!("{}, {CONNECTIONS} connections", ours.kind);
    println!("\n{title:<58} {:>10} {:>12}", "requests/s", "CPU us/req");
    a.print();
    b.print();
    c.print();
    d.print();
    f.print();
    e.print();
    if let Some(w) = &w {
        w.print();
    }
    println!();
    at_most("B/A  CPU of signed gRPC by its floor", b.load.cost() / a.load.cost(), GRPC_BUDGET);
    at_most(
        "C/A  CPU of signed REST by the same floor",
        c.load.cost() / a.load.cost(),
        REST_BUDGET,
    );
    at_most(
        "E/F  CPU of signed TriggerRun by its floor",
        e.load.cost() / f.load.cost(),
        GRPC_BUDGET,
    );
    let rate = b.load.rate() / d.load.rate();
    let verdict = if rate >= RATE_BUDGET { "within" } else { "BELOW" };
    println!(
        "  {:<56} {rate:>10.2}   budget at least {RATE_BUDGET:.1}: {verdict}",
        "B/D  requests/s of signed reads by bare point reads"
    );
    if let Some(w) = &w {
        let (rate, name) = (
            b.load.rate() / w.load.rate(),
            "B/W  requests/s without row security by those with it",
        );
        at_most(name, rate, WALL_BUDGET);
        at_most(
            "W/B  CPU of the server with row security by without",
            w.load.cost() / b.load.cost(),
            WALL_BUDGET,
        );
    }
    let rates = [(&b.load, &a.load), (&c.load, &a.load), (&e.load, &f.load)]
        .map(|(one, other)| format!("{:.2}", one.rate() / other.rate()));
    println!(
        "  requests/s of B, C, E by those of their floors, without a budget: {}",
        rates.join(", ")
    );
    Ok(())
}

/// Lets 512 clients of one tenant call at once, over gRPC and then over REST, from the first moment of their connections.
pub(crate) async fn crowd(ours: &Database, signer: &Arc<Signer>) -> Result<()> {
    let server = ours.serve(&["--worker", "none"])?;
    println!("\n{}, {CROWD} clients of one tenant", ours.kind);
    let url = server.url();
    let readers = connect_all(CROWD, || {
        Reader::connect(url, GET_SETTINGS, pb::GetSettingsRequest {}, signer, true)
    });
    let grpc = call_at_once("signed gRPC GetSettings", readers.await?, &server).await?;
    let callers = connect_all(CROWD, || RestCaller::connect(url, SETTINGS, Some(signer.clone())));
    let rest = call_at_once("signed REST GetSettings", callers.await?, &server).await?;
    grpc.check()?;
    rest.check()
}

async fn call_at_once<C: Caller>(name: &str, callers: Vec<C>, server: &Process) -> Result<Load> {
    let load = drive(callers, server, Duration::ZERO, CROWD_TIME).await?;
    println!(
        "  {name:<26} {:>7.0} requests/s, {} errors, longest wait {} ms",
        load.rate(),
        load.failed,
        load.longest.as_millis()
    );
    Ok(load)
}
