//! Verification: its own processor time with each place of the guard while 500,000 ids are remembered, and what a sweep
//! costs the others.

use {
    super::{
        host::{Database, Kind},
        keys::{self, Key},
    },
    anyhow::{Context as _, Result, anyhow, bail},
    futures_util::{StreamExt as _, TryStreamExt as _, stream},
    secrecy::ExposeSecret as _,
    sigma_sync::{
        adapters::{
            clock::SystemClock,
            guard::{DatabaseGuard, MemoryGuard, RedisGuard, ReplayGuard, most_of},
            redis::RedisLink,
        },
        boot,
        config::{Config, Overrides},
        control::{Control, DEFAULT_KEY, DEFAULT_TENANT, SessionInput},
        crypto::{
            keys::Keys as _,
            signature::{self, Signed, hash, replay_ids},
        },
        domain::{
            access::{Call, Principal, Role, Scheme},
            id::{KeyId, TenantId},
        },
        ports::{Arrival, Clock as _, Replay, ReplayStore},
        store::Store,
    },
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio_util::sync::CancellationToken,
};

/// Ends the lease of the place before, and forgets what that has accepted, as time would.
const FREE: &str = "DELETE FROM leases; UPDATE replay_floor SET signed_until = 0";
/// Tenants, and keys of each.
const TENANTS: usize = 400;
const KEYS: usize = 50;
/// Requests that are remembered before the measurement; each has two ids.
const LIVE: usize = 250_000;
/// Requests that are measured, and how many are verified at once.
const MEASURED: usize = 100_000;
const AT_ONCE: usize = 64;
/// Keys of the measured requests, which are in the cache: what a look-up costs shows in the requests/s over all keys.
const HOT: usize = 500;
/// Ids that are swept, as many as a busy key leaves in ten minutes, and the second at which their requests were signed.
const EXPIRED: usize = 2_000_000;
const SWEPT: i64 = 340;
/// Sessions.
const SESSIONS: usize = 100;

/// Greatest processor time of a verification, in microseconds, by the place.
const MEMORY_BUDGET: f64 = 12.0;
const SHARED_BUDGET: f64 = 25.0;
const SESSION_BUDGET: f64 = 6.0;
const PATH: &str = "/v1/extension/settings";

/// A request, signed beforehand.
#[derive(Debug)]
struct Request {
    of: usize,
    nonce: String,
    signature: [u8; 32],
}

/// Measures on a fresh database.
pub(crate) async fn measure(kind: &Kind) -> Result<()> {
    let database = Database::create(kind, "guard").await?;
    let done = Box::pin(all(&database)).await;
    database.remove().await?;
    done.with_context(|| format!("verification on {kind}"))
}

async fn all(database: &Database) -> Result<()> {
    println!("\n{}, verification, {} keys", database.kind, TENANTS * KEYS);
    let values = vec![
        ("database_url", database.url().to_owned()),
        ("secrets.master_key_file", database.master_key()?),
    ];
    let config = Config::load(&Overrides { file: None, values })?;
    let keys = keys::make(database, TENANTS, KEYS).await?;
    let stop = CancellationToken::new();
    boot::with_core(&config, &stop, async |core| {
        places(database, &core.store, &core.control, &keys).await?;
        sessions(&core.control).await?;
        if matches!(database.kind, Kind::Sqlite) {
            sweeps(database, &core.store).await?;
        }
        anyhow::Ok(())
    })
    .await
}

pub(crate) fn platform() -> Result<Principal> {
    Ok(Principal {
        tenant: TenantId::parse(DEFAULT_TENANT).map_err(|fault| anyhow!(fault.message()))?,
        key: KeyId::parse(DEFAULT_KEY).context("the seeded key")?,
        roles: vec![Role::Platform, Role::Owner],
        scheme: Scheme::V1,
        only_mint: false,
        session: None,
        actor: None,
        modules: None,
        call: Call::default(),
    })
}

/// Signs requests, each with another key than the one before.
fn sign(keys: &[Key], word: &str, count: usize, timestamp: &str) -> Result<Vec<Request>> {
    (0..count)
        .map(|number| {
            let of = number % keys.len();
            let nonce = format!("{word}{number:012}");
            let text = keys[of].signing.sign(timestamp, &nonce, "GET", PATH, b"");
            let signature = signature::parse_signature(text.as_bytes()).context("a signature")?;
            Ok(Request { of, nonce, signature })
        })
        .collect()
}

/// Measures the verification with each place.
async fn places(database: &Database, store: &Store, control: &Control, keys: &[Key]) -> Result<()> {
    let clock = Arc::new(SystemClock);
    let mut places: Vec<(&str, f64, Arc<dyn ReplayStore>)> = vec![
        ("database", SHARED_BUDGET, Arc::new(DatabaseGuard::new(store.clone(), clock.clone()))),
        (
            "memory",
            MEMORY_BUDGET,
            Arc::new(MemoryGuard::new(store.clone(), clock.clone(), "bench")),
        ),
    ];
    match redis() {
        Some(url) => {
            let link = Arc::new(RedisLink::new(&url)?);
            let guard = RedisGuard::new(link, store.clone(), clock.clone());
            places.push(("Redis", SHARED_BUDGET, Arc::new(guard)));
        }
        None => println!("  TEST_REDIS_URL is not set: no Redis (`make bench` measures it)"),
    }
    for (name, budget, place) in places {
        // As if the lease of the place before had ended.
        database.execute(FREE).await?;
        let guard = Arc::new(ReplayGuard::new(place, clock.clone()));
        guard.tend().await?;
        let stop = CancellationToken::new();
        let tending = tokio::spawn(guard.clone().run(stop.clone()));
        // After the moment from which on requests are accepted.
        tokio::time::sleep(Duration::from_secs(4)).await;
        if let Some(url) = redis().filter(|_| name == "Redis") {
            begun_long_ago(&url).await?;
        }
        let timestamp = clock.now().timestamp().to_string();
        let filled = fill(&guard, keys, name, timestamp.parse()?).await?;
        let timestamp = clock.now().timestamp().to_string();
        let hot = keys.get(..HOT).unwrap_or(keys);
        let requests = sign(hot, &format!("{name}-"), MEASURED, &timestamp)?;
        for key in hot {
            let found = control.find(&key.tenant, &key.key).await;
            found.map_err(|error| anyhow!(error.message))?.context("a key")?;
        }
        let cost = verify(control, &guard, keys, &requests, &timestamp, AT_ONCE).await?;
        let verdict = if cost <= budget { "within" } else { "OVER" };
        println!(
            "  {:<56} {cost:>10.1}   budget at most {budget:.0}: {verdict} (accepting alone {filled:.1}, a thousand at once)",
            format!("CPU us of a verification, {} ids in {name}", 2 * LIVE)
        );
        stop.cancel();
        tending.await?;
        guard.end().await;
    }
    Ok(())
}

/// Lets Redis say that it began long ago: in its first ten minutes requests are stored in the database as well.
async fn begun_long_ago(url: &str) -> Result<()> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let mut set = redis::cmd("SET");
    let () = set.arg("{sigma-sync}:epoch").arg(1).query_async(&mut connection).await?;
    Ok(())
}

/// Lets the guard accept as many requests as are remembered, a thousand at a time, and returns the processor time of this
/// process for each, in microseconds. They are not verified: the look-ups of their keys would take most of the time.
async fn fill(guard: &ReplayGuard, keys: &[Key], name: &str, signed_at: i64) -> Result<f64> {
    let cpu = own_cpu()?;
    stream::iter(0..LIVE)
        .map(|number| async move {
            let key = &keys[number % keys.len()].key;
            let mac = hash(format!("{name} {number}").as_bytes());
            let ids = replay_ids(key, &format!("{name}-fill-{number}"), &mac, signed_at);
            let arrival = Arrival { key: key.clone(), ids, signed_at };
            match guard.accept(arrival, most_of(None)).await? {
                Replay::Fresh => Ok(()),
                other => bail!("{other:?}"),
            }
        })
        .buffer_unordered(1_000)
        .try_collect::<()>()
        .await?;
    Ok((own_cpu()? - cpu).as_secs_f64() * 1e6 / LIVE as f64)
}

/// Verifies requests as the server does, `at_once` of them at a time, and returns the processor time of this process for
/// each, in microseconds.
async fn verify(
    control: &Control,
    guard: &ReplayGuard,
    keys: &[Key],
    requests: &[Request],
    timestamp: &str,
    at_once: usize,
) -> Result<f64> {
    let signed_at: i64 = timestamp.parse()?;
    let (cpu, body_hash) = (own_cpu()?, hash(b""));
    let body_hash = &body_hash;
    stream::iter(requests)
        .map(|request| async move {
            let key = &keys[request.of];
            let found = control
                .find(&key.tenant, &key.key)
                .await
                .map_err(|error| anyhow!(error.message))?;
            let found = found.context("a key")?;
            let signed = Signed { timestamp, nonce: &request.nonce, method: "GET", body_hash };
            let mut secrets = found.secrets.iter();
            if !secrets.any(|secret| secret.signing.verify(signed, PATH, &request.signature)) {
                bail!("a signature is not right");
            }
            let ids = replay_ids(&found.key, &request.nonce, &request.signature, signed_at);
            let arrival = Arrival { key: found.key.clone(), ids, signed_at };
            match guard.accept(arrival, most_of(None)).await? {
                Replay::Fresh => Ok(()),
                other => bail!("{other:?}"),
            }
        })
        .buffer_unordered(at_once)
        .try_collect::<()>()
        .await?;
    Ok((own_cpu()? - cpu).as_secs_f64() * 1e6 / requests.len() as f64)
}

/// Measures the look-up of sessions.
async fn sessions(control: &Control) -> Result<()> {
    let who = platform()?;
    let mut bearers = Vec::with_capacity(SESSIONS);
    for number in 0..SESSIONS {
        let input = SessionInput {
            role: "viewer".into(),
            actor: format!("crm:{number}"),
            modules: Vec::new(),
            origin: None,
            ttl_s: None,
            reason: None,
            as_code: false,
        };
        let made = control.create_session(&who, "", input).await;
        bearers.push(made.map_err(|error| anyhow!(error.message))?.secret);
    }
    let cpu = own_cpu()?;
    for number in 0..MEASURED {
        let hash = hash(bearers[number % SESSIONS].expose_secret().as_bytes());
        let found = control.session(&hash).await.map_err(|error| anyhow!(error.message))?;
        std::hint::black_box(found.context("a session")?);
    }
    let cost = (own_cpu()? - cpu).as_secs_f64() * 1e6 / MEASURED as f64;
    let verdict = if cost <= SESSION_BUDGET { "within" } else { "OVER" };
    println!(
        "  {:<56} {cost:>10.1}   budget at most {SESSION_BUDGET:.0}: {verdict}",
        format!("CPU us of a session's bearer, {SESSIONS} sessions")
    );
    Ok(())
}

/// Measures what others wait while many expired ids are deleted: in slices, as the service does, and at once.
async fn sweeps(database: &Database, store: &Store) -> Result<()> {
    for (name, slice) in [("in slices of 500", 500), ("at once", u64::MAX >> 1)] {
        database.execute(FREE).await?;
        database.execute(&format!("UPDATE replay_floor SET signed_until = {SWEPT}")).await?;
        let clock = Arc::new(SystemClock);
        let guard = Arc::new(ReplayGuard::new(
            Arc::new(DatabaseGuard::new(store.clone(), clock.clone())),
            clock.clone(),
        ));
        guard.tend().await?;
        let stop = CancellationToken::new();
        let (tending, token) = (tokio::spawn(guard.clone().run(stop.clone())), stop.clone());
        tokio::time::sleep(Duration::from_secs(4)).await;
        let fill = format!(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {EXPIRED} / 2)
             INSERT INTO replay_log (signed_at, ids) SELECT {SWEPT}, randomblob(32) FROM c"
        );
        database.execute(&fill).await?;
        let waits = tokio::spawn(async move {
            let key = KeyId::parse("ek_bench").context("a key")?;
            let (mut waits, mut number) = (Vec::new(), 0_u64);
            while !token.is_cancelled() {
                number += 1;
                let signed_at = clock.now().timestamp();
                let mac = hash(format!("{name} mac {number}").as_bytes());
                let ids = replay_ids(&key, &format!("{name} {number}"), &mac, signed_at);
                let began = Instant::now();
                let arrival = Arrival { key: key.clone(), ids, signed_at };
                guard.accept(arrival, u32::MAX).await?;
                waits.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            anyhow::Ok(waits)
        });
        let began = Instant::now();
        loop {
            let gone = store.across_tenants().sweep_replays(SWEPT + 661, slice).await?;
            if gone < slice {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let took = began.elapsed();
        stop.cancel();
        tending.await?;
        let mut waits = waits.await??;
        waits.sort_unstable();
        let p95 = waits.get(waits.len() * 95 / 100).copied().unwrap_or_default();
        let most = waits.last().copied().unwrap_or_default();
        println!(
            "  {EXPIRED} expired ids swept {name}: {:.0} s; an acceptance meanwhile p95 {:.1} ms, at most {:.0} ms",
            took.as_secs_f64(),
            p95.as_secs_f64() * 1e3,
            most.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// The processor time of this process.
fn own_cpu() -> Result<Duration> {
    super::host::cpu_of("self")
}

#[expect(clippy::disallowed_methods, reason = "tests and benches share this variable")]
fn redis() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok().filter(|url| !url.is_empty())
}
