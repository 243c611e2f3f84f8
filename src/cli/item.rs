//! `runs items` and `runs export`: the results of records.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        exit,
        output::{Output, print, row, table, written},
        report, word,
    },
    crate::proto::pb,
    chrono::{DateTime, Local, Utc},
    clap::{Args, ValueEnum},
    prost::Message as _,
    prost_types::Timestamp,
    std::process::ExitCode,
};

const LIST: &str = "sigma.v1.ItemService/ListItems";
const EXPORT: &str = "sigma.v1.ItemService/ExportItems";
const EXPORT_CSV: &str = "sigma.v1.ItemService/ExportItemsCsv";
/// Outcomes on a page.
const PAGE: u32 = 200;
/// Lines that are written at once.
pub(super) const BLOCK: usize = 64 * 1024;

#[derive(Debug, Args)]
pub(super) struct ItemsArgs {
    /// Id of the run; all runs without it
    run_id: Option<String>,
    /// Only items of this module
    #[arg(long, value_parser = word::module)]
    module: Option<String>,
    /// Only items with this status, such as FAILED, or WARNED for those with warnings
    #[arg(long, value_parser = word::upper)]
    status: Option<String>,
    /// Only items of runs with this trigger, such as scheduled
    #[arg(long, value_parser = word::trigger)]
    trigger: Option<String>,
    /// Only items with this code, such as MOODLE_EMAIL_TAKEN, also as that of a warning
    #[arg(long, value_parser = word::code)]
    code: Option<String>,
    /// Only failures of this class: I the mapping or the record, R refused by the target, T one after which another try may succeed
    #[arg(long, value_parser = word::upper)]
    class: Option<String>,
    /// Only items of the record with this Zoho id, the latest first
    #[arg(long, value_name = "ID", conflicts_with = "person")]
    record: Option<String>,
    /// Only items of the student with this Zoho id, the latest first
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Only items stored at or after this time, such as 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only items stored before this time
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// Greatest number of items to list
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
    /// Id of the run
    run_id: String,
    /// Only items with this status, such as FAILED, or WARNED for those with warnings
    #[arg(long, value_parser = word::upper)]
    status: Option<String>,
    /// Only items with this code, such as MOODLE_EMAIL_TAKEN, also as that of a warning
    #[arg(long, value_parser = word::code)]
    code: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ExportOutput::Ndjson)]
    output: ExportOutput,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportOutput {
    /// One JSON document per line, with every field
    Ndjson,
    /// Comma-separated values with a header line; a cell that a spreadsheet would treat as a formula begins with an
    /// apostrophe
    Csv,
}

/// Returns a time in the form of the wire.
pub(super) fn stamp(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(|time| Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    })
}

/// Returns a time in the local time zone.
pub(super) fn local(stamp: Option<Timestamp>) -> String {
    stamp
        .and_then(|stamp| DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?))
        .map(|time| time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_else(|| "-".into())
}

pub(super) async fn items(args: ItemsArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::ListItemsRequest {
        module: args.module.unwrap_or_default(),
        status: args.status.unwrap_or_default(),
        trigger_source: args.trigger.unwrap_or_default(),
        code: args.code.unwrap_or_default(),
        created_after: stamp(args.since),
        created_before: stamp(args.until),
        run_id: args.run_id.unwrap_or_default(),
        zoho_id: args.record.unwrap_or_default(),
        person_id: args.person.unwrap_or_default(),
        class: args.class.unwrap_or_default(),
        limit: i32::try_from(args.limit.min(PAGE)).ok(),
        page_token: String::new(),
    };
    let open = |page: pb::ListItemsResponse| (page.items, page.next_page_token);
    let turn = |request: &mut pb::ListItemsRequest, token| request.page_token = token;
    let items = client.pages(LIST, (request, args.limit), open, turn).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        print(&item_table(&items))?;
    } else {
        let kind = message("Item")?;
        let rows = items.iter().map(|item| row(&kind, item)).collect::<Result<Vec<_>, _>>()?;
        print(&written(output, &kind, &rows, "zoho_id")?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes outcomes for people: a line for each, with the reason below it.
pub(super) fn item_table(items: &[pb::Item]) -> String {
    let head = ["TIME", "MODULE", "STATUS", "OP", "ZOHO ID", "MOODLE ID", "RUN", "WHAT"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for item in items {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let changed = item.diff.iter().flat_map(|diff| &diff.members);
        let changed: Vec<&str> = changed.map(|member| member.key.as_str()).collect();
        let what = match (&item.message, &item.code) {
            (Some(message), Some(code)) => format!("{message} [{code}]"),
            (Some(message), None) => message.clone(),
            (None, Some(code)) => format!("[{code}]"),
            (None, None) => changed.join(", "),
        };
        let warned = report::dropped(&item.warnings);
        let what = [what, warned].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let what = what.join("; ");
        let run = if item.dry_run { format!("{} (dry)", item.run_id) } else { item.run_id.clone() };
        rows.push(vec![
            local(item.created_at),
            item.module_name.clone(),
            item.status.clone(),
            dash(&item.op),
            item.zoho_id.clone(),
            dash(&item.target_id),
            run,
            what,
        ]);
    }
    table(&rows)
}

pub(super) async fn export(args: ExportArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let (run_id, status, code) =
        (args.run_id, args.status.unwrap_or_default(), args.code.unwrap_or_default());
    if args.output == ExportOutput::Csv {
        let request = pb::ExportItemsCsvRequest { run_id, status, code }.encode_to_vec();
        let mut texts = client.call(EXPORT_CSV, request.into()).await?;
        while let Some(bytes) = texts.message().await? {
            let lines = pb::ExportItemsCsvResponse::decode(bytes).map_err(unreadable)?;
            if !print(&lines.text)? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let kind = message("Item")?;
    let request = pb::ExportItemsRequest { run_id, status, code }.encode_to_vec();
    let mut answers = client.call(EXPORT, request.into()).await?;
    let mut lines = String::new();
    while let Some(bytes) = answers.message().await? {
        let answer = pb::ExportItemsResponse::decode(bytes).map_err(unreadable)?;
        lines.push_str(&row(&kind, &answer.item.unwrap_or_default())?.to_string());
        lines.push('\n');
        if lines.len() >= BLOCK {
            if !print(&lines)? {
                return Ok(ExitCode::SUCCESS);
            }
            lines.clear();
        }
    }
    print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn unreadable(error: prost::DecodeError) -> Failed {
    Failed::new(exit::FAILED, format!("the answer cannot be read: {error}"))
}
