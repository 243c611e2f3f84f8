//! Background loops: the worker, which claims runs; the dispatcher, which numbers events and hands them on; the upkeep, which cleans up after lost workers; the retention, which
//! deletes old runs; and the use of keys, which is stored in batches. They answer no caller and end when their token is cancelled.

mod dispatch;
mod ends;
mod key_use;
mod retention;
mod upkeep;
mod worker;

pub use {
    dispatch::Dispatcher,
    key_use::KeyUse,
    retention::{Forgotten, Retention},
    upkeep::Upkeep,
    worker::{Worker, WorkerOptions},
};
