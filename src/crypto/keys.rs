//! What the signature check knows of a key, and where it asks for one.

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

/// A live key.
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
    /// True for a secret that is public knowledge: it holds only from this machine, without a proxy between.
    pub loopback_only: bool,
}

/// A key that is on its way.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<Arc<VerifyingKey>>>> + Send + 'a>>;

/// Where the signature check asks for keys.
pub trait Keys: Send + Sync + fmt::Debug {
    /// Returns a key of an active tenant; `None` alike for unknown, revoked, foreign and suspended.
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a>;
}
