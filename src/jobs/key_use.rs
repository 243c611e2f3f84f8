//! Stores when keys were last used, in batches: a request does not wait for it.

use {crate::control::Control, std::time::Duration, tokio_util::sync::CancellationToken};

/// The time between two batches.
const EVERY: Duration = Duration::from_secs(60);

/// The loop.
#[derive(Debug, Clone)]
pub struct KeyUse {
    control: Control,
}

impl KeyUse {
    /// Makes the loop.
    pub const fn new(control: Control) -> Self {
        Self { control }
    }

    /// Runs until the token is cancelled; then the last batch is stored.
    pub async fn run(self, token: CancellationToken) {
        loop {
            let last = tokio::select! {
                () = token.cancelled() => true,
                () = tokio::time::sleep(EVERY) => false,
            };
            if let Err(error) = self.control.note_key_uses().await {
                tracing::warn!(%error, "could not store when keys were last used");
            }
            if last {
                return;
            }
        }
    }
}
