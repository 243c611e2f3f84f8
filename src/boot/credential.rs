//! A key with its secret as a file: the lines that the client commands take as variables, in a file that only its owner
//! can read.

use {
    super::file,
    crate::{
        crypto,
        domain::{access::Scheme, id::KeyId},
    },
    anyhow::{Context as _, Result, anyhow},
    secrecy::{ExposeSecret as _, SecretString},
    std::path::Path,
};

const TENANT: &str = "SIGMA_TENANT";
const KEY: &str = "SIGMA_KEY";
const SECRET: &str = "SIGMA_SECRET";
const SCHEME: &str = "SIGMA_SCHEME";
/// The comment of a file, which is the only place where the secret can be read.
const HEAD: &str = "# A key of sigma-sync with its secret, which is not shown again.\n";

/// A tenant's key with its secret.
#[derive(Debug)]
pub struct Credential {
    /// The tenant.
    pub tenant: String,
    /// Public id of the key.
    pub key: KeyId,
    /// The secret.
    pub secret: SecretString,
    /// The scheme that it must sign in at least; `None` if that is not said.
    pub scheme: Option<Scheme>,
}

impl Credential {
    /// Makes a key of a tenant.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn generate(tenant: &str, scheme: Scheme) -> Result<Self> {
        let made = || Ok((crypto::generate_key_id()?, crypto::generate_secret()?));
        let (key, secret) = made().map_err(|error: crypto::CryptoError| anyhow!(error))?;
        Ok(Self { tenant: tenant.to_owned(), key, secret, scheme: Some(scheme) })
    }

    /// Writes it as lines that a shell reads as variables.
    pub fn lines(&self) -> String {
        let Self { tenant, key, secret, scheme } = self;
        let secret = secret.expose_secret();
        // Without the line, clients sign in v1.
        let scheme = scheme.filter(|scheme| *scheme != Scheme::V1);
        let scheme = scheme.map(|scheme| format!("{SCHEME}={}\n", scheme.as_str()));
        let scheme = scheme.unwrap_or_default();
        format!("{TENANT}={tenant}\n{KEY}={key}\n{SECRET}={secret}\n{scheme}")
    }

    /// Writes it into a new file that only its owner can read. The file appears complete or not at all.
    ///
    /// # Errors
    /// When there is such a file already, or none can be made.
    pub fn write(&self, path: &Path) -> Result<()> {
        file::put_private(path, format!("{HEAD}{}", self.lines()).as_bytes())
            .with_context(|| format!("cannot make the key file {}", path.display()))
    }

    /// Reads a text of such lines.
    ///
    /// # Errors
    /// What is wrong with it, without the text itself.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let [mut tenant, mut key, mut secret, mut scheme] = [None; 4];
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let slot = match line.split_once('=') {
                Some((TENANT, value)) => (&mut tenant, value),
                Some((KEY, value)) => (&mut key, value),
                Some((SECRET, value)) => (&mut secret, value),
                Some((SCHEME, value)) => (&mut scheme, value),
                _ => {
                    return Err(
                        "a line is not SIGMA_TENANT=…, SIGMA_KEY=…, SIGMA_SECRET=… or SIGMA_SCHEME=…",
                    );
                }
            };
            if slot.0.replace(slot.1.trim()).is_some() {
                return Err("a line occurs twice");
            }
        }
        let (Some(tenant), Some(key), Some(secret)) = (tenant, key, secret) else {
            return Err("it needs the lines SIGMA_TENANT=…, SIGMA_KEY=… and SIGMA_SECRET=…");
        };
        let key = KeyId::parse(key)
            .ok_or("SIGMA_KEY must be 1 to 100 printable characters without a space")?;
        if crypto::is_known_secret(secret) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "SIGMA_SECRET must be at least 24 printable characters, and no secret of a sample",
            );
        }
        let scheme =
            match scheme.map(|word| Scheme::parse(word).ok_or("SIGMA_SCHEME must be v1 or v2")) {
                Some(scheme) => Some(scheme?),
                None => None,
            };
        Ok(Self { tenant: tenant.to_owned(), key, secret: SecretString::from(secret), scheme })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (scheme, lines) in [(Scheme::V1, 3), (Scheme::V2, 4)] {
            let made = Credential::generate("platform", scheme).expect("a key");
            let read = Credential::parse(&format!("{HEAD}{}", made.lines())).expect("a key");
            assert_eq!((read.lines(), made.lines().lines().count()), (made.lines(), lines));
        }
        let made = Credential::generate("platform", Scheme::V2).expect("a key");
        assert!(made.key.as_str().starts_with("ek_") && made.key.as_str().len() == 25);
        assert!(!format!("{made:?}").contains(made.secret.expose_secret()));
    }

    #[test]
    fn other_files_are_refused() {
        let secret = "es_0123456789abcdefghijklmnopq";
        for bad in [
            String::new(),
            secret.to_owned(),
            format!("SIGMA_KEY=ek_1\nSIGMA_SECRET={secret}"),
            format!("SIGMA_TENANT=platform\nSIGMA_KEY=a b\nSIGMA_SECRET={secret}"),
            "SIGMA_TENANT=platform\nSIGMA_KEY=ek_1\nSIGMA_SECRET=short".to_owned(),
            "SIGMA_TENANT=platform\nSIGMA_KEY=ek_1\nSIGMA_SECRET=ext_secret_change_me_in_production".to_owned(),
            format!("SIGMA_TENANT=platform\nSIGMA_KEY=ek_1\nSIGMA_KEY=ek_2\nSIGMA_SECRET={secret}"),
            format!("SIGMA_TENANT=platform\nSIGMA_KEY=ek_1\nSIGMA_SECRET={secret}\nSIGMA_MODE=dev"),
            format!("SIGMA_TENANT=platform\nSIGMA_KEY=ek_1\nSIGMA_SECRET={secret}\nSIGMA_SCHEME=v3"),
        ] {
            let error = Credential::parse(&bad).expect_err(&bad);
            assert!(!error.contains(secret), "{error}");
        }
    }
}
