//! The audit log: its entries are written in the transaction of the change, and are never changed. Each is also an event
//! (`outbox.rs`). Raw SQL, because an entry and its event are stored in one turn.

use {
    super::{
        CHANGE, Result, StoreError, TenantRows, Together, Tx, access, outbox::NewEvent,
        placeholders,
    },
    crate::domain::{
        audit::{Action, Author, Change, Entry, Outcome},
        event::EventKind,
        id::KeyId,
    },
    chrono::{DateTime, Utc},
    sea_orm::{
        Condition, EntityTrait, ExprTrait as _, PaginatorTrait, QueryOrder, QuerySelect,
        entity::prelude::*,
    },
    serde_json::json,
    uuid::Uuid,
};

/// An entry's row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: String,
    pub tenant_id: String,
    pub key_id: String,
    pub action: String,
    pub resource: String,
    /// The values after the change; what earlier versions stored has both.
    pub change: Json,
    pub created_at: DateTimeUtc,
    pub actor: Option<String>,
    pub session_id: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub scheme: Option<String>,
    pub outcome: String,
    pub before_change: Option<Json>,
    pub trims_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Entry {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self> {
        let outcome = Outcome::parse(&row.outcome)
            .ok_or_else(|| StoreError::Broken(format!("outcome '{}'", row.outcome)))?;
        Ok(Self {
            id: row.entry_id,
            at: row.created_at,
            actor: row.actor,
            key: row.key_id,
            session: row.session_id,
            address: row.address,
            request_id: row.request_id,
            scheme: row.scheme,
            action: row.action,
            resource: row.resource,
            before: row.before_change,
            after: row.change,
            outcome,
        })
    }
}

/// An entry to store.
#[derive(Debug)]
pub struct AuditEntry<'a> {
    /// Who did it.
    pub author: Author,
    /// What was done.
    pub action: Action,
    /// What it was done to.
    pub resource: &'a str,
    /// What changed.
    pub change: Change,
    /// The time of the action.
    pub at: DateTime<Utc>,
}

/// A position in the list of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor {
    /// The time of the entry there.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: String,
}

/// Which entries are wanted; `None` matches all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those of this person.
    pub actor: Option<String>,
    /// Only those of this key.
    pub key: Option<String>,
    /// Only those of this action.
    pub action: Option<String>,
    /// Only those about this.
    pub resource: Option<String>,
    /// Only those at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those with this outcome.
    pub outcome: Option<Outcome>,
}

impl AuditFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        for (column, text) in [
            (Column::Actor, &self.actor),
            (Column::KeyId, &self.key),
            (Column::Action, &self.action),
            (Column::Resource, &self.resource),
        ] {
            if let Some(text) = text {
                all = all.add(column.eq(text.as_str()));
            }
        }
        if let Some(outcome) = self.outcome {
            all = all.add(Column::Outcome.eq(outcome.as_str()));
        }
        if let Some(since) = self.since {
            all = all.add(Column::CreatedAt.gte(since));
        }
        if let Some(until) = self.until {
            all = all.add(Column::CreatedAt.lt(until));
        }
        all
    }
}

impl TenantRows<'_> {
    /// Lists entries, the newest first, from the one after a position on.
    pub async fn audit_entries(
        self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: u64,
    ) -> Result<Vec<Entry>> {
        let mut query = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(filter.condition())
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::EntryId)
            .limit(limit);
        if let Some(AuditCursor { at, id }) = after {
            let same_time = Column::CreatedAt.eq(*at).and(Column::EntryId.lt(id.as_str()));
            query = query.filter(Condition::any().add(Column::CreatedAt.lt(*at)).add(same_time));
        }
        query.all(&self.reader()).await?.into_iter().map(Entry::try_from).collect()
    }

    /// Returns the entries of some ids, in no order.
    pub async fn audit_entries_by_id(self, ids: &[String]) -> Result<Vec<Entry>> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::EntryId.is_in(ids))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// Stores that a call was refused, unless `most` refusals of the key, or of the session where it was one, are stored
    /// since a time. Returns whether it was stored.
    pub async fn audit_refusal(
        self,
        author: Author,
        (word, resource): (String, &str),
        (key, since, most): (&KeyId, DateTime<Utc>, u64),
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        // Its lock lets the refusals of a key be counted one after the other.
        access::Entity::find_by_id(key.as_str())
            .filter(access::Column::TenantId.eq(self.id()))
            .lock(CHANGE)
            .one(&tx.tx)
            .await?;
        // A session has a number of its own: one of them cannot hide what the key, or another one, is refused.
        let session = author.session.as_deref();
        let refused = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::KeyId.eq(key.as_str()))
            .filter(match session {
                Some(session) => Column::SessionId.eq(session),
                None => Column::SessionId.is_null(),
            })
            .filter(Column::Outcome.eq(Outcome::Refused.as_str()))
            .filter(Column::CreatedAt.gte(since))
            .count(&tx.tx)
            .await?;
        if refused >= most {
            return Ok(false);
        }
        let row = Row { word, resource, outcome: Outcome::Refused, trims_until: None };
        tx.insert_entry(author, row, Change::default(), (EventKind::Audited, at)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stores that the entries before a time are deleted, if there are any that no earlier tombstone covers, and deletes
    /// up to `most` of them. Returns how many were deleted.
    pub async fn trim_audit(
        self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        most: u64,
    ) -> Result<u64> {
        let tx = self.begin().await?;
        let old = || {
            let of = Entity::find().filter(Column::TenantId.eq(self.id()));
            of.filter(Column::CreatedAt.lt(until))
        };
        let covered = Entity::find()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::TrimsUntil.gte(until))
            .count(&tx.tx)
            .await?;
        if covered == 0 {
            let entries = old().count(&tx.tx).await?;
            if entries == 0 {
                return Ok(0);
            }
            let (word, resource) = (Action::TrimAudit.as_str().to_owned(), self.id());
            let trims_until = Some(until);
            let row = Row { word, resource, outcome: Outcome::Done, trims_until };
            let change = Change::made(json!({ "entries": entries, "until": until }));
            let event = Action::TrimAudit.event();
            tx.insert_entry(Author::service(), row, change, (event, now)).await?;
        }
        let ids: Vec<String> = old()
            .select_only()
            .column(Column::EntryId)
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::EntryId)
            .limit(most)
            .into_tuple()
            .all(&tx.tx)
            .await?;
        let gone = Entity::delete_many()
            .filter(Column::TenantId.eq(self.id()))
            .filter(Column::EntryId.is_in(ids))
            .exec(&tx.tx)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected)
    }
}

/// The part of a row that is not the change itself.
struct Row<'a> {
    word: String,
    resource: &'a str,
    outcome: Outcome,
    trims_until: Option<DateTime<Utc>>,
}

impl Tx {
    /// Writes an audit entry, and the event that it is told as, in the transaction of the change.
    pub async fn audit(&self, entry: AuditEntry<'_>) -> Result<()> {
        let mut all = Together::new(self.backend());
        self.note(&mut all, entry);
        all.all_raw(&self.tx).await?;
        Ok(())
    }

    /// Adds what writes an entry and its event to the statement of the change.
    pub(super) fn note(&self, all: &mut Together, entry: AuditEntry<'_>) {
        let AuditEntry { author, action, resource, change, at } = entry;
        let (word, outcome) = (action.as_str().to_owned(), Outcome::Done);
        let row = Row { word, resource, outcome, trims_until: None };
        self.add_entry(all, author, row, change, (action.event(), at));
    }

    async fn insert_entry(
        &self,
        author: Author,
        row: Row<'_>,
        change: Change,
        event: (EventKind, DateTime<Utc>),
    ) -> Result<()> {
        let mut all = Together::new(self.backend());
        self.add_entry(&mut all, author, row, change, event);
        all.all_raw(&self.tx).await?;
        Ok(())
    }

    fn add_entry(
        &self,
        all: &mut Together,
        author: Author,
        row: Row<'_>,
        change: Change,
        (event, at): (EventKind, DateTime<Utc>),
    ) {
        let Row { word, resource, outcome, trims_until } = row;
        let id = Uuid::new_v4().to_string();
        let (before, after) = change.into_parts();
        let data = json!({ "action": word, "actor": author.actor, "key_id": author.key });
        let values = [
            Value::from(id.clone()),
            self.id().into(),
            author.key.into(),
            word.into(),
            resource.into(),
            after.into(),
            at.into(),
            author.actor.into(),
            author.session.into(),
            author.address.into(),
            author.request_id.into(),
            author.scheme.into(),
            outcome.as_str().into(),
            before.into(),
            trims_until.into(),
        ];
        let (kind, tenant, entry) = (event, self.id(), Some(id));
        NewEvent { tenant, kind, subject: resource, data, entry, at }.tell(all);
        let sql = format!(
            "INSERT INTO audit_entries (entry_id, tenant_id, key_id, action, resource, change, created_at, actor,
                session_id, address, request_id, scheme, outcome, before_change, trims_until)
             VALUES {}",
            placeholders(1, values.len(), all.next())
        );
        all.add(sql, values);
    }
}
