//! The handle of the database. It alone has the pools, and lends them in two ways: for the rows of one tenant, and
//! for statements that cross tenants.

use {
    super::{
        Result,
        across_tenants::{AcrossTenants, ReplayLog, RowSecurity},
        rows::{TenantRows, TenantScope},
        wall::{Wall, WallError},
    },
    crate::budget::{Fair, Sharing},
    sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr},
    std::{sync::Arc, time::Duration},
};

/// Default time for which a claimed run stays with its worker without a heartbeat.
const LEASE: Duration = Duration::from_secs(30);
/// How long a statement and a transaction wait for their turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the end waits for connections to be returned, and the last statements to a SQLite file for other
/// processes that read it.
const CLOSING: Duration = Duration::from_secs(1);

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// For reading; on SQLite separate from the writer, so that a read never waits for a write.
    read: DatabaseConnection,
    /// For writing; on SQLite a single connection, so that the writers of one process queue up in order.
    write: DatabaseConnection,
    /// The turns of tenants that read, and of those that write.
    turns: [Fair; 2],
    /// True for a SQLite file.
    file: bool,
    /// How long a claimed run stays with its worker without a heartbeat.
    lease: Duration,
    /// The wall around the rows of a tenant, where the database has one.
    wall: Option<Wall>,
    /// What this process knows of the accepted requests in SQLite.
    replays: Arc<ReplayLog>,
}

impl Store {
    /// Of the tenants' statements that read as many as `readers` are in progress at once, and of their transactions as many
    /// as `writers`.
    pub(super) fn new(
        (read, readers): (DatabaseConnection, u32),
        (write, writers): (DatabaseConnection, u32),
        file: bool,
    ) -> Self {
        // One of them has a half, or a quarter of what writes takes longer in: however much it asks for, others find a place.
        let turns = [turns(readers, readers / 2), turns(writers, writers / 4)];
        Self { read, write, turns, file, lease: LEASE, wall: None, replays: Arc::default() }
    }

    /// The rows of one tenant.
    pub const fn of<'a>(&'a self, scope: &'a TenantScope) -> TenantRows<'a> {
        let around = (&self.turns, self.wall.as_ref());
        TenantRows::new(&self.read, &self.write, scope, around, self.lease)
    }

    /// The statements that cross tenants, or whose rows belong to none.
    pub fn across_tenants(&self) -> AcrossTenants<'_> {
        AcrossTenants::new(&self.read, &self.write, self.wall.as_ref(), self.lease, &self.replays)
    }

    /// The same database with another length of leases; all processes on a database must use the same length.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// The same database as it is to be used from now on: behind row security, where it is switched on there.
    ///
    /// # Errors
    /// `Refused` where the database does not keep what it says, or is not as `wanted`.
    pub async fn walled(mut self, wanted: RowSecurity) -> Result<Self, WallError> {
        let role = self.across_tenants().row_security(wanted).await?;
        self.wall =
            role.map(|role| Wall::new(self.write.get_postgres_connection_pool().clone(), &role));
        Ok(self)
    }

    /// Returns whether the database itself keeps tenants apart.
    pub const fn is_walled(&self) -> bool {
        self.wall.is_some()
    }

    /// Returns how long a claimed run stays with its worker without a heartbeat.
    pub const fn lease(&self) -> Duration {
        self.lease
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.ping().await?)
    }

    /// Closes all connections once their users have returned them; a user that takes longer than a second is not
    /// waited for. A SQLite file is then complete by itself: the write-ahead log is written back to it, and without
    /// other processes on the file it has no such log until it is opened again. So a copy made in between can be
    /// distinguished from one that lacks its log.
    pub async fn close(&self) -> Result<()> {
        // A process that is reading prevents the log from being written back completely.
        close_soon(&self.read).await?;
        let written = if self.file { self.write_back().await } else { Ok(()) };
        close_soon(&self.write).await?;
        written
    }

    async fn write_back(&self) -> Result<()> {
        let patience = format!("PRAGMA busy_timeout = {}", CLOSING.as_millis());
        self.write.execute_unprepared(&patience).await?;
        let alone = self.write.execute_unprepared("PRAGMA journal_mode = DELETE").await;
        match alone {
            Err(cause) if is_locked(&cause) => {
                self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            }
            done => {
                done?;
            }
        }
        Ok(())
    }

    /// The pools, for a test that records the statements.
    #[cfg(test)]
    pub(super) fn pools(&mut self) -> [&mut DatabaseConnection; 2] {
        [&mut self.read, &mut self.write]
    }
}

/// The turns of tenants, of which one has at most `each` places.
fn turns(all: u32, each: u32) -> Fair {
    let places = |count: u32| usize::try_from(count.max(1)).unwrap_or(1);
    Fair::new(Sharing {
        all: places(all),
        each: places(each),
        queue: usize::MAX,
        patience: PATIENCE,
        overloaded: PATIENCE,
    })
}

async fn close_soon(connections: &DatabaseConnection) -> Result<()> {
    let closed = tokio::time::timeout(CLOSING, connections.close_by_ref()).await;
    Ok(closed.unwrap_or(Ok(()))?)
}

/// True for SQLITE_BUSY (5) in all its forms, which have this number in the low byte of the code.
pub(super) fn is_locked(cause: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        cause
    else {
        return false;
    };
    let code = cause.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}
