//! How often something happened in a run, by name: what is not counted here, nobody can claim to have been tried.

use super::faults::Fault;
use super::person::VERBS;
use std::collections::BTreeMap;

/// What goes wrong on the way, apart from the faults.
const ON_THE_WAY: [&str; 17] = [
    "answer to a poll lost",
    "answer to a pushing request lost",
    "change undone",
    "hint after a newer one",
    "hint late",
    "hint lost",
    "hint told twice",
    "message between pages before another's earlier one",
    "message between pages late",
    "message of a link after its successor was opened",
    "message of a link that was given up",
    "poll answered",
    "polls begun",
    "pushing request after newer ones",
    "pushing request late",
    "pushing request lost",
    "pushing request sent twice",
];

/// What happened, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened(BTreeMap<&'static str, u64>);

impl Happened {
    /// It happened once more.
    pub(super) fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Adds what happened in another run.
    pub fn add(&mut self, other: &Happened) {
        for (what, times) in &other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    /// What happened, by name, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(what, times)| (*what, *times))
    }

    /// What can happen, and never did.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let faults = Fault::ALL.iter().map(|(_, fault)| fault.as_str());
        let verbs = VERBS.iter().map(|(name, ..)| *name);
        let all = ON_THE_WAY.into_iter().chain(faults).chain(verbs);
        all.filter(|what| !self.0.contains_key(what))
    }
}
