//! The seams: traits with two or more real implementations, and the data that crosses them. No implementation lives here.

use {
    crate::domain::{
        id::{KeyId, ReplayId},
        record::{Payload, SourceRecord, TargetKind, TargetRecord},
    },
    async_trait::async_trait,
    chrono::{DateTime, Utc},
    std::{fmt, sync::Arc, time::Duration},
};

/// What a read asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadQuery {
    /// The source's own name of the module, such as an API name.
    pub module: String,
    /// Field names to read; the id and the time of the last change come always.
    pub fields: Vec<String>,
    /// Only records changed after this time; `None` reads all.
    pub modified_since: Option<DateTime<Utc>>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The records, in the order of their ids.
    pub records: Vec<SourceRecord>,
    /// Opaque cursor of the next page; `None` only at the verified end of the list.
    pub next: Option<String>,
}

/// A system that records come from.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// Reads a page; `cursor` is `next` of the page before, for the same query.
    async fn page(&self, query: &ReadQuery, cursor: Option<&str>) -> Result<Page, ConnectorError>;

    /// Reads records by id, at most 100; ids that are gone are silently absent.
    async fn by_ids(
        &self,
        query: &ReadQuery,
        ids: &[String],
    ) -> Result<Vec<SourceRecord>, ConnectorError>;
}

/// What became of one record of a write that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Stored, under this id.
    Done(String),
    /// Refused by the target; nothing of this record was stored.
    Refused {
        /// Stable word, such as `MOODLE_EMAIL_TAKEN`.
        code: &'static str,
        /// The target's reason, stripped of markup and cut to 500 characters.
        message: String,
    },
}

/// A system that records go to.
#[async_trait]
pub trait Target: Send + Sync + fmt::Debug {
    /// Returns how many records with `fields` fields each fit into one write.
    fn batch_limit(&self, kind: TargetKind, fields: usize) -> usize;

    /// Returns how many keys fit into one look-up.
    fn look_up_limit(&self) -> usize;

    /// Finds objects whose `key` field equals one of `values` (never empty texts). The order is not that of the values;
    /// several objects may share a value.
    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError>;

    /// Creates objects, all or none of them; at most `batch_limit` at a time. Answers in the order of the records.
    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError>;

    /// Updates objects by id with the given fields only, each on its own; at most `batch_limit` at a time.
    async fn update(
        &self,
        kind: TargetKind,
        records: &[(String, Payload)],
    ) -> Result<Vec<Written>, ConnectorError>;
}

/// How a call to another system failed, as far as what to do next is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Wrong credentials, address, rights or a missing function: no call of this run can succeed.
    Stop,
    /// Asked to wait; nothing was done.
    Throttled,
    /// Refused for what it holds; nothing was done, another try of the same is useless.
    Rejected,
    /// Did not get there, or the other side is down; nothing was done.
    Unreachable,
    /// May or may not have been done: read before trying again.
    Ambiguous,
    /// The page cursor is no longer valid: begin the read anew.
    CursorExpired,
}

/// A failed call to another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorError {
    /// What to do next.
    pub failure: Failure,
    /// Stable word, such as `ZOHO_TOKEN_REVOKED`.
    pub code: &'static str,
    /// For people; holds no secret, no address beyond the host, no markup; at most 500 characters.
    pub message: String,
    /// When to try again, when the other side said so or a rule sets it.
    pub retry_after: Option<Duration>,
}

impl ConnectorError {
    /// Makes an error.
    pub fn new(failure: Failure, code: &'static str, message: impl Into<String>) -> Self {
        Self { failure, code, message: message.into(), retry_after: None }
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl std::error::Error for ConnectorError {}

/// How to reach the two systems of a tenant, secrets opened.
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
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("zoho_api_domain", &self.zoho_api_domain)
            .field("moodle_base_url", &self.moodle_base_url)
            .finish_non_exhaustive()
    }
}

/// Both ends of a tenant's connection.
pub type Ends = (Arc<dyn Source>, Arc<dyn Target>);

/// Makes sources and targets for a tenant's connection.
pub trait Connect: Send + Sync + fmt::Debug {
    /// Returns both ends. `tenant` names the connection: calls for one tenant share tokens and limits.
    fn open(&self, tenant: &str, connection: &Connection) -> Result<Ends, ConnectorError>;
}

/// What a replay guard says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Never seen: accepted, and remembered.
    Fresh,
    /// Seen before.
    Seen,
    /// The key has too many live requests remembered.
    Full,
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

/// Remembers accepted requests for as long as their timestamps are valid.
#[async_trait]
pub trait ReplayGuard: Send + Sync + fmt::Debug {
    /// Accepts a request exactly once: of any number of concurrent calls with a common id, over all processes that
    /// share the guard's store, one is `Fresh`.
    async fn accept(&self, key: &KeyId, ids: [ReplayId; 2]) -> Result<Replay, GuardError>;
}

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current time in UTC.
    fn now(&self) -> DateTime<Utc>;
}
