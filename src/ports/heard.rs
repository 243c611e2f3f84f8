//! What was said to another system and answered, kept aside while a write is made: a refusal of a record can show it.
//! Outside such a write nothing is kept.

use {
    crate::domain::exchange::Call,
    std::sync::{Arc, Mutex, PoisonError},
};

tokio::task_local! {
    /// The last call of the write that this task makes.
    static HEARD: Arc<Mutex<Option<Call>>>;
}

/// Makes a write, and returns the last call that was made for it.
pub async fn hear<T>(write: impl Future<Output = T>) -> (T, Option<Call>) {
    let heard = Arc::default();
    let told = HEARD.scope(Arc::clone(&heard), write).await;
    let call = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
    (told, call)
}

/// Keeps a call that is part of such a write.
pub fn note(call: impl FnOnce() -> Call) {
    let _outside = HEARD.try_with(|heard| {
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(call());
    });
}
