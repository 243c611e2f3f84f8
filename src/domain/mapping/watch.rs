//! Looks after the case of what a person is known by: a step must not make another address or user name of it.

use {
    super::MapFailure,
    crate::domain::{
        code::{self, Code},
        fold,
    },
    serde_json::Value,
};

/// A value of such a field on its way through the steps.
pub(super) struct Watch {
    field: &'static str,
    code: Code,
    before: String,
    steps: usize,
    folded: Option<(usize, char)>,
}

impl Watch {
    /// Starts with the source's value; `None` for a field by which no person is known.
    pub(super) fn of(field: &'static str, raw: &Value) -> Option<Self> {
        let code = match field {
            "academic_email" => code::EMAIL_INVALID,
            "username" => code::USERNAME_INVALID,
            _ => return None,
        };
        let before = raw.as_str().unwrap_or_default().to_owned();
        Some(Self { field, code, before, steps: 0, folded: None })
    }

    /// Takes note of the value after a step.
    pub(super) fn see(&mut self, step: &str, after: &Value) {
        self.steps += 1;
        let after = after.as_str().unwrap_or_default();
        if matches!(step, "lower" | "upper") && self.folded.is_none() {
            self.folded = fold::folded(&self.before, after).map(|letter| (self.steps, letter));
        }
        after.clone_into(&mut self.before);
    }

    /// Returns the step that made another letter of one, if one did.
    pub(super) fn failure(self) -> Result<(), MapFailure> {
        let Some((step, letter)) = self.folded else { return Ok(()) };
        let message = format!(
            "{} holds {} (U+{:04X}), which becomes a different letter when its case is changed",
            self.field,
            letter.escape_unicode(),
            u32::from(letter)
        );
        Err(MapFailure { code: self.code, field: self.field.to_owned(), step: Some(step), message })
    }
}
