//! What is noted of a change: the entry of the audit log in the update of a module, and the event of a run that ends. Each is
//! measured as what costs more with it, beside the whole of which it is a part. The two take turns, and on SQLite the
//! processor time of this process counts, so that the shares hold on a machine that does other things as well; on
//! PostgreSQL, which works in processes of its own, it is the time on the clock.

use {
    super::{
        engine::fill,
        guard::platform,
        host::{Database, Kind},
    },
    anyhow::{Context as _, Result, anyhow, bail},
    sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _, Value},
    serde_json::json,
    sigma_sync::{
        boot,
        config::{Config, Overrides},
        control::{Control, DEFAULT_TENANT},
        domain::{
            audit::{Action, Author, Change},
            id::TenantId,
            module::{ModuleName, ModulePatch},
            run::RunState,
        },
        store::{AuditEntry, Claim, Completion, Store, TenantScope},
    },
    std::time::Instant,
    tokio_util::sync::CancellationToken,
};

/// Greatest share of an entry in the update of a module, and of an event in the end of a run.
const ENTRY_BUDGET: f64 = 0.10;
const EVENT_BUDGET: f64 = 0.05;
/// Turns, and changes in each.
const ROUNDS: usize = 40;
const CHANGES: usize = 50;
/// Turns with and without events.
const TURNS: usize = 8;
/// Runs that are claimed at a time, and those that end together.
const CLAIMED: u32 = 256;
const TOGETHER: [usize; 3] = [1, 16, 256];

/// Measures on a fresh database.
pub(crate) async fn measure(kind: &Kind) -> Result<()> {
    println!("\n{kind}, what is noted of changes");
    let database = Database::create(kind, "trail").await?;
    let done = both(&database).await;
    database.remove().await?;
    done.with_context(|| format!("what is noted on {kind}"))
}

async fn both(database: &Database) -> Result<()> {
    let values = vec![
        ("database_url", database.url().to_owned()),
        ("secrets.master_key_file", database.master_key()?),
    ];
    let config = Config::load(&Overrides { file: None, values })?;
    let stop = CancellationToken::new();
    boot::with_core(&config, &stop, async |core| {
        entries(&database.kind, &core.store, &core.control).await?;
        fill(database).await?;
        events(database, &core.store).await
    })
    .await
}

/// Measures the time of something, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Watch {
    by_cpu: bool,
    began: Instant,
}

impl Watch {
    fn new(kind: &Kind) -> Self {
        Self { by_cpu: matches!(kind, Kind::Sqlite), began: Instant::now() }
    }

    fn now(self) -> Result<f64> {
        if self.by_cpu { own_cpu_ns() } else { Ok(self.began.elapsed().as_nanos() as f64) }
    }
}

/// The processor time of all threads of this process, by the scheduler's own count.
fn own_cpu_ns() -> Result<f64> {
    let mut sum = 0.0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        // A thread may have ended meanwhile.
        let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        sum += text.split_whitespace().next().context("a time")?.parse::<f64>()?;
    }
    Ok(sum)
}

fn share(name: &str, (part, whole): (f64, f64), budget: f64, count: usize) {
    let (share, each) = (part / whole, |time: f64| time / 1e3 / count as f64);
    let verdict = if share <= budget { "within" } else { "OVER" };
    println!(
        "  {name:<56} {share:>10.3}   budget at most {budget:.2}: {verdict} ({:.1} us of {:.1})",
        each(part),
        each(whole)
    );
}

/// Measures updates of a module, and transactions that save one with and without an entry.
async fn entries(kind: &Kind, store: &Store, control: &Control) -> Result<()> {
    let who = platform()?;
    let name = ModuleName::parse("students").context("a module")?;
    let tenant = TenantId::parse(DEFAULT_TENANT).map_err(|fault| anyhow!(fault.message()))?;
    let scope = TenantScope::new(tenant);
    let patch = |turn: usize| {
        let enabled = Some(turn.is_multiple_of(2));
        ModulePatch::parse(enabled, None, None, None).map_err(|_| anyhow!("a patch"))
    };
    let told = |enabled: bool| json!({"enabled": enabled, "schedule_mode": "manual", "schedule_cron": null, "zoho_module": "Students"});
    let save = async |turn: usize, noted: bool| -> Result<()> {
        let tx = store.of(&scope).begin().await?;
        let mut module = tx.module(name).await?.context("the module")?;
        module.enabled = turn.is_multiple_of(2);
        let at = sigma_sync::ports::Clock::now(&sigma_sync::adapters::clock::SystemClock);
        tx.save_module(&module, at).await?;
        if noted {
            let change = Change::between(told(!module.enabled), told(module.enabled));
            let (author, action) = (Author::of(&who), Action::UpdateModule);
            tx.audit(AuditEntry { author, action, resource: name.as_str(), change, at }).await?;
        }
        Ok(tx.commit().await?)
    };
    let (watch, [mut whole, mut without, mut with]) = (Watch::new(kind), [0.0; 3]);
    for round in 0..ROUNDS {
        let began = watch.now()?;
        for turn in 0..CHANGES {
            let updated = control.update_module(&who, name.as_str(), patch(turn)?).await;
            updated.map_err(|error| anyhow!(error.message))?;
        }
        let updated = watch.now()?;
        for turn in 0..CHANGES {
            save(turn, false).await?;
        }
        let saved = watch.now()?;
        for turn in 0..CHANGES {
            save(turn, true).await?;
        }
        // The first round prepares statements.
        if round > 0 {
            whole += updated - began;
            without += saved - updated;
            with += watch.now()? - saved;
        }
    }
    let name = "entry of the audit log by the update of a module";
    share(name, (with - without, whole), ENTRY_BUDGET, (ROUNDS - 1) * CHANGES);
    Ok(())
}

/// Measures ends of runs, in turns with the table of events taking no rows: what that saves, and what the statement costs
/// that stores nothing then, is the cost of the events.
async fn events(database: &Database, store: &Store) -> Result<()> {
    let connection = database.connection().await?;
    let (on, off) = match database.kind {
        Kind::Sqlite => (
            "CREATE TRIGGER no_events BEFORE INSERT ON outbox BEGIN SELECT RAISE(IGNORE); END",
            "DROP TRIGGER no_events",
        ),
        Kind::Postgres(_) => (
            "CREATE FUNCTION no_events() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER no_events BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION no_events()",
            "DROP TRIGGER no_events ON outbox; DROP FUNCTION no_events",
        ),
    };
    let watch = Watch::new(&database.kind);
    for together in TOGETHER {
        let ([mut with, mut without, mut statement], mut count) = ([0.0; 3], 0);
        for _ in 0..TURNS {
            let (took, ended) = end_runs(store, together, watch).await?;
            with += took;
            connection.execute_unprepared(on).await?;
            let (took, others) = end_runs(store, together, watch).await?;
            without += took * ended.len() as f64 / others.len() as f64;
            let began = watch.now()?;
            for _ in ended.chunks(together) {
                note(&connection, &[]).await?;
            }
            let empty = watch.now()?;
            for claims in ended.chunks(together) {
                note(&connection, claims).await?;
            }
            statement += (watch.now()? - empty) - (empty - began);
            connection.execute_unprepared(off).await?;
            count += ended.len();
        }
        let name = format!("event of a run by its end, {together} at a time");
        share(&name, (with - without + statement, with), EVENT_BUDGET, count);
    }
    Ok(connection.close().await?)
}

/// Claims this number of runs and ends them together; returns the time of the ends.
async fn end_runs(store: &Store, together: usize, watch: Watch) -> Result<(f64, Vec<Claim>)> {
    let claims = store.across_tenants().claim("bench", CLAIMED, 2).await?;
    if claims.is_empty() {
        bail!("no run is left");
    }
    let mut took = 0.0;
    for claims in claims.chunks(together) {
        let ends: Vec<Completion> = claims.iter().map(end).collect();
        let began = watch.now()?;
        let ended = store.across_tenants().complete(&ends).await?;
        took += watch.now()? - began;
        if ended.len() != claims.len() {
            bail!("{} of {} runs ended", ended.len(), claims.len());
        }
    }
    Ok((took, claims))
}

fn end(claim: &Claim) -> Completion {
    Completion {
        scope: TenantScope::new(claim.run.tenant.clone()),
        run: claim.run.id,
        epoch: claim.epoch,
        state: RunState::Completed,
        failure: None,
        now: claim.run.started_at,
    }
}

/// Writes in a transaction, with the events of these runs as the store writes them.
async fn note(connection: &DatabaseConnection, claims: &[Claim]) -> Result<()> {
    let tx = connection.begin().await?;
    tx.execute_unprepared("UPDATE replay_floor SET signed_until = signed_until").await?;
    if !claims.is_empty() {
        let row = |number: usize| {
            let places: Vec<String> =
                (1..=6).map(|column| format!("${}", number * 6 + column)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..claims.len()).map(row).collect();
        let sql = format!(
            "INSERT INTO outbox (tenant_id, kind, subject, data, entry_id, created_at) VALUES {}",
            rows.join(", ")
        );
        let values = claims.iter().flat_map(|claim| {
            let run = &claim.run;
            let data = json!({"module": run.module.as_str(), "dry_run": run.dry_run, "state": "completed", "error_code": null});
            [
                Value::from(run.tenant.as_str()),
                "run.ended".into(),
                run.id.to_string().into(),
                data.into(),
                None::<String>.into(),
                run.started_at.into(),
            ]
        });
        let insert = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
        tx.execute_raw(insert).await?;
    }
    Ok(tx.commit().await?)
}
