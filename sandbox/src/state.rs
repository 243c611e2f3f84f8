//! Stores the school between two runs of the sandbox: one JSON file, written under a temporary name
//! and renamed.

use {
    super::{moodle::Site, world::World, zoho::Org},
    serde::{Deserialize, Serialize},
    std::{
        fs,
        io::{self, Write as _},
        os::unix::fs::OpenOptionsExt as _,
        path::Path,
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio::{
        sync::watch,
        task::{JoinHandle, spawn_blocking},
    },
};

/// Version of the file's layout; others are refused.
const VERSION: u32 = 2;
/// Shortest time between two saves; a large school, which takes longer to write, is saved less
/// often.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Kept<'w> {
    version: u32,
    zoho: &'w Org,
    moodle: &'w Site,
}

/// What every layout has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Deserialize)]
struct Found {
    zoho: Org,
    moodle: Site,
}

/// Loads the state file into the world, if there is one.
pub(crate) async fn load(world: &Arc<World>) -> io::Result<()> {
    let Some(path) = world.state_file.clone() else {
        return Ok(());
    };
    let found = spawn_blocking(move || read(&path)).await.map_err(io::Error::other)??;
    if let Some(found) = found {
        *world.zoho() = found.zoho.restored();
        *world.moodle() = found.moodle.restored().at(&world.moodle_url);
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<Option<Found>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let broken = |error| invalid(format!("{} cannot be read: {error}", path.display()));
    let head: Head = serde_json::from_slice(&bytes).map_err(broken)?;
    if head.version != VERSION {
        let text = format!(
            "{} has layout {}, and this sandbox reads layout {VERSION}: remove the file to begin \
             with a fresh school",
            path.display(),
            head.version
        );
        return Err(invalid(text));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(broken)
}

/// Saves the world to the state file, if one is set.
pub(crate) async fn save(world: &Arc<World>) -> io::Result<()> {
    let Some(path) = world.state_file.clone() else {
        return Ok(());
    };
    let world = Arc::clone(world);
    spawn_blocking(move || write(&world, &path)).await.map_err(io::Error::other)?
}

fn write(world: &World, path: &Path) -> io::Result<()> {
    let bytes = {
        let (zoho, moodle) = (world.zoho(), world.moodle());
        serde_json::to_vec(&Kept { version: VERSION, zoho: &zoho, moodle: &moodle })?
    };
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    // The data of the school resembles personal data, so only the owner may read the file.
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(&bytes)?;
    fs::rename(&temporary, path)
}

/// Saves after changes until `quit` is set; the stop does the last save.
pub(crate) fn spawn(world: Arc<World>, mut quit: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut saved = world.changes();
        let mut pause = PAUSE;
        loop {
            tokio::select! {
                _ = quit.wait_for(|quit| *quit) => return,
                () = tokio::time::sleep(pause) => {}
            }
            let changes = world.changes();
            if changes == saved {
                continue;
            }
            let begun = Instant::now();
            match save(&world).await {
                Ok(()) => saved = changes,
                Err(error) => tracing::warn!(%error, "sandbox state not saved"),
            }
            pause = PAUSE.max(begun.elapsed() * 10);
        }
    })
}
