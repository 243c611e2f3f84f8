//! The brake on changes and the looks at Moodle: what it costs to plan a whole run before it writes, to count changes while it
//! runs, and to look every linked object back.

use {
    super::{
        client::{GrpcCaller, Signer},
        engine::both,
        host::{Database, Kind, Process},
        school::{ledger, post, run, run_of},
    },
    anyhow::{Context as _, Result, bail},
    serde_json::{Value, json},
    sigma_sync::proto::pb,
    std::sync::Arc,
};

/// Students of the school.
const STUDENTS: u32 = 100_000;
/// Students of a slice, and those of them that change for the running brake: fewer than it holds.
const CHANGED: (u32, u32) = (600, 240);
/// How often the running brake is on and off.
const ROUNDS: u32 = 3;
/// Greatest share of a plan's calls by those of the run alone, and of a look-back's by raw reads.
const CALLS_BUDGET: (f64, f64) = (1.15, 1.1);
/// Greatest growth of the server's memory by a plan, in MiB.
const GROWTH_BUDGET: f64 = 64.0;
/// Greatest share of processor time with the running brake by that without it.
const RUNNING_BUDGET: f64 = 1.02;
/// Accounts of one look-up (docs/src/engine.md, "Links and the site").
const LOOK_UP: u64 = 200;

const UPDATE_MODULE: &str = "/sigma.v1.ModuleService/UpdateModule";

/// Measures on a fresh database.
pub(crate) async fn measure(kind: &Kind, signer: &Arc<Signer>) -> Result<()> {
    println!("\n{kind}, the brake on changes and looks at {STUDENTS} students");
    let database = Database::create(kind, "brake").await?;
    let done = figures(&database, signer).await;
    database.remove().await?;
    done.with_context(|| format!("the brake on {kind}"))
}

async fn figures(database: &Database, signer: &Arc<Signer>) -> Result<()> {
    let (server, school) = both(database, STUDENTS, signer).await?;
    run(server.url(), signer).await?;
    let alone = calls(&server, &school, signer).await?;
    let memory = server.most_memory()?;
    set(&server, signer, pb::ModuleOptionsInput { rename_users: Some(true), ..Default::default() })
        .await?;
    let planned = calls(&server, &school, signer).await?;
    let grown = (server.most_memory()? as f64 - memory as f64) / 1_024.0;
    let share = planned.0 as f64 / alone.0.max(1) as f64;
    println!(
        "  planned first: {} calls, {} without: {share:.2} (budget at most {}: {}), memory {grown:+.1} MiB (budget under \
         {GROWTH_BUDGET:.0}: {})",
        planned.0,
        alone.0,
        CALLS_BUDGET.0,
        verdict(share <= CALLS_BUDGET.0),
        verdict(grown < GROWTH_BUDGET),
    );

    let scope = Some("verify".to_owned());
    let before = moodle(&ledger(&school).await?);
    run_of(server.url(), signer, pb::TriggerRunRequest { scope, ..Default::default() }).await?;
    let looked = moodle(&ledger(&school).await?) - before;
    let raw = u64::from(STUDENTS).div_ceil(LOOK_UP);
    let share = looked as f64 / raw as f64;
    println!(
        "  verify: {looked} calls to Moodle, {raw} raw reads: {share:.2} (budget at most {}: {})",
        CALLS_BUDGET.1,
        verdict(share <= CALLS_BUDGET.1),
    );

    let (mut with, mut without) = (0.0, 0.0);
    for round in 0..ROUNDS * 2 {
        let on = round % 2 == 0;
        let (percent, factor) = if on { (Some(50), Some(3)) } else { (Some(100), Some(0)) };
        let options = pb::ModuleOptionsInput {
            brake_update_percent: percent,
            brake_field_percent: if on { Some(75) } else { percent },
            brake_identity_percent: if on { Some(5) } else { percent },
            brake_create_factor: factor,
            ..Default::default()
        };
        set(&server, signer, options).await?;
        for from in (0..STUDENTS).step_by(CHANGED.0 as usize) {
            let fields = json!({"Phone_Number": format!("+999 {round}")});
            let body =
                json!({"from": from, "count": CHANGED.1.min(STUDENTS - from), "fields": fields});
            post(school.url(), "/_sandbox/zoho/touch/BTEC_Students", &body).await?;
        }
        let before = server.cpu()?;
        let ended = run(server.url(), signer).await?;
        let own = server.cpu()?.saturating_sub(before).as_secs_f64();
        if ended.status != "completed" {
            bail!("a run with changes ended as {}", ended.status);
        }
        *(if on { &mut with } else { &mut without }) += own;
    }
    let share = with / without.max(1e-6);
    println!(
        "  running brake: {with:.2} s of own CPU with it, {without:.2} s without: {share:.3} (budget at most \
         {RUNNING_BUDGET}: {})",
        verdict(share <= RUNNING_BUDGET),
    );
    Ok(())
}

const fn verdict(within: bool) -> &'static str {
    if within { "within" } else { "OVER" }
}

/// Runs the students whole; returns the calls to Zoho and to Moodle.
async fn calls(server: &Process, school: &Process, signer: &Arc<Signer>) -> Result<(u64, u64)> {
    let before = ledger(school).await?;
    let ended = run(server.url(), signer).await?;
    if ended.status != "completed" {
        bail!("a whole run ended as {}", ended.status);
    }
    let after = ledger(school).await?;
    Ok((zoho(&after) - zoho(&before), moodle(&after) - moodle(&before)))
}

fn zoho(ledger: &Value) -> u64 {
    ledger["zoho"]["calls"].as_u64().unwrap_or_default()
}

fn moodle(ledger: &Value) -> u64 {
    ledger["moodle"]["calls"].as_u64().unwrap_or_default()
}

/// Sets options of the students.
async fn set(
    server: &Process,
    signer: &Arc<Signer>,
    options: pb::ModuleOptionsInput,
) -> Result<()> {
    let question = pb::UpdateModuleRequest {
        module_name: "students".into(),
        options: Some(options),
        ..Default::default()
    };
    let caller = GrpcCaller::connect(server.url(), UPDATE_MODULE, question, signer, true).await?;
    let mut caller: GrpcCaller<_, pb::UpdateModuleResponse> = caller;
    caller.ask().await.map(drop)
}
