//! The mappings of a module in the direction in which its records go: read from Zoho, or written to it.

use super::{FieldFault, FieldMapping, MappingSet, MappingTest, ModuleName, Outgoing, TestOutcome};

/// A module's mappings, compiled, in the direction in which its records go.
#[derive(Debug, Clone)]
pub enum Mappings {
    /// Fields of Zoho are read into canonical ones.
    Incoming(MappingSet),
    /// Canonical fields are written to fields of Zoho.
    Outgoing(Outgoing),
}

impl Mappings {
    /// Compiles rows, or names every fault.
    pub fn compile(module: ModuleName, rows: &[FieldMapping]) -> Result<Self, Vec<FieldFault>> {
        match module {
            ModuleName::Grades => Outgoing::compile(rows).map(Self::Outgoing),
            _ => MappingSet::compile(module, rows).map(Self::Incoming),
        }
    }

    /// Returns the mappings of a module that is read from Zoho.
    pub const fn incoming(&self) -> Option<&MappingSet> {
        match self {
            Self::Incoming(set) => Some(set),
            Self::Outgoing(_) => None,
        }
    }

    /// Returns the mappings of a module that is written to Zoho.
    pub const fn outgoing(&self) -> Option<&Outgoing> {
        match self {
            Self::Incoming(_) => None,
            Self::Outgoing(rows) => Some(rows),
        }
    }

    /// Runs one stored test; `index` is its position in the list.
    pub fn run_test(&self, index: usize, test: &MappingTest) -> TestOutcome {
        match self {
            Self::Incoming(set) => set.run_test(index, test),
            Self::Outgoing(rows) => rows.run_test(index, test),
        }
    }
}
