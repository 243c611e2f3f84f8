//! Checks where the fields of a mapping set go: a field that is neither sent nor read has no
//! effect.

use {
    super::{Judge, Severity},
    crate::domain::{
        code,
        field::{self, Goes},
    },
};

impl Judge<'_> {
    /// Reports rows that feed a field without an effect. For a required field this is only a note,
    /// because its row cannot be removed.
    pub(super) fn target(&mut self) {
        let fields = field::of(self.module);
        for (index, row) in self.rows.iter().enumerate() {
            let Some(field) = fields.field(&row.canonical_field) else { continue };
            let Goes::Nowhere(reason) = field.goes(self.form) else { continue };
            let severity = if field.required { Severity::Note } else { Severity::Warning };
            let place = (format!("mappings[{index}].canonical_field"), Some(field.name));
            let code = code::FIELD_GOES_NOWHERE;
            let message = code.message(&[("field", &field.name), ("reason", &reason)]);
            self.find(place, code, severity, message);
        }
    }
}
