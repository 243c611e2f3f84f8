//! The changes that are sent for an existing object.

use {
    super::{
        draft::Draft,
        kind::Kind,
        shape::{Module, Wanted},
    },
    crate::domain::record::Payload,
};

/// Returns the changes to an existing object in the canonical fields that `changed` selects. Fields without a value
/// from the record or an earlier write are not written.
pub(crate) fn update(
    kind: &dyn Kind,
    module: Module<'_>,
    draft: &Draft,
    wanted: &Wanted,
    changed: &dyn Fn(&str) -> bool,
) -> Payload {
    let shape = &draft.shape;
    let said = |name: &str| shape.fields.contains_key(name) && changed(name);
    kind.update(module, &draft.zoho_id, shape, wanted, &said)
}
