//! Signing scheme v1: the text that is signed, its signature, and the grammar of its parts (docs/src/signing.md, "The text
//! that is signed"); the earlier service's scheme without its holes (docs/src/security.md, "Replays and re-splitting").

pub mod v2;

use {
    crate::domain::id::{KeyId, ReplayId},
    base64::{Engine as _, engine::general_purpose::STANDARD},
    hmac::{Hmac, KeyInit as _, Mac as _},
    sha2::{Digest as _, Sha256},
    std::fmt,
};

/// Seconds before and after its timestamp in which a request is accepted.
pub const WINDOW: i64 = 300;
/// Longest nonce.
const NONCE_MAX: usize = 128;

/// A secret, ready to sign: keyed once and cloned for each request.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// The parts of a request that v1 signs, besides the path.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// As sent.
    pub timestamp: &'a str,
    /// As sent.
    pub nonce: &'a str,
    /// Upper case.
    pub method: &'a str,
    /// SHA-256 of the body.
    pub body_hash: &'a [u8; 32],
}

/// Returns the SHA-256 of a body.
pub fn hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The SHA-256 of a body that comes in pieces. Hashing a long one at once would hold up other work on the thread.
#[derive(Debug, Default, Clone)]
pub struct BodyHash(Sha256);

impl BodyHash {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Returns the hash.
    pub fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl SigningKey {
    /// Makes a key from the UTF-8 bytes of a secret.
    pub fn new(secret: &str) -> Self {
        // HMAC takes keys of any length, so this error cannot occur; an empty key replaces it.
        let mac = Hmac::new_from_slice(secret.as_bytes()).or_else(|_| Hmac::new_from_slice(&[]));
        Self(mac.unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    fn mac(&self, signed: Signed<'_>, path: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [signed.timestamp, signed.nonce, signed.method, path] {
            mac.update(part.as_bytes());
            mac.update(b".");
        }
        let mut hex_hash = [0; 64];
        // The buffer has the length that 32 bytes need.
        let _fits = hex::encode_to_slice(signed.body_hash, &mut hex_hash);
        mac.update(&hex_hash);
        mac
    }

    /// Signs a request and returns 64 lower-case hex digits.
    pub fn sign(
        &self,
        timestamp: &str,
        nonce: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> String {
        let signed = Signed { timestamp, nonce, method, body_hash: &hash(body) };
        hex::encode(self.mac(signed, path).finalize().into_bytes())
    }

    /// Checks a signature in constant time.
    pub fn verify(&self, signed: Signed<'_>, path: &str, signature: &[u8; 32]) -> bool {
        self.mac(signed, path).verify_slice(signature).is_ok()
    }
}

/// Reads a timestamp, `[0-9]{1,18}(\.[0-9]{1,9})?`, and returns its whole seconds. The length allows milliseconds:
/// they are a number far outside the window, and the answer tells the earlier service's clients so.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, max: usize| {
        (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, 18) || !digits(fraction, 9) {
        return None;
    }
    whole.parse().ok()
}

/// Returns whether a nonce may be used: 1 to 128 visible ASCII characters without `./`. If timestamp, nonce and
/// method contain no `./`, the first one in the signed text is the border before the path, and no other request has
/// the same text.
pub fn is_nonce(text: &str) -> bool {
    (1..=NONCE_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic())
        && !text.contains("./")
}

/// Reads a signature: 64 lower-case hex digits, or the canonical base64 of the same 32 bytes.
pub fn parse_signature(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    match text.len() {
        64 if text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => {
            hex::decode_to_slice(text, &mut bytes).ok()?;
        }
        // The standard engine refuses foreign characters, missing padding and surplus last bits.
        44 => bytes = STANDARD.decode(text).ok()?.try_into().ok()?,
        _ => return None,
    }
    Some(bytes)
}

/// Returns the identities of an accepted request: its nonce and its signature. If either one was seen before, it is a
/// replay; the signature also catches a dot that was moved between timestamp and nonce. That leaves the second of signing as
/// it is, so the id of the signature begins with it: what is accepted at a time stands together in a store, and costs it
/// the same few pages.
pub fn replay_ids(key: &KeyId, nonce: &str, signature: &[u8; 32], signed_at: i64) -> [ReplayId; 2] {
    let id = |kind: u8, part: &[u8], begin: &[u8]| {
        let mut hash = Sha256::new();
        hash.update(key.as_str().as_bytes());
        hash.update([0, kind]);
        hash.update(part);
        let digest: [u8; 32] = hash.finalize().into();
        let mut short = [0; 16];
        let bytes = begin.iter().copied().chain(digest);
        short.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        ReplayId(short)
    };
    let [.., a, b, c, d] = signed_at.to_be_bytes();
    [id(0, nonce.as_bytes(), &[]), id(1, signature, &[a, b, c, d])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_one_grammar() {
        for (text, seconds) in [
            ("1764000000", 1_764_000_000),
            ("1764000000.75", 1_764_000_000),
            ("1764000000000", 1_764_000_000_000),
            ("0", 0),
        ] {
            assert_eq!(parse_timestamp(text), Some(seconds));
        }
        for bad in [
            "",
            "nan",
            "inf",
            "1e9",
            "1_7",
            "+17",
            "-1",
            " 17",
            "17.",
            ".5",
            "1.1.1",
            "1234567890123456789",
            "١٧",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }

    #[test]
    fn nonces_cannot_move_the_border() {
        assert!(is_nonce("n-0001") && is_nonce("1764-123456-654321") && is_nonce(&"x".repeat(128)));
        for bad in ["", "a./b", "a b", "é", &"x".repeat(129)] {
            assert!(!is_nonce(bad), "{bad}");
        }
    }

    #[test]
    fn signatures_have_two_forms() {
        let hex = "2539ce3b4aa90453d87c188e54bd4260bd60eacbe3ba6c4331034226f5e9266a";
        let base64 = "JTnOO0qpBFPYfBiOVL1CYL1g6svjumxDMQNCJvXpJmo=";
        assert!(parse_signature(hex.as_bytes()).is_some());
        assert_eq!(parse_signature(hex.as_bytes()), parse_signature(base64.as_bytes()));
        let bad = [
            hex.to_uppercase(),
            base64.replace('=', ""),
            base64.replace('J', "*"),
            format!("{base64}="),
        ];
        for text in bad {
            assert_eq!(parse_signature(text.as_bytes()), None, "{text}");
        }
    }

    /// Signatures that clients of the earlier service made.
    #[test]
    fn the_contract_rows_hold() {
        let key = SigningKey::new("s3cr3t-demo");
        let rows = [
            (
                "1767225600",
                "n-0001",
                "GET",
                "/v1/extension/settings",
                "",
                "2539ce3b4aa90453d87c188e54bd4260bd60eacbe3ba6c4331034226f5e9266a",
            ),
            (
                "1767225600.75",
                "n-0002",
                "PUT",
                "/v1/extension/modules/students",
                "{\"enabled\": true}",
                "f9ec72284c6887781a7d5904a665d990deb4543bf7c161a5aeb989d26d005d02",
            ),
            (
                "1767225600",
                "n-0003",
                "GET",
                "/v1/extension/runs?limit=10",
                "",
                "8deb882c994345f996b84ac1a132510609bd748f8e2b9da08699ca6a5bd73a1b",
            ),
            (
                "1767225600",
                "n-0004",
                "POST",
                "/v1/extension/sync/students/run",
                "{}",
                "cb191a6407c53c981a3d9b21acf4214bdeb28bf2ac52e0d03850aa05897b90ce",
            ),
            (
                "1767225600",
                "n-0006",
                "GET",
                "/v1/extension/mappings/stu dents",
                "",
                "df7089842256fda9ad2622e9e3a8cf3acae9d96dbde9aff727cb8475455c73e4",
            ),
        ];
        for (timestamp, nonce, method, path, body, signature) in rows {
            assert_eq!(key.sign(timestamp, nonce, method, path, body.as_bytes()), signature);
        }
    }

    #[test]
    fn a_signature_holds_for_what_was_signed() {
        let key = SigningKey::new("s3cr3t-demo");
        assert_eq!(format!("{key:?}"), "SigningKey(***)");
        let mut hash_in_pieces = BodyHash::default();
        [&b"{\"a\":"[..], b"", b"1}"].iter().for_each(|piece| hash_in_pieces.add(piece));
        let body_hash = &hash_in_pieces.end();
        assert_eq!(body_hash, &hash(b"{\"a\":1}"));
        let signed = Signed { timestamp: "1", nonce: "n", method: "PUT", body_hash };
        let signature = key.sign("1", "n", "PUT", "/x", b"{\"a\":1}");
        let signature = parse_signature(signature.as_bytes()).expect("the form");
        assert!(key.verify(signed, "/x", &signature));
        for other in [
            Signed { timestamp: "2", ..signed },
            Signed { nonce: "m", ..signed },
            Signed { method: "GET", ..signed },
            Signed { body_hash: &[0; 32], ..signed },
        ] {
            assert!(!key.verify(other, "/x", &signature), "{other:?}");
        }
        assert!(!key.verify(signed, "/y", &signature) && !key.verify(signed, "/x", &[0; 32]));
        assert!(!SigningKey::new("another").verify(signed, "/x", &signature));
    }

    #[test]
    fn a_moved_dot_keeps_the_second_identity() {
        let key = KeyId::parse("k").expect("a key id");
        let [nonce, mac] = replay_ids(&key, "N", &[7; 32], 1_764_000_000);
        let [other_nonce, same_mac] = replay_ids(&key, "123.N", &[7; 32], 1_764_000_000);
        assert!(nonce != other_nonce && mac == same_mac && nonce != mac);
        // The nonce is taken at whatever time it is used again; the signature is of one time.
        let [same_nonce, later] = replay_ids(&key, "N", &[7; 32], 1_764_000_001);
        assert!(same_nonce == nonce && later.0 > mac.0);
    }
}
