//! The other end of a connection, and how many places each connection and each address takes in the rooms that all of
//! them share.

use {
    crate::budget::Owner,
    std::{
        collections::HashMap,
        net::{IpAddr, Ipv6Addr, SocketAddr},
        sync::{
            Arc, Mutex, PoisonError,
            atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        },
        time::{Duration, Instant},
    },
};

/// Requests of a connection that may be refused at the door in a second before their answers are held back.
const FLOOD: u32 = 100;

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
            refused: Mutex::new((Instant::now(), 0)),
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
    /// The requests that were refused at the door in this second, and when that began.
    refused: Mutex<(Instant, u32)>,
}

impl Line {
    /// Notes that one of its requests was verified.
    pub(super) fn prove(&self) {
        if !self.has_proved() {
            self.proved.store(true, Relaxed);
        }
    }

    /// Notes that a request was refused at the door.
    pub(super) fn refuse(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = &mut *refused;
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count = count.saturating_add(1);
    }

    /// Returns whether more requests are refused at the door than a client sends that heeds the answers.
    pub(super) fn floods(&self) -> bool {
        let (since, count) = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        count >= FLOOD && since.elapsed() < Duration::from_secs(1)
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
    fn many_refusals_in_a_second_are_a_flood() {
        let sources = Arc::<Sources>::default();
        let line = sources.connect("192.0.2.7:1".parse().expect("an address"), 2).expect("a place");
        (1..FLOOD).for_each(|_| line.refuse());
        assert!(!line.floods());
        line.refuse();
        assert!(line.floods());
        let second = Instant::now().checked_sub(Duration::from_secs(1)).expect("an earlier time");
        line.refused.lock().expect("no panic").0 = second;
        assert!(!line.floods());
        line.refuse();
        assert_eq!(line.refused.lock().expect("no panic").1, 1);
    }
}
