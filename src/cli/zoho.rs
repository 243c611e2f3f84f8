//! `mappings zoho-fields` and `mappings zoho-records`: what an editor of mappings reads from Zoho, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        output::{pretty, print, row, table, tell},
        word,
    },
    crate::proto::pb,
    clap::{Args, ValueEnum},
    prost::Message,
    std::process::ExitCode,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Table,
    /// The answer of the API
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FieldsArgs {
    /// Module
    #[arg(value_parser = word::lower)]
    module: String,
    /// Read the fields again
    #[arg(long)]
    refresh: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct RecordsArgs {
    /// Module
    #[arg(value_parser = word::lower)]
    module: String,
    /// A part of the name or of the e-mail address, or the id [default: the newest records]
    #[arg(default_value = "", hide_default_value = true)]
    text: String,
    /// Records to list, 1 to 20
    #[arg(long, default_value_t = 20)]
    limit: i32,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

fn show(
    output: Output,
    rows: &[Vec<String>],
    name: &str,
    answer: &impl Message,
) -> Result<ExitCode, Failed> {
    let text = match output {
        Output::Table => table(rows),
        Output::Json => pretty(&row(&message(name)?, answer)?)?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn fields(args: FieldsArgs) -> Result<ExitCode, Failed> {
    let request = pb::ListZohoFieldsRequest { module_name: args.module, refresh: args.refresh };
    let answer: pb::ListZohoFieldsResponse =
        Client::new(&args.client)?.ask("sigma.v1.MetadataService/ListZohoFields", request).await?;
    let words = |field: &pb::ZohoField| {
        let words = [
            (field.required, "required"),
            (field.unique, "unique"),
            (!field.readable, "hidden"),
            (!field.writable, "read only"),
            (field.single_read_only, "one by one"),
        ];
        let words = words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word);
        words.collect::<Vec<_>>().join(", ")
    };
    let cells = answer.fields.iter().map(|field| {
        let length = field.max_length.map(|most| most.to_string()).unwrap_or_default();
        vec![
            field.api_name.clone(),
            field.label.clone(),
            field.r#type.clone(),
            length,
            words(field),
        ]
    });
    let head = ["FIELD", "LABEL", "TYPE", "LENGTH", "NOTES"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    if let Some(missing) = &answer.missing {
        tell(&format!("Zoho does not answer, so these fields are older than an hour: {missing}"));
    }
    show(args.output, &rows, "ListZohoFieldsResponse", &answer)
}

pub(super) async fn records(args: RecordsArgs) -> Result<ExitCode, Failed> {
    let request = pb::SearchZohoRecordsRequest {
        module_name: args.module,
        text: args.text,
        limit: args.limit,
    };
    let method = "sigma.v1.MetadataService/SearchZohoRecords";
    let answer: pb::SearchZohoRecordsResponse =
        Client::new(&args.client)?.ask(method, request).await?;
    let head = ["ID", "NAME"].map(str::to_owned).to_vec();
    let cells = answer.records.iter().map(|one| vec![one.zoho_id.clone(), one.label.clone()]);
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    show(args.output, &rows, "SearchZohoRecordsResponse", &answer)
}
