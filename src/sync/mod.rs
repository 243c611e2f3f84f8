//! The engine: reads records from a source, maps them, finds or makes their counterparts in a target, and stores what
//! became of each, slice by slice. It knows neither system by name, except in `target/`.

mod apply;
mod arrival;
mod checkpoint;
mod engine;
mod extract;
mod heal;
mod identity;
mod lease;
mod leaving;
mod parents;
mod plan;
mod presence;
mod preview;
mod process;
mod profile;
mod removal;
mod resolve;
mod seat;
mod seek;
mod sight;
mod site;
mod standing;
mod target;

pub use {
    engine::{Ended, Engine, Job},
    lease::Lease,
    presence::Presence,
    preview::Preview,
    sight::Sight,
    site::Site,
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
