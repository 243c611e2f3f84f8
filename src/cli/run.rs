//! `runs` and `sync`: starting runs, approving or discarding their removals, and ending them, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit,
        output::{print, print_line, shown, table, tell},
        report,
        watch::follow,
        word,
    },
    crate::{domain::code, proto::pb},
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// Every record, including which ones are gone (the default)
    Full,
    /// Records changed since the last full run
    Changes,
    /// Every record, and every linked object: what is gone is made again, what differs is written again
    Verify,
}

#[derive(Debug, Args)]
struct How {
    /// Write nothing; show what would be written
    #[arg(long)]
    dry_run: bool,
    /// Only what changed since the last full run; the same as --scope changes
    #[arg(long, conflicts_with = "scope")]
    changes: bool,
    /// What to read
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    /// Do not wait for the end
    #[arg(long)]
    no_wait: bool,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// End with 0 also when a run failed; else it is 1 when a run failed, and 6 when items failed or removals wait
    #[arg(long)]
    no_exit_status: bool,
    /// The default since it can be switched off; scripts still give it
    #[arg(long, hide = true, conflicts_with = "no_exit_status")]
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
    #[arg(value_parser = word::lower)]
    module: String,
    /// Only these records, by their Zoho ids, with commas between them
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["changes", "scope"])]
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
    /// Only items that failed or have a warning with one of these codes, with commas between them
    #[arg(long, value_delimiter = ',', value_parser = word::code)]
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
    /// Greatest number of removals to carry out; without it and --changes, the command says what waits
    #[arg(long)]
    removals: Option<i64>,
    /// Greatest number of changes to write
    #[arg(long, conflicts_with = "removals")]
    changes: Option<i64>,
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
        let word = match self.scope {
            Some(Scope::Full) => "full",
            Some(Scope::Verify) => "verify",
            Some(Scope::Changes) => "changes",
            None if self.changes => "changes",
            None => return None,
        };
        Some(word.to_owned())
    }
}

/// Follows runs until they end and prints them.
async fn finish(client: &Client, how: &How, started: Vec<pb::Run>) -> Result<ExitCode, Failed> {
    let mut runs = Vec::with_capacity(started.len());
    for run in started {
        if how.no_wait {
            runs.push(run);
        } else {
            runs.push(patiently(client, &run).await?);
        }
    }
    match how.output {
        Output::Table => print(&report::summary(&runs))?,
        Output::Id => {
            print(&runs.iter().map(|run| format!("{}\n", run.run_id)).collect::<String>())?
        }
        Output::Json => {
            let documents: Vec<_> = runs.iter().map(report::document).collect();
            print_line(&json!({ "runs": documents }).to_string())?
        }
    };
    Ok(ExitCode::from(if how.no_exit_status { 0 } else { worst(&runs) }))
}

/// Follows a run to its end, and tells beside the results why it waits.
async fn patiently(client: &Client, run: &pb::Run) -> Result<pb::Run, Failed> {
    let mut told = None;
    let each = |state: &pb::Run| {
        let waits = report::waiting(state).filter(|_| state.state() == pb::RunState::Queued);
        if let Some(reason) = waits.as_ref().filter(|_| waits != told) {
            tell(&format!("{} waits: {}", shown(&state.module_name), shown(reason)));
        }
        told = waits.or(told.take());
    };
    follow(client, &run.run_id, each).await
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

fn show(run: Option<pb::Run>) -> Result<ExitCode, Failed> {
    print(&report::summary(&run.into_iter().collect::<Vec<_>>()))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn retry(args: RetryArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::RetryItemsRequest { run_id: args.run_id, codes: args.codes, ids: args.ids };
    let answer: pb::RetryItemsResponse =
        client.ask(&format!("{SERVICE}/RetryItems"), request).await?;
    print_line(&answer.run.unwrap_or_default().run_id)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn cancel(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::CancelRunRequest { run_id: args.run_id };
    let answer: pb::CancelRunResponse =
        client.ask(&format!("{SERVICE}/CancelRun"), request).await?;
    show(answer.run)
}

pub(super) async fn approve(args: ApproveArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    if args.removals.is_none() && args.changes.is_none() {
        return Err(undecided(&client, args.run_id).await?);
    }
    let (removals, changes) = (args.removals.unwrap_or_default(), args.changes);
    let request = pb::ApproveRunRequest { run_id: args.run_id, removals, changes };
    let answer: pb::ApproveRunResponse =
        client.ask(&format!("{SERVICE}/ApproveRun"), request).await?;
    show(answer.run)
}

/// Says what of a run waits for an approval, and how each part is approved.
async fn undecided(client: &Client, run_id: String) -> Result<Failed, Failed> {
    let request =
        pb::GetRunRequest { run_id: run_id.clone(), items_limit: Some(0), ..Default::default() };
    let answer: pb::GetRunResponse = client.ask(&format!("{SERVICE}/GetRun"), request).await?;
    let run = answer.run.unwrap_or_default();
    if run.state() != pb::RunState::Held {
        let code = code::RUN_NOT_HELD;
        let message = format!("{} [{code}]", code.message(&[("state", &shown(&run.status))]));
        return Ok(Failed::new(exit::REFUSED, message));
    }
    let removals = run.removals.filter(|own| own.held_reason.is_some() && own.approved.is_none());
    let changes = run.changes.filter(|own| own.approved.is_none());
    let waits = [
        ("removals", removals.map(|own| own.planned)),
        ("changes", changes.map(|own| own.planned)),
    ];
    let mut message =
        "name what is approved, removals or changes, and how many at most; of this run wait"
            .to_owned();
    for (what, planned) in waits {
        if let Some(planned) = planned {
            message.push_str(&format!(
                "\n  {planned} {what}: sigma-sync runs approve {} --{what} {planned}",
                shown(&run_id)
            ));
        }
    }
    Ok(Failed::new(exit::USAGE, message))
}

pub(super) async fn discard(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::DiscardRunRequest { run_id: args.run_id };
    let answer: pb::DiscardRunResponse =
        client.ask(&format!("{SERVICE}/DiscardRun"), request).await?;
    show(answer.run)
}

pub(super) async fn removals(args: RunArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::GetRunRequest {
        run_id: args.run_id.clone(),
        items_limit: Some(0),
        ..Default::default()
    };
    let answer: pb::GetRunResponse = client.ask(&format!("{SERVICE}/GetRun"), request).await?;
    let waits = answer.run.as_ref().filter(|run| run.state() == pb::RunState::Held);
    if let Some(reason) = waits.and_then(report::waiting) {
        tell(&shown(&reason));
    }
    let mut request = pb::ListRemovalsRequest { run_id: args.run_id, ..Default::default() };
    loop {
        let page: pb::ListRemovalsResponse =
            client.ask(&format!("{SERVICE}/ListRemovals"), request.clone()).await?;
        let rows: Vec<Vec<String>> = page.removals.into_iter().map(row).collect();
        if !print(&table(&rows))? || page.next_page_token.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        request.page_token = page.next_page_token;
    }
}

/// A removal: the record, the word of the reason, the reason in words, and what people call the record.
fn row(removal: pb::Removal) -> Vec<String> {
    let reason = match removal.evidence.as_str() {
        "absent" => "missing from the full read",
        "deleted" => "deleted in Zoho",
        "status" => "its status ends the use",
        "moved" => "moved to another course or cohort",
        _ => "",
    };
    let label = removal.label.unwrap_or_default();
    vec![removal.zoho_id, removal.evidence, reason.to_owned(), label]
}
