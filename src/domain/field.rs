//! One row for each canonical field: its type, its length, the source field that feeds it by default, and where it
//! goes in the target. The schema document, the default mappings, the limits, the adapter document, the checks and
//! `docs/src/field-list.md` are read from these rows, and the kinds of the engine take their lengths and names from
//! them.

mod adapter;
mod classes;
mod default;
mod enrollments;
mod grades;
mod page;
mod payments;
mod programs;
mod registrations;
mod students;
mod units;

pub use {
    adapter::{Adapter, NOTE, adapters},
    default::{DefaultRow, Via},
    page::page,
};

use super::{layout::Form, module::ModuleName};

/// The type of a canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// `YYYY-MM-DD`.
    Date,
    /// A whole number.
    Integer,
    /// A number with a fraction; kept as text where a double would lose digits.
    Decimal,
}

impl FieldType {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
        }
    }
}

/// What is written for a field whose target field is named by the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The unique key by which the record is found again.
    Key,
    /// The id of a record of the target: a look-up, or a text.
    RecordId,
    /// A value of its own.
    Value,
}

/// Where a field goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goes {
    /// Written as this field of the target.
    To(&'static str),
    /// Written to the field of the target that its row of the mapping names.
    Mapped(What),
    /// Not written; what it is read for, in one sentence without a full stop.
    Read(&'static str),
    /// Neither written nor read; the reason, in one sentence without a full stop.
    Nowhere(&'static str),
}

impl Goes {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::To(_) | Self::Mapped(_) => "sent",
            Self::Read(_) => "read",
            Self::Nowhere(_) => "nowhere",
        }
    }

    /// Returns whether the field is written.
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::To(_) | Self::Mapped(_))
    }

    /// Returns whether the field has no effect.
    pub const fn is_nowhere(self) -> bool {
        matches!(self, Self::Nowhere(_))
    }

    /// Returns the field of the target, if the field is written and no mapping names the target's field.
    pub const fn target(self) -> Option<&'static str> {
        match self {
            Self::To(field) => Some(field),
            Self::Mapped(_) | Self::Read(_) | Self::Nowhere(_) => None,
        }
    }

    /// Returns what the field is read for, or why it goes nowhere.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::To(_) | Self::Mapped(_) => None,
            Self::Read(reason) | Self::Nowhere(reason) => Some(reason),
        }
    }
}

/// Where a field goes: the same in all forms of its module, or different by form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uses {
    Always(Goes),
    ByForm(&'static [(Form, Goes)]),
}

/// A canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub field_type: FieldType,
    /// True: a record without a value fails.
    pub required: bool,
    /// What it means.
    pub description: Option<&'static str>,
    /// The longest text that is sent, in characters (Unicode scalar values); a run refuses a longer one.
    pub longest: Option<u32>,
    /// True for a text in which the target refuses markup.
    pub plain: bool,
    /// True where it takes the markup of names in several languages nevertheless.
    pub multilang: bool,
    /// The row of a new tenant's mapping, if there is one.
    pub default: Option<DefaultRow>,
    /// The target's field in the adapter document, if that is more than its name.
    shown_as: Option<&'static str>,
    /// The target's requirement besides the length; `{most}` is replaced by the length.
    rule: Option<&'static str>,
    uses: Uses,
}

/// The length of a field that names a parent: that of the longest id of a record (`RecordId::LONGEST`).
const RECORD_ID: u32 = 100;

const fn to(name: &'static str, target: &'static str) -> Field {
    field(name, Uses::Always(Goes::To(target)))
}

const fn read(name: &'static str, purpose: &'static str) -> Field {
    field(name, Uses::Always(Goes::Read(purpose)))
}

const fn nowhere(name: &'static str, reason: &'static str) -> Field {
    field(name, Uses::Always(Goes::Nowhere(reason)))
}

/// A field that goes to the target field that its row of the mapping names.
const fn mapped(name: &'static str, what: What) -> Field {
    field(name, Uses::Always(Goes::Mapped(what)))
}

/// A field whose target depends on the form of its module.
const fn by_form(name: &'static str, uses: &'static [(Form, Goes)]) -> Field {
    field(name, Uses::ByForm(uses))
}

const fn field(name: &'static str, uses: Uses) -> Field {
    Field {
        name,
        field_type: FieldType::String,
        required: false,
        description: None,
        longest: None,
        plain: false,
        multilang: false,
        default: None,
        shown_as: None,
        rule: None,
        uses,
    }
}

impl Field {
    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn typed(self, field_type: FieldType) -> Self {
        Self { field_type, ..self }
    }

    const fn described(self, text: &'static str) -> Self {
        Self { description: Some(text), ..self }
    }

    const fn at_most(self, characters: u32) -> Self {
        Self { longest: Some(characters), ..self }
    }

    const fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// No markup but that of names in several languages.
    const fn name(self) -> Self {
        Self { plain: true, multilang: true, ..self }
    }

    const fn shown_as(self, text: &'static str) -> Self {
        Self { shown_as: Some(text), ..self }
    }

    const fn ruled(self, rule: &'static str) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// Sets the source field from which a new tenant maps it.
    const fn from(self, source: &'static str) -> Self {
        self.begins_with(DefaultRow::of(source))
    }

    const fn begins_with(self, row: DefaultRow) -> Self {
        Self { default: Some(row), ..self }
    }

    /// Returns where the field goes if the module's records have this form; nowhere in a form that the module cannot
    /// have.
    pub fn goes(&self, form: Form) -> Goes {
        match self.uses {
            Uses::Always(goes) => goes,
            Uses::ByForm(uses) => uses
                .iter()
                .find(|(of, _)| *of == form)
                .map_or(Goes::Nowhere("the module has no such form"), |(_, goes)| *goes),
        }
    }
}

/// The canonical fields of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleFields {
    /// The module.
    pub module: ModuleName,
    /// In the order of the schema document.
    pub fields: &'static [Field],
    /// A remark.
    pub note: Option<&'static str>,
}

/// Fields and flags that the first clients know come first in each module and stay as they are; optional ones follow.
static MODULES: [ModuleFields; 8] = [
    ModuleFields { module: ModuleName::Students, fields: students::FIELDS, note: None },
    ModuleFields { module: ModuleName::Programs, fields: programs::FIELDS, note: None },
    ModuleFields { module: ModuleName::Classes, fields: classes::FIELDS, note: None },
    ModuleFields { module: ModuleName::Enrollments, fields: enrollments::FIELDS, note: None },
    ModuleFields { module: ModuleName::Units, fields: units::FIELDS, note: None },
    ModuleFields { module: ModuleName::Registrations, fields: registrations::FIELDS, note: None },
    ModuleFields { module: ModuleName::Payments, fields: payments::FIELDS, note: None },
    ModuleFields { module: ModuleName::Grades, fields: grades::FIELDS, note: Some(grades::NOTE) },
];

/// Returns the fields of all modules in the order of the schema document.
pub fn all() -> &'static [ModuleFields] {
    &MODULES
}

/// Returns the fields of a module.
pub fn of(name: ModuleName) -> &'static ModuleFields {
    // The document's order is that of the names.
    &MODULES[name as usize]
}

impl ModuleFields {
    /// Returns a field.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the fields that are written if the module's records have this form, each with the target's field.
    pub fn sent(&self, form: Form) -> impl Iterator<Item = (&'static Field, &'static str)> {
        self.fields.iter().filter_map(move |field| Some((field, field.goes(form).target()?)))
    }
}

#[cfg(test)]
mod tests;
