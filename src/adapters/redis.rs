//! The one connection of this process to a Redis or Valkey server, for the guard and the limits. It is made when it is first
//! needed, and given up when it fails.

use {
    crate::ports::GuardError,
    ::redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection},
    std::{fmt, time::Duration},
    tokio::sync::Mutex,
};

/// How long a connection may take, and how long an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The connection.
pub struct RedisLink {
    client: Client,
    place: Mutex<Place>,
}

#[derive(Default)]
struct Place {
    connection: Option<MultiplexedConnection>,
    /// Connections that were made.
    made: u64,
}

/// A connection, with the number that tells it apart from those before.
pub(super) struct Linked {
    pub(super) connection: MultiplexedConnection,
    pub(super) number: u64,
}

impl fmt::Debug for RedisLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_struct("RedisLink").finish_non_exhaustive()
    }
}

impl RedisLink {
    /// Names the server, without connecting to it.
    ///
    /// # Errors
    /// When the address is not understood. The reason does not quote it.
    pub fn new(url: &str) -> Result<Self, GuardError> {
        let client = Client::open(url).map_err(|_| {
            GuardError(
                "it must be redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS"
                    .into(),
            )
        })?;
        Ok(Self { client, place: Mutex::default() })
    }

    /// Returns the connection, which is made if there is none.
    pub(super) async fn get(&self) -> Result<Linked, GuardError> {
        let mut place = self.place.lock().await;
        let connection = match &place.connection {
            Some(connection) => connection.clone(),
            None => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE));
                let making = self.client.get_multiplexed_async_connection_with_config(&config);
                let made = making.await.map_err(|error| away(&error))?;
                place.made += 1;
                place.connection = Some(made.clone());
                made
            }
        };
        Ok(Linked { connection, number: place.made })
    }

    /// Gives a connection up that has failed: what it was asked may have been done, and the server may be another one next
    /// time.
    pub(super) async fn give_up(&self, number: u64, error: &RedisError) -> GuardError {
        let mut place = self.place.lock().await;
        if place.made == number {
            place.connection = None;
        }
        away(error)
    }
}

/// Says why the server did not do what it was asked, without its address.
pub(super) fn away(error: &RedisError) -> GuardError {
    GuardError(format!("Redis: {error}"))
}
