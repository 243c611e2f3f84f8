//! What all connections to a Moodle site share: how many calls it takes at once, how many variables a
//! call may hold, and a circuit that opens when it does not answer.

use {
    crate::{
        domain::code::{self, Provider},
        ports::{ConnectorError, Failure},
    },
    std::{
        sync::{
            Mutex, MutexGuard, PoisonError,
            atomic::{AtomicBool, AtomicUsize, Ordering},
        },
        time::Duration,
    },
    tokio::{
        sync::{Semaphore, SemaphorePermit},
        time::Instant,
    },
};

/// Unanswered calls in a row that open the circuit.
const FAILURES: u32 = 5;
/// How long the circuit stays open. The first call after that decides whether it stays open.
const OPEN: Duration = Duration::from_secs(30);

/// A site.
#[derive(Debug)]
pub(crate) struct Site {
    permits: Semaphore,
    /// Variables of a call beyond which PHP drops them there; until it is known, any number.
    max_vars: AtomicUsize,
    /// True once the site was seen to take user names with any characters.
    any_names: AtomicBool,
    circuit: Mutex<Circuit>,
}

#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    open_until: Option<Instant>,
}

impl Circuit {
    /// Returns how much longer the site is left alone.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = self.open_until?.checked_duration_since(now)?;
        (!wait.is_zero()).then_some(wait)
    }

    fn note(&mut self, answered: bool, now: Instant) {
        if answered {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.open_until = Some(now + OPEN);
        }
    }
}

impl Site {
    pub(crate) fn new(in_flight: usize) -> Self {
        Self {
            permits: Semaphore::new(in_flight.max(1)),
            max_vars: AtomicUsize::new(usize::MAX),
            any_names: AtomicBool::new(false),
            circuit: Mutex::default(),
        }
    }

    /// Returns the most variables that a call to the site may hold, as far as that is known.
    pub(super) fn max_vars(&self) -> usize {
        self.max_vars.load(Ordering::Relaxed)
    }

    /// Notes that calls with more variables do not come through whole.
    pub(super) fn takes(&self, max_vars: usize) {
        self.max_vars.fetch_min(max_vars, Ordering::Relaxed);
    }

    /// Returns whether the site was seen to take user names with any characters.
    pub(super) fn any_names(&self) -> bool {
        self.any_names.load(Ordering::Relaxed)
    }

    /// Notes whether the site takes user names with any characters.
    pub(super) fn note_names(&self, any: bool) {
        self.any_names.store(any, Ordering::Relaxed);
    }

    /// Waits for a place among the calls at once.
    ///
    /// # Errors
    /// When the site has not answered for a while.
    pub(super) async fn enter(&self) -> Result<Option<SemaphorePermit<'_>>, ConnectorError> {
        self.check()?;
        let permit = self.permits.acquire().await.ok();
        // The circuit may have opened in the meantime.
        self.check()?;
        Ok(permit)
    }

    fn check(&self) -> Result<(), ConnectorError> {
        let Some(wait) = self.circuit().wait(Instant::now()) else { return Ok(()) };
        let message = "the Moodle site has not answered several times in a row; it is left alone \
                       for half a minute";
        let mut error =
            ConnectorError::new(Failure::Unreachable, code::UPSTREAM_UNREACHABLE, message)
                .about(Provider::Moodle);
        error.retry_after = Some(wait);
        Err(error)
    }

    /// Notes whether a call was answered.
    pub(super) fn note(&self, answered: bool) {
        self.circuit().note(answered, Instant::now());
    }

    /// Lets a call that told nothing wait as long as the site is left alone after it.
    pub(super) fn patient(&self, error: ConnectorError) -> ConnectorError {
        let unanswered = matches!(error.failure, Failure::Unreachable | Failure::Ambiguous);
        match self.circuit().wait(Instant::now()) {
            wait @ Some(_) if unanswered && error.retry_after.is_none() => {
                ConnectorError { retry_after: wait, ..error }
            }
            _ => error,
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_calls_without_an_answer_open_the_circuit_for_a_while() {
        let (mut circuit, start) = (Circuit::default(), Instant::now());
        let fail = |circuit: &mut Circuit, times| {
            (0..times).for_each(|_| circuit.note(false, start));
        };
        fail(&mut circuit, 4);
        circuit.note(true, start);
        fail(&mut circuit, 4);
        assert_eq!(circuit.wait(start), None);
        fail(&mut circuit, 1);
        assert_eq!(circuit.wait(start), Some(OPEN));
        assert_eq!(circuit.wait(start + OPEN), None);
        // From now on one more failure opens the circuit, and one answer closes it.
        circuit.note(false, start + OPEN);
        assert_eq!(circuit.wait(start + OPEN), Some(OPEN));
        circuit.note(true, start + OPEN);
        circuit.note(false, start + OPEN);
        assert_eq!(circuit.wait(start + OPEN), None);
    }

    #[tokio::test]
    async fn nobody_enters_while_it_is_open() {
        let site = Site::new(2);
        (0..FAILURES).for_each(|_| site.note(false));
        let error = site.enter().await.unwrap_err();
        assert_eq!((error.failure, error.code), (Failure::Unreachable, code::UPSTREAM_UNREACHABLE));
        assert!(error.retry_after.is_some());
        // The call that opens it, or finds the site still silent, waits as well.
        let code = code::UPSTREAM_UNREACHABLE;
        for failure in [Failure::Unreachable, Failure::Ambiguous] {
            let error = site.patient(ConnectorError::new(failure, code, "x"));
            assert!(error.retry_after.is_some(), "{failure:?}");
        }
        site.note(true);
        assert!(site.enter().await.is_ok());
    }
}
