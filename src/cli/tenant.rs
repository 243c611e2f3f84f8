//! `tenants`: the schools of a deployment, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit,
        key::{V1Args, hand_over},
    },
    crate::{
        boot::Credential,
        domain::{access::Scheme, id::KeyId},
        proto::pb,
    },
    clap::{Args, Subcommand},
    std::{path::PathBuf, process::ExitCode},
};

#[derive(Debug, Subcommand)]
pub(super) enum TenantsCommand {
    /// Create a tenant with its settings, its modules, the default mappings and its first key
    Create(CreateArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Id of the tenant: A-Z a-z 0-9 . _ -
    #[arg(value_name = "TENANT")]
    id: String,
    /// Its name
    #[arg(long)]
    name: String,
    /// Write its key into this new file, which only its owner can read, in place of the output
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(flatten)]
    v1: V1Args,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) async fn tenants(command: TenantsCommand) -> Result<ExitCode, Failed> {
    let TenantsCommand::Create(CreateArgs { id, name, file, v1, client }) = command;
    refuse_existing(file.as_ref())?;
    let (_, v1_reason) = v1.into_fields();
    let request = pb::CreateTenantRequest { tenant_id: id, name, status: None, v1_reason };
    let answer: pb::CreateTenantResponse =
        Client::new(&client)?.ask("sigma.v1.TenantService/CreateTenant", request).await?;
    let tenant = answer.tenant.unwrap_or_default();
    let unreadable = || Failed::new(exit::FAILED, "the answer has no key");
    let made = Credential {
        tenant: tenant.tenant_id,
        key: KeyId::parse(&tenant.extension_api_key).ok_or_else(unreadable)?,
        secret: tenant.extension_api_secret.into(),
        scheme: Scheme::parse(&tenant.min_scheme),
    };
    hand_over(&made, file.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a file that is there before a key is made, because its secret could not be kept.
pub(super) fn refuse_existing(file: Option<&PathBuf>) -> Result<(), Failed> {
    match file.filter(|path| path.exists()) {
        None => Ok(()),
        Some(path) => {
            Err(Failed::new(exit::REFUSED, format!("the file {} exists already", path.display())))
        }
    }
}
