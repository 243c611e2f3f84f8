//! Hands events to the parts of the service that listen: in order for each tenant, at least once, by one process at a
//! time. Before that each event gets its number, which watchers go on from.

use {
    crate::{
        domain::{
            code::Provider,
            event::{Event, SYSTEMS, connection},
        },
        ports::Clock,
        store::{Store, StoreError, TenantScope, Tx},
    },
    chrono::{DateTime, TimeDelta, Utc},
    std::{
        sync::Arc,
        time::{Duration, Instant},
    },
    tokio_util::sync::CancellationToken,
    uuid::Uuid,
};

/// Pause between two looks for events.
const LOOK: Duration = Duration::from_millis(250);
/// How long a process may hand events on without prolonging its lease.
const LEASE: Duration = Duration::from_secs(30);
/// Time between two looks for what other processes have left behind, and for events to delete.
const SWEEP: Duration = Duration::from_secs(60);
/// Tenants, and events of each, that are handed on at a time.
const AT_ONCE: u64 = 100;
/// Events that one transaction deletes, and the greatest number of such transactions in a sweep.
const FORGOTTEN: (u64, u32) = (1_000, 20);

/// A part of the service that listens. What it stores is stored with the note of how far it has heard; what it does
/// besides, it may do twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listener {
    /// Tells from the ends and waits of runs which connections are broken and mended.
    Connections,
}

impl Listener {
    const ALL: [Self; 1] = [Self::Connections];

    /// The stored name.
    const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
        }
    }

    async fn hear(self, tx: &Tx, event: &Event) -> Result<(), StoreError> {
        match self {
            Self::Connections => hear_run(tx, event).await,
        }
    }
}

async fn hear_run(tx: &Tx, event: &Event) -> Result<(), StoreError> {
    let told = |system: Provider| connection(system, event.kind, &event.data);
    let known = |system: &Provider| Some((*system, told(*system)?));
    for (system, broken) in SYSTEMS.iter().filter_map(known) {
        match broken {
            Some(code) => tx.break_connection(system, code, event.at).await?,
            None => tx.mend_connection(system, event.at).await?,
        }
    }
    Ok(())
}

/// The loop.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    store: Store,
    clock: Arc<dyn Clock>,
    owner: String,
    keep_days: i32,
}

impl Dispatcher {
    /// Makes the loop. Events are deleted after `keep_days`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, keep_days: i32) -> Self {
        Self { store, clock, owner: Uuid::new_v4().to_string(), keep_days }
    }

    /// Runs until the token is cancelled.
    pub async fn run(self, token: CancellationToken) {
        let mut swept: Option<Instant> = None;
        loop {
            let sweep = swept.is_none_or(|at| at.elapsed() >= SWEEP);
            if sweep {
                swept = Some(Instant::now());
            }
            if let Err(error) = self.look(self.clock.now(), sweep).await {
                tracing::warn!(%error, "could not hand on events");
            }
            tokio::select! {
                () = token.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        if let Err(error) = self.store.across_tenants().release_events(&self.owner).await {
            tracing::warn!(%error, "could not give the lease of events back");
        }
    }

    /// Numbers the events that have no number and hands them on, if no other process does. A sweep also hands on what was
    /// left behind, and deletes old events. Returns how many got a number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self, now: DateTime<Utc>, sweep: bool) -> Result<usize, StoreError> {
        let all = self.store.across_tenants();
        if !sweep && !all.has_open_events().await? {
            return Ok(0);
        }
        let mut count = 0;
        loop {
            let numbered = match all.number_events(&self.owner, LEASE).await? {
                Some(numbered) => numbered,
                None if all.lease_events(&self.owner, LEASE).await? => continue,
                None => return Ok(count),
            };
            count += numbered;
            let mut more = numbered > 0 && all.has_open_events().await?;
            for listener in Listener::ALL {
                more |= self.hand_on(listener).await?;
            }
            if !more {
                break;
            }
        }
        if sweep {
            self.forget(now).await?;
        }
        Ok(count)
    }

    /// Hands a listener the next events of each tenant. Returns whether there is more.
    async fn hand_on(&self, listener: Listener) -> Result<bool, StoreError> {
        let backlog = self.store.across_tenants().event_backlog(listener.name(), AT_ONCE).await?;
        let many = backlog.len() as u64 == AT_ONCE;
        let (mut any, mut more) = (false, false);
        for tenant in backlog {
            match self.tell(listener, &tenant.scope, tenant.heard).await {
                Ok(told) => {
                    any |= told > 0;
                    more |= told == AT_ONCE;
                }
                // The others have their turn; this one has another at the next sweep.
                Err(error) => {
                    let (tenant, listener) = (tenant.scope.tenant(), listener.name());
                    tracing::warn!(%error, %tenant, listener, "events could not be handed on");
                }
            }
        }
        Ok(more || (many && any))
    }

    /// Hands a listener the next events of a tenant, and returns how many.
    async fn tell(
        &self,
        listener: Listener,
        scope: &TenantScope,
        heard: i64,
    ) -> Result<u64, StoreError> {
        let rows = self.store.of(scope);
        let events = rows.events_after(heard, AT_ONCE).await?;
        let to = match events.last() {
            Some(last) => last.event.sequence,
            // What it has not heard is deleted.
            None => rows.event_range().await?.forgotten,
        };
        let tx = rows.begin().await?;
        if to <= heard || !tx.heard(listener.name(), heard, to).await? {
            return Ok(0);
        }
        for told in &events {
            listener.hear(&tx, &told.event).await?;
        }
        tx.commit().await?;
        Ok(events.len() as u64)
    }

    /// Deletes events that are old enough, if all listeners have heard all events.
    async fn forget(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let all = self.store.across_tenants();
        for listener in Listener::ALL {
            if !all.event_backlog(listener.name(), 1).await?.is_empty() {
                return Ok(());
            }
        }
        let days = TimeDelta::days(self.keep_days.into());
        let Some(before) = now.checked_sub_signed(days) else { return Ok(()) };
        let (rows, times) = FORGOTTEN;
        for _ in 0..times {
            if (all.forget_events(before, rows).await? as u64) < rows {
                break;
            }
        }
        Ok(())
    }
}
