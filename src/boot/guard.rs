//! The guard against replays and the limits of callers, in the place that the settings name.

use {
    super::{Core, Refused},
    crate::{
        adapters::{
            guard::{DatabaseGuard, MemoryGuard, ReplayGuard},
            rate::{DatabaseRates, SharedRates},
        },
        config::{Config, GuardStore},
        ports::{ReplayStore, Tended},
    },
    anyhow::{Result, bail},
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
    uuid::Uuid,
};

/// How long a start waits for the end of the lease of a server that was killed.
const PATIENCE: Duration = Duration::from_secs(35);
/// For how many seconds at most a start waits until requests of now are accepted.
const MOMENT: i64 = 5;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Opens the guard. A store that does not answer is not waited for: the guard accepts nothing before it does.
///
/// # Errors
/// `Refused` while another server on the database remembers requests in another place.
pub(super) async fn open(config: &Config, core: &Core) -> Result<Arc<ReplayGuard>> {
    let (store, clock) = (core.store.clone(), core.clock.clone());
    let place: Arc<dyn ReplayStore> = match config.guard.store {
        GuardStore::Database => Arc::new(DatabaseGuard::new(store, clock)),
        GuardStore::Memory => Arc::new(MemoryGuard::new(store, clock, &Uuid::new_v4().to_string())),
        GuardStore::Redis => redis(config, core)?,
    };
    let guard = Arc::new(ReplayGuard::new(place, core.clock.clone()));
    let since = Instant::now();
    let mut told = false;
    // What fails otherwise is logged, and tried again while the server runs.
    while let Ok(Tended::Elsewhere) = guard.tend().await {
        if since.elapsed() > PATIENCE {
            bail!(Refused(format!(
                "another server on this database remembers accepted requests in another place than {} (guard.store), so \
                 a request could be accepted by both; stop it first",
                place_name(config.guard.store)
            )));
        }
        if !told {
            tracing::warn!(
                "waiting for the lease of another server on this database, which may have been killed"
            );
            told = true;
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Only a clock that was set is further off; clients are told then.
    while (0..=MOMENT).contains(&(guard.floor() - core.clock.now().timestamp())) {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(guard)
}

/// Returns what counts against the limits of callers, shared with the other servers on the database.
///
/// # Errors
/// `Refused` for an address that is not understood.
pub(super) fn rates(config: &Config, core: &Core) -> Result<Arc<SharedRates>> {
    Ok(Arc::new(match config.guard.store {
        GuardStore::Database => SharedRates::of(Arc::new(DatabaseRates::new(core.store.clone()))),
        GuardStore::Memory => SharedRates::default(),
        GuardStore::Redis => redis_rates(config)?,
    }))
}

const fn place_name(store: GuardStore) -> &'static str {
    match store {
        GuardStore::Database => "the database",
        GuardStore::Memory => "the memory of this one",
        GuardStore::Redis => "Redis",
    }
}

#[cfg(feature = "redis")]
fn redis(config: &Config, core: &Core) -> Result<Arc<dyn ReplayStore>> {
    let (store, clock) = (core.store.clone(), core.clock.clone());
    let guard = crate::adapters::guard::RedisGuard::new(&config.guard.redis_url, store, clock);
    Ok(Arc::new(guard.map_err(|error| Refused(format!("guard.redis_url: {error}")))?))
}

#[cfg(feature = "redis")]
fn redis_rates(config: &Config) -> Result<SharedRates> {
    let rates = crate::adapters::rate::RedisRates::new(&config.guard.redis_url);
    let rates = rates.map_err(|error| Refused(format!("guard.redis_url: {error}")))?;
    Ok(SharedRates::of(Arc::new(rates)))
}

#[cfg(not(feature = "redis"))]
fn redis_rates(_: &Config) -> Result<SharedRates> {
    Ok(SharedRates::default())
}

#[cfg(not(feature = "redis"))]
fn redis(_: &Config, _: &Core) -> Result<Arc<dyn ReplayStore>> {
    bail!(Refused(
        "guard.store: this program was built without Redis (the feature \"redis\")".into()
    ))
}
