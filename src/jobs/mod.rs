//! Loops that run by themselves: the worker that claims runs and the upkeep that clears up after others. They answer no
//! caller and end when their token is cancelled.

mod upkeep;
mod worker;

pub use {
    upkeep::Upkeep,
    worker::{Worker, WorkerOptions},
};
