//! The scheme that a key demands at least, with the reason where it may sign in the older one, and keys that only open
//! sessions. Keys of before may sign in either scheme.

pub(crate) const STATEMENTS: &[&str] = &[
    "ALTER TABLE api_keys ADD COLUMN min_scheme varchar(8) NOT NULL DEFAULT 'v1'",
    "ALTER TABLE api_keys ADD COLUMN v1_reason varchar(500)",
    "ALTER TABLE api_keys ADD COLUMN only_mint boolean NOT NULL DEFAULT false",
];
