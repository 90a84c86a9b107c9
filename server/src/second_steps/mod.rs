//! The second step of signing in: a code that changes every half minute (TOTP, RFC 6238), made by an app on the person's
//! phone; or, without the phone, one of ten recovery codes, each good once.
//!
//! The seed is sealed in the database. Of recovery codes, which are short enough to be guessed by who has the hashes, Argon2id
//! of their hash is stored, under a salt of the person's own: those that were stored as the hash alone are hardened when a
//! server starts ([`run`]), or when one of them is brought. A code is good once, so that whoever looks over a shoulder comes
//! too late; attempts count like those on the password.

pub(crate) mod store;

use crate::accounts::identity::{SecretHash, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::{Conn, Reach};
use crate::http::Error;
use crate::workspaces;
use anyhow::anyhow;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Time};
use std::time::Duration;
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes there are.
pub const CODES: usize = 10;
const SEED_BYTES: usize = 20;
pub(crate) const SALT_BYTES: usize = 16;
/// How many letters and digits a recovery code has.
const CODE_CHARS: usize = 10;
/// How often it is looked for codes that are not hardened: a node of an earlier version may still make some.
const HARDEN_EVERY: Duration = Duration::from_hours(1);
/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What is stored of somebody.
pub(crate) struct Stored {
    pub(crate) sealed_seed: Vec<u8>,
    pub(crate) confirmed_at: Option<Time>,
    /// The half minute of the last code that was good.
    pub(crate) last_step: i64,
    /// Recovery codes that the person has not noted yet.
    pub(crate) sealed_codes: Option<Vec<u8>>,
    /// What recovery codes are hashed with; nothing where they are not hardened.
    pub(crate) codes_salt: Option<[u8; SALT_BYTES]>,
}

/// What a good first code makes of a second step.
#[derive(Clone, Copy)]
pub(crate) struct Confirmed<'a> {
    pub(crate) now: Time,
    /// The half minute of that code.
    pub(crate) step: i64,
    /// The recovery codes, for the person to note.
    pub(crate) sealed_codes: &'a [u8],
    /// What they are hashed with.
    pub(crate) codes_salt: &'a [u8; SALT_BYTES],
}

/// How far somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no second step.
    Off,
    /// It waits for a first code.
    Pending {
        /// The seed, to type.
        seed: String,
        /// The seed, to scan: a PNG in base64.
        picture: String,
    },
    /// It is asked for.
    On {
        /// The recovery codes, until the person says that they noted them.
        codes: Option<Vec<String>>,
        /// How many recovery codes are left.
        left: u64,
    },
}

fn context(what: &str, user: UserId) -> String {
    format!("second_steps:{what}:{user}")
}

fn totp(app: &App, user: UserId, email: &Email, stored: &Stored) -> Result<Totp, Error> {
    let seed = app
        .vault
        .unseal(&context("seed", user), &stored.sealed_seed)?;
    let totp = Builder::new()
        .with_secret(seed)
        .with_account_name(email.as_str())
        .with_issuer(Some("TeamFlow"))
        .build();
    Ok(totp.map_err(|error| anyhow!("making one-time codes: {error}"))?)
}

/// How far somebody is.
pub async fn state(app: &App, user: UserId, email: &Email) -> Result<State, Error> {
    let mut read = app.db.read().await?;
    let Some(stored) = store::find(read.conn(), user).await? else {
        return Ok(State::Off);
    };
    if stored.confirmed_at.is_none() {
        let totp = totp(app, user, email, &stored)?;
        let picture = totp.to_qr_base64();
        let seed = app
            .vault
            .unseal(&context("seed", user), &stored.sealed_seed)?;
        return Ok(State::Pending {
            seed: Secret::from(seed.as_slice()).to_base32(),
            picture: picture.map_err(|error| anyhow!("drawing a code: {error}"))?,
        });
    }
    let left = store::count_codes(read.conn(), user).await?;
    let codes = match &stored.sealed_codes {
        Some(sealed) => {
            let text = app.vault.unseal(&context("codes", user), sealed)?;
            let text = String::from_utf8(text).map_err(anyhow::Error::from)?;
            Some(text.split(' ').map(str::to_owned).collect())
        }
        None => None,
    };
    Ok(State::On { codes, left })
}

/// Begins: there is a seed from now on, and it waits for a first code. Begun anew, it is another.
pub async fn begin(app: &App, user: UserId) -> Result<(), Error> {
    let seed: [u8; SEED_BYTES] = app.rng.bytes();
    let sealed = app.vault.seal(&app.rng, &context("seed", user), &seed)?;
    let mut tx = app.db.write().await?;
    if !store::begin(tx.conn(), user, &sealed, app.clock.now()).await? {
        return Err(Code::AlreadyExists.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Turns it on, for who has the seed in their app: the first code shows it.
pub async fn confirm(app: &App, user: UserId, email: &Email, code: &str) -> Result<(), Error> {
    let now = app.clock.now();
    let found = store::find(app.db.read().await?.conn(), user).await?;
    let stored = found.filter(|stored| stored.confirmed_at.is_none());
    let stored = stored.ok_or(Code::NotFound)?;
    let Some(step) = step_of(&totp(app, user, email, &stored)?, code, now) else {
        return Err(wrong());
    };
    let codes: Vec<String> = (0..CODES)
        .map(|_| recovery_code(&app.rng.bytes()))
        .collect();
    let sealed = app.vault.seal(
        &app.rng,
        &context("codes", user),
        codes.join(" ").as_bytes(),
    )?;
    let salt = app.rng.bytes();
    let hashes = codes.iter().filter_map(|code| hash_of(code)).collect();
    // Not while others wait to write.
    let hashes = app.passwords.harden(hashes, salt).await?;
    let mut tx = app.db.write().await?;
    let confirmed = Confirmed {
        now,
        step,
        sealed_codes: &sealed,
        codes_salt: &salt,
    };
    // Whoever was faster, or has begun anew, has other codes.
    if !store::confirm(tx.conn(), user, &stored.sealed_seed, confirmed).await? {
        return Err(Code::NotFound.into());
    }
    for hash in &hashes {
        store::insert_code(tx.conn(), user, hash).await?;
    }
    audit_entries::note(app, &mut tx, Note::of_server(Act::TwoStepOn).by(user)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user, "two-step sign-in was turned on");
    Ok(())
}

/// Forgets the recovery codes as they are: the person has noted them.
pub async fn noted(app: &App, user: UserId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    store::forget_codes(tx.conn(), user).await?;
    tx.commit().await?;
    Ok(())
}

/// Turns it off. Who may is judged before.
pub async fn end(app: &App, user: UserId) -> Result<(), Error> {
    require_unasked(app, user).await?;
    let mut tx = app.db.write().await?;
    store::delete(tx.conn(), user).await?;
    audit_entries::note(app, &mut tx, Note::of_server(Act::TwoStepOff).by(user)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user, "two-step sign-in was turned off");
    Ok(())
}

/// Whether somebody needs a code to come in by a password.
pub async fn is_on(app: &App, user: UserId) -> Result<bool, Error> {
    Ok(confirmed(app, user).await?.is_some())
}

/// Whether nobody comes in as them by a password alone: what a workspace asks that lets nobody in without. Either a code is
/// asked for, or there is no password and there is a passkey, which no authenticator uses before it has seen who it is. A
/// passkey beside a password without a code is not enough, for the password alone would do.
pub async fn has_second_step(conn: Conn<'_>, user: UserId) -> sqlx::Result<bool> {
    store::has_second_step(conn, user).await
}

/// Refuses to give up the second step while a workspace of theirs asks for one.
pub(crate) async fn require_unasked(app: &App, user: UserId) -> Result<(), Error> {
    let mut read = app.db.read_as(user).await?;
    let found = workspaces::store::list_memberships(read.conn(), user).await?;
    let mut of_user = found.into_iter().map(|(stored, _)| stored.row);
    match of_user.find(|it| it.two_step_required && it.deleted_at.is_none()) {
        Some(workspace) => {
            let text = format!(
                "{} asks all its members for a second step. Leave it first, or ask its owner to do without.",
                workspace.name
            );
            Err(Rejected::new(Code::NotAllowed, text).into())
        }
        None => Ok(()),
    }
}

/// Whether a code is good; it is not any more after that.
pub async fn check(app: &App, user: UserId, email: &Email, code: &str) -> Result<bool, Error> {
    let now = app.clock.now();
    let Some(stored) = confirmed(app, user).await? else {
        return Ok(false);
    };
    let step = step_of(&totp(app, user, email, &stored)?, code, now);
    // Of two who bring it at once, one is let in.
    if let Some(step) = step.filter(|step| *step > stored.last_step) {
        let mut tx = app.db.write().await?;
        let good = store::update_step(tx.conn(), user, step).await?;
        tx.commit().await?;
        return Ok(good);
    }
    let Some(hash) = hash_of(code) else {
        return Ok(false);
    };
    let Some(salt) = salt(app, user, stored.codes_salt).await? else {
        return Ok(false);
    };
    let hardened = app.passwords.harden(vec![hash], salt).await?;
    let mut tx = app.db.write().await?;
    let mut good = false;
    for hash in &hardened {
        good |= store::delete_code(tx.conn(), user, hash).await?;
    }
    tx.commit().await?;
    Ok(good)
}

/// What is stored of somebody whose second step is on. One that waits for its first code vouches for nobody.
async fn confirmed(app: &App, user: UserId) -> Result<Option<Stored>, Error> {
    let found = store::find(app.db.read().await?.conn(), user).await?;
    Ok(found.filter(|stored| stored.confirmed_at.is_some()))
}

/// What somebody's recovery codes are hashed with; before it answers, those of an older kind are hardened.
async fn salt(
    app: &App,
    user: UserId,
    known: Option<[u8; SALT_BYTES]>,
) -> Result<Option<[u8; SALT_BYTES]>, Error> {
    if known.is_some() {
        return Ok(known);
    }
    harden(app, user).await?;
    Ok(confirmed(app, user)
        .await?
        .and_then(|stored| stored.codes_salt))
}

/// Hashes somebody's recovery codes once more that are stored as their hash alone.
async fn harden(app: &App, user: UserId) -> Result<(), Error> {
    let mut read = app.db.snapshot_at(Reach::Server).await?;
    let found = store::find(read.conn(), user).await?;
    let codes = store::list_codes(read.conn(), user).await?;
    drop(read);
    let Some(stored) = found.filter(|stored| stored.confirmed_at.is_some()) else {
        return Ok(());
    };
    let salt = app.rng.bytes();
    let hardened = app.passwords.harden(codes.clone(), salt).await?;
    let mut tx = app.db.write().await?;
    // Of two who do so at once, one does; and nobody where it was turned off and on again meanwhile, with other codes.
    if store::set_salt(tx.conn(), user, &stored.sealed_seed, &salt).await? {
        for (code, hardened) in codes.iter().zip(&hardened) {
            store::replace_code(tx.conn(), user, code, hardened).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Hardens all recovery codes of an older kind; answers of how many people.
pub async fn harden_all(app: &App) -> Result<u64, Error> {
    let mut people = 0;
    loop {
        let found = store::list_unsalted(app.db.read().await?.conn()).await?;
        if found.is_empty() || app.shutdown.is_cancelled() {
            return Ok(people);
        }
        for user in found {
            harden(app, user).await?;
            people += 1;
        }
    }
}

/// Hardens recovery codes by itself, until the server stops.
pub fn run(app: &App) {
    app.now_and_every(HARDEN_EVERY, "hardening recovery codes", |app| {
        Box::pin(async move {
            let people = harden_all(&app).await;
            let people = people.map_err(|error| anyhow!(error.into_rejected().message))?;
            if people > 0 {
                tracing::info!(people, "recovery codes of an older kind were hardened");
            }
            Ok(())
        })
    });
}

/// What people are told of a code that is not good.
pub fn wrong() -> Error {
    Rejected::field(
        "code",
        "This code is not good. Wait for the next one, and see that your phone's clock is right.",
    )
    .into()
}

/// The half minute that a code belongs to: the one now, or a neighbour, since clocks differ.
fn step_of(totp: &Totp, code: &str, now: Time) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.0 / 1_000).ok()?;
    let step = totp.check(&digits, seconds)?;
    i64::try_from(step).ok()
}

fn recovery_code(bytes: &[u8; CODE_CHARS]) -> String {
    let letters = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]);
    let mut code: String = letters.map(char::from).collect();
    code.insert(5, '-');
    code
}

/// However it is typed; nothing of what cannot be one.
fn hash_of(code: &str) -> Option<SecretHash> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    (plain.len() == CODE_CHARS).then(|| hash(&plain.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let code = recovery_code(&[0, 1, 2, 3, 4, 5, 6, 7, 31, 63]);
        assert_eq!(code, "abcde-fgh99");
        assert_eq!(hash_of(&code), hash_of(" ABCDE FGH99"));
        assert_ne!(hash_of(&code), hash_of("abcde-fgh98"));
        assert_eq!(hash_of("123456"), None);
    }
}
