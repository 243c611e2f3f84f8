//! Many keys: requests over 20,000 of them beside those over one, a start in production mode with all of them, and the
//! exchange of the master key over 10,000 tenants while requests come.

use {
    super::{
        client::{GrpcCaller, Signer, drive},
        host::{Database, Kind, Process},
    },
    anyhow::{Context as _, Result, anyhow, bail},
    secrecy::ExposeSecret as _,
    sigma_sync::{
        control::DEFAULT_KEY,
        crypto::{
            envelope::{Context, DataKey, MasterKey},
            generate_key_id, generate_secret,
            signature::SigningKey,
        },
        domain::id::KeyId,
        proto::pb,
    },
    std::{
        fmt::Write as _,
        fs,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        },
        time::{Duration, Instant},
    },
    tokio::time::{MissedTickBehavior, interval, sleep},
};

/// Tenants, and keys of each.
const TENANTS: usize = 400;
const KEYS: usize = 50;
/// Tenants whose data keys are sealed with another master key.
const ROTATED: usize = 10_000;
/// Requests in a second meanwhile, and the connections that they come over.
const ASKED: u32 = 100;
const ASKING: u32 = 4;
/// Connections to the server.
const CONNECTIONS: usize = 64;
/// Rows in a statement.
const ROWS: usize = 500;

/// Least requests/s over all keys, as a share of those over one.
const KEYS_BUDGET: f64 = 0.8;
/// Longest start, in seconds.
const START_BUDGET: f64 = 2.0;

const GET_SETTINGS: &str = "/sigma.v1.SettingsService/GetSettings";

type Reader = GrpcCaller<pb::GetSettingsRequest, pb::GetSettingsResponse>;

/// A key and its secret.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) tenant: String,
    pub(crate) key: KeyId,
    pub(crate) signing: SigningKey,
}

/// Measures requests over many keys and the start with them on a fresh database.
pub(crate) async fn measure(kind: &Kind) -> Result<()> {
    println!("\n{kind}, {} keys", TENANTS * KEYS);
    let database = Database::create(kind, "keys").await?;
    let done = async {
        let keys = make(&database, TENANTS, KEYS).await?;
        rates(&database, keys).await?;
        start(&database).await
    };
    let done = done.await;
    database.remove().await?;
    done.with_context(|| format!("many keys on {kind}"))
}

/// Measures the exchange of the master key on a fresh database.
pub(crate) async fn rotation(kind: &Kind) -> Result<()> {
    println!("\n{kind}, another master key for {ROTATED} tenants at {ASKED} requests/s");
    let database = Database::create(kind, "rotation").await?;
    let done = exchange(&database).await;
    database.remove().await?;
    done.with_context(|| format!("the exchange of the master key on {kind}"))
}

/// Makes tenants with as many keys each. They are written as rows: made one by one they would take longer than what is
/// measured.
pub(crate) async fn make(database: &Database, tenants: usize, keys: usize) -> Result<Vec<Key>> {
    let began = Instant::now();
    let time = "'2026-01-01 00:00:00+00:00'";
    let blob = |bytes: &[u8]| database.kind.blob(bytes);
    let master = MasterKey::parse(&fs::read(database.master_key()?)?);
    let master = master.map_err(|error| anyhow!("{error}"))?;
    let mut rows: [Vec<String>; 5] = Default::default();
    let mut made = Vec::with_capacity(tenants * keys);
    for number in 0..tenants {
        let tenant = format!("bench{number}");
        let (sealing, wrapped) =
            DataKey::generate(&tenant, &master).map_err(|error| anyhow!("{error}"))?;
        let (id, wrapped) = (blob(sealing.id()), blob(&wrapped));
        rows[0].push(format!("('{tenant}', '{tenant}', 'active', {time}, {time})"));
        rows[1].push(format!("('{tenant}', {id}, '{}', {wrapped}, {time})", master.id()));
        for place in 0..keys {
            let key = generate_key_id().map_err(|error| anyhow!("{error}"))?;
            let secret = generate_secret().map_err(|error| anyhow!("{error}"))?;
            let row = key.as_str();
            let context = Context { table: "api_keys", column: "secret", tenant: &tenant, row };
            let sealed = sealing.seal(&context, secret.expose_secret().as_bytes());
            let sealed = blob(&sealed.map_err(|error| anyhow!("{error}"))?);
            if place == 0 {
                rows[2].push(format!("('{tenant}', false, false, '{row}', {time})"));
            }
            rows[3]
                .push(format!("('{row}', '{tenant}', 'owner', {sealed}, {time}, 'bench', 'v1')"));
            rows[4].push(format!("('{tenant}', '{row}', 1, {sealed}, {time})"));
            let signing = SigningKey::new(secret.expose_secret());
            made.push(Key { tenant: tenant.clone(), key, signing });
        }
    }
    let heads = [
        "tenant_profiles (tenant_id, name, status, created_at, updated_at)",
        "data_keys (tenant_id, data_key_id, master_key_id, wrapped, created_at)",
        "integration_settings (tenant_id, moodle_enabled, zoho_enabled, extension_api_key, updated_at)",
        "api_keys (key_id, tenant_id, roles, secret, created_at, name, min_scheme)",
        "api_key_secrets (tenant_id, key_id, secret_id, sealed, created_at)",
    ];
    let mut script = String::from("BEGIN;\n");
    for (head, rows) in heads.iter().zip(&rows) {
        for rows in rows.chunks(ROWS) {
            writeln!(script, "INSERT INTO {head} VALUES {};", rows.join(", "))?;
        }
    }
    script.push_str("COMMIT");
    database.execute(&script).await?;
    println!("  {} keys were written in {:.1} s", made.len(), began.elapsed().as_secs_f64());
    Ok(made)
}

fn signer(keys: Vec<Key>) -> Result<Arc<Signer>> {
    let keys = keys.into_iter().map(|key| (key.tenant, key.key.as_str().to_owned(), key.signing));
    Ok(Arc::new(Signer::of(keys.collect())?))
}

async fn reader(server: &Process, signer: &Arc<Signer>) -> Result<Reader> {
    Reader::connect(server.url(), GET_SETTINGS, pb::GetSettingsRequest {}, signer, true).await
}

/// Measures requests/s over one key and over all.
async fn rates(database: &Database, keys: Vec<Key>) -> Result<()> {
    let server = database.serve(&["--worker", "none"])?;
    let (one, many) = (Arc::new(Signer::seeded()?), signer(keys)?);
    let mut rates = [0.0; 2];
    // The first round fills the caches, and is long enough for every key.
    for round in 0..4 {
        for (rate, signer) in rates.iter_mut().zip([&one, &many]) {
            let callers = (0..CONNECTIONS).map(|_| reader(&server, signer));
            let callers = futures_util::future::try_join_all(callers).await?;
            let time = Duration::from_secs(if round == 0 { 15 } else { 2 });
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

/// What came of the requests of a time.
#[derive(Debug, Default)]
struct Asked {
    over: AtomicBool,
    answered: AtomicU64,
    failed: AtomicU64,
    longest_us: AtomicU64,
}

/// Sends requests at a rate, one after the other, until it is told to stop.
async fn ask(mut reader: Reader, asked: Arc<Asked>) {
    let mut turn = interval(Duration::from_secs(1) * ASKING / ASKED);
    turn.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !asked.over.load(Relaxed) {
        turn.tick().await;
        let began = Instant::now();
        match reader.ask().await {
            Ok(_) => asked.answered.fetch_add(1, Relaxed),
            Err(error) => {
                println!("  a request failed: {error:#}");
                asked.failed.fetch_add(1, Relaxed)
            }
        };
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        asked.longest_us.fetch_max(took, Relaxed);
    }
}

/// Makes another master key, seals all data keys with it and takes the first one away, while requests come.
async fn exchange(database: &Database) -> Result<()> {
    let keys = signer(make(database, ROTATED, 1).await?)?;
    let ring = database.key_folder()?;
    let server = database.serve_with(&ring, &["--worker", "none"])?;
    let asked = Arc::<Asked>::default();
    let mut asking = Vec::new();
    for _ in 0..ASKING {
        asking.push(tokio::spawn(ask(reader(&server, &keys).await?, asked.clone())));
    }
    sleep(Duration::from_secs(2)).await;
    let first = MasterKey::parse(&fs::read(ring.join("1.key"))?);
    let first = first.map_err(|error| anyhow!("{error}"))?.id().to_owned();
    let began = Instant::now();
    database.master_key_command(&ring, &["add"])?;
    let before = asked.answered.load(Relaxed);
    database.master_key_command(&ring, &["rewrap"])?;
    let (took, meanwhile) = (began.elapsed(), asked.answered.load(Relaxed) - before);
    database.master_key_command(&ring, &["retire", &first])?;
    // What the server has kept of the keys of before is forgotten after a minute; here most requests read it again.
    sleep(Duration::from_secs(5)).await;
    asked.over.store(true, Relaxed);
    for one in asking {
        one.await?;
    }
    let left = database
        .count(&format!("SELECT count(*) FROM data_keys WHERE master_key_id = '{first}'"))
        .await?;
    drop(server);
    // A server that has the new key only opens all of them.
    let server = database.serve_with(&ring, &["--worker", "none"])?;
    let mut again = reader(&server, &keys).await?;
    for _ in 0..ASKED {
        again.ask().await.context("after the exchange")?;
    }
    let [answered, failed] = [&asked.answered, &asked.failed].map(|count| count.load(Relaxed));
    let verdict = if failed == 0 && left == 0 { "within" } else { "OVER" };
    println!(
        "  {failed} of {answered} requests failed (budget 0: {verdict}); sealed again in {:.1} s, {meanwhile} answers meanwhile, \
         the longest of all after {} ms; {left} data keys have the key before",
        took.as_secs_f64(),
        asked.longest_us.load(Relaxed) / 1_000
    );
    match failed {
        0 if left == 0 => Ok(()),
        _ => bail!("{failed} requests failed, {left} data keys were left"),
    }
}
