//! `runs` and `sync`: starting runs, approving or discarding their removals, and ending them, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit, report,
        watch::follow,
    },
    crate::proto::pb,
    clap::{Args, Subcommand, ValueEnum},
    serde_json::json,
    std::process::ExitCode,
};

const SERVICE: &str = "sigma.v1.SyncRunService";

#[derive(Debug, Subcommand)]
pub(super) enum SyncCommand {
    /// Run every enabled module, parents first, and show the result of each
    All(AllArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// Only the ids of the runs
    Id,
}

#[derive(Debug, Args)]
struct How {
    /// Write nothing; show what would be written
    #[arg(long)]
    dry_run: bool,
    /// Only what changed since the last full run
    #[arg(long)]
    changes: bool,
    /// Do not wait for the end
    #[arg(long)]
    no_wait: bool,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Exit with 6 if items failed or removals wait, with 1 if a run failed
    #[arg(long)]
    exit_status: bool,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct AllArgs {
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(super) struct StartArgs {
    /// Module
    module: String,
    /// Only these records, by their Zoho ids, with commas between them
    #[arg(long, value_delimiter = ',', conflicts_with = "changes")]
    ids: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Id of the run
    run_id: String,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Id of the run
    run_id: String,
    /// Only items that failed with one of these codes, with commas between them
    #[arg(long, value_delimiter = ',')]
    codes: Vec<String>,
    /// Only these records, by their Zoho ids, with commas between them
    #[arg(long, value_delimiter = ',')]
    ids: Vec<String>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    /// Id of the run
    run_id: String,
    /// Greatest number of removals to carry out
    #[arg(long)]
    removals: i64,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn sync(command: SyncCommand) -> Result<ExitCode, Failed> {
    let SyncCommand::All(AllArgs { how }) = command;
    let client = Client::new(&how.client)?;
    let request = pb::TriggerAllRequest {
        dry_run: how.dry_run.then_some(true),
        scope: how.scope(),
        ..Default::default()
    };
    let started: pb::TriggerAllResponse =
        client.ask(&format!("{SERVICE}/TriggerAll"), request).await?;
    finish(&client, &how, started.runs).await
}

pub(super) async fn start(args: StartArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.how.client)?;
    let request = pb::TriggerRunRequest {
        module_name: args.module,
        dry_run: args.how.dry_run.then_some(true),
        scope: args.how.scope(),
        ids: args.ids,
        ..Default::default()
    };
    let started: pb::TriggerRunResponse =
        client.ask(&format!("{SERVICE}/TriggerRun"), request).await?;
    finish(&client, &args.how, started.run.into_iter().collect()).await
}

impl How {
    fn scope(&self) -> Option<String> {
        self.changes.then(|| "changes".to_owned())
    }
}

/// Follows runs until they end and prints them.
async fn finish(client: &Client, how: &How, started: Vec<pb::Run>) -> Result<ExitCode, Failed> {
    let mut runs = Vec::with_capacity(started.len());
    for run in started {
        if how.no_wait {
            runs.push(run);
        } else {
            runs.push(follow(client, &run.run_id, |_| {}).await?);
        }
    }
    match how.output {
        Output::Table => print!("{}", report::summary(&runs)),
        Output::Id => runs.iter().for_each(|run| println!("{}", run.run_id)),
        Output::Json => {
            let documents: Vec<_> = runs.iter().map(report::document).collect();
            println!("{}", json!({ "runs": documents }));
        }
    }
    Ok(ExitCode::from(if how.exit_status { worst(&runs) } else { 0 }))
}

/// The exit code for the runs.
fn worst(runs: &[pb::Run]) -> u8 {
    let is = |states: &[pb::RunState]| runs.iter().any(|run| states.contains(&run.state()));
    if is(&[pb::RunState::Failed, pb::RunState::Cancelled]) {
        exit::FAILED
    } else if is(&[pb::RunState::Partial, pb::RunState::Held]) {
        exit::DIFFERENT
    } else {
        0
    }
}

fn show(run: Option<pb::Run>) -> ExitCode {
    print!("{}", report::summary(&run.into_iter().collect::<Vec<_>>()));
    ExitCode::SUCCESS
}

pub(super) async fn retry(args: RetryArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::RetryItemsRequest { run_id: args.run_id, codes: args.codes, ids: args.ids };
    let answer: pb::RetryItemsResponse =
        client.ask(&format!("{SERVICE}/RetryItems"), request).await?;
    println!("{}", answer.run.unwrap_or_default().run_id);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn cancel(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::CancelRunRequest { run_id: args.run_id };
    let answer: pb::CancelRunResponse =
        client.ask(&format!("{SERVICE}/CancelRun"), request).await?;
    Ok(show(answer.run))
}

pub(super) async fn approve(args: ApproveArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::ApproveRunRequest { run_id: args.run_id, removals: args.removals };
    let answer: pb::ApproveRunResponse =
        client.ask(&format!("{SERVICE}/ApproveRun"), request).await?;
    Ok(show(answer.run))
}

pub(super) async fn discard(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::DiscardRunRequest { run_id: args.run_id };
    let answer: pb::DiscardRunResponse =
        client.ask(&format!("{SERVICE}/DiscardRun"), request).await?;
    Ok(show(answer.run))
}

pub(super) async fn removals(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let mut request = pb::ListRemovalsRequest { run_id: args.run_id, ..Default::default() };
    loop {
        let page: pb::ListRemovalsResponse =
            client.ask(&format!("{SERVICE}/ListRemovals"), request.clone()).await?;
        for removal in page.removals {
            let label = removal.label.unwrap_or_default();
            println!("{:<24}{:<10}{label}", removal.zoho_id, removal.evidence);
        }
        if page.next_page_token.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        request.page_token = page.next_page_token;
    }
}
