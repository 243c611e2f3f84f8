//! Page tokens of lists: everything needed to continue, in one opaque text that is valid for the
//! same parameters only.

use {
    super::{table::Place, token::hex},
    sha2::{Digest, Sha256},
};

/// A position in a list, as in a page token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Number of the page it leads to.
    pub(crate) page: u32,
    /// Last record before that page; `None` for the start.
    pub(crate) after: Option<Place>,
    /// `after` of the previous page, for the way back.
    pub(crate) before: Option<Place>,
    /// Records on the previous pages.
    pub(crate) served: u32,
    /// When the token expires, in Unix seconds.
    pub(crate) expires: i64,
    /// What the token is bound to.
    pub(crate) bound: String,
}

/// Returns what a token is bound to: the parameters except the token itself, in any order, and the
/// time condition.
pub(crate) fn binding<'p>(
    parameters: impl Iterator<Item = (&'p str, &'p str)>,
    since: Option<&str>,
) -> String {
    let mut all: Vec<String> = parameters
        .filter(|(name, _)| *name != "page_token")
        .map(|(name, value)| format!("{}:{name}={value}", name.len()))
        .collect();
    all.sort_unstable();
    all.push(format!("since {}", since.unwrap_or_default()));
    let mut text = hex(&Sha256::digest(all.join("\n")));
    text.truncate(16);
    text
}

fn write_place(place: Option<Place>) -> String {
    place.map_or_else(|| "-".to_owned(), |(time, index)| format!("{time}:{index}"))
}

fn read_place(text: &str) -> Option<Option<Place>> {
    if text == "-" {
        return Some(None);
    }
    let (time, index) = text.split_once(':')?;
    Some(Some((time.parse().ok()?, index.parse().ok()?)))
}

impl Cursor {
    /// Writes the token.
    pub(crate) fn encode(&self) -> String {
        let text = format!(
            "{} {} {} {} {} {}",
            self.page,
            write_place(self.after),
            write_place(self.before),
            self.served,
            self.expires,
            self.bound
        );
        let check = Sha256::digest(&text);
        format!("{}{}", hex(check.get(..6).unwrap_or_default()), hex(text.as_bytes()))
    }

    /// Reads a token; `None` for a text that is not one.
    pub(crate) fn decode(token: &str) -> Option<Self> {
        let bytes = unhex(token)?;
        let (check, text) = bytes.split_at_checked(6)?;
        if !Sha256::digest(text).starts_with(check) {
            return None;
        }
        let mut parts = std::str::from_utf8(text).ok()?.split(' ');
        Some(Self {
            page: parts.next()?.parse().ok()?,
            after: read_place(parts.next()?)?,
            before: read_place(parts.next()?)?,
            served: parts.next()?.parse().ok()?,
            expires: parts.next()?.parse().ok()?,
            bound: parts.next()?.to_owned(),
        })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_way_and_no_change() {
        let bound = binding([("fields", "id"), ("per_page", "200")].into_iter(), None);
        let cursor = Cursor {
            page: 2,
            after: Some((-5, 199)),
            before: None,
            served: 200,
            expires: 1_700_000_000,
            bound,
        };
        let token = cursor.encode();
        assert_eq!(Cursor::decode(&token), Some(cursor));
        assert_eq!(Cursor::decode(&token.replacen('3', "4", 1)), None);
        assert_eq!(Cursor::decode("c8582ab9e7c7"), None);
        assert_eq!(Cursor::decode("لا"), None);
    }

    #[test]
    fn bound_to_values_not_to_their_order() {
        let one = binding([("a", "1"), ("b", "2")].into_iter(), None);
        assert_eq!(one, binding([("b", "2"), ("page_token", "x"), ("a", "1")].into_iter(), None));
        assert_ne!(one, binding([("a", "1"), ("b", "3")].into_iter(), None));
        assert_ne!(one, binding([("a", "1"), ("b", "2")].into_iter(), Some("2026-01-01")));
    }
}
