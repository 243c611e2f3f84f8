//! `widget`: a session for a page, by a code that the page claims; and the zip of the page for Zoho.

use {
    super::{
        Failed, branding,
        client::{Client, ClientArgs},
        exit,
        output::{print_line, tell},
        server::Server,
        word,
    },
    crate::{boot, proto::pb},
    clap::{Args, Subcommand},
    std::{path::PathBuf, process::ExitCode},
};

#[derive(Debug, Subcommand)]
pub(super) enum WidgetCommand {
    /// Print a link that opens the widget, signed in; it can be used once within five minutes
    Open(OpenArgs),
    /// Write the zip of the widget for Zoho, which hosts it
    Pack(PackArgs),
    /// Show or change the name, the logo and the colours that the widget has for a school
    Branding(branding::BrandingArgs),
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
    /// Print only the code that the page changes into the session
    #[arg(long)]
    code_only: bool,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// The server that the page calls; https:// only, because Zoho's pages may call no other
    #[arg(long, value_name = "URL")]
    server: String,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn widget(command: WidgetCommand) -> Result<ExitCode, Failed> {
    match command {
        WidgetCommand::Open(args) => open(args).await,
        WidgetCommand::Pack(args) => pack(&args),
        WidgetCommand::Branding(args) => branding::branding(args).await,
    }
}

/// Returns the address at which a page claims a code. What stands behind the # stays in the browser.
pub(super) fn link(server: &str, code: &str) -> String {
    format!("{server}/widget/#code={code}")
}

async fn open(args: OpenArgs) -> Result<ExitCode, Failed> {
    let OpenArgs { role, actor, modules, origin, ttl_s, code_only, client } = args;
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
    let client = Client::new(&client)?;
    let opened: pb::CreateSessionResponse = client.ask(method, request).await?;
    if code_only {
        print_line(&opened.code)?;
    } else {
        print_line(&link(client.server.address(), &opened.code))?;
    }
    let what = if code_only { "code" } else { "link" };
    tell(&format!("the {what} is valid for five minutes and can be used once"));
    Ok(ExitCode::SUCCESS)
}

fn pack(PackArgs { server, output }: &PackArgs) -> Result<ExitCode, Failed> {
    let server = Server::new(server, None)?;
    if !server.is_private() {
        let message = "the server address must begin with https://: Zoho's pages may call no other";
        return Err(Failed::new(exit::FAILED, message));
    }
    let packed = boot::pack_widget(server.address())?;
    std::fs::write(output, &packed).map_err(|error| {
        Failed::new(exit::FAILED, format!("cannot write {}: {error}", output.display()))
    })?;
    tell(&format!(
        "wrote {} ({} KiB) for {}",
        output.display(),
        packed.len().div_ceil(1024),
        server.address()
    ));
    Ok(ExitCode::SUCCESS)
}
