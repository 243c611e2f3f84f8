//! The open streams of each tenant. Their number is limited, and they are counted apart from the requests in progress.

use {
    crate::{
        domain::{code, id::TenantId},
        error::{Code, Error, Result},
    },
    std::{
        collections::HashMap,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
};

/// After this time a place may be free again; streams last long.
const AGAIN: Duration = Duration::from_secs(10);

/// Open streams by their tenants.
#[derive(Debug)]
pub(super) struct Streams {
    /// The most of a tenant; 0 for no limit.
    most: usize,
    open: Mutex<HashMap<TenantId, usize>>,
}

impl Streams {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// Opens a stream of a tenant.
    pub(super) fn open(self: &Arc<Self>, tenant: &TenantId) -> Result<OpenStream> {
        let mut open = self.lock();
        let count = open.entry(tenant.clone()).or_default();
        if self.most > 0 && *count >= self.most {
            let full = Error::advised(Code::Exhausted, code::STREAMS_FULL, &[("max", &self.most)]);
            return Err(full.retry_after(AGAIN));
        }
        *count += 1;
        Ok(OpenStream { streams: self.clone(), tenant: tenant.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open stream; it is closed when this is dropped.
#[derive(Debug)]
pub(super) struct OpenStream {
    streams: Arc<Streams>,
    tenant: TenantId,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_so_many_and_others_have_theirs() {
        let (streams, tenant) = (Streams::new(2), |id| TenantId::parse(id).expect("an id"));
        let first = streams.open(&tenant("a")).expect("a place");
        let second = streams.open(&tenant("a")).expect("a place");
        let refused = streams.open(&tenant("a")).expect_err("full");
        assert_eq!((refused.code, refused.reason), (Code::Exhausted, code::STREAMS_FULL));
        let other = streams.open(&tenant("b")).expect("a place");
        drop(first);
        let third = streams.open(&tenant("a")).expect("a place");
        drop((second, third, other));
        assert!(streams.lock().is_empty());
        let unlimited = Streams::new(0);
        let many: Vec<_> = (0..1_000).map(|_| unlimited.open(&tenant("a"))).collect();
        assert!(many.iter().all(Result::is_ok));
    }
}
