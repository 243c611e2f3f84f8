//! Row security of PostgreSQL: the policies of all tables with a tenant, the role that they hold for, and the check before a
//! process relies on them. Raw SQL, because it is about roles and the database's own catalogue.
//!
//! The owner of the tables passes the policies. So what crosses tenants goes on as before, and so does a process of before
//! that knows nothing of them; what goes through `rows.rs` takes the role without rights of its own. Once the tables keep
//! tenants apart they go on doing so: switching the use off changes what processes do and nothing about the tables, so that
//! no process can believe in a wall that was taken away meanwhile.

use {
    super::AcrossTenants,
    crate::store::{Result, StoreError, WallError, statement},
    sea_orm::{
        ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, RuntimeErr, Value,
    },
};

/// Whether row security is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowSecurity {
    /// As the database says.
    AsStored,
    /// As the database says, and in a new database it is.
    OnIfNew,
    /// It is.
    On,
    /// It is not.
    Off,
}

/// The tables whose rows belong to tenants. Their names are quoted.
const OF_TENANTS: &str =
    "SELECT c.oid, quote_ident(c.relname)::text AS name, c.relrowsecurity FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')";
/// The rows that a policy shows and takes: an unset tenant, which may read as '' too, has none.
const POLICY: &str = "tenant_id = NULLIF(current_setting('sigma.tenant_id', true), '')";
/// The name of the role: a database of the same cluster has another one.
const ROLE: &str = "SELECT 'sigma_rows_' || encode(substr(sha256(convert_to(current_database() || '/' || current_schema(),
    'UTF8')), 1, 8), 'hex') AS role, quote_ident(current_user)::text AS login";
/// Rights of the role on a tenant's table.
const RIGHTS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/// The code of an error for want of rights.
const NO_RIGHT: &str = "42501";

impl AcrossTenants<'_> {
    /// Returns the role for the rows of one tenant; `None` where row security is not used.
    ///
    /// # Errors
    /// `Refused` where the database is not as `wanted`, or does not keep what it says.
    pub(in crate::store) async fn row_security(
        self,
        wanted: RowSecurity,
    ) -> Result<Option<String>, WallError> {
        if self.backend() != DbBackend::Postgres {
            return match wanted {
                RowSecurity::On => Err(WallError::Refused(
                    "database.row_security is on, but SQLite has no row security; use PostgreSQL"
                        .into(),
                )),
                _ => Ok(None),
            };
        }
        let is_on = stored(self.write).await?.unwrap_or(false);
        if is_on && wanted == RowSecurity::Off || !is_on && wanted == RowSecurity::On {
            let [set, found] = if is_on { ["off", "on"] } else { ["on", "off"] };
            return Err(WallError::Refused(format!(
                "database.row_security is {set}, but it is {found} in the database; run `sigma-sync migrate` with this \
                 setting to switch it"
            )));
        }
        if !is_on {
            return Ok(None);
        }
        let (role, login) = names(self.write).await?;
        let tx = self.begin().await?;
        let hidden = format!("{OF_TENANTS} AND row_security_active(c.oid) LIMIT 1");
        if let Some(name) = first(&tx, hidden).await? {
            return Err(WallError::Refused(format!(
                "row security is on, and hides the rows of the table {name} from {login}, the role of database_url; \
                 connect as the owner of the tables"
            )));
        }
        let broken = |what: String| {
            WallError::Refused(format!(
                "row security is on, but {what}; run `sigma-sync migrate` as the owner of the tables"
            ))
        };
        let inside = format!("SET LOCAL ROLE {role}; SET LOCAL sigma.tenant_id = ''");
        if let Err(error) = tx.execute_unprepared(&inside).await {
            return Err(match code(&error).as_deref() {
                // The role is not there, or is not lent.
                Some(NO_RIGHT | "22023" | "42704") => broken(format!(
                    "{login}, the role of database_url, cannot take the role {role}"
                )),
                _ => error.into(),
            });
        }
        let rights =
            RIGHTS.map(|right| format!("has_table_privilege(c.oid, '{right}')")).join(" AND ");
        // All policies have one text, so that one that was changed differs from the others.
        let policies = "SELECT p.polrelid FROM pg_policy p WHERE p.polname = 'tenant_rows' AND p.polcmd = '*'
                AND p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
                AND p.polrelid = c.oid AND (SELECT count(*) FROM pg_policy o WHERE o.polrelid = c.oid) = 1";
        let open = format!(
            "{OF_TENANTS} AND NOT (row_security_active(c.oid) AND {rights} AND EXISTS ({policies})) LIMIT 1"
        );
        if let Some(name) = first(&tx, open).await? {
            return Err(broken(format!("the table {name} does not keep tenants apart")));
        }
        let texts = format!(
            "SELECT DISTINCT 'tables' AS name, replace(pg_get_expr(p.polqual, p.polrelid), '(tenant_id)::text', 'tenant_id')
             FROM pg_policy p JOIN ({OF_TENANTS}) t ON t.oid = p.polrelid OFFSET 1 LIMIT 1"
        );
        if first(&tx, texts).await?.is_some() {
            return Err(broken("its policies differ from each other".into()));
        }
        Ok(Some(role))
    }
}

/// Brings policies, role and rights up to date after the migrations, and stores whether row security is used.
///
/// # Errors
/// `Refused` with the statements for an administrator, if the role of `database_url` may not make the other one.
pub(super) async fn raise(
    tx: &DatabaseTransaction,
    wanted: RowSecurity,
    is_new: bool,
) -> Result<(), WallError> {
    let bare = format!(
        "{OF_TENANTS} AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_rows')"
    );
    for name in all(tx, bare).await? {
        let policy =
            format!("CREATE POLICY tenant_rows ON {name} USING ({POLICY}) WITH CHECK ({POLICY})");
        tx.execute_unprepared(&policy).await?;
    }
    let before = stored(tx).await?;
    let is_on = match wanted {
        RowSecurity::On => true,
        RowSecurity::Off => false,
        RowSecurity::AsStored => before.unwrap_or(false),
        RowSecurity::OnIfNew => before.unwrap_or(is_new),
    };
    if is_on {
        let (role, login) = names(tx).await?;
        lend(tx, &role, &login).await?;
        grant(tx, &role).await.map_err(|error| match code(&error).as_deref() {
            Some(NO_RIGHT) => WallError::Refused(format!(
                "row security is switched on by the owner of the tables, and {login} is not"
            )),
            _ => error.into(),
        })?;
    }
    if before != Some(is_on) {
        let sql = "INSERT INTO row_security (slot, is_on, changed_at) VALUES (1, $1, now())
             ON CONFLICT (slot) DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at";
        tx.execute_raw(statement(DbBackend::Postgres, sql, [is_on.into()])).await?;
    }
    Ok(())
}

/// Makes the role, and lends it to the role of `database_url`.
async fn lend(tx: &DatabaseTransaction, role: &str, login: &str) -> Result<(), WallError> {
    let make = format!("CREATE ROLE {role} NOLOGIN");
    let give = format!("GRANT {role} TO {login}");
    let refused = |error: DbErr, sql: &str| match code(&error).as_deref() {
        Some(NO_RIGHT) => WallError::Refused(format!(
            "row security needs a role that {login}, the role of database_url, may not make; an administrator of \
             PostgreSQL runs: {sql} (or set database.row_security = \"off\")"
        )),
        _ => error.into(),
    };
    let known = "SELECT rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS may
         FROM pg_roles WHERE rolname = $1";
    match row(tx, known, [role.into()]).await? {
        None => {
            let both = format!("{make}; {give};");
            tx.execute_unprepared(&make).await.map_err(|error| refused(error, &both))?;
        }
        Some(row) if row.try_get("", "may")? => {
            let sql = format!(
                "ALTER ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;"
            );
            return Err(WallError::Refused(format!(
                "the role {role} may do more than row security allows; an administrator of PostgreSQL runs: {sql}"
            )));
        }
        Some(_) => {}
    }
    let lent = "SELECT pg_has_role(current_user, CAST($1 AS name),
         CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END) AS lent";
    let lent = row(tx, lent, [role.into()]).await?;
    if !lent.map(|row| row.try_get("", "lent")).transpose()?.unwrap_or(false) {
        tx.execute_unprepared(&give).await.map_err(|error| refused(error, &format!("{give};")))?;
    }
    Ok(())
}

/// Gives the role what it lacks, and switches the policies on.
async fn grant(tx: &DatabaseTransaction, role: &str) -> Result<(), DbErr> {
    let schema = format!(
        "SELECT quote_ident(current_schema())::text AS name
         WHERE NOT has_schema_privilege('{role}', current_schema(), 'USAGE')"
    );
    if let Some(schema) = first(tx, schema).await? {
        tx.execute_unprepared(&format!("GRANT USAGE ON SCHEMA {schema} TO {role}")).await?;
    }
    let rights = RIGHTS
        .map(|right| format!("has_table_privilege('{role}', c.oid, '{right}')"))
        .join(" AND ");
    for name in all(tx, format!("{OF_TENANTS} AND NOT ({rights})")).await? {
        let sql = format!("GRANT {} ON {name} TO {role}", RIGHTS.join(", "));
        tx.execute_unprepared(&sql).await?;
    }
    // A tenant's data key is stored while the master key is held: a lock needs a right to change, here of a column with
    // one possible value.
    let lacks = format!(
        "SELECT 'master_keys' AS name WHERE NOT (has_table_privilege('{role}', 'master_keys', 'SELECT')
            AND has_column_privilege('{role}', 'master_keys', 'slot', 'UPDATE'))"
    );
    if let Some(name) = first(tx, lacks).await? {
        tx.execute_unprepared(&format!("GRANT SELECT, UPDATE (slot) ON {name} TO {role}")).await?;
    }
    for name in all(tx, format!("{OF_TENANTS} AND NOT c.relrowsecurity")).await? {
        tx.execute_unprepared(&format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")).await?;
    }
    Ok(())
}

/// Returns whether row security is used; `None` where that was never decided.
async fn stored(db: &impl ConnectionTrait) -> Result<Option<bool>, DbErr> {
    let found = row(db, "SELECT is_on FROM row_security", []).await?;
    found.map(|row| row.try_get("", "is_on")).transpose()
}

/// Returns the role for the rows of one tenant, and that of `database_url`, quoted.
async fn names(db: &impl ConnectionTrait) -> Result<(String, String), StoreError> {
    let found = row(db, ROLE, []).await?;
    let found = found.ok_or_else(|| StoreError::Broken("no role".into()))?;
    // The search path names no schema, so there are no tables.
    let role: Option<String> = found.try_get("", "role")?;
    let role = role.ok_or_else(|| StoreError::Broken("the role has no schema".into()))?;
    Ok((role, found.try_get("", "login")?))
}

async fn row<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Option<QueryResult>, DbErr> {
    db.query_one_raw(statement(DbBackend::Postgres, sql, values)).await
}

/// Returns the names that a query finds.
async fn all(db: &impl ConnectionTrait, sql: String) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(statement(DbBackend::Postgres, sql, [])).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}

/// Returns the first name that a query finds.
async fn first(db: &impl ConnectionTrait, sql: String) -> Result<Option<String>, DbErr> {
    Ok(all(db, sql).await?.into_iter().next())
}

/// Returns the database's code of an error.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return None;
    };
    Some(cause.as_database_error()?.code()?.into_owned())
}
