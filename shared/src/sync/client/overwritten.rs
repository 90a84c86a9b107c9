//! What of mine somebody else has overwritten without having seen it.
//!
//! The later one wins, in the server's order; nobody is to lose unawares. Every change says up to where its maker had seen
//! everything. If they change a field that I changed after that, they did not know, and I am told.
//!
//! What is remembered is kept with the rows, in the header of the store: it is as of a number of the log, as they are. So
//! whoever was away is told when they are back, in whatever page.

use crate::ids::{Epoch, UserId};
use crate::projects::{self, ProjectPatch};
use crate::statuses::{self, StatusPatch};
use crate::sync::command::Command;
use crate::sync::patch::{Op, Part};
use crate::sync::protocol::Granted;
use crate::sync::rows::{Key, Scope, Table};
use crate::values::{Name, Time, Title};
use crate::{checklist_items, tasks};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many of my changes are remembered, with those that I am told of.
pub(super) const REMEMBERED_MAX: usize = 200;
/// How long a change is remembered, in milliseconds of the server's time. Whoever was away for longer is told all the
/// same: what is too old goes only after what was missed has come.
pub(super) const REMEMBERED_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// What people set by hand, and would miss. Counters, ranks and times are the rules' own.
const WATCHED: &[(Table, &str)] = &[
    (Table::Tasks, "title"),
    (Table::Tasks, "status"),
    (Table::Tasks, "priority"),
    (Table::Tasks, "points"),
    (Table::Tasks, "estimate"),
    (Table::Tasks, "start_on"),
    (Table::Tasks, "due_on"),
    (Table::ChecklistItems, "text"),
    (Table::Labels, "name"),
    (Table::Statuses, "name"),
    (Table::Projects, "name"),
];

/// A value of mine that somebody overwrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Overwritten {
    /// The row.
    pub key: Key,
    /// The field's name.
    pub field: String,
    /// What I had set.
    pub mine: Value,
    /// What it is now.
    pub theirs: Value,
    /// Whose it is.
    pub by: UserId,
}

impl Overwritten {
    /// The command that sets my value again; nothing where a person has to look first.
    pub fn take_back(&self) -> Option<Command> {
        let id = self.key.id;
        Some(match (self.key.table, self.field.as_str()) {
            (Table::Tasks, "status") => tasks::Mutation::Move {
                id: id.into(),
                status: serde_json::from_value(self.mine.clone()).ok()?,
                place: crate::values::Place::Last,
            }
            .into(),
            (Table::Tasks, field) => {
                let patch = Map::from_iter([(field.to_owned(), self.mine.clone())]);
                let patch = serde_json::from_value(Value::Object(patch)).ok()?;
                tasks::Mutation::Edit {
                    id: id.into(),
                    patch,
                }
                .into()
            }
            (Table::Statuses, _) => statuses::Mutation::Edit {
                id: id.into(),
                patch: StatusPatch {
                    name: self.text(Name::parse),
                    ..StatusPatch::default()
                },
            }
            .into(),
            (Table::Projects, _) => projects::Mutation::Edit {
                id: id.into(),
                patch: ProjectPatch {
                    name: self.text(Name::parse),
                    ..ProjectPatch::default()
                },
            }
            .into(),
            (Table::ChecklistItems, _) => checklist_items::Mutation::Edit {
                id: id.into(),
                text: self.text(Title::parse)?,
            }
            .into(),
            _ => return None,
        })
    }

    /// My value, where it is words. Patches are not read from JSON for it: every page would carry the code for that.
    fn text<T>(&self, parse: fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.mine.as_str()?).ok()
    }
}

/// A field that I changed, as the server confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    key: Key,
    scope: Scope,
    field: String,
    seq: u64,
    /// When it was last touched, by the server's time.
    at: Time,
    value: Value,
    /// Who overwrote it unseen, and with what: I am told until I let go of it.
    theirs: Option<(UserId, Value)>,
}

/// My last changes, and what became of them, as of a number of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mine {
    epoch: Option<Epoch>,
    /// Up to where was looked: what arrives once more is told once.
    up_to: u64,
    /// The oldest first.
    changes: Vec<Change>,
    #[serde(skip)]
    now: Time,
    /// Whether what is to be told has changed.
    #[serde(skip)]
    has_news: bool,
}

impl Mine {
    /// Looks at what happened up to a number: my changes are remembered, and what others overwrote of them.
    pub(super) fn look(&mut self, me: UserId, epoch: Epoch, to: u64, parts: &[Part]) {
        if self.epoch != Some(epoch) {
            self.keep_where(&|_| false);
            (self.epoch, self.up_to) = (Some(epoch), 0);
        }
        let seen = self.up_to;
        for part in parts.iter().filter(|part| part.seq > seen) {
            for change in &part.changes {
                match &change.op {
                    Op::Put(_) => {}
                    Op::Del | Op::Evict => self.keep_where(&|it| it.key != change.key),
                    Op::Patch(patch) => {
                        for (field, value) in patch {
                            self.changed(me, part, change.key, field, value);
                        }
                    }
                }
            }
        }
        self.up_to = self.up_to.max(to);
    }

    fn changed(&mut self, me: UserId, part: &Part, key: Key, field: &str, value: &Value) {
        let is_watched = WATCHED.contains(&(key.table, field));
        let Some(by) = part.by.filter(|_| is_watched) else {
            return;
        };
        let (same, at) = (|it: &Change| it.key == key && it.field == field, self.now);
        if by != me
            && let Some(mine) = self.changes.iter_mut().find(|it| same(it))
            && mine.value != *value
            && (mine.theirs.is_some() || part.seen.is_some_and(|seen| seen < mine.seq))
        {
            // Of what I am told anyway, I am told how it is now.
            (mine.theirs, mine.at) = (Some((by, value.clone())), at);
            self.has_news = true;
            return;
        }
        self.keep_where(&|it| !same(it));
        if by == me {
            if self.changes.len() == REMEMBERED_MAX {
                self.has_news |= self.changes.remove(0).theirs.is_some();
            }
            self.changes.push(Change {
                key,
                scope: part.scope,
                field: field.to_owned(),
                seq: part.seq,
                at,
                value: value.clone(),
                theirs: None,
            });
        }
    }

    /// Takes over what was kept with rows of this life of the log, if that has seen more.
    pub(super) fn open(&mut self, kept: &Self, epoch: Epoch) {
        if kept.epoch == Some(epoch) && (self.epoch != kept.epoch || self.up_to < kept.up_to) {
            let now = self.now;
            *self = Self {
                now,
                has_news: true,
                ..kept.clone()
            };
        }
    }

    /// Keeps only what the person sees, and has seen ever since: nothing stays of a project that they were let out of.
    pub(super) fn keep_seen(&mut self, scopes: &[Granted]) {
        self.keep_where(&|it| {
            let sees = |granted: &Granted| granted.0 == it.scope && granted.1 <= it.seq;
            scopes.iter().any(sees)
        });
    }

    /// Takes over the server's time.
    pub(super) fn set_now(&mut self, now: Time) {
        self.now = now;
    }

    /// Forgets what is too old.
    pub(super) fn forget_old(&mut self) {
        let since = self.now.0.saturating_sub(REMEMBERED_MS);
        self.keep_where(&|it| it.at.0 >= since);
    }

    /// Lets go of what was told; answers whether there was something.
    pub(super) fn let_go(&mut self, key: Key, field: &str) -> bool {
        let before = self.changes.len();
        self.keep_where(&|it| it.key != key || it.field != field || it.theirs.is_none());
        self.changes.len() != before
    }

    /// Whether what is to be told has changed since this was asked last.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// What I am to be told.
    pub(super) fn told(&self) -> Vec<Overwritten> {
        let told = self.changes.iter().filter_map(|it| {
            let (by, theirs) = it.theirs.clone()?;
            Some(Overwritten {
                key: it.key,
                field: it.field.clone(),
                mine: it.value.clone(),
                theirs,
                by,
            })
        });
        told.collect()
    }

    /// Forgets everything: what happened to it meanwhile is not told.
    pub(super) fn forget(&mut self) {
        self.keep_where(&|_| false);
    }

    fn keep_where(&mut self, stays: &dyn Fn(&Change) -> bool) {
        let has_news = &mut self.has_news;
        self.changes.retain(|it| {
            let stays = stays(it);
            *has_news |= !stays && it.theirs.is_some();
            stays
        });
    }
}
