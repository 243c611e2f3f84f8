//! `records`: how a record stands, and what a run would do with it, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        item,
        output::{Output, print, row, table, written},
        word,
    },
    crate::proto::pb,
    clap::{Args, Subcommand},
    std::process::ExitCode,
};

const SERVICE: &str = "sigma.v1.RecordService";

#[derive(Debug, Subcommand)]
pub(super) enum RecordsCommand {
    /// Show what is known of a record: its object in Moodle, its last result, and what it waits for
    Get(RecordArgs),
    /// Show step by step what a run would do with a record now; nothing is written
    Explain(RecordArgs),
}

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// Module of the record
    #[arg(value_parser = word::module)]
    module: String,
    /// Id of the record in Zoho
    zoho_id: String,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn records(command: RecordsCommand) -> Result<ExitCode, Failed> {
    match command {
        RecordsCommand::Get(args) => get(args).await,
        RecordsCommand::Explain(args) => explain(args).await,
    }
}

async fn get(args: RecordArgs) -> Result<ExitCode, Failed> {
    let request = pb::GetRecordRequest { module_name: args.module, zoho_id: args.zoho_id };
    let method = format!("{SERVICE}/GetRecord");
    let answer: pb::GetRecordResponse = Client::new(&args.client)?.ask(&method, request).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        print(&record(&answer))?;
    } else {
        document(output, "GetRecordResponse", &answer)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn explain(args: RecordArgs) -> Result<ExitCode, Failed> {
    let request = pb::ExplainRecordRequest { module_name: args.module, zoho_id: args.zoho_id };
    let method = format!("{SERVICE}/ExplainRecord");
    let answer: pb::ExplainRecordResponse =
        Client::new(&args.client)?.ask(&method, request).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        print(&steps(&answer))?;
    } else {
        document(output, "ExplainRecordResponse", &answer)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn document(output: Output, name: &str, answer: &impl prost::Message) -> Result<(), Failed> {
    let kind = message(name)?;
    print(&written(output, &kind, &[row(&kind, answer)?], "zoho_id")?)?;
    Ok(())
}

/// Writes a record for people.
fn record(answer: &pb::GetRecordResponse) -> String {
    let mut rows = vec![vec!["state".to_owned(), answer.state.clone()]];
    let mut tell = |name: &str, text: String| rows.push(vec![name.to_owned(), text]);
    if !answer.module_enabled {
        tell("module", format!("{} is switched off", answer.module_name));
    }
    if let Some(link) = &answer.link {
        tell("object", format!("{} {} ({})", link.target_kind, link.target_id, link.state));
        if let Some(url) = &link.url {
            tell("page", url.clone());
        }
    }
    for wait in &answer.waits {
        let since = item::local(wait.since);
        tell("waits for", format!("{} {} since {since}", wait.parent_module, wait.parent_id));
    }
    if let Some(removal) = &answer.removal {
        let held = if removal.held { ", which waits for an approval" } else { "" };
        tell("removal", format!("planned by run {}{held}", removal.run_id));
    }
    let mut out = table(&rows);
    if let Some(last) = &answer.last_outcome {
        out.push('\n');
        out.push_str(&item::item_table(std::slice::from_ref(last)));
    }
    out
}

/// Writes the way of a record for people.
fn steps(answer: &pb::ExplainRecordResponse) -> String {
    let mut rows = vec![["STEP", "STATE", "WHY"].map(str::to_owned).to_vec()];
    for step in &answer.steps {
        let why = match (&step.message, &step.code) {
            (Some(message), Some(code)) => format!("{message} [{code}]"),
            _ => {
                let parents = step.parents.iter().map(|parent| {
                    let there = parent.target_id.as_deref().unwrap_or("missing");
                    format!("{} {}: {there}", parent.module_name, parent.zoho_id)
                });
                parents.collect::<Vec<_>>().join(", ")
            }
        };
        rows.push(vec![step.name.clone(), step.state.clone(), why]);
    }
    let changed = answer.diff.iter().flat_map(|diff| &diff.members);
    let changed: Vec<&str> = changed.map(|member| member.key.as_str()).collect();
    let would = if answer.would_write { "would be written" } else { "nothing would be written" };
    let op = answer.op.as_deref().map(|op| format!(", {op}")).unwrap_or_default();
    let fields =
        if changed.is_empty() { String::new() } else { format!(": {}", changed.join(", ")) };
    format!("{}\n{} ({would}{op}){fields}\n", table(&rows), answer.status)
}
