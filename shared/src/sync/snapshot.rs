//! Rows handed over as one: how a replica begins, and how it comes to what it has missed too much of.

use super::digest::Digest;
use super::rows::{AnyRow, Cover, Table};
use crate::ids::Epoch;
use crate::sorted::SortedMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Rows that are handed over as one, as of one number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The life of the log.
    pub epoch: Epoch,
    /// As of when.
    pub seq: u64,
    /// What is complete in it.
    pub covers: Vec<Cover>,
    /// What the rows come to, to see that they are all here.
    pub digest: Digest,
    /// The rows by table, each `[v, row]`.
    pub rows: SortedMap<Table, Vec<(u64, Box<RawValue>)>>,
}

impl Snapshot {
    /// A snapshot of rows.
    pub fn of<'r>(
        epoch: Epoch,
        seq: u64,
        covers: Vec<Cover>,
        rows: impl Iterator<Item = (u64, &'r AnyRow)>,
    ) -> Self {
        let mut by_table: SortedMap<Table, Vec<(u64, Box<RawValue>)>> = SortedMap::new();
        let mut digest = Digest::default();
        for (v, row) in rows {
            digest.add(v);
            let json = RawValue::from_string(row.to_json()).expect("a row's JSON is JSON");
            by_table
                .get_or_insert_with(row.key().table, Vec::new)
                .push((v, json));
        }
        Self {
            epoch,
            seq,
            covers,
            digest,
            rows: by_table,
        }
    }
}
