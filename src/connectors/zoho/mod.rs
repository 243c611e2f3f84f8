//! Zoho CRM as a source, and as a target of grades. Tokens are in `auth.rs`, calls in `client.rs`,
//! the meaning of answers in `answer.rs`, rows in `record.rs`; the other files are the kinds of read
//! and write.

mod answer;
mod auth;
mod bulk;
mod client;
mod field;
mod find;
mod grade;
mod list;
mod record;
mod rich;
mod single;
mod table;
mod trial;

pub(super) use self::{bulk::Files, client::IN_FLIGHT, trial::ZohoTrial};

use {
    self::{
        auth::{Auth, Credentials, Shelf},
        bulk::{Bulk, Cursor},
        client::Client,
        field::Fields,
    },
    super::{http::Http, usage::Meter},
    crate::{
        domain::{
            code,
            egress::{EgressPolicy, check_zoho_url},
            id::{ObjectId, RecordId},
            record::{Payload, SourceRecord, TargetKind, TargetRecord},
        },
        ports::{
            Connection, ConnectorError, DeletedPage, Failure, Found, IdPage, Named, Page,
            ReadQuery, Search, Source, SourceField, Target, TokenStore, Withheld, Written,
        },
    },
    async_trait::async_trait,
    chrono::{DateTime, Utc},
    secrecy::ExposeSecret as _,
    std::{sync::Arc, time::Duration},
};

/// A connection to Zoho CRM.
#[derive(Debug)]
pub(super) struct Zoho {
    client: Client,
    fields: Fields,
    files: Arc<Files>,
    /// A name that changes with the credentials.
    name: String,
}

/// State that connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) http: Http,
    pub(super) tokens: Arc<dyn TokenStore>,
    pub(super) meter: Arc<Meter>,
    pub(super) files: Arc<Files>,
}

impl Zoho {
    /// Checks the connection and makes its handle; sends nothing. `name` changes with the
    /// credentials.
    pub(super) fn new(
        shared: Shared,
        policy: &EgressPolicy,
        (tenant, name): (&str, String),
        connection: &Connection,
    ) -> Result<Self, ConnectorError> {
        let values = [
            ("zoho_accounts_url", connection.zoho_accounts_url.as_str()),
            ("zoho_api_domain", &connection.zoho_api_domain),
            ("zoho_client_id", &connection.zoho_client_id),
            ("zoho_client_secret", connection.zoho_client_secret.expose_secret()),
            ("zoho_refresh_token", connection.zoho_refresh_token.expose_secret()),
        ];
        super::require(code::ZOHO_NOT_CONFIGURED, &values)?;
        let check = |name, text: &str| {
            check_zoho_url(policy, text).map_err(|what| super::not_allowed(name, what))
        };
        let accounts = check("zoho_accounts_url", &connection.zoho_accounts_url)?;
        let api = check("zoho_api_domain", &connection.zoho_api_domain)?;
        let credentials = Credentials {
            client_id: connection.zoho_client_id.clone(),
            client_secret: connection.zoho_client_secret.clone(),
            refresh_token: connection.zoho_refresh_token.clone(),
        };
        let Shared { http, tokens, meter, files } = shared;
        let shelf = Shelf { store: tokens, tenant: tenant.to_owned(), connection: name.clone() };
        let auth = Auth::new(http.clone(), &accounts, credentials, shelf);
        let client = Client::new(http, api, auth, meter);
        Ok(Self { client, fields: Fields::default(), files, name })
    }

    /// Reads a page through the bulk interface; `None` if the read goes through lists.
    async fn bulk_page(
        &self,
        query: &ReadQuery,
        cursor: Option<&str>,
    ) -> Result<Option<Page>, ConnectorError> {
        // A read that began as a list continues as one.
        let cursor = match cursor {
            None => None,
            Some(text) => match Cursor::parse(text)? {
                None => return Ok(None),
                cursor => cursor,
            },
        };
        let fields = self.fields.of(&self.client, &query.module).await?;
        let (client, files, name) = (&self.client, self.files.as_ref(), self.name.as_str());
        let bulk = Bulk { client, files, name, fields: &fields };
        let page = match cursor {
            None => bulk.begin(query).await?,
            Some(cursor) => bulk.page(query, cursor).await?,
        };
        Ok(Some(page))
    }

    /// Replaces the beginnings of rich texts by the whole texts; returns the fields whose texts do not come.
    async fn complete(
        &self,
        module: &str,
        asked: Option<&[String]>,
        found: &mut Found,
    ) -> Result<Vec<Withheld>, ConnectorError> {
        rich::complete(&self.client, &self.fields, (module, asked), found).await
    }
}

#[async_trait]
impl Source for Zoho {
    async fn page(&self, query: &ReadQuery, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let bulk = query.bulk && query.modified_since.is_none();
        if bulk && let Some(page) = self.bulk_page(query, cursor).await? {
            return Ok(page);
        }
        let page = list::page(&self.client, query, cursor).await?;
        let Page { records, flawed, .. } = page;
        let mut found = Found { records, flawed, ..Found::default() };
        let withheld = self.complete(&query.module, Some(&query.fields), &mut found).await?;
        Ok(Page { records: found.records, flawed: found.flawed, withheld, ..page })
    }

    async fn by_ids(&self, query: &ReadQuery, ids: &[RecordId]) -> Result<Found, ConnectorError> {
        let mut found = list::by_ids(&self.client, query, ids).await?;
        found.withheld = self.complete(&query.module, Some(&query.fields), &mut found).await?;
        Ok(found)
    }

    async fn whole(
        &self,
        module: &str,
        id: &RecordId,
    ) -> Result<Option<SourceRecord>, ConnectorError> {
        let record = single::whole(&self.client, module, id).await?;
        let mut found = Found { records: record.into_iter().collect(), ..Found::default() };
        self.complete(module, None, &mut found).await?;
        Ok(found.records.pop())
    }

    async fn deleted(
        &self,
        module: &str,
        since: Option<DateTime<Utc>>,
        cursor: Option<&str>,
    ) -> Result<DeletedPage, ConnectorError> {
        single::deleted(&self.client, module, since, cursor).await
    }

    async fn ids(
        &self,
        query: &ReadQuery,
        until: Option<DateTime<Utc>>,
        after: &str,
    ) -> Result<Option<IdPage>, ConnectorError> {
        single::ids(&self.client, query, until, after).await.map(Some)
    }

    async fn between(
        &self,
        query: &ReadQuery,
        borders: &[(String, String)],
    ) -> Result<Option<IdPage>, ConnectorError> {
        single::between(&self.client, query, borders).await.map(Some)
    }

    async fn find(&self, search: &Search) -> Result<Option<Vec<Named>>, ConnectorError> {
        find::find(&self.client, search).await.map(Some)
    }

    async fn holds_more_than(&self, module: &str, count: u32) -> Result<bool, ConnectorError> {
        single::holds_more_than(&self.client, module, count).await
    }

    async fn describe(&self, module: &str) -> Result<Vec<SourceField>, ConnectorError> {
        let fields = self.fields.of(&self.client, module).await?;
        Ok(fields.iter().map(|field| field.described.clone()).collect())
    }

    fn described_ago(&self, module: &str) -> Option<Duration> {
        self.fields.age(module)
    }

    async fn describe_now(&self, module: &str) -> Result<Vec<SourceField>, ConnectorError> {
        self.fields.forget(module);
        self.describe(module).await
    }
}

#[async_trait]
impl Target for Zoho {
    fn batch_limit(&self, _: TargetKind, _: usize) -> usize {
        grade::ROWS_MAX
    }

    fn look_up_limit(&self, _: TargetKind) -> usize {
        grade::ROWS_MAX
    }

    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError> {
        only_grades(kind)?;
        grade::look_up(&self.client, key, values).await
    }

    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError> {
        only_grades(kind)?;
        grade::upsert(&self.client, records).await
    }

    async fn update(
        &self,
        kind: TargetKind,
        records: &[(ObjectId, Payload)],
    ) -> Result<Vec<Written>, ConnectorError> {
        only_grades(kind)?;
        grade::update(&self.client, records).await
    }

    async fn remove(&self, _: TargetKind, _: &[ObjectId]) -> Result<Vec<Written>, ConnectorError> {
        let message = "records of Zoho are never removed";
        Err(ConnectorError::new(Failure::Rejected, code::KIND_NOT_SUPPORTED, message))
    }
}

fn only_grades(kind: TargetKind) -> Result<(), ConnectorError> {
    if kind == TargetKind::Grade {
        return Ok(());
    }
    let code = code::KIND_NOT_SUPPORTED;
    Err(ConnectorError::of(Failure::Rejected, code, &[("kind", &kind.as_str())]))
}

#[cfg(test)]
#[path = "../../../tests/fuzz/zoho.rs"]
mod fuzz;

#[cfg(test)]
mod tests;
