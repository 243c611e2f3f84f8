//! Changes to a module's options, and their checks.

use {
    super::{Form, GradeScale, Layout, MatchBy, RemovalAction},
    crate::domain::{
        fault::{Fault, FieldFault},
        module::ModuleName,
    },
};

impl Layout {
    /// Applies changes, or names every fault.
    ///
    /// # Errors
    /// Every option that is not one of the words or numbers allowed.
    pub fn apply(&mut self, module: ModuleName, patch: LayoutPatch) -> Result<(), Vec<FieldFault>> {
        let mut check = Check::default();
        let mut next = self.clone();
        for name in patch.names() {
            next.unread.forget(name);
        }
        let forms = Form::words(module);
        check.word("target", patch.target, forms, |word| {
            let form = Form::of(module).iter().find(|form| form.as_str() == word);
            form.map(|form| next.form = *form)
        });
        let actions = RemovalAction::words(next.form);
        check.word("removal_action", patch.removal_action, actions, |word| {
            let allowed = actions.contains(&word).then(|| RemovalAction::parse(word)).flatten();
            allowed.map(|action| next.removal_action = action)
        });
        check.word("match_by", patch.match_by, &MatchBy::WORDS, |word| {
            MatchBy::parse(word).map(|by| next.match_by = by)
        });
        check.word("grade_scale", patch.grade_scale, &GradeScale::WORDS, |word| {
            GradeScale::parse(word).map(|scale| next.grade_scale = scale)
        });
        check.number("role_id", patch.role_id, SITE_NUMBER, &mut next.role_id);
        check.number("category_id", patch.category_id, SITE_NUMBER, &mut next.category_id);
        check.number("brake_percent", patch.brake_percent, PERCENT, &mut next.brake_percent);
        check.number("brake_min", patch.brake_min, REMOVALS, &mut next.brake_min);
        for (name, value, range, option) in [
            (
                "brake_update_percent",
                patch.brake_update_percent,
                PERCENT,
                &mut next.brake_update_percent,
            ),
            (
                "brake_field_percent",
                patch.brake_field_percent,
                PERCENT,
                &mut next.brake_field_percent,
            ),
            (
                "brake_identity_percent",
                patch.brake_identity_percent,
                PERCENT,
                &mut next.brake_identity_percent,
            ),
            (
                "brake_create_factor",
                patch.brake_create_factor,
                FACTOR,
                &mut next.brake_create_factor,
            ),
        ] {
            check.number(name, value, range, option);
        }
        check.name("function", patch.function, &mut next.function);
        check.name("parameter", patch.parameter, &mut next.parameter);
        if let Some(words) = patch.suspend_on {
            check.statuses(words, &mut next.suspend_on);
        }
        next.create_users = patch.create_users.unwrap_or(next.create_users);
        next.rename_users = patch.rename_users.unwrap_or(next.rename_users);
        // If the action has no meaning in the new form, existing objects are kept.
        if !RemovalAction::words(next.form).contains(&next.removal_action.as_str()) {
            next.removal_action = RemovalAction::Keep;
        }
        if check.0.is_empty() {
            *self = next;
            Ok(())
        } else {
            Err(check.0)
        }
    }
}

/// Unchecked changes to a module's options; an absent option keeps its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the option of the same name")]
pub struct LayoutPatch {
    pub target: Option<String>,
    pub create_users: Option<bool>,
    pub match_by: Option<String>,
    pub role_id: Option<i64>,
    pub category_id: Option<i64>,
    pub function: Option<String>,
    pub parameter: Option<String>,
    pub removal_action: Option<String>,
    pub brake_percent: Option<i64>,
    pub brake_min: Option<i64>,
    pub suspend_on: Option<Vec<String>>,
    pub grade_scale: Option<String>,
    pub brake_update_percent: Option<i64>,
    pub brake_field_percent: Option<i64>,
    pub brake_identity_percent: Option<i64>,
    pub brake_create_factor: Option<i64>,
    pub rename_users: Option<bool>,
}

impl LayoutPatch {
    /// Returns the stored names of the options that it changes.
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        [
            ("form", self.target.is_some()),
            ("create_users", self.create_users.is_some()),
            ("match_by", self.match_by.is_some()),
            ("role_id", self.role_id.is_some()),
            ("category_id", self.category_id.is_some()),
            ("function", self.function.is_some()),
            ("parameter", self.parameter.is_some()),
            ("removal_action", self.removal_action.is_some()),
            ("brake_percent", self.brake_percent.is_some()),
            ("brake_min", self.brake_min.is_some()),
            ("suspend_on", self.suspend_on.is_some()),
            ("grade_scale", self.grade_scale.is_some()),
            ("brake_update_percent", self.brake_update_percent.is_some()),
            ("brake_field_percent", self.brake_field_percent.is_some()),
            ("brake_identity_percent", self.brake_identity_percent.is_some()),
            ("brake_create_factor", self.brake_create_factor.is_some()),
            ("rename_users", self.rename_users.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
    }
}

/// Least and greatest number of a role or a category.
pub(super) const SITE_NUMBER: (i64, i64) = (1, i32::MAX as i64);
/// Least and greatest share.
pub(super) const PERCENT: (i64, i64) = (0, 100);
/// Least and greatest count of removals.
pub(super) const REMOVALS: (i64, i64) = (0, 1_000_000);
/// Least and greatest multiple of the objects that a run made.
pub(super) const FACTOR: (i64, i64) = (0, 1_000);
/// Longest function or parameter name, and longest status.
const NAME_MAX: usize = 100;
/// Statuses that suspend, at most.
const STATUSES_MAX: usize = 20;

#[derive(Default)]
struct Check(Vec<FieldFault>);

impl Check {
    fn fault(&mut self, field: &str, fault: Fault) {
        self.0.push(FieldFault::new(format!("options.{field}"), fault));
    }

    fn word(
        &mut self,
        field: &str,
        word: Option<String>,
        expected: &'static [&'static str],
        mut set: impl FnMut(&str) -> Option<()>,
    ) {
        if word.is_some_and(|word| set(&word).is_none()) {
            self.fault(field, Fault::Literal { expected });
        }
    }

    fn number(&mut self, field: &str, value: Option<i64>, (min, max): (i64, i64), set: &mut i64) {
        match value {
            Some(number) if number < min => self.fault(field, Fault::Below { min }),
            Some(number) if number > max => self.fault(field, Fault::Above { max }),
            Some(number) => *set = number,
            None => {}
        }
    }

    fn name(&mut self, field: &str, value: Option<String>, set: &mut String) {
        let Some(name) = value else { return };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if name.len() > NAME_MAX {
            self.fault(field, Fault::TooLong { max: NAME_MAX });
        } else if !name.bytes().all(plain) {
            self.fault(field, Fault::Pattern { pattern: "^[a-z0-9_]*$" });
        } else {
            *set = name;
        }
    }

    fn statuses(&mut self, words: Vec<String>, set: &mut Vec<String>) {
        if words.len() > STATUSES_MAX {
            let fault = Fault::TooMany { max: STATUSES_MAX, actual: words.len() };
            return self.fault("suspend_on", fault);
        }
        if words.iter().any(|word| word.chars().count() > NAME_MAX) {
            return self.fault("suspend_on", Fault::TooLong { max: NAME_MAX });
        }
        *set = words.iter().map(|word| word.trim().to_lowercase()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_option_is_named_and_nothing_is_changed() {
        let mut layout = Layout::new(ModuleName::Students);
        let patch = LayoutPatch {
            target: Some("group".into()),
            removal_action: Some("unenrol".into()),
            brake_percent: Some(101),
            function: Some("rm -rf".into()),
            role_id: Some(0),
            ..LayoutPatch::default()
        };
        let faults = layout.apply(ModuleName::Students, patch).expect_err("refused");
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "options.target",
                "options.removal_action",
                "options.role_id",
                "options.brake_percent",
                "options.function"
            ]
        );
        assert_eq!(layout, Layout::new(ModuleName::Students));
    }

    #[test]
    fn an_action_follows_its_form() {
        let mut layout = Layout::new(ModuleName::Registrations);
        let patch = |target: Option<&str>, action: Option<&str>| LayoutPatch {
            target: target.map(Into::into),
            removal_action: action.map(Into::into),
            ..LayoutPatch::default()
        };
        let module = ModuleName::Registrations;
        layout.apply(module, patch(Some("enrolment"), Some("suspend"))).expect("fits");
        assert_eq!(layout.removal_action, RemovalAction::Suspend);
        layout.apply(module, patch(Some("cohort"), None)).expect("fits");
        assert_eq!(layout.removal_action, RemovalAction::Keep);
        let module = ModuleName::Payments;
        let mut layout = Layout::new(module);
        layout.apply(module, patch(None, Some("suspend"))).expect_err("would be read as a threat");
        layout.apply(module, patch(None, Some("unenrol"))).expect("fits");
        layout.apply(module, patch(Some("record"), None)).expect("fits");
        assert_eq!(layout.removal_action, RemovalAction::Keep);
    }
}
