//! The settings of the process as options of the commands that run on the host. Commands that call a server take none
//! of them and read no settings.

use {
    super::Failed,
    crate::config::{Config, ConfigError, Overrides},
    clap::Args,
    std::path::PathBuf,
};

/// Settings of the process; each is also a key of the settings file and a variable SIGMA_….
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Settings {
    /// Settings file (SIGMA_CONFIG)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the one port (SIGMA_LISTEN) [default: 127.0.0.1:8001]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of /metrics, "" for none (SIGMA_METRICS_LISTEN) [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR")]
    metrics_listen: Option<String>,
    /// sqlite://PATH?mode=rwc or postgres://… (SIGMA_DATABASE_URL) [default: sqlite://data/sigma.db?mode=rwc]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// dev or production (SIGMA_MODE) [default: dev]
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// Log filter (SIGMA_LOG) [default: info]
    #[arg(long, value_name = "FILTER")]
    pub(super) log: Option<String>,
    /// File of the master key that seals secrets (SIGMA_SECRETS__MASTER_KEY_FILE)
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<String>,
}

impl Settings {
    /// Reads the options behind a command over those before it.
    pub(super) fn over(self, before: Self) -> Self {
        Self {
            config: self.config.or(before.config),
            listen: self.listen.or(before.listen),
            metrics_listen: self.metrics_listen.or(before.metrics_listen),
            database_url: self.database_url.or(before.database_url),
            mode: self.mode.or(before.mode),
            log: self.log.or(before.log),
            master_key_file: self.master_key_file.or(before.master_key_file),
        }
    }

    /// Names the first option that is given.
    fn given(&self) -> Option<&'static str> {
        let config = self.config.as_ref().map(|_| "config");
        config.or_else(|| self.values().into_iter().find_map(|(key, value)| value.map(|_| key)))
    }

    const fn values(&self) -> [(&'static str, Option<&String>); 6] {
        [
            ("listen", self.listen.as_ref()),
            ("metrics_listen", self.metrics_listen.as_ref()),
            ("database_url", self.database_url.as_ref()),
            ("mode", self.mode.as_ref()),
            ("log", self.log.as_ref()),
            ("secrets.master_key_file", self.master_key_file.as_ref()),
        ]
    }

    /// Loads the settings from all sources.
    pub(super) fn load(&self) -> Result<Config, ConfigError> {
        let given = self.values().into_iter();
        let values = given.filter_map(|(key, value)| Some((key, value?.clone()))).collect();
        Config::load(&Overrides { file: self.config.clone(), values })
    }

    /// Refuses options where they have no effect.
    pub(super) fn refuse(&self, allowed: &[&str]) -> Result<(), Failed> {
        match self.given().filter(|key| !allowed.contains(key)) {
            None => Ok(()),
            Some(key) => {
                let option = key.trim_start_matches("secrets.").replace('_', "-");
                let message = format!(
                    "--{option} is a setting of the process that serves, and this command does not read any; leave it out"
                );
                Err(Failed::new(super::exit::USAGE, message))
            }
        }
    }
}
