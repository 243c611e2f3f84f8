//! A copy of a SQLite database, made while it is in use, and putting one back. The master key is not in it: a copy that is
//! lost must not open the secrets in it.

use {
    super::{
        Refused, Unreachable, bring_up,
        file::{self, BESIDE, beside},
        key, open_store,
        stop::{unless_stopped, with_store},
        walled,
    },
    crate::{
        adapters::clock::SystemClock,
        config::{Config, DatabaseUrl},
        control::expected_key,
        ports::Clock as _,
        store::Store,
    },
    anyhow::{Context as _, Result, bail},
    percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode},
    std::{
        fs::{self, File},
        io::{ErrorKind, Read as _},
        path::{Path, PathBuf},
    },
    tokio_util::sync::CancellationToken,
};

/// The first bytes of a SQLite file.
const HEAD: &[u8; 16] = b"SQLite format 3\0";
/// What a path may not hold in a URL.
const IN_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// A copy that was made.
#[derive(Debug)]
pub(crate) struct Copied {
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// The master key that opens the secrets in it; `None` where there are none.
    pub(crate) key: Option<String>,
}

/// A copy that was put back.
#[derive(Debug)]
pub(crate) struct Restored {
    /// Where the database that was there is now.
    pub(crate) former: Option<PathBuf>,
    /// Runs of the copy that do not go on.
    pub(crate) ended: u64,
}

/// Copies the database into a file, which appears whole or not at all.
///
/// # Errors
/// `Refused` for another database than a SQLite file, where there is none, and for a file that exists.
pub(crate) async fn backup(config: &Config, to: &Path, stop: &CancellationToken) -> Result<Copied> {
    let database = path_of(config)?;
    if !database.exists() {
        bail!(Refused(format!("the database {} does not exist", database.display())));
    }
    if to.exists() {
        bail!(Refused(format!("the file {} exists already; name another one", to.display())));
    }
    let draft = beside(to, &format!(".{}.part", std::process::id()));
    let made = with_store(config, stop, async |store| {
        make(&draft)?;
        let Some(name) = draft.to_str() else {
            bail!(Refused(format!("the path {} is not valid UTF-8", draft.display())));
        };
        let copy = async {
            store.across_tenants().copy_to(name).await.context("cannot copy the database")
        };
        unless_stopped(stop, copy).await?;
        expected_key(store).await.context("cannot read the database's master key")
    })
    .await;
    let done = made.and_then(|key| {
        let bytes = settle(&draft, to)?;
        Ok(Copied { bytes, key })
    });
    if done.is_err() {
        let _never_made = fs::remove_file(&draft);
    }
    done
}

/// Puts a copy in the place of the database. The copy is checked first; the database that was there is kept beside it.
///
/// # Errors
/// `Refused` for a file that is not a whole copy, or that another master key has sealed; while a process has the database
/// open; and where there is a database that may not be replaced.
pub(crate) async fn restore(
    config: &Config,
    from: &Path,
    replace: bool,
    stop: &CancellationToken,
) -> Result<Restored> {
    let database = path_of(config)?;
    let (shown, copy) = (database.display(), from.display());
    if !is_database(from).with_context(|| format!("cannot read {copy}"))? {
        bail!(Refused(format!("the file {copy} is not a SQLite database")));
    }
    if beside(from, "-wal").exists() {
        bail!(Refused(format!(
            "beside {copy} is a write-ahead log: it is a database in use and not a copy made with `sigma-sync backup`"
        )));
    }
    if database.exists() && !replace {
        bail!(Refused(format!("the database {shown} exists; replace it with --replace")));
    }
    if let Some(folder) = database.parent() {
        file::make_folder(folder)?;
    }
    let draft = beside(&database, ".restoring");
    let prepared = Box::pin(prepare(config, from, &draft, stop)).await;
    let done = match prepared {
        Ok(ended) => {
            put(config, &database, &draft, stop).await.map(|former| Restored { former, ended })
        }
        Err(error) => Err(error),
    };
    if done.is_err() {
        for end in [""].into_iter().chain(BESIDE) {
            let _never_made = fs::remove_file(beside(&draft, end));
        }
    }
    done
}

/// Prepares a database that was put back by other means, such as those of PostgreSQL. Returns the number of runs that do not
/// go on.
///
/// # Errors
/// What the database refuses.
pub(crate) async fn mark_restored(config: &Config, stop: &CancellationToken) -> Result<u64> {
    with_store(config, stop, async |store| {
        let marked = async {
            bring_up(config, store).await.context("cannot bring the database up to date")?;
            let store = &walled(config, store).await?;
            key::vault(config, store, &SystemClock).await?;
            mark(store).await
        };
        unless_stopped(stop, marked).await
    })
    .await
}

async fn mark(store: &Store) -> Result<u64> {
    let marked = store.across_tenants().mark_restored(SystemClock.now()).await;
    marked.context("cannot prepare the restored database")
}

/// Copies the copy, checks it and prepares it. Returns the number of runs that do not go on.
async fn prepare(
    config: &Config,
    from: &Path,
    draft: &Path,
    stop: &CancellationToken,
) -> Result<u64> {
    let shown = from.display();
    let _left_by_one_that_was_killed = fs::remove_file(draft);
    make(draft)?;
    fs::copy(from, draft).with_context(|| format!("cannot copy {shown}"))?;
    let config = Config { database_url: url_of(draft), ..config.clone() };
    let prepared = with_store(&config, stop, async |store| {
        let work = async {
            if let Err(fault) = store.across_tenants().check_whole().await {
                bail!(Refused(format!("the copy {shown} is damaged: {fault}")));
            }
            bring_up(&config, store).await.context("cannot bring the copy up to date")?;
            // Beside the database, where the key is looked for: the folder is the same.
            key::vault(&config, store, &SystemClock).await?;
            mark(store).await
        };
        unless_stopped(stop, work).await
    })
    .await;
    prepared.map_err(|error| match error.downcast::<Unreachable>() {
        Ok(unread) => Refused(format!("the copy {shown} is damaged: {unread}")).into(),
        Err(other) => other,
    })
}

/// Puts the prepared copy in the place of the database, and returns where that is now.
async fn put(
    config: &Config,
    database: &Path,
    draft: &Path,
    stop: &CancellationToken,
) -> Result<Option<PathBuf>> {
    let mut former = None;
    if database.exists() {
        close_to_all(config, database, stop).await?;
        let stamp = SystemClock.now().format("%Y%m%dT%H%M%SZ");
        let aside = beside(database, &format!(".before-{stamp}"));
        fs::rename(database, &aside)
            .with_context(|| format!("cannot move {} aside", database.display()))?;
        former = Some(aside);
    }
    settle(draft, database)?;
    Ok(former)
}

/// Makes sure that no process has the database open: the last one that closes it takes the write-ahead log away.
async fn close_to_all(config: &Config, database: &Path, stop: &CancellationToken) -> Result<()> {
    let opened = unless_stopped(stop, open_store(config)).await;
    if let Ok(store) = opened {
        let _told_by_the_log = store.close().await;
    }
    if beside(database, "-wal").exists() {
        bail!(Refused(format!(
            "the database {} is in use; stop the processes of the service first",
            database.display()
        )));
    }
    Ok(())
}

fn path_of(config: &Config) -> Result<PathBuf> {
    config.database_url.sqlite_path().ok_or_else(|| {
        let how = "a PostgreSQL database is copied with pg_dump (docs/src/operations.md, \"Backup\"); after it was put \
                   back, run `sigma-sync restore` without a file";
        Refused(how.to_owned()).into()
    })
}

fn url_of(path: &Path) -> DatabaseUrl {
    let path = path.to_string_lossy();
    DatabaseUrl(format!("sqlite://{}?mode=rw", utf8_percent_encode(&path, IN_PATH)))
}

fn is_database(path: &Path) -> std::io::Result<bool> {
    let mut head = [0; HEAD.len()];
    match File::open(path)?.read_exact(&mut head) {
        Ok(()) => Ok(head == *HEAD),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the file that a copy is written to.
fn make(path: &Path) -> Result<()> {
    file::make_private(path).with_context(|| format!("cannot make the file {}", path.display()))
}

/// Gives a file its name once it is on the disk, and returns its size in bytes.
fn settle(draft: &Path, to: &Path) -> Result<u64> {
    let settled = File::open(draft).and_then(|file| {
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(draft, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(bytes)
    });
    settled.with_context(|| format!("cannot write {}", to.display()))
}
