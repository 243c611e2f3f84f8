//! Sealed secrets: a master key seals one data key for each tenant, and the data key seals the tenant's values, each
//! bound to its place (docs/src/security.md, "Sealed secrets"). XChaCha20-Poly1305 has long random nonces, which need
//! no counter.

use {
    super::{CryptoError, random},
    base64::{Engine as _, engine::general_purpose::STANDARD},
    chacha20poly1305::{
        KeyInit as _, XChaCha20Poly1305, XNonce,
        aead::{Aead as _, Payload},
    },
    sha2::{Digest as _, Sha256},
    std::fmt,
    zeroize::Zeroizing,
};

const VERSION: u8 = 1;
/// XChaCha20-Poly1305.
const ALGORITHM: u8 = 1;
const NONCE: usize = 24;
const ID: usize = 16;
const HEAD: usize = 2 + ID + NONCE;
/// Length of the tag at the end.
const TAG: usize = 16;

/// Returns the length of a sealed value by that of the value: sealing hides what it is, not how long.
pub const fn sealed_length(value: usize) -> usize {
    HEAD + value + TAG
}
/// The content of a proof.
const PROOF: &[u8] = b"master key";

/// The key that seals data keys. It is stored outside the database.
pub struct MasterKey {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

/// The key that seals one tenant's values.
pub struct DataKey {
    id: [u8; ID],
    key: Zeroizing<[u8; 32]>,
}

/// The place of a value. A value that was moved to another place cannot be opened.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub column: &'static str,
    /// Tenant.
    pub tenant: &'a str,
    /// Key of the row.
    pub row: &'a str,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

impl MasterKey {
    /// Reads a key file: 32 raw bytes, 64 hex digits, or base64.
    pub fn parse(file: &[u8]) -> Result<Self, CryptoError> {
        let wrong = CryptoError("it must hold 32 bytes, raw, as 64 hex digits or as base64");
        let decoded = match <[u8; 32]>::try_from(file) {
            Ok(raw) => Zeroizing::new(raw.to_vec()),
            Err(_) => {
                let text = std::str::from_utf8(file).map_err(|_| wrong.clone())?.trim();
                let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text).map_err(|_| ()));
                Zeroizing::new(bytes.map_err(|()| wrong.clone())?)
            }
        };
        let key: [u8; 32] = decoded.as_slice().try_into().map_err(|_| wrong)?;
        // The id distinguishes keys and reveals nothing about them.
        let id = hex::encode(Sha256::digest([b"sigma master key id".as_slice(), &key].concat()));
        Ok(Self { id: id.chars().take(16).collect(), key: Zeroizing::new(key) })
    }

    /// Makes the text of a key file.
    pub fn generate_text() -> Result<String, CryptoError> {
        Ok(format!("{}\n", hex::encode(random::<32>()?)))
    }

    /// Returns the id that is stored beside sealed values.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Makes the proof by which a database recognises its key, even while nothing else is sealed.
    pub fn prove(&self) -> Result<Vec<u8>, CryptoError> {
        let nonce: [u8; NONCE] = random()?;
        let mut proof = nonce.to_vec();
        proof.extend(encrypt(&self.key, &nonce, PROOF, &self.proof_place())?);
        Ok(proof)
    }

    /// Returns whether this key made a proof.
    pub fn made(&self, proof: &[u8]) -> bool {
        let Some((nonce, sealed)) = proof.split_first_chunk::<NONCE>() else { return false };
        decrypt(&self.key, nonce, sealed, &self.proof_place())
            .is_ok_and(|text| text.as_slice() == PROOF)
    }

    fn proof_place(&self) -> Vec<u8> {
        joined(&["sigma1", "proof", &self.id])
    }
}

impl DataKey {
    /// Creates a tenant's key, with its form sealed by the master key.
    pub fn generate(tenant: &str, master: &MasterKey) -> Result<(Self, Vec<u8>), CryptoError> {
        let new = Self { id: random()?, key: Zeroizing::new(random()?) };
        let wrapped = new.wrap(tenant, master)?;
        Ok((new, wrapped))
    }

    /// Returns the form sealed by a master key.
    pub fn wrap(&self, tenant: &str, master: &MasterKey) -> Result<Vec<u8>, CryptoError> {
        let nonce: [u8; NONCE] = random()?;
        let mut wrapped = nonce.to_vec();
        let place = wrapping(tenant, &self.id, master);
        wrapped.extend(encrypt(&master.key, &nonce, self.key.as_slice(), &place)?);
        Ok(wrapped)
    }

    /// Opens a tenant's key.
    pub fn unwrap(
        tenant: &str,
        id: &[u8],
        wrapped: &[u8],
        master: &MasterKey,
    ) -> Result<Self, CryptoError> {
        let wrong = CryptoError("the data key does not open");
        let id: [u8; ID] = id.try_into().map_err(|_| wrong.clone())?;
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE>().ok_or_else(|| wrong.clone())?;
        let opened = decrypt(&master.key, nonce, sealed, &wrapping(tenant, &id, master))?;
        let key: [u8; 32] = opened.as_slice().try_into().map_err(|_| wrong)?;
        Ok(Self { id, key: Zeroizing::new(key) })
    }

    /// Returns the key's id.
    pub const fn id(&self) -> &[u8; ID] {
        &self.id
    }

    /// Returns the id of the data key that sealed a value; `None` if the value is not a sealed one.
    pub fn id_of(sealed: &[u8]) -> Option<&[u8; ID]> {
        let (head, rest) = sealed.split_first_chunk::<2>()?;
        (*head == [VERSION, ALGORITHM]).then_some(rest.first_chunk::<ID>()?)
    }

    /// Seals a value for its place.
    pub fn seal(&self, place: &Context<'_>, value: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let nonce: [u8; NONCE] = random()?;
        let mut sealed = Vec::with_capacity(sealed_length(value.len()));
        sealed.extend([VERSION, ALGORITHM]);
        sealed.extend(self.id);
        sealed.extend(nonce);
        sealed.extend(encrypt(&self.key, &nonce, value, &place.bytes())?);
        Ok(sealed)
    }

    /// Opens a value of its place.
    pub fn open(
        &self,
        place: &Context<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let wrong = CryptoError("the value does not open");
        if Self::id_of(sealed) != Some(&self.id) {
            return Err(wrong);
        }
        let rest = sealed.get(2 + ID..).unwrap_or_default();
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(|| wrong.clone())?;
        decrypt(&self.key, nonce, text, &place.bytes())
    }
}

impl Context<'_> {
    fn bytes(&self) -> Vec<u8> {
        joined(&["sigma1", self.table, self.column, self.tenant, self.row])
    }
}

fn wrapping(tenant: &str, id: &[u8; ID], master: &MasterKey) -> Vec<u8> {
    joined(&["sigma1", "dek", tenant, &hex::encode(id), &master.id])
}

/// Joins parts with their lengths, so that different lists of parts give different results.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend((part.len() as u64).to_be_bytes());
        out.extend(part.as_bytes());
    }
    out
}

fn encrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    text: &[u8],
    place: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(*nonce), Payload { msg: text, aad: place })
        .map_err(|_| CryptoError("the value could not be sealed"))
}

fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    text: &[u8],
    place: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: place })
        .map(Zeroizing::new)
        .map_err(|_| CryptoError("the value does not open"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master() -> MasterKey {
        MasterKey::parse(MasterKey::generate_text().expect("random").as_bytes()).expect("a key")
    }

    #[test]
    fn a_value_opens_at_its_place_only() {
        let (key, wrapped) = DataKey::generate("acme", &master()).expect("a key");
        assert_eq!(wrapped.len(), NONCE + 32 + 16);
        let place = Context { table: "t", column: "c", tenant: "acme", row: "r" };
        let sealed = key.seal(&place, b"value").expect("sealed");
        assert_eq!(sealed.len(), sealed_length(5));
        assert_eq!(key.open(&place, &sealed).expect("opens").as_slice(), b"value");
        for other in [
            Context { table: "x", ..place },
            Context { column: "x", ..place },
            Context { tenant: "x", ..place },
            Context { row: "x", ..place },
        ] {
            assert!(key.open(&other, &sealed).is_err());
        }
        let mut broken = sealed.clone();
        if let Some(last) = broken.last_mut() {
            *last ^= 1;
        }
        assert!(key.open(&place, &broken).is_err());
        assert!(key.open(&place, &sealed[..20]).is_err());
    }

    #[test]
    fn a_data_key_opens_with_its_master_only() {
        let (one, other) = (master(), master());
        let (key, wrapped) = DataKey::generate("acme", &one).expect("a key");
        assert!(DataKey::unwrap("acme", key.id(), &wrapped, &one).is_ok());
        assert!(DataKey::unwrap("acme", key.id(), &wrapped, &other).is_err());
        assert!(DataKey::unwrap("other", key.id(), &wrapped, &one).is_err());
    }

    #[test]
    fn a_proof_is_of_one_key() {
        let (one, other) = (master(), master());
        let proof = one.prove().expect("a proof");
        assert!(one.made(&proof) && !other.made(&proof));
        assert_ne!(proof, one.prove().expect("a proof"));
        let mut broken = proof.clone();
        broken.truncate(proof.len() - 1);
        assert!(!one.made(&broken) && !one.made(&[]));
        // The same text that the key has sealed for something else proves nothing.
        for place in [&[][..], &[0], &[1], &joined(&["sigma1", "proof", &other.id])] {
            let sealed = encrypt(&one.key, &[7; NONCE], PROOF, place).expect("sealed");
            assert!(!one.made(&[&[7; NONCE][..], &sealed].concat()), "{place:?}");
        }
    }

    #[test]
    fn keys_do_not_show_themselves() {
        let master = MasterKey::parse(&[7; 32]).expect("a key");
        assert_eq!(format!("{master:?}"), format!("MasterKey({})", master.id()));
        let (key, _) = DataKey::generate("acme", &master).expect("a key");
        assert_eq!(format!("{key:?}"), "DataKey(***)");
    }

    #[test]
    fn key_files_have_three_forms() {
        let raw = [7_u8; 32];
        let forms = [
            raw.to_vec(),
            hex::encode(raw).into_bytes(),
            format!("{}\n", STANDARD.encode(raw)).into_bytes(),
        ];
        let ids: Vec<String> =
            forms.iter().map(|f| MasterKey::parse(f).expect("reads").id().to_owned()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert!(MasterKey::parse(b"short").is_err());
    }
}
