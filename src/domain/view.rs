//! Saved views: the filters of a list under a name, which everybody at a school sees.

use {
    super::{
        access::check_name,
        fault::{Fault, FieldFault},
        invisible::is_invisible,
    },
    chrono::{DateTime, Utc},
    uuid::Uuid,
};

/// Most views of a tenant.
pub const VIEWS_MAX: usize = 50;
/// Longest name of a screen.
const SCREEN_MAX: usize = 40;
/// Longest text of filters.
const QUERY_MAX: usize = 2_000;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: Uuid,
    /// What is saved.
    pub input: ViewInput,
    /// Who saved it last.
    pub saved_by: String,
    /// When that was.
    pub saved_at: DateTime<Utc>,
}

/// A view to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewInput {
    /// Its name.
    pub name: String,
    /// The list that it is of.
    pub screen: String,
    /// The filters, as they stand in the address.
    pub query: String,
}

impl ViewInput {
    /// Names every fault.
    pub fn check(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        check_name(&self.name, &mut faults);
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-/".contains(&b);
        let screen = match self.screen.len() {
            0 => Some(Fault::TooShort { min: 1 }),
            1..=SCREEN_MAX if self.screen.bytes().all(is_part) => None,
            1..=SCREEN_MAX => Some(Fault::Pattern { pattern: "^[a-z0-9/-]+$" }),
            _ => Some(Fault::TooLong { max: SCREEN_MAX }),
        };
        faults.extend(screen.map(|fault| FieldFault::new("screen", fault)));
        let hidden = |c: char| c.is_control() || is_invisible(c);
        let query = if self.query.chars().count() > QUERY_MAX {
            Some(Fault::TooLong { max: QUERY_MAX })
        } else if self.query.contains(hidden) {
            Some(Fault::Value("characters that cannot be seen are not allowed".into()))
        } else {
            None
        };
        faults.extend(query.map(|fault| FieldFault::new("query", fault)));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_view_is_named() {
        let faults = |name: &str, screen: &str, query: &str| {
            let [name, screen, query] = [name, screen, query].map(str::to_owned);
            let faults = ViewInput { name, screen, query }.check();
            faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert_eq!(faults("فشل اليوم", "runs", "status=FAILED&module=students"), [""; 0]);
        assert_eq!(faults("x", "people/events", ""), [""; 0]);
        assert_eq!(faults("", "", "a\u{202e}b"), ["name", "screen", "query"]);
        let long = "x".repeat(2_001);
        assert_eq!(faults(&long, &long, &long), ["name", "screen", "query"]);
        assert_eq!(faults("x\u{0}", "Runs?", "x\u{0}"), ["name", "screen", "query"]);
    }
}
