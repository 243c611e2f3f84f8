//! Settings: defaults, then a file, then the environment, then the command line, checked as a whole. No other file
//! reads the environment. It holds texts and numbers and builds nothing.

mod client;
mod environment;
mod mask;
mod section;

pub use {
    client::{ClientConfig, SecretSource},
    mask::Mask,
    section::{
        Audit, Auth, Database, Documents, Egress, Engine, Events, Guard, GuardStore, History,
        Limits, Memory, Mode, Moodle, RowSecurity, Secrets, Server, Upstream, Widget, Worker,
    },
};

use {
    percent_encoding::percent_decode_str,
    serde::Deserialize,
    std::{
        fmt,
        net::SocketAddr,
        path::{Path, PathBuf},
    },
    toml::{Table, Value},
    url::form_urlencoded,
};

const DEFAULTS: &str = include_str!("config.default.toml");
const PREFIX: &str = "SIGMA_";
/// Variables of the client commands, which are not settings of the service.
const CLIENT_VARIABLES: [&str; 8] = [
    "SIGMA_SCHEME",
    "SIGMA_CA_FILE",
    "SIGMA_CONFIG",
    "SIGMA_SERVER",
    "SIGMA_TENANT",
    "SIGMA_KEY",
    "SIGMA_SECRET",
    "SIGMA_SECRET_FILE",
];

/// The settings of a process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of the one port.
    pub listen: SocketAddr,
    /// Address of `/metrics`; empty switches it off.
    pub metrics_listen: String,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// `dev` or `production`.
    pub mode: Mode,
    /// Log filter.
    pub log: String,
    /// Database pool.
    pub database: Database,
    /// Where the master key is.
    pub secrets: Secrets,
    /// The first key of the deployment.
    pub auth: Auth,
    /// The settings of the port.
    pub server: Server,
    /// Who may frame the widget, and how it looks.
    pub widget: Widget,
    /// Where accepted requests are remembered.
    pub guard: Guard,
    /// The settings of the worker.
    pub worker: Worker,
    /// The hosts that the connectors may call.
    pub egress: Egress,
    /// Limits of calls to both systems.
    pub upstream: Upstream,
    /// Limits of calls to Moodle.
    pub moodle: Moodle,
    /// The settings of the engine.
    pub engine: Engine,
    /// How long runs are kept.
    pub history: History,
    /// How long the audit log is kept.
    pub audit: Audit,
    /// How long events are kept.
    pub events: Events,
    /// Limits of memory for data from outside.
    pub memory: Memory,
    /// Limits of what callers may ask for.
    pub limits: Limits,
    /// True if the metrics address was chosen and is not the default.
    #[serde(skip)]
    pub metrics_chosen: bool,
}

/// Parameters of the URL of a PostgreSQL database that name a file.
const FILES: [&str; 7] =
    ["sslrootcert", "ssl-root-cert", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];

/// A database URL, which may hold a password: its Debug form shows only the kind.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.0.split(':').next().unwrap_or_default())
    }
}

impl DatabaseUrl {
    /// Returns the path of the SQLite file; `None` for another database and for one in memory.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let rest = self.0.strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let path = rest.split('?').next()?;
        let is_file = !path.is_empty() && path != ":memory:" && !self.has_mode("memory");
        // The same way the driver reads it.
        is_file
            .then(|| percent_decode_str(path).decode_utf8().ok())
            .flatten()
            .map(|path| PathBuf::from(path.into_owned()))
    }

    /// Returns whether a missing SQLite file is created.
    pub fn makes_file(&self) -> bool {
        self.has_mode("rwc")
    }

    /// Returns the files that the URL of a PostgreSQL database names, each with the name of its parameter.
    pub fn files(&self) -> Vec<(String, PathBuf)> {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        // The driver takes the text of a certificate as well.
        let named = pairs.filter(|(name, value)| {
            FILES.contains(&name.as_ref()) && !value.trim_start().starts_with("-----BEGIN")
        });
        named.map(|(name, path)| (name.into_owned(), PathBuf::from(path.into_owned()))).collect()
    }

    fn has_mode(&self, mode: &str) -> bool {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
            .any(|(name, value)| name == "mode" && value == mode)
    }
}

/// The values from the command line; each takes precedence over every other source.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`
    pub file: Option<PathBuf>,
    /// Pairs of key and value, such as (`listen`, `127.0.0.1:0`).
    pub values: Vec<(&'static str, String)>,
}

/// Why settings were refused, in words that name the setting and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads all sources.
    ///
    /// # Errors
    /// An unknown key (also in the environment), a value of the wrong kind, or a file that cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self::from_sources(overrides, &variables)
    }

    fn from_sources(
        overrides: &Overrides,
        variables: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut table: Table =
            DEFAULTS.parse().map_err(|error| ConfigError(format!("built-in defaults: {error}")))?;
        let default_metrics = table.get("metrics_listen").cloned();
        let named = variables
            .iter()
            .find(|(name, _)| name == "SIGMA_CONFIG")
            .map(|(_, path)| PathBuf::from(path));
        let mut mask = Mask::default();
        if let Some(path) = overrides.file.clone().or(named) {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| ConfigError(format!("cannot read {}: {error}", path.display())))?;
            let file: Table = text.parse().map_err(|error| unreadable(&path, &text, &error))?;
            mask = Mask::of_file(texts(&file));
            merge(&mut table, file, &path.display().to_string())
                .map_err(|error| ConfigError(mask.apply(&error.0)))?;
        }
        for (name, value) in variables {
            if CLIENT_VARIABLES.contains(&name.as_str())
                || environment::is_of_a_service(name, value)
            {
                continue;
            }
            let key = name.trim_start_matches(PREFIX).to_lowercase();
            let path: Vec<&str> = key.split("__").collect();
            set(&mut table, &path, value, name)?;
        }
        for (key, value) in &overrides.values {
            let path: Vec<&str> = key.split('.').collect();
            set(&mut table, &path, value, &format!("--{}", key.replace('_', "-")))?;
        }
        let metrics_chosen = table.get("metrics_listen") != default_metrics.as_ref();
        let mut config: Self = Value::Table(table)
            .try_into()
            // In full, the error also names the setting.
            .map_err(|error: toml::de::Error| {
                ConfigError(mask.apply(&error.to_string().trim_end().replace('\n', " ")))
            })?;
        config.metrics_chosen = metrics_chosen;
        config.check()?;
        Ok(config)
    }

    /// True if the well-known credential may work: in development mode, on an address that only this machine can
    /// reach.
    pub fn is_local(&self) -> bool {
        self.mode == Mode::Dev && self.listen.ip().to_canonical().is_loopback()
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.worker.slots == 0 || self.moodle.in_flight == 0 || self.database.connections == 0 {
            return Err(ConfigError(
                "worker.slots, moodle.in_flight and database.connections must be at least 1".into(),
            ));
        }
        if (self.guard.store == GuardStore::Redis) == self.guard.redis_url.is_empty() {
            return Err(ConfigError(
                "guard.redis_url belongs to guard.store = \"redis\": set both or none".into(),
            ));
        }
        if self.database.row_security == RowSecurity::On
            && self.database_url.0.starts_with("sqlite:")
        {
            return Err(ConfigError(
                "database.row_security is on, but SQLite has no row security: use PostgreSQL, or leave it empty".into(),
            ));
        }
        for (name, origins) in [
            ("server.cors_origins", &self.server.cors_origins),
            ("widget.parents", &self.widget.parents),
        ] {
            // Its text is not told: it may hold a password.
            if let Some(at) = origins.iter().position(|text| !is_origin(text)) {
                return Err(ConfigError(format!(
                    "{name}: number {} is not an origin, which has a scheme, a host and perhaps a port, such as \
                     https://admin.example",
                    at + 1
                )));
            }
        }
        if let Some(at) = self.widget.frame_ancestors.iter().position(|text| !is_ancestor(text)) {
            return Err(ConfigError(format!(
                "widget.frame_ancestors: number {} is not an origin, nor one whose host begins with *., such as \
                 https://*.zoho.com",
                at + 1
            )));
        }
        if !(1_000..=600_000).contains(&self.engine.lease_ms) {
            return Err(ConfigError("engine.lease_ms must be 1000 to 600000".into()));
        }
        if !(50..=100_000).contains(&self.moodle.max_vars) {
            return Err(ConfigError("moodle.max_vars must be 50 to 100000".into()));
        }
        if !(1_000..=600_000).contains(&self.upstream.timeout_ms) {
            return Err(ConfigError("upstream.timeout_ms must be 1000 to 600000".into()));
        }
        if !(128..=65_536).contains(&self.memory.decoding_mib) {
            return Err(ConfigError("memory.decoding_mib must be 128 to 65536".into()));
        }
        if !(0..=3_650).contains(&self.history.keep_days) {
            return Err(ConfigError("history.keep_days must be 0 to 3650".into()));
        }
        if !(0..=3_650).contains(&self.history.figures_days) {
            return Err(ConfigError("history.figures_days must be 0 to 3650".into()));
        }
        if !(1..=365).contains(&self.history.calls_days) {
            return Err(ConfigError("history.calls_days must be 1 to 365".into()));
        }
        if !(0..=3_650).contains(&self.audit.keep_days) {
            return Err(ConfigError("audit.keep_days must be 0 to 3650".into()));
        }
        if !(1..=365).contains(&self.events.keep_days) {
            return Err(ConfigError("events.keep_days must be 1 to 365".into()));
        }
        for (name, limit) in self.limits.named() {
            if !(0..=1_000_000).contains(&limit) {
                return Err(ConfigError(format!("limits.{name} must be 0 to 1000000")));
            }
        }
        if !(10..=10_000).contains(&self.limits.overload_wait_ms) {
            return Err(ConfigError("limits.overload_wait_ms must be 10 to 10000".into()));
        }
        Ok(())
    }
}

/// Returns whether a text has the form in which a browser sends an origin. Others never match, and a list that has one is
/// a mistake.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br#"/\?#@*"'<>;,"#.contains(&byte);
    !scheme.is_empty()
        && scheme.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)
        })
        && !host.is_empty()
        && host.bytes().all(|byte| is_plain(byte) && !byte.is_ascii_uppercase())
}

/// Returns whether a text is an origin, or stands for all hosts below one.
fn is_ancestor(text: &str) -> bool {
    let wide = text.split_once("://*.").map(|(scheme, host)| format!("{scheme}://{host}"));
    is_origin(wide.as_deref().unwrap_or(text))
}

/// Says where a file cannot be read and why. The library's error would quote the line, which may contain a password.
fn unreadable(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let place = error.span().and_then(|span| text.get(..span.start)).map(|before| {
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(", line {line}, column {column}")
    });
    let (path, place) = (path.display(), place.unwrap_or_default());
    ConfigError(format!("{path}{place}: {}", error.message()))
}

/// Returns all names and texts of a file.
fn texts(table: &Table) -> Vec<String> {
    fn walk(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| walk(value, into)),
            Value::Table(table) => into.extend(texts(table)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (name, value) in table {
        found.push(name.clone());
        walk(value, &mut found);
    }
    found
}

/// Merges `file` into `table`; both must have the same keys.
fn merge(table: &mut Table, file: Table, source: &str) -> Result<(), ConfigError> {
    for (key, value) in file {
        match (table.get_mut(&key), value) {
            (None, _) => return Err(unknown(&key, table, source)),
            (Some(Value::Table(section)), Value::Table(new)) => merge(section, new, source)?,
            (Some(old), new) if old.type_str() == new.type_str() => *old = new,
            (Some(old), new) => {
                let (wanted, found) = (old.type_str(), new.type_str());
                return Err(ConfigError(format!(
                    "{source}: '{key}' must be a {wanted}, not a {found}"
                )));
            }
        }
    }
    Ok(())
}

/// Sets one value from a text, by the type of the default.
fn set(table: &mut Table, path: &[&str], text: &str, source: &str) -> Result<(), ConfigError> {
    let [key, rest @ ..] = path else {
        return Err(ConfigError(format!("{source}: no setting is named")));
    };
    if !table.contains_key(*key) {
        return Err(unknown(key, table, source));
    }
    let Some(old) = table.get_mut(*key) else { return Ok(()) };
    let wrong = |wanted: &str| ConfigError(format!("{source}: '{text}' is not {wanted}"));
    *old = match (&mut *old, rest) {
        (Value::Table(section), [_, ..]) => return set(section, rest, text, source),
        (Value::Table(_), []) => {
            return Err(ConfigError(format!("{source}: '{key}' is a section")));
        }
        (_, [_, ..]) => return Err(ConfigError(format!("{source}: '{key}' is not a section"))),
        (Value::Integer(_), []) => {
            Value::Integer(text.trim().parse().map_err(|_| wrong("a number"))?)
        }
        (Value::Boolean(_), []) => {
            Value::Boolean(text.trim().parse().map_err(|_| wrong("true or false"))?)
        }
        (Value::Array(_), []) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.into())).collect())
        }
        (_, []) => Value::String(text.to_owned()),
    };
    Ok(())
}

fn unknown(key: &str, table: &Table, source: &str) -> ConfigError {
    let near = table.keys().min_by_key(|known| distance(known, key));
    let hint = near.map(|known| format!("; did you mean '{known}'?")).unwrap_or_default();
    ConfigError(format!("{source}: unknown setting '{key}'{hint}"))
}

/// Levenshtein distance, for names of a few letters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (b, above) in other.iter().zip(row.iter_mut().skip(1)) {
            let best = (corner + usize::from(a != *b)).min(left + 1).min(*above + 1);
            corner = std::mem::replace(above, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "../tests/fuzz/settings.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        variables: &[(&str, &str)],
        values: &[(&'static str, &str)],
    ) -> Result<Config, ConfigError> {
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let values = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Config::from_sources(&Overrides { file: None, values }, &variables)
    }

    #[test]
    fn defaults_hold() {
        let config = load(&[], &[]).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8001");
        assert_eq!(config.mode, Mode::Dev);
        assert_eq!(config.database_url.sqlite_path(), Some("data/sigma.db".into()));
        assert!(!config.metrics_chosen && config.is_local());
        for (listen, mode) in
            [("0.0.0.0:1", "dev"), ("[::]:1", "dev"), ("127.0.0.1:1", "production")]
        {
            let config = load(&[], &[("listen", listen), ("mode", mode)]).expect("settings");
            assert!(!config.is_local(), "{listen} {mode}");
        }
    }

    #[test]
    fn later_sources_win() {
        let variables =
            [("SIGMA_LISTEN", "127.0.0.1:1"), ("SIGMA_WORKER__SLOTS", "3"), ("SIGMA_SECRET", "x")];
        let config = load(&variables, &[("listen", "127.0.0.1:2")]).expect("settings");
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.worker.slots, 3);
        let config =
            load(&[("SIGMA_SERVER__CORS_ORIGINS", "https://a.example, https://b.example")], &[]);
        assert_eq!(config.expect("settings").server.cors_origins.len(), 2);
    }

    #[test]
    fn variables_of_a_kubernetes_service_are_passed_over() {
        let variables = [
            ("SIGMA_SYNC_SERVICE_HOST", "10.96.0.11"),
            ("SIGMA_SYNC_SERVICE_PORT", "8001"),
            ("SIGMA_SYNC_SERVICE_PORT_HTTP", "8001"),
            ("SIGMA_SYNC_PORT", "tcp://10.96.0.11:8001"),
            ("SIGMA_SYNC_PORT_8001_TCP", "tcp://10.96.0.11:8001"),
            ("SIGMA_SYNC_PORT_8001_TCP_PROTO", "tcp"),
            ("SIGMA_SYNC_PORT_8001_TCP_PORT", "8001"),
            ("SIGMA_SYNC_PORT_8001_TCP_ADDR", "10.96.0.11"),
        ];
        assert_eq!(load(&variables, &[]).expect("settings").listen.port(), 8001);
        let error = load(&[("SIGMA_METRICS_PORT", "9464")], &[]).expect_err("not of a Service");
        assert!(error.0.starts_with("SIGMA_METRICS_PORT: unknown setting"), "{error}");
    }

    #[test]
    fn mistakes_are_named() {
        let error = load(&[("SIGMA_LISTN", "x")], &[]).expect_err("unknown");
        assert_eq!(error.0, "SIGMA_LISTN: unknown setting 'listn'; did you mean 'listen'?");
        assert!(load(&[("SIGMA_WORKER__SLOTS", "many")], &[]).is_err());
        let error = load(&[("SIGMA_MODE", "prod")], &[]).expect_err("no mode");
        assert!(error.0.contains("`mode`") && error.0.contains("`dev` or `production`"), "{error}");
        let error = load(&[], &[("listen", "localhost:1")]).expect_err("no address");
        assert!(error.0.contains("`listen`") && !error.0.contains('\n'), "{error}");
        assert!(load(&[("SIGMA_WORKER__SLOTS", "0")], &[]).is_err());
        assert!(load(&[("SIGMA_ENGINE__LEASE_MS", "999")], &[]).is_err());
        assert!(load(&[("SIGMA_HISTORY__KEEP_DAYS", "-1")], &[]).is_err());
        assert!(load(&[("SIGMA_MEMORY__DECODING_MIB", "127")], &[]).is_err());
        let error = load(&[("SIGMA_LIMITS__STREAMS", "-1")], &[]).expect_err("below 0");
        assert_eq!(error.0, "limits.streams must be 0 to 1000000");
    }

    #[test]
    fn origins_are_as_browsers_send_them() {
        for good in
            ["https://a.example", "http://localhost:5000", "http://[::1]:8001", "app+x://id"]
        {
            assert!(load(&[("SIGMA_SERVER__CORS_ORIGINS", good)], &[]).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "https://*",
            "https://a.example/",
            "a.example",
            "null",
            "https://A.example",
            "https://",
        ] {
            let error = load(&[("SIGMA_SERVER__CORS_ORIGINS", bad)], &[]).expect_err(bad);
            assert!(error.0.contains("server.cors_origins: number 1 "), "{error}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = DatabaseUrl("postgres://me:canary@db/sigma".into());
        assert_eq!(format!("{url:?}"), "postgres:***");
    }
}
