//! Places that names share in turns: one name may have only some of them, and those that wait are served name by name. So
//! one name, such as a tenant, that asks for very much makes itself wait and not the others.

use {
    std::{
        collections::{HashMap, VecDeque},
        fmt,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
    tokio::{sync::oneshot, time::Instant},
};

/// How long those of a name that wait for places have to be a crowd before the name counts as overloaded.
const CROWDED: Duration = Duration::from_millis(500);
/// Greatest number of names that are remembered without a place.
const KEPT: usize = 4_096;

/// How places are shared.
#[derive(Debug, Clone, Copy)]
pub struct Sharing {
    /// All places.
    pub all: usize,
    /// The places that one name may have.
    pub each: usize,
    /// How many may wait of one name.
    pub queue: usize,
    /// How long one may wait.
    pub patience: Duration,
    /// How long one may wait of a name that is overloaded: that has had some waiting for half a second. If it is less, only as
    /// many of such a name may wait as are served in half of that time: who is let in is served.
    pub overloaded: Duration,
}

impl Sharing {
    /// Returns whether an overloaded name is treated as one.
    fn sheds(&self) -> bool {
        self.overloaded < self.patience
    }

    /// Returns whether no more of a name may wait.
    fn is_full(&self, name: &mut Name, now: Instant) -> bool {
        let room = if self.sheds() && name.is_overloaded(now) {
            (name.pace.usual(now, self.overloaded) / 2).max(self.each).min(self.queue)
        } else {
            self.queue
        };
        name.queue.len() >= room
    }
}

/// Why a place was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// The name has its places.
    OwnLimit,
    /// All places are taken.
    Busy,
}

/// Places.
#[derive(Debug, Clone)]
pub struct Fair {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sharing: Sharing,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    waiting: usize,
    names: HashMap<Arc<str>, Name>,
    /// Names that wait and may have a place, the next one first.
    ring: VecDeque<Arc<str>>,
}

#[derive(Debug)]
struct Name {
    taken: usize,
    queue: VecDeque<Waiting>,
    in_ring: bool,
    /// Since when some of it have been waiting without a pause.
    since: Instant,
    /// Until when a pause does not end that: an overloaded name is not let in freely again because all that waited were
    /// turned away.
    goes_on_until: Instant,
    pace: Pace,
}

/// How fast a name gets places while some of it wait. The time in which none waits does not count: what is asked for in it
/// says nothing of how much could be done.
#[derive(Debug, Default)]
struct Pace {
    /// Since when some have been waiting, or when this was last looked at; `None` while none waits.
    since: Option<Instant>,
    /// How long some have been waiting, and the places that were given meanwhile.
    busy: Duration,
    given: usize,
    /// The places that are usual in a time.
    usual: usize,
}

impl Pace {
    /// Notes that some wait from now on, or none any more.
    fn wait(&mut self, now: Instant, some: bool) {
        if let Some(since) = self.since {
            self.busy += now.duration_since(since);
        }
        self.since = some.then_some(now);
    }

    /// Counts a place for one that has waited.
    const fn give(&mut self) {
        self.given += 1;
    }

    /// Returns how many places it gets in this time. After a standstill the number is halved, and not 0 at once.
    fn usual(&mut self, now: Instant, time: Duration) -> usize {
        self.wait(now, self.since.is_some());
        if self.busy >= time {
            let part = time.as_secs_f64() / self.busy.as_secs_f64();
            let given = (self.given as f64 * part) as usize;
            (self.usual, self.busy, self.given) = (given.max(self.usual / 2), Duration::ZERO, 0);
        }
        self.usual
    }
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    place: oneshot::Sender<Place>,
}

/// A place, given back when it is dropped.
pub struct Place {
    shared: Option<Arc<Shared>>,
    name: Arc<str>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Fair {
    /// Makes places.
    pub fn new(sharing: Sharing) -> Self {
        Self { shared: Arc::new(Shared { sharing, state: Mutex::default() }) }
    }

    /// True if no place is taken and none is waited for.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        state.taken == 0 && state.waiting == 0
    }

    /// Takes a place for a name, waiting for its turn if necessary.
    ///
    /// # Errors
    /// When as many wait as may, or the turn did not come in time.
    pub async fn enter(&self, name: &str) -> Result<Place, Turned> {
        let (name, place, patience) = match self.ask(name)? {
            Asked::Has(place) => return Ok(place),
            Asked::Waits(name, place, patience) => (name, place, patience),
        };
        let mut leaving = Leaving { shared: &self.shared, name: &name, left: false };
        match tokio::time::timeout(patience, place).await {
            Ok(Ok(place)) => {
                leaving.left = true;
                Ok(place)
            }
            _ => Err(self.shared.lock().why(&self.shared.sharing, &name)),
        }
    }

    /// Refuses a name of which no more may wait now. It takes nothing, so it says no more than that [`Self::enter`] would
    /// have refused at this moment.
    ///
    /// # Errors
    /// When as many of the name wait as may.
    pub fn check(&self, name: &str) -> Result<(), Turned> {
        let sharing = &self.shared.sharing;
        let mut state = self.shared.lock();
        let Some(own) = state.names.get_mut(name).filter(|own| !own.queue.is_empty()) else {
            return Ok(());
        };
        if sharing.is_full(own, Instant::now()) { Err(state.why(sharing, name)) } else { Ok(()) }
    }

    fn ask(&self, name: &str) -> Result<Asked, Turned> {
        let sharing = &self.shared.sharing;
        let Sharing { all, each, patience, overloaded, .. } = *sharing;
        let now = Instant::now();
        let mut state = self.shared.lock();
        let name: Arc<str> = match state.names.get_key_value(name) {
            Some((known, _)) => known.clone(),
            None => {
                if state.names.len() >= KEPT {
                    state.names.retain(|_, name| name.taken > 0 || !name.queue.is_empty());
                }
                let new: Arc<str> = name.into();
                let (queue, pace) = (VecDeque::new(), Pace::default());
                let (since, goes_on_until) = (now, now);
                let fresh = Name { taken: 0, queue, in_ring: false, since, goes_on_until, pace };
                state.names.insert(new.clone(), fresh);
                new
            }
        };
        let State { taken, waiting, names, ring } = &mut *state;
        let Some(own) = names.get_mut(&name) else { return Err(Turned::Busy) };
        if own.queue.is_empty() && own.taken < each && *taken < all {
            own.taken += 1;
            *taken += 1;
            return Ok(Asked::Has(Place { shared: Some(self.shared.clone()), name }));
        }
        if sharing.is_full(own, now) {
            return Err(state.why(sharing, &name));
        }
        if own.queue.is_empty() {
            if now >= own.goes_on_until {
                own.since = now;
            }
            own.pace.wait(now, true);
        }
        let patience = if own.is_overloaded(now) { overloaded } else { patience };
        let (sender, receiver) = oneshot::channel();
        own.queue.push_back(Waiting { since: now, place: sender });
        *waiting += 1;
        if own.taken < each && !own.in_ring {
            own.in_ring = true;
            ring.push_back(name.clone());
        }
        Ok(Asked::Waits(name, receiver, patience))
    }
}

enum Asked {
    Has(Place),
    Waits(Arc<str>, oneshot::Receiver<Place>, Duration),
}

impl Name {
    fn is_overloaded(&self, now: Instant) -> bool {
        !self.queue.is_empty() && now.duration_since(self.since) > CROWDED
    }

    /// Notes that none waits any more.
    fn emptied(&mut self, now: Instant) {
        self.pace.wait(now, false);
        if now.duration_since(self.since) > CROWDED {
            self.goes_on_until = now + CROWDED;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to those whose turn it is, a place for each name at a time.
    fn serve(self: &Arc<Self>, state: &mut State) {
        let Sharing { all, each, overloaded, .. } = self.sharing;
        let now = Instant::now();
        let State { taken, waiting, names, ring } = state;
        while *taken < all {
            let Some(name) = ring.pop_front() else { return };
            let Some(own) = names.get_mut(&name) else { continue };
            own.in_ring = false;
            // Those of an overloaded name that have waited for too long are turned away: their callers have gone, or will
            // have.
            let crowded = self.sharing.sheds() && own.is_overloaded(now);
            while crowded && own.queue.front().is_some_and(|one| now - one.since > overloaded) {
                own.queue.pop_front();
                *waiting -= 1;
            }
            let Some(next) = own.queue.pop_front() else {
                own.emptied(now);
                continue;
            };
            *waiting -= 1;
            let place = Place { shared: Some(self.clone()), name: name.clone() };
            match next.place.send(place) {
                Ok(()) => {
                    own.taken += 1;
                    *taken += 1;
                    own.pace.give();
                }
                // It has left. Its place was not counted yet.
                Err(mut place) => drop(place.shared.take()),
            }
            if own.queue.is_empty() {
                own.emptied(now);
            } else if own.taken < each {
                own.in_ring = true;
                ring.push_back(name);
            }
        }
    }
}

impl State {
    fn why(&self, sharing: &Sharing, name: &str) -> Turned {
        match self.names.get(name) {
            Some(own) if own.taken >= sharing.each => Turned::OwnLimit,
            _ => Turned::Busy,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let mut state = shared.lock();
        let State { taken, names, ring, .. } = &mut *state;
        *taken -= 1;
        if let Some(own) = names.get_mut(&self.name) {
            own.taken -= 1;
            if !own.queue.is_empty() && !own.in_ring {
                own.in_ring = true;
                ring.push_back(self.name.clone());
            }
        }
        shared.serve(&mut state);
    }
}

/// Takes one that no longer waits out of its queue.
struct Leaving<'a> {
    shared: &'a Arc<Shared>,
    name: &'a Arc<str>,
    left: bool,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut state = self.shared.lock();
        let State { waiting, names, .. } = &mut *state;
        if let Some(own) = names.get_mut(self.name) {
            let before = own.queue.len();
            own.queue.retain(|one| !one.place.is_closed());
            *waiting -= before - own.queue.len();
            if before > 0 && own.queue.is_empty() {
                own.emptied(Instant::now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        futures_util::{StreamExt as _, stream::FuturesUnordered},
        proptest::prelude::*,
        std::sync::atomic::{AtomicUsize, Ordering::SeqCst},
    };

    fn fair(all: usize, each: usize, queue: usize) -> Fair {
        let (patience, overloaded) = (Duration::from_secs(10), Duration::from_millis(100));
        Fair::new(Sharing { all, each, queue, patience, overloaded })
    }

    #[tokio::test]
    async fn one_name_has_only_its_places() {
        let places = fair(4, 2, 1);
        let (one, two) = (places.enter("a").await, places.enter("a").await);
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.enter("a").await }
        });
        tokio::task::yield_now().await;
        assert_eq!(places.enter("a").await.err(), Some(Turned::OwnLimit));
        let other =
            (places.enter("b").await.expect("free"), places.enter("b").await.expect("free"));
        assert_eq!(places.shared.lock().taken, 4);
        drop(one);
        let third = waiting.await.expect("no panic").expect("its turn");
        drop((two, third, other));
        assert!(places.is_idle());
    }

    #[tokio::test]
    async fn names_take_turns() {
        let places = fair(1, 1, 100);
        let first = places.enter("a").await.expect("free");
        let order = Arc::new(Mutex::new(String::new()));
        let mut tasks = Vec::new();
        for name in ["a", "a", "a", "a", "b", "c", "b"] {
            let (places, order) = (places.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let _place = places.enter(name).await.expect("its turn");
                order.lock().expect("no panic").push_str(name);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.expect("no panic");
        }
        let order = order.lock().expect("no panic").clone();
        // However many of a wait, one of each other name comes after at most one of it.
        assert!(order.starts_with("bca") || order.starts_with("abc"), "{order}");
        assert_eq!(order.len(), 7);
        assert!(places.is_idle());
    }

    #[tokio::test]
    async fn who_has_waited_too_long_in_a_crowd_is_turned_away() {
        let (patience, overloaded) = (Duration::from_secs(60), Duration::from_secs(2));
        let places = Fair::new(Sharing { all: 2, each: 2, queue: 100, patience, overloaded });
        let first = places.enter("a").await.expect("free");
        let second = places.enter("a").await.expect("free");
        let wait = || {
            let places = places.clone();
            tokio::spawn(async move { places.enter("a").await })
        };
        let old = wait();
        tokio::time::sleep(CROWDED + Duration::from_millis(100)).await;
        // The crowd is old enough: a newcomer waits no longer than that.
        let late = wait();
        tokio::task::yield_now().await;
        // Nothing is served, so only as many wait as may have places.
        assert_eq!(places.check("a"), Err(Turned::OwnLimit));
        assert_eq!(places.enter("a").await.err(), Some(Turned::OwnLimit));
        assert_eq!(late.await.expect("no panic").err(), Some(Turned::OwnLimit));
        assert!(!old.is_finished());
        let new = wait();
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(old.await.expect("no panic").err(), Some(Turned::OwnLimit));
        drop(new.await.expect("no panic").expect("one that has not waited for long"));
        drop(second);
        assert!(places.is_idle());
    }

    #[tokio::test]
    async fn of_an_overloaded_name_only_those_wait_who_are_served() {
        let (places, [served, late, kept_out]) =
            (fair(4, 4, 512), [const { AtomicUsize::new(0) }; 3]);
        let (places, late, served) = (&places, &late, &served);
        let one = async || {
            let begun = Instant::now();
            match places.enter("a").await {
                Ok(_place) => {
                    tokio::time::sleep(Duration::from_millis(4)).await;
                    served.fetch_add(1, SeqCst);
                }
                Err(_) if begun.elapsed() < Duration::from_millis(20) => {}
                Err(_) => drop(late.fetch_add(1, SeqCst)),
            }
        };
        let begun = Instant::now();
        let mut work = FuturesUnordered::new();
        // Some five times what can be done. Those that came before it was a crowd have gone a second after it became one.
        let settled = CROWDED + Duration::from_secs(1);
        while begun.elapsed() < settled + Duration::from_millis(1_500) {
            let is_crowd = begun.elapsed() > settled;
            for _ in 0..20 {
                match places.check("a") {
                    Ok(()) => work.push(one()),
                    Err(_) if is_crowd => drop(kept_out.fetch_add(1, SeqCst)),
                    Err(_) => {}
                }
            }
            let tick = tokio::time::sleep(Duration::from_millis(4));
            let mut tick = std::pin::pin!(tick);
            while tokio::select! { biased; () = &mut tick => false, Some(()) = work.next() => true }
            {
            }
            if !is_crowd {
                late.store(0, SeqCst);
                served.store(0, SeqCst);
            }
        }
        let [served, late, kept_out] = [served, late, &kept_out].map(|count| count.load(SeqCst));
        // Nearly all that are not served have not waited.
        assert!(served > 0 && kept_out > served, "{served} served, {kept_out} kept out");
        assert!(late * 4 < served, "{served} served, {late} turned away late");
        assert!(places.check("b").is_ok());
        drop(work);
        assert!(places.is_idle() && places.check("a").is_ok());
    }

    #[tokio::test]
    async fn who_goes_leaves_nothing_behind() {
        let places = fair(1, 1, 2);
        let first = places.enter("a").await.expect("free");
        for _ in 0..10 {
            let own = places.clone();
            let waiting = tokio::spawn(async move { own.enter("a").await.map(drop) });
            tokio::task::yield_now().await;
            waiting.abort();
            let _cancelled = waiting.await;
        }
        assert_eq!(places.shared.lock().waiting, 0);
        drop(first);
        assert!(places.is_idle() && places.enter("a").await.is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Whatever the order, no more places are taken than there are, each gets its turn, and all are given back.
        #[test]
        fn places_are_neither_lost_nor_made(
            names in prop::collection::vec(0_usize..5, 1..120), all in 1_usize..8, each in 1_usize..5,
        ) {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2).enable_time().build().expect("a runtime");
            runtime.block_on(async {
                let places = fair(all, each, 1_000);
                let now: Arc<[AtomicUsize; 6]> = Arc::default();
                let tasks: Vec<_> = names.into_iter().enumerate().map(|(number, name)| {
                    let (places, now) = (places.clone(), now.clone());
                    let work = async move {
                        let place = places.enter(&name.to_string()).await.expect("its turn");
                        assert!(now[5].fetch_add(1, SeqCst) < all);
                        assert!(now[name].fetch_add(1, SeqCst) < each);
                        tokio::task::yield_now().await;
                        now[name].fetch_sub(1, SeqCst);
                        now[5].fetch_sub(1, SeqCst);
                        drop(place);
                    };
                    (number, tokio::spawn(work))
                }).collect();
                for (_, task) in tasks {
                    task.await.expect("no panic");
                }
                assert!(places.is_idle());
            });
        }
    }
}
