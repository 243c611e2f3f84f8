//! The data of a key for the signature check, and the interface that looks it up.

use {
    super::signature::SigningKey,
    crate::{
        domain::{
            access::Role,
            id::{KeyId, TenantId},
        },
        error::Result,
    },
    std::{fmt, pin::Pin, sync::Arc},
};

/// A valid key.
#[derive(Debug)]
pub struct VerifyingKey {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its public id.
    pub key: KeyId,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// Its secrets, the newest first; two while one replaces the other.
    pub secrets: Vec<SigningKey>,
    /// True for a secret that is public knowledge: it is accepted only from this machine, without a proxy in between.
    pub loopback_only: bool,
}

/// The future result of a look-up.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<Arc<VerifyingKey>>>> + Send + 'a>>;

/// Looks up keys for the signature check.
pub trait Keys: Send + Sync + fmt::Debug {
    /// Returns a key of an active tenant; `None` alike for unknown, revoked, foreign and suspended.
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a>;
}
