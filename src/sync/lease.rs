//! A worker's hold on a run: the run, the epoch, the end of the lease, and whether to stop.

use {
    super::stop::Stop,
    crate::domain::id::RunId,
    std::{
        sync::{Mutex, PoisonError},
        time::{Duration, Instant},
    },
    tokio_util::sync::CancellationToken,
};

/// Writes to another system end this share of the lease before its end, so that a slow call does not outlast it.
const MARGIN: u32 = 6;

/// A hold on a run.
#[derive(Debug)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// Included in every write.
    pub epoch: i64,
    cancel: CancellationToken,
    lost: CancellationToken,
    drain: CancellationToken,
    length: Duration,
    /// On this process's monotonic clock: a jump of the wall clock does not move it.
    until: Mutex<Instant>,
}

impl Lease {
    /// A lease of this length, granted by a claim that began at `since`.
    pub fn new(run: RunId, epoch: i64, since: Instant, length: Duration) -> Self {
        Self {
            run,
            epoch,
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
            drain: CancellationToken::new(),
            length,
            until: Mutex::new(since + length),
        }
    }

    /// Notes a heartbeat that began at `since` and confirmed the lease.
    pub fn prolong(&self, since: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = since + self.length;
    }

    /// Notes that another worker has the run.
    pub fn lose(&self) {
        self.lost.cancel();
    }

    /// Asks the work to stop after the calls in progress.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Asks for the run to be given back after the current slice.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// True once the run should be given back.
    pub(crate) fn draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// True once the work should stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Completes when another worker has the run.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Returns whether a write to another system may begin now.
    pub(crate) fn may_write(&self) -> Result<(), Stop> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lost.is_cancelled() || Instant::now() + self.length / MARGIN >= until {
            return Err(Stop::Lost);
        }
        if self.cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, uuid::Uuid};

    #[test]
    fn a_lease_near_its_end_forbids_writes() {
        let Some(past) = Instant::now().checked_sub(Duration::from_secs(26)) else { return };
        let lease = Lease::new(RunId::new(Uuid::nil()), 1, past, Duration::from_secs(30));
        assert!(matches!(lease.may_write(), Err(Stop::Lost)));
        lease.prolong(Instant::now());
        assert!(lease.may_write().is_ok());
        lease.cancel();
        assert!(matches!(lease.may_write(), Err(Stop::Cancelled)));
        lease.lose();
        assert!(matches!(lease.may_write(), Err(Stop::Lost)));
    }
}
