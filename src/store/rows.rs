//! The access to the rows of one tenant: `TenantRows` for single statements, `Tx` for what belongs together. No
//! statement on a tenant's table bypasses it except those of `across_tenants/`. Where the database has a wall of its own
//! around them (`wall.rs`), it is passed here and nowhere else.

use {
    super::{
        Result, StoreError,
        wall::{Access, Wall},
    },
    crate::{
        budget::{Fair, Place},
        domain::{id::TenantId, module::ModuleName},
    },
    sea_orm::{
        ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
        ExecResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
        TransactionTrait,
    },
    std::time::Duration,
};

/// The tenant whose rows a query may see. Made from a verified caller or from a claimed run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantScope(TenantId, Option<Vec<ModuleName>>);

impl TenantScope {
    /// Narrows to one tenant.
    pub const fn new(tenant: TenantId) -> Self {
        Self(tenant, None)
    }

    /// Narrows to modules as well; `None` for all.
    #[must_use]
    pub fn narrowed(self, modules: Option<Vec<ModuleName>>) -> Self {
        Self(self.0, modules)
    }

    /// Returns whether a module is within it.
    pub fn holds(&self, module: ModuleName) -> bool {
        self.1.as_ref().is_none_or(|modules| modules.contains(&module))
    }

    /// Returns the tenant.
    pub const fn tenant(&self) -> &TenantId {
        &self.0
    }
}

/// The rows of one tenant. Made by `Store::of`; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct TenantRows<'a> {
    read: &'a DatabaseConnection,
    write: &'a DatabaseConnection,
    scope: &'a TenantScope,
    /// Those of tenants that read, and of those that write.
    turns: &'a [Fair; 2],
    wall: Option<&'a Wall>,
    lease: Duration,
}

impl<'a> TenantRows<'a> {
    pub(super) const fn new(
        read: &'a DatabaseConnection,
        write: &'a DatabaseConnection,
        scope: &'a TenantScope,
        (turns, wall): (&'a [Fair; 2], Option<&'a Wall>),
        lease: Duration,
    ) -> Self {
        Self { read, write, scope, turns, wall, lease }
    }

    /// Begins a transaction, after the turns of other tenants that wait for theirs.
    pub async fn begin(self) -> Result<Tx> {
        let [_, writes] = self.turns;
        let turn = writes.enter(self.id()).await;
        let late = |_| StoreError::Busy(DbErr::Custom("too many writes wait".to_owned()));
        let turn = turn.map_err(late)?;
        let tx = begin(self.write).await?;
        let mut tx = Tx::new(tx, self.scope.clone(), self.wall.cloned(), self.lease).await?;
        tx.turn = Some(turn);
        Ok(tx)
    }

    /// The connection for a statement that reads.
    pub(super) const fn reader(self) -> Connection<'a> {
        let ([turns, _], pool, tenant) = (self.turns, self.read, &self.scope.0);
        Connection { pool, turns: Some(turns), tenant, wall: self.wall, access: Access::Reads }
    }

    /// The connection for a statement that writes, or that must see the latest writes.
    pub(super) const fn writer(self) -> Connection<'a> {
        let (pool, tenant) = (self.write, &self.scope.0);
        Connection { pool, turns: None, tenant, wall: self.wall, access: Access::Writes }
    }

    /// The tenant's id, for the filter of a statement.
    pub(super) fn id(self) -> &'a str {
        self.scope.0.as_str()
    }

    pub(super) fn backend(self) -> DbBackend {
        self.write.get_database_backend()
    }
}

/// A pool that takes single statements on the rows of one tenant. It begins no transaction and lends no connection,
/// so that additions around a statement can be made here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection<'a> {
    pool: &'a DatabaseConnection,
    /// The turns that a statement waits for.
    turns: Option<&'a Fair>,
    tenant: &'a TenantId,
    wall: Option<&'a Wall>,
    access: Access,
}

impl Connection<'_> {
    /// Waits for the tenant's turn. A statement needs no other turn while it has this one, so turns do not wait for each other.
    async fn turn(&self) -> Result<Option<Place>, DbErr> {
        let Some(turns) = self.turns else { return Ok(None) };
        let turn = turns.enter(self.tenant.as_str()).await;
        turn.map(Some).map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Connection<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        match self.wall {
            Some(wall) => wall.execute(self.tenant, self.access, statement).await,
            None => self.pool.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        match self.wall {
            Some(wall) => {
                let rows = wall.rows(self.tenant, self.access, statement).await?;
                Ok(rows.into_iter().next())
            }
            None => self.pool.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        match self.wall {
            Some(wall) => wall.rows(self.tenant, self.access, statement).await,
            None => self.pool.query_all_raw(statement).await,
        }
    }
}

/// A transaction over the rows of one tenant. Dropped without `commit`, it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    pub(super) tx: DatabaseTransaction,
    scope: TenantScope,
    wall: Option<Wall>,
    lease: Duration,
    /// Its turn among those of all tenants, given back after the transaction has ended.
    turn: Option<Place>,
}

impl Tx {
    /// Continues a transaction that has begun with the rows of one tenant.
    pub(super) async fn new(
        tx: DatabaseTransaction,
        scope: TenantScope,
        wall: Option<Wall>,
        lease: Duration,
    ) -> Result<Self> {
        if let Some(wall) = &wall {
            wall.narrow(&tx, scope.tenant()).await?;
        }
        Ok(Self { tx, scope, wall, lease, turn: None })
    }

    /// Continues with the rows of another tenant, for runs that end together.
    pub(super) async fn turn_to(&mut self, scope: TenantScope) -> Result<()> {
        if let Some(wall) = self.wall.as_ref().filter(|_| scope.tenant() != self.scope.tenant()) {
            wall.narrow(&self.tx, scope.tenant()).await?;
        }
        self.scope = scope;
        Ok(())
    }

    /// Commits everything done through it.
    pub async fn commit(self) -> Result<()> {
        let Self { tx, turn, .. } = self;
        let committed = tx.commit().await;
        drop(turn);
        Ok(committed?)
    }

    /// The tenant's id, for the filter of a statement.
    pub(super) fn id(&self) -> &str {
        self.scope.0.as_str()
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    pub(super) const fn lease(&self) -> Duration {
        self.lease
    }
}

/// Begins a transaction. On SQLite a writing one takes the write lock at its start: one that reads first and upgrades
/// later fails at once, whatever the busy time-out.
pub(super) async fn begin(write: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let write = write.clone();
    // A task of its own goes on where the caller is broken off. The driver would return a connection whose BEGIN has no
    // answer yet as one without a transaction, and its next user would work within that one, which nothing commits.
    let begun = tokio::spawn(async move { write.begin_with_options(options).await });
    Ok(begun.await.map_err(|error| StoreError::Broken(error.to_string()))??)
}
