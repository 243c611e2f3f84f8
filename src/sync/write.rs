//! Writes a slice's creates, updates and removals in batches and settles every record, even if a batch is refused as
//! a whole or its outcome is unknown.

use {
    super::{
        kind::{Kind, Unique},
        lease::Lease,
        look_up::by_field,
        stop::Stop,
        work::{Applied, Create, Fate, Refusal, Remove, Settled, Update},
    },
    crate::{
        domain::{
            code::{self, Class, Code, Effect},
            exchange::Call,
            id::ObjectId,
            record::Payload,
        },
        ports::{ConnectorError, Failure, Target, heard::hear},
    },
    futures_util::{StreamExt as _, TryStreamExt as _, stream},
    serde_json::Value,
};

/// Batches of one slice in progress at once.
const IN_FLIGHT: usize = 2;
/// Tries of a batch whose outcome is unknown.
const ROUNDS: u8 = 2;
/// Form variables of a removal: the two ids.
const REMOVAL_VARIABLES: usize = 2;

/// Where writes go.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) to: &'a dyn Target,
    pub(crate) kind: &'a dyn Kind,
    pub(crate) lease: &'a Lease,
}

/// Counts the variables of a payload: lists and objects by their members.
fn variables(payload: &Payload) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(of).sum(),
            Value::Object(members) => members.values().map(of).sum(),
            _ => 1,
        }
    }
    payload.values().map(of).sum()
}

impl Writer<'_> {
    /// Creates all records.
    pub(crate) async fn create_all(self, creates: Vec<Create>) -> Result<Applied, Stop> {
        let most = creates.iter().map(|create| variables(&create.payload)).max().unwrap_or(1);
        let batches = self.batches(creates, most);
        collect(
            stream::iter(batches).map(|batch| self.create_batch(batch)).buffer_unordered(IN_FLIGHT),
        )
        .await
    }

    /// Updates all objects.
    pub(crate) async fn update_all(self, updates: Vec<Update>) -> Result<Applied, Stop> {
        // The id is a variable too.
        let most = updates.iter().map(|update| variables(&update.payload) + 1).max().unwrap_or(1);
        let batches = self.batches(updates, most);
        collect(
            stream::iter(batches).map(|batch| self.update_batch(batch)).buffer_unordered(IN_FLIGHT),
        )
        .await
    }

    /// Ends all enrolments or memberships.
    pub(crate) async fn remove_all(self, removes: Vec<Remove>) -> Result<Applied, Stop> {
        let batches = self.batches(removes, REMOVAL_VARIABLES);
        collect(
            stream::iter(batches).map(|batch| self.remove_batch(batch)).buffer_unordered(IN_FLIGHT),
        )
        .await
    }

    fn batches<T: Clone>(self, records: Vec<T>, variables: usize) -> Vec<Vec<T>> {
        let limit = self.to.batch_limit(self.kind.target(), variables).max(1);
        records.chunks(limit).map(<[T]>::to_vec).collect()
    }

    /// Creates are all or nothing, unless the kind may be repeated: a refused batch is cleared of records that are there
    /// already or whose unique values are taken, then halved until each culprit stands alone. Where the site may allow a
    /// value to several, the record is sent by itself first: another one may be what the batch was refused for.
    async fn create_batch(self, batch: Vec<Create>) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        let mut open = vec![(batch, 0_u8)];
        let mut resolved = false;
        let mut doubted: Vec<Settled> = Vec::new();
        while let Some((batch, round)) = open.pop() {
            if applied.stops(self.lease.may_write())? {
                break;
            }
            let payloads: Vec<Payload> =
                batch.iter().map(|create| create.payload.clone()).collect();
            let tries = i32::from(round) + 1;
            let (told, call) = hear(self.to.create(self.kind.target(), &payloads)).await;
            let call = call.as_ref();
            match told {
                Ok(written) => {
                    applied.settle(batch.iter().map(|create| create.place), written, call, tries);
                }
                Err(error)
                    if error.failure == Failure::Rejected && self.kind.target().repeatable() =>
                {
                    let heard = Heard { error: &error, call, tries };
                    halve(&mut open, &mut applied, batch, heard, |create| create.place);
                }
                Err(error) if error.failure == Failure::Rejected => {
                    let alone = batch.len() == 1;
                    let doubt = doubted.iter().position(|one| {
                        alone && batch.iter().any(|create| create.place == one.place)
                    });
                    let (settled, doubts) = match doubt {
                        Some(doubt) => (vec![doubted.swap_remove(doubt)], Vec::new()),
                        None if resolved && !alone => Default::default(),
                        None => {
                            let mut resolved = self.resolve_conflicts(&batch).await?;
                            let (settled, doubts) = &mut resolved;
                            for one in settled.iter_mut().chain(doubts) {
                                let own = batch.iter().position(|create| create.place == one.place);
                                one.fate.hear(call, (own.unwrap_or_default(), batch.len(), tries));
                            }
                            resolved
                        }
                    };
                    resolved = true;
                    if !doubts.is_empty() {
                        let (apart, free) = batch.into_iter().partition::<Vec<Create>, _>(|one| {
                            doubts.iter().any(|doubt| doubt.place == one.place)
                        });
                        let free = without(free, &settled);
                        open.extend(apart.into_iter().map(|one| (vec![one], 0)));
                        open.extend(Some((free, 0)).filter(|(free, _)| !free.is_empty()));
                        applied.settled.extend(settled);
                        doubted.extend(doubts);
                    } else if settled.is_empty() {
                        let error = self.kind.tell_hidden(error);
                        let heard = Heard { error: &error, call, tries };
                        halve(&mut open, &mut applied, batch, heard, |create| create.place);
                    } else {
                        let free = without(batch, &settled);
                        if !free.is_empty() {
                            open.push((free, 0));
                        }
                        applied.settled.extend(settled);
                    }
                }
                Err(error) if error.failure == Failure::Ambiguous => {
                    let missing = if self.kind.target().repeatable() {
                        batch
                    } else {
                        self.settle_found(batch, &mut applied).await?
                    };
                    let place = |create: &Create| create.place;
                    retry(&mut open, &mut applied, (missing, round), (error, call), place)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(applied)
    }

    /// Updates are independent of each other and may be repeated.
    async fn update_batch(self, batch: Vec<Update>) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        let mut open = vec![(batch, 0_u8)];
        while let Some((batch, round)) = open.pop() {
            if applied.stops(self.lease.may_write())? {
                break;
            }
            let records: Vec<(ObjectId, Payload)> = batch
                .iter()
                .map(|update| (update.target_id.clone(), update.payload.clone()))
                .collect();
            let tries = i32::from(round) + 1;
            let (told, call) = hear(self.to.update(self.kind.target(), &records)).await;
            let (call, place) = (call.as_ref(), |update: &Update| update.place);
            match told {
                Ok(written) => applied.settle(batch.iter().map(place), written, call, tries),
                Err(error) if error.failure == Failure::Rejected => {
                    let heard = Heard { error: &error, call, tries };
                    halve(&mut open, &mut applied, batch, heard, place);
                }
                Err(error) if error.failure == Failure::Ambiguous => {
                    retry(&mut open, &mut applied, (batch, round), (error, call), place)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(applied)
    }

    /// Removals may be repeated.
    async fn remove_batch(self, batch: Vec<Remove>) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        let mut open = vec![(batch, 0_u8)];
        while let Some((batch, round)) = open.pop() {
            if applied.stops(self.lease.may_write())? {
                break;
            }
            let ids: Vec<ObjectId> = batch.iter().map(|remove| remove.target_id.clone()).collect();
            let tries = i32::from(round) + 1;
            let (told, call) = hear(self.to.remove(self.kind.target(), &ids)).await;
            let (call, place) = (call.as_ref(), |remove: &Remove| remove.place);
            match told {
                Ok(written) => applied.settle(batch.iter().map(place), written, call, tries),
                Err(error) if error.failure == Failure::Rejected => {
                    let heard = Heard { error: &error, call, tries };
                    halve(&mut open, &mut applied, batch, heard, place);
                }
                Err(error) if error.failure == Failure::Ambiguous => {
                    retry(&mut open, &mut applied, (batch, round), (error, call), place)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(applied)
    }

    /// Settles the records of a refused batch that are there already, and refuses those whose unique values another
    /// object has. What only the site can decide of one of several records is returned apart.
    async fn resolve_conflicts(
        self,
        batch: &[Create],
    ) -> Result<(Vec<Settled>, Vec<Settled>), Stop> {
        let mut settled: Vec<Settled> = Vec::new();
        let mut doubts: Vec<Settled> = Vec::new();
        // Some kinds were looked up before; the others are tried first and looked up only here.
        if !self.kind.is_found_first() {
            let mut found = self.kind.find_by_source_id(self.to, batch).await?;
            for create in batch {
                let mut records = found.remove(create.zoho_id.as_str()).unwrap_or_default();
                let fate = match (records.pop(), records.is_empty()) {
                    (Some(only), true) => Fate::AlreadyExists(only),
                    (Some(_), false) => {
                        let (code, message) = several(records.len() + 1);
                        Fate::refused(code, message)
                    }
                    (None, _) => continue,
                };
                settled.push(Settled { place: create.place, fate });
            }
            // Unique values are looked up one by one, and only for the faulty record itself.
            if !settled.is_empty() || batch.len() > 1 {
                return Ok((settled, doubts));
            }
        }
        for Unique { field, canonical, code, identifies, site_decides, .. } in
            self.kind.unique_fields()
        {
            let value = |create: &Create| {
                create.payload.get(*field).and_then(|value| value.as_str().map(str::to_owned))
            };
            let values: Vec<String> = batch.iter().filter_map(value).collect();
            let found = by_field(self.to, self.kind.target(), field, &values).await?;
            for create in batch {
                let by = value(create).and_then(|value| found.get(&value));
                if let Some(by) =
                    by.filter(|_| !settled.iter().any(|other| other.place == create.place))
                {
                    let message = format!(
                        "another {} has this {canonical}; link it or change the value",
                        self.kind.noun()
                    );
                    let fate = match by.as_slice() {
                        [only] if *identifies => {
                            let refusal = Refusal::new(*code, message);
                            Fate::Taken { by: only.clone(), refusal }
                        }
                        _ => Fate::refused(*code, message),
                    };
                    let of =
                        if *site_decides && batch.len() > 1 { &mut doubts } else { &mut settled };
                    of.push(Settled { place: create.place, fate });
                }
            }
        }
        Ok((settled, doubts))
    }

    /// Settles the records of a batch whose objects exist after all, and returns the others.
    async fn settle_found(
        self,
        batch: Vec<Create>,
        applied: &mut Applied,
    ) -> Result<Vec<Create>, Stop> {
        let found = self.kind.find_by_source_id(self.to, &batch).await?;
        let mut missing = Vec::new();
        for create in batch {
            match found.get(create.zoho_id.as_str()).and_then(|records| records.first()) {
                Some(record) => {
                    applied
                        .settled
                        .push(Settled { place: create.place, fate: Fate::Done(record.id.clone()) });
                }
                None => missing.push(create),
            }
        }
        Ok(missing)
    }
}

/// Returns the refusal for several objects that match one record, which the school must resolve.
pub(crate) fn several(count: usize) -> (Code, String) {
    (code::MATCH_SEVERAL, code::MATCH_SEVERAL.advice(&[("count", &count)]))
}

/// Returns the records of a batch that are not settled.
fn without(batch: Vec<Create>, settled: &[Settled]) -> Vec<Create> {
    let is_open = |create: &Create| !settled.iter().any(|one| one.place == create.place);
    batch.into_iter().filter(is_open).collect()
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

/// A refusal of a batch, with its call.
#[derive(Clone, Copy)]
struct Heard<'a> {
    error: &'a ConnectorError,
    call: Option<&'a Call>,
    tries: i32,
}

/// Halves a refused batch, or settles the one record that it holds.
fn halve<T: Clone>(
    open: &mut Vec<(Vec<T>, u8)>,
    applied: &mut Applied,
    mut batch: Vec<T>,
    Heard { error, call, tries }: Heard<'_>,
    place: impl Fn(&T) -> usize,
) {
    if batch.len() > 1 {
        let other = batch.split_off(batch.len() / 2);
        open.push((other, 0));
        open.push((batch, 0));
    } else {
        applied.settled.extend(batch.iter().map(|one| {
            let mut fate = Fate::refused(error.code, error.message.clone());
            fate.hear(call, (0, 1, tries));
            Settled { place: place(one), fate }
        }));
    }
}

/// Tries a batch of unknown outcome once more, then halves it where the target itself answered, or gives the run back
/// where nothing comes through. What has to be mended at the target ends the run at once.
fn retry<T: Clone>(
    open: &mut Vec<(Vec<T>, u8)>,
    applied: &mut Applied,
    (batch, round): (Vec<T>, u8),
    (error, call): (ConnectorError, Option<&Call>),
    place: impl Fn(&T) -> usize,
) -> Result<(), Stop> {
    if batch.is_empty() {
        return Ok(());
    }
    let row = error.code.row();
    if row.class == Class::OtherSide && row.effect == Effect::Failed {
        return Err(error.into());
    }
    if round + 1 < ROUNDS {
        open.push((batch, round + 1));
        return Ok(());
    }
    if row.class == Class::Transient {
        return Err(error.into());
    }
    let unknown = ConnectorError {
        code: code::OUTCOME_UNKNOWN,
        message: code::OUTCOME_UNKNOWN.message(&[("reason", &error.message)]),
        ..error
    };
    let heard = Heard { error: &unknown, call, tries: i32::from(round) + 1 };
    halve(open, applied, batch, heard, place);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the parts of a batch of two whose outcome is unknown a second time.
    fn tried_twice(code: Code) -> Result<(Vec<usize>, Applied), Stop> {
        let (mut open, mut applied) = (Vec::new(), Applied::default());
        let error = ConnectorError::new(Failure::Ambiguous, code, "x");
        retry(&mut open, &mut applied, (vec![0, 1], 1), (error, None), |place| *place)?;
        Ok((open.into_iter().map(|(batch, _)| batch.len()).collect(), applied))
    }

    #[test]
    fn a_batch_is_halved_only_where_less_may_do() {
        for code in [code::UPSTREAM_TOO_LARGE, code::TEMPORARY_FILE_FAILED] {
            let (open, applied) = tried_twice(code).expect("halves");
            assert!(open == [1, 1] && applied.settled.is_empty(), "{code}");
        }
        for code in [code::UPSTREAM_UNREACHABLE, code::UPSTREAM_PROTOCOL, code::MEMORY_SHORT] {
            let given_back = tried_twice(code);
            assert!(matches!(given_back, Err(Stop::Upstream(error)) if error.code == code));
        }
    }
    #[test]
    fn what_the_other_side_must_mend_is_not_written_again() {
        for code in code::all() {
            let row = code.row();
            if row.class == Class::OtherSide && row.effect == Effect::Failed {
                let (mut open, mut applied) = (Vec::new(), Applied::default());
                let error = ConnectorError::new(Failure::Ambiguous, code, "x");
                let (batch, told) = ((vec![0, 1], 0), (error, None));
                let ended = retry(&mut open, &mut applied, batch, told, |place| *place);
                assert!(ended.is_err() && open.is_empty(), "{code}");
            }
        }
    }
}
