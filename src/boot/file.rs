//! The files of a SQLite database: its folder, the users who may read it, and its write-ahead log. They contain names
//! and addresses of students, so only the user of the service may read them.

use {
    super::{Refused, key},
    crate::{config::Config, store::Store},
    anyhow::{Context as _, Result, bail},
    std::{
        fs::{DirBuilder, File, OpenOptions, Permissions},
        io::{ErrorKind, Read as _, Write as _},
        os::unix::fs::{
            DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
            PermissionsExt as _,
        },
        path::{Path, PathBuf},
        time::Duration,
    },
};

/// Endings of the files that SQLite puts beside the database.
pub(super) const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Position of the byte in the file's header that is 2 if the file has a write-ahead log.
const FORMAT: usize = 18;
/// How long to wait for an empty file to be filled by a process that started at the same moment.
const FILLING: Duration = Duration::from_secs(2);
/// How often the file is looked at during that time.
const LOOKS: u32 = 20;

/// Greatest length of a short file, in bytes: the certificates of all authorities that a system trusts take a quarter.
const SHORT: u64 = 1024 * 1024;

/// The state of the file before it was opened.
#[derive(Debug)]
pub(super) struct Found {
    path: PathBuf,
    /// True if the file existed.
    existed: bool,
    /// True if the file needs a write-ahead log that is missing. A process that ends in order writes the log back and
    /// removes it.
    bereft: bool,
}

/// Creates the folder if it is missing, and the file, because SQLite would create a file that every user can read.
/// `None` if the database is not a file.
pub(super) fn prepare(config: &Config) -> Result<Option<Found>> {
    let Some(path) = config.database_url.sqlite_path() else { return Ok(None) };
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let bereft = has_log(&path) && !beside(&path, "-wal").exists();
    let mut existed = path.exists();
    if !existed && config.database_url.makes_file() {
        match make_private(&path) {
            Ok(()) => {}
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

/// Refuses a file that has lost everything, and warns of one that may have lost something: a copy made without the
/// write-ahead log lacks everything that was still in the log.
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

/// Creates a folder and its missing parents for the owner alone; an existing folder stays as it is.
///
/// # Errors
/// When it cannot be created.
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

/// Makes an empty file that only its owner can read.
///
/// # Errors
/// When it exists, or cannot be made.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Makes a file with a secret that only its owner can read. It appears complete or not at all, and replaces none: another
/// process may start at the same moment.
///
/// # Errors
/// When it exists, or cannot be made.
pub(super) fn put_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = beside(path, &format!(".{}.new", std::process::id()));
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            // Unlike a rename, a link does not replace a file that another process has created in the meantime.
            std::fs::hard_link(&draft, path)
        });
    let _never_there = std::fs::remove_file(&draft);
    made
}

/// Reads a file of which it is known that it is short, such as a key. What is not a file is not opened: a pipe could be
/// waited for without an end, and a device read without one.
///
/// # Errors
/// When it is not a file, is longer than `SHORT`, or cannot be read.
pub(crate) fn read_short(path: &Path) -> std::io::Result<Vec<u8>> {
    let refused = |why: String| std::io::Error::new(ErrorKind::InvalidInput, why);
    let kind = std::fs::metadata(path)?.file_type();
    let what = match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_fifo() => Some("a pipe"),
        () if kind.is_socket() => Some("a socket"),
        () => Some("a device"),
    };
    if let Some(what) = what {
        return Err(refused(format!("it is {what}, not a file")));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(SHORT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SHORT {
        return Err(refused(format!("it is longer than {} KiB", SHORT / 1_024)));
    }
    Ok(bytes)
}

/// Returns the mode of a file that users other than its owner may read or write.
pub(super) fn open_to_others(path: &Path) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Restricts a file of the program to its owner. Files created by an earlier version have the default mode, which
/// lets every user read them.
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

/// Returns the path of a file beside another one: its name and an end.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Returns whether a file is marked as having a write-ahead log.
fn has_log(path: &Path) -> bool {
    let mut head = [0; FORMAT + 1];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head[FORMAT] == 2
}
