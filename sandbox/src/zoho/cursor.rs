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
    pub(crate) bound: u64,
}

/// Returns what a token is bound to: the parameters except the token itself, in any order, and the
/// time condition.
pub(crate) fn binding<'p>(
    parameters: impl Iterator<Item = (&'p str, &'p str)>,
    since: Option<&str>,
) -> u64 {
    let mut all: Vec<String> = parameters
        .filter(|(name, _)| *name != "page_token")
        .map(|(name, value)| format!("{}:{name}={value}", name.len()))
        .collect();
    all.sort_unstable();
    all.push(format!("since {}", since.unwrap_or_default()));
    let digest = Sha256::digest(all.join("\n"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Bytes of the check sum of a token.
const CHECK: usize = 4;
/// Bytes of a time: enough for every time that the sandbox's clock can show.
const TIME: usize = 5;

/// Writes the last bytes of a number, the greatest first.
fn put(bytes: &mut Vec<u8>, number: i64, count: usize) {
    bytes.extend(number.to_be_bytes().iter().skip(8 - count));
}

/// Reads a number of `count` bytes; the first bit is its sign.
fn take(bytes: &mut &[u8], count: usize) -> Option<i64> {
    let (own, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    let sign = if own.first()? & 0x80 == 0 { 0 } else { -1 };
    Some(own.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

/// Writes a place; the number of a record that cannot be stands for none.
fn put_place(bytes: &mut Vec<u8>, place: Option<Place>) {
    let (time, index) = place.map_or((0, -1), |(time, index)| (time, i64::from(index)));
    put(bytes, time, TIME);
    put(bytes, index, TIME);
}

fn take_place(bytes: &mut &[u8]) -> Option<Option<Place>> {
    let (time, index) = (take(bytes, TIME)?, take(bytes, TIME)?);
    Some(u32::try_from(index).ok().map(|index| (time, index)))
}

impl Cursor {
    /// Writes the token: Zoho's have at most 100 characters.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = Vec::new();
        put(&mut bytes, i64::from(self.page), 4);
        put_place(&mut bytes, self.after);
        put_place(&mut bytes, self.before);
        put(&mut bytes, i64::from(self.served), 4);
        put(&mut bytes, self.expires, TIME);
        bytes.extend(self.bound.to_be_bytes());
        let check = Sha256::digest(&bytes);
        format!("{}{}", hex(check.get(..CHECK).unwrap_or_default()), hex(&bytes))
    }

    /// Reads a token; `None` for a text that is not one.
    pub(crate) fn decode(token: &str) -> Option<Self> {
        let all = unhex(token)?;
        let (check, mut bytes) = all.split_at_checked(CHECK)?;
        if !Sha256::digest(bytes).starts_with(check) {
            return None;
        }
        let bytes = &mut bytes;
        Some(Self {
            page: take(bytes, 4)? as u32,
            after: take_place(bytes)?,
            before: take_place(bytes)?,
            served: take(bytes, 4)? as u32,
            expires: take(bytes, TIME)?,
            bound: take(bytes, 8)? as u64,
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
        assert!(token.len() <= 100, "{token}");
        assert_eq!(Cursor::decode(&token), Some(cursor));
        let other = if token.ends_with('0') { '1' } else { '0' };
        let changed = format!("{}{other}", token.get(..token.len() - 1).unwrap_or_default());
        assert_eq!(Cursor::decode(&changed), None);
        assert_eq!(Cursor::decode(token.get(2..).unwrap_or_default()), None);
        assert_eq!(Cursor::decode("c8582ab9e7c7"), None);
        assert_eq!(Cursor::decode("لا"), None);
    }

    #[test]
    fn the_longest_token_has_a_hundred_characters_at_most() {
        let (time, index) = (500_000_000_000, u32::MAX);
        let cursor = Cursor {
            page: u32::MAX,
            after: Some((time, index)),
            before: Some((-time, index)),
            served: u32::MAX,
            expires: -time,
            bound: u64::MAX,
        };
        let token = cursor.encode();
        assert!(token.len() <= 100, "{token}");
        assert_eq!(Cursor::decode(&token), Some(cursor));
    }

    #[test]
    fn bound_to_values_not_to_their_order() {
        let one = binding([("a", "1"), ("b", "2")].into_iter(), None);
        assert_eq!(one, binding([("b", "2"), ("page_token", "x"), ("a", "1")].into_iter(), None));
        assert_ne!(one, binding([("a", "1"), ("b", "3")].into_iter(), None));
        assert_ne!(one, binding([("a", "1"), ("b", "2")].into_iter(), Some("2026-01-01")));
    }
}
