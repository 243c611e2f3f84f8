//! Implementations behind the ports: the clock, the guard against replayed requests, and what counts against limits.

pub mod clock;
pub mod guard;
pub mod rate;
#[cfg(feature = "redis")]
pub mod redis;
