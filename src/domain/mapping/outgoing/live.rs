//! Compares rows that are written with the fields that Zoho has, so that faults are named before
//! the first write.

use {
    super::{Outgoing, WORD, Written},
    crate::domain::{
        code::{self, Code},
        field::{FieldType, What},
        layout::GradeScale,
        mapping::{LiveField, Severity},
        transform::{Kind, Transform},
    },
    serde_json::{Value, json},
};

/// A fault that keeps a Zoho field from being written, or gives it another value than meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain::mapping) struct LiveFault {
    pub(in crate::domain::mapping) index: Option<usize>,
    pub(in crate::domain::mapping) canonical_field: &'static str,
    pub(in crate::domain::mapping) code: Code,
    pub(in crate::domain::mapping) severity: Severity,
    pub(in crate::domain::mapping) message: String,
    /// The word that Zoho does not know.
    pub(in crate::domain::mapping) unknown: Option<String>,
}

impl Outgoing {
    /// Returns why grades cannot be written into the fields that Zoho has, if that is so: the code
    /// of the first fault, and the messages of all.
    pub fn unwritable(&self, live: &[LiveField]) -> Option<(Code, String)> {
        let faults = self.faults(live).into_iter().filter(|one| one.severity == Severity::Error);
        let (codes, texts): (Vec<_>, Vec<_>) = faults.map(|one| (one.code, one.message)).unzip();
        codes.first().map(|code| (*code, texts.join("; ")))
    }

    /// Compares the rows with the fields that Zoho has.
    pub(in crate::domain::mapping) fn faults(&self, live: &[LiveField]) -> Vec<LiveFault> {
        let mut faults = Vec::new();
        for row in &self.rows {
            match live.iter().find(|field| field.name == row.zoho) {
                Some(found) => row.hold(found, &mut faults),
                // Without a row for it, a field that the school does not have is left alone.
                None if row.index.is_none() && row.field.what != What::Key => {}
                None => {
                    let code = code::MAPPING_FIELD_UNKNOWN;
                    let message = code.message(&[("source", &row.zoho)]);
                    let fault = row.fault(code, Severity::Error, message);
                    faults.push(LiveFault { unknown: Some(row.zoho.clone()), ..fault });
                }
            }
        }
        faults
    }

    /// Checks the words of grades without asking Zoho.
    pub(in crate::domain::mapping) fn word_faults(&self) -> Vec<LiveFault> {
        let Some(row) = self.row(WORD) else { return Vec::new() };
        let mut faults = Vec::new();
        let mut warn = |message| {
            faults.push(row.fault(code::MAPPING_VALUE_UNKNOWN, Severity::Warning, message));
        };
        let transform = row.row.transform.as_ref();
        if transform.and_then(|transform| transform.names().next()) == Some("value_map") {
            let letters = GradeScale::LETTERS;
            for word in transform.into_iter().flat_map(Transform::mapped_words) {
                if !letters.iter().any(|letter| letter.eq_ignore_ascii_case(word)) {
                    let shown: String = word.chars().take(100).collect();
                    warn(format!("'{shown}' is not a grade; grades are {}", letters.join(", ")));
                }
            }
        }
        for letter in GradeScale::LETTERS {
            if let Err(failure) = row.value_of(json!(letter)) {
                warn(format!("a grade {letter} cannot be written: {}", failure.message));
            }
        }
        faults
    }
}

impl Written {
    fn fault(&self, code: Code, severity: Severity, message: String) -> LiveFault {
        let (index, canonical_field) = (self.index, self.field.name);
        LiveFault { index, canonical_field, code, severity, message, unknown: None }
    }

    /// Compares the row with the field that it writes.
    fn hold(&self, found: &LiveField, faults: &mut Vec<LiveFault>) {
        let (name, zoho) = (self.field.name, &found.name);
        if !found.writable {
            let code = code::MAPPING_FIELD_READ_ONLY;
            let message = code.message(&[("target", zoho), ("field", &name)]);
            return faults.push(self.fault(code, Severity::Error, message));
        }
        if let Err(reason) = self.fits(&found.data_type) {
            let reason = format!("{reason}; {zoho} is of type {}", found.data_type);
            let code = code::MAPPING_TYPE_MISMATCH;
            let message = code.message(&[("field", &name), ("reason", &reason)]);
            return faults.push(self.fault(code, Severity::Error, message));
        }
        if self.field.what == What::Key && !found.unique {
            let message = format!(
                "{zoho} is not unique in Zoho; grades are found by it, and two records could share a value"
            );
            faults.push(self.fault(code::MAPPING_NOT_UNIQUE, Severity::Error, message));
        }
        if name == WORD && !found.choices.is_empty() {
            for letter in GradeScale::LETTERS {
                let Ok(Some(Value::String(word))) = self.value_of(json!(letter)) else { continue };
                if !found.choices.iter().any(|(stored, _)| *stored == word) {
                    let shown: String = word.chars().take(100).collect();
                    let value = format!("{shown} (for a grade {letter})");
                    let code = code::MAPPING_VALUE_UNKNOWN;
                    let message = code.message(&[("value", &value), ("source", zoho)]);
                    let fault = self.fault(code, Severity::Warning, message);
                    faults.push(LiveFault { unknown: Some(word), ..fault });
                }
            }
        }
    }

    /// Returns why a field of a type cannot take what the row gives.
    fn fits(&self, data_type: &str) -> Result<(), String> {
        let own = match self.row.field.field_type {
            FieldType::Date => Kind::Date,
            _ => Kind::Text,
        };
        let transform = self.row.transform.as_ref();
        let kind = transform.map_or(Ok(own), |transform| transform.kind(own))?;
        let is_made = transform.is_some();
        let fits = match data_type {
            "lookup" => self.field.what == What::RecordId,
            "date" => matches!(kind, Kind::Any | Kind::Date) || is_made && kind == Kind::Text,
            // A date needs a step that turns it into a date and time.
            "datetime" => is_made && matches!(kind, Kind::Any | Kind::Date | Kind::Text),
            "integer" | "bigint" => matches!(kind, Kind::Any | Kind::Integer),
            "double" | "currency" | "decimal" | "percent" => {
                matches!(kind, Kind::Any | Kind::Integer | Kind::Decimal)
            }
            "boolean" => matches!(kind, Kind::Any | Kind::Boolean),
            "ownerlookup"
            | "userlookup"
            | "multiuserlookup"
            | "multiselectlookup"
            | "multiselectpicklist"
            | "subform"
            | "imageupload"
            | "fileupload"
            | "profileimage" => false,
            _ if is_text(data_type) => matches!(kind, Kind::Any | Kind::Text | Kind::Date),
            _ => true,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("{} is a {}", self.field.name, self.shown_kind(kind)))
        }
    }

    const fn shown_kind(&self, kind: Kind) -> &'static str {
        match self.field.what {
            What::RecordId => "record id",
            _ => kind.as_str(),
        }
    }
}

/// Returns whether a field of a type holds text.
pub(super) fn is_text(data_type: &str) -> bool {
    matches!(data_type, "text" | "textarea" | "email" | "phone" | "website" | "picklist")
}
