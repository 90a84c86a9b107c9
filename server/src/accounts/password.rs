//! Passwords: which are accepted, and hashing them without starving anybody.
//!
//! One hash keeps a core busy for tens of milliseconds and takes 19 MiB, on purpose. So as many run at once as there are
//! cores, on the blocking threads; some more wait; the rest is refused. A storm of sign-ins then delays sign-ins alone.

use super::identity::SecretHash;
use super::worst_passwords::WORST;
use crate::http::Error;
use crate::rng::Rng;
use anyhow::{Context as _, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use shared::codes::{Code, Rejected};
use shared::values::{Email, Name};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

const CHARS_MIN: usize = 8;
const CHARS_MAX: usize = 200;
/// How a hash begins that was made by [`hash`].
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// How hashes begin that other programs have made.
const BCRYPT: [&str; 4] = ["$2a$", "$2b$", "$2x$", "$2y$"];
/// One step more takes twice as long: this is about two seconds.
const BCRYPT_COST_MAX: u32 = 15;
/// Passwords that are guessed in fewer than a million attempts have less.
const SCORE_MIN: Score = Score::Two;
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
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        self.run(move || match stored {
            Some(stored) => verify(&password, &stored),
            None => hash(&password, &[0; 16]).map(|_| Verdict::Wrong),
        })
        .await
    }

    /// What is stored of recovery codes, which were hashed already but are short enough to be guessed.
    pub(crate) async fn harden(
        &self,
        codes: Vec<SecretHash>,
        salt: [u8; 16],
    ) -> Result<Vec<SecretHash>, Error> {
        self.run(move || codes.iter().map(|code| harden(code, &salt)).collect())
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

/// What comes of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is of an older kind: store a new one.
    RightButOld,
}

fn verify(password: &str, stored: &str) -> anyhow::Result<Verdict> {
    if BCRYPT.iter().any(|kind| stored.starts_with(kind)) {
        return verify_bcrypt(password, stored);
    }
    let parsed = PasswordHash::new(stored)
        .map_err(|error| anyhow!("reading a stored password hash: {error}"))?;
    let right = Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
    Ok(if !right {
        Verdict::Wrong
    } else if stored.starts_with(CURRENT) {
        Verdict::Right
    } else {
        Verdict::RightButOld
    })
}

/// Hashes that were taken over from elsewhere.
fn verify_bcrypt(password: &str, stored: &str) -> anyhow::Result<Verdict> {
    let cost = stored.split('$').nth(2).and_then(|cost| cost.parse().ok());
    if cost.is_none_or(|cost: u32| cost > BCRYPT_COST_MAX) {
        return Err(anyhow!("a stored password hash would take too long"));
    }
    let right = bcrypt::verify(password, stored);
    let right = right.map_err(|error| anyhow!("reading a stored password hash: {error}"))?;
    Ok(if right {
        Verdict::RightButOld
    } else {
        Verdict::Wrong
    })
}

/// Argon2id with the parameters of the library's default: 19 MiB, two passes.
fn hash(password: &str, salt: &[u8; 16]) -> anyhow::Result<String> {
    let hash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| anyhow!("hashing a password: {error}"))?;
    Ok(hash.to_string())
}

/// The same parameters, of which nothing is stored beside the hash.
fn harden(code: &SecretHash, salt: &[u8; 16]) -> anyhow::Result<SecretHash> {
    let mut hash = SecretHash::default();
    Argon2::default()
        .hash_password_into(code, salt, &mut hash)
        .map_err(|error| anyhow!("hashing a recovery code: {error}"))?;
    Ok(hash)
}

/// Whether somebody with this address and name may choose this password: long enough, not among the known ones, and not
/// made of them, of a keyboard's rows, of dates, or of what everybody knows of the person.
pub fn check(password: &str, email: &Email, name: &Name) -> Result<(), Rejected> {
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
    let known = known_of(email, name);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if WORST.contains(&lower.as_str()) || zxcvbn(password, &known).score() < SCORE_MIN {
        return refuse(
            "This password is among the first to be guessed. Choose another, such as three or four words that do not \
             belong together."
                .to_owned(),
        );
    }
    Ok(())
}

/// What somebody who knows the person would try.
fn known_of(email: &Email, name: &Name) -> Vec<String> {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        let parts = parts.filter(|part| part.chars().count() > 2);
        parts.map(str::to_lowercase).collect()
    };
    let mut known = vec!["teamflow".to_owned()];
    known.extend(words(email.as_str()));
    known.extend(words(name.as_str()));
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> bool {
        let email = Email::parse("ada.lovelace@example.org").unwrap();
        let name = Name::parse("Augusta King").unwrap();
        check(password, &email, &name).is_err_and(|rejected| {
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
            "P4ssw0rd!",
            "lovelace1",
            "augusta1990",
            "teamflow1",
            "asdfghjkl1",
            "abcdefgh",
            "19901991",
        ] {
            assert!(refused(bad), "{bad}");
        }
        assert!(refused(&"ab".repeat(101)));
        for good in [
            "difference engine",
            "schlüssel bund",
            "correct horse battery",
            "x7!kQ2-mRw",
        ] {
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
        assert_eq!(
            verify("difference engine", Some(a.clone())).await,
            Verdict::Right
        );
        assert_eq!(verify("Difference engine", Some(a)).await, Verdict::Wrong);
        assert_eq!(verify("difference engine", None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn hashes_of_an_older_kind_are_right_and_old() {
        let passwords = Passwords::new();
        let bcrypt = bcrypt::hash("difference engine", 4).unwrap();
        let weaker = "$argon2id$v=19$m=16,t=2,p=1$MTIzNDU2Nzg$WKpJ+gkqSSBh0GvVFY2HCg";
        let verify = async |password: &str, hash: &str| {
            let verdict = passwords.verify(password.to_owned(), Some(hash.to_owned()));
            verdict.await
        };
        let right = verify("difference engine", &bcrypt).await.unwrap();
        assert_eq!(right, Verdict::RightButOld);
        let wrong = verify("Difference engine", &bcrypt).await.unwrap();
        assert_eq!(wrong, Verdict::Wrong);
        assert_eq!(
            verify("difference engine", weaker).await.unwrap(),
            Verdict::Wrong
        );
        let endless = bcrypt.replacen("$04$", "$31$", 1);
        for broken in ["", "plain", "$2b$", endless.as_str()] {
            assert!(
                verify("difference engine", broken).await.is_err(),
                "{broken}"
            );
        }
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
