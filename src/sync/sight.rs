//! What a run knows about the target's accounts: whether they are visible (`kinds/user/shown.rs`), what their names may
//! be, and what their profile fields take (`kinds/payment/typed.rs`).

use {
    crate::{domain::id::RecordId, ports::Rights},
    std::{
        collections::BTreeMap,
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// What a run knows about the target's accounts.
#[derive(Debug, Default)]
pub struct Sight {
    seen: Mutex<Seen>,
    rights: tokio::sync::Mutex<Rights>,
}

#[derive(Debug, Default)]
struct Seen {
    /// A record whose account this run has created or found: it is looked up along with the others from then on.
    witness: Option<RecordId>,
    /// True: accounts other than the token's own were visible in this run.
    proven: bool,
    /// Whether user names may have characters other than the usual ones, once the target was asked.
    any_names: Option<bool>,
    /// Data types of profile fields that are not text, by the names of the fields.
    types: BTreeMap<String, String>,
}

impl Sight {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a record whose account exists.
    pub(crate) fn note(&self, zoho_id: &RecordId) {
        self.seen().witness = Some(zoho_id.clone());
    }

    /// Returns the record whose account is looked up along with others.
    pub(crate) fn witness(&self) -> Option<RecordId> {
        self.seen().witness.clone()
    }

    /// Returns whether accounts other than the token's own were visible.
    pub(crate) fn is_proven(&self) -> bool {
        self.seen().proven
    }

    /// Notes that accounts other than the token's own were visible just now.
    pub(crate) fn prove(&self) {
        let mut seen = self.seen();
        (seen.proven, seen.witness) = (true, None);
    }

    /// Returns whether user names may have other characters than the usual ones; `None`: the target was not asked.
    pub(crate) fn any_names(&self) -> Option<bool> {
        self.seen().any_names
    }

    /// Notes whether user names may have other characters than the usual ones.
    pub(crate) fn note_names(&self, any: bool) {
        self.seen().any_names = Some(any);
    }

    /// Returns the data type of a profile field that is known not to be text.
    pub(crate) fn data_type(&self, field: &str) -> Option<String> {
        self.seen().types.get(field).cloned()
    }

    /// Notes the data type of a profile field that is not text.
    pub(crate) fn note_type(&self, field: &str, data_type: &str) {
        self.seen().types.insert(field.to_owned(), data_type.to_owned());
    }

    /// Returns what is known about the rights of accounts.
    pub(crate) async fn rights(&self) -> tokio::sync::MutexGuard<'_, Rights> {
        self.rights.lock().await
    }
}
