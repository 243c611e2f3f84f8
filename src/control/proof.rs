//! Whether a master key belongs to the database: checked at every start, before anything is sealed or opened with it.

use {
    super::Vault,
    crate::{
        crypto::{CryptoError, envelope::DataKey},
        store::{MasterKeyRow, Store, StoreError},
    },
    chrono::{DateTime, Utc},
    std::fmt,
};

/// Why a master key is refused.
#[derive(Debug)]
pub enum KeyError {
    /// The database's secrets are sealed with another key.
    Foreign {
        /// Id of the database's key.
        expected: String,
    },
    /// The id is right, but the key opens nothing: the stored data is damaged.
    Damaged,
    /// The database failed.
    Store(StoreError),
    /// No proof could be made.
    Crypto(CryptoError),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { expected } => {
                write!(f, "the database's secrets are sealed with master key {expected}")
            }
            Self::Damaged => f.write_str("what the database knows its master key by is damaged"),
            Self::Store(cause) => write!(f, "{cause}"),
            Self::Crypto(cause) => write!(f, "{cause}"),
        }
    }
}

impl std::error::Error for KeyError {}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Returns the id of the master key with which the database's secrets are sealed; `None` if nothing is sealed yet.
///
/// # Errors
/// When the database fails.
pub async fn expected_key(store: &Store) -> Result<Option<String>, StoreError> {
    if let Some(noted) = store.across_tenants().master_key().await? {
        return Ok(Some(noted.master_key_id));
    }
    Ok(store.across_tenants().oldest_data_key().await?.map(|(_, sealed)| sealed.master_key_id))
}

impl Vault {
    /// Proves that the master key belongs to the database, and notes it if none is noted: in an empty database, and
    /// in one whose secrets were sealed before there were proofs, after it has opened the oldest of them. Returns the
    /// number of tenants sealed with another key: a process with a wrong key could create some as long as nothing was
    /// noted.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn prove(&self, store: &Store, now: DateTime<Utc>) -> Result<u64, KeyError> {
        let foreign = |expected: String| Err(KeyError::Foreign { expected });
        let noted = match store.across_tenants().master_key().await? {
            Some(noted) => noted,
            None => {
                if let Some((tenant, sealed)) = store.across_tenants().oldest_data_key().await? {
                    if sealed.master_key_id != self.master.id() {
                        return foreign(sealed.master_key_id);
                    }
                    let (id, wrapped) = (&sealed.data_key_id, &sealed.wrapped);
                    DataKey::unwrap(&tenant, id, wrapped, &self.master)
                        .map_err(|_| KeyError::Damaged)?;
                }
                let proof = self.master.prove().map_err(KeyError::Crypto)?;
                let row = MasterKeyRow { master_key_id: self.master.id().to_owned(), proof };
                store.across_tenants().note_master_key(row, now).await?
            }
        };
        if noted.master_key_id != self.master.id() {
            return foreign(noted.master_key_id);
        }
        if !self.master.made(&noted.proof) {
            return Err(KeyError::Damaged);
        }
        Ok(store.across_tenants().data_keys_of_others(self.master.id()).await?)
    }
}
