//! Properties that hold for every kind.

mod kept;
mod sent;
