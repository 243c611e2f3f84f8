//! The audit log of a tenant: list, export, and the entries of refused calls, which no change stores.

use {
    super::{
        Control,
        page::{Asked, Moment, checked_size, cut},
        watch::Vigil,
    },
    crate::{
        domain::{
            access::{Permission, Principal},
            audit::{Author, Entry, Outcome, REFUSALS_MAX, method_word},
            fault::{Fault, FieldFault},
            id::{KeyId, SessionId},
        },
        error::{Error, Result},
        store::{AuditCursor, AuditFilter, TenantScope},
    },
    chrono::{DateTime, DurationRound as _, TimeDelta, Utc},
    futures_util::{Stream, stream},
    std::{
        collections::HashMap,
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// Entries on a page: the default and the maximum.
const ENTRIES: (i64, i64) = (50, 200);
/// Entries that an export reads at a time.
const EXPORTED: u64 = 500;
/// Callers whose refusals of this hour are known to be kept; with more, the database is asked again.
const FULL: usize = 10_000;

/// The filter of a list of entries, unchecked; empty texts and `None` match all.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// The tenant, for the platform role; the caller's own if empty.
    pub tenant: String,
    /// Only those of this person.
    pub actor: String,
    /// Only those of this key.
    pub key: String,
    /// Only those of this action.
    pub action: String,
    /// Only those about this.
    pub resource: String,
    /// Only those at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those with this outcome.
    pub outcome: String,
    /// Number of entries on the page.
    pub limit: Option<i32>,
    /// The token from the previous page; empty for the first page.
    pub page_token: String,
}

impl AuditQuery {
    fn asked(&self, scope: &TenantScope) -> Asked {
        let micros = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp_micros());
        let texts = (&self.actor, &self.key, &self.action, &self.resource, &self.outcome);
        Asked::new("audit", scope, &(texts, micros(self.since), micros(self.until)))
    }

    fn filter(self, faults: &mut Vec<FieldFault>) -> AuditFilter {
        let outcome = Outcome::parse(&self.outcome);
        if outcome.is_none() && !self.outcome.is_empty() {
            let expected = &Outcome::WORDS;
            faults.push(FieldFault::new("outcome", Fault::Literal { expected }));
        }
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        AuditFilter {
            actor: given(self.actor),
            key: given(self.key),
            action: given(self.action),
            resource: given(self.resource),
            since: self.since,
            until: self.until,
            outcome,
        }
    }
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Token of the next page; empty on the last page.
    pub next_page_token: String,
}

/// The pages of an export, in order.
struct Export {
    control: Control,
    scope: TenantScope,
    vigil: Vigil,
    filter: AuditFilter,
    after: Option<AuditCursor>,
    over: bool,
}

/// A key, or a session that it has opened.
type Refused = (KeyId, Option<SessionId>);

/// The callers whose refusals of an hour are all kept.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Refused, DateTime<Utc>>>);

impl Refusals {
    fn full(&self) -> MutexGuard<'_, HashMap<Refused, DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, caller: Refused, hour: DateTime<Utc>) {
        let mut full = self.full();
        if full.len() >= FULL {
            full.clear();
        }
        full.insert(caller, hour);
    }
}

impl Control {
    /// Lists entries of the audit log, the newest first.
    pub async fn list_audit(&self, who: &Principal, query: AuditQuery) -> Result<AuditPage> {
        let scope = self.named_scope(who, Permission::AuditRead, &query.tenant).await?;
        let mut faults = Vec::new();
        let limit = checked_size(query.limit, ENTRIES, &mut faults);
        let asked = query.asked(&scope);
        let place: Option<(Moment, String)> = asked.place(&query.page_token, &mut faults);
        let after = place.map(|(Moment(at), id)| AuditCursor { at, id });
        let filter = query.filter(&mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let rows = self.store.of(&scope);
        let mut entries = rows.audit_entries(&filter, after.as_ref(), limit + 1).await?;
        let more = cut(&mut entries, limit);
        let token = |last: &Entry| asked.token(&(Moment(last.at), &last.id));
        let next_page_token = entries.last().filter(|_| more).map(token).unwrap_or_default();
        Ok(AuditPage { entries, next_page_token })
    }

    /// Returns the entries that a filter matches, the newest first, some hundreds at a time, read as the caller takes
    /// them.
    pub async fn export_audit(
        &self,
        who: &Principal,
        query: AuditQuery,
    ) -> Result<impl Stream<Item = Result<Vec<Entry>>> + Send + use<>> {
        let scope = self.named_scope(who, Permission::AuditRead, &query.tenant).await?;
        let mut faults = Vec::new();
        let filter = query.filter(&mut faults);
        if !faults.is_empty() {
            return Err(Error::fields(faults));
        }
        let (control, vigil) = (self.clone(), Vigil::open(self, who)?);
        let export = Export { control, scope, vigil, filter, after: None, over: false };
        Ok(stream::try_unfold(export, Export::next))
    }

    /// Keeps that a call was refused for want of a permission, by `Service/Method` and what it was about. Of each key, and of each session, at
    /// most 100 refusals are kept in an hour. A fault of the database is only logged: the refusal stands.
    pub async fn keep_refusal(&self, who: &Principal, method: &str, resource: &str) {
        let now = self.clock.now();
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        let caller = (who.key.clone(), who.session);
        if self.refusals.full().get(&caller) == Some(&hour) {
            return;
        }
        let scope = TenantScope::new(who.tenant.clone());
        let limit = (&who.key, hour, REFUSALS_MAX);
        let rows = self.store.of(&scope);
        let refused = (method_word(method), resource);
        match rows.audit_refusal(Author::of(who), refused, limit, now).await {
            Ok(true) => {}
            Ok(false) => self.refusals.note(caller, hour),
            Err(error) => tracing::warn!(%error, method, "a refusal could not be kept"),
        }
    }
}

impl Export {
    async fn next(mut self) -> Result<Option<(Vec<Entry>, Self)>> {
        if self.over {
            return Ok(None);
        }
        if self.control.stopping.is_cancelled() {
            return Err(Error::unavailable("the server is stopping"));
        }
        self.vigil.may_go_on(&self.control).await?;
        let rows = self.control.store.of(&self.scope);
        let entries = rows.audit_entries(&self.filter, self.after.as_ref(), EXPORTED).await?;
        self.over = (entries.len() as u64) < EXPORTED;
        let Some(last) = entries.last() else { return Ok(None) };
        self.after = Some(AuditCursor { at: last.at, id: last.id.clone() });
        Ok(Some((entries, self)))
    }
}
