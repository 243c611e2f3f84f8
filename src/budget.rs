//! Shared memory, counted in bytes. A request for memory waits its turn, but never for ever: the oldest holder can
//! always grow to its end, so some memory is always given back. The processors for long work are shared out in
//! `turn`, and places that are taken in turns in `fair`.

mod fair;
mod turn;

pub use {
    fair::{Fair, Place, Sharing, Turned},
    turn::{Long, Turn, blocking, long},
};

use {
    std::{
        cell::RefCell,
        collections::{BTreeMap, HashMap},
        fmt,
        future::Future,
        pin::pin,
        sync::{
            Arc, Mutex, MutexGuard, PoisonError, Weak,
            atomic::{AtomicUsize, Ordering::Relaxed},
        },
        time::Duration,
    },
    tokio::sync::Notify,
};

/// Default memory for decoding in one process, in MiB.
pub const USUAL_MIB: usize = 128;
/// How long data to be decoded waits for memory.
const PATIENCE: Duration = Duration::from_secs(10);
/// Greatest number of remembered owner names before those that hold nothing are removed.
const OWNERS: usize = 1_024;

/// There was no room in time, or there can never be room for this much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory is free within the budget")
    }
}

impl std::error::Error for Full {}

/// Bytes that may be held at once.
///
/// A part of them is the lane, which belongs to the oldest holder alone, and no share may be larger than it. So
/// growing shares cannot wait for each other in a circle: the oldest one always fits, and then the next oldest does.
/// The others share the rest, and no owner holds more than half of that: an owner that gives nothing back leaves room
/// for others.
#[derive(Debug)]
pub struct Budget {
    total: usize,
    lane: usize,
    patience: Duration,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    next: u64,
    /// What is held, by the order in which its holders first held something.
    holders: BTreeMap<u64, Holder>,
    owners: HashMap<String, Weak<Owner>>,
}

#[derive(Debug, Default)]
struct Holder {
    held: usize,
    owners: Vec<Arc<Owner>>,
}

impl Holder {
    /// What an owner has in the lane if this holder has it.
    fn of(&self, owner: &Arc<Owner>) -> usize {
        if self.owners.iter().any(|known| Arc::ptr_eq(known, owner)) { self.held } else { 0 }
    }
}

/// An owner whose shares are counted together: a tenant, a key, an address.
#[derive(Debug, Default)]
pub struct Owner {
    /// Changed only under the lock of the budget.
    used: AtomicUsize,
}

impl Budget {
    /// Makes a budget of `total` bytes, the largest share of which may hold `lane` bytes; a share waits for room as long
    /// as `patience`.
    pub fn new(total: usize, lane: usize, patience: Duration) -> Arc<Self> {
        let (lane, state, freed) = (lane.min(total), Mutex::default(), Notify::new());
        Arc::new(Self { total, lane, patience, state, freed })
    }

    /// Makes the budget of a process for what it decodes, in MiB; the largest share is half of it.
    pub fn for_decoding(mib: usize) -> Arc<Self> {
        let total = mib.saturating_mul(1024 * 1024);
        Self::new(total, total / 2, PATIENCE)
    }

    /// The largest size of one share, in bytes.
    pub const fn most(&self) -> usize {
        self.lane
    }

    /// Returns the owner with a name, the same one as long as it is in use.
    pub fn owner(&self, name: &str) -> Arc<Owner> {
        let mut state = self.lock();
        if let Some(owner) = state.owners.get(name).and_then(Weak::upgrade) {
            return owner;
        }
        if state.owners.len() >= OWNERS {
            state.owners.retain(|_, owner| owner.strong_count() > 0);
        }
        let owner = Arc::default();
        state.owners.insert(name.to_owned(), Arc::downgrade(&owner));
        owner
    }

    /// Opens a share that holds nothing yet.
    pub fn open(self: &Arc<Self>, owners: Vec<Arc<Owner>>) -> Share {
        Share { budget: self.clone(), owners, held: 0, rank: None }
    }

    /// The bytes that are held now.
    pub fn used(&self) -> usize {
        self.lock().used
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a budget, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    owners: Vec<Arc<Owner>>,
    held: usize,
    rank: Option<u64>,
}

impl Share {
    /// Holds at least this many bytes in all from now on, waiting for room if necessary.
    ///
    /// # Errors
    /// When there was no room in time, or a share may not hold that much.
    pub async fn hold(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes <= self.held || self.try_hold(bytes) {
            return Ok(());
        }
        if bytes > self.budget.most() {
            return Err(Full);
        }
        let budget = self.budget.clone();
        let wait = async {
            loop {
                let mut freed = pin!(budget.freed.notified());
                freed.as_mut().enable();
                if self.try_hold(bytes) {
                    return;
                }
                freed.await;
            }
        };
        tokio::time::timeout(budget.patience, wait).await.map_err(|_| Full)
    }

    fn try_hold(&mut self, bytes: usize) -> bool {
        let Self { budget, owners, held, rank } = self;
        if bytes > budget.most() {
            return false;
        }
        let mut state = budget.lock();
        let more = bytes.saturating_sub(*held);
        if let Some((oldest, holder)) = state.holders.first_key_value()
            && Some(*oldest) != *rank
        {
            let rest = budget.total - budget.lane;
            let fits = |used: usize, most: usize| used.saturating_add(more) <= most;
            let is_modest =
                |owner: &Arc<Owner>| fits(owner.used.load(Relaxed) - holder.of(owner), rest / 2);
            if !fits(state.used - holder.held, rest) || !owners.iter().all(is_modest) {
                return false;
            }
        }
        state.used += more;
        *held += more;
        for owner in owners.iter() {
            owner.used.fetch_add(more, Relaxed);
        }
        let next = state.next;
        let rank = *rank.get_or_insert(next);
        if rank == next {
            state.next += 1;
        }
        let holder = state.holders.entry(rank).or_default();
        if holder.held == 0 {
            holder.owners.clone_from(owners);
        }
        holder.held = *held;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(rank) = self.rank else { return };
        let mut state = self.budget.lock();
        state.used -= self.held;
        for owner in &self.owners {
            owner.used.fetch_sub(self.held, Relaxed);
        }
        state.holders.remove(&rank);
        drop(state);
        self.budget.freed.notify_waiters();
    }
}

tokio::task_local! {
    /// The share that the work of this task holds.
    static LOAD: RefCell<Option<Share>>;
}

/// Carries out work that holds a share until it ends or gives the share back.
pub async fn loaded<T>(share: Option<Share>, work: impl Future<Output = T>) -> T {
    match share {
        Some(share) => LOAD.scope(RefCell::new(Some(share)), work).await,
        None => work.await,
    }
}

/// Gives back what the work of this task holds. Work that is about to wait for another system does this first:
/// otherwise it would keep the memory for the whole wait, and might need some of the same budget for the answer.
pub fn give_back() {
    drop(take());
}

fn take() -> Option<Share> {
    LOAD.try_with(|load| load.try_borrow_mut().ok()?.take()).ok()?
}

/// Adds to the share that the work of this task holds; does nothing if it holds none.
///
/// # Errors
/// When there was no room in time.
pub async fn add_load(bytes: usize) -> Result<(), Full> {
    let Some(mut share) = take() else { return Ok(()) };
    let bytes = share.held.saturating_add(bytes).min(share.budget.most());
    let held = share.hold(bytes).await;
    let _unborrowed = LOAD.try_with(|load| load.replace(Some(share)));
    held
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    const MIB: usize = 1024 * 1024;

    fn budget(total: usize) -> Arc<Budget> {
        Budget::new(total, total / 2, Duration::from_millis(50))
    }

    #[tokio::test]
    async fn what_is_given_back_goes_to_who_waits() {
        let budget = budget(10 * MIB);
        let mut first = budget.open(Vec::new());
        first.hold(5 * MIB).await.expect("room");
        let mut second = budget.open(Vec::new());
        second.hold(5 * MIB).await.expect("room");
        let mut third = budget.open(Vec::new());
        assert_eq!(third.hold(MIB).await, Err(Full));
        let waiting = tokio::spawn(async move { third.hold(MIB).await.map(|()| third) });
        tokio::task::yield_now().await;
        drop(first);
        let third = waiting.await.expect("no panic").expect("room");
        assert_eq!(budget.used(), 6 * MIB);
        drop((second, third));
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn the_oldest_goes_into_the_lane_and_nobody_beyond_it() {
        let budget = budget(10 * MIB);
        let mut shares: Vec<Share> = (0..5).map(|_| budget.open(Vec::new())).collect();
        for share in &mut shares {
            share.hold(MIB).await.expect("room");
        }
        let (oldest, others) = shares.split_first_mut().expect("five");
        assert_eq!(oldest.hold(5 * MIB).await, Ok(()));
        assert_eq!(oldest.hold(5 * MIB + 1).await, Err(Full));
        // What the oldest holds takes nothing away from the others.
        assert_eq!(others[0].hold(2 * MIB).await, Ok(()));
        assert_eq!(others[1].hold(2 * MIB).await, Err(Full));
        shares.remove(0);
        assert_eq!(shares[0].hold(5 * MIB).await, Ok(()));
    }

    #[tokio::test]
    async fn an_owner_leaves_half_to_others() {
        let budget = budget(40 * MIB);
        let (one, other) = (budget.owner("one"), budget.owner("other"));
        let mut oldest = budget.open(vec![other.clone()]);
        oldest.hold(1).await.expect("room");
        let mut held = Vec::new();
        for _ in 0..20 {
            let mut share = budget.open(vec![one.clone()]);
            if share.hold(MIB).await.is_err() {
                break;
            }
            held.push(share);
        }
        assert_eq!(held.len(), 10);
        let mut third = budget.open(Vec::new());
        assert_eq!(third.hold(9 * MIB).await, Ok(()));
        drop(third);
        drop(held);
        assert!(Arc::ptr_eq(&one, &budget.owner("one")));
        assert_eq!((one.used.load(Relaxed), other.used.load(Relaxed)), (0, 1));
    }

    #[tokio::test]
    async fn what_an_owner_has_in_the_lane_leaves_it_the_rest() {
        let budget = budget(40 * MIB);
        let (one, other) = (budget.owner("one"), budget.owner("other"));
        let mut oldest = budget.open(vec![one.clone()]);
        oldest.hold(15 * MIB).await.expect("room");
        let mut half = budget.open(vec![one.clone(), other.clone()]);
        assert_eq!(half.hold(10 * MIB).await, Ok(()));
        assert_eq!(budget.open(vec![one.clone()]).hold(1).await, Err(Full));
        assert_eq!(budget.open(vec![other]).hold(1).await, Err(Full));
        // The lane now belongs to the next holder.
        drop(oldest);
        let mut next = budget.open(vec![one]);
        assert_eq!(next.hold(10 * MIB).await, Ok(()));
        assert_eq!(next.hold(10 * MIB + 1).await, Err(Full));
        drop((half, next));
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn a_load_grows_and_is_given_back() {
        let budget = budget(10 * MIB);
        let mut share = budget.open(Vec::new());
        share.hold(MIB).await.expect("room");
        let seen = budget.clone();
        loaded(Some(share), async move {
            add_load(MIB).await.expect("room");
            assert_eq!(seen.used(), 2 * MIB);
            give_back();
            assert_eq!(seen.used(), 0);
            assert_eq!(add_load(MIB).await, Ok(()));
        })
        .await;
        assert_eq!(budget.used(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// However the shares grow at the same time, each of them reaches its end.
        #[test]
        fn nobody_waits_for_good(needs in prop::collection::vec(1_usize..=50, 1..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time().build().expect("a runtime");
            runtime.block_on(async {
                let budget = Budget::new(100, 50, Duration::from_secs(3_600));
                let tasks: Vec<_> = needs.into_iter().enumerate().map(|(place, need)| {
                    let budget = budget.clone();
                    tokio::spawn(async move {
                        let owner = budget.owner(if place % 3 == 0 { "a" } else { "b" });
                        let mut share = budget.open(vec![owner]);
                        for bytes in 1..=need {
                            share.hold(bytes).await.expect("its turn");
                            tokio::task::yield_now().await;
                        }
                    })
                }).collect();
                for task in tasks {
                    task.await.expect("its end");
                }
                assert_eq!(budget.used(), 0);
            });
        }
    }
}
