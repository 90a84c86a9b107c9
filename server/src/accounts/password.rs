//! Passwords: which are accepted, and hashing them without starving anybody.
//!
//! One hash keeps a core busy for tens of milliseconds and takes 19 MiB, on purpose. So as many run at once as there are
//! cores, on the blocking threads; some more wait; the rest is refused. A storm of sign-ins then delays sign-ins alone.

use super::worst_passwords::WORST;
use crate::http::Error;
use crate::rng::Rng;
use anyhow::{Context as _, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use shared::codes::{Code, Rejected};
use shared::values::Email;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;

const CHARS_MIN: usize = 8;
const CHARS_MAX: usize = 200;
/// How many may wait for each that runs: about two seconds' worth.
const WAITING_PER_CORE: usize = 64;

/// Hashes passwords.
pub struct Passwords {
    running: Arc<Semaphore>,
    /// Running and waiting.
    admitted: Arc<Semaphore>,
}

impl Passwords {
    /// As many at once as there are cores.
    pub fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            running: Arc::new(Semaphore::new(cores)),
            admitted: Arc::new(Semaphore::new(cores * (1 + WAITING_PER_CORE))),
        }
    }

    /// The hash to store of a password that [`check`] accepted.
    pub async fn hash(&self, rng: &Rng, password: String) -> Result<String, Error> {
        let salt: [u8; 16] = rng.bytes();
        self.run(move || hash(&password, &salt)).await
    }

    /// Whether this is the password that was hashed. Without a hash (nobody has that address) the answer is no, after the
    /// same work, so that the time taken tells nothing.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let Some(stored) = stored else {
                hash(&password, &[0; 16])?;
                return Ok(false);
            };
            let stored = PasswordHash::new(&stored)
                .map_err(|error| anyhow!("reading a stored password hash: {error}"))?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &stored)
                .is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(admitted) = Arc::clone(&self.admitted).try_acquire_owned() else {
            return Err(Code::TooManyRequests.into());
        };
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.context("waiting to hash a password")?;
        let result = tokio::task::spawn_blocking(move || {
            // Held by the work itself: who asked may have gone away.
            let _permits = (admitted, running);
            work()
        });
        Ok(result.await.context("hashing a password")??)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// Argon2id with the parameters of the library's default: 19 MiB, two passes.
fn hash(password: &str, salt: &[u8; 16]) -> anyhow::Result<String> {
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| anyhow!("hashing a password: {error}"))?;
    Ok(hash.to_string())
}

/// Whether somebody with this address may choose this password.
pub fn check(password: &str, email: &Email) -> Result<(), Rejected> {
    let refuse = |message: String| Err(Rejected::field("password", message));
    let chars = password.chars().count();
    if chars < CHARS_MIN {
        return refuse(format!("A password has at least {CHARS_MIN} characters."));
    }
    if chars > CHARS_MAX {
        return refuse(format!("A password has at most {CHARS_MAX} characters."));
    }
    let lower = password.to_lowercase();
    if lower == email.as_str() {
        return refuse("The password must not be the e-mail address.".to_owned());
    }
    if WORST.contains(&lower.as_str()) || is_one_character(&lower) {
        return refuse(
            "This password is among the first to be guessed. Choose another.".to_owned(),
        );
    }
    Ok(())
}

fn is_one_character(password: &str) -> bool {
    let mut chars = password.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> bool {
        let email = Email::parse("ada.lovelace@example.org").unwrap();
        check(password, &email).is_err_and(|rejected| {
            assert_eq!(rejected.field.as_deref(), Some("password"));
            true
        })
    }

    #[test]
    fn short_long_and_guessable_passwords_are_refused() {
        for bad in [
            "",
            "1234567",
            "Password1",
            "QWERTYUIOP",
            "ada.Lovelace@example.org",
            "ÄÄÄÄÄÄÄÄ",
        ] {
            assert!(refused(bad), "{bad}");
        }
        assert!(refused(&"ab".repeat(101)));
        for good in ["difference engine", "schlüssel", &"ab".repeat(100)] {
            assert!(!refused(good), "{good}");
        }
    }

    #[tokio::test]
    async fn a_password_is_verified_against_its_own_hash_alone() {
        let (passwords, rng) = (Passwords::new(), Rng::seeded(1));
        let a = passwords
            .hash(&rng, "difference engine".to_owned())
            .await
            .unwrap();
        let b = passwords
            .hash(&rng, "difference engine".to_owned())
            .await
            .unwrap();
        assert_ne!(a, b, "each hash has a salt of its own");
        assert!(a.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{a}");
        let verify = |password: &str, hash: Option<String>| {
            let work = passwords.verify(password.to_owned(), hash);
            async { work.await.unwrap() }
        };
        assert!(verify("difference engine", Some(a.clone())).await);
        assert!(!verify("Difference engine", Some(a)).await);
        assert!(!verify("difference engine", None).await);
    }

    #[tokio::test]
    async fn more_than_can_wait_are_refused() {
        let passwords = Passwords::new();
        let all = u32::try_from(passwords.admitted.available_permits()).unwrap();
        let _full = passwords.admitted.acquire_many(all).await.unwrap();
        let refused = passwords.verify("difference engine".to_owned(), None).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::TooManyRequests));
    }
}
