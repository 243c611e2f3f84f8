//! The guard's store in Redis or Valkey, for several servers on a database that is not to have a commit for requests
//! (docs/src/signing.md, "Replay").
//!
//! The server may lose what it has: it is restarted, a copy takes its place, it is emptied. So it has an epoch, a second up to
//! which requests are refused, which is set a moment ahead when it is found empty or in another process. A request that was
//! signed later than a moment from now, by a clock that is ahead, is stored in the database as well, and so is each one that
//! such a request could be a copy of.

use {
    super::{
        database::failed,
        grouped::{Batches, Grouped},
        lease::{Lease, SHARED},
    },
    crate::{
        adapters::redis::RedisLink,
        domain::id::ReplayId,
        ports::{Arrival, Clock, GuardError, Replay, ReplayStore, Tended},
        store::{REPLAYS_KEPT, Store},
    },
    ::redis::{RedisError, Script, aio::MultiplexedConnection},
    async_trait::async_trait,
    std::{
        fmt,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
        },
    },
    tokio::sync::Mutex,
};

/// The place of the lease in the database.
const PLACE: &str = "redis";
/// Calls of `tend`, which comes each second, between two looks at the database.
const EVERY: u64 = 4;
/// By how many seconds an epoch is ahead of the server's clock.
const AHEAD: i64 = 2;
/// By how many seconds the clocks of both may differ.
const MOST_OFF: i64 = 300;
/// Seconds after the epoch for which a request may have been stored in the database alone: it may have been signed 300
/// seconds ahead of a clock that is itself ahead.
const AFTER_EPOCH: i64 = 300 + MOST_OFF + AHEAD;
/// The names of the epoch, of the server's process, and the beginning of those of ids. One slot of a cluster.
const EPOCH: &str = "{sigma-sync}:epoch";
const PROCESS: &str = "{sigma-sync}:process";
const ID: &[u8] = b"{sigma-sync}:";

/// Says which process of the server this is; another one than before may lack what the one before had.
const BEGIN: &str = r"
local now = tonumber(redis.call('TIME')[1])
local epoch = tonumber(redis.call('GET', KEYS[1]) or '0')
if redis.call('GET', KEYS[2]) ~= ARGV[1] or epoch == 0 then
    epoch = math.max(epoch, now + tonumber(ARGV[2]))
    redis.call('SET', KEYS[1], epoch)
    redis.call('SET', KEYS[2], ARGV[1])
end
return {epoch, now}
";

/// Stores both ids of each request, or none: 1 for a new request, 0 for a known one, 2 for one from before the epoch.
const STORE: &str = r"
local now = tonumber(redis.call('TIME')[1])
local epoch = tonumber(redis.call('GET', KEYS[1]) or '0')
if epoch == 0 then
    epoch = now + tonumber(ARGV[1])
    redis.call('SET', KEYS[1], epoch)
end
local verdicts = {epoch, now}
for request = 1, #ARGV - 2 do
    local nonce, mac = KEYS[2 * request], KEYS[2 * request + 1]
    local signed_at = tonumber(ARGV[2 + request])
    if signed_at <= epoch then
        verdicts[2 + request] = 2
    elseif redis.call('EXISTS', nonce, mac) > 0 then
        verdicts[2 + request] = 0
    else
        local kept = tonumber(ARGV[2]) + math.max(signed_at - now, 0)
        redis.call('SET', nonce, '', 'EX', kept)
        redis.call('SET', mac, '', 'EX', kept)
        verdicts[2 + request] = 1
    end
end
return verdicts
";

/// Why a connection does not serve.
enum Begun {
    /// It failed.
    Failed(RedisError),
    /// The server is not as it must be.
    Refused(GuardError),
}

/// The server of the store, and what is known of it.
struct Remote {
    link: Arc<RedisLink>,
    begin: Script,
    store: Script,
    /// The connection on which it was made sure that what the server has lost is refused. One call is under way at a time.
    begun: Mutex<Option<u64>>,
    /// True after a failure, until it answers again: requests do not wait for a time-out each.
    is_away: AtomicBool,
    epoch: AtomicI64,
    /// Its clock, less that of this process.
    apart: AtomicI64,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("is_away", &self.is_away).finish_non_exhaustive()
    }
}

impl Remote {
    /// Makes sure, on a new connection, that what the server has lost is refused.
    async fn begin(&self, connection: &mut MultiplexedConnection) -> Result<(), Begun> {
        let info: String =
            ::redis::cmd("INFO").query_async(connection).await.map_err(Begun::Failed)?;
        let line = |name: &str| {
            info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let refused = |why: &str| Begun::Refused(GuardError(why.into()));
        let process = line("run_id").ok_or_else(|| refused("Redis does not name its process"))?;
        let evicts = line("maxmemory_policy").is_some_and(|policy| policy != "noeviction");
        if evicts && line("maxmemory") != Some("0") {
            return Err(refused(
                "Redis forgets what it likes when its memory is full: its maxmemory-policy must be noeviction",
            ));
        }
        let mut begin = self.begin.prepare_invoke();
        begin.key(EPOCH).key(PROCESS).arg(process).arg(AHEAD);
        let (epoch, now): (i64, i64) =
            begin.invoke_async(connection).await.map_err(Begun::Failed)?;
        self.note(epoch, now);
        Ok(())
    }

    fn note(&self, epoch: i64, now: i64) {
        self.epoch.store(epoch, SeqCst);
        self.apart.store(now - self.clock.now().timestamp(), SeqCst);
    }

    /// Does something over the connection of this process.
    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, GuardError> {
        let mut begun = self.begun.lock().await;
        let done = self.try_with(&mut begun, work).await;
        self.is_away.store(done.is_err(), SeqCst);
        done
    }

    async fn try_with<T>(
        &self,
        begun: &mut Option<u64>,
        work: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, GuardError> {
        let mut linked = self.link.get().await?;
        if *begun != Some(linked.number) {
            match self.begin(&mut linked.connection).await {
                Ok(()) => *begun = Some(linked.number),
                Err(Begun::Refused(error)) => return Err(error),
                Err(Begun::Failed(error)) => {
                    return Err(self.link.give_up(linked.number, &error).await);
                }
            }
        }
        match work(&mut linked.connection).await {
            Ok(done) => Ok(done),
            Err(error) => {
                // It is begun again, should the server answer on it nevertheless.
                *begun = None;
                Err(self.link.give_up(linked.number, &error).await)
            }
        }
    }
}

impl Batches for Remote {
    async fn store(&self, batch: &[([ReplayId; 2], i64)]) -> Result<Vec<Replay>, GuardError> {
        let mut call = self.store.prepare_invoke();
        call.key(EPOCH).arg(AHEAD).arg(REPLAYS_KEPT);
        for (ids, signed_at) in batch {
            for id in ids {
                call.key([ID, &id.0].concat());
            }
            call.arg(*signed_at);
        }
        let answer: Vec<i64> =
            self.with(async |connection| call.invoke_async(connection).await).await?;
        let [epoch, now, verdicts @ ..] = answer.as_slice() else {
            return Err(GuardError("Redis gave no answer".into()));
        };
        self.note(*epoch, *now);
        let verdict = |word: &i64| match word {
            1 => Replay::Fresh,
            2 => Replay::Forgotten(*epoch),
            _ => Replay::Seen,
        };
        Ok(verdicts.iter().map(verdict).collect())
    }
}

/// The store.
#[derive(Debug)]
pub struct RedisGuard {
    remote: Arc<Remote>,
    grouped: Grouped,
    /// For requests that the server may lose without being missed.
    database: Grouped,
    lease: Lease,
    floor: AtomicI64,
    /// The database's clock, less that of this process.
    database_apart: AtomicI64,
    /// Counts the calls of `tend`.
    tended: AtomicU64,
}

impl RedisGuard {
    /// Makes the store, which accepts nothing before `tend` was called. It needs a running tokio runtime.
    pub fn new(link: Arc<RedisLink>, store: Store, clock: Arc<dyn Clock>) -> Self {
        let remote = Arc::new(Remote {
            link,
            begin: Script::new(BEGIN),
            store: Script::new(STORE),
            begun: Mutex::default(),
            is_away: AtomicBool::new(false),
            epoch: AtomicI64::new(i64::MAX),
            apart: AtomicI64::new(0),
            clock,
        });
        Self {
            grouped: Grouped::new(remote.clone()),
            remote,
            database: Grouped::new(Arc::new(store.clone())),
            lease: Lease::new(store, PLACE.into(), SHARED),
            floor: AtomicI64::new(i64::MAX),
            database_apart: AtomicI64::new(0),
            tended: AtomicU64::new(0),
        }
    }

    fn check(&self) -> Result<(), GuardError> {
        self.lease.check()?;
        if self.remote.is_away.load(SeqCst) {
            return Err(GuardError("Redis does not answer".into()));
        }
        let apart = self.remote.apart.load(SeqCst);
        if apart.abs() > MOST_OFF {
            return Err(GuardError(format!(
                "the clock of this machine is {} s off from that of Redis",
                -apart
            )));
        }
        Ok(())
    }
}

#[async_trait]
impl ReplayStore for RedisGuard {
    async fn accept(&self, arrival: Arrival) -> Result<Replay, GuardError> {
        self.check()?;
        let floor = self.floor.load(SeqCst);
        if floor == i64::MAX {
            return Err(GuardError("the guard has not begun".into()));
        }
        if arrival.signed_at <= floor {
            return Ok(Replay::Forgotten(floor));
        }
        let verdict = self.grouped.accept(&arrival).await?;
        if verdict != Replay::Fresh {
            return Ok(verdict);
        }
        self.check()?;
        let lost = self.remote.epoch.load(SeqCst).max(floor).saturating_add(AFTER_EPOCH);
        // The earliest of the clocks by which an epoch or a floor may be set.
        let apart = self.remote.apart.load(SeqCst).min(self.database_apart.load(SeqCst));
        let now = self.remote.clock.now().timestamp() + apart;
        if arrival.signed_at > now + AHEAD - 1 || arrival.signed_at <= lost {
            return self.database.accept(&arrival).await;
        }
        Ok(Replay::Fresh)
    }

    async fn tend(&self) -> Result<Tended, GuardError> {
        if self.tended.fetch_add(1, SeqCst).is_multiple_of(EVERY) || self.lease.check().is_err() {
            let Some(watch) = self.lease.prolong(None).await.map_err(failed)? else {
                return Ok(Tended::Elsewhere);
            };
            let apart = watch.now - self.remote.clock.now().timestamp();
            self.database_apart.store(apart, SeqCst);
            let known = self.floor.load(SeqCst);
            let floor = if known == i64::MAX { watch.floor } else { known.max(watch.floor) };
            self.floor.store(floor, SeqCst);
        }
        // An empty batch tells the epoch and the time.
        self.remote.store(&[]).await?;
        self.check().map(|()| Tended::Well)
    }

    fn floor(&self) -> i64 {
        self.floor.load(SeqCst).max(self.remote.epoch.load(SeqCst))
    }

    // Others may share the place, so its lease ends by itself.
    async fn end(&self) {}
}
