//! The first platform key: made by a command on the host, or taken from the file that a setting names.

use {
    super::{Core, Refused, credential::Credential, file},
    crate::{
        config::Config,
        control::{Bootstrap, PLATFORM_TENANT},
        domain::access::{Scheme, SchemeChoice},
    },
    anyhow::{Context as _, Result, bail},
    std::path::Path,
};

/// Makes a platform key, and writes it into a file if one is named: before the key is stored, because it cannot be
/// read afterwards. `Err` has the outcome when none was made.
///
/// # Errors
/// When the file exists, or the database does not store the key.
pub async fn bootstrap(
    core: &Core,
    path: Option<&Path>,
    v1_reason: Option<&str>,
    force: bool,
) -> Result<Result<Credential, Bootstrap>> {
    if !force && let Some(active) = core.control.platform_key().await? {
        return Ok(Err(Bootstrap::Exists(active)));
    }
    let scheme = scheme(core, v1_reason)?;
    let made = Credential::generate(PLATFORM_TENANT, scheme.least)?;
    if let Some(path) = path {
        made.write(path)?;
    }
    let stored = core.control.bootstrap(&made.key, &made.secret, (scheme, force)).await;
    if let (Some(path), false) = (path, matches!(stored, Ok(Bootstrap::Made))) {
        // It holds a key that is not there.
        let _left_behind = std::fs::remove_file(path);
    }
    Ok(match stored.context("cannot store the key")? {
        Bootstrap::Made => Ok(made),
        other => Err(other),
    })
}

/// Does the same at a start, with the file of the settings. A file that exists is not replaced: the key that it holds is
/// stored, be it the operator's own or that of a start that was broken off.
///
/// # Errors
/// `Refused` for a file that holds no key.
pub(super) async fn from_file(config: &Config, core: &Core) -> Result<()> {
    let path = Path::new(&config.auth.bootstrap_key_file);
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    let shown = path.display();
    if let Some(active) = core.control.platform_key().await? {
        tracing::info!(path = %shown, key = %active, "a platform key is active: the bootstrap key file is not used");
        return Ok(());
    }
    let made = Credential::generate(PLATFORM_TENANT, scheme(core, None)?.least)?;
    let is_new = match made.write(path) {
        Ok(()) => true,
        Err(_) if path.exists() => false,
        Err(error) => return Err(error),
    };
    let credential = if is_new { made } else { read(path)? };
    // A file that says v1 is the reason.
    let said = credential.scheme == Some(Scheme::V1) && !is_new;
    let scheme = scheme(core, said.then_some("SIGMA_SCHEME=v1 in the bootstrap key file"))?;
    let Credential { key, secret, .. } = &credential;
    let stored = core.control.bootstrap(key, secret, (scheme, false)).await;
    if is_new && !matches!(stored, Ok(Bootstrap::Made)) {
        let _left_behind = std::fs::remove_file(path);
    }
    match stored.context("cannot store the bootstrap key")? {
        Bootstrap::Made => {
            tracing::warn!(path = %shown, key = %credential.key, "made the first platform key; move its file away");
        }
        Bootstrap::Exists(active) => {
            tracing::info!(path = %shown, key = %active, "a platform key is active: the bootstrap key file is not used");
        }
        Bootstrap::Used(key) => {
            tracing::warn!(path = %shown, %key, "the key of the bootstrap key file was used before and is not active");
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Credential> {
    let shown = path.display();
    if let Some(mode) = file::open_to_others(path) {
        tracing::warn!(path = %shown, mode = format!("{mode:04o}"), "other users can read the bootstrap key file");
    }
    let found = file::read_short(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not a text".to_owned()))
        .and_then(|text| Credential::parse(&text).map_err(str::to_owned));
    match found {
        Ok(found) if found.tenant == PLATFORM_TENANT => Ok(found),
        Ok(_) => bail!(Refused(format!(
            "the bootstrap key file {shown}: SIGMA_TENANT must be {PLATFORM_TENANT}"
        ))),
        Err(error) => bail!(Refused(format!("the bootstrap key file {shown}: {error}"))),
    }
}

/// Returns the scheme that a key of the host must sign in at least: what is usual in the deployment, unless there is a
/// reason for v1.
///
/// # Errors
/// `Refused` for a reason that cannot be stored.
fn scheme(core: &Core, v1_reason: Option<&str>) -> Result<SchemeChoice> {
    let chosen = core.control.host_scheme(v1_reason);
    Ok(chosen.map_err(|error| Refused(format!("the reason for v1: {}", error.message)))?)
}
