//! Implementations behind the ports: the clock and the guard against replayed requests.

pub mod clock;
pub mod guard;
