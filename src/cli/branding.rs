//! `widget branding`: the look of the widget, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit,
        output::print,
    },
    crate::{boot::read_short, proto::pb},
    clap::Args,
    std::process::ExitCode,
};

const SERVICE: &str = "sigma.v1.BrandingService";

/// What to change; without any of these the look is only shown. An empty text clears a part.
#[derive(Debug, Args)]
pub(super) struct BrandingArgs {
    /// The name in place of sigma-sync, at most 40 characters
    #[arg(long)]
    name: Option<String>,
    /// The logo: an SVG of at most 32 KiB that only draws, - for none
    #[arg(long, value_name = "FILE")]
    logo: Option<String>,
    /// The colour of the band at the top, such as #0d5c56
    #[arg(long)]
    colour: Option<String>,
    /// The colour of the text on it; the contrast must be at least 4.5 to 1
    #[arg(long)]
    text_colour: Option<String>,
    /// Where people get help: https://… or mailto:…
    #[arg(long, value_name = "URL")]
    support_url: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn branding(args: BrandingArgs) -> Result<ExitCode, Failed> {
    let BrandingArgs { name, logo, colour, text_colour, support_url, client } = args;
    let logo = logo.as_deref().map(read).transpose()?;
    let request = pb::UpdateBrandingRequest { name, logo, colour, text_colour, support_url };
    let client = Client::new(&client)?;
    let shown = if request == pb::UpdateBrandingRequest::default() {
        let method = format!("{SERVICE}/GetBranding");
        let answer: pb::GetBrandingResponse =
            client.ask(&method, pb::GetBrandingRequest {}).await?;
        answer.shown
    } else {
        let method = format!("{SERVICE}/UpdateBranding");
        let answer: pb::UpdateBrandingResponse = client.ask(&method, request).await?;
        answer.shown
    };
    print(&lines(&shown.unwrap_or_default()))?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &str) -> Result<String, Failed> {
    if path == "-" {
        return Ok(String::new());
    }
    let failed = |why: String| Failed::new(exit::FAILED, format!("cannot read {path}: {why}"));
    let bytes = read_short(path.as_ref()).map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".into()))
}

/// Writes a look for people.
fn lines(look: &pb::Branding) -> String {
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let logo = match look.logo.len() {
        0 => "-".to_owned(),
        bytes => format!("SVG of {bytes} bytes"),
    };
    let colours = match look.contrast {
        None => "-".to_owned(),
        Some(contrast) => {
            format!(
                "{} with text in {} (contrast {contrast:.2} to 1)",
                look.colour, look.text_colour
            )
        }
    };
    format!(
        "name     {}\nlogo     {logo}\ncolours  {colours}\nsupport  {}\n",
        or_none(&look.name),
        or_none(&look.support_url)
    )
}
