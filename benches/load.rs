//! The load benchmark behind `make bench`: what a signed request costs beside a bare tonic server that runs the same
//! database statements and nothing else, how 512 clients of one tenant fare, what verification costs, how many keys fare
//! and how their master key is exchanged, what the audit log and the events cost, how fast a school is synced in how much
//! memory, what the engine itself and its brake cost, and how long a search among a million outcomes takes. It prints its
//! budgets beside what it measured and never fails for a ratio, only for a failed request.
//!
//! `cargo bench --bench load -- reads sync queue find` picks sections; without a name all of them run. SQLite always takes
//! part, PostgreSQL when `TEST_POSTGRES_URL` names a server whose role may create databases.
//!
//! Every server is a process of its own, so that its processor time is its own: ours is the `sigma-sync` binary of this
//! build, the floor is this program, called again with a hidden argument, with the same allocator and runtime. The load
//! generator shares the machine's cores with them; it computes a signature for each request of every row, and sends it
//! to the servers that read it, so that requests/s differ by the servers alone.

// Files of a folder, as each file beside this one would be a benchmark of its own.
#[path = "load/brake.rs"]
mod brake;
#[path = "load/client.rs"]
mod client;
#[path = "load/engine.rs"]
mod engine;
#[path = "load/find.rs"]
mod find;
#[path = "load/floor.rs"]
mod floor;
#[path = "load/guard.rs"]
mod guard;
#[path = "load/host.rs"]
mod host;
#[path = "load/keys.rs"]
mod keys;
#[path = "load/requests.rs"]
mod requests;
#[path = "load/school.rs"]
mod school;
#[path = "load/trail.rs"]
mod trail;

use {
    anyhow::{Context as _, Result, bail},
    client::Signer,
    host::{Database, Kind},
    std::{process::ExitCode, sync::Arc},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The parts of the benchmark, by the names that pick them.
const SECTIONS: [&str; 12] = [
    "reads",
    "crowd",
    "guard",
    "keys",
    "rotation",
    "trail",
    "sync",
    "queue",
    "unchanged",
    "calls",
    "find",
    "brake",
];

fn main() -> ExitCode {
    // cargo adds `--bench`; no other option is known.
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(async {
        // sqlx may speak TLS to PostgreSQL, and rustls wants to be told with what.
        let _second_call = rustls::crypto::ring::default_provider().install_default();
        match words.split_first() {
            Some((word, rest)) if word == floor::ARGUMENT => floor::serve(rest).await,
            _ => measure(&words).await,
        }
    });
    done.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("load: {error:#}");
    ExitCode::FAILURE
}

/// Runs the chosen sections on both databases. A section that breaks off does not keep the others from running.
async fn measure(sections: &[String]) -> Result<()> {
    if let Some(word) = sections.iter().find(|word| !SECTIONS.contains(&word.as_str())) {
        bail!("no section '{word}'; there are: {}", SECTIONS.join(", "));
    }
    let wanted = |name: &str| sections.is_empty() || sections.iter().any(|word| word == name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, shared by the server, the load generator and the database");
    let signer = Arc::new(Signer::seeded()?);
    let mut broken = 0;
    for kind in Kind::available() {
        for name in SECTIONS.into_iter().filter(|name| wanted(name)) {
            let done = match name {
                "reads" => reads(&kind, &signer).await,
                "crowd" => crowd(&kind, &signer).await,
                "guard" => Box::pin(guard::measure(&kind)).await,
                "keys" => Box::pin(keys::measure(&kind)).await,
                "rotation" => Box::pin(keys::rotation(&kind)).await,
                "trail" => Box::pin(trail::measure(&kind)).await,
                "queue" => engine::queue(&kind).await,
                "unchanged" => engine::unchanged(&kind, &signer).await,
                "calls" => engine::calls(&kind, &signer).await,
                "find" => find::measure(&kind, &signer).await,
                "brake" => brake::measure(&kind, &signer).await,
                _ => school::measure(&kind, &signer).await,
            };
            if let Err(error) = done {
                println!("  FAILED: {error:#}");
                broken += 1;
            }
        }
    }
    match broken {
        0 => Ok(()),
        count => bail!("{count} sections had failed requests or broke off"),
    }
}

/// Measures on fresh databases, one for the floor, one for ours and one with row security, and drops them whatever happens.
async fn reads(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    let floor = Database::create(kind, "floor").await?;
    let ours = Database::create(kind, "ours").await;
    let walled = Database::walled(kind, "walled").await;
    let done = match (&ours, &walled) {
        (Ok(ours), Ok(walled)) => requests::compare(&floor, ours, walled.as_ref(), signer).await,
        _ => Ok(()),
    };
    floor.remove().await?;
    ours?.remove().await?;
    if let Some(walled) = walled? {
        walled.remove().await?;
    }
    done.with_context(|| format!("requests on {kind}"))
}

async fn crowd(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    let ours = Database::create(kind, "crowd").await?;
    let done = requests::crowd(&ours, signer).await;
    ours.remove().await?;
    done.with_context(|| format!("512 clients on {kind}"))
}
