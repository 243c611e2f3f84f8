//! The result of one record of a run: its outcome, what was done to the target, and why it failed or was skipped.

use {
    super::{
        code::{Class, Code},
        exchange::Exchange,
        id::{ObjectId, PersonId, RecordId, RunId},
        module::ModuleName,
        person::{self, Person},
    },
    chrono::{DateTime, Utc},
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
};

/// The outcomes of a record, in the words of the first clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// Created or linked.
    New,
    /// As it should be.
    Unchanged,
    /// Written.
    Updated,
    /// Failed.
    Failed,
    /// Not due or not allowed.
    Skipped,
}

impl ItemStatus {
    /// All statuses.
    pub const ALL: [Self; 5] =
        [Self::New, Self::Unchanged, Self::Updated, Self::Failed, Self::Skipped];

    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Unchanged => "UNCHANGED",
            Self::Updated => "UPDATED",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// Which outcomes a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemsWith {
    /// Those with this status.
    Status(ItemStatus),
    /// Those with warnings, whatever their status.
    Warnings,
}

impl ItemsWith {
    /// The words of the filter.
    pub const WORDS: [&str; 6] = ["NEW", "UNCHANGED", "UPDATED", "FAILED", "SKIPPED", WARNED];

    /// Reads a word of the filter.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            WARNED => Some(Self::Warnings),
            word => ItemStatus::parse(word).map(Self::Status),
        }
    }
}

/// The word of the filter for outcomes with warnings.
const WARNED: &str = "WARNED";

/// A value that could not be used and was left out, so that the target keeps what it has for the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The canonical field.
    pub field: String,
    /// Stable word.
    pub code: String,
    /// The start of the value; empty for a field by which a person is known.
    pub value: String,
}

/// Characters of a value that a warning shows.
const SHOWN: usize = 3;

impl Warning {
    /// Makes a warning that shows no more of the value than helps to find it.
    pub fn new(field: &str, code: Code, value: &str) -> Self {
        let mut start = String::new();
        if !person::KNOWN_BY.contains(&field) {
            let seen = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
            start.extend(value.chars().take(SHOWN).map(seen));
            if value.chars().nth(SHOWN).is_some() {
                start.push('…');
            }
        }
        Self { field: field.to_owned(), code: code.word().to_owned(), value: start }
    }

    /// Returns how the stored text of warnings names a code.
    pub fn stored_code(word: &str) -> String {
        format!("\"code\":{}", Value::from(word))
    }
}

/// The result of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemOutcome {
    /// Id of the record in the source; `None` for one that came without.
    pub zoho_id: Option<RecordId>,
    /// The outcome.
    pub status: ItemStatus,
    /// Stable word of the reason, when it failed or was skipped.
    pub code: Option<Code>,
    /// The reason in words.
    pub message: Option<String>,
    /// `{field: [old, new]}` for the fields that were written.
    pub diff: Map<String, Value>,
    /// What was done to the target, or would be done.
    pub op: Option<Op>,
    /// The student whom the record is about.
    pub person: Option<PersonId>,
    /// Id of the object in the target, if it is known.
    pub target_id: Option<ObjectId>,
    /// Values of the record that were left out.
    pub warnings: Vec<Warning>,
    /// The call that ended in the failure, where it was one.
    pub exchange: Option<Box<Exchange>>,
    /// For a student's own record: the data by which the student is found, as far as it could be read.
    pub known_as: Option<Box<Person>>,
}

impl ItemOutcome {
    /// An outcome without a reason.
    pub fn plain(
        zoho_id: impl Into<Option<RecordId>>,
        status: ItemStatus,
        diff: Map<String, Value>,
    ) -> Self {
        Self {
            zoho_id: zoho_id.into(),
            status,
            code: None,
            message: None,
            diff,
            op: None,
            person: None,
            target_id: None,
            warnings: Vec::new(),
            exchange: None,
            known_as: None,
        }
    }

    /// A failure with its reason.
    pub fn failed(
        zoho_id: impl Into<Option<RecordId>>,
        code: Code,
        message: impl Into<String>,
    ) -> Self {
        // Messages quote the record, and databases refuse a text with a NUL.
        let message = message.into().replace('\0', "\u{fffd}");
        Self {
            code: Some(code),
            message: Some(message),
            ..Self::plain(zoho_id, ItemStatus::Failed, Map::new())
        }
    }

    /// A skip with its reason.
    pub fn skipped(
        zoho_id: impl Into<Option<RecordId>>,
        code: Code,
        message: impl Into<String>,
    ) -> Self {
        Self { status: ItemStatus::Skipped, ..Self::failed(zoho_id, code, message) }
    }
}

/// What was done to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// An object was created.
    Create,
    /// An existing object was linked to this record.
    Link,
    /// Fields were changed.
    Update,
    /// The account or enrolment can no longer be used.
    Suspend,
    /// It can be used again.
    Reactivate,
    /// The enrolment or membership ended.
    Unenrol,
}

impl Op {
    const ALL: [Self; 6] =
        [Self::Create, Self::Link, Self::Update, Self::Suspend, Self::Reactivate, Self::Unenrol];

    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Link => "link",
            Self::Update => "update",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Unenrol => "unenrol",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str() == word)
    }

    /// True if a person loses something by it.
    pub const fn removes(self) -> bool {
        matches!(self, Self::Suspend | Self::Unenrol)
    }
}

/// Who has to act on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultClass {
    /// Our mapping, or the data of the record.
    Invalid,
    /// The target refused it.
    Rejected,
    /// Given up; another try may succeed.
    Transient,
}

impl FaultClass {
    const ALL: [Self; 3] = [Self::Invalid, Self::Rejected, Self::Transient];
    /// The letters of the filter.
    pub const WORDS: [&str; 3] = ["I", "R", "T"];

    /// Reads the stored letter.
    pub fn parse(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == letter)
    }

    /// The letter that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "I",
            Self::Rejected => "R",
            Self::Transient => "T",
        }
    }

    /// Returns the class of a failure's code.
    pub const fn of(code: Code) -> Self {
        match code.row().class {
            Class::OtherSide => Self::Rejected,
            Class::Transient => Self::Transient,
            Class::Ours | Class::Call => Self::Invalid,
        }
    }
}

/// A stored outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Id of the record in the source; `None` for one that came without.
    pub zoho_id: Option<RecordId>,
    /// The stored word of the outcome.
    pub status: String,
    /// Stable word of the reason.
    pub code: Option<String>,
    /// The reason in words.
    pub message: Option<String>,
    /// `{field: [old, new]}`.
    pub diff: Value,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// Position in the run, from 0.
    pub ordinal: i64,
    /// The run.
    pub run: RunId,
    /// Stored word of what was done to the target.
    pub op: Option<String>,
    /// Stored letter of who has to act on a failure.
    pub class: Option<String>,
    /// Version of the mappings that was used.
    pub mapping_version: Option<i64>,
    /// Id of the object in the target.
    pub target_id: Option<ObjectId>,
    /// Values of the record that were left out.
    pub warnings: Vec<Warning>,
}

/// A stored outcome, with facts about its run.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemOfRun {
    /// The outcome.
    pub item: Item,
    /// The run's module.
    pub module: ModuleName,
    /// Stored word of the run's trigger.
    pub trigger_source: String,
    /// True: the run wrote nothing; the outcome says what would have been written.
    pub dry_run: bool,
    /// The student whom the record is about.
    pub person: Option<PersonId>,
}

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::code};

    #[test]
    fn every_word_reads_back() {
        for status in ItemStatus::ALL {
            assert_eq!(ItemStatus::parse(status.as_str()), Some(status));
        }
        for op in Op::ALL {
            assert_eq!(Op::parse(op.as_str()), Some(op));
        }
        for (class, letter) in FaultClass::ALL.into_iter().zip(FaultClass::WORDS) {
            assert_eq!((class.as_str(), FaultClass::parse(letter)), (letter, Some(class)));
        }
    }

    #[test]
    fn a_filter_knows_every_status_and_warnings() {
        for status in ItemStatus::ALL {
            assert_eq!(ItemsWith::parse(status.as_str()), Some(ItemsWith::Status(status)));
        }
        assert_eq!(ItemsWith::parse("WARNED"), Some(ItemsWith::Warnings));
        assert!(ItemsWith::WORDS.iter().all(|word| ItemsWith::parse(word).is_some()));
        assert_eq!(ItemsWith::parse("warned"), None);
    }

    #[test]
    fn a_warning_shows_the_start_of_a_value_and_nothing_of_a_name() {
        let shown =
            |field: &str, value: &str| Warning::new(field, code::VALUE_TOO_LONG, value).value;
        assert_eq!(shown("phone", "(06) 464-1234 ext. 12"), "(06…");
        assert_eq!(shown("country", "JOR"), "JOR");
        assert_eq!(shown("city", "\u{0}\u{1b}[2Jx"), "\u{fffd}\u{fffd}[…");
        for field in ["academic_email", "username", "display_name", "first_name", "last_name"] {
            assert_eq!(shown(field, "Sara Haddad"), "");
        }
        let stored =
            serde_json::to_string(&[Warning::new("phone", code::VALUE_TOO_LONG, "\"code\":\"X\"")]);
        let stored = stored.unwrap_or_default();
        assert!(stored.contains(&Warning::stored_code("VALUE_TOO_LONG")), "{stored}");
        assert!(!stored.contains(&Warning::stored_code("X")), "{stored}");
    }

    #[test]
    fn a_code_tells_who_has_to_act() {
        for (code, class) in [
            (code::MAPPING_REQUIRED_MISSING, FaultClass::Invalid),
            (code::MOODLE_EMAIL_TAKEN, FaultClass::Rejected),
            (code::UPSTREAM_UNREACHABLE, FaultClass::Transient),
            (code::OUTCOME_UNKNOWN, FaultClass::Transient),
        ] {
            assert_eq!(FaultClass::of(code), class, "{code}");
        }
    }
}
