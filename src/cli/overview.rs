//! `overview`: how a school's synchronisation stands, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        item::local,
        output::{Output, print, row, table, written},
        word,
    },
    crate::proto::pb,
    clap::{Args, ValueEnum},
    std::process::ExitCode,
};

const GET: &str = "sigma.v1.OverviewService/GetOverview";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Window {
    /// By the hour
    #[value(name = "24h")]
    Day,
    /// By six hours
    #[value(name = "7d")]
    Week,
    /// By the day
    #[value(name = "30d")]
    Month,
}

#[derive(Debug, Args)]
pub(super) struct OverviewArgs {
    /// How far the figures go back
    #[arg(long, value_enum, default_value_t = Window::Day)]
    window: Window,
    /// Only this module
    #[arg(long, value_parser = word::module)]
    module: Option<String>,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn overview(args: OverviewArgs) -> Result<ExitCode, Failed> {
    let window = match args.window {
        Window::Day => "24h",
        Window::Week => "7d",
        Window::Month => "30d",
    };
    let request = pb::GetOverviewRequest {
        window: window.to_owned(),
        module_name: args.module.unwrap_or_default(),
    };
    let answer: pb::GetOverviewResponse = Client::new(&args.client)?.ask(GET, request).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        print(&told(&answer))?;
    } else {
        let kind = message("GetOverviewResponse")?;
        print(&written(output, &kind, &[row(&kind, &answer)?], "as_of")?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes an overview for people.
fn told(answer: &pb::GetOverviewResponse) -> String {
    let mut out = String::new();
    for one in &answer.connections {
        let why = one.code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
        let missing = one.missing.join(", ");
        let missing = if missing.is_empty() { missing } else { format!(": {missing}") };
        out.push_str(&format!("{}: {}{missing}{why}\n", one.provider, one.state));
    }
    if let Some(credits) = &answer.credits {
        let left = credits.left.map(|left| format!(", {left} left")).unwrap_or_default();
        out.push_str(&format!("credits: {} used in 24 hours{left}\n", credits.used));
    }
    out.push('\n');
    for one in &answer.notices {
        out.push_str(&format!("{}: {}\n", one.severity, sentence(one)));
    }
    if answer.notices.is_empty() {
        out.push_str("nothing needs attention\n");
    }
    let mut rows =
        vec![["MODULE", "ON", "LAST RUN", "STATUS", "COUNTS"].map(str::to_owned).to_vec()];
    for one in &answer.modules {
        let run = one.last_run.as_ref();
        rows.push(vec![
            one.module_name.clone(),
            if one.enabled { "yes" } else { "no" }.to_owned(),
            run.map_or_else(|| "-".to_owned(), |run| local(run.finished_at.or(run.started_at))),
            run.map_or_else(|| "-".to_owned(), |run| run.status.clone()),
            run.map(counts).unwrap_or_default(),
        ]);
    }
    out.push('\n');
    out.push_str(&table(&rows));
    if let Some(total) = &answer.total {
        let failed = total.failed_invalid + total.failed_rejected + total.failed_transient;
        let p95 = total.duration_p95_ms.map_or_else(String::new, |ms| {
            format!(", 95 % of the runs within {}.{} s", ms / 1_000, ms % 1_000 / 100)
        });
        out.push_str(&format!(
            "\n{}: {} runs, {} records, {} new, {} updated, {failed} failed{p95}\n",
            answer.window, total.runs, total.read, total.new, total.updated
        ));
    }
    out
}

/// Writes the counts of a run that are not 0.
fn counts(run: &pb::Run) -> String {
    let Some(counts) = run.progress.as_ref().or(run.counts.as_ref()) else { return String::new() };
    let named = [
        ("new", counts.new),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("failed", counts.failed),
        ("skipped", counts.skipped),
    ];
    let counted = named.into_iter().filter_map(|(name, count)| {
        let count = count.filter(|count| *count > 0)?;
        Some(format!("{count} {name}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}

/// Says in words what needs attention.
fn sentence(notice: &pb::OverviewNotice) -> String {
    let module = notice.module_name.as_deref().unwrap_or("-");
    let subject = notice.subject.as_deref().unwrap_or("-");
    let count = notice.count.unwrap_or_default();
    let until = || local(notice.until);
    let said = match notice.kind.as_str() {
        "connection_broken" => format!("runs fail by the connection to {subject}"),
        "connection_incomplete" => format!("the settings for {subject} are incomplete"),
        "connection_paused" => format!("runs wait for {subject} until {}", until()),
        "run_held" => {
            format!("a run of {module} waits for an approval of {count} until {}", until())
        }
        "module_failing" => format!("the last run of {module} failed"),
        "records_failed" => format!("{count} records of {module} failed"),
        "required_missing" => format!("the required field {subject} of {module} has no mapping"),
        "key_expiring" => format!("the key {subject} ends at {}", until()),
        "secret_retiring" => {
            format!(
                "the replaced secret of the key {subject} is still in use and ends at {}",
                until()
            )
        }
        "credits_low" => format!("{count} credits of {subject} are left"),
        "waits_old" => format!("{count} records of {module} have waited for {subject} for long"),
        other => other.to_owned(),
    };
    let code = notice.code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let run = notice.run_id.as_ref().map(|run| format!(" (run {run})")).unwrap_or_default();
    format!("{said}{code}{run}")
}
