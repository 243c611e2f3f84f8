//! `keys`: the first key, which is made on the host, and the output of a key's secret, which is shown once.

use {
    super::{
        Failed, Hosted, exit,
        output::{print, tell},
    },
    crate::{
        boot::{self, Credential},
        config::Config,
        control::Bootstrap,
    },
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
}

#[derive(Debug, Args)]
pub(super) struct BootstrapArgs {
    /// Write the key into this new file, which only its owner can read, in place of the output
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Make a key although another platform key is active
    #[arg(long)]
    force: bool,
}

pub(super) async fn bootstrap(config: &Config, args: BootstrapArgs) -> Result<ExitCode, Failed> {
    let BootstrapArgs { file, force } = args;
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let made = async { Ok::<_, Failed>(boot::bootstrap(core, file.as_deref(), force).await?) };
        match boot::unless_stopped(&stop, made).await? {
            Ok(made) => {
                match file.as_deref() {
                    Some(path) => written(&made, path),
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
            written(made, path);
            Ok(())
        }
    }
}

fn shown(made: &Credential) -> Result<(), Failed> {
    print(&made.lines())?;
    tell("the secret is not shown again");
    Ok(())
}

fn written(made: &Credential, path: &Path) {
    let Credential { tenant, key, .. } = made;
    tell(&format!("key {key} of tenant {tenant} is in {}", path.display()));
}
