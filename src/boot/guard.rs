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

/// Opens the guard, and what counts against the limits of callers, shared with the other servers on the database. A store that
/// does not answer is not waited for: the guard accepts nothing before it does.
///
/// # Errors
/// `Refused` while another server on the database remembers requests in another place, and for an address that is not
/// understood.
pub(super) async fn open(
    config: &Config,
    core: &Core,
) -> Result<(Arc<ReplayGuard>, Arc<SharedRates>)> {
    let (store, clock) = (core.store.clone(), core.clock.clone());
    let (place, rates): (Arc<dyn ReplayStore>, _) = match config.guard.store {
        GuardStore::Database => {
            let rates = SharedRates::of(Arc::new(DatabaseRates::new(store.clone())));
            (Arc::new(DatabaseGuard::new(store, clock)), rates)
        }
        GuardStore::Memory => {
            let process = Uuid::new_v4().to_string();
            (Arc::new(MemoryGuard::new(store, clock, &process)), SharedRates::default())
        }
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
    Ok((guard, Arc::new(rates)))
}

const fn place_name(store: GuardStore) -> &'static str {
    match store {
        GuardStore::Database => "the database",
        GuardStore::Memory => "the memory of this one",
        GuardStore::Redis => "Redis",
    }
}

#[cfg(feature = "redis")]
fn redis(config: &Config, core: &Core) -> Result<(Arc<dyn ReplayStore>, SharedRates)> {
    use crate::adapters::{guard::RedisGuard, rate::RedisRates, redis::RedisLink};

    let link = RedisLink::new(&config.guard.redis_url);
    let link = Arc::new(link.map_err(|error| Refused(format!("guard.redis_url: {error}")))?);
    let rates = SharedRates::of(Arc::new(RedisRates::new(link.clone())));
    Ok((Arc::new(RedisGuard::new(link, core.store.clone(), core.clock.clone())), rates))
}

#[cfg(not(feature = "redis"))]
fn redis(_: &Config, _: &Core) -> Result<(Arc<dyn ReplayStore>, SharedRates)> {
    bail!(Refused(
        "guard.store: this program was built without Redis (the feature \"redis\")".into()
    ))
}
