//! How entries hold on to one another: each hash covers the one before it and all of the entry that stays. What may be
//! personal is covered by a salted digest, so that it can go when a person is erased, and the chain still holds.

use super::store::{Head, Record};
use crate::rng::Rng;
use crate::vault::Vault;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub(super) type Hash = [u8; 32];

/// What the first entry is chained to.
pub(super) const BEGINNING: Hash = [0; 32];

/// A part, told apart from its neighbours and from nothing.
fn feed(hasher: &mut Sha256, part: Option<&[u8]>) {
    match part {
        None => hasher.update([0]),
        Some(bytes) => {
            hasher.update([1]);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
    }
}

/// The digest of what may be personal.
pub(super) fn personal_hash(record: &Record, salt: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    feed(&mut hasher, Some(salt));
    for part in [&record.address, &record.user_agent, &record.detail] {
        feed(&mut hasher, part.as_deref().map(str::as_bytes));
    }
    hasher.finalize().into()
}

/// The hash of an entry that follows another.
pub(super) fn entry_hash(before: &[u8], chain: Uuid, record: &Record) -> Hash {
    let mut hasher = Sha256::new();
    feed(&mut hasher, Some(before));
    feed(&mut hasher, Some(chain.as_bytes()));
    for number in [record.seq, record.at, record.count] {
        feed(&mut hasher, Some(&number.to_be_bytes()));
    }
    feed(&mut hasher, Some(record.act.as_bytes()));
    for id in [&record.actor_id, &record.subject] {
        feed(&mut hasher, id.as_ref().map(|id| id.as_bytes().as_slice()));
    }
    feed(&mut hasher, record.via.as_deref().map(str::as_bytes));
    feed(&mut hasher, Some(&record.personal_hash));
    hasher.finalize().into()
}

fn context(chain: Uuid) -> String {
    format!("audit_entries:{chain}")
}

fn sealed_text(head: &Head) -> Vec<u8> {
    let mut text = head.seq.to_be_bytes().to_vec();
    text.extend(&head.hash);
    text.extend(head.floor.to_be_bytes());
    text.extend(&head.floor_hash);
    text
}

/// Seals where a chain begins and ends.
pub(super) fn seal(vault: &Vault, rng: &Rng, chain: Uuid, head: &Head) -> anyhow::Result<Vec<u8>> {
    vault.seal(rng, &context(chain), &sealed_text(head))
}

/// Why a chain's beginning and end are not what was sealed, if they are not.
pub(super) fn broken_seal(vault: &Vault, chain: Uuid, head: &Head) -> Option<String> {
    match vault.unseal(&context(chain), &head.seal) {
        Ok(text) if text == sealed_text(head) => None,
        Ok(_) => Some("where the log begins or ends was changed".to_owned()),
        Err(error) => Some(format!("the log's seal does not open: {error:#}")),
    }
}

/// Why an entry is not what was written after another, if it is not.
pub(super) fn broken_entry(before: &[u8], chain: Uuid, record: &Record) -> Option<String> {
    let seq = record.seq;
    if entry_hash(before, chain, record).as_slice() != record.hash {
        return Some(format!("entry {seq} is not what was written"));
    }
    let is_whole = match &record.salt {
        Some(salt) => personal_hash(record, salt).as_slice() == record.personal_hash,
        // A person was erased from it.
        None => [&record.address, &record.user_agent, &record.detail]
            .iter()
            .all(|part| part.is_none()),
    };
    (!is_whole).then(|| format!("what entry {seq} says was changed"))
}
