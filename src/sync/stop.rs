//! Why the work on a slice ends before its end.

use crate::{ports::ConnectorError, store::StoreError};

/// Why a slice ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A request to cancel came.
    Cancelled,
    /// What the slice would write is suspect: the rest is planned before any more is written.
    Plan,
    /// Another worker has the run.
    Lost,
    /// A call to another system failed.
    Upstream(ConnectorError),
    /// The database failed.
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
