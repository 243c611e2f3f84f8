//! How a tenant's modules are represented in the target, and what a removal does there: the options of a module,
//! their defaults and their checks. Schools differ: a class may be a course of its own or a group in the course of
//! its unit.

mod change;
mod stored;

pub use {change::LayoutPatch, stored::Unread};

use {super::module::ModuleName, chrono_tz::Tz, serde::Serialize};

/// What a module's records are in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
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

/// How an existing account may be linked to a student without a link, besides by the source id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// What is done with a target object whose record is gone from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalAction {
    /// Nothing.
    Keep,
    /// The account or enrolment can no longer be used, and can be brought back.
    Suspend,
    /// The enrolment or membership ends; a payment no longer counts, and the one before it does.
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

/// The scale by which a raw grade becomes a letter (docs/src/mappings.md, "Grades").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeScale {
    /// Points of four, or of another greatest grade brought to four: 0 F, below 2 R, 2 P, 3 M, 4 D.
    Points,
    /// Percent of the greatest grade: D from 70, M from 60, P from 40, otherwise R.
    Percent,
}

impl GradeScale {
    /// The words of the wire.
    pub const WORDS: [&'static str; 2] = ["points", "percent"];
    /// The letters of grades, the lowest first.
    pub const LETTERS: [&'static str; 5] = ["F", "R", "P", "M", "D"];

    /// Returns the letter of a raw grade.
    pub fn letter(self, raw: f64, max: Option<f64>) -> &'static str {
        match self {
            Self::Points => match max.filter(|max| *max > 0.0).map_or(raw, |max| raw * 4.0 / max) {
                raw if raw <= 0.0 => "F",
                raw if raw < 2.0 => "R",
                raw if raw < 3.0 => "P",
                raw if raw < 4.0 => "M",
                _ => "D",
            },
            Self::Percent => {
                let max = max.filter(|max| *max > 0.0).unwrap_or(100.0);
                match raw / max * 100.0 {
                    percent if percent >= 70.0 => "D",
                    percent if percent >= 60.0 => "M",
                    percent if percent >= 40.0 => "P",
                    _ => "R",
                }
            }
        }
    }

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

/// A module's options, with the module's defaults for those that are not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// What the records are in the target.
    pub form: Form,
    /// Students: may a sync create accounts? If not, it only links existing ones.
    pub create_users: bool,
    /// Students: how an existing account without the source id may be linked.
    pub match_by: MatchBy,
    /// Enrolments: the id of the role on the site; 5 is a student on a default site.
    pub role_id: i64,
    /// Courses without a category of their own: the id of their category on the site.
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
    /// Payments: statuses that suspend the student's enrolments, in lower case; another status ends the suspension.
    pub suspend_on: Vec<String>,
    /// Grades: the scale.
    pub grade_scale: GradeScale,
    /// Changes of more than this share of the module's links wait for an approval, in percent.
    pub brake_update_percent: i64,
    /// The same for one field.
    pub brake_field_percent: i64,
    /// The same for what people and courses are known by.
    pub brake_identity_percent: i64,
    /// Objects made beyond this many times the most of a run of the last 30 days wait for an approval.
    pub brake_create_factor: i64,
    /// Students: does the user name of a linked account follow its record? If not, the account keeps it.
    pub rename_users: bool,
    /// Stored options that cannot be read. They are written back with the others, so that they survive a change of
    /// another option.
    #[serde(flatten)]
    pub unread: Unread,
}

impl Layout {
    /// Returns the default options of a module.
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
            brake_update_percent: 50,
            brake_field_percent: 75,
            brake_identity_percent: 5,
            brake_create_factor: 3,
            rename_users: false,
            unread: Unread::default(),
        }
    }

    /// Returns the options that say what a run does, those of the brake left out.
    #[must_use]
    pub fn unbraked(&self) -> Self {
        Self {
            brake_percent: 0,
            brake_min: 0,
            brake_update_percent: 0,
            brake_field_percent: 0,
            brake_identity_percent: 0,
            brake_create_factor: 0,
            ..self.clone()
        }
    }

    /// Reads stored options one by one. An option that is not stored has its default. One that cannot be read gets a
    /// value that is safe, or keeps the module's runs from starting, and changes no other option.
    pub fn read(module: ModuleName, stored: Option<&serde_json::Value>) -> Self {
        stored::read(module, stored)
    }
}

/// The layouts of all modules of a tenant, and the time zone in which its days begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layouts {
    of: [Layout; 8],
    zone: Tz,
}

impl Layouts {
    /// Builds the layouts, in the order of the modules.
    pub fn new(zone: Tz, of: impl Fn(ModuleName) -> Layout) -> Self {
        Self { of: ModuleName::ALL.map(of), zone }
    }

    /// Returns the school's time zone.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the forms of all modules, in their order.
    pub fn forms(&self) -> [Form; 8] {
        self.of.each_ref().map(|layout| layout.form)
    }

    /// Returns a module's layout.
    pub fn of(&self, module: ModuleName) -> &Layout {
        &self.of[module as usize]
    }

    /// Returns the module and its unreadable options that keep runs of `module` from starting: its own options, and
    /// the form of the module in whose objects its own are created.
    pub fn blocking(&self, module: ModuleName) -> Option<(ModuleName, Vec<&'static str>)> {
        let own = self.of(module).unread.blocking();
        if !own.is_empty() {
            return Some((module, own));
        }
        let within = match module {
            ModuleName::Registrations => ModuleName::Programs,
            ModuleName::Classes => ModuleName::Units,
            _ => return None,
        };
        self.of(within).unread.has("form").then(|| (within, vec!["target"]))
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
    fn letters_follow_the_scale() {
        let points = |raw| GradeScale::Points.letter(raw, None);
        assert_eq!([0.0, 1.9, 2.0, 3.5, 4.0].map(points), ["F", "R", "P", "M", "D"]);
        for (raw, max, letter) in [
            (3.0, 4.0, "M"),
            (30.0, 100.0, "R"),
            (50.0, 100.0, "P"),
            (75.0, 100.0, "M"),
            (100.0, 100.0, "D"),
            (7.0, 7.0, "D"),
            (0.0, 100.0, "F"),
        ] {
            assert_eq!(GradeScale::Points.letter(raw, Some(max)), letter, "{raw} of {max}");
        }
        assert_eq!(GradeScale::Points.letter(3.0, Some(0.0)), "M");
        let percent = |raw| GradeScale::Percent.letter(raw, Some(20.0));
        assert_eq!([0.0, 8.0, 12.0, 14.0].map(percent), ["R", "P", "M", "D"]);
        for raw in -10..200 {
            for scale in [GradeScale::Points, GradeScale::Percent] {
                assert!(GradeScale::LETTERS.contains(&scale.letter(f64::from(raw), None)));
            }
        }
    }

    #[test]
    fn stored_options_lie_over_the_defaults() {
        let stored = serde_json::json!({"form": "group", "brake_percent": 20});
        let layout = Layout::read(ModuleName::Classes, Some(&stored));
        assert_eq!((layout.form, layout.brake_percent, layout.brake_min), (Form::Group, 20, 10));
    }

    #[test]
    fn a_run_is_kept_from_starting_by_its_own_options_and_by_the_form_it_builds_on() {
        let layouts = |module: ModuleName, stored: serde_json::Value| {
            Layouts::new(Tz::UTC, |name| Layout::read(name, (name == module).then_some(&stored)))
        };
        let units = layouts(ModuleName::Units, serde_json::json!({"form": "page"}));
        assert_eq!(units.blocking(ModuleName::Units), Some((ModuleName::Units, vec!["target"])));
        assert_eq!(units.blocking(ModuleName::Classes), Some((ModuleName::Units, vec!["target"])));
        assert_eq!(units.blocking(ModuleName::Students), None);
        let units = layouts(ModuleName::Units, serde_json::json!({"role_id": "many"}));
        assert_eq!(units.blocking(ModuleName::Classes), None);
        let safe = layouts(ModuleName::Units, serde_json::json!({"brake_min": "many"}));
        assert_eq!(safe.blocking(ModuleName::Units), None);
    }
}
