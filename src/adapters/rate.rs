//! What counts against limits, in this process, and what it tells other processes of that. The tables are bounded: a bucket
//! that is full again says no more than none does, and is forgotten when room is needed.

mod database;
#[cfg(feature = "redis")]
mod redis;
mod shared;

#[cfg(feature = "redis")]
pub use self::redis::RedisRates;
pub use {database::DatabaseRates, shared::SharedRates};

use {
    crate::{
        domain::rate::{Grant, Rate},
        ports::Taken,
    },
    std::{
        collections::{HashMap, hash_map::RandomState},
        hash::BuildHasher as _,
        sync::{Mutex, MutexGuard, PoisonError},
        time::{Duration, Instant},
    },
};

/// One more of something that has a limit.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// The name of the bucket among those of its owner.
    pub bucket: &'a str,
    /// The limit.
    pub rate: Rate,
}

/// Parts of the table that are locked by themselves.
const PARTS: usize = 16;
/// Owners in a part.
const OWNERS: usize = 4_096;
/// Buckets of an owner before those that are full again are forgotten.
const BUCKETS: usize = 16;

/// Nanoseconds in a microsecond.
const MICRO: i64 = 1_000;

/// A bucket. Times are nanoseconds since the table was made.
#[derive(Debug)]
struct Bucket {
    name: Box<str>,
    /// When it is full again.
    full_at: i64,
    /// What was taken and not told yet, in nanoseconds.
    untold: i64,
}

/// The buckets of an owner.
type Buckets = Vec<Bucket>;

/// Buckets of this process.
#[derive(Debug)]
pub struct LocalRates {
    parts: [Mutex<HashMap<Box<str>, Buckets>>; PARTS],
    hasher: RandomState,
    begun: Instant,
}

impl Default for LocalRates {
    fn default() -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            begun: Instant::now(),
        }
    }
}

impl LocalRates {
    /// Takes one from each of these buckets of an owner, or, if one of them has none left, from none of them. The answers
    /// are in the order of the buckets; all are allowed, or nothing was taken.
    pub fn take_now(&self, owner: &str, takes: &[Take<'_>]) -> Vec<Grant> {
        self.take_at(owner, takes, self.now())
    }

    /// Returns what these buckets of an owner would say, and takes nothing.
    pub fn look(&self, owner: &str, takes: &[Take<'_>]) -> Vec<Grant> {
        let now = self.now();
        let part = self.part(owner);
        let buckets = part.get(owner);
        let judge = |Take { bucket, rate }: &Take<'_>| {
            let full_at = buckets.map_or(now, |buckets| full_at(buckets, bucket));
            rate.judge(full_at, now).0
        };
        takes.iter().map(judge).collect()
    }

    fn take_at(&self, owner: &str, takes: &[Take<'_>], now: i64) -> Vec<Grant> {
        if takes.is_empty() {
            return Vec::new();
        }
        let mut part = self.part(owner);
        if !part.contains_key(owner) {
            if part.len() >= OWNERS {
                make_room(&mut part, now);
            }
            part.insert(owner.into(), Buckets::new());
        }
        let Some(buckets) = part.get_mut(owner) else { return Vec::new() };
        let judge = |take: &Take<'_>| take.rate.judge(full_at(buckets, take.bucket), now);
        let judged: Vec<(Grant, i64)> = takes.iter().map(judge).collect();
        if judged.iter().all(|(grant, _)| grant.allowed) {
            if buckets.len() >= BUCKETS {
                buckets.retain(|bucket| bucket.full_at > now);
            }
            for (take, (_, after)) in takes.iter().zip(&judged) {
                let gap = take.rate.gap();
                match find(buckets, take.bucket) {
                    Some(bucket) => {
                        bucket.full_at = *after;
                        bucket.untold = bucket.untold.saturating_add(gap);
                    }
                    None => {
                        let name = take.bucket.into();
                        buckets.push(Bucket { name, full_at: *after, untold: gap });
                    }
                }
            }
        }
        judged.into_iter().map(|(grant, _)| grant).collect()
    }

    /// Gives back what was taken for something that was not done.
    pub fn give_back(&self, owner: &str, takes: &[Take<'_>]) {
        let mut part = self.part(owner);
        let Some(buckets) = part.get_mut(owner) else { return };
        for take in takes {
            if let Some(bucket) = find(buckets, take.bucket) {
                bucket.full_at = bucket.full_at.saturating_sub(take.rate.gap());
                bucket.untold = bucket.untold.saturating_sub(take.rate.gap());
            }
        }
    }

    /// Returns what was taken since the last call, and names buckets that are not full although nothing was, at most `most`
    /// of all. What is returned counts as told.
    fn told(&self, now: i64, most: usize) -> Vec<Taken> {
        let mut told = Vec::new();
        for part in &self.parts {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            for (owner, buckets) in part.iter_mut() {
                for bucket in buckets.iter_mut() {
                    let micros = bucket.untold / MICRO;
                    if told.len() < most && (micros != 0 || bucket.full_at > now) {
                        bucket.untold -= micros * MICRO;
                        let (owner, bucket) = (owner.to_string(), bucket.name.to_string());
                        told.push(Taken { owner, bucket, micros });
                    }
                }
            }
        }
        told
    }

    /// Takes in when a bucket is full again by what all processes took. What this one took meanwhile comes on top.
    fn learn(&self, taken: &Taken, full_in: Duration, now: i64) {
        let full_in = i64::try_from(full_in.as_nanos()).unwrap_or(i64::MAX);
        if let Some(bucket) = self
            .part(&taken.owner)
            .get_mut(taken.owner.as_str())
            .and_then(|buckets| find(buckets, &taken.bucket))
        {
            bucket.full_at = now.saturating_add(full_in).saturating_add(bucket.untold);
        }
    }

    /// Takes back that something was told.
    fn untell(&self, taken: &Taken) {
        if let Some(bucket) = self
            .part(&taken.owner)
            .get_mut(taken.owner.as_str())
            .and_then(|buckets| find(buckets, &taken.bucket))
        {
            bucket.untold = bucket.untold.saturating_add(taken.micros.saturating_mul(MICRO));
        }
    }

    /// The nanoseconds since this was made.
    fn now(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }

    fn part(&self, owner: &str) -> MutexGuard<'_, HashMap<Box<str>, Buckets>> {
        let hash = usize::try_from(self.hasher.hash_one(owner) % PARTS as u64).unwrap_or_default();
        let [first, ..] = &self.parts;
        self.parts.get(hash).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full_at(buckets: &[Bucket], bucket: &str) -> i64 {
    let known = buckets.iter().find(|known| *known.name == *bucket);
    known.map_or(i64::MIN, |known| known.full_at)
}

fn find<'a>(buckets: &'a mut [Bucket], name: &str) -> Option<&'a mut Bucket> {
    buckets.iter_mut().find(|bucket| *bucket.name == *name)
}

/// Forgets owners whose buckets are full again, and if that gives little room, half of the others.
fn make_room(part: &mut HashMap<Box<str>, Buckets>, now: i64) {
    part.retain(|_, buckets| buckets.iter().any(|bucket| bucket.full_at > now));
    if part.len() > OWNERS / 2 {
        let mut keep = false;
        part.retain(|_, _| {
            keep = !keep;
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bucket: &str, burst: u32) -> Take<'_> {
        Take { bucket, rate: Rate::per_second(1, burst).expect("a rate") }
    }

    fn allowed(grants: &[Grant]) -> Vec<bool> {
        grants.iter().map(|grant| grant.allowed).collect()
    }

    #[test]
    fn all_buckets_or_none() {
        let rates = LocalRates::default();
        let both = [take("key", 2), take("tenant", 5)];
        for _ in 0..2 {
            assert_eq!(allowed(&rates.take_at("t", &both, 0)), [true, true]);
        }
        // The key has none left, and the tenant keeps its three.
        assert_eq!(allowed(&rates.take_at("t", &both, 0)), [false, true]);
        assert_eq!(rates.take_at("t", &both[1..], 0)[0].remaining, 2);
        assert_eq!(allowed(&rates.take_at("u", &both, 0)), [true, true]);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_what_is_full_again() {
        let rates = LocalRates::default();
        for number in 0..OWNERS * PARTS * 2 {
            let now = i64::try_from(number).expect("small") * 1_000_000;
            rates.take_at(&number.to_string(), &[take("a", 1)], now);
        }
        let sizes = rates.parts.iter().map(|part| part.lock().expect("no panic").len());
        assert!(sizes.into_iter().all(|size| size <= OWNERS));
        // Of one owner as well.
        for number in 0..1_000 {
            let now = 1_000_000_000_000 + number * 1_000_000_000;
            rates.take_at("owner", &[take(&format!("bucket {number}"), 1)], now);
        }
        assert!(rates.part("owner").get("owner").expect("the owner").len() <= BUCKETS + 1);
    }

    #[test]
    fn under_a_flood_of_owners_the_table_stays_small() {
        let rates = LocalRates::default();
        for number in 0..OWNERS * PARTS * 2 {
            rates.take_at(&number.to_string(), &[take("a", 1)], 0);
        }
        let sizes = rates.parts.iter().map(|part| part.lock().expect("no panic").len());
        assert!(sizes.into_iter().all(|size| (OWNERS / 4..=OWNERS).contains(&size)));
    }
}
