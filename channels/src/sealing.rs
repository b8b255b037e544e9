//! Secrets of channels at rest: encrypted and held against changes, by XChaCha20-Poly1305. What is
//! stored is a version, the id of the key, a nonce, and what was sealed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// How what is stored is put together. Another way gets another number.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;
/// Version, id and nonce, which are held against changes with the rest.
const HEAD: usize = 1 + KEY_ID + NONCE;

/// A key that seals secrets.
#[derive(Clone)]
pub struct Key {
    /// Finds the key among several; it says nothing about it.
    id: [u8; KEY_ID],
    bytes: [u8; 32],
}

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is no key to seal with.
    #[error("there is no key to seal secrets with")]
    NoKey,
    /// The system has no randomness.
    #[error("the system has no randomness")]
    NoRandomness,
    /// It was sealed by a key that is not configured.
    #[error("it was sealed by another key; add that one to ALLOT_SECRET_KEY, after the new one")]
    OtherKey,
    /// It is not what was sealed.
    #[error("what is stored is damaged")]
    Damaged,
}

impl Key {
    /// A new one.
    pub fn random() -> Result<Self, SealError> {
        random().map(Self::from)
    }

    /// The same key as text, in base64.
    pub fn text(&self) -> String {
        STANDARD.encode(self.bytes)
    }
}

impl From<[u8; 32]> for Key {
    fn from(bytes: [u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"allot key id").chain_update(bytes).finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        Self { id, bytes }
    }
}

/// Reads 32 bytes in base64, as `openssl rand -base64 32` prints them.
impl FromStr for Key {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(<Self as From<[u8; 32]>>::from).ok_or_else(|| {
            "must be 32 random bytes in base64, as `openssl rand -base64 32` prints them".to_owned()
        })
    }
}

/// Says which key it is, and not the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:02x?})", self.id)
    }
}

/// Seals `secret` with the first of `keys`.
pub(crate) fn seal(keys: &[Key], secret: &str) -> Result<Vec<u8>, SealError> {
    let key = keys.first().ok_or(SealError::NoKey)?;
    let nonce: [u8; NONCE] = random()?;
    let mut sealed = vec![VERSION];
    sealed.extend(key.id);
    sealed.extend(nonce);
    let payload = Payload { msg: secret.as_bytes(), aad: &sealed };
    let cipher = XChaCha20Poly1305::new(&key.bytes.into());
    let text = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Damaged)?;
    sealed.extend(text);
    Ok(sealed)
}

/// Opens what one of `keys` sealed.
pub(crate) fn open(keys: &[Key], sealed: &[u8]) -> Result<String, SealError> {
    let (head, text) = sealed.split_at_checked(HEAD).ok_or(SealError::Damaged)?;
    let (id, nonce) = head[1..].split_at(KEY_ID);
    let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| SealError::Damaged)?;
    if head[0] != VERSION {
        return Err(SealError::Damaged);
    }
    let key = keys.iter().find(|key| key.id == id).ok_or(SealError::OtherKey)?;
    let cipher = XChaCha20Poly1305::new(&key.bytes.into());
    let opened = cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: head });
    opened.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(SealError::Damaged)
}

/// Random bytes.
pub(crate) fn random<const BYTES: usize>() -> Result<[u8; BYTES], SealError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn what_was_sealed_is_opened_by_the_same_key() {
        let keys = [Key::from([7; 32])];
        let sealed = seal(&keys, SECRET).unwrap();
        assert_eq!(open(&keys, &sealed).unwrap(), SECRET);
        let text = String::from_utf8_lossy(&sealed);
        assert!(!text.contains("MfKQ9r8"), "{text}");
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let keys = [Key::from([7; 32])];
        assert_ne!(seal(&keys, SECRET).unwrap(), seal(&keys, SECRET).unwrap());
    }

    #[test]
    fn an_old_key_still_opens_after_a_new_one_seals() {
        let (old, new) = (Key::from([1; 32]), Key::from([2; 32]));
        let sealed = seal(std::slice::from_ref(&old), SECRET).unwrap();
        assert_eq!(open(&[new.clone(), old], &sealed).unwrap(), SECRET);
        assert_eq!(open(&[new], &sealed), Err(SealError::OtherKey));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = [Key::from([7; 32])];
        let sealed = seal(&keys, SECRET).unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open(&keys, &changed).is_err(), "byte {index}");
            assert!(open(&keys, &sealed[..index]).is_err(), "{index} bytes");
        }
    }

    #[test]
    fn keys_are_32_bytes_in_base64_and_never_shown() {
        let key = Key::from([9; 32]);
        assert_eq!(key.text().parse::<Key>().unwrap().bytes, [9; 32]);
        assert!(!format!("{key:?}").contains("9, 9"));
        for bad in ["", "secret", "AAAA", &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33])] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?}");
        }
    }
}
