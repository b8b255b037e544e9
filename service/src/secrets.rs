//! Random tokens, their hashes, and passwords.

use crate::{Error, Result};
use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::input::Invalid;
use sha2::{Digest as _, Sha256};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// `BYTES` random bytes as text that fits into a URL.
pub(crate) fn random_token<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system has no randomness");
        Error::Internal
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The prefix that finds a key, and the secret that proves it. The prefix does not contain the
/// separator, so that keys can be taken apart.
pub(crate) fn key_parts() -> Result<(String, String)> {
    Ok((random_token::<9>()?.replace(['_', '-'], "x"), random_token::<32>()?))
}

/// What is stored of a token. A fast hash is enough: tokens are too long to be guessed.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Hashes passwords with argon2id, off the async threads and a few at a time, since each takes
/// 19 MiB and a good part of a second.
pub(crate) struct PasswordHasher {
    slots: Semaphore,
}

impl Default for PasswordHasher {
    fn default() -> Self {
        Self { slots: Semaphore::new(4) }
    }
}

/// The shortest password that is accepted.
const SHORTEST: usize = 10;
/// The longest: long enough for any passphrase, short enough to hash.
const LONGEST: usize = 200;

impl PasswordHasher {
    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
            let message = format!("must have {SHORTEST} to {LONGEST} characters");
            return Err(Invalid::new("new", message).into());
        }
        let password = password.to_owned();
        self.run(move || {
            Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| {
            tracing::error!(%error, "could not hash a password");
            Error::Internal
        })
    }

    /// Whether `password` is the one that was hashed. Without a hash it takes as long and is not.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        if password.chars().count() > LONGEST {
            return Ok(false);
        }
        let password = password.to_owned();
        self.run(move || {
            let Some(hash) = hash else {
                let _same_time = Argon2::default().hash_password(password.as_bytes());
                return false;
            };
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _slot = self.slots.acquire().await.map_err(|_| Error::Internal)?;
        spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "hashing was interrupted");
            Error::Internal
        })
    }
}
