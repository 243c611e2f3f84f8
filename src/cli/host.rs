//! Commands of the host: serve, worker, migrate, seed.

use {
    super::{
        Failed, exit,
        output::{print_line, tell},
        widget,
    },
    crate::{
        boot::{self, Core, HangUps, Running},
        config::{Config, ConfigError, Mode},
        control::{DEFAULT_KEY, DEFAULT_TENANT, SeedReport},
    },
    anyhow::Context as _,
    futures_util::future::join_all,
    secrecy::ExposeSecret as _,
    std::{net::SocketAddr, process::ExitCode},
};

/// Serves until a signal. `load` reads the settings again.
pub(super) async fn serve(
    config: &Config,
    load: impl Fn() -> Result<Config, ConfigError>,
    worker: bool,
) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    let mut hang_ups = HangUps::listen()?;
    boot::with_core(config, &stop, async |core| {
        if config.is_local() {
            seed_empty(core).await?;
        }
        let running = boot::serve(config, core, worker).await?;
        announce(config, &running);
        if config.is_local() {
            offer_session(core, running.address).await;
        }
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = hang_ups.next() => match load() {
                    Ok(config) => running.reload(config),
                    Err(error) => tracing::error!(%error, "the settings cannot be read again, and stay as they are"),
                },
            }
        }
        tracing::info!("stopping");
        Ok(if running.stop().await { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
    })
    .await
}

/// On an empty database, a developer finds the tenant that every sample uses.
pub(super) async fn seed_empty(core: &Core) -> Result<(), Failed> {
    Ok(core.control.seed_empty().await.context("cannot make the default tenant")?)
}

fn announce(config: &Config, running: &Running) {
    let address = running.address;
    tracing::info!(%address, mode = ?config.mode, "serving gRPC, gRPC-Web and REST");
    if let Some(metrics) = running.metrics {
        tracing::info!(address = %metrics, "serving /metrics");
    }
    tell(&format!("sigma-sync on http://{address} (API page: http://{address}/docs)"));
    if config.is_local() {
        tell(&format!(
            "development mode: key {DEFAULT_KEY} of tenant {DEFAULT_TENANT} works from this machine"
        ));
    }
}

/// Tells a developer a link to the widget on this machine; nothing where the seeded key is gone.
async fn offer_session(core: &Core, address: SocketAddr) {
    if let Some(link) = widget_link(core, address).await {
        tell(&format!("widget, signed in once within five minutes: {link}"));
    }
}

/// Returns a link that opens the widget as owner with the seeded key.
pub(super) async fn widget_link(core: &Core, address: SocketAddr) -> Option<String> {
    let code = core.control.default_session_code().await.ok()?;
    Some(widget::link(&format!("http://{address}"), code.expose_secret()))
}

pub(super) async fn worker(config: &Config) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let (metrics, tasks) = boot::work(config, core, &stop).await?;
        let served = metrics.map(|address| format!("; probes and metrics on http://{address}"));
        tell(&format!("working on runs{}", served.unwrap_or_default()));
        for ended in join_all(tasks).await {
            ended.context("a loop broke off")?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn migrate(config: &Config, status: bool) -> Result<ExitCode, Failed> {
    let stop = boot::signals()?;
    if status {
        return Ok(match boot::pending_migrations(config, &stop).await? {
            0 => {
                print_line("up to date")?;
                ExitCode::SUCCESS
            }
            count => {
                print_line(&format!("{count} pending"))?;
                ExitCode::from(exit::DIFFERENT)
            }
        });
    }
    boot::migrate(config, &stop).await?;
    print_line("up to date")?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn seed(config: &Config) -> Result<ExitCode, Failed> {
    if config.mode == Mode::Production {
        let message = "the seed's secret is public knowledge; it is not made in production mode";
        return Err(Failed::new(exit::CONFIG, message));
    }
    let stop = boot::signals()?;
    boot::with_core(config, &stop, async |core| {
        let seeded = async { Ok::<_, Failed>(core.control.seed().await.context("cannot seed")?) };
        print_line(&match boot::unless_stopped(&stop, seeded).await? {
            SeedReport::Created => format!("tenant {DEFAULT_TENANT} made, key {DEFAULT_KEY}"),
            SeedReport::Restored => {
                format!("tenant {DEFAULT_TENANT} was there; its listed mappings were restored")
            }
        })?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
