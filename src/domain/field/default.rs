//! The source field from which a canonical field is mapped until a tenant changes it: the names of one organisation
//! (docs/src/mappings.md, "The modules").

/// The row of a new tenant's mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRow {
    /// API name of the source field.
    pub source: &'static str,
    /// The value used if the source field is empty.
    pub value: Option<&'static str>,
    /// What is done with the value.
    pub via: Via,
    /// True: a record without a value fails because of this row, although the field is optional in the schema.
    pub required: bool,
    /// True: the row comes after those that the first clients know.
    pub is_late: bool,
}

/// What a row does with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Nothing.
    Plain,
    /// A transform without parameters.
    Step(&'static str),
    /// A transform without parameters, with a remark.
    Told(&'static str, &'static str),
    /// The criteria of a unit.
    Criteria,
}

impl DefaultRow {
    pub(super) const fn of(source: &'static str) -> Self {
        Self { source, value: None, via: Via::Plain, required: false, is_late: false }
    }

    /// The id of the record that a look-up refers to.
    pub(super) const fn look_up(source: &'static str) -> Self {
        Self::of(source).via(Via::Step("lookup_id"))
    }

    /// The day of a date and time.
    pub(super) const fn day(source: &'static str) -> Self {
        Self::of(source).via(Via::Step("date_only"))
    }

    pub(super) const fn via(self, via: Via) -> Self {
        Self { via, ..self }
    }

    pub(super) const fn or(self, value: &'static str) -> Self {
        Self { value: Some(value), ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn late(self) -> Self {
        Self { is_late: true, ..self }
    }
}
