//! Whether an empty look-up of accounts means that nobody is there. A target that may not show accounts answers as one
//! that has none, and who is taken for absent gets a second account: nothing found is believed only while something is
//! seen that must be there.

use {
    super::{
        Stop,
        kinds::{EMAIL_FIELD, SOURCE_ID_FIELD},
        look_up::{by_field, by_source_id},
        run::{Engine, Job},
        write::Create,
    },
    crate::{
        domain::record::{TargetKind, TargetRecord},
        ports::Rights,
    },
    std::{
        collections::HashMap,
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// What a run has seen of the accounts of the target.
#[derive(Debug, Default)]
pub struct Sight {
    seen: Mutex<Seen>,
    rights: tokio::sync::Mutex<Rights>,
}

#[derive(Debug, Default)]
struct Seen {
    /// A record whose account this run has made or found: it is looked up along with the others from then on.
    witness: Option<String>,
    /// True: others than the token's own account were shown in this run.
    proven: bool,
}

impl Sight {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a record whose account is there.
    pub(crate) fn note(&self, zoho_id: &str) {
        self.seen().witness = Some(zoho_id.to_owned());
    }
}

impl Engine {
    /// Returns the accounts that carry the ids of records. Where one is not found, others are looked up that must be
    /// there; the run stops when they are not shown either.
    pub(crate) async fn accounts(
        &self,
        job: &Job,
        records: &[Create],
        by_address: bool,
    ) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
        let (target, kind) = (job.target.as_ref(), TargetKind::User);
        let witness = job.sight.seen().witness.clone();
        let witness = witness.filter(|id| !records.iter().any(|record| record.zoho_id == *id));
        let mut ids: Vec<String> = records.iter().map(|record| record.zoho_id.clone()).collect();
        ids.extend(witness.clone());
        let mut found = by_field(target, kind, SOURCE_ID_FIELD, &ids).await?;
        let seen = witness.and_then(|id| found.remove(&id)).is_some_and(|accounts| {
            !by_address || accounts.iter().all(|one| one.fields.contains_key(EMAIL_FIELD))
        });
        if records.iter().all(|record| found.contains_key(&record.zoho_id)) {
            return Ok(found);
        }
        // Where nothing is made of what is absent, having seen others once is enough.
        let harmless = job.claim.run.dry_run || !job.module().layout().create_users;
        if !(seen || harmless && job.sight.seen().proven) {
            self.prove_sight(job, if by_address { EMAIL_FIELD } else { SOURCE_ID_FIELD }).await?;
        }
        Ok(found)
    }

    /// Makes sure that accounts are shown by a field.
    pub(crate) async fn prove_sight(&self, job: &Job, field: &str) -> Result<(), Stop> {
        // A link is known to be right only as far as the account is still there: it may help, and proves nothing alone.
        let proven = job.sight.seen().proven;
        let known = if proven { None } else { self.store.newest_account(&job.scope).await? };
        let known = known.as_ref().map(|(id, zoho_id)| (id.as_str(), zoho_id.as_str()));
        job.target.sees_accounts(field, known.filter(|_| field == SOURCE_ID_FIELD)).await?;
        let mut seen = job.sight.seen();
        (seen.proven, seen.witness) = (true, None);
        Ok(())
    }

    /// Returns which accounts have rights of their own: on the whole site, and of `accounts` in their courses.
    pub(crate) async fn rights(&self, job: &Job, accounts: &[String]) -> Result<Rights, Stop> {
        let mut known = job.sight.rights.lock().await;
        job.target.rights(accounts, &mut known).await?;
        Ok(known.clone())
    }

    /// Returns the objects that carry the ids of records, accounts only where none that is absent may be hidden.
    pub(crate) async fn carrying(
        &self,
        job: &Job,
        kind: TargetKind,
        records: &[Create],
    ) -> Result<HashMap<String, Vec<TargetRecord>>, Stop> {
        match kind {
            TargetKind::User => self.accounts(job, records, false).await,
            _ => by_source_id(job.target.as_ref(), kind, records).await,
        }
    }
}
