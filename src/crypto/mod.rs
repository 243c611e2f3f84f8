//! Keys, signatures and sealed secrets. Nothing here is stored or logged.

pub mod envelope;
pub mod keys;
pub mod ring;
pub mod signature;

use {crate::domain::id::KeyId, secrecy::SecretString, std::fmt};

/// Secrets that can be read in a document or test of this project or of the earlier service.
const KNOWN_SECRETS: [&str; 4] = [
    "ext_secret_change_me_in_production",
    "es_TestVectorSecret_0123456789abcdefghijKLMN",
    "s3cr3t-demo",
    "ext_secret_default",
];
/// A shorter secret can be guessed.
const SECRET_MIN: usize = 24;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a key could not be made or used. It never says which part of a secret was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptoError(pub &'static str);

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for CryptoError {}

/// Fills an array with random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], CryptoError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| CryptoError("the system has no random bytes"))?;
    Ok(bytes)
}

/// Returns this many random letters and digits; 22 have 128 bits, 43 have 256.
pub fn random_text(length: usize) -> Result<String, CryptoError> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // 248 is the largest multiple of 62 in a byte: higher values would favour the first letters.
        let draw = random::<64>()?.into_iter().filter(|byte| matches!(byte, ..248));
        let letters = draw.filter_map(|byte| BASE62.get(usize::from(byte % 62)));
        text.extend(letters.take(length - text.len()).map(|letter| char::from(*letter)));
    }
    Ok(text)
}

/// Makes the public id of a key: `ek_` and 128 random bits.
pub fn generate_key_id() -> Result<KeyId, CryptoError> {
    KeyId::parse(&format!("ek_{}", random_text(22)?))
        .ok_or(CryptoError("a key id could not be made"))
}

/// Length of a generated secret. No secret that is public knowledge has it.
pub const SECRET_LENGTH: usize = 46;

/// Makes the secret of a key: `es_` and 256 random bits, as text, because clients use a text as the key of their
/// HMAC.
pub fn generate_secret() -> Result<SecretString, CryptoError> {
    Ok(SecretString::from(format!("es_{}", random_text(SECRET_LENGTH - 3)?)))
}

/// Makes the bearer of a session: `et_` and 256 random bits.
pub fn generate_bearer() -> Result<SecretString, CryptoError> {
    Ok(SecretString::from(format!("et_{}", random_text(43)?)))
}

/// True for a secret that is public knowledge or short enough to be guessed.
pub fn is_known_secret(secret: &str) -> bool {
    KNOWN_SECRETS.contains(&secret) || secret.len() < SECRET_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_unlike() {
        let (one, other) = (random_text(43).expect("random"), random_text(43).expect("random"));
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn random_texts_use_all_letters_alike() {
        let text = random_text(62 * 400).expect("random");
        assert_eq!(text.len(), 62 * 400);
        for letter in BASE62 {
            let count = text.bytes().filter(|byte| byte == letter).count();
            // Ten standard deviations.
            assert!((200..=600).contains(&count), "{} of {}", count, char::from(*letter));
        }
    }

    #[test]
    fn what_is_made_says_what_it_is() {
        use secrecy::ExposeSecret as _;
        assert!(generate_key_id().expect("an id").as_str().starts_with("ek_"));
        for (made, begin) in [(generate_secret(), "es_"), (generate_bearer(), "et_")] {
            let made = made.expect("random");
            let text = made.expose_secret();
            assert!(text.starts_with(begin) && text.len() == 46 && !is_known_secret(text));
        }
        assert_eq!(CryptoError("no key").to_string(), "no key");
    }

    #[test]
    fn public_secrets_are_known() {
        assert!(is_known_secret("ext_secret_change_me_in_production"));
        assert!(is_known_secret("short"));
        // Those of the usual length are not opened at a start, so none of them may be known.
        const { assert!(SECRET_LENGTH >= SECRET_MIN) };
        assert!(KNOWN_SECRETS.iter().all(|known| known.len() != SECRET_LENGTH));
        let made = generate_secret().expect("random");
        assert_eq!(secrecy::ExposeSecret::expose_secret(&made).len(), SECRET_LENGTH);
        assert!(!is_known_secret(&"x".repeat(24)));
    }
}
