//! Indexes by value, and shelves of objects that are found by number: the building blocks of the
//! site's stores.

use {
    serde::{Deserialize, Deserializer, Serialize, Serializer},
    std::{
        collections::{BTreeMap, HashMap},
        hash::{DefaultHasher, Hash, Hasher},
    },
};

/// One or several objects with the same value; several are rare.
#[derive(Debug)]
enum Ids {
    One(u32),
    Many(Vec<u32>),
}

impl Ids {
    fn as_slice(&self) -> &[u32] {
        match self {
            Ids::One(id) => std::slice::from_ref(id),
            Ids::Many(ids) => ids,
        }
    }
}

/// Finds objects by the hash of a value. Different values may share a hash, so the caller checks
/// the value.
#[derive(Debug, Default)]
pub(super) struct Index(HashMap<u64, Ids>);

impl Index {
    pub(super) fn hash(value: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn enter(&mut self, value: &str, id: u32) {
        if value.is_empty() {
            return;
        }
        let slot = self.0.entry(Self::hash(value)).or_insert(Ids::One(id));
        match slot {
            Ids::One(own) if *own == id => {}
            Ids::One(own) => *slot = Ids::Many(vec![*own, id]),
            Ids::Many(ids) if ids.contains(&id) => {}
            Ids::Many(ids) => ids.push(id),
        }
    }

    pub(super) fn leave(&mut self, value: &str, id: u32) {
        let hash = Self::hash(value);
        match self.0.get_mut(&hash) {
            Some(Ids::Many(ids)) if ids.len() > 1 => ids.retain(|own| *own != id),
            Some(ids) if ids.as_slice() == [id] => drop(self.0.remove(&hash)),
            _ => {}
        }
    }

    pub(super) fn get(&self, value: &str) -> &[u32] {
        self.0.get(&Self::hash(value)).map(Ids::as_slice).unwrap_or_default()
    }

    pub(super) fn shared(&self) -> impl Iterator<Item = &[u32]> {
        self.0.values().map(Ids::as_slice).filter(|ids| ids.len() > 1)
    }
}

/// Objects whose id is their position; ids begin at 1 and are never reused.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Shelf<T>(Vec<Option<T>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(vec![None])
    }
}

impl<T> Shelf<T> {
    /// Adds an object; returns its id.
    pub(crate) fn add(&mut self, thing: T) -> u32 {
        self.0.push(Some(thing));
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// Returns an object.
    pub(crate) fn get(&self, id: u32) -> Option<&T> {
        self.0.get(id as usize)?.as_ref()
    }

    /// Returns an object for a change.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.0.get_mut(id as usize)?.as_mut()
    }

    /// Removes an object.
    pub(crate) fn remove(&mut self, id: u32) -> Option<T> {
        self.0.get_mut(id as usize)?.take()
    }

    /// Returns all objects with their ids, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.0).filter_map(|(id, thing)| Some((id, thing.as_ref()?)))
    }

    /// Returns all objects for a change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// Counts the objects.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

/// Objects that belong to two others, by their ids; in a file they are a list.
#[derive(Debug)]
pub(crate) struct Pairs<T>(BTreeMap<(u32, u32), T>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<((u32, u32), T)>::deserialize(deserializer)?;
        Ok(Self(rows.into_iter().collect()))
    }
}

impl<T> Pairs<T> {
    /// Counts the objects.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns an object.
    pub(super) fn get(&self, first: u32, second: u32) -> Option<&T> {
        self.0.get(&(first, second))
    }

    /// Stores an object in place of an earlier one.
    pub(super) fn put(&mut self, first: u32, second: u32, thing: T) {
        self.0.insert((first, second), thing);
    }

    /// Removes an object.
    pub(super) fn remove(&mut self, first: u32, second: u32) -> Option<T> {
        self.0.remove(&(first, second))
    }

    /// Keeps only some of the objects.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u32, u32) -> bool) {
        self.0.retain(|(first, second), _| keep(*first, *second));
    }

    /// Returns all objects.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32, &T)> {
        self.0.iter().map(|((first, second), thing)| (*first, *second, thing))
    }

    /// Returns the objects of one id, by the other id.
    pub(super) fn of(&self, first: u32) -> impl Iterator<Item = (u32, &T)> {
        let own = self.0.range((first, 0)..=(first, u32::MAX));
        own.map(|((_, second), thing)| (*second, thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_not_given_twice() {
        let mut shelf = Shelf::default();
        assert_eq!((shelf.add("a"), shelf.add("b")), (1, 2));
        assert_eq!(shelf.remove(2), Some("b"));
        assert_eq!(shelf.add("c"), 3);
        assert_eq!(shelf.iter().collect::<Vec<_>>(), [(1, &"a"), (3, &"c")]);
        assert_eq!((shelf.count(), shelf.get(0)), (2, None));
    }

    #[test]
    fn an_index_knows_twins() {
        let mut index = Index::default();
        for id in [1, 2, 2] {
            index.enter("x", id);
        }
        index.enter("", 3);
        assert_eq!((index.get("x"), index.get("")), (&[1, 2][..], &[][..]));
        assert_eq!(index.shared().count(), 1);
        index.leave("x", 1);
        assert_eq!(index.get("x"), [2]);
    }
}
