//! The sections of the settings. What a setting means stands in `config.default.toml`.

use {serde::Deserialize, std::fmt};

/// How strict a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A developer's machine.
    Dev,
    /// Every other machine.
    Production,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Connections of this process.
    pub connections: u32,
    /// Whether PostgreSQL keeps tenants apart.
    pub row_security: RowSecurity,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum RowSecurity {
    /// As the database says.
    #[serde(rename = "")]
    AsStored,
    /// It does.
    #[serde(rename = "on")]
    On,
    /// It does not.
    #[serde(rename = "off")]
    Off,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// File of the master key.
    pub master_key_file: String,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// File of the first platform key; empty for none.
    pub bootstrap_key_file: String,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Origins that a browser may call from.
    pub cors_origins: Vec<String>,
    /// Networks of the proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// Hosts and ports that requests may be signed for in scheme v2; empty for all.
    pub public_authorities: Vec<String>,
    /// Who may read the API document, its page, and the reflection of gRPC.
    pub documents: Documents,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widget {
    /// Origins of the pages that may frame the widget and hand it a session.
    pub parents: Vec<String>,
    /// Hosts of pages that may frame it and nothing else.
    pub frame_ancestors: Vec<String>,
    /// The name in place of that of the service.
    pub name: String,
    /// The file of the logo; empty for none.
    pub logo_file: String,
    /// The colour of the band at the top.
    pub colour: String,
    /// The colour of the text on it.
    pub text_colour: String,
    /// Where people get help.
    pub support_url: String,
}

/// Who may read what describes the API. What the words mean stands in `config.default.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Documents {
    /// As open as the mode.
    Auto,
    /// All callers.
    Open,
    /// No caller.
    Closed,
}

/// Where accepted requests are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardStore {
    /// In the database, by all servers on it.
    Database,
    /// In the memory of the one server on its database.
    Memory,
    /// In Redis or Valkey, by all servers on the database.
    Redis,
}

/// See `config.default.toml`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Where accepted requests are remembered.
    pub store: GuardStore,
    /// Address of the Redis server, which may hold a password; empty for none.
    pub redis_url: String,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("store", &self.store).finish_non_exhaustive()
    }
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Greatest number of runs at once.
    pub slots: usize,
    /// Pause between two looks at an empty queue, in milliseconds.
    pub poll_ms: u64,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// Hosts that may be called although they are not public or do not belong to Zoho.
    pub allow_hosts: Vec<String>,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Longest time of one call, in milliseconds.
    pub timeout_ms: u64,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moodle {
    /// Greatest number of form variables of one call.
    pub max_vars: usize,
    /// Greatest number of calls to one site at once.
    pub in_flight: usize,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Length of a lease without a heartbeat, in milliseconds.
    pub lease_ms: u64,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Days for which ended runs are kept.
    pub keep_days: i32,
    /// Days for which the figures of runs are kept.
    pub figures_days: i32,
    /// Days for which the calls behind failed records are kept.
    pub calls_days: i32,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Days for which entries are kept.
    pub keep_days: i32,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Days for which events are kept.
    pub keep_days: i32,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Memory for requests and answers that are being decoded, in MiB.
    pub decoding_mib: usize,
}

/// See `config.default.toml`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests of a key in a second.
    pub key_requests_per_s: i32,
    /// Requests of a tenant in a second.
    pub tenant_requests_per_s: i32,
    /// Starts of a tenant's runs in a minute.
    pub run_starts_per_min: i32,
    /// Tests of a tenant's connections in a minute.
    pub connection_tests_per_min: i32,
    /// New sessions of a key in a second.
    pub session_mints_per_s: i32,
    /// Refused credentials of an address in a second.
    pub failed_sign_ins_per_s: i32,
    /// Open streams of a tenant.
    pub streams: i32,
    /// How long a request may wait for its turn while its tenant is overloaded, in milliseconds.
    pub overload_wait_ms: u64,
}

impl Limits {
    /// The limits with their names.
    pub const fn named(&self) -> [(&'static str, i32); 7] {
        [
            ("key_requests_per_s", self.key_requests_per_s),
            ("tenant_requests_per_s", self.tenant_requests_per_s),
            ("run_starts_per_min", self.run_starts_per_min),
            ("connection_tests_per_min", self.connection_tests_per_min),
            ("session_mints_per_s", self.session_mints_per_s),
            ("failed_sign_ins_per_s", self.failed_sign_ins_per_s),
            ("streams", self.streams),
        ]
    }
}
