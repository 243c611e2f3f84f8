//! The other end of a connection, and how many places each connection and each address takes in the rooms that all of
//! them share.

use {
    crate::budget::Owner,
    std::{
        collections::HashMap,
        net::{IpAddr, Ipv6Addr, SocketAddr},
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        },
        time::{Duration, Instant},
    },
};

/// The shortest time after which a refused request is told to come again.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// The purpose of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A connection.
    Connection,
    /// A call that needs no credential.
    Open,
    /// A request whose credential is not verified yet.
    Claim,
}

/// Places by purpose.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicUsize; 3]);

impl Tally {
    pub(super) fn of(&self, purpose: Purpose) -> &AtomicUsize {
        let [connections, open, claims] = &self.0;
        match purpose {
            Purpose::Connection => connections,
            Purpose::Open => open,
            Purpose::Claim => claims,
        }
    }
}

/// An address, as far as places are concerned. In IPv6 an address counts with the 2^64 addresses of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Origin(IpAddr);

impl Origin {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            other => other,
        })
    }

    /// Its text, as the name of what is counted for it.
    pub(super) fn text(self) -> String {
        self.0.to_string()
    }

    pub(super) fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

/// An address that has connections.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) tally: Tally,
    /// Its share of the memory for bodies that are not verified.
    pub(super) owner: Arc<Owner>,
}

/// The addresses that have connections.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<HashMap<Origin, (usize, Arc<Source>)>>);

impl Sources {
    /// Adds a connection of an address, unless it has `most` already; a proxy on this machine has no such limit,
    /// because it serves many callers.
    pub(super) fn connect(self: &Arc<Self>, address: SocketAddr, most: usize) -> Option<Line> {
        let origin = Origin::of(address.ip());
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, source) = sources.entry(origin).or_insert_with(|| {
            let (tally, owner) = (Tally::default(), Arc::default());
            (0, Arc::new(Source { origin, tally, owner }))
        });
        if *count >= most && !origin.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Line {
            address,
            source: source.clone(),
            sources: Some(self.clone()),
            tally: Tally::default(),
            proved: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            refused: Mutex::default(),
        })
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) address: SocketAddr,
    pub(super) source: Arc<Source>,
    sources: Option<Arc<Sources>>,
    pub(super) tally: Tally,
    proved: AtomicBool,
    /// Requests in progress, and how many have begun.
    requests: AtomicUsize,
    begun: AtomicUsize,
    /// When a request was last refused at the door.
    refused: Mutex<Option<Instant>>,
}

impl Line {
    /// Notes that one of its requests was verified.
    pub(super) fn prove(&self) {
        if !self.has_proved() {
            self.proved.store(true, Relaxed);
        }
    }

    /// Notes that a request is refused at the door, and told to come again a second later.
    pub(super) fn refuse(&self) {
        *self.refused_at() = Some(Instant::now());
    }

    /// Returns for how long none is to come again; `None` once that is over.
    pub(super) fn refused_until(&self) -> Option<Duration> {
        let since = (*self.refused_at())?;
        LEAST_WAIT.checked_sub(since.elapsed()).filter(|left| !left.is_zero())
    }

    fn refused_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a request has begun; it has ended when the returned value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InProgress {
        self.requests.fetch_add(1, Relaxed);
        self.begun.fetch_add(1, Relaxed);
        InProgress(self.clone())
    }

    /// Returns how many requests have begun; `None` while one is in progress.
    pub(super) fn idle_since(&self) -> Option<usize> {
        (self.requests.load(Relaxed) == 0).then(|| self.begun.load(Relaxed))
    }

    /// Returns whether one of its requests was ever verified.
    pub(super) fn has_proved(&self) -> bool {
        self.proved.load(Relaxed)
    }
}

/// A request in progress on a connection.
#[derive(Debug)]
pub(super) struct InProgress(Arc<Line>);

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(sources) = self.sources.take() else { return };
        let mut sources = sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = sources.get_mut(&self.source.origin) {
            *count -= 1;
            if *count == 0 {
                sources.remove(&self.source.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(text.parse().expect("an address"))
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:192.0.2.7"), origin("192.0.2.7"));
        assert_ne!(origin("192.0.2.7"), origin("192.0.2.8"));
        assert!(origin("::1").is_loopback() && origin("::ffff:127.0.0.9").is_loopback());
    }

    #[test]
    fn connections_are_counted_by_address() {
        let sources = Arc::<Sources>::default();
        let connect = |text: &str| sources.connect(text.parse().expect("an address"), 2);
        let (first, second) = (connect("192.0.2.7:1"), connect("192.0.2.7:2"));
        assert!(first.is_some() && second.is_some() && connect("192.0.2.7:3").is_none());
        assert!(connect("192.0.2.8:1").is_some());
        drop(first);
        let third = connect("192.0.2.7:4").expect("a place");
        assert!(Arc::ptr_eq(&third.source, &second.expect("the second").source));
        let local: Vec<_> = (1..9).map(|port| connect(&format!("127.0.0.1:{port}"))).collect();
        assert!(local.iter().all(Option::is_some));
        drop((local, third));
        assert!(sources.0.lock().expect("no panic").is_empty());
    }

    #[test]
    fn a_refusal_holds_for_a_second() {
        let sources = Arc::<Sources>::default();
        let line = sources.connect("192.0.2.7:1".parse().expect("an address"), 2).expect("a place");
        assert_eq!(line.refused_until(), None);
        line.refuse();
        assert!(line.refused_until().is_some_and(|left| left <= LEAST_WAIT));
        *line.refused_at() = Instant::now().checked_sub(LEAST_WAIT);
        assert_eq!(line.refused_until(), None);
    }
}
