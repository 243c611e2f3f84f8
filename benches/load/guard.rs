//! Verification: its own processor time with each place of the guard while 500,000 ids are remembered, requests over
//! 20,000 keys beside those over one, what a sweep costs the others, and a start with all those keys.

use {
    super::{
        client::{GrpcCaller, Signer, drive},
        host::{Database, Kind},
    },
    anyhow::{Context as _, Result, anyhow, bail},
    futures_util::{StreamExt as _, TryStreamExt as _, stream},
    secrecy::ExposeSecret as _,
    sigma_sync::{
        adapters::{
            clock::SystemClock,
            guard::{DatabaseGuard, MemoryGuard, RedisGuard, ReplayGuard, most_of},
        },
        boot,
        config::{Config, Overrides},
        control::{Control, DEFAULT_KEY, DEFAULT_TENANT, KeyInput, SessionInput, TenantInput},
        crypto::{
            keys::Keys as _,
            signature::{self, Signed, SigningKey, hash, replay_ids},
        },
        domain::{
            access::{Call, Principal, Role, Scheme},
            id::{KeyId, TenantId},
        },
        ports::{Arrival, Clock as _, Replay, ReplayStore},
        proto::pb,
        store::Store,
    },
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio_util::sync::CancellationToken,
};

/// Ends the lease of the place before, as time would.
const FREE: &str = "UPDATE leases SET until_ms = 0";
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
/// Connections to the server.
const CONNECTIONS: usize = 64;
/// Rows that are swept, as many as a busy key leaves in ten minutes.
const EXPIRED: usize = 2_000_000;
/// Sessions.
const SESSIONS: usize = 100;

/// Greatest processor time of a verification, in microseconds, by the place.
const MEMORY_BUDGET: f64 = 12.0;
const SHARED_BUDGET: f64 = 25.0;
const SESSION_BUDGET: f64 = 6.0;
/// Least requests/s over all keys, as a share of those over one.
const KEYS_BUDGET: f64 = 0.8;
/// Longest start, in seconds.
const START_BUDGET: f64 = 2.0;

const GET_SETTINGS: &str = "/sigma.v1.SettingsService/GetSettings";
const PATH: &str = "/v1/extension/settings";

type Reader = GrpcCaller<pb::GetSettingsRequest, pb::GetSettingsResponse>;

/// A key and its secret.
#[derive(Debug)]
struct Key {
    tenant: String,
    key: KeyId,
    signing: SigningKey,
}

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
    let done = all(&database).await;
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
    let stop = CancellationToken::new();
    let keys: Vec<Key> = boot::with_core(&config, &stop, async |core| {
        let began = Instant::now();
        let keys = make_keys(&core.control).await?;
        println!("  {} keys were made in {:.0} s", keys.len(), began.elapsed().as_secs_f64());
        places(database, &core.store, &core.control, &keys).await?;
        sessions(&core.control).await?;
        if matches!(database.kind, Kind::Sqlite) {
            sweeps(database, &core.store).await?;
        }
        anyhow::Ok(keys)
    })
    .await?;
    database.sweep().await?;
    rates(database, keys).await?;
    start(database).await
}

fn platform() -> Result<Principal> {
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

/// Makes tenants with as many keys as they may have.
async fn make_keys(control: &Control) -> Result<Vec<Key>> {
    let who = platform()?;
    let made = stream::iter(0..TENANTS).map(|number| {
        let who = &who;
        async move {
            let tenant_id = format!("bench{number}");
            let input = TenantInput {
                tenant_id: tenant_id.clone(),
                name: tenant_id.clone(),
                status: None,
                v1_reason: None,
            };
            let first =
                control.create_tenant(who, input).await.map_err(|error| anyhow!(error.message))?;
            let mut keys = vec![(first.key, first.secret)];
            while keys.len() < KEYS {
                let input = KeyInput {
                    name: format!("key {}", keys.len()),
                    roles: vec!["viewer".into()],
                    expires_at: None,
                    allow_cidrs: Vec::new(),
                    min_scheme: None,
                    v1_reason: None,
                    only_mint: false,
                    limits: None,
                };
                let made = control.create_key(who, &tenant_id, input).await;
                let made = made.map_err(|error| anyhow!(error.message))?;
                keys.push((made.key.key.id, made.secret));
            }
            let keys = keys.into_iter().map(|(key, secret)| Key {
                tenant: tenant_id.clone(),
                key,
                signing: SigningKey::new(secret.expose_secret()),
            });
            anyhow::Ok(keys.collect::<Vec<_>>())
        }
    });
    let all: Vec<Vec<Key>> = made.buffer_unordered(16).try_collect().await?;
    Ok(all.into_iter().flatten().collect())
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
            let guard = RedisGuard::new(&url, store.clone(), clock.clone())?;
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
        let timestamp = clock.now().timestamp().to_string();
        let fill = sign(keys, &format!("{name}-fill-"), LIVE, &timestamp)?;
        let filled = verify(control, &guard, keys, &fill, &timestamp, 1_000).await?;
        drop(fill);
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
            "  {:<56} {cost:>10.1}   budget at most {budget:.0}: {verdict} ({filled:.1} in batches of many)",
            format!("CPU us of a verification, {} ids in {name}", 2 * LIVE)
        );
        stop.cancel();
        tending.await?;
        guard.end().await;
    }
    Ok(())
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
            let ids = replay_ids(&found.key, &request.nonce, &request.signature);
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
        let clock = Arc::new(SystemClock);
        let guard = Arc::new(ReplayGuard::new(
            Arc::new(DatabaseGuard::new(store.clone(), clock.clone())),
            clock.clone(),
        ));
        guard.tend().await?;
        tokio::time::sleep(Duration::from_secs(4)).await;
        let fill = format!(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {EXPIRED})
             INSERT INTO replay_guard SELECT randomblob(16), 1000 FROM c"
        );
        database.execute(&fill).await?;
        let stop = CancellationToken::new();
        let (tending, token) = (tokio::spawn(guard.clone().run(stop.clone())), stop.clone());
        let waits = tokio::spawn(async move {
            let key = KeyId::parse("ek_bench").context("a key")?;
            let (mut waits, mut number) = (Vec::new(), 0_u64);
            while !token.is_cancelled() {
                number += 1;
                let ids = replay_ids(&key, &format!("{name} {number}"), &[0; 32]);
                let ids = [ids[0], replay_ids(&key, &format!("{name} mac {number}"), &[0; 32])[0]];
                let began = Instant::now();
                let arrival = Arrival { key: key.clone(), ids, signed_at: clock.now().timestamp() };
                guard.accept(arrival, u32::MAX).await?;
                waits.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            anyhow::Ok(waits)
        });
        let began = Instant::now();
        loop {
            let gone = store.across_tenants().sweep_replays(1_001, slice).await?;
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

/// Measures requests/s over one key and over all.
async fn rates(database: &Database, keys: Vec<Key>) -> Result<()> {
    let server = database.serve(&["--worker", "none"])?;
    let one = Arc::new(Signer::seeded()?);
    let keys = keys.into_iter().map(|key| (key.tenant, key.key.as_str().to_owned(), key.signing));
    let many = Arc::new(Signer::of(keys.collect())?);
    let mut rates = [0.0; 2];
    // The first round fills the caches.
    for round in 0..4 {
        for (rate, signer) in rates.iter_mut().zip([&one, &many]) {
            let callers = (0..CONNECTIONS).map(|_| {
                Reader::connect(server.url(), GET_SETTINGS, pb::GetSettingsRequest {}, signer, true)
            });
            let callers = futures_util::future::try_join_all(callers).await?;
            let time = Duration::from_secs(if round == 0 { 5 } else { 2 });
            let load = drive(callers, &server, Duration::from_millis(300), time).await?;
            load.check()?;
            if round > 0 {
                *rate += load.rate() / 3.0;
            }
        }
    }
    let share = rates[1] / rates[0];
    let verdict = if share >= KEYS_BUDGET { "within" } else { "BELOW" };
    println!(
        "  {:<56} {share:>10.2}   budget at least {KEYS_BUDGET:.1}: {verdict} ({:.0} and {:.0})",
        format!("requests/s over {} keys by those over one", TENANTS * KEYS),
        rates[1],
        rates[0]
    );
    Ok(())
}

/// Measures the start in production mode with all keys.
async fn start(database: &Database) -> Result<()> {
    // The secret of the seeded key is public.
    let revoke =
        format!("UPDATE api_keys SET revoked_at = created_at WHERE key_id = '{DEFAULT_KEY}'");
    database.execute(&revoke).await?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let began = Instant::now();
        let server = database.serve_in_production(&["--worker", "none"])?;
        best = best.min(began.elapsed().as_secs_f64());
        drop(server);
    }
    let verdict = if best <= START_BUDGET { "within" } else { "OVER" };
    println!(
        "  {:<56} {best:>10.2}   budget at most {START_BUDGET:.0}: {verdict}",
        format!("s of a start in production with {} keys", TENANTS * KEYS)
    );
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
