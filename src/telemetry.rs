//! Logs and metrics: setting up tracing, and the metrics with their names.

use {
    prometheus_client::{
        encoding::{EncodeLabelSet, text::encode},
        metrics::{counter::Counter, family::Family, histogram::Histogram},
        registry::Registry,
    },
    std::{fmt, io::IsTerminal as _, sync::Arc, time::Duration},
    tracing_subscriber::EnvFilter,
};

/// Sets logging up: text on a terminal, JSON lines otherwise, both on standard error.
///
/// # Errors
/// When the filter cannot be read.
pub fn start_logging(filter: &str) -> Result<(), String> {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| format!("log filter '{filter}': {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call, as in tests that start several servers, keeps the first subscriber.
    let _second_call = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: String,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct End {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Credential {
    scheme: &'static str,
}

/// The metrics of a process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Call, Counter>,
    authenticated: Family<Credential, Counter>,
    seconds: Histogram,
    runs: Family<End, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sigma");
        let requests = Family::<Call, Counter>::default();
        registry.register(
            "rpc_requests",
            "Answered requests by method and outcome, the code of gRPC on every wire",
            requests.clone(),
        );
        let authenticated = Family::<Credential, Counter>::default();
        registry.register(
            "auth_requests",
            "Requests with a valid credential, by scheme: v1, v2 or session",
            authenticated.clone(),
        );
        let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
        let seconds = Histogram::new(bounds);
        registry.register(
            "rpc_duration_seconds",
            "Time from request to response head",
            seconds.clone(),
        );
        let runs = Family::<End, Counter>::default();
        registry.register("runs_ended", "Runs that this process ended, by state", runs.clone());
        Self { registry: Arc::new(registry), requests, authenticated, seconds, runs }
    }
}

impl Metrics {
    /// Counts an answered request. `method` is a gRPC method path or a REST template, never a raw path: a caller must
    /// not be able to increase the number of labels.
    pub fn answered(&self, method: &str, code: &str) {
        self.requests.get_or_create(&Call { method: method.into(), code: code.into() }).inc();
    }

    /// Counts a request whose credential is valid.
    pub fn authenticated(&self, scheme: &'static str) {
        self.authenticated.get_or_create(&Credential { scheme }).inc();
    }

    /// Notes the time until the head of an answer.
    pub fn took(&self, time: Duration) {
        self.seconds.observe(time.as_secs_f64());
    }

    /// Counts a run that ended in a state.
    pub fn run_ended(&self, state: &'static str) {
        self.runs.get_or_create(&End { state }).inc();
    }

    /// Returns the text that Prometheus reads.
    pub fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}
