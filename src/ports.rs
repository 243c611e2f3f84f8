//! The interfaces: traits with two or more real implementations, and the data that crosses them. No implementation is
//! in this file.

mod find;
pub mod heard;
mod rate;
mod replay;
mod trial;

pub use {
    find::{Named, Search},
    rate::{RateShare, Taken},
    replay::{Arrival, Replay, ReplayStore, Tended},
    trial::Trial,
};

use {
    crate::domain::{
        code::{self, Class, Code, Effect, Gaps, Provider, Row},
        id::{ObjectId, RecordId},
        record::{Payload, SourceRecord, TargetKind, TargetRecord},
        run::RunFailure,
    },
    async_trait::async_trait,
    chrono::{DateTime, Utc},
    serde::{Deserialize, Serialize},
    std::{
        borrow::Cow,
        collections::{HashMap, HashSet},
        fmt,
        sync::Arc,
        time::Duration,
    },
};

/// What a read asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadQuery {
    /// The source's own name of the module, such as an API name.
    pub module: String,
    /// Names of the fields to read; the id and the time of the last change are always included.
    pub fields: Vec<String>,
    /// Only records changed after this time, in the order of their changes; `None` reads all, in the order of their ids.
    pub modified_since: Option<DateTime<Utc>>,
    /// A whole read through the source's bulk interface, which may take minutes. A page may then be empty without
    /// being the last, and a job in progress is `Failure::Pending`.
    pub bulk: bool,
    /// Containers to read, in this order (the courses whose grades are read); empty for a source without containers.
    pub within: Vec<ObjectId>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The records, in the order that the query asks for.
    pub records: Vec<SourceRecord>,
    /// Records that cannot be read: each fails by itself.
    pub flawed: Vec<FlawedRecord>,
    /// Opaque cursor of the next page; `None` only at the verified end of the list.
    pub next: Option<String>,
    /// The time of the source's own clock at the answer, if the source gives it.
    pub as_of: Option<DateTime<Utc>>,
    /// True where the source may have left out records that are there: whom it does not show is not gone then.
    pub hides: bool,
    /// Fields of which the source shows only a part, taken out of the records.
    pub withheld: Vec<Withheld>,
}

/// A field that exists and whose value the source does not show as a whole. Some or all records come without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The source's name of the field.
    pub field: String,
    /// Why, in words.
    pub reason: String,
}

/// A record of a page that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlawedRecord {
    /// Its id; `None` when it has none.
    pub id: Option<RecordId>,
    /// Stable word.
    pub code: Code,
    /// Why, in words.
    pub message: Cow<'static, str>,
}

/// Records that were read by their ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The records that exist.
    pub records: Vec<SourceRecord>,
    /// The records that exist and cannot be read; each has its id.
    pub flawed: Vec<FlawedRecord>,
    /// Fields of which the source shows only a part, taken out of the records.
    pub withheld: Vec<Withheld>,
}

/// A page of ids in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdPage {
    /// The ids.
    pub ids: Vec<RecordId>,
    /// True when no id comes behind them.
    pub last: bool,
}

/// A record that the source lists as deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRecord {
    /// Its id.
    pub id: RecordId,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A page of deleted records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPage {
    /// The records.
    pub records: Vec<DeletedRecord>,
    /// Opaque cursor of the next page; `None` only at the verified end.
    pub next: Option<String>,
}

/// A field of a source's module, as the source describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceField {
    /// API name.
    pub name: String,
    /// The name that people see in the source.
    pub label: String,
    /// The source's word for its type, such as `picklist` or `lookup`.
    pub data_type: String,
    /// Longest text, if there is a limit.
    pub max_length: Option<u32>,
    /// The values of a choice, stored and displayed; empty for other types.
    pub choices: Vec<(String, String)>,
    /// True: the field comes only when a record is read by itself (subforms, multi-select look-ups).
    pub single_read_only: bool,
    /// True: no two records share a value.
    pub unique: bool,
    /// True: a program may write it.
    pub writable: bool,
    /// True: no record may be without a value.
    pub required: bool,
    /// True: the source shows it to the connection.
    pub readable: bool,
}

/// What a connection has used since the last query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Calls to the source system.
    pub zoho_calls: u64,
    /// Credits that those calls cost (docs/src/zoho.md, "Limits and credits").
    pub zoho_credits: u64,
    /// Credits left in the source's rolling day, as it last reported.
    pub zoho_credits_left: Option<u64>,
    /// Calls to the target system.
    pub moodle_calls: u64,
}

/// A system that records come from.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// Reads a page; `cursor` is `next` of the page before, for the same query.
    async fn page(&self, query: &ReadQuery, cursor: Option<&str>) -> Result<Page, ConnectorError>;

    /// Reads records by id, at most 100; ids that no longer exist are left out silently.
    async fn by_ids(&self, query: &ReadQuery, ids: &[RecordId]) -> Result<Found, ConnectorError>;

    /// Reads one record with every field, including those that lists leave out; `None` if it no longer exists.
    async fn whole(
        &self,
        module: &str,
        id: &RecordId,
    ) -> Result<Option<SourceRecord>, ConnectorError>;

    /// Lists the records deleted after `since`, newest or oldest first; with `None` as far back as the source
    /// remembers.
    async fn deleted(
        &self,
        module: &str,
        since: Option<DateTime<Utc>>,
        cursor: Option<&str>,
    ) -> Result<DeletedPage, ConnectorError>;

    /// Lists the ids of the records that `query` asks for, changed until `until` where that is given, in ascending order
    /// behind `after`. The page is found by the id and not by a position, so that what is deleted or changed meanwhile
    /// moves nothing out of sight, and it has no ceiling. `None` for a source that has no such list.
    async fn ids(
        &self,
        _query: &ReadQuery,
        _until: Option<DateTime<Utc>>,
        _after: &str,
    ) -> Result<Option<IdPage>, ConnectorError> {
        Ok(None)
    }

    /// Lists the ids that lie between pairs of ids, the ends left out; not `last` where there are more than one answer
    /// holds. `None` for a source that has no such list.
    async fn between(
        &self,
        _query: &ReadQuery,
        _borders: &[(String, String)],
    ) -> Result<Option<IdPage>, ConnectorError> {
        Ok(None)
    }

    /// Finds records by what people know of them, the newest first, by one call. `None` for a source that cannot be searched.
    async fn find(&self, _search: &Search) -> Result<Option<Vec<Named>>, ConnectorError> {
        Ok(None)
    }

    /// Returns, by a read of another kind, whether a module holds more than `count` records: an empty list is only
    /// trusted, and a bulk read only chosen, with it.
    async fn holds_more_than(&self, module: &str, count: u32) -> Result<bool, ConnectorError>;

    /// Describes a module's fields; at most an hour old.
    async fn describe(&self, module: &str) -> Result<Vec<SourceField>, ConnectorError>;

    /// Returns how old the description of a module is that `describe` gives now; `None` if it would be a new one.
    fn described_ago(&self, _module: &str) -> Option<Duration> {
        None
    }

    /// Describes a module's current fields.
    async fn describe_now(&self, module: &str) -> Result<Vec<SourceField>, ConnectorError> {
        self.describe(module).await
    }
}

/// The result of one record of a write that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Stored, under this id.
    Done(ObjectId),
    /// Refused by the target; nothing of this record was stored.
    Refused {
        /// Stable word, such as `MOODLE_EMAIL_TAKEN`.
        code: Code,
        /// The target's reason, stripped of markup and cut to 500 characters.
        message: String,
    },
}

/// What is known so far about the rights of a target's accounts; kept for one run, because rights change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Accounts with rights of their own, and the account that the target is reached with, each with its rights in
    /// words, such as "may change the accounts of others".
    pub held: HashMap<String, String>,
    /// Why the rights of the other accounts are unknown, and what to do about it.
    pub unknown: Option<String>,
    /// True if the rights on the whole site were read.
    pub of_site: bool,
    /// Accounts with rights in single containers, such as courses, by the id of the container, as far as they were
    /// read.
    pub within: HashMap<String, HashSet<String>>,
}

/// A system that records go to. `TargetKind` describes the kinds of object, their keys and their payloads.
#[async_trait]
pub trait Target: Send + Sync + fmt::Debug {
    /// Returns how many records of `variables` values each (including those inside lists and objects) fit into one
    /// write.
    fn batch_limit(&self, kind: TargetKind, variables: usize) -> usize;

    /// Returns how many keys fit into one look-up.
    fn look_up_limit(&self, kind: TargetKind) -> usize;

    /// Returns how many calls a look-up of this many keys takes.
    fn look_up_calls(&self, _kind: TargetKind, _key: &str, keys: usize) -> usize {
        usize::from(keys > 0)
    }

    /// Returns how many calls a write of these records takes.
    fn write_calls(&self, _kind: TargetKind, records: &[&Payload]) -> usize {
        usize::from(!records.is_empty())
    }

    /// Finds objects whose `key` field equals one of `values` (never empty texts). The order is not that of the values;
    /// several objects may share a value.
    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError>;

    /// Makes sure that a look-up of accounts by `key` that finds no account means that there is none: if the target
    /// would only hide accounts, `Failure::Stop` names the missing right. `known` are accounts that existed, by
    /// their ids and their values of `key`; any of them may be gone. Returns how many calls it took.
    async fn sees_accounts(
        &self,
        _key: &str,
        _known: &[(&str, &str)],
    ) -> Result<usize, ConnectorError> {
        Ok(0)
    }

    /// Returns whether the target takes user names with any characters that are not in upper case, and not only the usual
    /// ones; and how many calls it took to know.
    async fn takes_any_names(&self) -> Result<(bool, usize), ConnectorError> {
        Ok((false, 0))
    }

    /// Adds to `known` which accounts have rights that no record may reach: on the whole site and, for `accounts`, in
    /// the courses that they take part in. Returns how many calls it took.
    async fn rights(
        &self,
        _accounts: &[String],
        _known: &mut Rights,
    ) -> Result<usize, ConnectorError> {
        Ok(0)
    }

    /// Creates objects, at most `batch_limit` at a time: all or none of them, unless the kind may be repeated
    /// (`TargetKind::repeatable`); then each record stands by itself. Answers in the order of the records.
    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError>;

    /// Updates objects by id, only in the given fields; at most `batch_limit` at a time. May be repeated.
    async fn update(
        &self,
        kind: TargetKind,
        records: &[(ObjectId, Payload)],
    ) -> Result<Vec<Written>, ConnectorError>;

    /// Ends memberships, enrolments and records of a plug-in by id, at most `batch_limit` with two variables at a
    /// time. Users, courses, categories and cohorts are never removed. May be repeated: an object that is already
    /// gone counts as done.
    async fn remove(
        &self,
        kind: TargetKind,
        ids: &[ObjectId],
    ) -> Result<Vec<Written>, ConnectorError>;
}

/// How a call to another system failed, as far as the next step depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Wrong credentials, address, rights or a missing function: no call of this run can succeed.
    Stop,
    /// The system asked to wait; nothing was done. Other calls of the tenant to this system would reach the same
    /// limit.
    Throttled,
    /// The requested result is still in progress: ask for it again later. Says nothing about other calls.
    Pending,
    /// Refused because of its content; nothing was done, and the same call would be refused again.
    Rejected,
    /// The call did not arrive, or the other system is down; nothing was done.
    Unreachable,
    /// May or may not have been done: read before trying again.
    Ambiguous,
    /// The page cursor is no longer valid: start the read again.
    CursorExpired,
    /// The list goes on where the source's paging ends: what lies behind is read another way.
    TooLong,
}

/// Longest message of a failed call, in characters.
const MESSAGE_MAX: usize = 500;

/// A failed call to another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorError {
    /// What to do next.
    pub failure: Failure,
    /// Stable word, such as `ZOHO_TOKEN_REVOKED`.
    pub code: Code,
    /// For people; holds no secret, no address beyond the host, no markup; at most 500 characters.
    pub message: String,
    /// When to try again, if the other system said so or a rule sets it.
    pub retry_after: Option<Duration>,
    /// The system that it tells of.
    pub system: Provider,
}

impl Failure {
    /// Returns whether the effect of a code on the run fits the failure: a failure that is tried again needs no
    /// person, and one that a person must correct is not tried again.
    fn agrees(self, code: Code) -> bool {
        let Row { class, effect, .. } = code.row();
        match self {
            Self::Throttled | Self::Pending | Self::CursorExpired => *class == Class::Transient,
            Self::Unreachable => matches!(effect, Effect::Wait | Effect::Partial),
            Self::Stop | Self::TooLong => *class != Class::Transient && *effect == Effect::Failed,
            Self::Rejected => *effect != Effect::Wait,
            Self::Ambiguous => true,
        }
    }
}

impl ConnectorError {
    /// Makes an error.
    pub fn new(failure: Failure, code: Code, message: impl Into<String>) -> Self {
        debug_assert!(failure.agrees(code), "{code} is raised as {failure:?}");
        let system = code.row().provider;
        Self { failure, code, message: message.into(), retry_after: None, system }
    }

    /// Says which system was called, where that has not answered as it should and the code alone does not tell.
    #[must_use]
    pub fn about(mut self, system: Provider) -> Self {
        if [code::UPSTREAM_UNREACHABLE, code::UPSTREAM_PROTOCOL].contains(&self.code) {
            self.system = system;
        }
        self
    }

    /// Makes an error with the message of the code's row, the gaps filled.
    pub fn of(failure: Failure, code: Code, gaps: Gaps<'_>) -> Self {
        Self::new(failure, code, code.advice(gaps).chars().take(MESSAGE_MAX).collect::<String>())
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl std::error::Error for ConnectorError {}

impl From<ConnectorError> for RunFailure {
    fn from(error: ConnectorError) -> Self {
        Self { system: error.system, ..Self::new(error.code, error.message) }
    }
}

/// How to reach the two systems of a tenant, with opened secrets.
#[derive(Clone)]
pub struct Connection {
    /// Accounts server, such as `https://accounts.zoho.com`.
    pub zoho_accounts_url: String,
    /// API domain, such as `https://www.zohoapis.com`.
    pub zoho_api_domain: String,
    /// OAuth client id.
    pub zoho_client_id: String,
    /// OAuth client secret.
    pub zoho_client_secret: secrecy::SecretString,
    /// OAuth refresh token.
    pub zoho_refresh_token: secrecy::SecretString,
    /// The Moodle site's address.
    pub moodle_base_url: String,
    /// Web-service token.
    pub moodle_api_token: secrecy::SecretString,
    /// When it was saved. What was learnt of its use, such as a refusal, is forgotten when it is saved again.
    pub saved_at: DateTime<Utc>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("zoho_api_domain", &self.zoho_api_domain)
            .field("moodle_base_url", &self.moodle_base_url)
            .finish_non_exhaustive()
    }
}

/// The two systems of a tenant's connection, each in both directions.
#[derive(Debug, Clone)]
pub struct Ends {
    /// Zoho CRM, read.
    pub source: Arc<dyn Source>,
    /// Moodle, written.
    pub target: Arc<dyn Target>,
    /// Moodle's grade books, read.
    pub grade_source: Arc<dyn Source>,
    /// Zoho CRM, written.
    pub grade_target: Arc<dyn Target>,
}

/// Greatest number of calls in progress at once in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// To Zoho CRM, over one connection.
    pub zoho: usize,
    /// To one Moodle site.
    pub moodle: usize,
}

/// An access token as it is stored between processes.
#[derive(Clone)]
pub struct StoredToken {
    /// The token.
    pub token: secrecy::SecretString,
    /// How long from now on it need not be renewed. A duration, because the store counts it by the database's clock
    /// and the process by its own.
    pub fresh_for: Duration,
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken").field("fresh_for", &self.fresh_for).finish_non_exhaustive()
    }
}

/// The answer of a token store to a request for a fresh token.
#[derive(Debug, Clone)]
pub enum TokenClaim {
    /// Another process has stored one in the meantime: use it.
    Stored(StoredToken),
    /// The caller may fetch one; until `put` or `release`, or for half a minute, no other process may.
    Granted,
    /// Another process is fetching one: ask again shortly.
    Busy,
}

/// Stores access tokens over restarts and lets one process at a time renew a token: Zoho gives ten per refresh token
/// in ten minutes (docs/src/zoho.md, "Access tokens"). `connection` is a name that changes with the credentials.
#[async_trait]
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// Returns the stored token if it is still fresh.
    async fn get(&self, tenant: &str, connection: &str) -> Result<Option<StoredToken>, GuardError>;

    /// Asks to renew the token. `stale` is the token that no longer works, if there is one.
    async fn claim(
        &self,
        tenant: &str,
        connection: &str,
        stale: Option<&StoredToken>,
    ) -> Result<TokenClaim, GuardError>;

    /// Stores a fresh token and ends the claim.
    async fn put(
        &self,
        tenant: &str,
        connection: &str,
        token: StoredToken,
    ) -> Result<(), GuardError>;

    /// Ends the claim without a token.
    async fn release(&self, tenant: &str, connection: &str) -> Result<(), GuardError>;
}

/// The guard's store failed.
#[derive(Debug)]
pub struct GuardError(pub String);

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GuardError {}

/// Returns the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current time in UTC.
    fn now(&self) -> DateTime<Utc>;
}
