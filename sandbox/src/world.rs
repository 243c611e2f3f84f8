//! What all calls share: both emulated systems, the fault switches, the ledger, the settings and
//! the clock.

use {
    super::{
        Options,
        data::School,
        fault::Faults,
        ledger::Ledger,
        moodle::{Site, profile_fields},
        zoho::{LeftOut, Org},
    },
    chrono::Utc,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
    std::{
        path::PathBuf,
        sync::{
            Arc, Mutex, MutexGuard, PoisonError,
            atomic::{AtomicU64, Ordering},
        },
    },
};

/// State of the Moodle token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenState {
    Valid,
    Unknown,
    Expired,
    Restricted,
}

/// What lists make of the parameters `approved` and `converted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Filters {
    Honoured,
    Ignored,
    Refused,
}

/// How a site is under maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Maintenance {
    Off,
    Site,
    Cli,
}

/// Settings that can be changed while the sandbox runs; each is an unverified detail or a property
/// of the real site.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Seconds added to the wall clock, to let tokens expire.
    pub(crate) clock_offset_s: i64,
    /// Waiting time of each Zoho call.
    pub(crate) zoho_latency_ms: u64,
    /// Waiting time of each Moodle call.
    pub(crate) moodle_latency_ms: u64,
    /// Further waiting time of a Moodle call for each item in it.
    pub(crate) moodle_latency_per_item_us: u64,
    /// Life of an access token.
    pub(crate) token_ttl_s: i64,
    /// Access tokens per refresh token in ten minutes; 0 = no limit.
    pub(crate) token_limit: usize,
    /// Life of a page token.
    pub(crate) page_token_ttl_s: i64,
    /// Records that page tokens reach.
    pub(crate) page_token_reach: u32,
    /// Page tokens count positions, as page numbers do: what leaves the start of a list lets the rest slide, and a
    /// record slides over the border of two pages without being in either.
    pub(crate) position_tokens: bool,
    /// Characters of a list's `fields` and `ids`; 0 = no limit.
    pub(crate) parameter_chars: usize,
    /// What reads make of the parameters `approved` and `converted`: `honoured`, `ignored` or `refused`.
    pub(crate) filters: Filters,
    /// Scopes that the refresh token lacks, such as `ZohoCRM.coql.READ`.
    pub(crate) missing_scopes: Vec<String>,
    /// Credits of the organisation in 24 hours.
    pub(crate) credits: u64,
    /// Greatest number of Zoho calls in progress at one time; 0 = no limit.
    pub(crate) concurrency: u32,
    /// Token answers count in milliseconds, with `expires_in_sec` beside it.
    pub(crate) expires_in_ms: bool,
    /// Status of "Access Denied": 400 or 200.
    pub(crate) throttle_status: u16,
    /// Status of a list with nothing new: 304 or 204.
    pub(crate) not_modified_status: u16,
    /// Status of a read of an unknown id: 204 or 400.
    pub(crate) unknown_id_status: u16,
    /// Status of a write all of whose rows failed: 400 or 202.
    pub(crate) all_failed_status: u16,
    /// Greatest number of rows in an answer of COQL: 2,000 or 200.
    pub(crate) coql_rows_max: usize,
    /// Number of state queries before a bulk job is done.
    pub(crate) bulk_polls: u32,
    /// State of a bulk job that fails, `FAILURE` or `FAILED`; empty = none fails.
    pub(crate) bulk_failure: String,
    /// Rows of a bulk job.
    pub(crate) bulk_rows: usize,
    /// Downloads of bulk results in a minute; 0 = no limit.
    pub(crate) bulk_downloads: usize,
    /// Seconds until the search sees a change.
    pub(crate) search_lag_s: i64,
    /// Picklists return the displayed value, not the stored one.
    pub(crate) shown_picklists: bool,
    /// Values that are not in the picklist are refused.
    pub(crate) strict_picklists: bool,
    /// Fields of Zoho's modules that are left out of rows, files and descriptions.
    pub(crate) left_out: Vec<LeftOut>,
    /// PHP's limit of form variables; 0 = none.
    pub(crate) max_input_vars: usize,
    /// Moodle errors carry `debuginfo`.
    pub(crate) debug: bool,
    /// Version of Moodle, such as 4.5; decides which functions and parameters exist.
    pub(crate) moodle_version: String,
    /// Errors have the class names of Moodle 4.3, whatever the version.
    pub(crate) old_class_names: bool,
    /// Custom profile fields that the site has.
    pub(crate) profile_fields: Vec<String>,
    /// The college's own plug-in is installed.
    pub(crate) plugin: bool,
    /// Roles that the token's user may assign.
    pub(crate) assignable_roles: Vec<u32>,
    /// State of the token: `valid`, `unknown`, `restricted`, or `expired`, which the first use turns
    /// into `unknown`.
    pub(crate) moodle_token: TokenState,
    /// Maintenance: `off`, `site` from the settings, `cli` from the command line.
    pub(crate) maintenance: Maintenance,
    /// Further waiting time of a grade report for each user in it.
    pub(crate) grade_report_per_user_us: u64,
    /// Members of a graded item that the report's own settings hide, such as `feedback`.
    pub(crate) grade_report_hides: Vec<String>,
    /// Web services are switched off: empty 403.
    pub(crate) web_services_off: bool,
    /// The site is configured with another address: 303.
    pub(crate) wwwroot_mismatch: bool,
    /// Functions that are not in the token's service.
    pub(crate) missing_functions: Vec<String>,
    /// Functions that this Moodle version does not have.
    pub(crate) unknown_functions: Vec<String>,
    /// Capabilities that the token's user lacks.
    pub(crate) missing_capabilities: Vec<String>,
    /// `$CFG->showuseridentity`: fields shown to users who may see the identity of others; only
    /// `email` on a new site.
    pub(crate) show_user_identity: Vec<String>,
    /// Refuses every call of the token's user with this code, such as `wsaccessusersuspended`,
    /// `sitepolicynotagreed`, `usernotfullysetup` or `forcepasswordchangenotice`; empty = none.
    pub(crate) service_refusal: String,
    /// The token's user administers the site.
    pub(crate) service_is_admin: bool,
    /// Reads of a whole course's grades include those of ended and suspended enrolments
    /// (`grade_report_showonlyactiveenrol` is off); a new site leaves them out.
    pub(crate) grades_of_ended: bool,
    /// Installed languages.
    pub(crate) languages: Vec<String>,
    /// Fields hidden from the token's user in reads of users.
    pub(crate) hidden_fields: Vec<String>,
    /// `$CFG->extendedusernamechars`.
    pub(crate) extended_username_chars: bool,
    /// `$CFG->allowaccountssameemail`.
    pub(crate) allow_same_email: bool,
    /// The default password policy is on.
    pub(crate) password_policy: bool,
    /// E-mail addresses of users younger than this are not seen by the duplicate check (the race of
    /// two requests).
    pub(crate) email_race_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock_offset_s: 0,
            zoho_latency_ms: 0,
            moodle_latency_ms: 0,
            moodle_latency_per_item_us: 0,
            token_ttl_s: 3_600,
            token_limit: 10,
            page_token_ttl_s: 86_400,
            page_token_reach: 100_000,
            position_tokens: false,
            parameter_chars: 1_024,
            filters: Filters::Honoured,
            missing_scopes: Vec::new(),
            credits: 250_000,
            concurrency: 20,
            expires_in_ms: false,
            throttle_status: 400,
            not_modified_status: 304,
            unknown_id_status: 204,
            all_failed_status: 400,
            coql_rows_max: 2_000,
            bulk_polls: 2,
            bulk_failure: String::new(),
            bulk_rows: 200_000,
            bulk_downloads: 10,
            search_lag_s: 0,
            shown_picklists: false,
            strict_picklists: false,
            left_out: Vec::new(),
            max_input_vars: 1_000,
            debug: false,
            moodle_version: "4.5".to_owned(),
            old_class_names: false,
            profile_fields: profile_fields(),
            plugin: false,
            assignable_roles: vec![3, 4, 5],
            moodle_token: TokenState::Valid,
            maintenance: Maintenance::Off,
            grade_report_per_user_us: 0,
            grade_report_hides: Vec::new(),
            web_services_off: false,
            wwwroot_mismatch: false,
            missing_functions: Vec::new(),
            unknown_functions: Vec::new(),
            missing_capabilities: Vec::new(),
            show_user_identity: ["email", "phone1", "phone2"].map(str::to_owned).to_vec(),
            service_refusal: String::new(),
            service_is_admin: false,
            grades_of_ended: false,
            languages: vec!["en".to_owned()],
            hidden_fields: Vec::new(),
            extended_username_chars: false,
            allow_same_email: false,
            password_policy: true,
            email_race_ms: 0,
        }
    }
}

impl Settings {
    /// Returns the version of Moodle in hundreds: 4.5 is 405.
    pub(crate) fn version(&self) -> u16 {
        let mut parts = self.moodle_version.split('.').map(|part| part.parse::<u16>().unwrap_or(0));
        let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        major.saturating_mul(100).saturating_add(minor)
    }

    /// Returns the settings with the members of `patch` replaced; `latency_ms` sets both systems.
    pub(crate) fn merged(&self, mut patch: Map<String, Value>) -> Result<Self, String> {
        if let Some(latency) = patch.remove("latency_ms") {
            patch.insert("zoho_latency_ms".to_owned(), latency.clone());
            patch.insert("moodle_latency_ms".to_owned(), latency);
        }
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(members) = all.as_object_mut() {
            members.extend(patch);
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}

/// Everything that the calls of both ports share. Locks are held for one call at most, and never
/// two at once except by `state.rs`, which takes Zoho before Moodle.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) zoho_url: String,
    pub(crate) moodle_url: String,
    pub(crate) state_file: Option<PathBuf>,
    zoho: Mutex<Org>,
    moodle: Mutex<Site>,
    faults: Mutex<Faults>,
    ledger: Mutex<Ledger>,
    settings: Mutex<Arc<Settings>>,
    changes: AtomicU64,
}

impl World {
    /// Makes a fresh world.
    pub(crate) fn new(options: &Options, zoho_url: String, moodle_url: String) -> Self {
        let Options { seed, broken_every, students, .. } = *options;
        Self {
            moodle: Mutex::new(Site::default().at(&moodle_url)),
            zoho_url,
            moodle_url,
            state_file: options.state_file.clone(),
            zoho: Mutex::new(Org::new(School { seed, broken_every, students })),
            faults: Mutex::default(),
            ledger: Mutex::default(),
            settings: Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn zoho(&self) -> MutexGuard<'_, Org> {
        lock(&self.zoho)
    }

    pub(crate) fn moodle(&self) -> MutexGuard<'_, Site> {
        lock(&self.moodle)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// Returns the current settings; a call keeps the same ones to its end.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.settings))
    }

    /// Replaces the settings.
    pub(crate) fn set_settings(&self, settings: Settings) {
        *lock(&self.settings) = Arc::new(settings);
    }

    /// Notes that the state file is out of date.
    pub(crate) fn touch(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how often the state has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }
}

/// A call that panicked leaves consistent data here, because each change is made at once.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the sandbox's time in Unix milliseconds. The only place that reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands apart from the service; its own clock can be moved"
)]
pub(crate) fn now_ms(settings: &Settings) -> i64 {
    Utc::now().timestamp_millis() + settings.clock_offset_s * 1_000
}
