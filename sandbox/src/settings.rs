//! The settings of the sandbox. Each stands here once, with its default and its description: the control, the help of the
//! command and the page of the documentation take them from here.

use {
    super::{
        guide::Switch,
        limit::{self, Limit},
        moodle::profile_fields,
        zoho::LeftOut,
    },
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
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

/// The scopes that the documentation tells schools to grant: a call that needs another one shows.
const GRANTED: [&str; 4] = [
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
];

/// The longest wait, in milliseconds.
const WAIT_MS: i64 = 600_000;
/// The longest wait, in microseconds.
const WAIT_US: i64 = 60_000_000;
/// The longest life of a token and the longest delay, in seconds.
const LONG_S: i64 = 1_000_000_000;
/// A count that no school reaches.
const MANY: i64 = 1_000_000_000;
/// Some thousand years: times beyond that cannot be written.
pub(crate) const CLOCK_S: i64 = 50_000_000_000;

/// Makes the struct of the settings, their defaults and their list. The name before a block is the system that they are of.
/// Behind the default stand the values that a setting takes, where its type alone does not say them.
macro_rules! settings {
    ($( $system:ident { $( $(#[doc = $doc:literal])+ $name:ident: $type:ty = $usual:expr $(, $limit:expr)?; )+ } )+) => {
        /// Settings that can be changed while the sandbox runs; each is an unverified detail or a
        /// property of the real system.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct Settings {
            $($( $(#[doc = $doc])+ pub(crate) $name: $type, )+)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($( $name: $usual, )+)+ }
            }
        }

        /// The settings in their order: system, name, description, and at most one limit.
        const ALL: &[(&str, &str, &str, &[Limit])] = &[
            $($( (stringify!($system), stringify!($name), concat!($($doc),+), &[$($limit)?]), )+)+
        ];
    };
}

settings! {
    both {
        /// Seconds that the clock is ahead of the wall clock, so that tokens expire.
        clock_offset_s: i64 = 0, Limit::Range(-CLOCK_S, CLOCK_S);
    }
    zoho {
        /// Milliseconds that each Zoho call waits.
        zoho_latency_ms: u64 = 0, Limit::Range(0, WAIT_MS);
        /// Seconds that an access token lives.
        token_ttl_s: i64 = 3_600, Limit::Range(0, LONG_S);
        /// Access tokens per refresh token in ten minutes; 0 = no limit.
        token_limit: usize = 10, Limit::Range(0, MANY);
        /// Seconds that a page token lives.
        page_token_ttl_s: i64 = 86_400, Limit::Range(0, LONG_S);
        /// Number of records that page tokens reach.
        page_token_reach: u32 = 100_000, Limit::Range(1, MANY);
        /// Page tokens count positions, as page numbers do. When a record leaves an earlier page, another one slides
        /// over the border of two pages and is in neither.
        position_tokens: bool = false;
        /// Greatest number of characters of the parameters `fields` and `ids`; 0 = no limit.
        parameter_chars: usize = 1_024, Limit::Range(0, MANY);
        /// What reads do with the parameters `approved` and `converted`: `honoured`, `ignored` or `refused`.
        filters: Filters = Filters::Honoured;
        /// Scopes of the refresh token. By default these are the scopes that a connection needs.
        scopes: Vec<String> = GRANTED.map(str::to_owned).to_vec();
        /// Scopes that are taken from the refresh token again, such as `ZohoCRM.coql.READ`.
        missing_scopes: Vec<String> = Vec::new();
        /// Credits of the organisation in 24 hours.
        credits: u64 = 250_000, Limit::Range(0, MANY);
        /// Greatest number of Zoho calls in progress at one time; 0 = no limit.
        concurrency: u32 = 20, Limit::Range(0, MANY);
        /// Token answers count `expires_in` in milliseconds and have `expires_in_sec` beside it.
        expires_in_ms: bool = false;
        /// Status of "Access Denied": 400 or 200.
        throttle_status: u16 = 400, Limit::Number(&[400, 200]);
        /// Status of a list in which nothing has changed: 304 or 204.
        not_modified_status: u16 = 304, Limit::Number(&[304, 204]);
        /// Status of a read of an unknown id: 204 or 400.
        unknown_id_status: u16 = 204, Limit::Number(&[204, 400]);
        /// Status of a write in which every row failed: 400 or 202.
        all_failed_status: u16 = 400, Limit::Number(&[400, 202]);
        /// Greatest number of rows in the answer to a query; 2,000 or 200 in the real system.
        coql_rows_max: usize = 2_000, Limit::Range(1, 2_000);
        /// Number of state queries before a bulk job is done.
        bulk_polls: u32 = 2, Limit::Range(0, MANY);
        /// State in which bulk jobs end, `FAILURE` or `FAILED`; empty = they succeed.
        bulk_failure: String = String::new(), Limit::Word(&["", "FAILURE", "FAILED"]);
        /// Greatest number of rows of a bulk job.
        bulk_rows: usize = 200_000, Limit::Range(1, 200_000);
        /// Downloads of bulk results in one minute; 0 = no limit.
        bulk_downloads: usize = 10, Limit::Range(0, MANY);
        /// Seconds until a search finds a change.
        search_lag_s: i64 = 0, Limit::Range(0, LONG_S);
        /// Picklists return the displayed value instead of the stored one.
        shown_picklists: bool = false;
        /// A value that is not in the picklist is refused.
        strict_picklists: bool = false;
        /// Fields that are missing from rows, files and descriptions, as hidden ones are. Each entry has `module` and
        /// `field`, and may have `of` (`list`, `changes`, `ids`, `single`, `full`, `search`, `coql`, `bulk`,
        /// `metadata`), `ids` of records, and `from`, the number of the first record.
        left_out: Vec<LeftOut> = Vec::new();
    }
    moodle {
        /// Milliseconds that each Moodle call waits.
        moodle_latency_ms: u64 = 0, Limit::Range(0, WAIT_MS);
        /// Microseconds that a Moodle call waits in addition for each of its items.
        moodle_latency_per_item_us: u64 = 0, Limit::Range(0, WAIT_US);
        /// PHP's limit of form variables; 0 = no limit.
        max_input_vars: usize = 1_000, Limit::Range(0, MANY);
        /// Errors carry `debuginfo`.
        debug: bool = false;
        /// Version of Moodle, such as 4.5. It decides which functions and parameters exist.
        moodle_version: String = "4.5".to_owned(), Limit::Version;
        /// Errors have the class names of Moodle 4.3, whatever the version.
        old_class_names: bool = false;
        /// Custom profile fields of the site; `paid:checkbox` gives one another data type (`text`, `menu`, `checkbox`,
        /// `datetime`).
        profile_fields: Vec<String> = profile_fields();
        /// Hours by which the clock of the site is ahead of UTC.
        utc_offset_h: i32 = 0, Limit::Range(-12, 14);
        /// The college's own plug-in is installed.
        plugin: bool = false;
        /// Ids of the roles that the service account may assign.
        assignable_roles: Vec<u32> = vec![3, 4, 5], Limit::Range(1, 5);
        /// State of the token: `valid`, `unknown`, `restricted`, or `expired`, which the first use turns into
        /// `unknown`.
        moodle_token: TokenState = TokenState::Valid;
        /// Maintenance mode: `off`, `site` (switched on in the settings) or `cli` (from the command line).
        maintenance: Maintenance = Maintenance::Off;
        /// Microseconds that a grade report waits in addition for each of its users.
        grade_report_per_user_us: u64 = 0, Limit::Range(0, WAIT_US);
        /// Members of a graded item that the settings of the report hide, such as `feedback`.
        grade_report_hides: Vec<String> = Vec::new();
        /// Web services are switched off: each call is answered with an empty 403.
        web_services_off: bool = false;
        /// The site is configured with another address: each call is answered with a redirect (303).
        wwwroot_mismatch: bool = false;
        /// Functions that are not in the token's service.
        missing_functions: Vec<String> = Vec::new(), Limit::Function;
        /// Functions that this version of Moodle does not have.
        unknown_functions: Vec<String> = Vec::new(), Limit::Function;
        /// Capabilities that the service account lacks.
        missing_capabilities: Vec<String> = Vec::new();
        /// `$CFG->showuseridentity`: fields of users that the service account sees because it may view the identity of
        /// others. A new site has `email` alone.
        show_user_identity: Vec<String> = vec!["email".to_owned()];
        /// Code with which each call of the service account is refused, such as `wsaccessusersuspended`,
        /// `sitepolicynotagreed`, `usernotfullysetup` or `forcepasswordchangenotice`; empty = none.
        service_refusal: String = String::new();
        /// The service account administers the site.
        service_is_admin: bool = false;
        /// Reads of the grades of a whole course include ended and suspended enrolments
        /// (`grade_report_showonlyactiveenrol` is off). A new site leaves them out.
        grades_of_ended: bool = false;
        /// Installed languages.
        languages: Vec<String> = vec!["en".to_owned()];
        /// Fields of users that the service account does not see.
        hidden_fields: Vec<String> = Vec::new();
        /// `$CFG->extendedusernamechars`: user names may have any character but those in upper case. Once it is off again,
        /// reads that show such a name are refused with `invalidresponse`.
        extended_username_chars: bool = false;
        /// `$CFG->allowaccountssameemail`: several accounts may have the same e-mail address.
        allow_same_email: bool = false;
        /// The default password policy is in force.
        password_policy: bool = true;
        /// The duplicate check does not see e-mail addresses of users that are younger than this many milliseconds, as
        /// in a race of two requests.
        email_race_ms: i64 = 0, Limit::Range(0, WAIT_MS * 1_000);
    }
}

impl Settings {
    /// Lists the settings.
    pub(crate) fn list() -> Vec<Switch> {
        let usual = serde_json::to_value(Self::default()).unwrap_or_default();
        let switch =
            |(system, name, about, limit): &(&'static str, &'static str, &str, &[Limit])| {
                let values = limit.iter().map(Limit::to_string).collect();
                let usual = usual.get(*name).cloned().unwrap_or_default();
                Switch { system, name, usual, values, about: about.trim().to_owned() }
            };
        ALL.iter().map(switch).collect()
    }

    /// Returns the version of Moodle in hundreds: 4.5 is 405.
    pub(crate) fn version(&self) -> u16 {
        let mut parts = self.moodle_version.split('.').map(|part| part.parse::<u16>().unwrap_or(0));
        let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        major.saturating_mul(100).saturating_add(minor)
    }

    /// Returns the settings with the members of `patch` replaced; `latency_ms` sets both systems.
    ///
    /// # Errors
    /// A member is not a setting, has another type, or is outside its limits; the text names it.
    pub(crate) fn merged(&self, mut patch: Map<String, Value>) -> Result<Self, String> {
        if let Some(latency) = patch.remove("latency_ms") {
            patch.insert("zoho_latency_ms".to_owned(), latency.clone());
            patch.insert("moodle_latency_ms".to_owned(), latency);
        }
        let own = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let Value::Object(mut all) = own else { return Ok(self.clone()) };
        if let Some(unknown) = patch.keys().find(|name| !all.contains_key(*name)) {
            return Err(format!("{unknown}: not a setting of the sandbox"));
        }
        limit::each::<Self>(&all, &patch)?;
        for (_, name, _, limit) in ALL {
            if let (Some(limit), Some(value)) = (limit.first(), patch.get(*name)) {
                limit.check(name, value)?;
            }
        }
        all.extend(patch);
        serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())
    }
}
