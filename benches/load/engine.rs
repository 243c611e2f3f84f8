//! The engine's own cost: claims and completions of queued runs, a large school without changes, the mapping of one
//! record, and the calls of a whole school compared with the fewest that batch sizes allow.

use {
    super::{
        client::{GrpcCaller, Signer},
        host::{Database, Kind, Process, binary},
        school::{connect, finished, ledger, run, seconds},
    },
    anyhow::{Context as _, Result, bail},
    sea_orm::ConnectionTrait as _,
    serde_json::{Value, json},
    sigma_sync::{
        domain::{
            id::RunId,
            mapping::{self, MappingSet},
            module::ModuleName,
            record::{SourceRecord, encode},
            run::RunState,
        },
        proto::pb,
        store::{Completion, Store, TenantScope},
    },
    std::{
        hint::black_box,
        sync::Arc,
        time::{Duration, Instant},
    },
    uuid::Uuid,
};

/// Tenants with queued runs of all their modules.
const TENANTS: usize = 3_000;
/// Runs in a claim and in a completion.
const BATCH: u32 = 256;
/// Runs of a tenant at once.
const PER_TENANT: u32 = 2;
/// Processes that claim at once; here each is a task.
const CLAIMERS: usize = 2;
/// Students of the school without changes.
const UNCHANGED: u32 = 100_000;
/// Least number of records per second of engine time.
const UNCHANGED_BUDGET: f64 = 20_000.0;
/// Own processor time for a record: unchanged, and in all, in microseconds.
const CPU_BUDGETS: (f64, f64) = (200.0, 1_000.0);
/// Students of the school whose calls are counted: below the bulk interface, and large enough for full batches.
const COUNTED: u32 = 5_000;
/// Greatest share of calls beyond the fewest, in percent.
const CALLS_BUDGET: f64 = 5.0;

const TRIGGER_ALL: &str = "/sigma.v1.SyncRunService/TriggerAll";

/// Measures claims with completions on a fresh database.
pub(crate) async fn queue(kind: &Kind) -> Result<()> {
    println!("\n{kind}, claims and completions of queued runs, batch {BATCH}");
    let database = Database::create(kind, "queue").await?;
    let done = claims(&database).await;
    database.remove().await?;
    let rate = done?;
    let budget = if matches!(kind, Kind::Sqlite) { 10_000.0 } else { 5_000.0 };
    let verdict = if rate >= budget { "within" } else { "BELOW" };
    println!(
        "  {rate:.0} runs/s claimed and completed by {CLAIMERS} claimers (budget at least {budget:.0}: {verdict})"
    );
    Ok(())
}

async fn claims(database: &Database) -> Result<f64> {
    let store = database.store().await?;
    fill(database).await?;
    let total = TENANTS * ModuleName::ALL.len();
    let begun = Instant::now();
    let claimers = (0..CLAIMERS).map(|number| tokio::spawn(drain(store.clone(), number)));
    let mut ended = 0;
    for claimer in futures_util::future::join_all(claimers).await {
        ended += claimer??;
    }
    let time = begun.elapsed();
    if ended != total {
        bail!("{ended} of {total} runs were completed");
    }
    Ok(total as f64 / time.as_secs_f64())
}

/// Claims and completes until no run is left.
async fn drain(store: Store, number: usize) -> Result<usize> {
    let owner = format!("claimer-{number}");
    let (mut ended, mut empty) = (0, 0);
    // The other task may still hold the rest for a moment.
    while empty < 20 {
        let claims = store.across_tenants().claim(&owner, BATCH, PER_TENANT).await?;
        if claims.is_empty() {
            empty += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        empty = 0;
        let Some(now) = claims.first().map(|claim| claim.run.started_at) else { continue };
        let ends: Vec<Completion> = claims
            .iter()
            .map(|claim| Completion {
                scope: TenantScope::new(claim.run.tenant.clone()),
                run: claim.run.id,
                epoch: claim.epoch,
                state: RunState::Completed,
                failure: None,
                now,
            })
            .collect();
        ended += store.across_tenants().complete(&ends).await?.len();
    }
    Ok(ended)
}

/// Queues a run of every module of many tenants.
pub(crate) async fn fill(database: &Database) -> Result<()> {
    let connection = database.connection().await?;
    let time = "'2026-01-01 00:00:00+00:00'";
    for tenants in (0..TENANTS).collect::<Vec<_>>().chunks(250) {
        let mut rows: [Vec<String>; 3] = Default::default();
        for tenant in tenants {
            // Due in the order in which they were accepted.
            let due = tenant + 1;
            rows[0].push(format!("('t{tenant}', 'x', 'active', {time}, {time})"));
            for module in ModuleName::ALL {
                let id = RunId::new(Uuid::new_v4());
                rows[1].push(format!("('t{tenant}', '{module}', true, 'manual', {time})"));
                rows[2].push(format!(
                    "('{id}', 't{tenant}', '{module}', 'scheduled', 'queued', 'queued', 2, {due}, {time})"
                ));
            }
        }
        let heads = [
            "tenant_profiles (tenant_id, name, status, created_at, updated_at)",
            "module_settings (tenant_id, module_name, enabled, schedule_mode, updated_at)",
            "sync_runs (run_id, tenant_id, module_name, trigger_source, state, phase, priority, available_ms, started_at)",
        ];
        for (head, rows) in heads.iter().zip(&rows) {
            connection
                .execute_unprepared(&format!("INSERT INTO {head} VALUES {}", rows.join(", ")))
                .await?;
        }
    }
    connection.close().await?;
    Ok(())
}

/// Syncs a large school twice: the second time nothing has changed.
pub(crate) async fn unchanged(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    println!("\n{kind}, {UNCHANGED} students of whom none has changed");
    map_one();
    let database = Database::create(kind, "unchanged").await?;
    let done = twice(&database, signer).await;
    database.remove().await?;
    done.with_context(|| format!("unchanged records on {kind}"))
}

async fn twice(database: &Database, signer: &Arc<Signer>) -> Result<()> {
    let (server, school) = both(database, UNCHANGED, signer).await?;
    for (what, second) in [("first sync", false), ("second, unchanged", true)] {
        let (before, beside) = (server.cpu()?, school.cpu()?);
        let run = run(server.url(), signer).await?;
        let own = server.cpu()?.saturating_sub(before).as_secs_f64();
        let emulated = school.cpu()?.saturating_sub(beside).as_secs_f64();
        let counts = run.progress.unwrap_or_default();
        let (count, whole) =
            (if second { counts.unchanged() } else { counts.new() }, i64::from(UNCHANGED));
        if run.status != "completed" || count != whole {
            bail!("the {what} ended as {} with {count} of {whole}", run.status);
        }
        let wall = seconds(run.finished_at)? - seconds(run.started_at)?;
        let each = own * 1e6 / f64::from(UNCHANGED);
        let budget = if second { CPU_BUDGETS.0 } else { CPU_BUDGETS.1 };
        let verdict = if each <= budget { "within" } else { "OVER" };
        println!(
            "  {what}: {wall:.2} s, of which the emulated systems worked {emulated:.2} s; own CPU {own:.2} s, \
             {each:.0} us/record (budget at most {budget:.0}: {verdict})"
        );
        if second {
            let rate = f64::from(UNCHANGED) / (wall - emulated).max(own).max(1e-6);
            let verdict = if rate >= UNCHANGED_BUDGET { "within" } else { "BELOW" };
            println!(
                "  {rate:.0} records/s of engine time (budget at least {UNCHANGED_BUDGET:.0}: {verdict})"
            );
        }
    }
    Ok(())
}

/// Times the mapping and the fingerprint of one student, without a database or a network.
fn map_one() {
    const ROUNDS: u32 = 20_000;
    let rows = mapping::defaults(ModuleName::Students);
    let Ok(set) = MappingSet::compile(ModuleName::Students, &rows) else { return };
    let fields = json!({
        "id": "4150868000000000001", "Academic_Email": "sara.haddad@college.example", "Display_Name": "Sara Haddad",
        "First_Name": "Sara", "Last_Name": "Haddad", "Phone_Number": "+999 51 0000001", "Status": "Active",
        "Name": "A01B2c", "Profile_Image": null, "Student_Moodle_ID": null,
    });
    let Value::Object(fields) = fields else { return };
    let record = SourceRecord::sample(fields);
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        if let Ok(canonical) = set.apply(black_box(&record)) {
            black_box(encode(&canonical));
        }
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("  mapping and encoding of one student: {each:.1} us");
}

/// Counts the calls of a first and of a second sync of every module.
pub(crate) async fn calls(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    println!("\n{kind}, calls for every module of {COUNTED} students");
    let database = Database::create(kind, "calls").await?;
    let done = count(&database, signer).await;
    database.remove().await?;
    done.with_context(|| format!("calls on {kind}"))
}

async fn count(database: &Database, signer: &Arc<Signer>) -> Result<()> {
    let (server, school) = both(database, COUNTED, signer).await?;
    let question =
        pb::TriggerAllRequest { triggered_by: Some("bench".into()), ..Default::default() };
    let caller = GrpcCaller::connect(server.url(), TRIGGER_ALL, question, signer, true).await?;
    let mut caller: GrpcCaller<_, pb::TriggerAllResponse> = caller;
    for what in ["first", "second"] {
        let before = ledger(&school).await?;
        let runs = caller.ask().await?.runs;
        let mut records = Vec::with_capacity(runs.len());
        for run in runs {
            let ended = finished(server.url(), &run.run_id, signer).await?;
            let total = ended.progress.unwrap_or_default().total();
            records.push((ended.module_name, u64::try_from(total).unwrap_or_default()));
        }
        let after = ledger(&school).await?;
        for system in ["zoho", "moodle"] {
            let number = |ledger: &Value| ledger[system]["calls"].as_u64().unwrap_or_default();
            let made = number(&after) - number(&before);
            let fewest = match system {
                "zoho" => fewest_of_zoho(what == "second", &records, described(&after)),
                _ => fewest_of_moodle(&before, &after),
            };
            let over = 100.0 * (made as f64 - fewest as f64) / (fewest as f64).max(1.0);
            let verdict = if over <= CALLS_BUDGET { "within" } else { "OVER" };
            println!(
                "  {what} sync, {system}: {made} calls, the fewest {fewest}: {over:.1} % over (budget at most \
                 {CALLS_BUDGET:.0} %: {verdict})"
            );
        }
    }
    Ok(())
}

/// The fewest calls to Zoho: pages of 200, one access token, and, in the first sync, one description of each module
/// whose mapping names fields that its records do not have. Only the description distinguishes a field that the
/// school never had from a hidden one.
fn fewest_of_zoho(second: bool, records: &[(String, u64)], described: u64) -> u64 {
    let pages: u64 = records.iter().map(|(_, count)| count.div_ceil(200)).sum();
    pages + if second { 0 } else { 1 + described.min(records.len() as u64) }
}

/// Counts the descriptions of modules that Zoho was asked for.
fn described(ledger: &Value) -> u64 {
    let calls = ledger["zoho"]["operations"].as_object().into_iter().flatten();
    let of_fields = calls.filter(|(name, _)| name.contains("settings/fields"));
    of_fields.filter_map(|(_, count)| count.as_u64()).sum()
}

/// The fewest calls to Moodle for what was written: full batches of 100, and the look-ups, 200 at a time, that keep
/// accounts from being created twice and read profile fields back. Cohorts are searched one by one, in each run.
fn fewest_of_moodle(before: &Value, after: &Value) -> u64 {
    let count = |ledger: &Value, kind: &str, verb: &str| {
        ledger["moodle"]["writes"][kind][verb].as_u64().unwrap_or_default()
    };
    let done = |kind: &str, verb: &str| count(after, kind, verb) - count(before, kind, verb);
    let writes: u64 = after["moodle"]["writes"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(kind, verbs)| {
            verbs.as_object().into_iter().flatten().map(move |(verb, _)| (kind, verb))
        })
        .map(|(kind, verb)| done(kind, verb).div_ceil(100))
        .sum();
    let looks = done("users", "created").div_ceil(200) + done("users", "updated").div_ceil(200);
    writes + looks + count(after, "cohorts", "created")
}

/// Starts a server on a database and a school beside it, and connects them.
pub(crate) async fn both(
    database: &Database,
    students: u32,
    signer: &Arc<Signer>,
) -> Result<(Process, Process)> {
    let mut command = binary();
    command.args(["--log", "warn", "sandbox", "--students", &students.to_string()]);
    command.args(["--zoho-listen", "127.0.0.1:0", "--moodle-listen", "127.0.0.1:0"]);
    let school = Process::start(command, &["Zoho CRM ", "Moodle "])?;
    let server = database.serve(&[])?;
    connect(&server, &school, signer).await?;
    Ok((server, school))
}
