//! `runs summary` and `runs calls`: the outcomes of a run in groups, and the calls behind its failures, through the public
//! API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        item::local,
        output::{Output, print, row, shown, table, written},
    },
    crate::proto::pb,
    clap::Args,
    std::process::ExitCode,
};

const SUMMARIZE: &str = "sigma.v1.SyncRunService/SummarizeRun";
const EXCHANGES: &str = "sigma.v1.ItemService/ListItemExchanges";

#[derive(Debug, Args)]
pub(super) struct SummaryArgs {
    /// Id of the run
    run_id: String,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct CallsArgs {
    /// Id of the run
    run_id: String,
    /// Only calls about the record with this Zoho id
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn summary(args: SummaryArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::SummarizeRunRequest { run_id: args.run_id };
    let answer: pb::SummarizeRunResponse = client.ask(SUMMARIZE, request).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        let head = ["STATUS", "COUNT", "OP", "CODE", "CLASS", "RETRY", "RECORDS"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        for group in &answer.groups {
            let ids: Vec<&str> = group.samples.iter().map(|one| one.zoho_id.as_str()).collect();
            rows.push(vec![
                group.status.clone(),
                group.count.to_string(),
                dash(&group.op),
                dash(&group.code),
                dash(&group.class),
                group.retry.clone(),
                ids.join(", "),
            ]);
        }
        print(&table(&rows))?;
    } else {
        let kind = message("RunGroup")?;
        let rows =
            answer.groups.iter().map(|one| row(&kind, one)).collect::<Result<Vec<_>, _>>()?;
        print(&written(output, &kind, &rows, "code")?)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn calls(args: CallsArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let request = pb::ListItemExchangesRequest {
        run_id: args.run_id,
        zoho_id: args.record.unwrap_or_default(),
        limit: Some(200),
        page_token: String::new(),
    };
    let open = |page: pb::ListItemExchangesResponse| (page.exchanges, page.next_page_token);
    let turn = |request: &mut pb::ListItemExchangesRequest, token| request.page_token = token;
    let calls = client.pages(EXCHANGES, (request, 1_000), open, turn).await?;
    let output = Output::or_fitting(args.output);
    if output == Output::Table {
        let mut out = String::new();
        for one in &calls {
            let status =
                one.http_status.map_or_else(|| "no answer".into(), |code| code.to_string());
            out.push_str(&format!(
                "{} record {}: {} {} -> {status}, {} ms, {} tries\n  sent      {}\n  answered  {}\n",
                local(one.created_at),
                one.zoho_id,
                one.provider,
                one.method,
                one.duration_ms,
                one.tries,
                shown(&one.request),
                shown(&one.answer),
            ));
        }
        print(&out)?;
    } else {
        let kind = message("ItemExchange")?;
        let rows = calls.iter().map(|one| row(&kind, one)).collect::<Result<Vec<_>, _>>()?;
        print(&written(output, &kind, &rows, "zoho_id")?)?;
    }
    Ok(ExitCode::SUCCESS)
}
