//! What is refused before its signature is verified and its body is read: a request of a key or a tenant whose limit its
//! verified requests have used up, or of a tenant of which as many verified ones wait as may. Only what was verified
//! counts, so a caller who merely names a key closes no door, and while the tenant is idle its door is open.

use {
    super::{
        limit::Limits,
        quota::{Owners, Quotas},
        refusal::Refusal,
    },
    std::sync::Arc,
};

/// The door.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) quotas: Arc<Quotas>,
    pub(super) limits: Arc<Limits>,
}

impl Door {
    /// Refuses a request that would be refused once it is verified. Nothing is counted and no place is taken: one that is let
    /// in may still be refused.
    pub(super) fn admit(&self, owners: Owners<'_>) -> Result<(), Refusal> {
        self.quotas.check(owners)?;
        self.limits.check(owners.tenant)
    }
}
