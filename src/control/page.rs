//! Tokens of pages: the position of the last row, bound to the query, so that a token of another list or another
//! filter is refused instead of answered wrongly. A token grants nothing: each page is read in the caller's own
//! scope.

use {
    crate::{
        crypto::signature::hash,
        domain::fault::{Fault, FieldFault},
        store::TenantScope,
    },
    base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD},
    chrono::{DateTime, Utc},
    serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{DeserializeOwned, Error as _},
    },
};

/// Valid times in a token, in microseconds: 1970 to 9999. A forged one must not reach the database with a year that its
/// time type does not have.
const TIMES: std::ops::Range<i64> = 0..253_402_300_800_000_000;
/// A character in the text of a forged token that PostgreSQL does not take, as JSON has it.
const NUL: &[u8] = b"\\u0000";

/// A time in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0.timestamp_micros())
    }
}

impl<'d> Deserialize<'d> for Moment {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        let micros = i64::deserialize(from)?;
        let time = TIMES.contains(&micros).then(|| DateTime::from_timestamp_micros(micros));
        time.flatten().map(Self).ok_or_else(|| D::Error::custom("not a time of a page"))
    }
}

/// Bytes of the checksum in a token.
const CHECK: usize = 9;

/// The query that a page belongs to: the list's name, the caller's tenant and the filter.
pub(super) struct Asked {
    query: Vec<u8>,
    /// The field that has the token.
    field: &'static str,
}

impl Asked {
    pub(super) fn new(list: &str, scope: &TenantScope, filter: &impl Serialize) -> Self {
        let asked = (list, scope.tenant().as_str(), filter);
        // Texts and numbers always have a JSON form.
        let query = serde_json::to_vec(&asked).unwrap_or_default();
        Self { query, field: "page_token" }
    }

    /// Reads the token from another field than `page_token`.
    pub(super) fn read_from(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    fn check(&self, place: &[u8]) -> [u8; CHECK] {
        let digest = hash(&[self.query.as_slice(), &[0], place].concat());
        std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
    }

    /// Writes the token of the page after a position.
    pub(super) fn token(&self, place: &impl Serialize) -> String {
        let place = serde_json::to_vec(place).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([self.check(&place).as_slice(), &place].concat())
    }

    /// Reads a token of the same query; `None` for the first page.
    pub(super) fn place<T: DeserializeOwned>(
        &self,
        token: &str,
        faults: &mut Vec<FieldFault>,
    ) -> Option<T> {
        if token.is_empty() {
            return None;
        }
        let place = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
            let (check, place) = bytes.split_first_chunk::<CHECK>()?;
            let is_ours =
                *check == self.check(place) && !place.windows(NUL.len()).any(|part| part == NUL);
            is_ours.then(|| serde_json::from_slice(place).ok())?
        });
        if place.is_none() {
            let field = self.field;
            let reason = format!("{field} is not one that this service gave out for these filters");
            faults.push(FieldFault::new(field, Fault::Value(reason)));
        }
        place
    }
}

/// Checks the requested number of rows on a page, from 1.
pub(super) fn checked_size(
    limit: Option<i32>,
    (default, most): (i64, i64),
    faults: &mut Vec<FieldFault>,
) -> u64 {
    let limit = limit.map_or(default, i64::from);
    if limit < 1 {
        faults.push(FieldFault::new("limit", Fault::Below { min: 1 }));
    } else if limit > most {
        faults.push(FieldFault::new("limit", Fault::Above { max: most }));
    }
    u64::try_from(limit).unwrap_or(1)
}

/// Cuts a list that was read one row too far, and returns whether there is more.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: u64) -> bool {
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    more
}

#[cfg(test)]
#[path = "../../tests/fuzz/page.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use {super::*, crate::domain::id::TenantId};

    #[test]
    fn a_token_is_read_by_the_question_that_it_belongs_to() {
        let scope = |tenant| TenantScope::new(TenantId::parse(tenant).expect("an id"));
        let asked = Asked::new("items", &scope("acme"), &("students", 5));
        let token = asked.token(&(1, "x"));
        let mut faults = Vec::new();
        assert_eq!(asked.place::<(i32, String)>(&token, &mut faults), Some((1, "x".into())));
        assert_eq!(asked.place::<(i32, String)>("", &mut faults), None);
        assert!(faults.is_empty());
        for other in [
            Asked::new("items", &scope("acme"), &("students", 6)),
            Asked::new("items", &scope("acme2"), &("students", 5)),
            Asked::new("people", &scope("acme"), &("students", 5)),
        ] {
            assert_eq!(other.place::<(i32, String)>(&token, &mut faults), None);
        }
        for broken in ["x", "bm90IG91cnM", &token[1..], &format!("{token}AA"), "\u{e9}", "===="] {
            assert_eq!(asked.place::<(i32, String)>(broken, &mut faults), None, "{broken}");
        }
        assert_eq!(faults.len(), 9);
    }

    #[test]
    fn a_forged_place_that_no_database_takes_is_refused() {
        let asked =
            Asked::new("items", &TenantScope::new(TenantId::parse("a").expect("an id")), &1);
        let mut faults = Vec::new();
        let time = Moment(DateTime::from_timestamp_micros(1_764_000_000_000_001).expect("a time"));
        let good = asked.token(&(time, "x"));
        assert_eq!(asked.place(&good, &mut faults), Some((time, "x".to_owned())));
        for (micros, text) in [(i64::MIN, "x"), (-1, "x"), (i64::MAX, "x"), (1, "a\0b")] {
            let forged = asked.token(&(micros, text));
            assert_eq!(asked.place::<(Moment, String)>(&forged, &mut faults), None, "{micros}");
        }
        assert_eq!(faults.len(), 4);
    }
}
