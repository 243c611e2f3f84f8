//! How a tenant lays its modules out in the target, and what a removal does there: the options of a module, their
//! defaults and their checks. Schools differ: a class may be a course of its own or a group in the course of its unit.

use {
    super::{
        fault::{Fault, FieldFault},
        module::ModuleName,
    },
    chrono_tz::Tz,
    serde::{Deserialize, Serialize},
};

/// What a module's records are in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Accounts.
    User,
    /// Course categories.
    Category,
    /// Courses.
    Course,
    /// Groups in the course of the unit.
    Group,
    /// Manual enrolments.
    Enrolment,
    /// Members of the cohort of the program.
    Cohort,
    /// Custom profile fields of the student's account.
    Profile,
    /// Records of a plug-in, written through a function of its own.
    Record,
    /// Grades in the CRM.
    Grade,
}

impl Form {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Category => "category",
            Self::Course => "course",
            Self::Group => "group",
            Self::Enrolment => "enrolment",
            Self::Cohort => "cohort",
            Self::Profile => "profile",
            Self::Record => "record",
            Self::Grade => "grade",
        }
    }

    /// Returns the forms that a module may take; the first is the default.
    pub const fn of(module: ModuleName) -> &'static [Self] {
        match module {
            ModuleName::Students => &[Self::User],
            ModuleName::Programs => &[Self::Category, Self::Course],
            ModuleName::Units => &[Self::Course, Self::Record],
            ModuleName::Classes => &[Self::Course, Self::Group],
            ModuleName::Enrollments => &[Self::Enrolment],
            ModuleName::Registrations => &[Self::Cohort, Self::Enrolment],
            ModuleName::Payments => &[Self::Profile, Self::Record],
            ModuleName::Grades => &[Self::Grade],
        }
    }

    const fn words(module: ModuleName) -> &'static [&'static str] {
        match module {
            ModuleName::Students => &["user"],
            ModuleName::Programs => &["category", "course"],
            ModuleName::Units => &["course", "record"],
            ModuleName::Classes => &["course", "group"],
            ModuleName::Enrollments => &["enrolment"],
            ModuleName::Registrations => &["cohort", "enrolment"],
            ModuleName::Payments => &["profile", "record"],
            ModuleName::Grades => &["grade"],
        }
    }
}

/// How a student without a link may be taken over, besides by the source id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    /// Not at all.
    None,
    /// By e-mail address.
    Email,
    /// By user name.
    Username,
}

impl MatchBy {
    /// The words of the wire.
    pub const WORDS: [&'static str; 3] = ["none", "email", "username"];

    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Email => "email",
            Self::Username => "username",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Email, Self::Username].into_iter().find(|by| by.as_str() == word)
    }
}

/// What becomes of a target object whose record is gone from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalAction {
    /// Nothing.
    Keep,
    /// The account or enrolment can no longer be used, and can be brought back.
    Suspend,
    /// The enrolment or membership ends; a payment counts no longer, and the one before it does.
    Unenrol,
}

impl RemovalAction {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Suspend => "suspend",
            Self::Unenrol => "unenrol",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Keep, Self::Suspend, Self::Unenrol]
            .into_iter()
            .find(|action| action.as_str() == word)
    }

    const fn words(form: Form) -> &'static [&'static str] {
        match form {
            Form::User => &["keep", "suspend"],
            Form::Enrolment => &["keep", "suspend", "unenrol"],
            Form::Cohort | Form::Profile => &["keep", "unenrol"],
            _ => &["keep"],
        }
    }
}

/// The scale by which a raw grade becomes a letter (domain.md, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeScale {
    /// Raw points: 0 F, below 2 R, 2 P, 3 M, 4 D.
    Points,
    /// Percent of the greatest grade: from 70 D, from 60 M, from 40 P, else R.
    Percent,
}

impl GradeScale {
    /// The words of the wire.
    pub const WORDS: [&'static str; 2] = ["points", "percent"];

    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Percent => "percent",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Points, Self::Percent].into_iter().find(|scale| scale.as_str() == word)
    }
}

/// A module's options, with the defaults of its name where nothing was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// What the records are in the target.
    pub form: Form,
    /// Students: may a sync create accounts? Otherwise it only links those that are there.
    pub create_users: bool,
    /// Students: how an account without the source id may be taken over.
    pub match_by: MatchBy,
    /// Enrolments: the role, by the site's number; 5 is a student on a default site.
    pub role_id: i64,
    /// Courses without a category of their own: the category, by the site's number.
    pub category_id: i64,
    /// Records: the function that writes one, its parameter, and the function that removes one.
    pub function: String,
    /// See `function`.
    pub parameter: String,
    /// What a removal does.
    pub removal_action: RemovalAction,
    /// Removals of absent records beyond this share of the module's links wait for an approval, in percent.
    pub brake_percent: i64,
    /// Explicit removals beyond this count (or a tenth of the links, if that is more) wait for an approval.
    pub brake_min: i64,
    /// Payments: statuses that suspend the student's enrolments, in lower case; another status ends it.
    pub suspend_on: Vec<String>,
    /// Grades: the scale.
    pub grade_scale: GradeScale,
}

impl Layout {
    /// Returns the options of a module that nobody has set.
    pub fn new(module: ModuleName) -> Self {
        let (function, parameter) = match module {
            ModuleName::Units => ("local_mzi_create_btec_definition", ""),
            ModuleName::Payments => ("local_mzi_record_payment", "paymentdata"),
            _ => ("", ""),
        };
        Self {
            form: Form::of(module).first().copied().unwrap_or(Form::Record),
            create_users: true,
            match_by: MatchBy::None,
            role_id: 5,
            category_id: 1,
            function: function.to_owned(),
            parameter: parameter.to_owned(),
            removal_action: RemovalAction::Keep,
            brake_percent: 5,
            brake_min: 10,
            suspend_on: Vec::new(),
            grade_scale: GradeScale::Points,
        }
    }

    /// Reads stored options; what cannot be read has its default.
    pub fn read(module: ModuleName, stored: Option<&serde_json::Value>) -> Self {
        let default = Self::new(module);
        let Some(serde_json::Value::Object(stored)) = stored else { return default };
        let Ok(serde_json::Value::Object(mut merged)) = serde_json::to_value(&default) else {
            return default;
        };
        merged.extend(stored.iter().map(|(name, value)| (name.clone(), value.clone())));
        serde_json::from_value(merged.into()).unwrap_or(default)
    }

    /// Applies changes, or names every fault.
    ///
    /// # Errors
    /// Every option that is not one of the words or numbers allowed.
    pub fn apply(&mut self, module: ModuleName, patch: LayoutPatch) -> Result<(), Vec<FieldFault>> {
        let mut check = Check::default();
        let mut next = self.clone();
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
        check.number("role_id", patch.role_id, (1, i64::from(i32::MAX)), &mut next.role_id);
        check.number(
            "category_id",
            patch.category_id,
            (1, i64::from(i32::MAX)),
            &mut next.category_id,
        );
        check.number("brake_percent", patch.brake_percent, (0, 100), &mut next.brake_percent);
        check.number("brake_min", patch.brake_min, (0, 1_000_000), &mut next.brake_min);
        check.name("function", patch.function, &mut next.function);
        check.name("parameter", patch.parameter, &mut next.parameter);
        if let Some(words) = patch.suspend_on {
            check.statuses(words, &mut next.suspend_on);
        }
        next.create_users = patch.create_users.unwrap_or(next.create_users);
        // A form for which the action has no meaning keeps what is there.
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

/// Unchecked changes to a module's options; absent ones keep their value.
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
}

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

/// The layouts of all modules of a tenant, and where its days begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layouts {
    of: [Layout; 8],
    zone: Tz,
}

impl Layouts {
    /// Takes the layouts in the order of the modules.
    pub fn new(zone: Tz, of: impl Fn(ModuleName) -> Layout) -> Self {
        Self { of: ModuleName::ALL.map(of), zone }
    }

    /// Returns the school's time zone.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns a module's layout.
    pub fn of(&self, module: ModuleName) -> &Layout {
        &self.of[module as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_wire_are_those_of_the_forms() {
        for module in ModuleName::ALL {
            let words: Vec<&str> = Form::of(module).iter().map(|form| form.as_str()).collect();
            assert_eq!(words, Form::words(module));
            assert_eq!(Layout::new(module).form, Form::of(module)[0]);
        }
    }

    #[test]
    fn stored_options_lie_over_the_defaults() {
        let stored = serde_json::json!({"form": "group", "brake_percent": 20});
        let layout = Layout::read(ModuleName::Classes, Some(&stored));
        assert_eq!((layout.form, layout.brake_percent, layout.brake_min), (Form::Group, 20, 10));
        let broken = serde_json::json!({"form": "nonsense"});
        assert_eq!(Layout::read(ModuleName::Classes, Some(&broken)).form, Form::Course);
    }

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
