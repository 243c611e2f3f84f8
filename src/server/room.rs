//! Rooms with a limited number of places for unverified connections and requests. A full room refuses no newcomer
//! because of others: the address that takes most of it, and then its connection, gives up its oldest place.

use {
    super::{
        line::{Line, Purpose, Tally},
        refusal::Refusal,
    },
    futures_util::task::AtomicWaker,
    std::{
        cmp::Reverse,
        fmt,
        future::{Future, poll_fn},
        pin::pin,
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        },
        task::{Context, Poll},
    },
    tokio::sync::Notify,
};

/// Places that are compared when one has to be given up; the next comparison continues after them.
const LOOK: usize = 64;

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    purpose: Purpose,
    seats: Mutex<Seats>,
    most: usize,
    taken: AtomicUsize,
    left: Notify,
}

#[derive(Debug, Default)]
struct Seats {
    all: Vec<Option<Arc<Guest>>>,
    free: Vec<usize>,
    hand: usize,
    next: u64,
}

struct Guest {
    line: Arc<Line>,
    age: u64,
    /// True if nothing more is expected from the other end.
    settled: AtomicBool,
    gone: AtomicBool,
    waker: AtomicWaker,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("age", &self.age).finish_non_exhaustive()
    }
}

/// Number of places of a verified connection that carry no weight.
const TRUSTED: usize = 32;

/// How much of a room an address and a connection take, and whether the connection was never verified and the place
/// is not settled; the greater weight is given up first. One address may be a proxy for many callers, good and bad: in a
/// crowd of connections that take little each, the good ones are recognised by their earlier verified requests.
type Weight = (usize, usize, bool, bool);

fn weight(line: &Line, purpose: Purpose, settled: bool) -> Weight {
    let count = |tally: &Tally| tally.of(purpose).load(Relaxed);
    let trusted = if line.has_proved() { TRUSTED } else { 0 };
    let own = count(&line.tally).saturating_sub(trusted);
    (count(&line.source.tally), own, !line.has_proved(), !settled)
}

/// The weight of a newcomer. A newcomer without a place gets one from any other of its address.
fn own_weight(line: &Line, purpose: Purpose) -> Weight {
    match weight(line, purpose, false) {
        (address, _, _, _) if line.tally.of(purpose).load(Relaxed) == 0 => {
            (address, 0, false, false)
        }
        own => own,
    }
}

impl Room {
    pub(super) fn new(purpose: Purpose, most: usize) -> Arc<Self> {
        let (seats, taken, left) = (Mutex::default(), AtomicUsize::new(0), Notify::new());
        Arc::new(Self { purpose, seats, most, taken, left })
    }

    /// Takes a place, if necessary an occupied one; `None` if no other line takes more than this one.
    pub(super) fn enter(self: &Arc<Self>, line: &Arc<Line>) -> Option<Stay> {
        let mut seats = self.lock();
        if seats.all.len() - seats.free.len() >= self.most {
            let own = own_weight(line, self.purpose);
            let (seat, heaviest) = self.heaviest(&mut seats)?;
            if heaviest < own {
                return None;
            }
            self.put_out(&mut seats, seat);
        }
        let age = seats.next;
        seats.next += 1;
        let guest = Arc::new(Guest {
            line: line.clone(),
            age,
            settled: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        let seat = match seats.free.pop() {
            Some(seat) => {
                if let Some(empty) = seats.all.get_mut(seat) {
                    *empty = Some(guest.clone());
                }
                seat
            }
            None => {
                seats.all.push(Some(guest.clone()));
                seats.all.len() - 1
            }
        };
        self.count(line, |count| count.fetch_add(1, Relaxed));
        Some(Stay { room: self.clone(), guest, seat })
    }

    /// Takes a place, waiting until one is free.
    pub(super) async fn enter_late(self: &Arc<Self>, line: &Arc<Line>) -> Stay {
        loop {
            let mut left = pin!(self.left.notified());
            left.as_mut().enable();
            if let Some(stay) = self.enter(line) {
                return stay;
            }
            left.await;
        }
    }

    /// Frees the place with the greatest weight.
    pub(super) fn free_one(&self) {
        let mut seats = self.lock();
        if let Some((seat, _)) = self.heaviest(&mut seats) {
            self.put_out(&mut seats, seat);
        }
    }

    /// True if the room is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.taken.load(Relaxed) == 0
    }

    /// Finds the place with the greatest weight, the oldest of equal ones, among those that are compared this time.
    fn heaviest(&self, seats: &mut Seats) -> Option<(usize, Weight)> {
        let Seats { all, hand, .. } = seats;
        let (mut looked, mut found) = (0, None);
        for step in 0..all.len() {
            let seat = (*hand + step) % all.len();
            let Some(Some(guest)) = all.get(seat) else { continue };
            // A verified connection stays.
            if self.purpose == Purpose::Connection && guest.line.has_proved() {
                continue;
            }
            let weight = weight(&guest.line, self.purpose, guest.settled.load(Relaxed));
            found = found.max(Some((weight, Reverse(guest.age), seat)));
            looked += 1;
            if looked == LOOK {
                *hand = seat + 1;
                break;
            }
        }
        found.map(|(weight, _, seat)| (seat, weight))
    }

    fn put_out(&self, seats: &mut Seats, seat: usize) {
        if let Some(guest) = self.vacate(seats, seat) {
            guest.gone.store(true, Relaxed);
            guest.waker.wake();
        }
    }

    fn vacate(&self, seats: &mut Seats, seat: usize) -> Option<Arc<Guest>> {
        let guest = seats.all.get_mut(seat)?.take()?;
        seats.free.push(seat);
        self.count(&guest.line, |count| count.fetch_sub(1, Relaxed));
        self.left.notify_waiters();
        Some(guest)
    }

    fn count(&self, line: &Line, change: impl Fn(&AtomicUsize) -> usize) {
        change(&self.taken);
        change(line.tally.of(self.purpose));
        change(line.source.tally.of(self.purpose));
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a room, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Stay {
    room: Arc<Room>,
    guest: Arc<Guest>,
    seat: usize,
}

impl Stay {
    /// Notes that nothing more is expected from the other end: such places are given up last.
    pub(super) fn settle(&self) {
        self.guest.settled.store(true, Relaxed);
    }

    /// Completes once the place was given to another line. One task at a time may ask.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.guest.waker.register(cx.waker());
        if self.guest.gone.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Carries out work for as long as the place lasts.
    pub(super) async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, Refusal> {
        let mut work = pin!(work);
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending => self.poll_gone(cx).map(|()| Err(Refusal::Busy)),
        })
        .await
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut seats = self.room.lock();
        let is_ours = seats
            .all
            .get(self.seat)
            .and_then(Option::as_ref)
            .is_some_and(|guest| Arc::ptr_eq(guest, &self.guest));
        if is_ours {
            self.room.vacate(&mut seats, self.seat);
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::server::line::Sources, proptest::prelude::*};

    fn is_gone(stay: &Stay) -> bool {
        stay.guest.gone.load(Relaxed)
    }

    fn lines(addresses: &[&str]) -> Vec<Arc<Line>> {
        let sources = Arc::<Sources>::default();
        let connect = |text: &&str| {
            let address = format!("{text}:1").parse().expect("an address");
            Arc::new(sources.connect(address, usize::MAX).expect("a place"))
        };
        addresses.iter().map(connect).collect()
    }

    fn enter(room: &Arc<Room>, line: &Arc<Line>, times: usize) -> Vec<Stay> {
        (0..times).filter_map(|_| room.enter(line)).collect()
    }

    #[test]
    fn who_takes_most_makes_room() {
        let lines = lines(&["192.0.2.1", "192.0.2.1", "192.0.2.2"]);
        let room = Room::new(Purpose::Claim, 10);
        let (first, second) = (enter(&room, &lines[0], 7), enter(&room, &lines[1], 3));
        // Among those of one address, the connection that has more; its oldest place.
        let third = enter(&room, &lines[1], 1);
        assert_eq!(first.iter().filter(|stay| is_gone(stay)).count(), 1);
        assert!(is_gone(&first[0]) && second.iter().all(|stay| !is_gone(stay)));
        // Another address gets its half.
        let other = enter(&room, &lines[2], 20);
        assert_eq!(other.len(), 20);
        let kept = |stays: &[Stay]| stays.iter().filter(|stay| !is_gone(stay)).count();
        assert_eq!(kept(&other), 5);
        assert_eq!(kept(&first) + kept(&second) + kept(&third), 5);
        drop((first, second, third, other));
        assert!(room.is_empty() && lines[2].source.tally.of(Purpose::Claim).load(Relaxed) == 0);
    }

    #[test]
    fn what_is_settled_stays_before_what_is_waited_for() {
        let lines = lines(&["192.0.2.1", "192.0.2.1", "192.0.2.1"]);
        let room = Room::new(Purpose::Open, 2);
        let (watch, slow) = (enter(&room, &lines[0], 1), enter(&room, &lines[1], 1));
        watch[0].settle();
        let next = enter(&room, &lines[2], 1);
        assert!(!is_gone(&watch[0]) && is_gone(&slow[0]));
        next[0].settle();
        // Nothing waits, and no line takes more than the newcomer, which has a place already.
        assert!(room.enter(&lines[0]).is_none());
    }

    #[test]
    fn a_connection_that_has_proved_itself_stays() {
        let lines = lines(&["192.0.2.1", "192.0.2.1", "192.0.2.1"]);
        let room = Room::new(Purpose::Connection, 2);
        let (proved, silent) = (enter(&room, &lines[0], 1), enter(&room, &lines[1], 1));
        lines[0].prove();
        let next = enter(&room, &lines[2], 1);
        assert!(!is_gone(&proved[0]) && is_gone(&silent[0]));
        lines[2].prove();
        assert!(room.enter(&lines[1]).is_none());
        drop(next);
        assert!(room.enter(&lines[1]).is_some());
    }

    #[test]
    fn of_one_address_those_that_have_proved_themselves_stay_longest() {
        for purpose in [Purpose::Claim, Purpose::Open] {
            let lines = lines(&["192.0.2.1"; 12]);
            let room = Room::new(purpose, 40);
            // The oldest, with more places each than any of the crowd.
            lines[0].prove();
            let good = enter(&room, &lines[0], TRUSTED);
            let crowd: Vec<Stay> =
                (0..1_000).filter_map(|n| room.enter(&lines[1 + n % 10])).collect();
            assert_eq!(crowd.len(), 1_000);
            assert!(good.iter().all(|stay| !is_gone(stay)));
            // A stranger still gets in, and so does the good one, and neither displaces the other.
            let (stranger, more) = (room.enter(&lines[11]), room.enter(&lines[0]));
            assert!(stranger.is_some_and(|stay| !is_gone(&stay)) && more.is_some());
            assert!(good.iter().all(|stay| !is_gone(stay)));
            // A verified connection may not fill the room, nor keep a stranger out of it.
            drop(crowd);
            let many = enter(&room, &lines[0], 100);
            let stranger = room.enter(&lines[11]).expect("a place");
            assert!(enter(&room, &lines[0], 100).iter().any(|stay| !is_gone(stay)));
            assert!(!is_gone(&stranger));
            drop((good, many, more, stranger));
            assert!(room.is_empty());
        }
    }

    #[test]
    fn a_stranger_finds_a_place_among_those_that_have_proved_themselves() {
        let lines = lines(&["192.0.2.1"; 5]);
        lines[..4].iter().for_each(|line| line.prove());
        let room = Room::new(Purpose::Open, 4);
        let stays: Vec<Stay> = lines[..4].iter().filter_map(|line| room.enter(line)).collect();
        stays.iter().for_each(Stay::settle);
        assert!(room.enter(&lines[4]).is_some());
        assert_eq!(stays.iter().filter(|stay| is_gone(stay)).count(), 1);
    }

    #[tokio::test]
    async fn work_ends_with_its_place() {
        let lines = lines(&["192.0.2.1"]);
        let room = Room::new(Purpose::Claim, 1);
        let stay = room.enter(&lines[0]).expect("a place");
        assert_eq!(stay.within(async { 7 }).await.ok(), Some(7));
        let (own, others) = (room.clone(), lines[0].clone());
        let work = tokio::spawn(async move { stay.within(std::future::pending::<()>()).await });
        tokio::task::yield_now().await;
        let _newcomer = own.enter(&others).expect("the place");
        assert!(matches!(work.await.expect("no panic"), Err(Refusal::Busy)));
    }

    proptest! {
        /// However crowded it is, a room is never over-full, its counts are right, a connection without a place gets
        /// one, and a verified one loses none to a stranger of the same address.
        #[test]
        fn a_newcomer_gets_in(
            steps in prop::collection::vec((0_usize..6, any::<bool>()), 1..300),
            proved in prop::collection::vec(any::<bool>(), 6),
        ) {
            let lines = lines(&["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.3", "192.0.2.3"]);
            lines.iter().zip(&proved).filter(|(_, proved)| **proved).for_each(|(line, _)| line.prove());
            let room = Room::new(Purpose::Claim, 8);
            let mut stays: Vec<(usize, Stay)> = Vec::new();
            let places = |stays: &[(usize, Stay)]| -> [usize; 6] {
                let open = |who| stays.iter().filter(|(known, stay)| *known == who && !is_gone(stay)).count();
                std::array::from_fn(open)
            };
            for (who, enters) in steps {
                if enters {
                    let had = places(&stays);
                    match room.enter(&lines[who]) {
                        Some(stay) => stays.push((who, stay)),
                        None => prop_assert!(had[who] > 0),
                    }
                    let has = places(&stays);
                    if let Some(loser) = (0..6).find(|one| proved[*one] && has[*one] < had[*one]) {
                        let is_neighbour = |one: &usize| Arc::ptr_eq(&lines[*one].source, &lines[loser].source);
                        prop_assert!((0..6).filter(is_neighbour).all(|one| proved[one] || had[one] == 0));
                    }
                } else if let Some(at) = stays.iter().position(|(known, _)| *known == who) {
                    stays.remove(at);
                }
                let open = stays.iter().filter(|(_, stay)| !is_gone(stay)).count();
                prop_assert!(open <= 8);
                prop_assert_eq!(room.taken.load(Relaxed), open);
            }
            drop(stays);
            prop_assert!(room.is_empty());
        }
    }
}
