//! The files of the master keys: read, checked against the database, and made: the first one if nothing is sealed yet, but
//! never beside secrets that another key sealed, and others on request.

use {
    super::{Refused, file},
    crate::{
        adapters::clock::SystemClock,
        config::{Config, Mode},
        control::{KeyError, Vault, expected_key},
        crypto::{envelope::MasterKey, ring::KeyRing},
        ports::Clock,
        store::Store,
    },
    anyhow::{Context as _, Result, bail},
    std::path::{Path, PathBuf},
};

/// Where the key is named in the settings.
const NAME_IT: &str = "name it by secrets.master_key_file or --master-key-file";

/// Opens the vault with the deployment's master keys.
///
/// # Errors
/// `Refused` when a key is missing or unreadable, or the database's is not among them.
pub(super) async fn vault(config: &Config, store: &Store, clock: &dyn Clock) -> Result<Vault> {
    let place = Place::of(config)?;
    let expected = expected_key(store).await.context("cannot read the database's master key")?;
    if !place.path.exists() {
        place.make(expected.as_deref())?;
    }
    place.guard();
    let shown = place.path.display();
    let ring = ring(&place.path).map_err(|error| {
        let wanted = expected.as_ref();
        let wanted = wanted.map(|id| format!("; the database expects master key {id}"));
        Refused(format!("{error}{}", wanted.unwrap_or_default()))
    })?;
    let found = match ring.ids().as_slice() {
        [one] => format!("holds master key {one}"),
        several => format!("holds master keys {}", several.join(", ")),
    };
    let path = place.path.clone();
    let vault = Vault::new(ring).reading(move || self::ring(&path));
    match vault.prove(store, clock.now()).await {
        Ok(()) => Ok(vault),
        Err(KeyError::Foreign { expected }) => {
            let message = format!(
                "secrets of the database are sealed with master key {expected}, and {shown} {found}; put the right file \
                 back, or {NAME_IT}"
            );
            bail!(Refused(message))
        }
        Err(KeyError::Damaged) => {
            let message = format!(
                "{shown} {found}, and what the database knows its own key by does not open: it is damaged; go back to a \
                 whole copy of the database"
            );
            bail!(Refused(message))
        }
        Err(error) => Err(error).context("cannot check the master key"),
    }
}

/// Reads a file with a key, or all files of a folder, the newest last by their names. Names that start with a dot are
/// passed over: mounted secrets have some of their own.
fn ring(path: &Path) -> Result<KeyRing, String> {
    let read = |path: &Path| {
        file::read_short(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| MasterKey::parse(&bytes).map_err(|error| error.to_string()))
            .map_err(|error| format!("the master key file {}: {error}", path.display()))
    };
    if !path.is_dir() {
        return Ok(read(path)?.into());
    }
    let files = files(path)?;
    if files.is_empty() {
        return Err(format!("the folder of master keys {} has no file", path.display()));
    }
    Ok(KeyRing::new(files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?))
}

/// Lists the key files of a folder, the newest last by their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unread =
        |error: std::io::Error| format!("the folder of master keys {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// A master key and its file.
#[derive(Debug)]
pub struct KeyFile {
    /// The key's id.
    pub id: String,
    /// The file.
    pub path: PathBuf,
}

/// Lists the master keys with their files, the newest last.
///
/// # Errors
/// `Refused` for a file that holds no key.
pub fn key_files(config: &Config) -> Result<Vec<KeyFile>> {
    let place = Place::of(config)?;
    let files =
        if place.path.is_dir() { files(&place.path).map_err(Refused)? } else { vec![place.path] };
    let mut found = Vec::new();
    for path in files {
        let ring = ring(&path).map_err(Refused)?;
        found.extend(
            ring.newest().map(|key| KeyFile { id: key.id().to_owned(), path: path.clone() }),
        );
    }
    Ok(found)
}

/// Makes another master key in the folder of keys, which seals nothing yet.
///
/// # Errors
/// `Refused` where the settings name no folder.
pub fn add_key(config: &Config) -> Result<KeyFile> {
    let place = Place::of(config)?;
    if !place.path.is_dir() {
        let shown = place.path.display();
        bail!(Refused(format!(
            "{shown} is a single master key; make a folder, move the file into it, and name the folder by \
             secrets.master_key_file: it may hold several keys"
        )));
    }
    let text = MasterKey::generate_text().context("cannot make a master key")?;
    let id = MasterKey::parse(text.as_bytes()).context("cannot make a master key")?.id().to_owned();
    // Behind all that are there, whatever their names.
    let name = format!("{}-{id}.key", SystemClock.now().format("%Y%m%dT%H%M%S%3fZ"));
    let last = files(&place.path).map_err(Refused)?.pop();
    let is_last = |name: &String| last.as_ref().is_none_or(|last| *last < place.path.join(name));
    let names = [name.clone(), format!("zz-{name}"), format!("~-{name}")];
    let Some(name) = names.into_iter().find(is_last) else {
        let message = "the newest key is the last one by the names of the files, and no name of a new key would come behind \
                       the last file of the folder; rename that one";
        bail!(Refused(message.into()));
    };
    let path = place.path.join(name);
    file::put_private(&path, text.as_bytes())
        .with_context(|| format!("cannot make the master key {}", path.display()))?;
    Ok(KeyFile { id, path })
}

/// Takes the files of a master key out of the ring. They stay beside it under a name with a dot, because copies of the
/// database from before need the key.
///
/// # Errors
/// When a file cannot be renamed.
pub fn put_away(config: &Config, id: &str) -> Result<Vec<PathBuf>> {
    let mut away = Vec::new();
    for KeyFile { path, .. } in key_files(config)?.into_iter().filter(|file| file.id == id) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // With its id: another key may have had the same name.
        let to = path.with_file_name(format!(".retired-{id}-{name}"));
        std::fs::rename(&path, &to).with_context(|| format!("cannot rename {}", path.display()))?;
        away.push(to);
    }
    Ok(away)
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
            let files = if self.path.is_dir() {
                files(&self.path).unwrap_or_default()
            } else {
                vec![self.path.clone()]
            };
            for path in files {
                let Some(mode) = file::open_to_others(&path) else { continue };
                tracing::warn!(
                    path = %path.display(),
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
