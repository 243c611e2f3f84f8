//! The file of the master key: read, checked against the database, and created if nothing is sealed yet, but never
//! beside secrets that another key sealed.

use {
    super::{Refused, file},
    crate::{
        config::{Config, Mode},
        control::{KeyError, Vault, expected_key},
        crypto::envelope::MasterKey,
        ports::Clock,
        store::Store,
    },
    anyhow::{Context as _, Result, bail},
    std::path::{Path, PathBuf},
};

/// Where the key is named in the settings.
const NAME_IT: &str = "name it by secrets.master_key_file or --master-key-file";

/// Opens the vault with the deployment's master key.
///
/// # Errors
/// `Refused` when the key is missing, unreadable, or not the database's.
pub(super) async fn vault(config: &Config, store: &Store, clock: &dyn Clock) -> Result<Vault> {
    let place = Place::of(config)?;
    let expected = expected_key(store).await.context("cannot read the database's master key")?;
    if !place.path.exists() {
        place.make(expected.as_deref())?;
    }
    place.guard();
    let shown = place.path.display();
    let wanted = expected
        .as_ref()
        .map(|id| format!("; the database expects master key {id}"))
        .unwrap_or_default();
    let key = std::fs::read(&place.path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| MasterKey::parse(&bytes).map_err(|error| error.to_string()))
        .map_err(|error| Refused(format!("the master key file {shown}: {error}{wanted}")))?;
    let found = key.id().to_owned();
    let vault = Vault::new(key);
    match vault.prove(store, clock.now()).await {
        Ok(0) => Ok(vault),
        Ok(others) => {
            tracing::warn!(
                tenants = others,
                "the secrets of some tenants are sealed with another master key: they are not served"
            );
            Ok(vault)
        }
        Err(KeyError::Foreign { expected }) => {
            let message = format!(
                "the database's secrets are sealed with master key {expected}, and the file {shown} holds master key \
                 {found}; put the right file back, or {NAME_IT}"
            );
            bail!(Refused(message))
        }
        Err(KeyError::Damaged) => {
            let message = format!(
                "the file {shown} holds master key {found}, which is the database's, and what the database knows it by \
                 does not open: it is damaged; go back to a whole copy of the database"
            );
            bail!(Refused(message))
        }
        Err(error) => Err(error).context("cannot check the master key"),
    }
}

/// Returns whether there is a master key at the default place, which no setting names.
pub(super) fn is_beside(config: &Config) -> bool {
    Place::of(config).is_ok_and(|place| !place.named && place.path.exists())
}

/// A key file, and whether a setting names it.
struct Place {
    path: PathBuf,
    named: bool,
}

impl Place {
    fn of(config: &Config) -> Result<Self> {
        let named = &config.secrets.master_key_file;
        if !named.is_empty() {
            return Ok(Self { path: PathBuf::from(named), named: true });
        }
        let database = config.database_url.sqlite_path();
        if config.mode == Mode::Production && database.is_none() {
            bail!(Refused("production mode on PostgreSQL needs secrets.master_key_file, the same on all hosts".into()));
        }
        let folder = database.and_then(|path| path.parent().map(Path::to_path_buf));
        let path = folder.unwrap_or_else(|| PathBuf::from("data")).join("master.key");
        Ok(Self { path, named: false })
    }

    /// Creates the key if no setting names one and nothing is sealed.
    fn make(&self, expected: Option<&str>) -> Result<()> {
        let shown = self.path.display();
        match expected {
            // Sealed secrets mean that the key was created before: another process may just have done both.
            Some(_) if self.path.exists() => Ok(()),
            Some(id) => {
                let message = format!(
                    "the master key file {shown} does not exist, and the database's secrets are sealed with master key \
                     {id}; put the file back, or {NAME_IT}; no new key was made"
                );
                bail!(Refused(message))
            }
            None if self.named => {
                bail!(Refused(format!("the master key file {shown} does not exist")))
            }
            None => make(&self.path),
        }
    }

    /// Makes sure that no other user reads the key. A file that no setting names belongs to the program; the access
    /// of another file may be managed elsewhere, as with a mounted secret.
    fn guard(&self) {
        if self.named {
            if let Some(mode) = file::open_to_others(&self.path) {
                tracing::warn!(
                    path = %self.path.display(),
                    mode = format!("{mode:04o}"),
                    "other users can read the master key file; make it 0600, unless that is kept from them otherwise"
                );
            }
        } else {
            file::close_to_others(&self.path);
        }
    }
}

/// Creates a master key. The file appears complete or not at all: another process may start at the same moment.
fn make(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        file::make_folder(folder)?;
    }
    let key = MasterKey::generate_text().context("cannot make a master key")?;
    match file::put_private(path, key.as_bytes()) {
        Ok(()) => {
            tracing::warn!(
                "made a master key beside the database; keep a copy, secrets cannot be opened without it"
            );
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(error).with_context(|| format!("cannot make the master key {}", path.display()))
        }
    }
}
