//! Secrets at rest: sealed with AES-256-GCM under keys that are not in the database, so that a copy of it tells nothing.
//!
//! What is sealed names the key that it was sealed with, and is bound to a context (which row it belongs to), so that it
//! cannot be moved to another row. The first key seals; the others only open what was sealed before.

mod reseal;
mod store;

pub(crate) use reseal::next;
pub use reseal::{COLUMNS, Column, Counts, reseal};

use crate::config::Storage;
use crate::rng::Rng;
use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// The length of a key in bytes.
pub const KEY_BYTES: usize = 32;
const FILE: &str = "secret.key";
const FORMAT: u8 = 1;
const ID_BYTES: usize = 4;
const HEAD_BYTES: usize = 1 + ID_BYTES + NONCE_LEN;

/// A key of the vault.
pub type SecretKey = [u8; KEY_BYTES];

struct Key {
    id: [u8; ID_BYTES],
    cipher: LessSafeKey,
}

/// Seals and opens.
pub struct Vault(Vec<Key>);

impl Vault {
    /// The vault of these settings: with their keys, or with the one in the data folder, which is made where there is none.
    pub fn open(storage: &Storage, rng: &Rng) -> anyhow::Result<Self> {
        if storage.secret_keys.is_empty() {
            Self::new(&keys_of_file(&storage.data_dir.join(FILE), rng)?)
        } else {
            Self::new(&storage.secret_keys)
        }
    }

    /// The vault of these settings, where there is a key already.
    pub fn of_what_is_there(storage: &Storage) -> Option<anyhow::Result<Self>> {
        if !storage.secret_keys.is_empty() {
            return Some(Self::new(&storage.secret_keys));
        }
        let path = storage.data_dir.join(FILE);
        let text = fs::read_to_string(&path).ok()?;
        let keys = parse_keys(&text);
        Some(
            keys.map_err(|why| anyhow!("reading {}: {why}", path.display()))
                .and_then(|keys| Self::new(&keys)),
        )
    }

    /// A vault with these keys, of which there is one at least.
    pub fn new(keys: &[SecretKey]) -> anyhow::Result<Self> {
        let key = |key: &SecretKey| -> anyhow::Result<Key> {
            let digest: [u8; 32] = Sha256::digest(key).into();
            let mut id = [0; ID_BYTES];
            id.copy_from_slice(&digest[..ID_BYTES]);
            let cipher = UnboundKey::new(&AES_256_GCM, key);
            let cipher = cipher.map_err(|_| anyhow!("a secret key has another length"))?;
            Ok(Key {
                id,
                cipher: LessSafeKey::new(cipher),
            })
        };
        let keys: Vec<Key> = keys.iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            bail!("there is no secret key");
        }
        Ok(Self(keys))
    }

    /// Seals a secret for its place.
    pub fn seal(&self, rng: &Rng, context: &str, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let key = self.0.first().context("there is no secret key")?;
        let nonce: [u8; NONCE_LEN] = rng.bytes();
        let mut sealed = Vec::with_capacity(HEAD_BYTES + secret.len() + AES_256_GCM.tag_len());
        sealed.push(FORMAT);
        sealed.extend(key.id);
        sealed.extend(nonce);
        let mut body = secret.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.cipher
            .seal_in_place_append_tag(nonce, Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| anyhow!("sealing a secret"))?;
        sealed.extend(body);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    pub fn unseal(&self, context: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (Some(&FORMAT), true) = (sealed.first(), sealed.len() > HEAD_BYTES) else {
            bail!("this was not sealed by this program");
        };
        let (id, rest) = sealed[1..].split_at(ID_BYTES);
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let key = self.0.iter().find(|key| key.id == id).with_context(|| {
            "it was sealed with a secret key that is not here: give every node the same \
             TEAMFLOW_SECRET_KEYS, and keep the old key behind the new one"
        })?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("a nonce"))?;
        let mut body = body.to_vec();
        let opened = key
            .cipher
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| anyhow!("it was changed, or belongs elsewhere"))?;
        Ok(opened.to_vec())
    }

    /// Seals a text that is only shown, and that nothing depends on: nothing where that fails.
    pub fn seal_text(&self, rng: &Rng, context: &str, text: &str) -> Option<Vec<u8>> {
        let sealed = self.seal(rng, context, text.as_bytes());
        sealed.map_err(|error| tell(context, &error)).ok()
    }

    /// Opens such a text.
    pub fn unseal_text(&self, context: &str, sealed: &[u8]) -> Option<String> {
        let opened = self.unseal(context, sealed);
        let opened = opened.and_then(|bytes| Ok(String::from_utf8(bytes)?));
        opened.map_err(|error| tell(context, &error)).ok()
    }

    /// Whether something is sealed with the key that seals now.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let current = self.0.first().map(|key| key.id.as_slice());
        sealed.get(1..=ID_BYTES) == current && current.is_some()
    }
}

fn tell(context: &str, error: &anyhow::Error) {
    let error = format!("{error:#}");
    tracing::warn!(
        error,
        secret = context,
        "a text was left out that is sealed"
    );
}

/// Reads keys in base64: one, or several with commas or line breaks between them, of which the first seals.
pub fn parse_keys(text: &str) -> Result<Vec<SecretKey>, String> {
    let parts = text
        .split([',', '\n', ' ', '\r'])
        .filter(|part| !part.is_empty());
    let key = |part: &str| -> Result<SecretKey, String> {
        let bytes = BASE64_STANDARD.decode(part).ok();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            // The text is a secret, so it is not repeated.
            .ok_or_else(|| format!("a key is not {KEY_BYTES} bytes in base64"))
    };
    let keys: Vec<SecretKey> = parts.map(key).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err("there is no key in it".to_owned());
    }
    Ok(keys)
}

fn keys_of_file(path: &Path, rng: &Rng) -> anyhow::Result<Vec<SecretKey>> {
    let shown = path.display();
    match fs::read_to_string(path) {
        Ok(text) => parse_keys(&text).map_err(|why| anyhow!("reading {shown}: {why}")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key: SecretKey = rng.bytes();
            write_secret(path, &format!("{}\n", BASE64_STANDARD.encode(key)))
                .with_context(|| format!("writing {shown}"))?;
            Ok(vec![key])
        }
        Err(error) => Err(error).with_context(|| format!("reading {shown}")),
    }
}

/// Writes a new file that nobody but its owner reads.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let (rng, vault) = (Rng::seeded(1), Vault::new(&[[1; 32]]).unwrap());
        let sealed = vault.seal(&rng, "totp:ada", b"seed").unwrap();
        assert_eq!(vault.unseal("totp:ada", &sealed).unwrap(), b"seed");
        assert!(vault.unseal("totp:ben", &sealed).is_err());
        assert!(!sealed.windows(4).any(|part| part == b"seed"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.unseal("totp:ada", &changed).is_err(), "byte {at}");
            assert!(
                vault.unseal("totp:ada", &sealed[..at]).is_err(),
                "cut at {at}"
            );
        }
        let again = vault.seal(&rng, "totp:ada", b"seed").unwrap();
        assert_ne!(again, sealed, "each has a nonce of its own");
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let rng = Rng::seeded(1);
        let old = Vault::new(&[[1; 32]]).unwrap();
        let both = Vault::new(&[[2; 32], [1; 32]]).unwrap();
        let sealed = old.seal(&rng, "a", b"seed").unwrap();
        assert_eq!(both.unseal("a", &sealed).unwrap(), b"seed");
        assert!(old.is_current(&sealed) && !both.is_current(&sealed));
        let again = both.seal(&rng, "a", b"seed").unwrap();
        let error = old.unseal("a", &again).unwrap_err();
        assert!(
            error.to_string().contains("TEAMFLOW_SECRET_KEYS"),
            "{error}"
        );
    }

    #[test]
    fn keys_are_read_and_never_repeated() {
        let key = BASE64_STANDARD.encode([7; 32]);
        assert_eq!(parse_keys(&format!("{key},{key}\n")).unwrap(), [[7; 32]; 2]);
        for bad in ["", "secret", &BASE64_STANDARD.encode([7; 31])] {
            let why = parse_keys(bad).unwrap_err();
            assert!(bad.is_empty() || !why.contains(bad), "{why}");
        }
    }
}
