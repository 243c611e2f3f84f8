//! Connections that are known to be broken, and how far each listener has heard a tenant's events. Raw SQL, because each
//! write depends on what is stored.

use {
    super::{Result, TenantRows, Tx, outbox::NewEvent, statement},
    crate::domain::{
        code::{Code, Provider},
        event::EventKind,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult},
    serde_json::json,
};

impl TenantRows<'_> {
    /// Returns the connections that are known to be broken: the system, the stored word of why, and since when.
    pub async fn broken_connections(self) -> Result<Vec<(String, String, DateTime<Utc>)>> {
        let sql = "SELECT provider, code, since FROM connection_states WHERE tenant_id = $1";
        let asked = statement(self.backend(), sql, [self.id().into()]);
        let rows = self.reader().query_all_raw(asked).await?;
        let row = |row: &QueryResult| {
            Ok((row.try_get("", "provider")?, row.try_get("", "code")?, row.try_get("", "since")?))
        };
        rows.iter().map(row).collect()
    }
}

impl Tx {
    /// Notes that a listener has heard the tenant's events up to a number, if it had heard them up to `from`; false if it
    /// was elsewhere, because another process handed them on meanwhile.
    pub async fn heard(&self, listener: &str, from: i64, to: i64) -> Result<bool> {
        let sql = "INSERT INTO outbox_listeners (listener, tenant_id, sequence) VALUES ($1, $2, $3)
             ON CONFLICT (listener, tenant_id) DO UPDATE SET sequence = excluded.sequence
             WHERE outbox_listeners.sequence = $4";
        let values = [listener.into(), self.id().into(), to.into(), from.into()];
        let noted = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Notes that a connection is broken, and tells it if it was not known.
    pub async fn break_connection(
        &self,
        system: Provider,
        code: Code,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let sql = "INSERT INTO connection_states (tenant_id, provider, code, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING";
        let values = [self.id().into(), system.as_str().into(), code.word().into(), now.into()];
        let new = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        if new.rows_affected() == 1 {
            self.tell(EventKind::ConnectionBroken, system, Some(code), now).await?;
        }
        Ok(())
    }

    /// Notes that a connection works, and tells it if it was broken.
    pub async fn mend_connection(&self, system: Provider, now: DateTime<Utc>) -> Result<()> {
        let sql = "DELETE FROM connection_states WHERE tenant_id = $1 AND provider = $2";
        let values = [self.id().into(), system.as_str().into()];
        let gone = self.tx.execute_raw(statement(self.backend(), sql, values)).await?;
        if gone.rows_affected() == 1 {
            self.tell(EventKind::ConnectionMended, system, None, now).await?;
        }
        Ok(())
    }

    async fn tell(
        &self,
        kind: EventKind,
        system: Provider,
        code: Option<Code>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let data = json!({ "error_code": code.map(Code::word) });
        let (tenant, subject) = (self.id(), system.as_str());
        NewEvent { tenant, kind, subject, data, entry: None, at: now }.publish(&self.tx).await
    }
}
