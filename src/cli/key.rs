//! `keys`: the first key, which is made on the host; the others, through the public API; and the output of a key's
//! secret, which is shown once.

use {
    super::{
        Failed, Hosted,
        client::{Client, ClientArgs, message},
        exit,
        item::{local, stamp},
        output::{Output, print, print_line, row, table, tell, written},
        tenant::refuse_existing,
        word,
    },
    crate::{
        boot::{self, Credential},
        config::Config,
        control::Bootstrap,
        domain::{access::Scheme, id::KeyId},
        proto::pb,
    },
    chrono::{DateTime, Utc},
    clap::{Args, Subcommand},
    std::{
        path::{Path, PathBuf},
        process::ExitCode,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// On the host: make the first platform key, which creates tenants
    Bootstrap(Hosted<BootstrapArgs>),
    /// List the keys of the tenant that are not revoked
    List(ListArgs),
    /// Make a key
    Create(CreateArgs),
    /// Set the limits of a key in place of those before
    Limit(LimitArgs),
    /// Give a key a new secret
    Rotate(RotateArgs),
    /// Revoke a key for good
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    of: Of,
    /// Output format [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum)]
    output: Option<Output>,
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Its name
    #[arg(long)]
    name: String,
    /// What it may be used for: owner, operator, viewer or platform; several are separated by commas
    #[arg(long, required = true, value_delimiter = ',', value_parser = word::lower)]
    roles: Vec<String>,
    /// From this time on it is refused, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<DateTime<Utc>>,
    /// Only from these networks, such as 192.0.2.0/24; several are separated by commas
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    from: Vec<String>,
    /// It opens sessions and does nothing else
    #[arg(long)]
    only_mint: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    v1: V1Args,
    /// Write the key into this new file, which only its owner can read, in place of the output
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Id of the key
    key_id: String,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    of: Of,
}

/// Limits that a key or a tenant has of its own.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Requests in a second, 0 for no limit [default: that of the server]
    #[arg(long, value_name = "NUMBER")]
    requests_per_s: Option<i32>,
    /// Starts of runs in a minute, 0 for no limit [default: that of the server]
    #[arg(long, value_name = "NUMBER")]
    run_starts_per_min: Option<i32>,
    /// New sessions in a second, 0 for no limit [default: that of the server]
    #[arg(long, value_name = "NUMBER")]
    session_mints_per_s: Option<i32>,
}

impl Limits {
    /// The message, also of no limits.
    pub(super) const fn message(&self) -> pb::Limits {
        let Self { requests_per_s, run_starts_per_min, session_mints_per_s } = *self;
        pb::Limits { requests_per_s, run_starts_per_min, session_mints_per_s }
    }
}

/// Why a key may sign in the older scheme.
#[derive(Debug, Args)]
pub(super) struct V1Args {
    /// It may sign in scheme v1 too, which a key of a production server may not otherwise
    #[arg(long, requires = "reason")]
    allow_v1: bool,
    /// Why it may; stored and listed with the key
    #[arg(long, value_name = "TEXT", requires = "allow_v1")]
    reason: Option<String>,
}

impl V1Args {
    /// Returns the reason, and the word of the scheme that the key must sign in at least.
    pub(super) fn into_fields(self) -> (Option<String>, Option<String>) {
        (self.allow_v1.then(|| "v1".to_owned()), self.reason)
    }
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    /// Id of the key
    key_id: String,
    /// How long the secret before stays valid, in seconds, 0 to 604800 [default: 86400]
    #[arg(long, value_name = "SECONDS")]
    overlap_s: Option<i64>,
    /// Write the key into this new file, which only its owner can read, in place of the output
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// Id of the key
    key_id: String,
    #[command(flatten)]
    of: Of,
}

/// The tenant of a key, and the key that signs the call.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// Another tenant's keys, for a platform key
    #[arg(long, value_name = "TENANT", default_value = "", hide_default_value = true)]
    of: String,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Args)]
pub(super) struct BootstrapArgs {
    /// Write the key into this new file, which only its owner can read, in place of the output
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Make a key although another platform key is active
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    v1: V1Args,
}

pub(super) async fn bootstrap(config: &Config, args: BootstrapArgs) -> Result<ExitCode, Failed> {
    let BootstrapArgs { file, force, v1 } = args;
    let (_, reason) = v1.into_fields();
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let (path, reason) = (file.as_deref(), reason.as_deref());
        let made = async { Ok::<_, Failed>(boot::bootstrap(core, path, reason, force).await?) };
        match boot::unless_stopped(&stop, made).await? {
            Ok(made) => {
                match file.as_deref() {
                    Some(path) => stored(&made, path),
                    None => shown(&made)?,
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(Bootstrap::Exists(key)) => {
                let message =
                    format!("the platform key {key} is active; --force makes another one");
                Err(Failed::new(exit::REFUSED, message))
            }
            Err(_) => Err(Failed::new(exit::REFUSED, "no key was made; try again")),
        }
    })
    .await
}

/// Hands a new key over: into a new file, or as the output.
///
/// # Errors
/// When the file exists already, or the key cannot be written. Then the secret is lost.
pub(super) fn hand_over(made: &Credential, file: Option<&Path>) -> Result<(), Failed> {
    match file {
        None => shown(made),
        Some(path) => {
            made.write(path)?;
            stored(made, path);
            Ok(())
        }
    }
}

fn shown(made: &Credential) -> Result<(), Failed> {
    print(&made.lines())?;
    tell("the secret is not shown again");
    Ok(())
}

fn stored(made: &Credential, path: &Path) {
    let Credential { tenant, key, .. } = made;
    tell(&format!("key {key} of tenant {tenant} is in {}", path.display()));
}

/// Runs a command of keys that calls a server.
pub(super) async fn keys(command: KeysCommand) -> Result<ExitCode, Failed> {
    match command {
        // It works on the host and has a way of its own.
        KeysCommand::Bootstrap(_) => {}
        KeysCommand::List(args) => list(args).await?,
        KeysCommand::Create(args) => create(args).await?,
        KeysCommand::Limit(LimitArgs { key_id, limits, of: Of { of: tenant_id, client } }) => {
            let limits = Some(limits.message());
            let request = pb::UpdateKeyRequest { key_id, tenant_id, limits, ..Default::default() };
            let method = "sigma.v1.AccessService/UpdateKey";
            let answer: pb::UpdateKeyResponse = Client::new(&client)?.ask(method, request).await?;
            let key = answer.key.unwrap_or_default();
            print_line(&format!("{}: {}", key.key_id, limits_text(key.limits)))?;
        }
        KeysCommand::Rotate(args) => rotate(args).await?,
        KeysCommand::Revoke(RevokeArgs { key_id, of: Of { of: tenant_id, client } }) => {
            let request = pb::RevokeKeyRequest { key_id, tenant_id };
            let method = "sigma.v1.AccessService/RevokeKey";
            let answer: pb::RevokeKeyResponse = Client::new(&client)?.ask(method, request).await?;
            print_line(&format!("{} revoked", answer.key.unwrap_or_default().key_id))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: ListArgs) -> Result<(), Failed> {
    let ListArgs { of: Of { of: tenant_id, client }, output } = args;
    let request = pb::ListKeysRequest { tenant_id };
    let method = "sigma.v1.AccessService/ListKeys";
    let answer: pb::ListKeysResponse = Client::new(&client)?.ask(method, request).await?;
    let output = Output::or_fitting(output);
    if output == Output::Table {
        print(&key_table(&answer.keys))?;
        return Ok(());
    }
    let kind = message("Key")?;
    let rows = answer.keys.iter().map(|key| row(&kind, key)).collect::<Result<Vec<_>, _>>()?;
    print(&written(output, &kind, &rows, "key_id")?)?;
    Ok(())
}

/// Writes keys for people, a line for each.
fn key_table(keys: &[pb::Key]) -> String {
    let head =
        ["KEY", "NAME", "ROLES", "CREATED", "EXPIRES", "LAST USED", "FROM", "SECRETS", "SCHEME"];
    let line = |key: &pb::Key| {
        vec![
            key.key_id.clone(),
            key.name.clone(),
            key.roles.join(","),
            local(key.created_at),
            local(key.expires_at),
            local(key.last_used_at),
            key.allow_cidrs.join(","),
            key.secrets.len().to_string(),
            match &key.v1_reason {
                Some(reason) => format!("{}: {reason}", key.min_scheme),
                None => key.min_scheme.clone(),
            },
        ]
    };
    let head = head.map(str::to_owned).to_vec();
    table(&std::iter::once(head).chain(keys.iter().map(line)).collect::<Vec<_>>())
}

/// Writes limits for people.
pub(super) fn limits_text(limits: Option<pb::Limits>) -> String {
    let limits = limits.unwrap_or_default();
    let named = [
        (limits.requests_per_s, "requests in a second"),
        (limits.run_starts_per_min, "starts of runs in a minute"),
        (limits.session_mints_per_s, "new sessions in a second"),
    ];
    let told = named.into_iter().filter_map(|(limit, what)| match limit? {
        0 => Some(format!("no limit of {what}")),
        limit => Some(format!("{limit} {what}")),
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "the limits of the server".to_owned() } else { told.join(", ") }
}

async fn create(args: CreateArgs) -> Result<(), Failed> {
    let CreateArgs { name, roles, expires, from, only_mint, limits, v1, file, of } = args;
    let limits = Some(limits.message()).filter(|limits| *limits != pb::Limits::default());
    let Of { of: tenant_id, client } = of;
    let (min_scheme, v1_reason) = v1.into_fields();
    refuse_existing(file.as_ref())?;
    let expires_at = stamp(expires);
    let request = pb::CreateKeyRequest {
        tenant_id,
        name,
        roles,
        expires_at,
        allow_cidrs: from,
        min_scheme,
        v1_reason,
        only_mint,
        limits,
    };
    let method = "sigma.v1.AccessService/CreateKey";
    let made: pb::CreateKeyResponse = Client::new(&client)?.ask(method, request).await?;
    hand_over(&credential(made.key, made.secret)?, file.as_deref())
}

async fn rotate(args: RotateArgs) -> Result<(), Failed> {
    let RotateArgs { key_id, overlap_s, file, of: Of { of: tenant_id, client } } = args;
    refuse_existing(file.as_ref())?;
    let request = pb::RotateKeyRequest { key_id, tenant_id, overlap_s };
    let method = "sigma.v1.AccessService/RotateKey";
    let made: pb::RotateKeyResponse = Client::new(&client)?.ask(method, request).await?;
    hand_over(&credential(made.key, made.secret)?, file.as_deref())
}

fn credential(key: Option<pb::Key>, secret: String) -> Result<Credential, Failed> {
    let key = key.unwrap_or_default();
    let unreadable = || Failed::new(exit::FAILED, "the answer has no key");
    let id = KeyId::parse(&key.key_id).ok_or_else(unreadable)?;
    let scheme = Scheme::parse(&key.min_scheme);
    Ok(Credential { tenant: key.tenant_id, key: id, secret: secret.into(), scheme })
}
