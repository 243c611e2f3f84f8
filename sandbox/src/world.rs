//! What all calls share: both emulated systems, the fault switches, the ledger, the settings and
//! the clock.

pub(crate) use super::settings::{Filters, Maintenance, Settings, TokenState};

use {
    super::{Options, data::School, fault::Faults, ledger::Ledger, moodle::Site, zoho::Org},
    chrono::Utc,
    std::{
        collections::BTreeMap,
        path::PathBuf,
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicU64, Ordering},
        },
    },
};

/// Everything that the calls of both ports share. Locks are held for one call at most, and never
/// two at once except by `state.rs`, which takes Zoho before Moodle.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) zoho_url: String,
    pub(crate) moodle_url: String,
    pub(crate) state_file: Option<PathBuf>,
    zoho: Mutex<Org>,
    moodle: Mutex<Site>,
    faults: Mutex<Faults>,
    ledger: Mutex<Ledger>,
    settings: Mutex<Arc<Settings>>,
    snapshots: Mutex<BTreeMap<String, Vec<u8>>>,
    changes: AtomicU64,
}

impl World {
    /// Makes a fresh world.
    pub(crate) fn new(options: &Options, zoho_url: String, moodle_url: String) -> Self {
        let Options { seed, broken_every, students, .. } = *options;
        Self {
            moodle: Mutex::new(Site::default().at(&moodle_url)),
            zoho_url,
            moodle_url,
            state_file: options.state_file.clone(),
            zoho: Mutex::new(Org::new(School { seed, broken_every, students })),
            faults: Mutex::default(),
            ledger: Mutex::default(),
            settings: Mutex::default(),
            snapshots: Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn zoho(&self) -> MutexGuard<'_, Org> {
        lock(&self.zoho)
    }

    pub(crate) fn moodle(&self) -> MutexGuard<'_, Site> {
        lock(&self.moodle)
    }

    /// Copies of the site by their names, as an administrator's backups.
    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        lock(&self.snapshots)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// Returns the current settings; a call keeps the same ones to its end.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.settings))
    }

    /// Replaces the settings.
    pub(crate) fn set_settings(&self, settings: Settings) {
        *lock(&self.settings) = Arc::new(settings);
    }

    /// Notes that the state file is out of date.
    pub(crate) fn touch(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how often the state has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }
}

/// A call that panicked leaves consistent data here, because each change is made at once.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the sandbox's time in Unix milliseconds. The only place that reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands apart from the service; its own clock can be moved"
)]
pub(crate) fn now_ms(settings: &Settings) -> i64 {
    Utc::now().timestamp_millis() + settings.clock_offset_s * 1_000
}
