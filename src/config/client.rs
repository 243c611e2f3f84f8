//! What the client commands read from the environment. The name of each variable stands in `CLIENT_VARIABLES` too.

use std::{fmt, path::PathBuf};

/// How the client commands reach a server.
#[derive(Debug, Clone, Default)]
pub struct ClientConfig {
    /// `SIGMA_SERVER`: address, such as `http://127.0.0.1:8001`.
    pub server: Option<String>,
    /// `SIGMA_CA_FILE`: certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// `SIGMA_TENANT`
    pub tenant: Option<String>,
    /// `SIGMA_KEY`: public id of the key.
    pub key: Option<String>,
    /// `SIGMA_SECRET_FILE`, or a secret in `SIGMA_SECRET`.
    pub secret: Option<SecretSource>,
    /// `SIGMA_SCHEME`: how to sign, `v1` or `v2`.
    pub scheme: Option<String>,
}

/// The source of a client's secret; never the command line, which other users of the machine can read.
#[derive(Clone)]
pub enum SecretSource {
    /// The text itself.
    Text(String),
    /// A file that contains it.
    File(PathBuf),
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl ClientConfig {
    /// Reads the client's variables.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let file = read("SIGMA_SECRET_FILE").map(|path| SecretSource::File(path.into()));
        Self {
            server: read("SIGMA_SERVER"),
            ca_file: read("SIGMA_CA_FILE").map(PathBuf::from),
            tenant: read("SIGMA_TENANT"),
            key: read("SIGMA_KEY"),
            secret: file.or_else(|| read("SIGMA_SECRET").map(SecretSource::Text)),
            scheme: read("SIGMA_SCHEME"),
        }
    }
}
