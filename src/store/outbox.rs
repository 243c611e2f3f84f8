//! The events of a tenant: stored in the transaction of the change without a number, which one process gives them later
//! (`across_tenants/outbox.rs`). A number that was taken inside the transaction would not do: another transaction with a
//! greater one may be visible before it, and a watcher that goes on from there would miss it. Raw SQL, because many
//! events are stored by one statement.

use {
    super::{Result, StoreError, TenantRows, Together, from_list, placeholders, statement},
    crate::domain::{
        code::Provider,
        event::{Event, EventKind, SYSTEMS},
        run::Run,
    },
    chrono::{DateTime, Utc},
    sea_orm::{ConnectionTrait, QueryResult, Value},
    serde_json::json,
};

/// An event to store.
#[derive(Debug)]
pub(super) struct NewEvent<'a> {
    pub(super) tenant: &'a str,
    pub(super) kind: EventKind,
    pub(super) subject: &'a str,
    pub(super) data: serde_json::Value,
    /// The audit entry that it tells of.
    pub(super) entry: Option<String>,
    pub(super) at: DateTime<Utc>,
}

impl NewEvent<'_> {
    /// Adds its statement to others.
    pub(super) fn tell(self, all: &mut Together) {
        let Self { tenant, kind, subject, data, entry, at } = self;
        let values = [
            Value::from(tenant),
            kind.as_str().into(),
            subject.into(),
            data.into(),
            entry.into(),
            at.into(),
        ];
        let sql = format!(
            "INSERT INTO outbox (tenant_id, kind, subject, data, entry_id, created_at) VALUES {}",
            placeholders(1, values.len(), all.next())
        );
        all.add(sql, values);
    }

    /// Stores it in a transaction.
    pub(super) async fn publish(self, db: &impl ConnectionTrait) -> Result<()> {
        let mut all = Together::new(db.get_database_backend());
        self.tell(&mut all);
        all.all_raw(db).await?;
        Ok(())
    }
}

/// Stores an event of each of some runs.
pub(super) async fn publish_runs(
    db: &impl ConnectionTrait,
    kind: EventKind,
    runs: &[Run],
    at: DateTime<Utc>,
) -> Result<()> {
    let mut all = Together::new(db.get_database_backend());
    tell_runs(&mut all, kind, runs, at, |_| None)?;
    all.all_raw(db).await?;
    Ok(())
}

/// Adds the statement that stores an event of each of some runs to others; `system` names another system that may be at
/// fault for what a run tells.
pub(super) fn tell_runs(
    all: &mut Together,
    kind: EventKind,
    runs: &[Run],
    at: DateTime<Utc>,
    system: impl Fn(&Run) -> Option<Provider>,
) -> Result<()> {
    let data = |run: &Run| {
        let mut data = json!({ "module": run.module.as_str(), "dry_run": run.dry_run });
        match kind {
            EventKind::RunQueued => data["trigger"] = run.trigger_source.clone().into(),
            EventKind::RunEnded => {
                data["state"] = run.state.as_str().into();
                data["error_code"] = run.error_code.clone().into();
            }
            EventKind::RunWaiting => {
                data["error_code"] = run.waiting.as_ref().map(|wait| wait.code.clone()).into();
            }
            _ => {}
        }
        if let Some(system) = system(run).filter(|system| SYSTEMS.contains(system)) {
            data["system"] = system.as_str().into();
        }
        data
    };
    if let [run] = runs {
        let (subject, data) = (&*run.id.to_string(), data(run));
        NewEvent { tenant: run.tenant.as_str(), kind, subject, data, entry: None, at }.tell(all);
    } else if !runs.is_empty() {
        let row = |run: &Run| (run.tenant.as_str().to_owned(), run.id.to_string(), data(run));
        let rows: Vec<_> = runs.iter().map(row).collect();
        let broken = |error: serde_json::Error| StoreError::Broken(error.to_string());
        let rows = serde_json::to_string(&rows).map_err(broken)?;
        let first = all.next();
        let sql = format!(
            "INSERT INTO outbox (tenant_id, kind, subject, data, created_at)
             SELECT value ->> 0, ${first}, value ->> 1, value -> 2, ${} {}",
            first + 1,
            from_list(all.backend, first + 2),
        );
        all.add(sql, [kind.as_str().into(), at.into(), rows.into()]);
    }
    Ok(())
}

/// An event with the audit entry that it tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// Id of the entry.
    pub entry: Option<String>,
}

/// Which numbers a tenant's events have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventRange {
    /// The greatest number whose event is deleted; 0 if none is.
    pub forgotten: i64,
    /// The greatest number; 0 if there is none.
    pub last: i64,
}

impl TenantRows<'_> {
    /// Returns which numbers the tenant's events have.
    pub async fn event_range(self) -> Result<EventRange> {
        let sql = "SELECT forgotten, last FROM outbox_heads WHERE tenant_id = $1";
        let values = [self.id().into()];
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        let Some(row) = row else { return Ok(EventRange::default()) };
        Ok(EventRange { forgotten: row.try_get("", "forgotten")?, last: row.try_get("", "last")? })
    }

    /// Returns what differs once another event of the tenant is stored: the greatest number of its events, and the place of
    /// the last one without a number, each 0 where there is none.
    pub async fn last_event(self) -> Result<(i64, i64)> {
        let sql = "SELECT coalesce((SELECT last FROM outbox_heads WHERE tenant_id = $1), 0) AS last,
                coalesce((SELECT max(event_id) FROM outbox WHERE sequence IS NULL AND tenant_id = $2), 0) AS open";
        let values = [self.id().into(), self.id().into()];
        let row = self.reader().query_one_raw(statement(self.backend(), sql, values)).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.try_get("", "last")?, row.try_get("", "open")?)))
    }

    /// Returns the events after a number, in their order.
    pub async fn events_after(self, after: i64, limit: u64) -> Result<Vec<StoredEvent>> {
        let sql = format!(
            "SELECT sequence, kind, subject, data, entry_id, created_at FROM outbox
             WHERE tenant_id = $1 AND sequence IS NOT NULL AND sequence > $2 ORDER BY sequence LIMIT {limit}"
        );
        let values = [self.id().into(), after.into()];
        let rows = self.reader().query_all_raw(statement(self.backend(), sql, values)).await?;
        rows.iter().map(stored).collect()
    }
}

/// Reads an event from its row.
pub(super) fn stored(row: &QueryResult) -> Result<StoredEvent> {
    let word: String = row.try_get("", "kind")?;
    let kind = EventKind::parse(&word)
        .ok_or_else(|| StoreError::Broken(format!("event kind '{word}'")))?;
    Ok(StoredEvent {
        event: Event {
            sequence: row.try_get("", "sequence")?,
            kind,
            subject: row.try_get("", "subject")?,
            data: row.try_get("", "data")?,
            at: row.try_get("", "created_at")?,
        },
        entry: row.try_get("", "entry_id")?,
    })
}
