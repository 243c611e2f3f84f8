//! `widget`: a session for a page, by a code that the page claims.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        output::{print_line, tell},
        word,
    },
    crate::proto::pb,
    clap::{Args, Subcommand},
    std::process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(super) enum WidgetCommand {
    /// Print a code, which a page changes into a session once within five minutes
    Open(OpenArgs),
}

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// What the session may be used for: owner, operator or viewer, at most what the key is
    #[arg(long, default_value = "viewer", value_parser = word::lower)]
    role: String,
    /// The person who uses it, which is noted with what the session does
    #[arg(long, default_value = "cli")]
    actor: String,
    /// Only these modules; several are separated by commas
    #[arg(long, value_name = "MODULE", value_delimiter = ',', value_parser = word::lower)]
    modules: Vec<String>,
    /// The origin of the page, such as https://crm.zoho.com; pages of other origins are refused
    #[arg(long)]
    origin: Option<String>,
    /// How long the session lasts, in seconds, 1 to 1800 [default: 900]
    #[arg(long, value_name = "SECONDS")]
    ttl_s: Option<i64>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn widget(command: WidgetCommand) -> Result<ExitCode, Failed> {
    let WidgetCommand::Open(OpenArgs { role, actor, modules, origin, ttl_s, client }) = command;
    let request = pb::CreateSessionRequest {
        role,
        actor,
        modules,
        origin,
        ttl_s,
        as_code: true,
        ..Default::default()
    };
    let method = "sigma.v1.AccessService/CreateSession";
    let opened: pb::CreateSessionResponse = Client::new(&client)?.ask(method, request).await?;
    print_line(&opened.code)?;
    tell("the code is valid for five minutes and can be used once");
    Ok(ExitCode::SUCCESS)
}
