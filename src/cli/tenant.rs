//! `tenants`: the schools of a deployment, through the public API.

use {
    super::{
        Failed,
        client::{Client, ClientArgs},
        exit,
        key::{Limits, V1Args, hand_over, limits_text},
        output::print_line,
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
    /// Set the limits of a tenant in place of those before
    Limit(LimitArgs),
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

#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Id of the tenant
    #[arg(value_name = "TENANT")]
    id: String,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    client: ClientArgs,
}

async fn limit(LimitArgs { id, limits, client }: LimitArgs) -> Result<(), Failed> {
    let limits = Some(limits.message());
    let request = pb::UpdateTenantRequest { tenant_id: id, limits, ..Default::default() };
    let answer: pb::UpdateTenantResponse =
        Client::new(&client)?.ask("sigma.v1.TenantService/UpdateTenant", request).await?;
    let tenant = answer.tenant.unwrap_or_default();
    print_line(&format!("{}: {}", tenant.tenant_id, limits_text(tenant.limits)))?;
    Ok(())
}

pub(super) async fn tenants(command: TenantsCommand) -> Result<ExitCode, Failed> {
    let CreateArgs { id, name, file, v1, client } = match command {
        TenantsCommand::Create(args) => args,
        TenantsCommand::Limit(args) => {
            limit(args).await?;
            return Ok(ExitCode::SUCCESS);
        }
    };
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
