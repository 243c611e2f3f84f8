//! Deletes ended runs that are older than a tenant keeps them, and the oldest entries of the audit log, figures of runs and
//! calls behind failed records, in small steps: the writers of a run must not wait behind it.

use {
    crate::{
        ports::Clock,
        store::{Store, StoreError},
    },
    chrono::{DateTime, DurationRound as _, TimeDelta, Utc},
    std::{sync::Arc, time::Duration},
    tokio_util::sync::CancellationToken,
};

/// Pause between two looks if nothing is left to delete.
const PAUSE: Duration = Duration::from_secs(60);
/// Pause between two looks if more is to be deleted.
const SHORT_PAUSE: Duration = Duration::from_secs(2);
/// Rows that one transaction deletes.
const ROWS: u64 = 1_000;
/// Greatest number of transactions in one look.
const STEPS: u32 = 50;
/// Pause between two transactions.
const BREATH: Duration = Duration::from_millis(20);
/// A day of the calendar.
const DAY: TimeDelta = TimeDelta::days(1);
/// Runs that are looked up at a time.
const RUNS: u64 = 50;
/// Tenants whose audit logs are looked up at a time.
const LOGS: u64 = 50;

/// The result of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Deleted runs.
    pub runs: u32,
    /// Deleted rows.
    pub rows: u64,
    /// True if there is more to delete.
    pub more: bool,
}

/// The loop.
#[derive(Debug, Clone)]
pub struct Retention {
    store: Store,
    clock: Arc<dyn Clock>,
    default_days: i32,
    audit_days: i32,
    figures_days: i32,
    calls_days: i32,
}

impl Retention {
    /// Makes the loop. `default_days` applies to tenants that have not set how long they keep runs; 0 is for ever.
    pub fn new(store: Store, clock: Arc<dyn Clock>, default_days: i32) -> Self {
        Self { store, clock, default_days, audit_days: 0, figures_days: 0, calls_days: 0 }
    }

    /// Sets for how many days the audit log is kept; 0 is for ever.
    #[must_use]
    pub fn with_audit_days(self, audit_days: i32) -> Self {
        Self { audit_days, ..self }
    }

    /// Sets for how many days the figures of runs, and the calls behind failed records, are kept; 0 is for ever.
    #[must_use]
    pub fn with_figures_and_calls_days(self, figures_days: i32, calls_days: i32) -> Self {
        Self { figures_days, calls_days, ..self }
    }

    /// Runs until the token is cancelled.
    pub async fn run(self, token: CancellationToken) {
        loop {
            if let Err(error) = self.trim_audit(self.clock.now(), &token).await {
                tracing::warn!(%error, "could not delete old entries of the audit log");
            }
            if let Err(error) = self.sweep(self.clock.now(), &token).await {
                tracing::warn!(%error, "could not delete old figures and calls");
            }
            let pause = match self.look(self.clock.now(), &token).await {
                Ok(Forgotten { runs, rows, more }) => {
                    if rows > 0 {
                        tracing::info!(runs, rows, "forgot runs that were kept long enough");
                    }
                    if more { SHORT_PAUSE } else { PAUSE }
                }
                Err(error) => {
                    tracing::warn!(%error, "could not forget old runs");
                    PAUSE
                }
            };
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Deletes what is too old at `now`, as much as one look may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(
        &self,
        now: DateTime<Utc>,
        token: &CancellationToken,
    ) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        let mut steps = STEPS;
        for days in self.store.across_tenants().days_kept(self.default_days).await? {
            let Some(before) = now.checked_sub_signed(TimeDelta::days(days.into())) else {
                continue;
            };
            if days <= 0 {
                continue;
            }
            let runs =
                self.store.across_tenants().old_runs(days, self.default_days, before, RUNS).await?;
            forgotten.more |= runs.len() as u64 == RUNS;
            for run in runs {
                loop {
                    if steps == 0 || token.is_cancelled() {
                        forgotten.more = true;
                        return Ok(forgotten);
                    }
                    steps -= 1;
                    let shrunk = self.store.of(&run.scope).shrink_run(run.id, before, ROWS).await?;
                    forgotten.rows += shrunk.rows;
                    if shrunk.done {
                        forgotten.runs += u32::from(shrunk.rows > 0);
                        break;
                    }
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        Ok(forgotten)
    }

    /// Deletes the figures of runs and the calls behind failed records that are too old at `now`, as many as one look may;
    /// returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(
        &self,
        now: DateTime<Utc>,
        token: &CancellationToken,
    ) -> Result<u64, StoreError> {
        let before =
            |days: i32| now.checked_sub_signed(TimeDelta::days(days.into())).filter(|_| days > 0);
        let all = self.store.across_tenants();
        let (figures, calls) = (before(self.figures_days), before(self.calls_days));
        let mut deleted = 0;
        for _ in 0..STEPS {
            let mut gone = 0;
            if let Some(before) = figures {
                gone = gone.max(all.sweep_stats(before, ROWS).await?);
            }
            if let Some(before) = calls {
                gone = gone.max(all.sweep_exchanges(before, ROWS).await?);
            }
            deleted += gone;
            if gone < ROWS || token.is_cancelled() {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(deleted)
    }

    /// Deletes the entries of audit logs that are too old at `now`, as many as one look may; returns how many. By whole
    /// days, so that a log gets at most one tombstone a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trim_audit(
        &self,
        now: DateTime<Utc>,
        token: &CancellationToken,
    ) -> Result<u64, StoreError> {
        let days = TimeDelta::days(self.audit_days.into());
        let day = now.checked_sub_signed(days).and_then(|at| at.duration_trunc(DAY).ok());
        let Some(until) = day.filter(|_| self.audit_days > 0) else { return Ok(0) };
        let (mut steps, mut deleted) = (STEPS, 0);
        for scope in self.store.across_tenants().old_audits(until, LOGS).await? {
            loop {
                if steps == 0 || token.is_cancelled() {
                    return Ok(deleted);
                }
                steps -= 1;
                let gone = self.store.of(&scope).trim_audit(until, now, ROWS).await?;
                deleted += gone;
                if gone < ROWS {
                    break;
                }
                tokio::time::sleep(BREATH).await;
            }
        }
        Ok(deleted)
    }
}
