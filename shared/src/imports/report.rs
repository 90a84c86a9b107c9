//! What an import will do, told before it is done: what becomes what, and what is left behind.

use super::trello;
use crate::values::{Name, ProjectKey};
use serde::{Deserialize, Serialize};

/// What is in a file, counted. On the wire it is the counts alone, as each tool's report names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Report {
    /// A Trello board.
    Trello(trello::Report),
}

/// Something that is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// What it is there.
    pub what: String,
    /// What it becomes here.
    pub becomes: String,
    /// How many there are.
    pub count: usize,
}

/// Something that is left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmapped {
    /// What it is.
    pub what: String,
    /// How many there are.
    pub count: usize,
    /// Why, and what becomes of it.
    pub why: String,
}

/// Something worth knowing about how the file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A stable name.
    pub code: String,
    /// How many things it is about.
    pub count: usize,
    /// The sentence that people read.
    pub text: String,
}

/// What an import will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The counts of the file.
    pub report: Report,
    /// The name of the project.
    pub name: Name,
    /// The key of the project.
    pub key: ProjectKey,
    /// What is taken over.
    pub maps: Vec<Mapping>,
    /// What is left behind. Nothing else is.
    pub unmapped: Vec<Unmapped>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// `1 card`, `2 cards`.
pub(super) fn number_of(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Where an importer writes down what it does while it does it. Nothing is written down about nothing.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) maps: Vec<Mapping>,
    pub(super) unmapped: Vec<Unmapped>,
    pub(super) notes: Vec<Note>,
}

impl Ledger {
    /// Things that are taken over.
    pub(super) fn map(&mut self, what: &str, becomes: &str, count: usize) {
        if count > 0 {
            self.maps.push(Mapping {
                what: what.into(),
                becomes: becomes.into(),
                count,
            });
        }
    }

    /// Things that are left behind.
    pub(super) fn lose(&mut self, what: &str, why: &str, count: usize) {
        if count == 0 {
        } else if let Some(known) = self.unmapped.iter_mut().find(|row| row.what == what) {
            known.count += count;
        } else {
            self.unmapped.push(Unmapped {
                what: what.into(),
                count,
                why: why.into(),
            });
        }
    }

    /// One more thing of which something is worth knowing.
    pub(super) fn note_more(&mut self, code: &str, text: &str) {
        match self.notes.iter_mut().find(|note| note.code == code) {
            Some(note) => note.count += 1,
            None => self.note(code, 1, text.into()),
        }
    }

    /// Something worth knowing about that many things.
    pub(super) fn note(&mut self, code: &str, count: usize, text: String) {
        if count > 0 {
            self.notes.push(Note {
                code: code.into(),
                count,
                text,
            });
        }
    }
}
