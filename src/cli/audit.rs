//! `audit`: lists and exports the audit log of a tenant, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        event,
        item::{BLOCK, ExportOutput, local, stamp, unreadable},
        output::{Output, print, row, table, written},
        word,
    },
    crate::proto::pb,
    chrono::{DateTime, Utc},
    clap::{Args, Subcommand},
    prost::Message as _,
    std::process::ExitCode,
};

const LIST: &str = "sigma.v1.AuditService/ListAuditEntries";
const EXPORT: &str = "sigma.v1.AuditService/ExportAuditEntries";
const EXPORT_CSV: &str = "sigma.v1.AuditService/ExportAuditEntriesCsv";
/// Entries on a page.
const PAGE: u32 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List entries, the newest first
    List(ListArgs),
    /// Write all entries that the filters match, the newest first
    Export(ExportArgs),
    /// Follow the log: a JSON line for each entry as it comes
    Watch(FollowArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: Filter,
    /// At most this many entries
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    filter: Filter,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ExportOutput::Ndjson)]
    output: ExportOutput,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct FollowArgs {
    /// Another tenant's log, for a platform key
    #[arg(long, value_name = "TENANT", default_value = "", hide_default_value = true)]
    of: String,
    #[command(flatten)]
    watch: event::WatchArgs,
}

/// Which entries are wanted.
#[derive(Debug, Args)]
struct Filter {
    /// Another tenant's log, for a platform key
    #[arg(long, value_name = "TENANT", default_value = "", hide_default_value = true)]
    of: String,
    /// Only entries of this person
    #[arg(long)]
    actor: Option<String>,
    /// Only entries of this key, or of `host` or `service`
    #[arg(long, value_name = "KEY")]
    by: Option<String>,
    /// Only entries of this action, such as module.update
    #[arg(long, value_parser = word::lower)]
    action: Option<String>,
    /// Only entries about this, such as a module or a run
    #[arg(long)]
    resource: Option<String>,
    /// Only entries at or after this time, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only entries before this time
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// Only `done` or `refused`
    #[arg(long, value_parser = word::lower)]
    outcome: Option<String>,
}

/// Fills the filter into a request.
macro_rules! filtered {
    ($request:ident, $filter:ident $(, $more:ident)*) => {
        pb::$request {
            tenant_id: $filter.of,
            actor: $filter.actor.unwrap_or_default(),
            key_id: $filter.by.unwrap_or_default(),
            action: $filter.action.unwrap_or_default(),
            resource: $filter.resource.unwrap_or_default(),
            since: stamp($filter.since),
            until: stamp($filter.until),
            outcome: $filter.outcome.unwrap_or_default(),
            $($more,)*
        }
    };
}

pub(super) async fn audit(command: AuditCommand) -> Result<ExitCode, Failed> {
    match command {
        AuditCommand::List(args) => list(args).await?,
        AuditCommand::Export(args) => export(args).await?,
        AuditCommand::Watch(FollowArgs { of, watch }) => return event::audit(watch, of).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: ListArgs) -> Result<(), Failed> {
    let ListArgs { filter, limit: wanted, output, client } = args;
    let client = Client::new(&client)?;
    let (limit, page_token) = (i32::try_from(wanted.min(PAGE)).ok(), String::new());
    let request = filtered!(ListAuditEntriesRequest, filter, limit, page_token);
    let open = |page: pb::ListAuditEntriesResponse| (page.entries, page.next_page_token);
    let turn = |request: &mut pb::ListAuditEntriesRequest, token| request.page_token = token;
    let entries = client.pages(LIST, (request, wanted), open, turn).await?;
    let output = Output::or_fitting(output);
    if output == Output::Table {
        print(&entry_table(&entries))?;
        return Ok(());
    }
    let kind = message("AuditEntry")?;
    let rows = entries.iter().map(|entry| row(&kind, entry)).collect::<Result<Vec<_>, _>>()?;
    print(&written(output, &kind, &rows, "entry_id")?)?;
    Ok(())
}

/// Writes entries for people, a line for each.
fn entry_table(entries: &[pb::AuditEntry]) -> String {
    let head = ["TIME", "ACTION", "RESOURCE", "ACTOR", "KEY", "ADDRESS", "OUTCOME", "CHANGED"];
    let line = |entry: &pb::AuditEntry| {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let changed = entry.after.iter().flat_map(|after| &after.members);
        let changed: Vec<&str> = changed.map(|member| member.key.as_str()).collect();
        vec![
            local(entry.created_at),
            entry.action.clone(),
            entry.resource.clone(),
            dash(&entry.actor),
            entry.key_id.clone(),
            dash(&entry.address),
            entry.outcome.clone(),
            changed.join(", "),
        ]
    };
    let head = head.map(str::to_owned).to_vec();
    table(&std::iter::once(head).chain(entries.iter().map(line)).collect::<Vec<_>>())
}

async fn export(args: ExportArgs) -> Result<(), Failed> {
    let ExportArgs { filter, output, client } = args;
    let client = Client::new(&client)?;
    if output == ExportOutput::Csv {
        let request = filtered!(ExportAuditEntriesCsvRequest, filter).encode_to_vec();
        let mut texts = client.call(EXPORT_CSV, request.into()).await?;
        while let Some(bytes) = texts.message().await? {
            let lines = pb::ExportAuditEntriesCsvResponse::decode(bytes).map_err(unreadable)?;
            if !print(&lines.text)? {
                break;
            }
        }
        return Ok(());
    }
    let kind = message("AuditEntry")?;
    let request = filtered!(ExportAuditEntriesRequest, filter).encode_to_vec();
    let mut answers = client.call(EXPORT, request.into()).await?;
    let mut lines = String::new();
    while let Some(bytes) = answers.message().await? {
        let answer = pb::ExportAuditEntriesResponse::decode(bytes).map_err(unreadable)?;
        lines.push_str(&row(&kind, &answer.entry.unwrap_or_default())?.to_string());
        lines.push('\n');
        if lines.len() >= BLOCK {
            if !print(&lines)? {
                return Ok(());
            }
            lines.clear();
        }
    }
    print(&lines)?;
    Ok(())
}
