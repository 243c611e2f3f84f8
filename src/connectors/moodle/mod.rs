//! A Moodle site as a target. Calls are in `client.rs`, their encoding in `form.rs`, users in
//! `person.rs`.

mod client;
mod form;
mod person;

use {
    self::client::{CONTROL_VARIABLES, Client},
    super::http::Http,
    crate::{
        domain::record::{Payload, TargetKind, TargetRecord},
        ports::{ConnectorError, Target, Written},
    },
    async_trait::async_trait,
    secrecy::SecretString,
    std::sync::Arc,
    tokio::sync::Semaphore,
    url::Url,
};

/// Records of one write: beyond it the cost of a user grows (reference, section 13).
const BATCH_MAX: usize = 100;
/// Keys of one look-up, at about 5 ms each.
const LOOK_UP_MAX: usize = 200;
/// Variables of a look-up besides its keys: the control variables, raw output, the field's name.
const LOOK_UP_VARIABLES: usize = CONTROL_VARIABLES + 2;

/// A connection to a Moodle site.
#[derive(Debug)]
pub(super) struct Moodle {
    client: Client,
    max_vars: usize,
}

impl Moodle {
    /// `site` is the checked base address; `permits` is shared by all connections to the site.
    pub(super) fn new(
        http: Http,
        site: &Url,
        token: SecretString,
        permits: Arc<Semaphore>,
        max_vars: usize,
    ) -> Self {
        Self { client: Client::new(http, site, token, permits), max_vars }
    }
}

#[async_trait]
impl Target for Moodle {
    fn batch_limit(&self, kind: TargetKind, fields: usize) -> usize {
        match kind {
            TargetKind::User => {
                let room = self.max_vars.saturating_sub(CONTROL_VARIABLES);
                (room / fields.max(1)).clamp(1, BATCH_MAX)
            }
        }
    }

    fn look_up_limit(&self) -> usize {
        self.max_vars.saturating_sub(LOOK_UP_VARIABLES).clamp(1, LOOK_UP_MAX)
    }

    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError> {
        // Beyond the limit PHP would drop values, and who is not found is created.
        let mut found = Vec::new();
        for values in values.chunks(self.look_up_limit()) {
            found.extend(match kind {
                TargetKind::User => person::look_up(&self.client, key, values).await?,
            });
        }
        Ok(found)
    }

    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError> {
        match kind {
            TargetKind::User => person::create(&self.client, self.max_vars, records).await,
        }
    }

    async fn update(
        &self,
        kind: TargetKind,
        records: &[(String, Payload)],
    ) -> Result<Vec<Written>, ConnectorError> {
        match kind {
            TargetKind::User => person::update(&self.client, self.max_vars, records).await,
        }
    }
}

#[cfg(test)]
mod tests;
