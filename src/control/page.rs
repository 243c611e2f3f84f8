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
    serde::{Serialize, de::DeserializeOwned},
};

/// Bytes of the checksum in a token.
const CHECK: usize = 9;

/// The query that a page belongs to: the list's name, the caller's tenant and the filter.
pub(super) struct Asked(Vec<u8>);

impl Asked {
    pub(super) fn new(list: &str, scope: &TenantScope, filter: &impl Serialize) -> Self {
        let asked = (list, scope.tenant().as_str(), filter);
        // Texts and numbers always have a JSON form.
        Self(serde_json::to_vec(&asked).unwrap_or_default())
    }

    fn check(&self, place: &[u8]) -> [u8; CHECK] {
        let digest = hash(&[self.0.as_slice(), &[0], place].concat());
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
            (*check == self.check(place)).then(|| serde_json::from_slice(place).ok())?
        });
        if place.is_none() {
            let reason = "page_token is not one that this service gave out for these filters";
            faults.push(FieldFault::new("page_token", Fault::Value(reason.into())));
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
}
