//! What rows come to: two who hold the same rows come to the same, and can tell without sending them.

use super::rows::{AnyRow, Cover, Key};
pub use super::shape::SHAPE;
use super::tables::Stored;
use crate::ids::Epoch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a hash begins: 64 bits of Fowler, Noll and Vo (FNV-1a).
pub(super) const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// By what it is multiplied for each byte.
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Takes more bytes into a hash.
pub(super) const fn hashed(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(PRIME);
        at += 1;
    }
    hash
}

/// What a row comes to: its table, the number under which it was last changed, and all that is in it.
pub fn hash_of(v: u64, row: &AnyRow) -> u64 {
    let table = hashed(OFFSET, row.key().table.as_str().as_bytes());
    hashed(hashed(table, &v.to_le_bytes()), row.to_json().as_bytes())
}

/// How many rows there are, and the sum of what each comes to. Any difference shows: of a row that is missing or too many, of
/// a number, of a single letter. A sum, so that a row can be taken out and put in again without looking at the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// How many rows.
    pub rows: u64,
    /// The sum of what they come to.
    pub sum: u64,
}

impl Content {
    /// Of rows that come to these.
    pub fn of(hashes: impl Iterator<Item = u64>) -> Self {
        hashes.fold(Self::default(), |mut sum, hash| {
            sum.add(hash);
            sum
        })
    }

    /// Takes in another row.
    pub fn add(&mut self, hash: u64) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hash);
    }

    /// Takes a row out.
    pub fn remove(&mut self, hash: u64) {
        self.rows -= 1;
        self.sum = self.sum.wrapping_sub(hash);
    }
}

/// What was hashed before, so that only what has changed since is hashed again.
#[derive(Clone, Debug, Default)]
pub struct Hashed(BTreeMap<Cover, BTreeMap<Key, (Stored, u64)>>);

impl Hashed {
    /// Lets go of what is not held any more.
    pub fn retain(&mut self, is_held: impl Fn(Cover) -> bool) {
        self.0.retain(|cover, _| is_held(*cover));
    }

    /// What the rows of a cover come to; these are all of them.
    pub(super) fn content<'r>(
        &mut self,
        cover: Cover,
        rows: impl Iterator<Item = (Key, &'r Stored)>,
    ) -> Content {
        let before = self.0.remove(&cover).unwrap_or_default();
        let hash = |key: Key, stored: &Stored| match before.get(&key) {
            Some((known, hash)) if known == stored => *hash,
            _ => hash_of(stored.v, &stored.row),
        };
        let now: BTreeMap<Key, (Stored, u64)> = rows
            .map(|(key, stored)| (key, (stored.clone(), hash(key, stored))))
            .collect();
        let content = Content::of(now.values().map(|(_, hash)| *hash));
        self.0.insert(cover, now);
        content
    }
}

/// How many rows there are, and the sum of the numbers under which each was last changed: whether what was sent is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    /// The sum of their numbers.
    pub versions: u64,
}

impl Digest {
    /// Of rows with these numbers.
    pub fn of(versions: impl Iterator<Item = u64>) -> Self {
        versions.fold(Self::default(), |mut sum, v| {
            sum.add(v);
            sum
        })
    }

    /// Takes in another row.
    pub fn add(&mut self, v: u64) {
        self.rows += 1;
        self.versions = self.versions.wrapping_add(v);
    }
}

/// What somebody's rows come to, as of a number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CoverDigest {
    /// The life of the log.
    pub epoch: Epoch,
    /// As of when.
    pub seq: u64,
    /// Which rows.
    pub cover: Cover,
    /// What they come to.
    pub digest: Content,
}

impl CoverDigest {
    /// Whether they are not the same rows. It can be told where both are of the same moment, and otherwise another time.
    pub fn differs(&self, other: &Self) -> bool {
        let moment = |it: &Self| (it.epoch, it.seq, it.cover);
        moment(self) == moment(other) && self.digest != other.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::world::{World, title};
    use crate::sync::{Row as _, Table};
    use crate::tasks::Task;
    use std::sync::Arc;

    fn tasks(world: &World) -> Vec<(Key, Stored)> {
        let rows = world.tables.range(Table::Tasks);
        rows.map(|(key, stored)| (key, stored.clone())).collect()
    }

    fn content(hashed: &mut Hashed, world: &World, rows: &[(Key, Stored)]) -> Content {
        let rows = rows.iter().map(|(key, stored)| (*key, stored));
        hashed.content(Cover::Board(world.project), rows)
    }

    /// The row with another title, under the number that it has.
    fn tampered(stored: &Stored) -> Stored {
        let mut task: Task = (**Task::from_any(&stored.row).unwrap()).clone();
        task.title = title("tampered");
        Stored {
            v: stored.v,
            row: AnyRow::Tasks(Arc::new(task)),
        }
    }

    #[test]
    fn every_difference_shows_whether_or_not_the_rows_were_hashed_before() {
        let mut world = World::new();
        for name in ["a", "b", "c"] {
            world.task(name, 0);
        }
        let rows = tasks(&world);
        let whole = content(&mut Hashed::default(), &world, &rows);
        assert_eq!(whole.rows, 3);
        let mut kept = Hashed::default();
        let mut differs = |rows: &[(Key, Stored)]| {
            assert_eq!(content(&mut kept, &world, &tasks(&world)), whole);
            let again = content(&mut kept, &world, rows);
            assert_eq!(again, content(&mut Hashed::default(), &world, rows));
            again != whole
        };
        assert!(!differs(&rows));
        assert!(differs(&rows[1..]), "a row is missing");
        let mut changed = rows.clone();
        changed[1].1.v += 1;
        assert!(differs(&changed), "another number");
        changed[2].1.v -= 1;
        assert!(differs(&changed), "numbers that add up to the same");
        let mut changed = rows.clone();
        changed[1].1 = tampered(&rows[1].1);
        assert!(differs(&changed), "another content under the same number");
    }

    #[test]
    fn a_row_that_is_taken_out_leaves_nothing() {
        let mut world = World::new();
        world.task("a", 0);
        let rows = tasks(&world);
        let (stored, other) = (&rows[0].1, tampered(&rows[0].1));
        let (before, after) = (hash_of(stored.v, &stored.row), hash_of(other.v, &other.row));
        let mut content = Content::of([before].into_iter());
        content.remove(before);
        content.add(after);
        assert_eq!(content, Content::of([after].into_iter()));
    }
}
