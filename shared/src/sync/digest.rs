//! What rows come to: two who hold the same rows come to the same, and can tell without sending them.

use super::rows::Cover;
use crate::ids::Epoch;
use serde::{Deserialize, Serialize};

/// How many rows there are, and the sum of the numbers under which each was last changed. A change that was missed, made
/// twice or left behind shows in one of the two. It does not look into the rows: what a change makes of a row is the same
/// code on both sides.
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

/// What somebody else's rows come to, as of a number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CoverDigest {
    /// The life of the log.
    pub epoch: Epoch,
    /// As of when.
    pub seq: u64,
    /// Which rows.
    pub cover: Cover,
    /// What they come to.
    pub digest: Digest,
}
