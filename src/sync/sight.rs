//! What a run has seen of the accounts of the target. What it means is in `kinds/user/shown.rs`.

use {
    crate::ports::Rights,
    std::sync::{Mutex, MutexGuard, PoisonError},
};

/// What a run has seen of the accounts of the target.
#[derive(Debug, Default)]
pub struct Sight {
    seen: Mutex<Seen>,
    rights: tokio::sync::Mutex<Rights>,
}

#[derive(Debug, Default)]
struct Seen {
    /// A record whose account this run has made or found: it is looked up along with the others from then on.
    witness: Option<String>,
    /// True: others than the token's own account were shown in this run.
    proven: bool,
}

impl Sight {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a record whose account is there.
    pub(crate) fn note(&self, zoho_id: &str) {
        self.seen().witness = Some(zoho_id.to_owned());
    }

    /// Returns the record whose account is looked up along with others.
    pub(crate) fn witness(&self) -> Option<String> {
        self.seen().witness.clone()
    }

    /// Returns whether others than the token's own account were shown.
    pub(crate) fn is_proven(&self) -> bool {
        self.seen().proven
    }

    /// Notes that others than the token's own account were shown just now.
    pub(crate) fn prove(&self) {
        let mut seen = self.seen();
        (seen.proven, seen.witness) = (true, None);
    }

    /// Returns what the target has told of the rights of accounts.
    pub(crate) async fn rights(&self) -> tokio::sync::MutexGuard<'_, Rights> {
        self.rights.lock().await
    }
}
