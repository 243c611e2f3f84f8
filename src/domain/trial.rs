//! A trial of a connection: its stages, and what each of them has found.

use super::{
    code::{Code, Gaps},
    layout::Form,
    module::ModuleName,
};

/// A stage. A later one makes no sense before the one before it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The name is found, and a secure connection is made.
    Address,
    /// The credentials are accepted.
    SignIn,
    /// Scopes, functions and capabilities are there.
    Access,
    /// Something can be read.
    Sample,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 4] = [Self::Address, Self::SignIn, Self::Access, Self::Sample];

    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::SignIn => "sign_in",
            Self::Access => "access",
            Self::Sample => "sample",
        }
    }
}

/// How a stage has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// An enabled module, or all of them, cannot work.
    Failed,
    /// Every enabled module works; something is missing that others need, or that runs do without.
    Warned,
    /// An earlier stage has failed.
    NotTried,
}

impl Verdict {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::NotTried => "not_tried",
        }
    }
}

/// What a connection may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A scope of Zoho.
    Scope,
    /// A function of Moodle's web service.
    Function,
    /// A capability in Moodle.
    Capability,
}

impl Access {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Function => "function",
            Self::Capability => "capability",
        }
    }
}

/// A scope, function or capability that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which of them.
    pub access: Access,
    /// Its name.
    pub name: String,
    /// The enabled modules that do not work without it, in fixed order.
    pub modules: Vec<ModuleName>,
    /// Where to add it, in words.
    pub place: String,
    /// Address of the page on which it is added.
    pub url: Option<String>,
}

/// What a stage has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How the stage has ended.
    pub verdict: Verdict,
    /// What is wrong.
    pub code: Option<Code>,
    /// In one sentence, lower case, without a full stop; empty for a stage that was not tried.
    pub message: String,
    /// What to do about it, in the same form.
    pub remedy: Option<String>,
    /// Everything that is missing.
    pub missing: Vec<Missing>,
}

impl Finding {
    /// A stage that has ended as it should.
    pub fn passed(message: impl Into<String>) -> Self {
        let (code, remedy, missing) = (None, None, Vec::new());
        Self { verdict: Verdict::Passed, code, message: message.into(), remedy, missing }
    }

    /// A stage that was not tried.
    pub fn not_tried() -> Self {
        Self { verdict: Verdict::NotTried, ..Self::passed("") }
    }

    /// A stage that has failed, with the texts of a row.
    pub fn failed(code: Code, gaps: Gaps<'_>) -> Self {
        Self::told(code, code.message(gaps), code.remedy(gaps))
    }

    /// A stage that has failed, with a message of its own.
    pub fn told(code: Code, message: String, remedy: String) -> Self {
        let (code, remedy) = (Some(code), Some(remedy));
        Self { verdict: Verdict::Failed, code, message, remedy, missing: Vec::new() }
    }

    /// A stage that has failed with a message that may end with the advice of the code's row.
    pub fn of(code: Code, message: &str) -> Self {
        let remedy = code.remedy(&[]);
        let (what, advice) = message.rsplit_once("; ").unwrap_or((message, ""));
        // The advice of a row has no gaps but those that its message fills as well.
        let begin = remedy.split('{').next().unwrap_or_default();
        match advice.starts_with(begin) && !advice.is_empty() {
            true => Self::told(code, what.to_owned(), advice.to_owned()),
            false => Self::told(code, message.to_owned(), remedy),
        }
    }

    /// Only a warning.
    #[must_use]
    pub fn as_warning(self) -> Self {
        Self { verdict: Verdict::Warned, ..self }
    }

    /// With what is missing. It is only a warning where no enabled module needs any of it.
    #[must_use]
    pub fn lacking(self, missing: Vec<Missing>) -> Self {
        let is_needed = missing.iter().any(|one| !one.modules.is_empty());
        let verdict = if is_needed { Verdict::Failed } else { Verdict::Warned };
        Self { verdict, missing, ..self }
    }
}

/// A module as far as its connection is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which one.
    pub name: ModuleName,
    /// Whether it is enabled.
    pub enabled: bool,
    /// API name of its module in Zoho.
    pub zoho_module: String,
    /// What its records are in Moodle.
    pub form: Form,
    /// The function of a plug-in that writes its records; empty without one.
    pub function: String,
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

    #[test]
    fn the_advice_of_a_row_stands_apart() {
        let told = |code: Code, message: &str| {
            let finding = Finding::of(code, message);
            (finding.message, finding.remedy.unwrap_or_default())
        };
        let (message, remedy) =
            told(code::ZOHO_TOKEN_REVOKED, &code::ZOHO_TOKEN_REVOKED.advice(&[]));
        assert_eq!(message, code::ZOHO_TOKEN_REVOKED.message(&[]));
        assert_eq!(remedy, "authorise the connection again");
        let own = "Moodle at x:80 cannot be reached: the name has no address; check the address in the settings";
        let (message, remedy) = told(code::UPSTREAM_UNREACHABLE, own);
        assert_eq!(message, own);
        assert_eq!(remedy, code::UPSTREAM_UNREACHABLE.remedy(&[]));
        let gaps: Gaps<'_> = &[("field", &"moodle_api_token")];
        let (_, remedy) =
            told(code::MOODLE_NOT_CONFIGURED, &code::MOODLE_NOT_CONFIGURED.advice(gaps));
        assert_eq!(remedy, "enter moodle_api_token in the settings of the tenant");
    }

    #[test]
    fn what_no_enabled_module_needs_is_a_warning() {
        let missing = |modules: &[ModuleName]| Missing {
            access: Access::Function,
            name: "f".into(),
            modules: modules.to_vec(),
            place: String::new(),
            url: None,
        };
        let finding = Finding::failed(code::MOODLE_FUNCTION_MISSING, &[("function", &"f")]);
        let lacking = |missing: Vec<Missing>| finding.clone().lacking(missing).verdict;
        assert_eq!(lacking(vec![missing(&[])]), Verdict::Warned);
        assert_eq!(lacking(vec![missing(&[]), missing(&[ModuleName::Units])]), Verdict::Failed);
    }
}
