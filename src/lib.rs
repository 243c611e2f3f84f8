//! sigma-sync keeps Zoho CRM and Moodle in step: the control plane (tenants, settings, modules, mappings, runs), its
//! gRPC and REST API, and the engine that moves the records. `ARCHITECTURE.md` explains the layout of the code.

// `cli/output.rs` writes what people read: a pipe that was closed must end a command, not break it.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod adapters;
pub mod api;
pub mod boot;
pub mod budget;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod control;
pub mod crypto;
pub mod domain;
pub mod error;
#[cfg(test)]
#[path = "../tests/fuzz/harness.rs"]
mod fuzz;
pub mod gateway;
pub mod jobs;
pub mod ports;
pub mod proto;
pub mod server;
pub mod store;
pub mod sync;
pub mod telemetry;
