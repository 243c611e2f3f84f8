//! Builds everything once from the settings and hands it over: store, vault, operations, connectors, worker, server; and
//! takes it down in order.

use {
    crate::{
        adapters::{clock::SystemClock, guard::SqlGuard},
        api::Api,
        config::{Config, Mode},
        connectors::{Connectors, Options as ConnectorOptions},
        control::{self, Control, SealedTokens, Vault},
        crypto::envelope::MasterKey,
        domain::egress::EgressPolicy,
        gateway::Gateway,
        jobs::{Retention, Upkeep, Worker, WorkerOptions},
        ports::{Clock, Connect},
        server::{Parts, Server, health},
        store::{ConnectError, MigrationState, Store},
        telemetry::Metrics,
    },
    anyhow::{Context as _, Result, bail},
    std::{
        fmt,
        net::SocketAddr,
        path::{Path, PathBuf},
        sync::Arc,
        time::Duration,
    },
    tokio::{net::TcpListener, task::JoinHandle},
    tokio_util::sync::CancellationToken,
};

/// How long an orderly stop may take.
const STOP: Duration = Duration::from_secs(28);

/// A start that was refused for its settings: exit code 78 (EX_CONFIG of sysexits.h).
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// A database that does not answer or lets nobody in.
#[derive(Debug)]
pub struct Unreachable(pub String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

/// What every command needs that works on the database.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub store: Store,
    /// The operations.
    pub control: Control,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes connections to both systems; all of the process share tokens and limits.
    pub connect: Arc<dyn Connect>,
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where `/metrics` is, when it is on.
    pub metrics: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Opens the database and puts the operations together. On SQLite the schema is brought up to date; on PostgreSQL that
/// is what `sigma-sync migrate` is for.
pub async fn core(config: &Config) -> Result<Core> {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    let store = open_store(config).await?;
    if config.database_url.0.starts_with("sqlite:") {
        store.migrate().await.context("cannot bring the database up to date")?;
    } else if let MigrationState::Pending(count) = store.migration_state().await? {
        bail!(Refused(format!(
            "the database lacks {count} migrations; run `sigma-sync migrate` first"
        )));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = Arc::new(Vault::new(master_key(config)?));
    let mode = if config.is_local() { control::Mode::Dev } else { control::Mode::Production };
    let connect = connectors(config, SealedTokens::new(store.clone(), vault.clone()))?;
    let control =
        Control::new(store.clone(), clock.clone(), vault, connect.clone(), egress(config), mode);
    Ok(Core { store, control, clock, connect })
}

/// Returns how many migrations the database lacks.
pub async fn pending_migrations(config: &Config) -> Result<usize> {
    let state =
        open_store(config).await?.migration_state().await.context("cannot read the schema")?;
    Ok(match state {
        MigrationState::Current => 0,
        MigrationState::Pending(count) => count,
    })
}

/// Brings the database up to date.
pub async fn migrate(config: &Config) -> Result<()> {
    open_store(config).await?.migrate().await.context("cannot bring the database up to date")
}

/// Opens the database, making the folder of a SQLite file.
async fn open_store(config: &Config) -> Result<Store> {
    if let Some(folder) =
        config.database_url.sqlite_path().and_then(|path| path.parent().map(Path::to_path_buf))
    {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let opened = Store::connect(&config.database_url.0, config.database.connections).await;
    let lease = Duration::from_millis(config.engine.lease_ms);
    opened.map(|store| store.with_lease(lease)).map_err(|error| match error {
        ConnectError::Url(reason) => Refused(reason).into(),
        other => Unreachable(format!("cannot open the database: {other}")).into(),
    })
}

/// Reads the master key, or makes one where none is named: beside the SQLite file, readable by its owner only.
fn master_key(config: &Config) -> Result<MasterKey> {
    let named = &config.secrets.master_key_file;
    let path = if named.is_empty() {
        if config.mode == Mode::Production && config.database_url.sqlite_path().is_none() {
            bail!(Refused("production mode on PostgreSQL needs secrets.master_key_file, the same on all hosts".into()));
        }
        let folder =
            config.database_url.sqlite_path().and_then(|path| path.parent().map(Path::to_path_buf));
        folder.unwrap_or_else(|| PathBuf::from("data")).join("master.key")
    } else {
        PathBuf::from(named)
    };
    if !path.exists() {
        if !named.is_empty() {
            bail!(Refused(format!("the master key file {} does not exist", path.display())));
        }
        make_master_key(&path)?;
    }
    let bytes = std::fs::read(&path)
        .with_context(|| format!("cannot read the master key {}", path.display()))?;
    MasterKey::parse(&bytes)
        .map_err(|error| Refused(format!("the master key file {}: {error}", path.display())).into())
}

/// Makes a master key. The file appears whole or not at all: another process may start at the same moment.
fn make_master_key(path: &Path) -> Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(MasterKey::generate_text().map_err(std::io::Error::other)?.as_bytes())?;
            file.sync_all()?;
            // Unlike a rename, a link does not replace the key that another process has made meanwhile.
            std::fs::hard_link(&draft, path)
        });
    let _never_there = std::fs::remove_file(&draft);
    match made {
        Ok(()) => {
            tracing::warn!(
                "made a master key beside the database; keep a copy, secrets cannot be opened without it"
            );
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(error).with_context(|| format!("cannot make the master key {}", path.display()))
        }
    }
}

/// Whom this deployment may call; one rule for what is saved and for what is called.
fn egress(config: &Config) -> EgressPolicy {
    EgressPolicy {
        allow_loopback: config.mode == Mode::Dev,
        allow_hosts: config.egress.allow_hosts.clone(),
    }
}

/// Makes the connectors with the deployment's rules.
fn connectors(config: &Config, tokens: SealedTokens) -> Result<Arc<dyn Connect>> {
    let options = ConnectorOptions {
        moodle_max_vars: config.moodle.max_vars,
        moodle_in_flight: config.moodle.in_flight,
        timeout: Duration::from_millis(config.upstream.timeout_ms),
    };
    Ok(Arc::new(Connectors::new(egress(config), options, Arc::new(tokens))?))
}

/// Starts the loops that move records.
pub fn start_worker(
    config: &Config,
    core: &Core,
    stop: &CancellationToken,
) -> Result<Vec<JoinHandle<()>>> {
    let options = WorkerOptions {
        slots: config.worker.slots,
        poll: Duration::from_millis(config.worker.poll_ms.max(10)),
    };
    let (store, control, clock) = (core.store.clone(), core.control.clone(), core.clock.clone());
    let connect = core.connect.clone();
    let worker = Worker::new(store.clone(), control, connect, clock.clone(), options);
    let upkeep = Upkeep::new(store.clone(), clock.clone());
    let retention = Retention::new(store, clock, config.history.keep_days);
    Ok(vec![
        tokio::spawn(worker.run(stop.clone())),
        tokio::spawn(upkeep.run(stop.clone())),
        tokio::spawn(retention.run(stop.clone())),
    ])
}

/// Starts the server, with a worker in the same process when `worker` is set.
pub async fn serve(config: &Config, core: &Core, worker: bool) -> Result<Running> {
    if !config.is_local()
        && let Some(key) = core.control.known_secret().await?
    {
        let place = match config.mode {
            Mode::Production => "production mode does not start with it".to_owned(),
            Mode::Dev => {
                format!("it works on a loopback address only, and {} is none", config.listen)
            }
        };
        let message =
            format!("the secret of key {key} is public knowledge (SECRET_TOO_WEAK); {place}");
        bail!(Refused(message));
    }
    let stop = CancellationToken::new();
    let metrics = Metrics::default();
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;

    let routes = Api::new(core.control.clone()).routes();
    let gateway = Gateway::new(routes.clone())?;
    let (routes, health) = Api::with_open_services(routes).await?;
    let guard = SqlGuard::new(core.store.clone(), core.clock.clone());
    let ready = core.store.clone();
    let parts = Parts {
        routes: routes.prepare(),
        gateway,
        keys: Arc::new(core.control.clone()),
        guard: Arc::new(guard),
        clock: core.clock.clone(),
        cors_origins: config.server.cors_origins.clone(),
        metrics: metrics.clone(),
        ready: health::Ready(Arc::new(move || {
            let store = ready.clone();
            Box::pin(async move { store.ping().await.is_ok() })
        })),
    };
    let mut tasks = Vec::new();
    if worker {
        tasks.extend(start_worker(config, core, &stop)?);
    }
    let metrics_address = start_metrics(config, metrics, &stop, &mut tasks).await?;
    let server = Server::new(parts);
    let (token, stopping) = (stop.clone(), core.control.stopping());
    tasks.push(tokio::spawn(async move {
        let end = async move {
            token.cancelled().await;
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            stopping.cancel();
        };
        if let Err(error) = server.serve(listener, end).await {
            tracing::error!(%error, "the server ended");
        }
    }));
    Ok(Running { address, metrics: metrics_address, stop, tasks })
}

async fn start_metrics(
    config: &Config,
    metrics: Metrics,
    stop: &CancellationToken,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<Option<SocketAddr>> {
    if config.metrics_listen.is_empty() {
        return Ok(None);
    }
    let listener = match TcpListener::bind(&config.metrics_listen).await {
        Ok(listener) => listener,
        // The default port may be another server's of the same machine; a chosen one is meant.
        Err(error) if !config.metrics_chosen => {
            tracing::warn!(%error, address = config.metrics_listen, "no metrics: the default address is taken");
            return Ok(None);
        }
        Err(error) => {
            return Err(error).with_context(|| {
                format!("cannot listen on {} for metrics", config.metrics_listen)
            });
        }
    };
    let address = listener.local_addr()?;
    let render: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(move || metrics.render());
    tasks.push(tokio::spawn(health::serve_metrics(listener, render, stop.clone())));
    Ok(Some(address))
}

impl Running {
    /// Stops in order: no new work, long answers end, runs are given back, connections close. Returns false when some
    /// of it had to be cut short.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        let all = futures_util::future::join_all(self.tasks);
        tokio::time::timeout(STOP, all).await.is_ok()
    }
}

/// Completes at SIGINT or SIGTERM; a second signal ends the process at once.
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn signalled() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(())
}
