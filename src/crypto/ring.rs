//! The master keys of a deployment: any of them opens the data keys that it sealed, and one of them, which the database
//! names, seals new ones.

use super::envelope::MasterKey;

/// Master keys in the order of their age, the newest last; each of them once.
#[derive(Debug, Default)]
pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    /// Makes a ring of keys, the newest last. A key that is there twice stays at its first place.
    pub fn new(keys: impl IntoIterator<Item = MasterKey>) -> Self {
        let mut ring = Self::default();
        for key in keys {
            if ring.get(key.id()).is_none() {
                ring.0.push(key);
            }
        }
        ring
    }

    /// Returns the key with an id.
    pub fn get(&self, id: &str) -> Option<&MasterKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// Returns the newest key.
    pub fn newest(&self) -> Option<&MasterKey> {
        self.0.last()
    }

    /// Returns the ids of the keys, the newest last.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().map(MasterKey::id).collect()
    }
}

impl From<MasterKey> for KeyRing {
    fn from(key: MasterKey) -> Self {
        Self::new([key])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_in_a_ring_once() {
        let key = |byte: u8| MasterKey::parse(&[byte; 32]).expect("a key");
        let ring = KeyRing::new([key(1), key(2), key(1)]);
        assert_eq!(ring.ids(), [key(1).id(), key(2).id()]);
        assert_eq!(ring.newest().map(MasterKey::id), Some(key(2).id()));
        assert!(ring.get(key(3).id()).is_none() && KeyRing::default().newest().is_none());
        assert_eq!(KeyRing::from(key(1)).ids(), [key(1).id()]);
    }
}
