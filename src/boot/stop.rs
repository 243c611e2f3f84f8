//! How a process ends: at a signal, in order, with the database closed whether or not the work succeeded.

use {
    super::{Core, assemble, open_store},
    crate::{config::Config, store::Store},
    anyhow::Result,
    std::{fmt, io::IsTerminal as _, time::Duration},
    tokio::signal::unix::{Signal, SignalKind, signal},
    tokio_util::sync::CancellationToken,
};

/// How long the closing of the database may take; together with the stop of a server it stays below the half minute
/// that supervisors usually allow.
const CLOSING: Duration = Duration::from_secs(4);

/// A command that a signal ended before it was finished.
#[derive(Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Returns the token that SIGINT or SIGTERM cancels; a second signal ends the process at once.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn signals() -> Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                token.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(stop)
}

/// The SIGHUPs of a process. At a terminal such a signal means that the terminal is gone, and ends the process as usual.
#[derive(Debug)]
pub struct HangUps(Option<Signal>);

impl HangUps {
    /// Listens to them from now on.
    ///
    /// # Errors
    /// When the signal cannot be listened to.
    pub fn listen() -> Result<Self> {
        let at_terminal = std::io::stderr().is_terminal();
        Ok(Self(if at_terminal { None } else { Some(signal(SignalKind::hangup())?) }))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}

/// Does work that a stop may interrupt.
///
/// # Errors
/// `Interrupted` if it was; otherwise the error of the work.
pub async fn unless_stopped<T, E: From<anyhow::Error>>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::select! {
        done = work => done,
        () = stop.cancelled() => Err(anyhow::Error::from(Interrupted).into()),
    }
}

/// Opens the database, does the work, and closes the database, also if the work fails. A stop interrupts the opening;
/// the work watches for the stop itself.
///
/// # Errors
/// Why the database was not opened; otherwise the error of the work.
pub async fn with_core<T, E: From<anyhow::Error>>(
    config: &Config,
    stop: &CancellationToken,
    work: impl AsyncFnOnce(&Core) -> Result<T, E>,
) -> Result<T, E> {
    with_store(config, stop, async |store| {
        let core = unless_stopped(stop, assemble(config, store)).await?;
        work(&core).await
    })
    .await
}

/// The same for work that needs only the database.
pub(super) async fn with_store<T, E: From<anyhow::Error>>(
    config: &Config,
    stop: &CancellationToken,
    work: impl AsyncFnOnce(&Store) -> Result<T, E>,
) -> Result<T, E> {
    let store = unless_stopped(stop, open_store(config)).await?;
    let done = work(&store).await;
    match tokio::time::timeout(CLOSING, store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the database could not be closed in order"),
        Err(_) => tracing::warn!("the database could not be closed in time"),
    }
    done
}
