//! Watching the events of a tenant, and its audit log: from a number on, as long as the key of the watcher is valid.

use {
    super::{Control, poll::LOOK, watch::Vigil},
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::Entry,
            code,
            event::{Event, EventKind},
            fault::{Fault, FieldFault},
        },
        error::{Code, Error, Result},
        store::{StoreError, StoredEvent, TenantScope},
    },
    std::{
        collections::HashMap,
        time::{Duration, Instant},
    },
    tokio::sync::{mpsc, watch},
    tokio_stream::wrappers::ReceiverStream,
};

/// Time after which a quiet stream sends a sign of life.
const BEAT: Duration = Duration::from_secs(15);
/// Events that are read at a time.
const AT_ONCE: u64 = 100;

/// A message of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    /// The number to go on from.
    pub sequence: i64,
    /// What is told; `None` at the start and as a sign of life.
    pub what: Option<T>,
}

/// Turns stored events into what a stream tells; `None` for one that it does not.
trait Reading: Send + 'static {
    type What: Send + 'static;

    fn read(
        control: &Control,
        scope: &TenantScope,
        events: Vec<StoredEvent>,
    ) -> impl Future<Output = Numbered<Self::What>> + Send;
}

/// What is told of some events, each with its number.
type Numbered<T> = Result<Vec<(i64, Option<T>)>, StoreError>;

/// All events but those of the audit log alone.
struct Events;

impl Reading for Events {
    type What = Event;

    async fn read(_: &Control, _: &TenantScope, events: Vec<StoredEvent>) -> Numbered<Event> {
        let told = |StoredEvent { event, .. }: StoredEvent| {
            (event.sequence, Some(event).filter(|event| event.kind != EventKind::Audited))
        };
        Ok(events.into_iter().map(told).collect())
    }
}

/// The entries of the audit log.
struct Entries;

impl Reading for Entries {
    type What = Entry;

    async fn read(
        control: &Control,
        scope: &TenantScope,
        events: Vec<StoredEvent>,
    ) -> Numbered<Entry> {
        let ids: Vec<String> = events.iter().filter_map(|told| told.entry.clone()).collect();
        let entries = match ids.is_empty() {
            true => Vec::new(),
            false => control.store.of(scope).audit_entries_by_id(&ids).await?,
        };
        let mut entries: HashMap<String, Entry> =
            entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        let mut told = |StoredEvent { event, entry }: StoredEvent| {
            (event.sequence, entry.and_then(|id| entries.remove(&id)))
        };
        Ok(events.into_iter().map(&mut told).collect())
    }
}

/// One caller watching one tenant.
struct Watch<T> {
    control: Control,
    vigil: Vigil,
    scope: TenantScope,
    after: i64,
    /// The number of the newest event, as all watchers of the tenant see it.
    newest: watch::Receiver<Option<Option<i64>>>,
    watcher: mpsc::Sender<Result<Told<T>>>,
}

impl Control {
    /// Returns the events of the caller's tenant after a number, or from now on, as they come.
    pub async fn watch_events(
        &self,
        who: &Principal,
        after: Option<i64>,
    ) -> Result<ReceiverStream<Result<Told<Event>>>> {
        let scope = self.authorise(who, Permission::RunRead)?;
        self.watch_by::<Events>(who, scope, after).await
    }

    /// Returns the entries of the audit log after a number, or from now on, as they come. An empty id means the caller's own
    /// tenant; another one is for the platform role.
    pub async fn watch_audit(
        &self,
        who: &Principal,
        tenant: &str,
        after: Option<i64>,
    ) -> Result<ReceiverStream<Result<Told<Entry>>>> {
        let scope = self.named_scope(who, Permission::AuditRead, tenant).await?;
        self.watch_by::<Entries>(who, scope, after).await
    }

    async fn watch_by<R: Reading>(
        &self,
        who: &Principal,
        scope: TenantScope,
        after: Option<i64>,
    ) -> Result<ReceiverStream<Result<Told<R::What>>>> {
        let vigil = Vigil::open(self, who)?;
        let newest = self.newest_event(&scope);
        let range = self.store.of(&scope).event_range().await?;
        let after = after.unwrap_or(range.last);
        let fault = match after {
            ..0 => Some(Fault::Below { min: 0 }),
            _ if after > range.last => Some(Fault::Above { max: range.last }),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(Error::fields(vec![FieldFault::new("after", fault)]));
        }
        if after < range.forgotten {
            return Err(gone(range.forgotten));
        }
        let (watcher, told) = mpsc::channel(16);
        let control = self.clone();
        tokio::spawn(Watch { control, vigil, scope, after, newest, watcher }.follow::<R>());
        Ok(ReceiverStream::new(told))
    }

    /// Joins those that watch the events of a tenant. `None` is told while the database does not answer: each watcher then
    /// reads by itself, and learns why.
    fn newest_event(&self, scope: &TenantScope) -> watch::Receiver<Option<Option<i64>>> {
        let (control, own) = (self.clone(), TenantScope::new(scope.tenant().clone()));
        let look = move || {
            let (control, scope) = (control.clone(), own.clone());
            async move { control.store.of(&scope).event_range().await.ok().map(|range| range.last) }
        };
        let is_same = |old: &Option<i64>, new: &Option<i64>| old.is_some() && old == new;
        self.watched.events.join(scope.tenant().clone(), look, is_same)
    }
}

fn gone(oldest: i64) -> Error {
    Error::advised(Code::Refused, code::EVENTS_GONE, &[("after", &oldest)])
}

impl<T: Send + 'static> Watch<T> {
    async fn follow<R: Reading<What = T>>(mut self) {
        let end = self.tell_all::<R>().await;
        if let Err(error) = end {
            let _gone = self.watcher.send(Err(error)).await;
        }
    }

    /// Sends a message; false when the watcher has gone.
    async fn tell(&self, what: Option<T>) -> bool {
        self.watcher.send(Ok(Told { sequence: self.after, what })).await.is_ok()
    }

    /// Tells what comes until the watcher has gone.
    async fn tell_all<R: Reading<What = T>>(&mut self) -> Result<()> {
        if !self.tell(None).await {
            return Ok(());
        }
        let mut told = Instant::now();
        loop {
            let events =
                self.control.store.of(&self.scope).events_after(self.after, AT_ONCE).await?;
            let more = events.len() as u64 == AT_ONCE;
            // Numbers have no gaps but where events were deleted.
            if let Some(first) = events.first()
                && first.event.sequence > self.after + 1
            {
                return Err(gone(first.event.sequence - 1));
            }
            for (sequence, what) in R::read(&self.control, &self.scope, events).await? {
                self.after = sequence;
                if what.is_some() {
                    if !self.tell(what).await {
                        return Ok(());
                    }
                    told = Instant::now();
                }
            }
            if told.elapsed() >= BEAT {
                if !self.tell(None).await {
                    return Ok(());
                }
                told = Instant::now();
            }
            if more {
                self.vigil.may_go_on(&self.control).await?;
                continue;
            }
            // Waits until there is more to read, or it is time for a sign of life.
            loop {
                tokio::select! {
                    _ = self.newest.changed() => {}
                    () = tokio::time::sleep(LOOK * 2) => {}
                    () = self.watcher.closed() => return Ok(()),
                    () = self.control.stopping.cancelled() => {
                        return Err(Error::unavailable("the server is stopping"));
                    }
                }
                self.vigil.may_go_on(&self.control).await?;
                let is_new = match *self.newest.borrow_and_update() {
                    Some(newest) => newest.is_none_or(|newest| newest > self.after),
                    None => false,
                };
                if is_new || told.elapsed() >= BEAT {
                    break;
                }
            }
        }
    }
}
