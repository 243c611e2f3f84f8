//! Signing scheme v2: a fixed profile of RFC 9421, HTTP message signatures, with RFC 9530, digest fields
//! (docs/src/signing.md, "Scheme v2"). Which parts of a request are covered, and in which order, is compared byte for
//! byte with the two allowed lists, so no parser of structured fields is needed.

use {
    super::SigningKey,
    base64::{Engine as _, engine::general_purpose::STANDARD},
    hmac::{Hmac, Mac as _},
    sha2::Sha256,
    std::ops::RangeInclusive,
};

/// The covered parts.
const PLAIN: &str = r#"("@method" "@authority" "@path" "@query" "content-digest" "x-tenant-id")"#;
/// The same with the key that makes a repeated request harmless.
const IDEMPOTENT: &str =
    r#"("@method" "@authority" "@path" "@query" "content-digest" "x-tenant-id" "idempotency-key")"#;
/// The label of the signature in both headers.
const LABEL: &str = "ext=";
/// Lengths of a nonce.
const NONCE: RangeInclusive<usize> = 16..=64;

/// The parts of a request that v2 signs.
#[derive(Debug, Clone, Copy)]
pub struct Covered<'a> {
    /// Upper case.
    pub method: &'a str,
    /// Host and port as sent, in lower case.
    pub authority: &'a str,
    /// As sent.
    pub path: &'a str,
    /// Without the question mark.
    pub query: Option<&'a str>,
    /// The header `Content-Digest`.
    pub digest: &'a [u8],
    /// The header `X-Tenant-ID`.
    pub tenant: &'a [u8],
    /// The header `Idempotency-Key`, if it is present.
    pub idempotency_key: Option<&'a [u8]>,
}

/// The header `Signature-Input`, in the one form that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input<'a> {
    /// The list with its parameters: the value of `@signature-params`.
    pub parameters: &'a str,
    /// True if it covers `Idempotency-Key`.
    pub is_idempotent: bool,
    /// Unix time as sent.
    pub created: &'a str,
    /// Id of the key.
    pub key: &'a str,
    /// As sent.
    pub nonce: &'a str,
}

impl<'a> Input<'a> {
    /// Reads the header; `None` if it has another form.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parameters = text.strip_prefix(LABEL)?;
        let (is_idempotent, rest) = match parameters.strip_prefix(PLAIN) {
            Some(rest) => (false, rest),
            None => (true, parameters.strip_prefix(IDEMPOTENT)?),
        };
        let (created, rest) = rest.strip_prefix(";created=")?.split_once(';')?;
        let (key, rest) = rest.strip_prefix("keyid=\"")?.split_once('"')?;
        let rest = rest.strip_prefix(";alg=\"hmac-sha256\";nonce=\"")?;
        let (nonce, rest) = rest.split_once('"')?;
        (rest == ";tag=\"ext-v2\"").then_some(Self {
            parameters,
            is_idempotent,
            created,
            key,
            nonce,
        })
    }
}

/// The three headers of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// `Signature-Input`.
    pub input: String,
    /// `Signature`.
    pub signature: String,
    /// `Content-Digest`.
    pub digest: String,
}

impl SigningKey {
    fn mac_v2(&self, covered: Covered<'_>, parameters: &str) -> Hmac<Sha256> {
        let query = covered.query.unwrap_or_default();
        let mut mac = self.0.clone();
        let mut add = |parts: &[&[u8]]| parts.iter().for_each(|part| mac.update(part));
        add(&[b"\"@method\": ", covered.method.as_bytes()]);
        add(&[b"\n\"@authority\": ", covered.authority.as_bytes()]);
        add(&[b"\n\"@path\": ", covered.path.as_bytes()]);
        add(&[b"\n\"@query\": ?", query.as_bytes()]);
        add(&[b"\n\"content-digest\": ", covered.digest]);
        add(&[b"\n\"x-tenant-id\": ", covered.tenant]);
        if let Some(key) = covered.idempotency_key {
            add(&[b"\n\"idempotency-key\": ", key]);
        }
        add(&[b"\n\"@signature-params\": ", parameters.as_bytes()]);
        mac
    }

    /// Checks a signature in constant time.
    pub fn verify_v2(&self, covered: Covered<'_>, parameters: &str, signature: &[u8; 32]) -> bool {
        self.mac_v2(covered, parameters).verify_slice(signature).is_ok()
    }

    /// Signs a request whose content has this hash. The digest in `covered` is not used; the right one takes its place.
    pub fn sign_v2(
        &self,
        covered: Covered<'_>,
        hash: &[u8; 32],
        (created, key, nonce): (&str, &str, &str),
    ) -> Headers {
        let list = if covered.idempotency_key.is_some() { IDEMPOTENT } else { PLAIN };
        let parameters = format!(
            "{list};created={created};keyid=\"{key}\";alg=\"hmac-sha256\";nonce=\"{nonce}\";tag=\"ext-v2\""
        );
        let digest = format!("sha-256=:{}:", STANDARD.encode(hash));
        let covered = Covered { digest: digest.as_bytes(), ..covered };
        let mac = self.mac_v2(covered, &parameters).finalize().into_bytes();
        Headers {
            input: format!("{LABEL}{parameters}"),
            signature: format!("{LABEL}:{}:", STANDARD.encode(mac)),
            digest,
        }
    }
}

/// Reads when a signature was made: whole seconds, `[0-9]{1,18}`.
pub fn parse_created(text: &str) -> Option<i64> {
    let fits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// Returns whether a nonce may be used: 16 to 64 of `A-Z a-z 0-9 _ -`.
pub fn is_nonce(text: &str) -> bool {
    NONCE.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Reads the header `Signature`: one signature under the one label, in canonical base64.
pub fn parse_signature(text: &[u8]) -> Option<[u8; 32]> {
    bytes(text.strip_prefix(LABEL.as_bytes())?)
}

/// Reads the header `Content-Digest`: one SHA-256, in canonical base64.
pub fn parse_digest(text: &[u8]) -> Option<[u8; 32]> {
    bytes(text.strip_prefix(b"sha-256=")?)
}

/// Reads a byte sequence of structured fields with 32 bytes.
fn bytes(text: &[u8]) -> Option<[u8; 32]> {
    let text = text.strip_prefix(b":")?.strip_suffix(b":")?;
    // The standard engine refuses foreign characters, missing padding and surplus last bits.
    if text.len() == 44 { STANDARD.decode(text).ok()?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::crypto::signature::hash, proptest::prelude::*};

    const PARAMETERS: (&str, &str, &str) =
        ("1764000000", "ek_test_vector_1", "b3BzLW5vbmNlLTAwMDE");

    fn covered<'a>(method: &'a str, path: &'a str, query: Option<&'a str>) -> Covered<'a> {
        let (authority, tenant) = ("api.example.test", b"acme");
        Covered { method, authority, path, query, digest: b"", tenant, idempotency_key: None }
    }

    #[test]
    fn it_signs_as_the_vectors_say() {
        let key = SigningKey::new("es_TestVectorSecret_0123456789abcdefghijKLMN");
        let runs = covered("GET", "/v1/extension/runs", Some("module=students&limit=1"));
        let signed = key.sign_v2(runs, &hash(b""), PARAMETERS);
        assert_eq!(signed.signature, "ext=:KJ/eFAhOFFyOuyNc2Ya5AscOwIWQbZ5d1gzmlIKwH8E=:");
        assert_eq!(signed.digest, "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
        let run = covered("POST", "/v1/extension/sync/students/run", None);
        let run = Covered { idempotency_key: Some(b"term-start-2025"), ..run };
        let signed = key.sign_v2(run, &hash(b""), PARAMETERS);
        assert_eq!(signed.signature, "ext=:k3BWxgsbTOZEnH24sjlbBukEsVW3/3qMhK+Iu0enpBw=:");
        let input = Input::parse(&signed.input).expect("the form");
        assert!(input.is_idempotent);
        assert_eq!((input.created, input.key, input.nonce), PARAMETERS);
    }

    #[test]
    fn the_input_has_one_form() {
        let key = SigningKey::new("s");
        let good = key.sign_v2(covered("GET", "/", None), &hash(b""), PARAMETERS).input;
        assert!(Input::parse(&good).is_some());
        let bad = [
            good.replace("ext=", "sig1="),
            good.replace(" \"x-tenant-id\"", ""),
            good.replace("\"@method\" \"@authority\"", "\"@authority\" \"@method\""),
            good.replace("\"@query\"", "\"@query\";req"),
            good.replace("\" \"", "\"  \""),
            good.replace(";created", "; created"),
            good.replace("created=1764000000;", ""),
            good.replace("hmac-sha256", "hmac-sha512"),
            good.replace("ext-v2", "ext-v3"),
            format!("{good};expires=1764000300"),
            format!("{good}, other=()"),
            format!(" {good}"),
        ];
        for text in bad {
            assert_ne!(text, good);
            assert_eq!(Input::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn the_parts_have_one_form_each() {
        assert_eq!(parse_created("1764000000"), Some(1_764_000_000));
        for bad in ["", "1764000000.5", "+1", "-1", "1e9", " 1", "1234567890123456789"] {
            assert_eq!(parse_created(bad), None, "{bad}");
        }
        assert!(is_nonce("b3BzLW5vbmNlLTAwMDE") && is_nonce(&"-".repeat(64)));
        for bad in ["", "fifteen-letters", &"x".repeat(65), "sixteen.letters.", "sixteen letters "]
        {
            assert!(!is_nonce(bad), "{bad}");
        }
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(parse_digest(format!("sha-256=:{empty}:").as_bytes()), Some(hash(b"")));
        assert_eq!(parse_signature(format!("ext=:{empty}:").as_bytes()), Some(hash(b"")));
        for bad in [
            format!("sha-256={empty}"),
            format!("sha-512=:{empty}:"),
            format!("sha-256=:{empty}:, sha-512=:{empty}:"),
            format!("sha-256=:{}:", empty.trim_end_matches('=')),
            format!("sha-256=:{}:", empty.replace("FU=", "FV=")),
        ] {
            assert_eq!(parse_digest(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        /// A signature holds for the request that was signed, and for no other: no two requests have the same text.
        #[test]
        fn whatever_is_changed_is_noticed(
            method in "[A-Z]{1,6}",
            texts in prop::array::uniform4("[a-z0-9/.%=&:-]{1,20}"),
            digest in any::<[u8; 32]>(),
            nonce in "[A-Za-z0-9_-]{16,64}",
            key in "[!#-\\[\\]-~]{1,40}",
            created in 0_u64..10_000_000_000,
            repeated in prop::option::of("[ -~]{1,30}"),
            part in 0..10_usize,
            change in "[a-z]{1,9}",
        ) {
            let [authority, path, query, tenant] = &texts;
            let created = created.to_string();
            let secret = SigningKey::new("a secret of this test");
            let covered = Covered {
                method: &method,
                authority,
                path,
                query: Some(query),
                digest: b"",
                tenant: tenant.as_bytes(),
                idempotency_key: repeated.as_ref().map(String::as_bytes),
            };
            let made = secret.sign_v2(covered, &digest, (&created, &key, &nonce));
            let covered = Covered { digest: made.digest.as_bytes(), ..covered };
            let input = Input::parse(&made.input).expect("the form");
            let signature = parse_signature(made.signature.as_bytes()).expect("the form");
            prop_assert_eq!(input.is_idempotent, repeated.is_some());
            prop_assert_eq!((input.created, input.key, input.nonce), (&*created, &*key, &*nonce));
            prop_assert!(secret.verify_v2(covered, input.parameters, &signature));
            let mut other = covered;
            let (mut parameters, mut wrong) = (input.parameters.to_owned(), signature);
            let added = |text: &str| format!("{text}{change}");
            let texts = [&method, authority, path, query, tenant].map(|text| added(text));
            match part {
                0 => other.method = &texts[0],
                1 => other.authority = &texts[1],
                2 => other.path = &texts[2],
                3 => other.query = Some(&texts[3]),
                4 => other.tenant = texts[4].as_bytes(),
                5 => other.query = None,
                6 => other.digest = change.as_bytes(),
                7 => other.idempotency_key = match other.idempotency_key {
                    Some(_) => None,
                    None => Some(change.as_bytes()),
                },
                8 => parameters = added(&parameters),
                _ => wrong[0] ^= 1,
            }
            prop_assert!(!secret.verify_v2(other, &parameters, &wrong));
        }
    }
}
