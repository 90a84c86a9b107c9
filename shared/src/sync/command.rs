//! Commands: the only way anything changes. This file lists the domains; each says what its commands need and do.
//!
//! On the wire a command is `{"tasks":{"move":{...}}}`. Arguments of a released command never change their meaning: a
//! change is a new name, so that commands parked in a browser for months still say what was meant.

use super::rows::{AnyRow, Key, List, Row};
use super::tables::Tables;
use super::tx::{Context, Tx, Writes};
use crate::access::Permission;
use crate::codes::Rejected;
use crate::ids::{ProjectId, TaskId, UserId};
use crate::limits::Limits;
use serde::{Deserialize, Serialize};

/// What must be loaded before a command can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// A row, and the rows that it refers to; absent is an answer too.
    Row(Key),
    /// The order of a list.
    List(List),
    /// The order of the list that a row is in.
    Siblings(Key),
    /// All projects' keys: a key is unique in its workspace.
    ProjectKeys,
    /// All members: owners are counted.
    Members,
    /// A project with its columns and labels.
    Frame(ProjectId),
    /// A task and the tasks below it, with everything that belongs to them or that they name.
    Family(TaskId),
    /// A task with everything that belongs to it, and the tasks right below it.
    Remains(TaskId),
    /// A project with its columns, labels and imports, and the tasks that are left of it.
    Estate(ProjectId),
    /// Everything that names somebody who never did anything themselves: tasks they are to do, comments of theirs, and all
    /// projects, teams and imports.
    WorkOf(UserId),
}

impl Need {
    /// The need for a row of a type.
    pub fn row<R: Row>(id: R::Id) -> Self {
        Need::Row(R::key_of(id))
    }
}

/// Whether this runs in somebody's browser, which never carries out what only the server's own doors make. As the guard of a
/// match's first arm it leaves the others' code out. The simulator is none, wherever it runs.
pub(crate) const IS_BROWSER: bool = cfg!(all(target_arch = "wasm32", not(feature = "sim")));

/// What a domain's commands have in common.
pub trait Mutation {
    /// The name in logs, history and permissions' documentation, such as `tasks.move`.
    fn name(&self) -> &'static str;
    /// What it asks of whoever sends it. [`Mutation::apply`] enforces it, and a table test compares the two.
    fn permission(&self) -> Permission;
    /// Whether only the server's own doors make it, because it depends on what no row says: nobody may push it.
    fn is_servers_own(&self) -> bool {
        false
    }
    /// What must be loaded first.
    fn needs(&self) -> Vec<Need>;
    /// What must be loaded besides, seen from what was loaded first.
    fn further_needs(&self, _known: &Tables) -> Vec<Need> {
        Vec::new()
    }
    /// Checks permission and rules, then writes. A refusal leaves no writes.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected>;
    /// The commands that take it back, in order, judged on the rows before it is applied. Empty where nothing would change.
    fn inverse(&self, before: &Tx<'_>) -> Vec<Command>;
}

macro_rules! commands {
    ($($domain:ident $variant:ident,)*) => {
        /// One intended change.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Command { $($variant(crate::$domain::Mutation)),* }

        $(impl From<crate::$domain::Mutation> for Command {
            fn from(mutation: crate::$domain::Mutation) -> Self {
                Command::$variant(mutation)
            }
        })*

        impl Command {
            fn mutation(&self) -> &dyn Mutation {
                match self { $(Command::$variant(mutation) => mutation),* }
            }
        }
    };
}

commands! {
    workspaces Workspaces,
    members Members,
    projects Projects,
    statuses Statuses,
    labels Labels,
    tasks Tasks,
    checklist_items ChecklistItems,
    comments Comments,
    attachments Attachments,
    imports Imports,
    teams Teams,
}

impl Command {
    /// See [`Mutation::name`].
    pub fn name(&self) -> &'static str {
        self.mutation().name()
    }

    /// See [`Mutation::permission`].
    pub fn permission(&self) -> Permission {
        self.mutation().permission()
    }

    /// See [`Mutation::is_servers_own`].
    pub fn is_servers_own(&self) -> bool {
        self.mutation().is_servers_own()
    }

    /// See [`Mutation::needs`].
    pub fn needs(&self) -> Vec<Need> {
        self.mutation().needs()
    }

    /// See [`Mutation::further_needs`].
    pub fn further_needs(&self, known: &Tables) -> Vec<Need> {
        self.mutation().further_needs(known)
    }

    /// The command that spreads out what stands around a row whose rank has become long, if it has.
    pub fn spreading(row: &AnyRow) -> Option<Command> {
        let is_long = row.place().is_some_and(|(_, rank)| rank.is_long());
        match row {
            AnyRow::Tasks(task) if is_long => {
                Some(crate::tasks::Mutation::Spread { id: task.id }.into())
            }
            AnyRow::ChecklistItems(item) if is_long => {
                Some(crate::checklist_items::Mutation::Spread { id: item.id }.into())
            }
            _ => None,
        }
    }

    /// Whether it is not done yet, seen from the rows after it: what is more than one change may hold is carried out in
    /// several, one right after the other.
    pub fn goes_on(&self, tables: &Tables) -> bool {
        match self {
            Command::Members(crate::members::Mutation::Claim { id, .. }) => {
                tables.get::<crate::members::Member>(*id).is_some()
            }
            _ => false,
        }
    }

    /// Carries the command out on rows: the writes, or why not. The rows themselves are left as they are.
    pub fn apply(&self, tables: &Tables, context: Context) -> Result<Writes, Rejected> {
        self.apply_limited(tables, context, Limits::default())
    }

    /// [`Command::apply`] for a program that may less than who it acts for.
    pub fn apply_limited(
        &self,
        tables: &Tables,
        context: Context,
        limits: Limits,
    ) -> Result<Writes, Rejected> {
        let mut tx = Tx::limited(tables, context, limits);
        self.mutation().apply(&mut tx)?;
        Ok(tx.into_writes())
    }

    /// See [`Mutation::inverse`].
    pub fn inverse(&self, tables: &Tables, context: Context) -> Vec<Command> {
        self.mutation().inverse(&Tx::new(tables, context))
    }
}
