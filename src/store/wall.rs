//! The second wall around a tenant's rows: PostgreSQL's row security. Statements on them run as a role that owns nothing,
//! in transactions that name the tenant, so that the database itself returns and changes no other rows, whatever the
//! statement says. Role and tenant end with the transaction. Raw SQL, because both are settings of a transaction.

use {
    super::{Result, StoreError},
    crate::domain::id::TenantId,
    sea_orm::{
        ConnAcquireErr, ConnectionTrait, DatabaseTransaction, DbErr, ExecResult, QueryResult,
        RuntimeErr, Statement, Values,
        sqlx::{
            self, AssertSqlSafe, Connection as _, Error as SqlxError, PgPool, Postgres,
            Transaction, pool::PoolConnection,
        },
    },
    sea_query_sqlx::SqlxValues,
    std::sync::Arc,
};

/// The way to a tenant's rows through the wall.
#[derive(Debug, Clone)]
pub(super) struct Wall {
    pool: PgPool,
    /// The role without rows of its own: letters, digits and `_`.
    role: Arc<str>,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It reads, and the database refuses everything else.
    Reads,
    /// It may write.
    Writes,
}

impl Wall {
    pub(super) fn new(pool: PgPool, role: &str) -> Self {
        Self { pool, role: role.into() }
    }

    /// Continues a transaction behind the wall, with the rows of one tenant.
    pub(super) async fn narrow(&self, tx: &DatabaseTransaction, tenant: &TenantId) -> Result<()> {
        tx.execute_unprepared(&self.settings(tenant)?).await?;
        Ok(())
    }

    /// The statements that put a transaction behind the wall.
    fn settings(&self, tenant: &TenantId) -> Result<String, DbErr> {
        // An id has no other letters; here it stands in the text of a statement.
        if !tenant.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
            return Err(DbErr::Type("a tenant's id with letters that no id has".into()));
        }
        Ok(format!("SET LOCAL ROLE {}; SET LOCAL sigma.tenant_id = '{tenant}'", self.role))
    }

    /// Carries out a statement.
    pub(super) async fn execute(
        &self,
        tenant: &TenantId,
        access: Access,
        statement: Statement,
    ) -> Result<ExecResult, DbErr> {
        let mut way = self.way().await?;
        let mut tx =
            way.connection.begin_with(self.begin(tenant, access)?).await.map_err(exec_error)?;
        way.is_through = true;
        let done = query(statement).execute(&mut *tx).await.map_err(exec_error)?;
        leave(tx, access).await?;
        Ok(done.into())
    }

    /// Returns the rows of a statement.
    pub(super) async fn rows(
        &self,
        tenant: &TenantId,
        access: Access,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut way = self.way().await?;
        let mut tx =
            way.connection.begin_with(self.begin(tenant, access)?).await.map_err(exec_error)?;
        way.is_through = true;
        let rows = query(statement).fetch_all(&mut *tx).await.map_err(query_error)?;
        leave(tx, access).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn way(&self) -> Result<Way, DbErr> {
        Ok(Way { connection: self.pool.acquire().await.map_err(busy)?, is_through: false })
    }

    /// The text that begins a transaction behind the wall, in one turn.
    fn begin(&self, tenant: &TenantId, access: Access) -> Result<AssertSqlSafe<String>, DbErr> {
        let begin = match access {
            Access::Reads => "BEGIN READ ONLY",
            Access::Writes => "BEGIN",
        };
        Ok(AssertSqlSafe(format!("{begin}; {}", self.settings(tenant)?)))
    }
}

/// A connection on its way through the wall.
struct Way {
    connection: PoolConnection<Postgres>,
    /// False until the transaction has begun.
    is_through: bool,
}

impl Drop for Way {
    fn drop(&mut self) {
        if !self.is_through {
            // The driver does not know of a transaction whose begin failed or was broken off, and would give the
            // connection to others within it.
            self.connection.close_on_drop();
        }
    }
}

/// Commits what was written. What only read needs no answer: the pool sends the end of its transaction along with the
/// statement by which it checks each connection that comes back.
async fn leave(tx: Transaction<'_, Postgres>, access: Access) -> Result<(), DbErr> {
    match access {
        Access::Reads => Ok(()),
        Access::Writes => tx.commit().await.map_err(query_error),
    }
}

fn query(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn busy(cause: SqlxError) -> DbErr {
    match cause {
        SqlxError::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        SqlxError::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
    }
}

fn exec_error(cause: SqlxError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(cause.into()))
}

fn query_error(cause: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(cause.into()))
}

/// Why the wall does not stand.
#[derive(Debug)]
pub enum WallError {
    /// What to do about it, in words for an administrator.
    Refused(String),
    /// The database did not answer, or not as expected.
    Store(StoreError),
}

impl std::fmt::Display for WallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WallError {}

impl From<StoreError> for WallError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DbErr> for WallError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
