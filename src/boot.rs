//! Builds everything once from the settings and passes it on: store, vault, operations, connectors, worker, server;
//! and stops it in order.

mod backup;
mod bootstrap;
mod branding;
mod credential;
mod dump;
mod file;
mod guard;
mod key;
mod report;
mod stop;
mod widget;

pub(crate) use backup::{backup, mark_restored, restore};
pub(crate) use file::{make_folder, read_short};
pub use stop::{HangUps, Interrupted, signals, unless_stopped, with_core};
pub(crate) use widget::pack_widget;
pub use {
    bootstrap::bootstrap,
    credential::Credential,
    key::{KeyFile, add_key, key_files, put_away},
};

use {
    self::stop::with_store,
    crate::{
        adapters::{clock::SystemClock, guard::ReplayGuard},
        api::Api,
        budget::Budget,
        config::{self, Config, Mode},
        connectors::{Connectors, Options as ConnectorOptions},
        control::{self, Control, SealedTokens},
        domain::{access::Cidr, egress::EgressPolicy},
        gateway::Gateway,
        jobs::{Dispatcher, KeyUse, Retention, Upkeep, Worker, WorkerOptions},
        ports::Clock,
        server::{self, Documents, Frames, Origins, Parts, Server, health},
        store::{ConnectError, MigrationState, RowSecurity, Store, WallError},
        telemetry::Metrics,
    },
    anyhow::{Context as _, Result, bail},
    std::{fmt, net::SocketAddr, sync::Arc, time::Duration},
    tokio::{
        net::TcpListener,
        task::{AbortHandle, JoinHandle},
    },
    tokio_util::sync::CancellationToken,
};

/// How long an orderly stop may take, not counting the closing of the database.
const STOP: Duration = Duration::from_secs(25);

/// A start that was refused because of its settings: exit code 78 (EX_CONFIG of sysexits.h).
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// A database that does not answer or refuses the login.
#[derive(Debug)]
pub struct Unreachable(pub String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

/// What every command that works on the database needs.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub store: Store,
    /// The operations.
    pub control: Control,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes connections to both systems; all users in the process share tokens and limits.
    pub connect: Arc<Connectors>,
    /// The memory for requests, and for answers of both systems, while they are decoded.
    pub memory: Arc<Budget>,
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Address of `/metrics`, if it is switched on.
    pub metrics: Option<SocketAddr>,
    guard: Arc<ReplayGuard>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    cors_origins: Origins,
    parents: Origins,
    /// What it was started with.
    config: Config,
}

/// Puts the operations together. On SQLite the schema is updated here; on PostgreSQL `sigma-sync migrate` does that.
async fn assemble(config: &Config, store: &Store) -> Result<Core> {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    if config.database_url.0.starts_with("sqlite:") {
        bring_up(config, store).await.context("cannot bring the database up to date")?;
    } else if let MigrationState::Pending(count) = store.across_tenants().migration_state().await? {
        bail!(Refused(format!(
            "the database lacks {count} migrations; run `sigma-sync migrate` first"
        )));
    }
    let store = &walled(config, store).await?;
    // Before the first secret is in memory.
    dump::forbid(config);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = Arc::new(key::vault(config, store, clock.as_ref()).await?);
    let mode = if config.is_local() { control::Mode::Dev } else { control::Mode::Production };
    let memory = Budget::for_decoding(config.memory.decoding_mib);
    let tokens = SealedTokens::new(store.clone(), vault.clone());
    let connect = connectors(config, tokens, memory.clone())?;
    let control =
        Control::new(store.clone(), clock.clone(), vault, connect.clone(), egress(config), mode)
            .with_parents(Origins::new(config.widget.parents.clone()))
            .with_branding(branding::branding(config)?)
            .with_streams(usize::try_from(config.limits.streams).unwrap_or_default());
    Ok(Core { store: store.clone(), control, clock, connect, memory })
}

/// Returns how many migrations the database lacks.
pub async fn pending_migrations(config: &Config, stop: &CancellationToken) -> Result<usize> {
    with_store(config, stop, async |store| {
        let state = async {
            store.across_tenants().migration_state().await.context("cannot read the schema")
        };
        Ok(match unless_stopped(stop, state).await? {
            MigrationState::Current => 0,
            MigrationState::Pending(count) => count,
        })
    })
    .await
}

/// Brings the database up to date.
pub async fn migrate(config: &Config, stop: &CancellationToken) -> Result<()> {
    with_store(config, stop, async |store| {
        let migrated =
            async { bring_up(config, store).await.context("cannot bring the database up to date") };
        unless_stopped(stop, migrated).await
    })
    .await
}

/// Brings the schema up to date, and row security to what is set.
async fn bring_up(config: &Config, store: &Store) -> Result<()> {
    Box::pin(store.across_tenants().migrate_with(row_security(config))).await.map_err(wall_error)
}

/// Returns the database as it is to be used from now on: behind row security, where that is on.
async fn walled(config: &Config, store: &Store) -> Result<Store> {
    Box::pin(store.clone().walled(row_security(config))).await.map_err(wall_error)
}

fn row_security(config: &Config) -> RowSecurity {
    match (config.database.row_security, config.mode) {
        (config::RowSecurity::AsStored, Mode::Production) => RowSecurity::OnIfNew,
        (config::RowSecurity::AsStored, Mode::Dev) => RowSecurity::AsStored,
        (config::RowSecurity::On, _) => RowSecurity::On,
        (config::RowSecurity::Off, _) => RowSecurity::Off,
    }
}

fn wall_error(error: WallError) -> anyhow::Error {
    match error {
        WallError::Refused(reason) => Refused(reason).into(),
        WallError::Store(error) => error.into(),
    }
}

/// Opens the database. The folder and the file of a SQLite database are created if they are missing.
async fn open_store(config: &Config) -> Result<Store> {
    for (name, path) in config.database_url.files() {
        file::read_short(&path).map_err(|error| {
            Refused(format!("the file that {name} of the database URL names: {error}"))
        })?;
    }
    let found = file::prepare(config)?;
    let opened = Store::connect(&config.database_url.0, config.database.connections).await;
    let lease = Duration::from_millis(config.engine.lease_ms);
    let store = opened.map(|store| store.with_lease(lease)).map_err(|error| match error {
        ConnectError::Url(reason) | ConnectError::Pooler(reason) => {
            anyhow::Error::from(Refused(reason))
        }
        other => Unreachable(format!("cannot open the database: {other}")).into(),
    })?;
    if let Some(found) = found
        && let Err(error) = file::judge(&found, config, &store).await
    {
        let _as_it_was = store.close().await;
        return Err(error);
    }
    Ok(store)
}

/// The hosts that this deployment may call; one rule for saving and for calling.
fn egress(config: &Config) -> EgressPolicy {
    EgressPolicy {
        allow_loopback: config.mode == Mode::Dev,
        allow_hosts: config.egress.allow_hosts.clone(),
    }
}

/// Makes the connectors with the deployment's rules.
fn connectors(
    config: &Config,
    tokens: SealedTokens,
    memory: Arc<Budget>,
) -> Result<Arc<Connectors>> {
    let options = ConnectorOptions {
        moodle_max_vars: config.moodle.max_vars,
        moodle_in_flight: config.moodle.in_flight,
        timeout: Duration::from_millis(config.upstream.timeout_ms),
    };
    Ok(Arc::new(Connectors::new(egress(config), options, Arc::new(tokens))?.sharing(memory)))
}

/// Starts the loops that move records.
fn start_worker(
    config: &Config,
    core: &Core,
    metrics: &Metrics,
    stop: &CancellationToken,
) -> Result<Vec<JoinHandle<()>>> {
    let options = WorkerOptions {
        slots: config.worker.slots,
        poll: Duration::from_millis(config.worker.poll_ms.max(10)),
        metrics: metrics.clone(),
    };
    let (store, control, clock) = (core.store.clone(), core.control.clone(), core.clock.clone());
    let worker = Worker::new(store.clone(), control, clock.clone(), options);
    let upkeep = Upkeep::new(store.clone(), clock.clone());
    let retention = Retention::new(store, clock, config.history.keep_days)
        .with_audit_days(config.audit.keep_days)
        .with_figures_and_calls_days(config.history.figures_days, config.history.calls_days);
    Ok(vec![
        tokio::spawn(worker.run(stop.clone())),
        tokio::spawn(upkeep.run(stop.clone())),
        tokio::spawn(retention.run(stop.clone())),
    ])
}

/// Starts the loop that hands events on. Each process has it, and one of them works.
fn start_dispatcher(config: &Config, core: &Core, stop: &CancellationToken) -> JoinHandle<()> {
    let (store, clock) = (core.store.clone(), core.clock.clone());
    tokio::spawn(Dispatcher::new(store, clock, config.events.keep_days).run(stop.clone()))
}

/// Starts a worker without a server, with the listener for metrics and probes; they end when `stop` is cancelled.
pub async fn work(
    config: &Config,
    core: &Core,
    stop: &CancellationToken,
) -> Result<(Option<SocketAddr>, Vec<JoinHandle<()>>)> {
    let metrics = Metrics::default();
    let mut tasks = Vec::new();
    let address = start_metrics(config, ready(core), metrics.clone(), stop, &mut tasks).await?;
    tasks.extend(start_worker(config, core, &metrics, stop)?);
    tasks.push(start_dispatcher(config, core, stop));
    Ok((address, tasks))
}

/// Checks whether the process reaches its database.
fn ready(core: &Core) -> health::Ready {
    let store = core.store.clone();
    health::Ready(Arc::new(move || {
        let store = store.clone();
        Box::pin(async move { store.ping().await.is_ok() })
    }))
}

/// Checks whether a server can do its work: without its guard it accepts no request.
fn ready_to_serve(core: &Core, guard: &Arc<ReplayGuard>) -> health::Ready {
    let (ready, guard) = (ready(core), guard.clone());
    health::Ready(Arc::new(move || {
        let (ready, guard) = (ready.clone(), guard.clone());
        Box::pin(async move { guard.is_ready() && (ready.0)().await })
    }))
}

/// Starts the server, with a worker in the same process when `worker` is set.
pub async fn serve(config: &Config, core: &Core, worker: bool) -> Result<Running> {
    if !config.is_local()
        && let Some(key) = core.control.known_secret().await?
    {
        let place = match config.mode {
            Mode::Production => "production mode does not start with it".to_owned(),
            Mode::Dev => {
                format!(
                    "it is allowed only on a loopback address, and {} is not one",
                    config.listen
                )
            }
        };
        let message =
            format!("the secret of key {key} is public knowledge (SECRET_TOO_WEAK); {place}");
        bail!(Refused(message));
    }
    let trusted_proxies = trusted_proxies(config)?;
    bootstrap::from_file(config, core).await?;
    let stop = CancellationToken::new();
    let metrics = Metrics::default();
    let listener = server::bind(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;

    let routes = Api::new(core.control.clone()).routes();
    let gateway = Gateway::new(routes.clone())?;
    let (routes, health) = Api::with_open_services(routes).await?;
    let (guard, rates) = guard::open(config, core).await?;
    let ready = ready_to_serve(core, &guard);
    let cors_origins = Origins::new(config.server.cors_origins.clone());
    let parts = Parts {
        routes: routes.prepare(),
        gateway,
        keys: Arc::new(core.control.clone()),
        guard: guard.clone(),
        clock: core.clock.clone(),
        trusted_proxies,
        public_authorities: config.server.public_authorities.clone(),
        cors_origins: cors_origins.clone(),
        frames: Frames {
            ancestors: config.widget.frame_ancestors.clone(),
            parents: core.control.parents(),
        },
        documents: documents(config),
        metrics: metrics.clone(),
        ready: ready.clone(),
        limits: config.limits,
        rates: rates.clone(),
    };
    let mut tasks = Vec::new();
    // Steps that can fail come before those that work on the database.
    let metrics_address =
        start_metrics(config, ready.clone(), metrics.clone(), &stop, &mut tasks).await?;
    tasks.push(tokio::spawn(guard.clone().run(stop.clone())));
    tasks.push(tokio::spawn(rates.run(stop.clone())));
    if worker {
        tasks.extend(start_worker(config, core, &metrics, &stop)?);
    }
    tasks.push(start_dispatcher(config, core, &stop));
    tasks.push(tokio::spawn(KeyUse::new(core.control.clone()).run(stop.clone())));
    let server = Server::sharing(parts, core.memory.clone());
    let reported = report::report(health.clone(), ready, stop.clone());
    tasks.push(tokio::spawn(reported));
    let (token, stopping) = (stop.clone(), core.control.stopping());
    tasks.push(tokio::spawn(async move {
        let end = async move {
            token.cancelled().await;
            health.end().await;
            stopping.cancel();
        };
        if let Err(error) = server.serve(listener, end).await {
            tracing::error!(%error, "the server ended");
        }
    }));
    let config = config.clone();
    let parents = core.control.parents();
    let metrics = metrics_address;
    Ok(Running { address, metrics, guard, stop, tasks, cors_origins, parents, config })
}

/// Who may read what describes the API.
fn documents(config: &Config) -> Documents {
    match (config.server.documents, config.mode) {
        (config::Documents::Open, _) | (config::Documents::Auto, Mode::Dev) => Documents::Open,
        (config::Documents::Auto, Mode::Production) => Documents::Local,
        (config::Documents::Closed, _) => Documents::Closed,
    }
}

/// Reads the networks of the proxies in front.
fn trusted_proxies(config: &Config) -> Result<Vec<Cidr>> {
    let read = |text: &String| {
        let wrong = |reason| Refused(format!("server.trusted_proxies: '{text}': {reason}"));
        Ok(Cidr::parse(text).map_err(wrong)?)
    };
    config.server.trusted_proxies.iter().map(read).collect()
}

async fn start_metrics(
    config: &Config,
    ready: health::Ready,
    metrics: Metrics,
    stop: &CancellationToken,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<Option<SocketAddr>> {
    if config.metrics_listen.is_empty() {
        return Ok(None);
    }
    let listener = match TcpListener::bind(&config.metrics_listen).await {
        Ok(listener) => listener,
        // The default port may be used by another server on the same machine; a chosen port is meant.
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
    tasks.push(tokio::spawn(health::serve_metrics(listener, render, ready, stop.clone())));
    Ok(Some(address))
}

impl Running {
    /// Takes over what may change while a server runs: the origins of browsers, and the parents of the widget. Other settings
    /// need another start, which is said where they differ.
    pub fn reload(&self, mut config: Config) {
        let origins = std::mem::take(&mut config.server.cors_origins);
        tracing::info!(?origins, "took over server.cors_origins");
        self.cors_origins.replace(origins);
        config.server.cors_origins.clone_from(&self.config.server.cors_origins);
        let parents = std::mem::take(&mut config.widget.parents);
        tracing::info!(?parents, "took over widget.parents");
        self.parents.replace(parents);
        config.widget.parents.clone_from(&self.config.widget.parents);
        if format!("{config:?}") != format!("{:?}", self.config) {
            tracing::warn!("other settings have changed too; they take effect at the next start");
        }
    }

    /// Stops in order: no new work, long answers end, runs are given back, connections close. Returns false if some
    /// of it had to be cut short.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        let cut: Vec<AbortHandle> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        let all = futures_util::future::join_all(self.tasks);
        let in_time = tokio::time::timeout(STOP, all).await.is_ok();
        // No task works on the database while it is closed.
        cut.iter().for_each(AbortHandle::abort);
        // After the last request.
        self.guard.end().await;
        in_time
    }
}
