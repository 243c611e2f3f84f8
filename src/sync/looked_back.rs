//! What a look at linked objects in the target has shown.

use {
    crate::domain::{
        id::{ObjectId, RecordId},
        record::Payload,
    },
    serde::{Deserialize, Serialize},
    std::collections::{BTreeMap, BTreeSet},
};

/// What the target has of the objects of links.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LookedBack {
    /// The objects that are there, with what they show.
    pub(crate) there: BTreeMap<ObjectId, Payload>,
    /// The objects that are not.
    pub(crate) gone: BTreeSet<ObjectId>,
    /// Objects of which it cannot be told whether they are those of the links.
    #[serde(default)]
    pub(crate) doubted: BTreeSet<ObjectId>,
    /// The fields that any object shows: one that none shows may be hidden.
    pub(crate) shown: BTreeSet<String>,
    /// The records whose values the objects show, where that is not all of them.
    pub(crate) shows: Option<BTreeSet<RecordId>>,
    /// Why objects of this kind cannot be looked at, if that is so.
    pub(crate) blind: Option<String>,
}

impl LookedBack {
    /// What is known of objects that cannot be looked at.
    pub(crate) fn blind(why: &str) -> Self {
        Self { blind: Some(why.to_owned()), ..Self::default() }
    }

    /// Takes note of an object that is there.
    pub(crate) fn found(&mut self, id: ObjectId, fields: Payload) {
        let shown = fields.iter().filter(|(_, value)| !value.is_null());
        self.shown.extend(shown.map(|(name, _)| name.clone()));
        self.there.insert(id, fields);
    }
}
