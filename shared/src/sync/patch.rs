//! Changes: what a command did to rows, in the form that is logged, sent and folded.

use super::rows::{AnyRow, Key, Patch, Scope, Table};
use super::tables::{Stored, Tables};
use super::tx::Writes;
use crate::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What happened to one row, for those who see one scope.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "WireChange", into = "WireChange")]
pub struct Change {
    /// The row.
    pub key: Key,
    /// What happened.
    pub op: Op,
}

/// What happened to a row.
#[derive(Clone, Debug)]
pub enum Op {
    /// The row is this now, whatever was there.
    Put(Box<RawValue>),
    /// These fields have these values now.
    Patch(Patch),
    /// The row is gone.
    Del,
    /// The row left this scope. Who also sees where it went gets a put there, which wins.
    Evict,
}

// One flat object with short names; serde's own enum layouts cannot carry a raw value here.
#[derive(Serialize, Deserialize)]
struct WireChange {
    t: Table,
    i: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    put: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patch: Option<Patch>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    del: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    evict: bool,
}

impl TryFrom<WireChange> for Change {
    type Error = &'static str;
    fn try_from(wire: WireChange) -> Result<Self, Self::Error> {
        let op = match wire {
            WireChange { put: Some(row), .. } => Op::Put(row),
            WireChange {
                patch: Some(patch), ..
            } => Op::Patch(patch),
            WireChange { del: true, .. } => Op::Del,
            WireChange { evict: true, .. } => Op::Evict,
            _ => return Err("a change says put, patch, del or evict"),
        };
        Ok(Change {
            key: Key {
                table: wire.t,
                id: wire.i,
            },
            op,
        })
    }
}

impl From<Change> for WireChange {
    fn from(Change { key, op }: Change) -> Self {
        let mut wire = WireChange {
            t: key.table,
            i: key.id,
            put: None,
            patch: None,
            del: false,
            evict: false,
        };
        match op {
            Op::Put(row) => wire.put = Some(row),
            Op::Patch(patch) => wire.patch = Some(patch),
            Op::Del => wire.del = true,
            Op::Evict => wire.evict = true,
        }
        wire
    }
}

/// The changes of one command that one scope's viewers may see.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The place in the workspace's order.
    pub seq: u64,
    /// Whose viewers see it.
    pub scope: Scope,
    /// Whose command it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Up to where they had seen everything when they made it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// Row by row.
    pub changes: Vec<Change>,
}

/// Turns a command's writes into changes by scope, in scope order. Writes that change nothing leave no trace.
pub fn changes(before: &Tables, writes: &Writes) -> Vec<(Scope, Vec<Change>)> {
    let mut by_scope = std::collections::BTreeMap::<Scope, Vec<Change>>::new();
    let mut push = |scope: Scope, key: Key, op: Op| {
        by_scope.entry(scope).or_default().push(Change { key, op });
    };
    for (key, after) in writes {
        let before = before.find(*key).map(|stored| &stored.row);
        match (before, after) {
            (None, None) => {}
            (Some(before), None) => push(before.scope(), *key, Op::Del),
            (None, Some(after)) => push(after.scope(), *key, Op::Put(raw(after))),
            (Some(before), Some(after)) if before.scope() == after.scope() => {
                let patch = after.diff(before);
                if !patch.is_empty() {
                    push(after.scope(), *key, Op::Patch(patch));
                }
            }
            (Some(before), Some(after)) => {
                push(before.scope(), *key, Op::Evict);
                push(after.scope(), *key, Op::Put(raw(after)));
            }
        }
    }
    by_scope.into_iter().collect()
}

fn raw(row: &AnyRow) -> Box<RawValue> {
    RawValue::from_string(row.to_json()).expect("a row's JSON is JSON")
}

/// Why a change could not be taken over: the replica must fetch anew what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Takes the changes of one command over into rows; answers the keys of the rows that changed.
///
/// `covered` says whether the replica holds what a row belongs to; others are passed over. A change that is not newer than
/// the row is passed over too, so that a snapshot and the stream may overlap.
pub fn take_over(
    tables: &mut Tables,
    parts: &[&Part],
    covered: impl Fn(&AnyRow) -> bool,
) -> Result<Vec<Key>, Unreadable> {
    let mut touched = Vec::new();
    let ordered = |first: bool| {
        // Within one command a put beats an evict, so evictions go first.
        parts.iter().flat_map(move |part| {
            part.changes
                .iter()
                .filter(move |change| matches!(change.op, Op::Evict) == first)
                .map(|change| (part.seq, change))
        })
    };
    for (seq, change) in ordered(true).chain(ordered(false)) {
        let key = change.key;
        let known = tables.find(key);
        if known.is_some_and(|stored| stored.v >= seq && !matches!(change.op, Op::Put(_))) {
            continue;
        }
        let row = match (&change.op, known) {
            (Op::Put(json), _) => {
                let row =
                    AnyRow::from_json(key.table, json.get()).map_err(|e| unreadable(key, &e))?;
                if known.is_some_and(|stored| stored.v >= seq) || !covered(&row) {
                    continue;
                }
                Some(row)
            }
            (Op::Patch(patch), Some(Stored { row, .. })) => {
                Some(row.merged(patch).map_err(|e| unreadable(key, &e))?)
            }
            (Op::Patch(_), None) => continue,
            (Op::Del | Op::Evict, _) => None,
        };
        match row {
            Some(row) => drop(tables.put(seq, row)),
            None => drop(tables.remove(key)),
        }
        touched.push(key);
    }
    Ok(touched)
}

fn unreadable(key: Key, error: &serde_json::Error) -> Unreadable {
    Unreadable(format!("{} {}: {error}", key.table.as_str(), key.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_back_from_the_wire() {
        let text =
            r#"{"t":"tasks","i":"00000000-0000-0000-0000-000000000001","patch":{"title":"x"}}"#;
        let change: Change = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&change).unwrap(), text);
        let text = r#"{"t":"tasks","i":"00000000-0000-0000-0000-000000000001","del":true}"#;
        let change: Change = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&change).unwrap(), text);
    }
}
