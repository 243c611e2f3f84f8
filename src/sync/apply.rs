//! Writes a slice's creates and updates in batches and settles every record, also when a batch is refused as a whole or
//! its outcome is unknown (engine.md, section 3.7).

use {
    super::{
        Lease, Stop,
        resolve::{by_field, by_source_id},
        target,
    },
    crate::{
        domain::record::{Payload, TargetKind},
        ports::{ConnectorError, Failure, Target, Written},
    },
    futures_util::{StreamExt as _, TryStreamExt as _, stream},
};

/// Batches of one slice that are under way at once.
const IN_FLIGHT: usize = 2;
/// Tries of a batch whose outcome is unknown.
const ROUNDS: u8 = 2;

/// A record to create. `place` is its position in the slice.
#[derive(Debug, Clone)]
pub(crate) struct Create {
    pub(crate) place: usize,
    pub(crate) zoho_id: String,
    pub(crate) payload: Payload,
}

/// An object to update.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) place: usize,
    pub(crate) target_id: String,
    pub(crate) payload: Payload,
}

/// What became of a write, by the record's position.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) place: usize,
    pub(crate) written: Written,
}

/// The settled writes, and whether the slice was cut short by a request to cancel.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) settled: Vec<Settled>,
    pub(crate) cancelled: bool,
}

/// Where writes go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) to: &'a dyn Target,
    pub(crate) kind: TargetKind,
    pub(crate) lease: &'a Lease,
}

impl Writer<'_> {
    /// Creates all records.
    pub(crate) async fn create_all(self, creates: Vec<Create>) -> Result<Applied, Stop> {
        let fields = creates.iter().map(|create| create.payload.len()).max().unwrap_or(1);
        let limit = self.to.batch_limit(self.kind, fields).max(1);
        let batches: Vec<Vec<Create>> = creates.chunks(limit).map(<[Create]>::to_vec).collect();
        collect(
            stream::iter(batches).map(|batch| self.create_batch(batch)).buffer_unordered(IN_FLIGHT),
        )
        .await
    }

    /// Updates all objects.
    pub(crate) async fn update_all(self, updates: Vec<Update>) -> Result<Applied, Stop> {
        let fields = updates.iter().map(|update| update.payload.len()).max().unwrap_or(1);
        let limit = self.to.batch_limit(self.kind, fields).max(1);
        let batches: Vec<Vec<Update>> = updates.chunks(limit).map(<[Update]>::to_vec).collect();
        collect(
            stream::iter(batches).map(|batch| self.update_batch(batch)).buffer_unordered(IN_FLIGHT),
        )
        .await
    }

    /// Creates are all or nothing: a refused batch is cleared of records whose unique values are taken, then halved
    /// until each culprit stands alone.
    async fn create_batch(self, batch: Vec<Create>) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        let mut open = vec![(batch, 0_u8)];
        let mut weeded = false;
        while let Some((batch, round)) = open.pop() {
            if applied.stops(self.lease.may_write())? {
                break;
            }
            let payloads: Vec<Payload> =
                batch.iter().map(|create| create.payload.clone()).collect();
            match self.to.create(self.kind, &payloads).await {
                Ok(written) => applied.settle(batch.iter().map(|create| create.place), written),
                Err(error) if error.failure == Failure::Rejected => {
                    let taken = if weeded && batch.len() > 1 {
                        Vec::new()
                    } else {
                        self.taken(&batch).await?
                    };
                    weeded = true;
                    if taken.is_empty() {
                        split(&mut open, &mut applied, batch, &error, |create| create.place);
                    } else {
                        let free = batch
                            .into_iter()
                            .filter(|create| !taken.iter().any(|t| t.place == create.place));
                        open.extend(
                            Some((free.collect::<Vec<_>>(), 0))
                                .filter(|(free, _)| !free.is_empty()),
                        );
                        applied.settled.extend(taken);
                    }
                }
                Err(error) if error.failure == Failure::Ambiguous => {
                    let missing = self.settle_found(batch, &mut applied).await?;
                    again(&mut open, &mut applied, missing, round, error, |create| create.place)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(applied)
    }

    /// Updates stand each on their own and may be repeated.
    async fn update_batch(self, batch: Vec<Update>) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        let mut open = vec![(batch, 0_u8)];
        while let Some((batch, round)) = open.pop() {
            if applied.stops(self.lease.may_write())? {
                break;
            }
            let records: Vec<(String, Payload)> = batch
                .iter()
                .map(|update| (update.target_id.clone(), update.payload.clone()))
                .collect();
            match self.to.update(self.kind, &records).await {
                Ok(written) => applied.settle(batch.iter().map(|update| update.place), written),
                Err(error) if error.failure == Failure::Rejected => {
                    split(&mut open, &mut applied, batch, &error, |update| update.place);
                }
                Err(error) if error.failure == Failure::Ambiguous => {
                    again(&mut open, &mut applied, batch, round, error, |update| update.place)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(applied)
    }

    /// Returns refusals for records whose unique values another object has.
    async fn taken(self, batch: &[Create]) -> Result<Vec<Settled>, Stop> {
        let mut taken: Vec<Settled> = Vec::new();
        for (field, canonical, code) in target::UNIQUE_FIELDS {
            let value = |create: &Create| {
                create.payload.get(field).and_then(|value| value.as_str().map(str::to_owned))
            };
            let values: Vec<String> = batch.iter().filter_map(value).collect();
            let found = by_field(self.to, self.kind, field, &values).await?;
            for create in batch {
                let is_taken = value(create).is_some_and(|value| found.contains_key(&value));
                if is_taken && !taken.iter().any(|other| other.place == create.place) {
                    let message = format!(
                        "another account has this {canonical}; link it or change the value"
                    );
                    taken.push(Settled {
                        place: create.place,
                        written: Written::Refused { code, message },
                    });
                }
            }
        }
        Ok(taken)
    }

    /// Settles the records of a batch that are there after all, and returns the others.
    async fn settle_found(
        self,
        batch: Vec<Create>,
        applied: &mut Applied,
    ) -> Result<Vec<Create>, Stop> {
        let ids: Vec<String> = batch.iter().map(|create| create.zoho_id.clone()).collect();
        let found = by_source_id(self.to, self.kind, &ids).await?;
        let mut missing = Vec::new();
        for create in batch {
            match found.get(&create.zoho_id).and_then(|records| records.first()) {
                Some(record) => {
                    applied.settled.push(Settled {
                        place: create.place,
                        written: Written::Done(record.id.clone()),
                    });
                }
                None => missing.push(create),
            }
        }
        Ok(missing)
    }
}

impl Applied {
    fn settle(&mut self, places: impl Iterator<Item = usize>, written: Vec<Written>) {
        self.settled.extend(places.zip(written).map(|(place, written)| Settled { place, written }));
    }

    /// Turns a request to cancel into the end of this batch; what is settled stays settled.
    fn stops(&mut self, permission: Result<(), Stop>) -> Result<bool, Stop> {
        match permission {
            Ok(()) => Ok(false),
            Err(Stop::Cancelled) => {
                self.cancelled = true;
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }
}

async fn collect(
    batches: impl stream::Stream<Item = Result<Applied, Stop>>,
) -> Result<Applied, Stop> {
    batches
        .try_fold(Applied::default(), async |mut all, batch| {
            all.settled.extend(batch.settled);
            all.cancelled |= batch.cancelled;
            Ok(all)
        })
        .await
}

/// Halves a refused batch, or settles the one record that it holds.
fn split<T: Clone>(
    open: &mut Vec<(Vec<T>, u8)>,
    applied: &mut Applied,
    mut batch: Vec<T>,
    error: &ConnectorError,
    place: impl Fn(&T) -> usize,
) {
    if batch.len() > 1 {
        let other = batch.split_off(batch.len() / 2);
        open.push((other, 0));
        open.push((batch, 0));
    } else {
        applied.settled.extend(batch.iter().map(|one| Settled {
            place: place(one),
            written: Written::Refused { code: error.code, message: error.message.clone() },
        }));
    }
}

/// Tries a batch of unknown outcome once more, then halves it where the target itself answered, or gives the run back
/// where nothing comes through.
fn again<T: Clone>(
    open: &mut Vec<(Vec<T>, u8)>,
    applied: &mut Applied,
    batch: Vec<T>,
    round: u8,
    error: ConnectorError,
    place: impl Fn(&T) -> usize,
) -> Result<(), Stop> {
    if batch.is_empty() {
        return Ok(());
    }
    if round + 1 < ROUNDS {
        open.push((batch, round + 1));
        return Ok(());
    }
    if error.code.starts_with("UPSTREAM_") {
        return Err(error.into());
    }
    let unknown = ConnectorError {
        code: "OUTCOME_UNKNOWN",
        message: format!("the outcome of the write is not known: {}", error.message),
        ..error
    };
    split(open, applied, batch, &unknown, place);
    Ok(())
}
