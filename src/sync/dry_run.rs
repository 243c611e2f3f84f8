//! The target of a dry run: look-ups go through, writes are only noted. It refuses a value that is taken, as the real
//! target would, so that the same code has the same outcomes; nothing is ever written.

use {
    super::{
        kind::{Kinds, Unique},
        kinds::{KINDS, REJECTED, field::SOURCE_ID_FIELD},
    },
    crate::{
        domain::{
            id::ObjectId,
            record::{Payload, TargetKind, TargetRecord},
        },
        ports::{ConnectorError, Failure, Rights, Target, Written},
    },
    async_trait::async_trait,
    serde_json::Value,
    std::{
        collections::HashSet,
        fmt,
        sync::{
            Arc, Mutex, PoisonError,
            atomic::{AtomicU64, Ordering},
        },
    },
};

/// A target that only notes the writes.
pub struct DryRun {
    inner: Arc<dyn Target>,
    kinds: Kinds,
    planned: Mutex<Planned>,
    calls: AtomicU64,
}

#[derive(Default)]
struct Planned {
    /// Values of unique fields that planned objects have.
    taken: HashSet<(TargetKind, &'static str, String)>,
    /// Parts of objects that would have been written, by the ids of those objects.
    parts: Vec<(ObjectId, Payload)>,
    /// Objects that records refer to.
    objects: Vec<TargetRecord>,
    made: u64,
    /// Fields whose values the site lets several objects have.
    shared: HashSet<(TargetKind, &'static str)>,
}

/// Returns whether two of the objects have the same value.
fn share(objects: &[TargetRecord], field: &str) -> bool {
    let mut seen = HashSet::new();
    let values = objects.iter().filter_map(|object| object.fields.get(field)?.as_str());
    !values.map(str::to_ascii_lowercase).all(|value| seen.insert(value))
}

impl fmt::Debug for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DryRun").finish_non_exhaustive()
    }
}

impl DryRun {
    /// Wraps a target.
    pub fn new(inner: Arc<dyn Target>) -> Self {
        Self { inner, kinds: KINDS, planned: Mutex::default(), calls: AtomicU64::new(0) }
    }

    /// Returns how many calls a real run would have made since the last query.
    pub fn take_calls(&self) -> u64 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    fn count(&self, calls: usize) {
        self.calls.fetch_add(u64::try_from(calls).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Planned) -> T) -> T {
        act(&mut self.planned.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether the target would refuse the batch because a value that must be unique is taken. Where the site
    /// decides whether a value may be used twice, it is known to allow it once two of its objects are seen to share one.
    async fn clashes(&self, kind: TargetKind, records: &[Payload]) -> Result<bool, ConnectorError> {
        let object = (self.kinds.of_object)(kind);
        let by_id = object.has_unique_id().then_some((SOURCE_ID_FIELD, false));
        let uniques = object.unique_fields().iter().map(|one| (one.field, one.site_decides));
        for (field, site_decides) in uniques.chain(by_id) {
            let values: Vec<String> = records
                .iter()
                .filter_map(|record| record.get(field)?.as_str().map(str::to_owned))
                .filter(|value| !value.is_empty())
                .collect();
            let own: HashSet<&String> = values.iter().collect();
            let planned = self.with(|planned| {
                values.iter().any(|value| planned.taken.contains(&(kind, field, value.clone())))
            });
            let mut is_taken = own.len() < values.len() || planned;
            if is_taken && !site_decides {
                return Ok(true);
            }
            if self.with(|planned| planned.shared.contains(&(kind, field))) {
                continue;
            }
            for chunk in values.chunks(self.inner.look_up_limit(kind).max(1)) {
                let found = self.inner.look_up(kind, field, chunk).await?;
                is_taken |= !found.is_empty();
                if site_decides && share(&found, field) {
                    self.with(|planned| planned.shared.insert((kind, field)));
                    is_taken = false;
                    break;
                }
            }
            if is_taken {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn note(&self, kind: TargetKind, records: &[Payload]) -> Vec<Written> {
        let object = (self.kinds.of_object)(kind);
        self.with(|planned| {
            let mut written = Vec::with_capacity(records.len());
            for record in records {
                planned.made += 1;
                let id = ObjectId::planned(planned.made);
                let fields = object.unique_fields().iter().map(|unique| unique.field);
                for field in fields.chain([SOURCE_ID_FIELD]) {
                    if let Some(value) = record.get(field).and_then(Value::as_str) {
                        planned.taken.insert((kind, field, value.to_owned()));
                    }
                }
                if object.is_referred_to() {
                    planned.objects.push(TargetRecord { id: id.clone(), fields: record.clone() });
                }
                written.push(Written::Done(id));
            }
            written
        })
    }
}

#[async_trait]
impl Target for DryRun {
    fn batch_limit(&self, kind: TargetKind, variables: usize) -> usize {
        self.inner.batch_limit(kind, variables)
    }

    fn look_up_limit(&self, kind: TargetKind) -> usize {
        self.inner.look_up_limit(kind)
    }

    fn look_up_calls(&self, kind: TargetKind, key: &str, keys: usize) -> usize {
        self.inner.look_up_calls(kind, key, keys)
    }

    fn write_calls(&self, kind: TargetKind, records: &[&Payload]) -> usize {
        self.inner.write_calls(kind, records)
    }

    async fn look_up(
        &self,
        kind: TargetKind,
        key: &str,
        values: &[String],
    ) -> Result<Vec<TargetRecord>, ConnectorError> {
        self.count(self.inner.look_up_calls(kind, key, values.len()));
        let object = (self.kinds.of_object)(kind);
        if object.is_part() {
            return Ok(self.with(|planned| {
                let asked = planned.parts.iter().rev();
                let asked = asked.filter(|(id, _)| values.iter().any(|value| id == value.as_str()));
                let mut seen = HashSet::new();
                asked
                    .filter(|(id, _)| seen.insert(id.clone()))
                    .map(|(id, fields)| TargetRecord { id: id.clone(), fields: fields.clone() })
                    .collect()
            }));
        }
        // Objects that would have been created a moment ago are returned as far as the real run would find them.
        let ids = values.iter().filter(|value| !ObjectId::is_planned(value));
        let ids: Vec<String> = ids.cloned().collect();
        let mut found =
            if ids.is_empty() { Vec::new() } else { self.inner.look_up(kind, key, &ids).await? };
        let taken = |field: &'static str| {
            self.with(|planned| {
                let is_taken =
                    |value: &&String| planned.taken.contains(&(kind, field, (*value).clone()));
                values.iter().filter(is_taken).cloned().collect::<Vec<String>>()
            })
        };
        for Unique { field, .. } in object.unique_fields().iter().filter(|one| one.field == key) {
            found.extend(taken(field).into_iter().map(|value| TargetRecord {
                id: ObjectId::planned(&value),
                fields: Payload::from([((*field).to_owned(), Value::String(value))]),
            }));
        }
        if object.is_referred_to() {
            let is_asked = |record: &&TargetRecord| {
                let value = record.fields.get(key).and_then(Value::as_str);
                value.is_some_and(|value| values.iter().any(|asked| asked == value))
            };
            let planned: Vec<TargetRecord> =
                self.with(|planned| planned.objects.iter().filter(is_asked).cloned().collect());
            found.extend(planned);
        }
        Ok(found)
    }

    async fn sees_accounts(
        &self,
        key: &str,
        known: &[(&str, &str)],
    ) -> Result<usize, ConnectorError> {
        let calls = self.inner.sees_accounts(key, known).await?;
        self.count(calls);
        Ok(calls)
    }

    async fn takes_any_names(&self) -> Result<(bool, usize), ConnectorError> {
        let (any, calls) = self.inner.takes_any_names().await?;
        self.count(calls);
        Ok((any, calls))
    }

    async fn rights(
        &self,
        accounts: &[String],
        known: &mut Rights,
    ) -> Result<usize, ConnectorError> {
        let calls = self.inner.rights(accounts, known).await?;
        self.count(calls);
        Ok(calls)
    }

    async fn create(
        &self,
        kind: TargetKind,
        records: &[Payload],
    ) -> Result<Vec<Written>, ConnectorError> {
        self.count(self.inner.write_calls(kind, &records.iter().collect::<Vec<_>>()));
        if !kind.repeatable() && self.clashes(kind, records).await? {
            let message = "a value that must be unique is taken";
            return Err(ConnectorError::new(Failure::Rejected, REJECTED, message));
        }
        Ok(self.note(kind, records))
    }

    async fn update(
        &self,
        kind: TargetKind,
        records: &[(ObjectId, Payload)],
    ) -> Result<Vec<Written>, ConnectorError> {
        let payloads: Vec<&Payload> = records.iter().map(|(_, payload)| payload).collect();
        self.count(self.inner.write_calls(kind, &payloads));
        if (self.kinds.of_object)(kind).is_part() {
            self.with(|planned| planned.parts.extend(records.iter().cloned()));
        }
        Ok(records.iter().map(|(id, _)| Written::Done(id.clone())).collect())
    }

    async fn remove(
        &self,
        _: TargetKind,
        ids: &[ObjectId],
    ) -> Result<Vec<Written>, ConnectorError> {
        self.count(usize::from(!ids.is_empty()));
        Ok(ids.iter().map(|id| Written::Done(id.clone())).collect())
    }
}
