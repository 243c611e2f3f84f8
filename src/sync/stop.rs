//! Why the work on a slice ends before its end.

use crate::{ports::ConnectorError, store::StoreError};

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
