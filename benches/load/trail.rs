//! What is noted of a change: the entry of the audit log in the update of a module, and the event of a run that ends. Each is
//! measured as what a transaction costs more with it, beside the whole of which it is a part; the three take turns, so
//! that the shares hold on a machine that does other things as well.

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
    std::time::{Duration, Instant},
    tokio_util::sync::CancellationToken,
};

/// Greatest share of an entry in the update of a module, and of an event in the end of a run.
const ENTRY_BUDGET: f64 = 0.10;
const EVENT_BUDGET: f64 = 0.05;
/// Turns, and changes in each.
const ROUNDS: usize = 40;
const CHANGES: usize = 50;
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
        entries(&core.store, &core.control).await?;
        fill(database).await?;
        events(database, &core.store).await
    })
    .await
}

fn share(name: &str, part: Duration, whole: Duration, budget: f64, count: usize) {
    let share = part.as_secs_f64() / whole.as_secs_f64();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
    let verdict = if share <= budget { "within" } else { "OVER" };
    println!(
        "  {name:<56} {share:>10.3}   budget at most {budget:.2}: {verdict} ({:.0} us of {:.0})",
        each(part),
        each(whole)
    );
}

/// Measures updates of a module, and transactions that save one with and without an entry.
async fn entries(store: &Store, control: &Control) -> Result<()> {
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
    let [mut whole, mut without, mut with] = [Duration::ZERO; 3];
    for round in 0..ROUNDS {
        let began = Instant::now();
        for turn in 0..CHANGES {
            let updated = control.update_module(&who, name.as_str(), patch(turn)?).await;
            updated.map_err(|error| anyhow!(error.message))?;
        }
        let (updated, began) = (began.elapsed(), Instant::now());
        for turn in 0..CHANGES {
            save(turn, false).await?;
        }
        let (saved, began) = (began.elapsed(), Instant::now());
        for turn in 0..CHANGES {
            save(turn, true).await?;
        }
        // The first round prepares statements.
        if round > 0 {
            whole += updated;
            without += saved;
            with += began.elapsed();
        }
    }
    let (name, part) =
        ("entry of the audit log by the update of a module", with.saturating_sub(without));
    share(name, part, whole, ENTRY_BUDGET, (ROUNDS - 1) * CHANGES);
    Ok(())
}

/// Measures ends of runs, and transactions with and without the events of as many.
async fn events(database: &Database, store: &Store) -> Result<()> {
    let connection = database.connection().await?;
    if matches!(database.kind, Kind::Sqlite) {
        // As the service has it.
        connection.execute_unprepared("PRAGMA synchronous = NORMAL").await?;
    }
    for together in TOGETHER {
        let [mut whole, mut without, mut with] = [Duration::ZERO; 3];
        let mut count = 0;
        while count < 2_000 {
            let claims = store.across_tenants().claim("bench", CLAIMED, 2).await?;
            if claims.is_empty() {
                bail!("no run is left");
            }
            for claims in claims.chunks(together) {
                let ends: Vec<Completion> = claims.iter().map(end).collect();
                let began = Instant::now();
                let ended = store.across_tenants().complete(&ends).await?;
                whole += began.elapsed();
                if ended.len() != claims.len() {
                    bail!("{} of {} runs ended", ended.len(), claims.len());
                }
                let began = Instant::now();
                note(&connection, &[]).await?;
                without += began.elapsed();
                let began = Instant::now();
                note(&connection, claims).await?;
                with += began.elapsed();
                count += claims.len();
            }
        }
        let name = format!("event of a run by its end, {together} at a time");
        share(&name, with.saturating_sub(without), whole, EVENT_BUDGET, count);
    }
    Ok(connection.close().await?)
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
