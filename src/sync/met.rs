//! The records that a run has met, in few bytes: what the sweep at the end of its read asks.

use {
    crate::{
        domain::id::{RecordId, RunId},
        store::{StoreError, TenantRows},
    },
    std::{
        collections::HashSet,
        sync::{Mutex, PoisonError},
    },
    tokio::sync::OnceCell,
};

/// The records that a run has met: eight bytes each, whatever their number.
#[derive(Debug, Default)]
pub struct Met {
    stored: OnceCell<Ids>,
    /// Those of slices that were planned and are not stored.
    planned: Mutex<Planned>,
}

impl Met {
    /// Returns the records that the run had met when it was first asked: what its sweep finds lies behind that.
    pub(crate) async fn of(&self, rows: TenantRows<'_>, run: RunId) -> Result<&Ids, StoreError> {
        let load = async || {
            let mut all = Ids::default();
            rows.met_records(run, |id| all.add(id)).await?;
            all.numbers.sort_unstable();
            Ok(all)
        };
        self.stored.get_or_try_init(load).await
    }

    /// Notes the records of a slice that is planned.
    pub(crate) fn plan<'a>(&self, ids: impl Iterator<Item = &'a RecordId>) {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        ids.for_each(|id| planned.add(id.as_str()));
    }

    /// Says whether a record is in a slice that is planned.
    pub(crate) fn is_planned(&self, id: &str) -> bool {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

/// Ids that come in any order.
#[derive(Debug, Default)]
struct Planned {
    numbers: HashSet<u64>,
    others: HashSet<String>,
}

impl Planned {
    fn add(&mut self, id: &str) {
        match number(id) {
            Some(number) => drop(self.numbers.insert(number)),
            None => drop(self.others.insert(id.to_owned())),
        }
    }

    fn contains(&self, id: &str) -> bool {
        number(id).map_or_else(|| self.others.contains(id), |number| self.numbers.contains(&number))
    }
}

/// Ids, as small as they can be.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Those that are numbers, in order.
    numbers: Vec<u64>,
    others: HashSet<String>,
}

impl Ids {
    fn add(&mut self, id: String) {
        match number(&id) {
            Some(number) => self.numbers.push(number),
            None => {
                self.others.insert(id);
            }
        }
    }

    /// Says whether an id is one of them.
    pub(crate) fn contains(&self, id: &str) -> bool {
        match number(id) {
            Some(number) => self.numbers.binary_search(&number).is_ok(),
            None => self.others.contains(id),
        }
    }
}

/// Reads an id that is written as a number is.
fn number(id: &str) -> Option<u64> {
    id.parse().ok().filter(|number: &u64| number.to_string() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_as_they_are_written() {
        let ids = ["4150868000000376008", "7", "007", "99999999999999999999", "a"];
        let (mut met, mut planned) = (Ids::default(), Planned::default());
        for id in ids {
            met.add(id.to_owned());
            planned.add(id);
        }
        met.numbers.sort_unstable();
        assert_eq!((met.numbers.len(), planned.numbers.len()), (2, 2));
        assert!(ids.iter().all(|id| met.contains(id) && planned.contains(id)));
        for id in ["4150868000000376009", "0", "00007", "9999999999999999999", "A", ""] {
            assert!(!met.contains(id) && !planned.contains(id), "{id}");
        }
    }
}
