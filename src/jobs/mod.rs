//! Background loops: the worker, which claims runs; the upkeep, which cleans up after lost workers; and the
//! retention, which deletes old runs. They answer no caller and end when their token is cancelled.

mod ends;
mod retention;
mod upkeep;
mod worker;

pub use {
    retention::{Forgotten, Retention},
    upkeep::Upkeep,
    worker::{Worker, WorkerOptions},
};
