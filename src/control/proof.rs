//! Whether a master key belongs to the database: checked at every start, before anything is sealed or opened with it.

use {
    super::Vault,
    crate::{
        crypto::{
            CryptoError,
            envelope::{DataKey, MasterKey},
        },
        store::{MasterKeyRow, Store, StoreError},
    },
    chrono::{DateTime, Utc},
    std::fmt,
};

/// Why master keys are refused.
#[derive(Debug)]
pub enum KeyError {
    /// Secrets of the database are sealed with another key.
    Foreign {
        /// Id of that key.
        expected: String,
    },
    /// There is none.
    None,
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
                write!(f, "secrets of the database are sealed with master key {expected}")
            }
            Self::None => f.write_str("this process has no master key"),
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
    /// Proves that the database's master key is among those of this process, and notes the newest of them if none is noted:
    /// in an empty database, and in one whose secrets were sealed before there were proofs, after a key has opened the
    /// oldest of them. A data key that none of them opens refuses them all: its tenant could not be served.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn prove(&self, store: &Store, now: DateTime<Utc>) -> Result<(), KeyError> {
        let ring = self.ring();
        let foreign = |expected: &str| KeyError::Foreign { expected: expected.to_owned() };
        let noted = match store.across_tenants().master_key().await? {
            Some(noted) => noted,
            None => {
                let key = match store.across_tenants().oldest_data_key().await? {
                    Some((tenant, sealed)) => {
                        let id = &sealed.master_key_id;
                        let master = ring.get(id).ok_or_else(|| foreign(id))?;
                        DataKey::unwrap(&tenant, &sealed.data_key_id, &sealed.wrapped, master)
                            .map_err(|_| KeyError::Damaged)?;
                        master
                    }
                    None => ring.newest().ok_or(KeyError::None)?,
                };
                store.across_tenants().note_master_key(proof_of(key)?, now).await?
            }
        };
        let master = ring.get(&noted.master_key_id).ok_or_else(|| foreign(&noted.master_key_id))?;
        if !master.made(&noted.proof) {
            return Err(KeyError::Damaged);
        }
        match store.across_tenants().unknown_master_key(&ring.ids()).await? {
            Some(unknown) => Err(foreign(&unknown)),
            None => Ok(()),
        }
    }
}

/// Makes the row by which the database recognises a key.
pub(super) fn proof_of(key: &MasterKey) -> Result<MasterKeyRow, KeyError> {
    let proof = key.prove().map_err(KeyError::Crypto)?;
    Ok(MasterKeyRow { master_key_id: key.id().to_owned(), proof })
}
