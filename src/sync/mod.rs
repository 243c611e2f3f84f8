//! The engine: reads records from a source, maps them, finds or makes their counterparts in a target, and stores what
//! became of each, slice by slice. It knows neither system by name, except in `kinds/`.

mod checkpoint;
mod decide;
mod dry_run;
mod end_use;
mod find;
mod kinds;
mod lease;
mod look_up;
mod parents;
mod presence;
mod read;
mod recover;
mod remove;
mod run;
mod same_site;
mod sight;
mod slice;
mod write;

pub use {
    dry_run::DryRun,
    lease::Lease,
    presence::Presence,
    run::{Ended, Engine, Job},
    same_site::Site,
    sight::Sight,
};

use {
    crate::{
        domain::record::{self, Canonical},
        ports::ConnectorError,
        store::StoreError,
    },
    sha2::{Digest, Sha256},
};

/// Why a slice ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Cancelling was asked for.
    Cancelled,
    /// Another worker has the run by now.
    Lost,
    /// A system did not do its part.
    Upstream(ConnectorError),
    /// The database did not do its part.
    Store(StoreError),
}

impl From<ConnectorError> for Stop {
    fn from(error: ConnectorError) -> Self {
        Self::Upstream(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Returns the fingerprint of canonical fields.
pub(crate) fn fingerprint(fields: &Canonical) -> Vec<u8> {
    Sha256::digest(record::encode(fields)).to_vec()
}
