//! The files beside a SQLite database: its folder, who may read it, and whether its write-ahead log is there. What stands in
//! them are names and addresses of students, so they are for the user of the service alone.

use {
    super::{Refused, key},
    crate::{config::Config, store::Store},
    anyhow::{Context as _, Result, bail},
    std::{
        fs::{DirBuilder, File, OpenOptions, Permissions},
        io::{ErrorKind, Read as _},
        os::unix::fs::{
            DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
        },
        path::{Path, PathBuf},
        time::Duration,
    },
};

/// What SQLite puts beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Where SQLite notes that a file has a write-ahead log (2), in the first bytes of it.
const FORMAT: usize = 18;
/// How long an empty file is given to be filled by a process that started at the same moment.
const FILLING: Duration = Duration::from_secs(2);
/// How often it is looked at meanwhile.
const LOOKS: u32 = 20;

/// How the file was found before it was opened.
#[derive(Debug)]
pub(super) struct Found {
    path: PathBuf,
    /// There was a file.
    existed: bool,
    /// It is one with a write-ahead log, which a process that ends in order writes back and takes away, and the log is not
    /// there.
    bereft: bool,
}

/// Makes the folder if it is missing, and the file, because SQLite would make a file that every user can read. `None` if the
/// database is not a file.
pub(super) fn prepare(config: &Config) -> Result<Option<Found>> {
    let Some(path) = config.database_url.sqlite_path() else { return Ok(None) };
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let bereft = has_log(&path) && !beside(&path, "-wal").exists();
    let mut existed = path.exists();
    if !existed && config.database_url.makes_file() {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match made {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => existed = true,
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot make the file {}", path.display()));
            }
        }
    }
    close_to_others(&path);
    for end in BESIDE {
        close_to_others(&beside(&path, end));
    }
    Ok(Some(Found { path, existed, bereft }))
}

/// Refuses a file that has lost everything, and tells of one that may have lost something: a copy that was made without the
/// write-ahead log has none of what was still in it.
///
/// # Errors
/// `Refused` for a file without a table where there must have been some.
pub(super) async fn judge(found: &Found, config: &Config, store: &Store) -> Result<()> {
    let shown = found.path.display();
    let with_key = key::is_beside(config);
    if !found.existed {
        if with_key {
            tracing::warn!(
                path = %shown,
                "there was no database beside the master key: starting with an empty one"
            );
        }
        return Ok(());
    }
    if !(found.bereft || with_key) {
        return Ok(());
    }
    for _ in 0..LOOKS {
        if !store.across_tenants().is_blank().await.context("cannot read the database")? {
            if found.bereft {
                tracing::warn!(
                    path = %shown,
                    "the database was in use when it was last seen, and its write-ahead log is not beside it: where this is \
                     a copy that was made without the log (-wal), what was written last is missing"
                );
            }
            return Ok(());
        }
        tokio::time::sleep(FILLING / LOOKS).await;
    }
    let why = if with_key {
        "its master key is beside it"
    } else {
        "it was in use when it was last seen"
    };
    bail!(Refused(format!(
        "the database {shown} has no tables, although {why}: its write-ahead log ({shown}-wal) is lost; put the log or a \
         whole copy back, or take the file away to begin with an empty database"
    )))
}

/// Makes a folder with all above it that are missing, for its owner alone; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Returns the mode of a file that others than its owner may read or write.
pub(super) fn open_to_others(path: &Path) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Takes a file of the program's own from all but its owner. Who made it with an earlier version has left it to the usual
/// mask, under which everybody reads it.
pub(super) fn close_to_others(path: &Path) {
    let Some(mode) = open_to_others(path) else { return };
    let old = format!("{mode:04o}");
    match std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
        Ok(()) => {
            tracing::info!(path = %path.display(), was = old, "took a file from users other than its owner");
        }
        Err(error) => {
            tracing::warn!(path = %path.display(), mode = old, %error, "other users can read this file");
        }
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Says whether a file is marked as one with a write-ahead log.
fn has_log(path: &Path) -> bool {
    let mut head = [0; FORMAT + 1];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head[FORMAT] == 2
}
