//! Limits that servers share in Redis or Valkey. It may lose them: then callers have their bursts once more.

use {
    crate::{
        adapters::redis::RedisLink,
        ports::{GuardError, RateShare, Taken},
    },
    ::redis::Script,
    async_trait::async_trait,
    std::{fmt, sync::Arc, time::Duration},
};

/// The beginning of the names of buckets; one slot of a cluster.
const NAME: &str = "{sigma-sync}:rate:";

/// Adds microseconds to each bucket, and returns after how many it is full again.
const ADD: &str = r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full = {}
for place = 1, #KEYS do
    local full_at = math.max(tonumber(redis.call('GET', KEYS[place]) or '0'), now) + tonumber(ARGV[place])
    local left = full_at - now
    if left > 0 then
        redis.call('SET', KEYS[place], string.format('%.0f', full_at), 'PX', math.ceil(left / 1000))
    else
        redis.call('DEL', KEYS[place])
    end
    full[place] = math.max(left, 0)
end
return full
";

/// The server.
pub struct RedisRates {
    link: Arc<RedisLink>,
    add: Script,
}

impl fmt::Debug for RedisRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRates").finish_non_exhaustive()
    }
}

impl RedisRates {
    /// Shares limits in a server.
    pub fn new(link: Arc<RedisLink>) -> Self {
        Self { link, add: Script::new(ADD) }
    }
}

#[async_trait]
impl RateShare for RedisRates {
    async fn add(&self, taken: &[Taken]) -> Result<Vec<Duration>, GuardError> {
        let mut call = self.add.prepare_invoke();
        for Taken { owner, bucket, micros } in taken {
            // An owner has no blank in it, so names do not meet.
            call.key(format!("{NAME}{owner} {bucket}")).arg(*micros);
        }
        let mut linked = self.link.get().await?;
        match call.invoke_async::<Vec<u64>>(&mut linked.connection).await {
            Ok(full) => Ok(full.into_iter().map(Duration::from_micros).collect()),
            Err(error) => Err(self.link.give_up(linked.number, &error).await),
        }
    }
}
