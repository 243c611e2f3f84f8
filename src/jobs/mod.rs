//! Loops that run by themselves: the worker that claims runs, the upkeep that clears up after others, and the retention
//! that forgets what is old. They answer no caller and end when their token is cancelled.

mod ends;
mod retention;
mod upkeep;
mod worker;

pub use {
    retention::{Forgotten, Retention},
    upkeep::Upkeep,
    worker::{Worker, WorkerOptions},
};
