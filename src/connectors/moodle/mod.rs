//! A Moodle site as a target, and as a source of grades. Calls are in `client.rs`, the meaning of
//! answers in `answer.rs`, the form encoding in `form.rs`, and what the kinds share in `batch.rs`;
//! the other files are the kinds of object.

mod answer;
mod batch;
mod category;
mod client;
mod cohort;
mod course;
mod enrolment;
mod form;
mod gone;
mod grade;
mod group;
mod need;
mod person;
mod profile;
mod record;
mod right;
mod site;
mod trial;

pub(super) use self::{site::Site, trial::MoodleTrial};

use {
    self::{
        answer::rejected,
        client::{CONTROL_VARIABLES, Client},
    },
    super::{http::Http, usage::Meter},
    crate::{
        domain::{
            code,
            id::{ObjectId, RecordId},
            record::{Payload, SourceRecord, TargetKind, TargetRecord},
        },
        ports::{
            ConnectorError, DeletedPage, Failure, Found, Page, ReadQuery, Rights, Source,
            SourceField, Target, Written,
        },
    },
    async_trait::async_trait,
    chrono::{DateTime, Utc},
    secrecy::SecretString,
    std::sync::Arc,
    url::Url,
};

/// Records of one write: in larger ones the cost of each user grows (docs/src/moodle.md, "Speed").
const BATCH_MAX: usize = 100;
/// Keys of one look-up, at about 5 ms each.
const LOOK_UP_MAX: usize = 200;
/// Keys of one look-up of a kind that Moodle finds one by one.
const SINGLE_MAX: usize = 50;
/// Variables of a look-up besides its keys: the control variables, raw output, and the name of the
/// field.
const LOOK_UP_VARIABLES: usize = CONTROL_VARIABLES + 2;

/// A connection to a Moodle site.
#[derive(Debug)]
pub(super) struct Moodle {
    client: Client,
}

impl Moodle {
    /// `base` is the checked base address; `site` is shared by all connections to it.
    pub(super) fn new(
        http: Http,
        base: &Url,
        token: SecretString,
        shared: (Arc<Site>, Arc<Meter>),
        max_vars: usize,
    ) -> Self {
        Self { client: Client::new(http, base, token, shared, max_vars) }
    }
}

impl Moodle {
    /// Looks up as many values as one call takes.
    async fn look_up_some(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError> {
        let client = &self.client;
        match kind {
            TargetKind::User => person::look_up(client, key, values).await,
            TargetKind::Profile => profile::look_up(client, key, values).await,
            TargetKind::Category => category::look_up(client, key, values).await,
            TargetKind::Course => course::look_up(client, key, values).await,
            TargetKind::Group => group::look_up(client, key, values).await,
            TargetKind::Enrolment => enrolment::look_up(client, key, values).await,
            TargetKind::Cohort => cohort::look_up(client, key, values).await,
            TargetKind::CohortMember => cohort::look_up_members(client, key, values).await,
            TargetKind::Record => Err(rejected("objects of this kind cannot be looked up")),
            TargetKind::Grade => Err(not_ours(kind)),
        }
    }
}

/// Makes the error for a kind of object that this target does not have.
fn not_ours(kind: TargetKind) -> ConnectorError {
    ConnectorError::of(Failure::Rejected, code::KIND_NOT_SUPPORTED, &[("kind", &kind.as_str())])
}

#[async_trait]
impl Target for Moodle {
    fn batch_limit(&self, kind: TargetKind, variables: usize) -> usize {
        // Variables besides the payload: ids of updates, and what Moodle requires.
        let variables = match kind {
            TargetKind::User | TargetKind::Enrolment | TargetKind::Grade => variables,
            TargetKind::Profile => profile::variables(variables),
            TargetKind::Category | TargetKind::Course => variables.saturating_add(1),
            TargetKind::Group => variables.saturating_add(2),
            TargetKind::Cohort => variables.saturating_add(4),
            TargetKind::CohortMember => 4,
            TargetKind::Record => return record::BATCH,
        };
        (self.client.room() / variables.max(1)).clamp(1, BATCH_MAX)
    }

    fn look_up_limit(&self, kind: TargetKind) -> usize {
        let most = match kind {
            TargetKind::User | TargetKind::Profile => LOOK_UP_MAX,
            _ => SINGLE_MAX,
        };
        self.client.max_vars().saturating_sub(LOOK_UP_VARIABLES).clamp(1, most)
    }

    fn look_up_calls(&self, kind: TargetKind, key: &str, keys: usize) -> usize {
        match kind {
            TargetKind::Category => category::look_up_calls(keys),
            TargetKind::Course if key != "id" => keys,
            TargetKind::Group | TargetKind::Enrolment | TargetKind::Cohort => keys,
            _ => usize::from(keys > 0),
        }
    }

    fn write_calls(&self, kind: TargetKind, records: &[&Payload]) -> usize {
        let is_in_group =
            |record: &&&Payload| record.get("groupid").is_some_and(|id| !id.is_null());
        match kind {
            TargetKind::Record => records.len(),
            // Memberships in groups follow with a call of their own.
            TargetKind::Enrolment => {
                usize::from(!records.is_empty())
                    + usize::from(records.iter().any(|one| is_in_group(&one)))
            }
            _ => usize::from(!records.is_empty()),
        }
    }

    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError> {
        let (mut found, mut rest) = (Vec::new(), values);
        while !rest.is_empty() {
            let (some, later) = rest.split_at(self.look_up_limit(kind).min(rest.len()));
            match self.look_up_some(kind, key, some).await {
                // The site takes fewer variables than was known when the call was made.
                Err(error)
                    if error.code == code::MOODLE_CALL_CUT
                        && self.look_up_limit(kind) < some.len() => {}
                told => {
                    found.extend(told?);
                    rest = later;
                }
            }
        }
        Ok(found)
    }

    async fn sees_accounts(
        &self,
        key: &str,
        known: &[(&str, &str)],
    ) -> Result<usize, ConnectorError> {
        right::sees_accounts(&self.client, key, known).await
    }

    async fn takes_any_names(&self) -> Result<(bool, usize), ConnectorError> {
        Ok((person::takes_any_names(&self.client).await?, 1))
    }

    async fn rights(
        &self,
        accounts: &[String],
        known: &mut Rights,
    ) -> Result<usize, ConnectorError> {
        right::tell(&self.client, accounts, known).await
    }

    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError> {
        let client = &self.client;
        match kind {
            TargetKind::User => person::create(client, records).await,
            TargetKind::Profile => profile::create(client, records).await,
            TargetKind::Category => category::create(client, records).await,
            TargetKind::Course => course::create(client, records).await,
            TargetKind::Group => group::create(client, records).await,
            TargetKind::Enrolment => enrolment::create(client, records).await,
            TargetKind::Cohort => cohort::create(client, records).await,
            TargetKind::CohortMember => cohort::add_members(client, records).await,
            TargetKind::Record => record::create(client, records).await,
            TargetKind::Grade => Err(not_ours(kind)),
        }
    }

    async fn update(
        &self,
        kind: TargetKind,
        records: &[(ObjectId, Payload)],
    ) -> Result<Vec<Written>, ConnectorError> {
        let client = &self.client;
        match kind {
            TargetKind::User => person::update(client, records).await,
            TargetKind::Profile => profile::update(client, records).await,
            TargetKind::Category => category::update(client, records).await,
            TargetKind::Course => course::update(client, records).await,
            TargetKind::Group => group::update(client, records).await,
            TargetKind::Enrolment => enrolment::update(client, records).await,
            TargetKind::Cohort => cohort::update(client, records).await,
            TargetKind::Record => record::update(client, records).await,
            TargetKind::CohortMember => {
                Err(rejected("a membership in a cohort has nothing to update"))
            }
            TargetKind::Grade => Err(not_ours(kind)),
        }
    }

    async fn remove(
        &self,
        kind: TargetKind,
        ids: &[ObjectId],
    ) -> Result<Vec<Written>, ConnectorError> {
        match kind {
            TargetKind::Enrolment => enrolment::remove(&self.client, ids).await,
            TargetKind::CohortMember => cohort::remove_members(&self.client, ids).await,
            TargetKind::Record => record::remove(&self.client, ids).await,
            TargetKind::Grade => Err(not_ours(kind)),
            _ => Err(rejected("objects of this kind are never removed")),
        }
    }
}

#[async_trait]
impl Source for Moodle {
    async fn page(&self, query: &ReadQuery, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        grade::page(&self.client, query, cursor).await
    }

    async fn by_ids(&self, _: &ReadQuery, ids: &[RecordId]) -> Result<Found, ConnectorError> {
        let records = grade::by_ids(&self.client, ids).await?;
        Ok(Found { records, ..Found::default() })
    }

    async fn whole(&self, _: &str, id: &RecordId) -> Result<Option<SourceRecord>, ConnectorError> {
        Ok(grade::by_ids(&self.client, std::slice::from_ref(id)).await?.into_iter().next())
    }

    async fn deleted(
        &self,
        _: &str,
        _: Option<DateTime<Utc>>,
        _: Option<&str>,
    ) -> Result<DeletedPage, ConnectorError> {
        // Moodle does not report deletions, and an absent grade may only be hidden.
        Ok(DeletedPage { records: Vec::new(), next: None })
    }

    async fn holds_more_than(&self, _: &str, _: u32) -> Result<bool, ConnectorError> {
        // There is no other read, and an absent grade proves nothing.
        Ok(false)
    }

    async fn describe(&self, _: &str) -> Result<Vec<SourceField>, ConnectorError> {
        Ok(grade::describe())
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/moodle.rs"]
mod fuzz;

#[cfg(test)]
mod tests;
