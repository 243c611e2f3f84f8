//! Limits that servers share in Redis or Valkey. It may lose them: then callers have their bursts once more.

use {
    crate::ports::{GuardError, RateShare, Taken},
    ::redis::{AsyncConnectionConfig, Client, Script, aio::MultiplexedConnection},
    async_trait::async_trait,
    std::{fmt, time::Duration},
    tokio::sync::Mutex,
};

/// How long a connection may take, and how long an answer.
const PATIENCE: Duration = Duration::from_secs(2);
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
    client: Client,
    add: Script,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl fmt::Debug for RedisRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_struct("RedisRates").finish_non_exhaustive()
    }
}

impl RedisRates {
    /// Shares limits in the server at this address.
    ///
    /// # Errors
    /// When the address is not understood. The reason does not quote it.
    pub fn new(url: &str) -> Result<Self, GuardError> {
        let client = Client::open(url)
            .map_err(|_| GuardError("it is not the address of a Redis server".into()))?;
        Ok(Self { client, add: Script::new(ADD), connection: Mutex::default() })
    }

    async fn connect(&self) -> Result<MultiplexedConnection, ::redis::RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }
}

#[async_trait]
impl RateShare for RedisRates {
    async fn add(&self, taken: &[Taken]) -> Result<Vec<Duration>, GuardError> {
        let away = |error: ::redis::RedisError| GuardError(format!("Redis: {error}"));
        let mut call = self.add.prepare_invoke();
        for Taken { owner, bucket, micros } in taken {
            // An owner has no blank in it, so names do not meet.
            call.key(format!("{NAME}{owner} {bucket}")).arg(*micros);
        }
        let mut place = self.connection.lock().await;
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.connect().await.map_err(away)?,
        };
        let full: Vec<u64> = call.invoke_async(&mut connection).await.map_err(away)?;
        *place = Some(connection);
        Ok(full.into_iter().map(Duration::from_micros).collect())
    }
}
