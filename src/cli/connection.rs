//! `settings`: trying the connections, and what a new school still has to do, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs, message},
        exit,
        output::{pretty, print, print_line, row, table},
        word,
    },
    crate::proto::pb::{self, ConnectionStage},
    clap::{Args, Subcommand, ValueEnum},
    prost::Message,
    serde_json::Value,
    std::{fmt::Write as _, process::ExitCode},
};

#[derive(Debug, Subcommand)]
pub(super) enum SettingsCommand {
    /// Try the stored connections stage by stage; exits with 1 if a stage fails
    Test(TestArgs),
    /// Show what is still to be done until the school is synchronised by itself
    Checklist(ChecklistArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON: a line for each stage, or one document
    Json,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The system, zoho or moodle [default: both]
    #[arg(value_parser = word::lower)]
    provider: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct ChecklistArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn settings(command: SettingsCommand) -> Result<ExitCode, Failed> {
    match command {
        SettingsCommand::Test(args) => test(args).await,
        SettingsCommand::Checklist(args) => checklist(args).await,
    }
}

/// Returns a message as JSON.
fn json(name: &str, answer: &impl Message) -> Result<Value, Failed> {
    row(&message(name)?, answer)
}

async fn test(args: TestArgs) -> Result<ExitCode, Failed> {
    let client = Client::new(&args.client)?;
    let systems = match &args.provider {
        Some(provider) => vec![provider.as_str()],
        None => vec!["zoho", "moodle"],
    };
    let mut has_failed = false;
    for provider in systems {
        let request = pb::TestConnectionRequest { provider: provider.to_owned(), draft: None };
        let method = "sigma.v1.SettingsService/TestConnection";
        let mut stages = client.call(method, request.encode_to_vec().into()).await?;
        while let Some(bytes) = stages.message().await? {
            let answer = pb::TestConnectionResponse::decode(bytes).map_err(|error| {
                Failed::new(exit::FAILED, format!("the answer cannot be read: {error}"))
            })?;
            let stage = answer.stage.unwrap_or_default();
            has_failed |= stage.state == "failed";
            let is_read = match args.output {
                Output::Text => print(&lines(provider, &stage))?,
                Output::Json => {
                    let mut line = json("ConnectionStage", &stage)?;
                    if let Some(line) = line.as_object_mut() {
                        line.insert("provider".to_owned(), Value::from(provider));
                    }
                    print_line(&line.to_string())?
                }
            };
            if !is_read {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    Ok(if has_failed { ExitCode::from(exit::FAILED) } else { ExitCode::SUCCESS })
}

/// Writes a stage for people: a line, and one for each thing to add, under the place where it is added.
fn lines(provider: &str, stage: &ConnectionStage) -> String {
    let took = stage.ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
    let mut out = format!(
        "{provider:<7} {:<8} {:<9} {took:>8}  {}\n",
        stage.stage,
        stage.state,
        stage.message(),
    );
    let indent = " ".repeat(36);
    if let (Some(code), Some(remedy)) = (&stage.code, &stage.remedy) {
        let _never_fails = writeln!(out, "{indent}[{code}] {remedy}");
    }
    let mut place = "";
    for missing in &stage.missing {
        if place != missing.r#where {
            place = &missing.r#where;
            let url = missing.url.as_deref().map(|url| format!(" ({url})")).unwrap_or_default();
            let _never_fails = writeln!(out, "{indent}add in {place}{url}:");
        }
        let modules = match missing.modules.join(", ") {
            modules if modules.is_empty() => "no enabled module stops without it".to_owned(),
            modules => format!("needed by {modules}"),
        };
        let _never_fails = writeln!(out, "{indent}  {} {}: {modules}", missing.kind, missing.name);
    }
    out
}

async fn checklist(args: ChecklistArgs) -> Result<ExitCode, Failed> {
    let answer: pb::GetChecklistResponse = Client::new(&args.client)?
        .ask("sigma.v1.SettingsService/GetChecklist", pb::GetChecklistRequest {})
        .await?;
    let text = match args.output {
        Output::Json => pretty(&json("GetChecklistResponse", &answer)?)?,
        Output::Text => {
            let head = ["STEP", "STATE", "WHY", "WHERE"].map(str::to_owned).to_vec();
            let cells = answer.steps.iter().map(|step| {
                let why = match step.blocked_by.join(", ") {
                    first if first.is_empty() => step.reason().to_owned(),
                    first => format!("{} (first: {first})", step.reason()),
                };
                vec![step.step.clone(), step.state.clone(), why, step.screen.clone()]
            });
            table(&std::iter::once(head).chain(cells).collect::<Vec<_>>())
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
