//! The processors for long work, and the turns of those who have such work. Half of the processors are left to short
//! work. Each name, such as a tenant, works on one piece of long work at a time, so that others wait for one piece
//! and not for all.

use {
    std::{
        cell::Cell,
        collections::HashMap,
        future::Future,
        panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
        pin::Pin,
        sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
        task::{Context, Poll, ready},
    },
    tokio::{
        runtime::{Handle, RuntimeFlavor},
        sync::{OwnedSemaphorePermit, Semaphore},
    },
    tokio_util::{sync::PollSemaphore, task::AbortOnDropHandle},
};

/// Greatest number of remembered names before the unused ones are removed.
const NAMES: usize = 1_024;

/// Processors for long work: half of them, so that short work continues beside it.
static PROCESSORS: LazyLock<(usize, Arc<Semaphore>)> = LazyLock::new(|| {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let half = (all / 2).max(1);
    (half, Arc::new(Semaphore::new(half)))
});

fn processors() -> &'static Arc<Semaphore> {
    &PROCESSORS.1
}

/// The turns in use, by name.
static TURNS: LazyLock<Mutex<HashMap<String, Weak<Turns>>>> = LazyLock::new(Mutex::default);

#[derive(Debug)]
struct Turns {
    long: Arc<Semaphore>,
    blocking: Arc<Semaphore>,
    steps: Arc<Semaphore>,
}

/// The place of a name, such as a tenant, among all that have long work.
#[derive(Debug, Clone)]
pub struct Turn(Arc<Turns>);

impl Turn {
    /// Returns the place of a name, the same one for all callers as long as it is in use.
    pub fn of(name: &str) -> Self {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = turns.get(name).and_then(Weak::upgrade) {
            return Self(known);
        }
        if turns.len() >= NAMES {
            turns.retain(|_, known| known.strong_count() > 0);
        }
        let one = || Arc::new(Semaphore::new(1));
        let made = Arc::new(Turns { long: one(), blocking: one(), steps: one() });
        turns.insert(name.to_owned(), Arc::downgrade(&made));
        Self(made)
    }

    /// Carries out work of many short steps, one piece of a name at a time: others wait for one step of it and not
    /// for one of each.
    pub async fn stepwise<T>(&self, work: impl Future<Output = T>) -> T {
        // The semaphore is never closed.
        let _own = self.0.steps.acquire().await;
        work.await
    }
}

thread_local! {
    /// True while a step of long work is under way on this thread.
    static IN_LONG: Cell<bool> = const { Cell::new(false) };
}

/// Carries out long work where it does not hold up other work on this thread, as soon as it has its turn and a
/// processor.
pub async fn long<T>(turn: &Turn, work: impl FnOnce() -> T) -> T {
    // A part of long work already has its processor; it would wait for itself.
    if IN_LONG.get() {
        return work();
    }
    // The semaphores are never closed.
    let _turn = turn.0.long.acquire().await;
    let _processor = processors().acquire().await;
    aside(work)
}

/// Carries out work that may take seconds on a thread of its own, as soon as it has its turn and a processor.
///
/// # Errors
/// When the work panicked.
pub async fn blocking<T: Send + 'static>(
    turn: &Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    let turn = turn.clone();
    // A permit that a waiting task gets is held until that task runs again. Within long work that is the next step of
    // the same work, which may need the same processor. So this waits in a task of its own.
    let waiting = async move {
        // The semaphores are never closed. If the caller goes away, the work keeps turn and processor to its end.
        let own = turn.0.blocking.clone().acquire_owned().await;
        let processor = processors().clone().acquire_owned().await;
        let work = move || {
            let _held = (turn, own, processor);
            work()
        };
        tokio::task::spawn_blocking(work).await
    };
    AbortOnDropHandle::new(tokio::spawn(waiting)).await?
}

fn aside<T>(work: impl FnOnce() -> T) -> T {
    // A runtime with one thread, such as in a test, has no other thread for its other work.
    let many = Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
    if many { tokio::task::block_in_place(work) } else { work() }
}

/// Work in which every step may be long; see [`long`]. It has turn and processor while it works, and neither while it
/// waits.
#[derive(Debug)]
pub struct Long<F> {
    work: Pin<Box<F>>,
    turns: PollSemaphore,
    processors: PollSemaphore,
    held: [Option<OwnedSemaphorePermit>; 2],
}

impl<F: Future> Long<F> {
    /// Makes long work of a future.
    pub fn new(turn: &Turn, work: F) -> Self {
        let turns = PollSemaphore::new(turn.0.long.clone());
        let processors = PollSemaphore::new(processors().clone());
        Self { work: Box::pin(work), turns, processors, held: [None, None] }
    }
}

impl<F: Future> Future for Long<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, turns, processors, held } = &mut *self;
        let [turn, processor] = held;
        if turn.is_none() {
            *turn = ready!(turns.poll_acquire(cx));
        }
        if processor.is_none() {
            *processor = ready!(processors.poll_acquire(cx));
        }
        let step = aside(|| {
            let outer = IN_LONG.replace(true);
            let step = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
            IN_LONG.set(outer);
            step.unwrap_or_else(|panic| resume_unwind(panic))
        });
        *held = [None, None];
        step
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::{
            sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
            time::Duration,
        },
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn long_work_leaves_its_thread_to_others() {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let others = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen.store(true, Relaxed);
        });
        // It ends only after the other task has had its turn.
        let wait = || while !over.load(Relaxed) {};
        let turn = Turn::of("somebody");
        long(&turn, wait).await;
        others.await.expect("no panic");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn long_work_does_not_wait_for_itself() {
        let (turn, same) = (Turn::of("somebody else"), Turn::of("somebody else"));
        assert!(Arc::ptr_eq(&turn.0, &same.0));
        let work = || async {
            let first = long(&same, || 3).await;
            tokio::task::yield_now().await;
            first + blocking(&same, || 4).await.expect("no panic") + long(&turn, || 5).await
        };
        let all = (0..20).map(|_| Long::new(&turn, work()));
        let done = futures_util::future::join_all(all).await;
        assert_eq!(done, [12; 20]);
    }

    #[tokio::test]
    async fn steps_of_one_name_do_not_mix() {
        let turn = Turn::of("a name of steps");
        let order = Mutex::new(Vec::new());
        let work = async |number: usize| {
            for _ in 0..3 {
                order.lock().expect("no panic").push(number);
                tokio::task::yield_now().await;
            }
        };
        futures_util::future::join_all((0..3).map(|number| turn.stepwise(work(number)))).await;
        assert_eq!(*order.lock().expect("no panic"), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_all_that_is_long_no_more_is_worked_on_than_has_processors() {
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let of_each: Arc<[AtomicUsize; 3]> = Arc::default();
        let mut tasks = Vec::new();
        for number in 0..60 {
            let (at_once, most, of_each) = (at_once.clone(), most.clone(), of_each.clone());
            let work = move |kind: usize| {
                let now = at_once.fetch_add(1, Relaxed) + 1;
                most.fetch_max(now, Relaxed);
                // A name has one turn of each kind.
                let name = number % 3;
                let own = of_each[name].fetch_add(1, Relaxed) + 1;
                assert!(own <= 2, "{own} of {name} at once");
                std::thread::sleep(Duration::from_micros(200 * kind as u64));
                of_each[name].fetch_sub(1, Relaxed);
                at_once.fetch_sub(1, Relaxed);
            };
            tasks.push(tokio::spawn(async move {
                let turn = Turn::of(&format!("name {}", number % 3));
                if number % 2 == 0 {
                    long(&turn, || work(1)).await;
                } else {
                    blocking(&turn, move || work(2)).await.expect("no panic");
                }
            }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        assert!((1..=PROCESSORS.0).contains(&most.load(Relaxed)));
    }
}
