//! `links`: the links between records and objects, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        output::print_line,
    },
    crate::proto::pb,
    clap::{Args, Subcommand},
    std::process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(super) enum LinksCommand {
    /// Forget the links of some records: the next run of the module looks for their objects, and makes what is not there
    Forget(ForgetArgs),
}

#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Module of the records
    #[arg(long)]
    module: String,
    /// Ids of the records in Zoho
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn links(command: LinksCommand) -> Result<ExitCode, Failed> {
    let LinksCommand::Forget(ForgetArgs { module, ids, client }) = command;
    let request = pb::ForgetLinksRequest { module, ids, ..Default::default() };
    let answer: pb::ForgetLinksResponse =
        Client::new(&client)?.ask("sigma.v1.SettingsService/ForgetLinks", request).await?;
    print_line(&format!("{} links forgotten", answer.links))?;
    Ok(ExitCode::SUCCESS)
}
