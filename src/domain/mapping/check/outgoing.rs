//! Findings in the rows of a module that is written to Zoho.

use {
    super::{Judge, LiveField, Severity, nearest::nearest},
    crate::domain::{
        code,
        mapping::outgoing::{LiveFault, Outgoing, unmapped},
        near::closest,
    },
};

impl Judge<'_> {
    /// Reports canonical fields that should have a row.
    pub(super) fn unwritten(&mut self, severity: Severity) {
        for name in unmapped(self.rows) {
            let code = code::MAPPING_REQUIRED_MISSING;
            let message = code.message(&[("field", &name), ("reason", &"it is not mapped")]);
            self.find(("mappings".to_owned(), Some(name)), code, severity, message);
        }
    }

    /// Checks the words of grades, and the rows against the fields that Zoho has, if those are
    /// known.
    pub(super) fn written(&mut self, live: Option<&[LiveField]>) {
        let rows = Outgoing::of(self.rows);
        for fault in rows.word_faults() {
            self.tell(&fault, "transform_rules");
        }
        let Some(live) = live else { return };
        for fault in rows.faults(live) {
            let is_word = fault.code == code::MAPPING_VALUE_UNKNOWN;
            let part = if is_word { "transform_rules" } else { "zoho_field_api_name" };
            let told = self.tell(&fault, part);
            let Some(unknown) = fault.unknown else { continue };
            let words = || {
                let field = rows.zoho_field(fault.canonical_field);
                let found = live.iter().find(|one| Some(one.name.as_str()) == field);
                let words = found.into_iter().flat_map(|one| &one.choices);
                closest(&unknown, words.map(|(stored, _)| stored.as_str()))
            };
            self.suggest(told, || if is_word { words() } else { nearest(&unknown, live) });
        }
    }

    fn tell(&mut self, fault: &LiveFault, part: &str) -> bool {
        let place = match fault.index {
            Some(index) => format!("mappings[{index}].{part}"),
            None => "mappings".to_owned(),
        };
        let place = (place, Some(fault.canonical_field));
        self.find(place, fault.code, fault.severity, fault.message.clone())
    }
}
