//! Properties of accounts.

mod adopt;
