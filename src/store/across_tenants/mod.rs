//! Statements that cross tenants, or whose rows belong to none: the workers' share of the queue, sweeps, the look-up
//! of a key before its tenant is known, the schema. They see every tenant's rows and take no caller.

mod access;
mod audit;
mod backup;
mod completion;
mod lease;
mod mark;
#[expect(unreachable_pub, reason = "sea-orm's entity macro wants public rows")]
mod master_key;
mod old;
mod outbox;
mod queue;
mod rate;
mod removal;
mod replay;
mod replay_log;
mod retention;
mod row_security;
mod schema;
mod session;
mod tenant;
mod usage;
mod waiting;

pub(super) use replay_log::ReplayLog;
pub use {
    access::PlatformElsewhere,
    completion::Completion,
    mark::{Horizon, Marks},
    master_key::{DataKeyOf, MasterKeyRow, SealedBy},
    queue::{Beat, Claim},
    replay::Watch,
    replay_log::REPLAYS_KEPT,
    retention::OldRun,
    row_security::RowSecurity,
    schema::MigrationState,
    session::SessionRow,
};

use {
    super::{
        Result,
        rows::{TenantScope, Tx, begin},
        wall::Wall,
    },
    sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend},
    std::time::Duration,
};

/// The whole database. Made by `Store::across_tenants`; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct AcrossTenants<'a> {
    read: &'a DatabaseConnection,
    write: &'a DatabaseConnection,
    wall: Option<&'a Wall>,
    lease: Duration,
    replays: &'a ReplayLog,
}

impl<'a> AcrossTenants<'a> {
    pub(super) const fn new(
        read: &'a DatabaseConnection,
        write: &'a DatabaseConnection,
        wall: Option<&'a Wall>,
        lease: Duration,
        replays: &'a ReplayLog,
    ) -> Self {
        Self { read, write, wall, lease, replays }
    }

    /// Begins a transaction that is not narrowed to a tenant.
    async fn begin(self) -> Result<DatabaseTransaction> {
        begin(self.write).await
    }

    /// Continues a transaction with the rows of one tenant.
    async fn go_on(self, tx: DatabaseTransaction, scope: TenantScope) -> Result<Tx> {
        Tx::new(tx, scope, self.wall.cloned(), self.lease).await
    }

    fn backend(self) -> DbBackend {
        self.write.get_database_backend()
    }
}
