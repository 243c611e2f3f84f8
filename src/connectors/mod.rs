//! The two systems that records move between, behind the traits of `ports.rs`: Zoho CRM and Moodle,
//! each as source and as target. `Connectors` hands out shared handles; nothing here touches the
//! database.

mod cache;
mod drafts;
mod http;
mod moodle;
mod text;
mod usage;
mod weigh;
mod zoho;

pub use self::http::ClientError;

use {
    self::{
        cache::{Cache, name},
        drafts::Drafts,
        http::Http,
        moodle::{Moodle, MoodleTrial, Site},
        usage::Meter,
        zoho::{Zoho, ZohoTrial},
    },
    crate::{
        budget::{self, Budget},
        domain::{
            code::{self, Code, Provider},
            egress::{EgressPolicy, check_url, check_zoho_url},
            trial::Wanted,
        },
        ports::{
            Connection, ConnectorError, Ends, Failure, InFlight, Source, TokenStore, Trial, Usage,
        },
    },
    secrecy::ExposeSecret as _,
    std::{convert::Infallible, sync::Arc, time::Duration},
    url::Url,
};

/// How long a call of a trial may take: a person waits for it.
const TRIAL: Duration = Duration::from_secs(15);

/// Limits of the calls to both systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Form variables of one Moodle call; PHP silently drops those beyond its `max_input_vars`
    /// (usually 1,000).
    pub moodle_max_vars: usize,
    /// Greatest number of calls to one Moodle site at once.
    pub moodle_in_flight: usize,
    /// How long a call to either system may take.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { moodle_max_vars: 900, moodle_in_flight: 2, timeout: Duration::from_secs(60) }
    }
}

/// Makes sources and targets, one per tenant and set of values, so that tokens and limits are
/// shared by all runs of the process.
#[derive(Debug)]
pub struct Connectors {
    http: Http,
    policy: Arc<EgressPolicy>,
    options: Options,
    tokens: Arc<dyn TokenStore>,
    zoho: Cache<Zoho>,
    moodle: Cache<Moodle>,
    /// In-flight permits and circuits by site: tenants may share one.
    sites: Cache<Site>,
    /// Counts of use, by tenant.
    meters: Cache<Meter>,
    /// Results of bulk reads.
    files: Arc<zoho::Files>,
    /// Access tokens of connections that are tried and not stored.
    drafts: Arc<Drafts>,
}

impl Connectors {
    /// Makes the connectors. A rustls provider must be installed.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(
        policy: EgressPolicy,
        options: Options,
        tokens: Arc<dyn TokenStore>,
    ) -> Result<Self, ClientError> {
        let policy = Arc::new(policy);
        let memory = Budget::for_decoding(budget::USUAL_MIB);
        let http = Http::new(policy.clone(), options.timeout, memory)?;
        let (zoho, moodle) = (Cache::default(), Cache::default());
        let (sites, meters) = (Cache::default(), Cache::default());
        let (files, drafts) = (Arc::default(), Arc::default());
        Ok(Self { http, policy, options, tokens, zoho, moodle, sites, meters, files, drafts })
    }

    /// Shares the memory for answers through this budget.
    pub fn sharing(self, memory: Arc<Budget>) -> Self {
        Self { http: self.http.sharing(memory), ..self }
    }

    fn meter(&self, tenant: &str) -> Arc<Meter> {
        let made = self.meters.get_or_make(&[tenant], || Ok::<_, Infallible>(Meter::default()));
        match made {
            Ok(meter) => meter,
            Err(never) => match never {},
        }
    }

    fn zoho(&self, tenant: &str, connection: &Connection) -> Result<Arc<Zoho>, ConnectorError> {
        let values = zoho_values(tenant, connection);
        // The tokens are known by the values alone, so that saving the same ones asks for none.
        let saved_at = connection.saved_at.to_rfc3339();
        let handle: Vec<&str> = values.iter().copied().chain([saved_at.as_str()]).collect();
        self.zoho.get_or_make(&handle, || {
            let shared = zoho::Shared {
                http: self.http.of(tenant),
                tokens: self.tokens.clone(),
                meter: self.meter(tenant),
                files: self.files.clone(),
            };
            Zoho::new(shared, &self.policy, (tenant, name(&values)), connection)
        })
    }

    fn moodle(&self, tenant: &str, connection: &Connection) -> Result<Arc<Moodle>, ConnectorError> {
        let (address, token) = (connection.moodle_base_url.as_str(), &connection.moodle_api_token);
        self.moodle.get_or_make(&[tenant, address, token.expose_secret()], || {
            let values =
                [("moodle_base_url", address), ("moodle_api_token", token.expose_secret())];
            require(code::MOODLE_NOT_CONFIGURED, &values)?;
            let base = self.moodle_base(address)?;
            let shared = (self.site(&base), self.meter(tenant));
            let max_vars = self.options.moodle_max_vars;
            Ok(Moodle::new(self.http.of(tenant), &base, token.clone(), shared, max_vars))
        })
    }

    fn moodle_base(&self, address: &str) -> Result<Url, ConnectorError> {
        check_url(&self.policy, address).map_err(|what| not_allowed("moodle_base_url", what))
    }

    /// Returns what all connections to a site share.
    fn site(&self, base: &Url) -> Arc<Site> {
        let name = format!("{}{}", base.authority(), base.path().trim_end_matches('/'));
        let site = || Ok::<_, Infallible>(Site::new(self.options.moodle_in_flight));
        match self.sites.get_or_make(&[&name], site) {
            Ok(site) => site,
            Err(never) => match never {},
        }
    }

    /// Begins a trial of a connection to one system. With `stored`, the connection is the one that is stored, and shares its
    /// access token. What is missing of the connection is found by the trial.
    pub fn trial(
        &self,
        tenant: &str,
        system: Provider,
        (connection, stored): (&Connection, bool),
        wanted: &[Wanted],
    ) -> Box<dyn Trial> {
        let http = self.http.of(tenant).within(TRIAL);
        let meter = Arc::default();
        if system == Provider::Moodle {
            let max_vars = self.options.moodle_max_vars;
            let address = connection.moodle_base_url.as_str();
            let values = [("moodle_base_url", address)];
            let base = require(code::MOODLE_NOT_CONFIGURED, &values)
                .and_then(|()| self.moodle_base(address));
            let token = connection.moodle_api_token.clone();
            let moodle = base.map(|base| {
                let site = self.site(&base);
                (base.clone(), Moodle::new(http, &base, token.clone(), (site, meter), max_vars))
            });
            return Box::new(MoodleTrial::new(moodle, &token, wanted));
        }
        let address = |name, text: &str| {
            check_zoho_url(&self.policy, text).map_err(|what| not_allowed(name, what))
        };
        let accounts = address("zoho_accounts_url", &connection.zoho_accounts_url);
        let api = address("zoho_api_domain", &connection.zoho_api_domain);
        let addresses = accounts.and_then(|accounts| Ok([accounts, api?]));
        let tokens: Arc<dyn TokenStore> =
            if stored { self.tokens.clone() } else { self.drafts.clone() };
        let files = self.files.clone();
        let shared = zoho::Shared { http: http.clone(), tokens, meter, files };
        let name = name(&zoho_values(tenant, connection));
        let zoho = Zoho::new(shared, &self.policy, (tenant, name), connection);
        Box::new(ZohoTrial::new(http, addresses, zoho, wanted))
    }

    /// Returns the systems of a tenant's connection. `tenant` names the connection: calls for one tenant share tokens and limits.
    ///
    /// # Errors
    /// What of the connection is missing or not allowed.
    pub fn open(&self, tenant: &str, connection: &Connection) -> Result<Ends, ConnectorError> {
        let (zoho, moodle) = (self.zoho(tenant, connection)?, self.moodle(tenant, connection)?);
        Ok(Ends {
            source: zoho.clone(),
            target: moodle.clone(),
            grade_source: moodle,
            grade_target: zoho,
        })
    }

    /// Returns the source of a tenant's connection alone, whatever is missing of the other system.
    ///
    /// # Errors
    /// What of Zoho's part is missing or not allowed.
    pub fn source(
        &self,
        tenant: &str,
        connection: &Connection,
    ) -> Result<Arc<dyn Source>, ConnectorError> {
        Ok(self.zoho(tenant, connection)?)
    }

    /// Returns what the tenant's connections have used since the last call, and starts counting
    /// again.
    pub fn take_usage(&self, tenant: &str) -> Usage {
        self.meter(tenant).take()
    }

    /// Returns the greatest number of calls at once.
    pub fn in_flight(&self) -> InFlight {
        InFlight { zoho: zoho::IN_FLIGHT, moodle: self.options.moodle_in_flight }
    }
}

/// The values by which the access tokens of a connection are known.
fn zoho_values<'c>(tenant: &'c str, connection: &'c Connection) -> [&'c str; 6] {
    [
        tenant,
        &connection.zoho_accounts_url,
        &connection.zoho_api_domain,
        &connection.zoho_client_id,
        connection.zoho_client_secret.expose_secret(),
        connection.zoho_refresh_token.expose_secret(),
    ]
}

/// Checks that no value is empty.
fn require(code: Code, values: &[(&str, &str)]) -> Result<(), ConnectorError> {
    match values.iter().find(|(_, value)| value.trim().is_empty()) {
        None => Ok(()),
        Some((name, _)) => Err(ConnectorError::of(Failure::Stop, code, &[("field", name)])),
    }
}

fn not_allowed(name: &str, what: &str) -> ConnectorError {
    ConnectorError::new(Failure::Stop, code::TARGET_NOT_ALLOWED, format!("{name}: {what}"))
}

#[cfg(test)]
#[path = "../../tests/fuzz/answer.rs"]
mod fuzz;

#[cfg(test)]
mod tests;
