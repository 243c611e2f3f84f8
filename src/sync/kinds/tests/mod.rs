//! Properties that hold for every kind.

mod back;
mod kept;
mod sent;
