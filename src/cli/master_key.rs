//! `master-key`: the exchange of master keys and data keys on the host, while servers run.

use {
    super::{
        Failed, Hosted, exit,
        output::{pretty, print, print_line, table, tell},
        setting::Settings,
    },
    crate::{
        boot::{self, KeyFile},
        config::Config,
        control::{MasterKeys, Retiring},
        domain::id::TenantId,
    },
    anyhow::Context as _,
    clap::{Args, Subcommand, ValueEnum},
    serde_json::{Value, json},
    std::process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(super) enum MasterKeyCommand {
    /// Show the master keys of this host and how many data keys each of them seals
    Status(Hosted<StatusArgs>),
    /// Make another master key in the folder of keys; it seals nothing until `rewrap`
    Add(Hosted<NoArgs>),
    /// Let the newest master key seal, and seal all data keys with it
    Rewrap(Hosted<NoArgs>),
    /// Take a master key out of the folder, once nothing is sealed with it
    Retire(Hosted<RetireArgs>),
    /// Give tenants new data keys, and seal their secrets with them
    Renew(Hosted<RenewArgs>),
}

/// The output formats of `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Table,
    /// One JSON document
    Json,
}

#[derive(Debug, Args)]
pub(super) struct NoArgs {}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Shape::Table)]
    output: Shape,
}

#[derive(Debug, Args)]
pub(super) struct RetireArgs {
    /// Id of the master key
    key_id: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct RenewArgs {
    /// Of this tenant
    #[arg(long, value_name = "TENANT")]
    of: Option<String>,
    /// Of all tenants
    #[arg(long)]
    all: bool,
}

impl MasterKeyCommand {
    pub(super) fn settings(&self) -> &Settings {
        match self {
            Self::Status(Hosted { settings, .. }) => settings,
            Self::Add(Hosted { settings, .. }) | Self::Rewrap(Hosted { settings, .. }) => settings,
            Self::Retire(Hosted { settings, .. }) => settings,
            Self::Renew(Hosted { settings, .. }) => settings,
        }
    }

    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failed> {
        match self {
            Self::Status(Hosted { own, .. }) => status(config, own).await,
            Self::Add(_) => add(config),
            Self::Rewrap(_) => rewrap(config).await,
            Self::Retire(Hosted { own, .. }) => retire(config, own).await,
            Self::Renew(Hosted { own, .. }) => renew(config, own).await,
        }
    }
}

/// Shows the master keys of this host.
async fn status(config: &Config, args: StatusArgs) -> Result<ExitCode, Failed> {
    let files = boot::key_files(config)?;
    let stop = boot::signals()?;
    let keys = boot::with_core(config, &stop, async |core| {
        let keys = core.control.master_keys().await.context("cannot read the master keys")?;
        Ok::<_, Failed>(keys)
    })
    .await?;
    let rows = rows(&files, &keys);
    match args.output {
        Shape::Json => print(&pretty(&rows)?)?,
        Shape::Table => {
            let head = ["MASTER KEY", "STATE", "DATA KEYS", "REPLACED", "FILE"].map(str::to_owned);
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            let lines = rows.iter().map(|row| {
                ["master_key_id", "state", "data_keys", "replaced_data_keys", "file"]
                    .map(|name| text(&row[name]))
                    .to_vec()
            });
            let lines: Vec<_> = std::iter::once(head.to_vec()).chain(lines).collect();
            print(&table(&lines))?
        }
    };
    Ok(ExitCode::SUCCESS)
}

fn rows(files: &[KeyFile], keys: &MasterKeys) -> Vec<Value> {
    let sealed = |id: &str| keys.sealed.iter().find(|sealed| sealed.master_key_id == id);
    files
        .iter()
        .map(|KeyFile { id, path }| {
            let state = match sealed(id) {
                _ if *id == keys.sealing => "seals",
                Some(_) => "opens",
                None => "unused",
            };
            json!({
                "master_key_id": id,
                "state": state,
                "data_keys": sealed(id).map_or(0, |sealed| sealed.current),
                "replaced_data_keys": sealed(id).map_or(0, |sealed| sealed.replaced),
                "file": path.display().to_string(),
            })
        })
        .collect()
}

/// Makes another master key.
fn add(config: &Config) -> Result<ExitCode, Failed> {
    let KeyFile { id, path } = boot::add_key(config)?;
    print_line(&format!("master key {id} made: {}", path.display()))?;
    tell(
        "copy this file to every host that shares the database and keep a copy apart from it, then run `sigma-sync \
         master-key rewrap`; running servers need no restart",
    );
    Ok(ExitCode::SUCCESS)
}

/// Lets the newest master key seal everything.
async fn rewrap(config: &Config) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let work = async {
            let done = core.control.rewrap().await.context("cannot seal the data keys again")?;
            Ok::<_, Failed>(done)
        };
        let (id, count) = boot::unless_stopped(&stop, work).await?;
        print_line(&format!("master key {id} seals; data keys sealed again: {count}"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Takes a master key out of the folder.
async fn retire(config: &Config, args: RetireArgs) -> Result<ExitCode, Failed> {
    let id = args.key_id;
    let is_there = boot::key_files(config)?.iter().any(|file| file.id == id);
    if !is_there {
        return Err(Failed::new(
            exit::NOT_FOUND,
            format!("this host does not have master key {id}"),
        ));
    }
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        match core.control.retiring(&id).await.context("cannot read the data keys")? {
            Retiring::Unused => {}
            Retiring::Sealing => {
                let message = format!(
                    "master key {id} seals new data keys; `sigma-sync master-key add` makes another one, and `rewrap` lets \
                     that one seal"
                );
                return Err(Failed::new(exit::REFUSED, message));
            }
            Retiring::Needed(count) => {
                let message = format!(
                    "{count} data keys are sealed with master key {id}; run `sigma-sync master-key rewrap` first"
                );
                return Err(Failed::new(exit::REFUSED, message));
            }
        }
        for path in boot::put_away(config, &id)? {
            print_line(&format!("master key {id} is not used any more: {}", path.display()))?;
        }
        tell(
            "do the same on every host; copies of the database from before need this key, so keep it as long as you keep them",
        );
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Gives tenants new data keys.
async fn renew(config: &Config, args: RenewArgs) -> Result<ExitCode, Failed> {
    let only = args
        .of
        .map(|id| TenantId::parse(&id).map_err(|fault| Failed::new(exit::USAGE, fault.message())));
    let only = only.transpose()?;
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let work = async {
            let done = core.control.renew_data_keys(only.as_ref()).await;
            Ok::<_, Failed>(done.context("cannot exchange the data keys")?)
        };
        let (tenants, values) = boot::unless_stopped(&stop, work).await?;
        print_line(&format!("data keys made: {tenants}; secrets sealed again: {values}"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
