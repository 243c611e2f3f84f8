//! The command line: commands, exit codes, and the process's runtime. Data goes through the public API; only host
//! commands touch files.

mod audit;
mod backup;
mod branding;
mod call;
mod client;
mod code;
mod connection;
mod demo;
mod event;
mod field;
mod find;
mod host;
mod item;
mod key;
mod link;
mod mapping;
mod mapping_text;
mod master_key;
mod output;
mod overview;
mod record;
mod report;
mod run;
mod run_list;
mod sandbox;
mod server;
mod setting;
mod sign;
mod summary;
mod tenant;
mod transform;
mod view;
mod watch;
mod widget;
mod word;
mod zoho;

use {
    self::{key::KeysCommand, master_key::MasterKeyCommand, output::tell, setting::Settings},
    crate::{
        boot::{Interrupted, Refused, Unreachable},
        config::{ConfigError, Mask},
        telemetry,
    },
    clap::{Args, Parser, Subcommand, ValueEnum},
    std::process::ExitCode,
};

/// Exit codes (docs/src/operations.md, "Exit codes").
pub mod exit {
    /// Failed, invalid value, internal.
    pub const FAILED: u8 = 1;
    /// An argument is wrong.
    pub const USAGE: u8 = 2;
    /// Not found.
    pub const NOT_FOUND: u8 = 3;
    /// Not authenticated or not allowed.
    pub const NOT_ALLOWED: u8 = 4;
    /// Refused because of the current state.
    pub const REFUSED: u8 = 5;
    /// A run ended with failed items, or a difference was found.
    pub const DIFFERENT: u8 = 6;
    /// Unavailable, throttled, timed out.
    pub const UNAVAILABLE: u8 = 7;
    /// `call`: this plus the gRPC code of the answer.
    pub const ANSWERED: u8 = 64;
    /// Refuses to start: settings or a weak secret.
    pub const CONFIG: u8 = 78;
    /// Interrupted.
    pub const INTERRUPTED: u8 = 130;
}

#[derive(Debug, Parser)]
#[command(
    name = "sigma-sync",
    version,
    about = "Keeps Zoho CRM and Moodle in step",
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Host(HostCommand),
    /// Only the emulated Zoho CRM and Moodle, and what can be switched in them
    Sandbox(sandbox::SandboxArgs),
    /// Print signed headers for curl or grpcurl
    Sign(sign::SignArgs),
    /// Call a method of the API, signed
    Call(call::CallArgs),
    /// Show how everything stands: connections, what needs attention, modules, and figures
    Overview(overview::OverviewArgs),
    /// Look at single records
    Records {
        #[command(subcommand)]
        command: record::RecordsCommand,
    },
    /// List, save and delete the filters of lists under names
    Views {
        #[command(subcommand)]
        command: view::ViewsCommand,
    },
    /// Find a student by name, e-mail address, Zoho id or Moodle id, and show the latest results
    Find(find::FindArgs),
    /// Work with mapping sets as files
    Mappings {
        #[command(subcommand)]
        command: mapping::MappingsCommand,
    },
    /// List the canonical fields of a module or of all, with their limits and where each goes
    Fields(field::FieldsArgs),
    /// List the transforms that mappings can use, or show one with its parameters and an example
    Transforms(transform::TransformsArgs),
    /// List the error codes, or show the meaning of one and what to do about it
    Errors(code::ErrorsArgs),
    /// Try the connections, and see what is still to be done
    Settings {
        #[command(subcommand)]
        command: connection::SettingsCommand,
    },
    /// Work with the links between records and objects
    Links {
        #[command(subcommand)]
        command: link::LinksCommand,
    },
    /// Make, list, rotate and revoke the keys that sign calls
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Read the audit log: who changed what, and what was refused
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// Follow what happens in a tenant
    Events {
        #[command(subcommand)]
        command: event::EventsCommand,
    },
    /// Create tenants
    Tenants {
        #[command(subcommand)]
        command: tenant::TenantsCommand,
    },
    /// Open the widget, or write it to a zip for Zoho
    Widget {
        #[command(subcommand)]
        command: widget::WidgetCommand,
    },
    /// Sync the whole school
    Sync {
        #[command(subcommand)]
        command: run::SyncCommand,
    },
    /// List, start, follow and end runs
    Runs {
        #[command(subcommand)]
        command: RunsCommand,
    },
}

/// Commands that work on the host, with its settings, its database and its files.
#[derive(Debug, Subcommand)]
enum HostCommand {
    /// Serve the API and move records (the default)
    Serve(Hosted<ServeArgs>),
    /// Only move records, for servers that share a database
    Worker(Settings),
    /// Serve against an emulated Zoho CRM and Moodle, and sync a school
    Demo(Hosted<demo::DemoArgs>),
    /// Bring the database up to date
    Migrate(Hosted<MigrateArgs>),
    /// Copy a SQLite database into a file, also while the service runs
    Backup(Hosted<backup::BackupArgs>),
    /// Put a copy of the database back
    Restore(Hosted<backup::RestoreArgs>),
    /// Make the default tenant with its well-known credential, for development
    Seed(Settings),
    /// Exchange the keys that seal secrets, while servers run
    MasterKey {
        #[command(subcommand)]
        command: MasterKeyCommand,
    },
    /// `keys bootstrap`, which stands among the commands of keys.
    #[command(skip)]
    Bootstrap(Hosted<key::BootstrapArgs>),
}

/// The options of a command and the settings of the process.
#[derive(Debug, Args)]
struct Hosted<T: Args> {
    #[command(flatten)]
    own: T,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Whether this process also works on runs
    #[arg(long, value_enum, default_value_t = WorkerPlace::Embedded)]
    worker: WorkerPlace,
}

#[derive(Debug, Args)]
struct MigrateArgs {
    /// Only show the migrations that are missing
    #[arg(long)]
    status: bool,
}

impl HostCommand {
    fn settings(&self) -> &Settings {
        match self {
            Self::Worker(settings) | Self::Seed(settings) => settings,
            Self::Serve(Hosted { settings, .. }) => settings,
            Self::Demo(Hosted { settings, .. }) => settings,
            Self::Migrate(Hosted { settings, .. }) => settings,
            Self::Backup(Hosted { settings, .. }) => settings,
            Self::Restore(Hosted { settings, .. }) => settings,
            Self::MasterKey { command } => command.settings(),
            Self::Bootstrap(Hosted { settings, .. }) => settings,
        }
    }

    /// Runs the command; `before` are the settings that stand before it.
    async fn run(self, before: Settings, mask: &mut Mask) -> Result<ExitCode, Failed> {
        let settings = self.settings().clone().over(before);
        let config = settings.load()?;
        mask.add(&config.database_url.0);
        // The demo draws on the terminal; log lines would disturb the picture.
        let quiet = matches!(self, Self::Demo(_)) && settings.log.is_none();
        log(if quiet { "warn,sigma_sync=error" } else { config.log.as_str() })?;
        match self {
            Self::Serve(Hosted { own, .. }) => {
                let load = || settings.load();
                host::serve(&config, load, own.worker == WorkerPlace::Embedded).await
            }
            Self::Worker(_) => host::worker(&config).await,
            Self::Demo(Hosted { own, .. }) => Box::pin(demo::demo(config, own)).await,
            Self::Migrate(Hosted { own, .. }) => host::migrate(&config, own.status).await,
            Self::Backup(Hosted { own, .. }) => backup::backup(&config, own).await,
            Self::Restore(Hosted { own, .. }) => Box::pin(backup::restore(&config, own)).await,
            Self::Seed(_) => host::seed(&config).await,
            Self::MasterKey { command } => Box::pin(command.run(&config)).await,
            Self::Bootstrap(Hosted { own, .. }) => key::bootstrap(&config, own).await,
        }
    }
}

fn log(filter: &str) -> Result<(), Failed> {
    telemetry::start_logging(filter).map_err(|error| Failed::new(exit::CONFIG, error))
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// List runs, the newest first
    List(run_list::ListArgs),
    /// Show a run: its status, counts, removals and calls, and its first items
    Show(run_list::ShowArgs),
    /// Show the results of a run in groups, failures first, and whether a retry makes sense
    Summary(summary::SummaryArgs),
    /// Show the calls to Zoho and Moodle behind the failures of a run
    Calls(summary::CallsArgs),
    /// Start a run of a module and wait for its end
    Start(run::StartArgs),
    /// Follow a run until it ends
    Watch(watch::WatchArgs),
    /// Start a run for the failed items of an ended run
    Retry(run::RetryArgs),
    /// Cancel a run
    Cancel(run::RunArgs),
    /// List the removals that a run has planned
    Removals(run::RunArgs),
    /// Let a held run carry out removals, or write changes
    Approve(run::ApproveArgs),
    /// End a held run without what waits
    Discard(run::RunArgs),
    /// List the results of records, of one run or of all runs
    Items(item::ItemsArgs),
    /// Write the result of every record of a run
    Export(item::ExportArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WorkerPlace {
    /// In this process
    Embedded,
    /// Elsewhere
    None,
}

/// A failure with its exit code.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) code: u8,
    pub(crate) message: String,
    /// The gRPC code of the server's answer, if there was one.
    pub(crate) answered: Option<tonic::Code>,
}

impl Failed {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), answered: None }
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        let code = if error.is::<Refused>() {
            exit::CONFIG
        } else if error.is::<Unreachable>() {
            exit::UNAVAILABLE
        } else if error.is::<Interrupted>() {
            exit::INTERRUPTED
        } else {
            exit::FAILED
        };
        Self::new(code, format!("{error:#}"))
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::new(exit::CONFIG, error.0)
    }
}

/// Runs the command line and returns the exit code.
pub fn main() -> ExitCode {
    let mut mask = Mask::of_process();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error, &mask),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&Failed::new(exit::FAILED, format!("cannot start: {error}")), &mask);
        }
    };
    match runtime.block_on(run(cli, &mut mask)) {
        Ok(code) => code,
        Err(failed) => fail(&failed, &mask),
    }
}

/// Prints what is wrong with the arguments, or the requested help.
fn explain(error: &clap::Error, mask: &Mask) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(exit::FAILED);
    let plain = error.render().to_string();
    // A text without hidden values is shown unchanged, with its colours.
    let shown = mask.apply(&plain);
    if shown == plain {
        let _closed = error.print();
    } else {
        tell(shown.trim_end());
    }
    ExitCode::from(code)
}

fn fail(failed: &Failed, mask: &Mask) -> ExitCode {
    tell(&format!("error: {}", mask.apply(&failed.message)));
    ExitCode::from(failed.code)
}

async fn run(cli: Cli, mask: &mut Mask) -> Result<ExitCode, Failed> {
    let Cli { settings, command } = cli;
    match &command {
        None | Some(Command::Host(_) | Command::Keys { command: KeysCommand::Bootstrap(_) }) => {}
        Some(Command::Sandbox(_)) => settings.refuse(&["log"])?,
        Some(_) => settings.refuse(&[])?,
    }
    let serve = || {
        let own = ServeArgs { worker: WorkerPlace::Embedded };
        Command::Host(HostCommand::Serve(Hosted { own, settings: Settings::default() }))
    };
    match command.unwrap_or_else(serve) {
        Command::Host(command) => Box::pin(command.run(settings, mask)).await,
        Command::Sandbox(args) => {
            log(settings.log.as_deref().unwrap_or("info"))?;
            sandbox::sandbox(args).await
        }
        Command::Sign(args) => sign::sign(&args),
        Command::Call(args) => call::call(args).await,
        Command::Overview(args) => overview::overview(args).await,
        Command::Records { command } => record::records(command).await,
        Command::Views { command } => view::views(command).await,
        Command::Find(args) => find::find(args).await,
        Command::Mappings { command } => mapping::mappings(command).await,
        Command::Fields(args) => field::fields(&args),
        Command::Transforms(args) => transform::transforms(&args),
        Command::Errors(args) => code::errors(&args),
        Command::Settings { command } => connection::settings(command).await,
        Command::Links { command } => link::links(command).await,
        Command::Keys { command: KeysCommand::Bootstrap(hosted) } => {
            Box::pin(HostCommand::Bootstrap(hosted).run(settings, mask)).await
        }
        Command::Keys { command } => key::keys(command).await,
        Command::Audit { command } => audit::audit(command).await,
        Command::Events { command } => event::events(command).await,
        Command::Tenants { command } => tenant::tenants(command).await,
        Command::Widget { command } => widget::widget(command).await,
        Command::Sync { command } => run::sync(command).await,
        Command::Runs { command } => match command {
            RunsCommand::List(args) => run_list::list(args).await,
            RunsCommand::Show(args) => run_list::show(args).await,
            RunsCommand::Summary(args) => summary::summary(args).await,
            RunsCommand::Calls(args) => summary::calls(args).await,
            RunsCommand::Start(args) => run::start(args).await,
            RunsCommand::Watch(args) => watch::watch(args).await,
            RunsCommand::Retry(args) => run::retry(args).await,
            RunsCommand::Cancel(args) => run::cancel(args).await,
            RunsCommand::Removals(args) => run::removals(args).await,
            RunsCommand::Approve(args) => run::approve(args).await,
            RunsCommand::Discard(args) => run::discard(args).await,
            RunsCommand::Items(args) => item::items(args).await,
            RunsCommand::Export(args) => item::export(args).await,
        },
    }
}
