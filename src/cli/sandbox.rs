//! `sandbox`: the emulated Zoho CRM and Moodle, and `sandbox ctl`, which reads and changes the switches of a running one.

use {
    super::{
        Failed, exit,
        output::{Reference, pretty, print, print_line, tell},
    },
    crate::boot,
    anyhow::Context as _,
    clap::{Args, Subcommand, ValueEnum},
    serde_json::{Map, Value, json},
    sigma_sync_sandbox::{Options, STUDENTS_MAX, Sandbox, client, guide},
    std::{fmt::Write as _, io::ErrorKind, net::SocketAddr, path::PathBuf, process::ExitCode},
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_long_help = guide::text())]
pub(super) struct SandboxArgs {
    /// Students of the school, at most 1,000,000
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(..=i64::from(STUDENTS_MAX)))]
    students: u32,
    /// Random seed; the same seed generates the same school
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave every Nth student without an e-mail address (0 = none)
    #[arg(long, default_value_t = 0)]
    broken_every: u32,
    /// Address of the emulated Zoho CRM
    #[arg(long, default_value = "127.0.0.1:8101")]
    zoho_listen: SocketAddr,
    /// Address of the emulated Moodle
    #[arg(long, default_value = "127.0.0.1:8102")]
    moodle_listen: SocketAddr,
    /// Keep the school's state in this file
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<SandboxCommand>,
}

#[derive(Debug, Subcommand)]
enum SandboxCommand {
    /// Read and change the switches of a running sandbox
    Ctl(CtlArgs),
    /// List the switches: settings, faults and controls
    Switches {
        /// Output format
        #[arg(short, long, value_enum, default_value_t = Reference::Table)]
        output: Reference,
    },
}

#[derive(Debug, Args)]
struct CtlArgs {
    /// Address of the running sandbox, either of its two
    #[arg(long, global = true, value_name = "ADDR", default_value = "127.0.0.1:8101")]
    at: SocketAddr,
    #[command(subcommand)]
    command: CtlCommand,
}

#[derive(Debug, Subcommand)]
enum CtlCommand {
    /// Show the settings, all or the named ones
    Show {
        /// Names of settings
        names: Vec<String>,
    },
    /// Change settings
    Set {
        /// NAME=VALUE; lists are separated by commas, or written as JSON
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = pair)]
        values: Vec<(String, String)>,
    },
    /// Give all settings their defaults
    Reset,
    /// Switch a fault on
    Fault {
        /// The system whose calls fail
        #[arg(value_enum)]
        system: System,
        /// How they fail; the kinds are listed by: sigma-sync sandbox switches
        kind: String,
        /// Further values of the fault, such as times=3
        #[arg(value_name = "NAME=VALUE", value_parser = pair)]
        values: Vec<(String, String)>,
    },
    /// Show the active faults, with their counts
    Faults,
    /// Switch all faults off
    Clear,
    /// Call a control that reads
    Get(CallArgs),
    /// Call a control that adds
    Post(CallArgs),
    /// Call a control that changes
    Put(CallArgs),
    /// Call a control that removes
    Delete(CallArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    Zoho,
    Moodle,
}

#[derive(Debug, Args)]
struct CallArgs {
    /// Path of the control, such as zoho/students/3; parameters follow a question mark
    path: String,
    /// Members of the body: a value is JSON, or a text where it is not
    #[arg(value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "data")]
    values: Vec<(String, String)>,
    /// The body as JSON
    #[arg(short, long, value_name = "JSON")]
    data: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) async fn sandbox(args: SandboxArgs) -> Result<ExitCode, Failed> {
    let SandboxArgs { students, seed, broken_every, zoho_listen, moodle_listen, .. } = args;
    match args.command {
        Some(SandboxCommand::Ctl(args)) => return control(args).await,
        Some(SandboxCommand::Switches { output }) => return switches(output),
        None => {}
    }
    let state_file = args.state_file;
    let options = Options { students, seed, broken_every, zoho_listen, moodle_listen, state_file };
    let stop = boot::signals()?;
    let sandbox = Sandbox::start(options).await.context("cannot start the sandbox")?;
    tell(&format!("Zoho CRM   {}", sandbox.zoho_url()));
    tell(&format!("Moodle     {}", sandbox.moodle_url()));
    let credentials = sandbox.credentials();
    let settings = serde_json::json!({
        "moodle_enabled": true,
        "moodle_base_url": sandbox.moodle_url(),
        "moodle_api_token": credentials.moodle_token,
        "zoho_enabled": true,
        "zoho_api_domain": sandbox.zoho_url(),
        "zoho_accounts_url": sandbox.zoho_url(),
        "zoho_client_id": credentials.zoho_client_id,
        "zoho_client_secret": credentials.zoho_client_secret,
        "zoho_refresh_token": credentials.zoho_refresh_token,
    });
    tell("To connect a server to it: sigma-sync call SettingsService/UpdateSettings -d '…', with");
    print_line(&settings.to_string())?;
    stop.cancelled().await;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Lists what can be switched.
fn switches(output: Reference) -> Result<ExitCode, Failed> {
    let text = match output {
        Reference::Table => format!("{}\n", guide::text()),
        Reference::Markdown => guide::page(),
        Reference::Json => pretty(&document())?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn document() -> Value {
    let settings = guide::settings().into_iter().map(|own| {
        json!({
            "system": own.system, "name": own.name, "default": own.usual, "values": own.values,
            "about": own.about,
        })
    });
    let faults = guide::faults()
        .into_iter()
        .map(|own| json!({"system": own.system, "name": own.name, "about": own.about}));
    let values = guide::fault_members()
        .into_iter()
        .map(|own| json!({"name": own.name, "values": own.values, "about": own.about}));
    let controls = guide::controls()
        .into_iter()
        .map(|[method, path, about]| json!({"method": method, "path": path, "about": about}));
    json!({
        "settings": settings.collect::<Value>(),
        "faults": faults.collect::<Value>(),
        "fault_values": values.collect::<Value>(),
        "controls": controls.collect::<Value>(),
    })
}

/// Calls a control of a running sandbox.
async fn control(args: CtlArgs) -> Result<ExitCode, Failed> {
    let at = args.at;
    let shown = match args.command {
        CtlCommand::Show { names } => lines(&ask(at, "GET", "options", None).await?, &names)?,
        CtlCommand::Set { values } => {
            let names: Vec<String> = values.iter().map(|(name, _)| name.clone()).collect();
            let values = values.into_iter().map(|(name, text)| {
                let value = setting(&name, &text);
                (name, value)
            });
            let body = Value::Object(values.collect());
            lines(&ask(at, "PUT", "options", Some(body)).await?, &names)?
        }
        CtlCommand::Reset => {
            let usual = guide::settings().into_iter().map(|own| (own.name.to_owned(), own.usual));
            let body = Value::Object(usual.collect());
            lines(&ask(at, "PUT", "options", Some(body)).await?, &[])?
        }
        CtlCommand::Fault { system, kind, values } => {
            let system = system.to_possible_value().map(|value| value.get_name().to_owned());
            let mut body = Map::from_iter([
                ("target".to_owned(), json!(system)),
                ("kind".to_owned(), Value::from(kind)),
            ]);
            let members = guide::fault_members();
            body.extend(values.into_iter().map(|(name, text)| {
                let is_text = members.iter().any(|own| own.name == name && own.is_text);
                let value = if is_text { Value::from(text) } else { loose(&text) };
                (name, value)
            }));
            pretty(&ask(at, "POST", "faults", Some(Value::Object(body))).await?)?
        }
        CtlCommand::Faults => pretty(&ask(at, "GET", "faults", None).await?)?,
        CtlCommand::Clear => pretty(&ask(at, "DELETE", "faults", None).await?)?,
        CtlCommand::Get(call) => called(at, "GET", call).await?,
        CtlCommand::Post(call) => called(at, "POST", call).await?,
        CtlCommand::Put(call) => called(at, "PUT", call).await?,
        CtlCommand::Delete(call) => called(at, "DELETE", call).await?,
    };
    print(&shown)?;
    Ok(ExitCode::SUCCESS)
}

async fn called(at: SocketAddr, method: &str, call: CallArgs) -> Result<String, Failed> {
    let body = match call.data {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| Failed::new(exit::FAILED, format!("--data is not JSON: {error}")))?,
        None => call.values.into_iter().map(|(name, text)| (name, loose(&text))).collect(),
    };
    pretty(&ask(at, method, &call.path, Some(body)).await?)
}

async fn ask(
    at: SocketAddr,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Result<Value, Failed> {
    let reply = client::call(at, method, path, body.as_ref()).await.map_err(|error| {
        if error.kind() == ErrorKind::InvalidInput {
            return Failed::new(exit::FAILED, error.to_string());
        }
        let hint = "start one with 'sigma-sync sandbox', or name its address with --at";
        Failed::new(exit::UNAVAILABLE, format!("no sandbox answers at {at}: {error}; {hint}"))
    })?;
    let reason = || reply.body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned();
    match reply.status {
        200 => Ok(reply.body),
        404 => Err(Failed::new(exit::NOT_FOUND, reason())),
        _ => Err(Failed::new(exit::FAILED, reason())),
    }
}

/// Reads the value of a setting in the type that the setting has.
fn setting(name: &str, text: &str) -> Value {
    let usual = guide::settings().into_iter().find(|own| own.name == name).map(|own| own.usual);
    match usual {
        Some(Value::String(_)) => Value::from(text),
        Some(Value::Array(_)) if !text.starts_with('[') => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(loose).collect()
        }
        _ => loose(text),
    }
}

/// Reads JSON, or takes the text as it stands.
fn loose(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Writes settings, one a line, in the form in which `set` takes them.
fn lines(settings: &Value, names: &[String]) -> Result<String, Failed> {
    let all = settings.as_object().into_iter().flatten();
    if let Some(unknown) = names.iter().find(|name| settings.get(name.as_str()).is_none()) {
        // Only the word for both latencies is not a setting of its own.
        if unknown != "latency_ms" {
            let text = format!(
                "'{unknown}' is not a setting of the sandbox; list them with: sigma-sync sandbox switches"
            );
            return Err(Failed::new(exit::NOT_FOUND, text));
        }
    }
    let mut out = String::new();
    for (name, value) in all.filter(|(name, _)| names.is_empty() || names.contains(name)) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _never_fails = writeln!(out, "{name}={value}");
    }
    Ok(out)
}
