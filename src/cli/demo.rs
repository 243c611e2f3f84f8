//! `demo`: a server, an emulated Zoho CRM and Moodle, and the first sync of a school, in one command.

use {
    super::{
        Failed,
        client::{Client, Content},
        exit,
        host::{seed_empty, widget_link},
        output::{print, print_line},
        report::{self, Bar},
        sign,
        watch::follow,
    },
    crate::{
        boot::{self, Core, Running},
        config::Config,
        domain::tenant::SettingsPatch,
        proto::pb,
    },
    anyhow::Context as _,
    clap::{Args, ValueEnum},
    serde_json::json,
    sigma_sync_sandbox::{Options, STUDENTS_MAX, Sandbox},
    std::{net::SocketAddr, process::ExitCode},
    tokio_util::sync::CancellationToken,
};

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Exit after the sync (0 if the result is as expected)
    #[arg(long)]
    once: bool,
    /// Sync every enabled module, parents first, not only students
    #[arg(long)]
    all: bool,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Students of the school, at most 1,000,000
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(..=i64::from(STUDENTS_MAX)))]
    students: u32,
    /// Random seed; the same seed generates the same school
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave every Nth student without an e-mail address, so that its record fails (0 = none)
    #[arg(long, default_value_t = 0)]
    broken_every: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Table,
    /// One JSON document
    Json,
}

pub(super) async fn demo(config: Config, args: DemoArgs) -> Result<ExitCode, Failed> {
    if !config.is_local() {
        let message = "the demo is for development mode on a loopback address";
        return Err(Failed::new(exit::CONFIG, message));
    }
    let stop = boot::signals()?;
    let sandbox = start_sandbox(&config, &args).await?;
    let ended = boot::with_core(&config, &stop, async |core| {
        let connected = connect(core, &sandbox);
        boot::unless_stopped(&stop, connected).await?;
        let running = boot::serve(&config, core, true).await?;
        let shown = show(core, &running, &sandbox, &args, &stop).await;
        running.stop().await;
        shown
    });
    let ended = ended.await;
    sandbox.stop().await;
    ended
}

async fn connect(core: &Core, sandbox: &Sandbox) -> Result<(), Failed> {
    seed_empty(core).await?;
    let connected = core.control.connect_default(connection(sandbox)).await;
    Ok(connected.context("cannot connect the demo tenant")?)
}

/// Syncs the school, and stays until it is stopped.
async fn show(
    core: &Core,
    running: &Running,
    sandbox: &Sandbox,
    args: &DemoArgs,
    stop: &CancellationToken,
) -> Result<ExitCode, Failed> {
    let client = Client::seeded(&format!("http://{}", running.address))?;
    let runs = boot::unless_stopped(stop, sync(&client, args)).await?;
    if !args.once {
        // Where the code is refused, the rest is told nevertheless.
        let widget = widget_link(core, running.address).await.unwrap_or_default();
        invite(&client, running.address, sandbox, &widget)?;
        stop.cancelled().await;
    }
    let went_well = runs.iter().all(|run| as_expected(run, args));
    Ok(if went_well { ExitCode::SUCCESS } else { ExitCode::from(exit::DIFFERENT) })
}

/// The school's state is stored beside the database: a second demo on the same database finds the school as the first
/// left it.
async fn start_sandbox(config: &Config, args: &DemoArgs) -> Result<Sandbox, Failed> {
    let state_file =
        config.database_url.sqlite_path().map(|path| path.with_extension("sandbox.json"));
    if let Some(folder) = state_file.as_ref().and_then(|path| path.parent()) {
        boot::make_folder(folder)?;
    }
    let options = Options {
        students: args.students,
        seed: args.seed,
        broken_every: args.broken_every,
        state_file,
        ..Options::default()
    };
    Ok(Sandbox::start(options).await.context("cannot start the sandbox")?)
}

fn connection(sandbox: &Sandbox) -> SettingsPatch {
    let credentials = sandbox.credentials();
    SettingsPatch {
        moodle_enabled: Some(true),
        moodle_base_url: Some(sandbox.moodle_url()),
        moodle_api_token: Some(credentials.moodle_token.to_owned()),
        zoho_enabled: Some(true),
        zoho_api_domain: Some(sandbox.zoho_url()),
        zoho_accounts_url: Some(sandbox.zoho_url()),
        zoho_client_id: Some(credentials.zoho_client_id.to_owned()),
        zoho_client_secret: Some(credentials.zoho_client_secret.to_owned()),
        zoho_refresh_token: Some(credentials.zoho_refresh_token.to_owned()),
        ..SettingsPatch::default()
    }
}

/// Starts runs over the API, follows them, and prints their results.
async fn sync(client: &Client, args: &DemoArgs) -> Result<Vec<pb::Run>, Failed> {
    let started = if args.all {
        let request =
            pb::TriggerAllRequest { triggered_by: Some("demo".into()), ..Default::default() };
        let started: pb::TriggerAllResponse =
            client.ask("sigma.v1.SyncRunService/TriggerAll", request).await?;
        started.runs
    } else {
        let request = pb::TriggerRunRequest {
            module_name: "students".into(),
            triggered_by: Some("demo".into()),
            ..Default::default()
        };
        let started: pb::TriggerRunResponse =
            client.ask("sigma.v1.SyncRunService/TriggerRun", request).await?;
        started.run.into_iter().collect()
    };
    let mut runs = Vec::with_capacity(started.len());
    for run in started {
        let students = (run.module_name == "students").then_some(u64::from(args.students));
        let bar = Bar::new(students);
        runs.push(follow(client, &run.run_id, |run| bar.show(run)).await?);
        bar.finish();
    }
    match args.output {
        Output::Table if args.all => {
            print(&report::summary(&runs))?;
        }
        Output::Table => {
            for run in &runs {
                print(&report::table(run, &first_items(client, run).await?))?;
            }
        }
        Output::Json if args.all => {
            let documents = runs.iter().map(report::document).collect::<Vec<_>>();
            print_line(&json!({ "runs": documents }).to_string())?;
        }
        Output::Json => {
            for run in &runs {
                print_line(&report::document(run).to_string())?;
            }
        }
    }
    Ok(runs)
}

async fn first_items(client: &Client, run: &pb::Run) -> Result<Vec<pb::RunItem>, Failed> {
    let request = pb::GetRunRequest {
        run_id: run.run_id.clone(),
        items_limit: Some(i32::try_from(report::SHOWN_ITEMS).unwrap_or_default()),
        ..Default::default()
    };
    let shown: pb::GetRunResponse = client.ask("sigma.v1.SyncRunService/GetRun", request).await?;
    Ok(shown.items)
}

/// True if the run ended and exactly the students failed that were meant to.
fn as_expected(run: &pb::Run, args: &DemoArgs) -> bool {
    let failed = run.counts.unwrap_or_default().failed();
    let broken = args.students.checked_div(args.broken_every).unwrap_or_default();
    let expected = if run.module_name == "students" { i64::from(broken) } else { 0 };
    failed == expected && matches!(run.state(), pb::RunState::Completed | pb::RunState::Partial)
}

fn invite(
    client: &Client,
    address: SocketAddr,
    sandbox: &Sandbox,
    widget: &str,
) -> Result<(), Failed> {
    let target = "/v1/extension/runs?module=students&limit=1";
    let headers = client.headers("GET", target, Content::Body(b""))?;
    let curl = sign::curl(client, "GET", target, "", &headers);
    let grpcurl = sign::grpcurl(client, "sigma.v1.SettingsService/GetSettings", "{}")?;
    let (zoho, moodle) = (sandbox.zoho_url(), sandbox.moodle_url());
    print_line(&format!(
        "
Widget     {widget}
REST       http://{address}/v1/extension
API page   http://{address}/docs
OpenAPI    http://{address}/openapi.json
Zoho       {zoho} (emulated)
Moodle     {moodle} (emulated)

Signed calls to paste within five minutes (each works once; `sigma-sync sign` makes more):

{curl}

{grpcurl}

Stop with Ctrl-C."
    ))?;
    Ok(())
}
