//! What a run would write, counted, as its steps share it. How it is counted and judged is in `brake.rs`.

use {
    super::checkpoint::Braked,
    std::sync::{Mutex, MutexGuard, PoisonError},
};

/// What a run would write, counted.
#[derive(Debug, Default)]
pub struct ChangeBrake(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    braked: Braked,
    /// The most objects that a run made before, once that matters; the inner `None` where it is not to be judged.
    most_made: Option<Option<i64>>,
}

impl ChangeBrake {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is counted.
    pub(crate) fn braked(&self) -> Braked {
        self.lock().braked.clone()
    }

    /// Goes on with what is counted.
    pub(crate) fn set(&self, braked: Braked) {
        self.lock().braked = braked;
    }

    /// Returns the most objects that a run made before, where that was looked up.
    pub(crate) fn most_made(&self) -> Option<Option<i64>> {
        self.lock().most_made
    }

    /// Notes the most objects that a run made before; `None` where it is not to be judged.
    pub(crate) fn note_most_made(&self, most: Option<i64>) {
        self.lock().most_made = Some(most);
    }
}
