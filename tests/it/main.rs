//! The integration tests: the real binary on a free port, real SQLite and PostgreSQL, real HTTP to the sandbox. Each
//! suite runs on every available database; with `TEST_POSTGRES_URL` that is both.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it stands"
)]

mod harness;
mod heavy;
mod hygiene;

mod absent;
mod access;
mod audit;
mod auth;
mod backup;
mod before;
mod bomb;
mod bootstrap;
mod branding;
mod browser;
mod cli;
mod client;
mod codes;
mod concurrent;
mod connection;
mod contract;
mod doors;
mod ending;
mod engine;
mod event;
mod faults;
mod field;
mod finding;
mod grpc;
mod guard;
mod isolation;
mod key;
mod key_ring;
mod limit;
mod links;
mod mapping;
mod mapping_file;
mod mark;
mod metrics;
mod module;
mod moodle;
mod official;
mod overview;
mod page;
mod password;
mod pooler;
mod queue;
mod readme;
mod reads;
mod refusal;
mod rows;
mod sandbox;
mod scheme;
mod secret;
mod session;
mod signed;
mod socket;
mod store;
mod sync;
mod tls;
mod token;
mod transform;
mod unproven;
mod vectors;
mod waits;
mod widget;
mod zoho;
