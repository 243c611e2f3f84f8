//! `runs list` and `runs show`: the runs of the tenant, and the details of one.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        item::{local, stamp},
        output::{Output, pretty, print, row, shown, table, written},
        report, word,
    },
    crate::proto::pb,
    chrono::{DateTime, Utc},
    clap::{Args, ValueEnum},
    serde_json::{Value, json},
    std::{
        fmt::Write as _,
        io::{self, IsTerminal as _},
        process::ExitCode,
    },
};

const LIST: &str = "sigma.v1.SyncRunService/ListRuns";
const GET: &str = "sigma.v1.SyncRunService/GetRun";
/// Runs on a page.
const RUNS_PAGE: u32 = 200;
/// Items on a page.
const ITEMS_PAGE: u32 = 1_000;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only runs of this module, such as students
    #[arg(long, value_parser = word::module)]
    module: Option<String>,
    /// Only runs with this status: running, completed, partial, failed, cancelled or held
    #[arg(long, value_parser = word::lower)]
    status: Option<String>,
    /// Only runs with this trigger: manual (also those of a chain), retry, scheduled, webhook (also those of a dependency),
    /// dependency or chain
    #[arg(long, value_parser = word::trigger)]
    trigger: Option<String>,
    /// Only runs that ended with this error code, such as MAPPED_FIELD_ABSENT
    #[arg(long, value_parser = word::code)]
    code: Option<String>,
    /// Only runs of this chain, by the id of its first run
    #[arg(long, value_name = "RUN_ID")]
    chain: Option<String>,
    /// Only runs accepted at or after this time, such as 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only runs accepted before this time
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// The greatest number of runs to list
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Id of the run
    run_id: String,
    /// The greatest number of items to show with it
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    items: u32,
    /// Only items with this status, such as FAILED, or WARNED for those with warnings
    #[arg(long, value_parser = word::upper)]
    status: Option<String>,
    /// Only items with this code, such as MOODLE_EMAIL_TAKEN, also as that of a warning
    #[arg(long, value_parser = word::code)]
    code: Option<String>,
    /// Output format [default: table on a terminal, else json]
    #[arg(short, long, value_enum)]
    output: Option<ShowOutput>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowOutput {
    /// For people
    Table,
    /// One JSON document: the fields of the run, `items` and `items_total`
    Json,
}

pub(super) async fn list(args: ListArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::ListRunsRequest {
        module: args.module.unwrap_or_default(),
        limit: i32::try_from(args.limit.min(RUNS_PAGE)).ok(),
        page_token: String::new(),
        status: args.status.unwrap_or_default(),
        trigger_source: args.trigger.unwrap_or_default(),
        error_code: args.code.unwrap_or_default(),
        chain_id: args.chain.unwrap_or_default(),
        started_after: stamp(args.since),
        started_before: stamp(args.until),
    };
    let open = |page: pb::ListRunsResponse| (page.runs, page.next_page_token);
    let turn = |request: &mut pb::ListRunsRequest, token| request.page_token = token;
    let runs = client.pages(LIST, (request, args.limit), open, turn).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        print(&run_table(&runs))?;
    } else {
        let kind = message("Run")?;
        let rows = runs.iter().map(|run| row(&kind, run)).collect::<Result<Vec<_>, _>>()?;
        print(&written(output, &kind, &rows, "run_id")?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes runs for people, a line for each, with their current counts.
fn run_table(runs: &[pb::Run]) -> String {
    let head = [
        "ACCEPTED",
        "MODULE",
        "STATUS",
        "TRIGGER",
        "NEW",
        "UNCHANGED",
        "UPDATED",
        "FAILED",
        "SKIPPED",
        "RUN",
        "WHAT",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for run in runs {
        let counts = run.progress.unwrap_or_default();
        rows.push(vec![
            local(run.started_at),
            run.module_name.clone(),
            status(run).to_owned(),
            trigger(run).to_owned(),
            counts.new().to_string(),
            counts.unchanged().to_string(),
            counts.updated().to_string(),
            counts.failed().to_string(),
            counts.skipped().to_string(),
            if run.dry_run() { format!("{} (dry)", run.run_id) } else { run.run_id.clone() },
            why(run),
        ]);
    }
    table(&rows)
}

/// The status, with a word of its own for a run that no worker has claimed yet.
fn status(run: &pb::Run) -> &str {
    if run.state() == pb::RunState::Queued { "queued" } else { &run.status }
}

/// The trigger of the run, as exactly as it is known.
fn trigger(run: &pb::Run) -> &str {
    run.trigger.as_deref().unwrap_or(&run.trigger_source)
}

/// Returns why a run failed or waits.
fn why(run: &pb::Run) -> String {
    let held = report::held(run);
    match (&run.error_summary, &run.error_code) {
        (Some(summary), Some(code)) => format!("{summary} [{code}]"),
        (Some(summary), None) => summary.clone(),
        (None, Some(code)) => format!("[{code}]"),
        (None, None) => {
            let held: Vec<String> = held.into_iter().map(|(_, reason)| reason).collect();
            if held.is_empty() { report::waiting(run).unwrap_or_default() } else { held.join("; ") }
        }
    }
}

pub(super) async fn show(args: ShowArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let most = usize::try_from(args.items).unwrap_or(usize::MAX);
    let mut request = pb::GetRunRequest {
        run_id: args.run_id,
        items_limit: i32::try_from(args.items.min(ITEMS_PAGE)).ok(),
        items_token: String::new(),
        items_status: args.status.unwrap_or_default(),
        items_code: args.code.unwrap_or_default(),
    };
    let mut items: Vec<pb::RunItem> = Vec::new();
    let (run, total) = loop {
        let page: pb::GetRunResponse = client.ask(GET, request.clone()).await?;
        items.extend(page.items);
        match page.items_next {
            Some(next) if items.len() < most => request.items_token = next,
            _ => break (page.run.unwrap_or_default(), page.items_total),
        }
    };
    items.truncate(most);
    let fitting = if io::stdout().is_terminal() { ShowOutput::Table } else { ShowOutput::Json };
    match args.output.unwrap_or(fitting) {
        ShowOutput::Table => print(&page(&run, &items, total))?,
        ShowOutput::Json => print(&document(&run, &items, total)?)?,
    };
    Ok(ExitCode::SUCCESS)
}

/// Writes a run and its items as one JSON document.
fn document(run: &pb::Run, items: &[pb::RunItem], total: i64) -> Result<String, Failed> {
    let kinds = (message("Run")?, message("RunItem")?);
    let mut document = row(&kinds.0, run)?;
    let items = items.iter().map(|item| row(&kinds.1, item)).collect::<Result<Vec<_>, _>>()?;
    if let Value::Object(fields) = &mut document {
        fields.insert("items".into(), items.into());
        fields.insert("items_total".into(), json!(total));
    }
    pretty(&document)
}

/// Writes a run for people: its details, its counts, and its items.
fn page(run: &pb::Run, items: &[pb::RunItem], total: i64) -> String {
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let mut facts: Vec<(&str, Option<String>)> = vec![
        ("run", Some(run.run_id.clone())),
        ("module", Some(run.module_name.clone())),
        ("status", Some(status(run).to_owned())),
        ("phase", Some(run.phase.clone())),
        ("dry run", run.dry_run().then(|| "yes, nothing is written".to_owned())),
        ("why", Some(why(run)).filter(|why| !why.is_empty())),
        ("trigger", Some(trigger(run).to_owned())),
        ("asked by", run.triggered_by.clone()),
        ("key", run.started_key.clone()),
        ("accepted", Some(local(run.started_at))),
        ("waits", run.waiting.as_ref().map(|waiting| format!("since {}", local(waiting.since)))),
        ("ended", run.finished_at.map(|at| local(Some(at)))),
        ("chain", run.chain_id.clone()),
        ("mapping", number(run.mapping_version).map(|version| format!("version {version}"))),
        ("expected", number(run.expected_total).map(|records| format!("{records} records"))),
    ];
    if let Some(removals) = &run.removals {
        let approved = match (&removals.approved_by, removals.approved) {
            (Some(by), Some(most)) => format!(", at most {most} approved by {by}"),
            _ => String::new(),
        };
        let text =
            format!("{} planned, {} carried out{approved}", removals.planned, removals.applied);
        facts.push(("removals", Some(text)));
    }
    if let Some(changes) = &run.changes {
        let approved = match (&changes.approved_by, changes.approved) {
            (Some(by), Some(most)) => format!(", at most {most} approved by {by}"),
            _ => String::new(),
        };
        let field = changes.field.as_ref().map(|field| format!(" of {field}")).unwrap_or_default();
        let text = format!(
            "{} planned, {} written{approved}; held for {}{field}, {} % of the records",
            changes.planned, changes.applied, changes.kind, changes.share_percent
        );
        facts.push(("changes", Some(text)));
    }
    if let Some(calls) = run.upstream {
        let text = format!(
            "{} to Zoho ({} credits), {} to Moodle",
            calls.zoho_calls, calls.zoho_credits, calls.moodle_calls
        );
        facts.push(("calls", Some(text)));
    }
    let mut out = String::new();
    for (name, fact) in facts {
        if let Some(fact) = fact {
            let _never_fails = writeln!(out, "{name:<10}{}", shown(&fact));
        }
    }
    out.push_str(&report::next(run));
    let _never_fails = write!(out, "\n{}", report::counts(run));
    out.push_str(&report::findings(run));
    for change in run.changes.iter().flat_map(|changes| &changes.samples) {
        let (fields, label) =
            (change.fields.join(", "), change.label.as_deref().unwrap_or_default());
        let line = format!("{:<10} {:<20} {label}  {fields}", change.op, change.zoho_id);
        let _never_fails = writeln!(out, "{}", shown(line.trim_end()));
    }
    for item in items {
        out.push_str(&report::item(item));
    }
    if total > i64::try_from(items.len()).unwrap_or(i64::MAX) {
        let _never_fails = writeln!(
            out,
            "\n{} of {total} items; more with --items, all with: sigma-sync runs export {}",
            items.len(),
            shown(&run.run_id)
        );
    }
    out
}
