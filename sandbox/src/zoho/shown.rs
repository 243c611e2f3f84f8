//! Which records a read shows: without the parameters `approved` and `converted` neither those that wait for an approval nor
//! those that were converted.

use {
    super::{
        error,
        table::{Hidden, Table},
    },
    crate::{
        answer::Refusal,
        world::{Filters, Settings},
    },
};

/// What a read asks for beyond usual records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    approved: Which,
    converted: Which,
}

/// The values of both parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    True,
    False,
    Both,
}

impl Default for Shown {
    fn default() -> Self {
        Self { approved: Which::True, converted: Which::False }
    }
}

impl Shown {
    /// Reads the parameters of a call.
    pub(crate) fn read<'c>(
        settings: &Settings,
        get: impl Fn(&str) -> Option<&'c str>,
    ) -> Result<Self, Refusal> {
        let usual = Self::default();
        let which = |name: &str, usual: Which| match (get(name), settings.filters) {
            (None, _) | (Some(_), Filters::Ignored) => Ok(usual),
            (Some(_), Filters::Refused) => Err(Refusal::from(error::bad_parameter(name))),
            (Some("true"), _) => Ok(Which::True),
            (Some("false"), _) => Ok(Which::False),
            (Some("both"), _) => Ok(Which::Both),
            (Some(_), _) => Err(error::bad_parameter(name).into()),
        };
        Ok(Self {
            approved: which("approved", usual.approved)?,
            converted: which("converted", usual.converted)?,
        })
    }

    /// Tells whether a record is shown.
    pub(crate) fn has(self, table: &Table, index: u32) -> bool {
        let hidden = table.hidden(index);
        let fits = |which: Which, is: bool| match which {
            Which::True => is,
            Which::False => !is,
            Which::Both => true,
        };
        fits(self.approved, hidden != Some(Hidden::Waiting))
            && fits(self.converted, hidden == Some(Hidden::Converted))
    }
}
