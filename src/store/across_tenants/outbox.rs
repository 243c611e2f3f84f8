//! The way of events to those who listen: one process at a time, by its lease, numbers the events of all tenants and hands
//! them on. Raw SQL, because a number is given to many events by one statement.

use {
    super::{
        AcrossTenants,
        lease::{release, take},
    },
    crate::{
        domain::id::TenantId,
        store::{
            Result, StoreError, chunk_rows, list, now_ms, placeholders, rows::TenantScope,
            statement,
        },
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, Value},
    std::{collections::BTreeMap, time::Duration},
};

/// The name of the lease of the process that numbers events and hands them on.
const LEASE: &str = "events";
/// Events that one statement numbers.
const NUMBERED: usize = 1_000;

/// Events of a tenant that a listener has not heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The tenant.
    pub scope: TenantScope,
    /// The number of the last event that it has heard; 0 for none.
    pub heard: i64,
}

impl AcrossTenants<'_> {
    /// Returns whether an event has no number yet.
    pub async fn has_open_events(self) -> Result<bool> {
        let sql = "SELECT 1 AS found FROM outbox WHERE sequence IS NULL LIMIT 1";
        Ok(self.read.query_one_raw(statement(self.backend(), sql, [])).await?.is_some())
    }

    /// Takes the lease for events; false while another process has it.
    pub async fn lease_events(self, owner: &str, length: Duration) -> Result<bool> {
        take(self.write, LEASE, owner, length).await
    }

    /// Gives the lease back, so that another process need not wait for its end.
    pub async fn release_events(self, owner: &str) -> Result<()> {
        release(self.write, LEASE, owner).await
    }

    /// Prolongs the lease, and numbers events that have no number in the order in which they were stored, those of each
    /// tenant one after the other. Returns how many; `None` when this process has not the lease. What becomes visible later
    /// gets a greater number, so a watcher that goes on from a number misses nothing.
    pub async fn number_events(self, owner: &str, length: Duration) -> Result<Option<usize>> {
        let backend = self.backend();
        let tx = self.begin().await?;
        // Its lock keeps the next holder of the lease waiting for this transaction.
        let held = format!(
            "UPDATE leases SET until_ms = {now} + $3 WHERE name = $1 AND owner = $2 AND until_ms >= {now}",
            now = now_ms(backend)
        );
        let length = i64::try_from(length.as_millis()).unwrap_or_default();
        let held = statement(backend, held, [LEASE.into(), owner.into(), length.into()]);
        if tx.execute_raw(held).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let open = format!(
            "SELECT event_id, tenant_id FROM outbox WHERE sequence IS NULL ORDER BY event_id LIMIT {NUMBERED}"
        );
        let rows = tx.query_all_raw(statement(backend, open, [])).await?;
        let mut of_tenants: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in &rows {
            let tenant: String = row.try_get("", "tenant_id")?;
            of_tenants.entry(tenant).or_default().push(row.try_get("", "event_id")?);
        }
        if of_tenants.is_empty() {
            tx.commit().await?;
            return Ok(Some(0));
        }
        let sql = format!(
            "INSERT INTO outbox_heads (tenant_id, last) VALUES {}
             ON CONFLICT (tenant_id) DO UPDATE SET last = outbox_heads.last + excluded.last
             RETURNING tenant_id, last",
            placeholders(of_tenants.len(), 2, 1)
        );
        let values = of_tenants.iter().flat_map(|(tenant, events)| {
            let count = i64::try_from(events.len()).unwrap_or_default();
            [Value::from(tenant.as_str()), count.into()]
        });
        let heads = tx.query_all_raw(statement(backend, sql, values)).await?;
        let mut numbered: Vec<(i64, i64)> = Vec::with_capacity(rows.len());
        for head in &heads {
            let (tenant, last): (String, i64) =
                (head.try_get("", "tenant_id")?, head.try_get("", "last")?);
            let events = of_tenants.get(&tenant).map(Vec::as_slice).unwrap_or_default();
            numbered
                .extend(events.iter().rev().zip(0..).map(|(event, back)| (*event, last - back)));
        }
        for chunk in numbered.chunks(chunk_rows(2)) {
            let sql = format!(
                "UPDATE outbox SET sequence = CAST(v.column2 AS bigint) FROM (VALUES {}) AS v
                 WHERE event_id = CAST(v.column1 AS bigint)",
                placeholders(chunk.len(), 2, 1)
            );
            // As texts: a list of values has no types of its own.
            let values = chunk.iter().flat_map(|(event, sequence)| {
                [Value::from(event.to_string()), sequence.to_string().into()]
            });
            tx.execute_raw(statement(backend, sql, values)).await?;
        }
        tx.commit().await?;
        Ok(Some(numbered.len()))
    }

    /// Returns tenants with events that a listener has not heard.
    pub async fn event_backlog(self, listener: &str, limit: u64) -> Result<Vec<Backlog>> {
        let sql = format!(
            "SELECT h.tenant_id, coalesce(l.sequence, 0) AS heard FROM outbox_heads h
             LEFT JOIN outbox_listeners l ON l.tenant_id = h.tenant_id AND l.listener = $1
             WHERE h.last > coalesce(l.sequence, 0) ORDER BY h.tenant_id LIMIT {limit}"
        );
        // On the writing connection: events that were just numbered count.
        let rows =
            self.write.query_all_raw(statement(self.backend(), sql, [listener.into()])).await?;
        let backlog = |(id, heard): (String, i64)| match TenantId::parse(&id) {
            Ok(tenant) => Ok(Backlog { scope: TenantScope::new(tenant), heard }),
            Err(_) => Err(StoreError::Broken(format!("tenant id '{id}'"))),
        };
        rows.iter()
            .map(|row| backlog((row.try_get("", "tenant_id")?, row.try_get("", "heard")?)))
            .collect()
    }

    /// Deletes up to `most` of the oldest events that are from before a time and have a number, and notes up to which
    /// number they are gone. Returns how many.
    pub async fn forget_events(self, before: DateTime<Utc>, most: u64) -> Result<usize> {
        let backend = self.backend();
        let tx = self.begin().await?;
        let sql = format!(
            "SELECT event_id, tenant_id, sequence, created_at FROM outbox ORDER BY event_id LIMIT {most}"
        );
        let rows = tx.query_all_raw(statement(backend, sql, [])).await?;
        let (mut gone, mut heads): (Vec<i64>, BTreeMap<String, i64>) = Default::default();
        for row in &rows {
            let (at, sequence): (DateTime<Utc>, Option<i64>) =
                (row.try_get("", "created_at")?, row.try_get("", "sequence")?);
            let Some(sequence) = sequence.filter(|_| at < before) else { break };
            gone.push(row.try_get("", "event_id")?);
            let head = heads.entry(row.try_get("", "tenant_id")?).or_default();
            *head = sequence.max(*head);
        }
        for (tenant, upto) in &heads {
            let sql =
                "UPDATE outbox_heads SET forgotten = $1 WHERE tenant_id = $2 AND forgotten < $1";
            let values = [(*upto).into(), tenant.as_str().into()];
            tx.execute_raw(statement(backend, sql, values)).await?;
        }
        for chunk in gone.chunks(chunk_rows(1)) {
            let sql = format!("DELETE FROM outbox WHERE event_id IN ({})", list(chunk.len(), 1));
            let values = chunk.iter().map(|event| Value::from(*event));
            tx.execute_raw(statement(backend, sql, values)).await?;
        }
        tx.commit().await?;
        Ok(gone.len())
    }
}
