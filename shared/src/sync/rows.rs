//! Rows: what is synced. The list of tables stands at the end of this file; adding one is one line.

use super::digest::hashed;
use crate::ids::{ProjectId, TaskId, UserId};
use crate::values::Rank;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Absolute values of some fields of a row, by field name. Applying one twice changes nothing more.
pub type Patch = Map<String, Value>;

/// The unit of access: whoever has a scope may see every row in it. A row is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everybody in the workspace: `w`.
    Workspace,
    /// Who sees the project: `p:<project>`.
    Project(ProjectId),
    /// One person: `u:<user>`.
    User(UserId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Workspace => f.write_str("w"),
            Scope::Project(id) => write!(f, "p:{id}"),
            Scope::User(id) => write!(f, "u:{id}"),
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |_| format!("{text} is not a scope");
        match text.split_once(':') {
            None if text == "w" => Ok(Scope::Workspace),
            Some(("p", id)) => id.parse().map(Scope::Project).map_err(bad),
            Some(("u", id)) => id.parse().map(Scope::User).map_err(bad),
            _ => Err(format!("{text} is not a scope")),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What a replica holds completely once it has fetched it: everything that decides whether "absent" means absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Workspace, members, and the frame of every visible project: the project itself, statuses, labels.
    Workspace,
    /// The tasks of a project, without their long texts.
    Board(ProjectId),
    /// The description, checklist, comments and attachments of a task.
    Task(TaskId),
}

/// A list that people order by hand; its members carry a [`Rank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// The columns of a project.
    Statuses(ProjectId),
    /// The live tasks of a status.
    Tasks(crate::ids::StatusId),
    /// The checklist of a task.
    Checklist(TaskId),
}

/// A synced row. [`crate::row!`] writes the struct and `diff` and `merge`; a domain adds what only it knows.
pub trait Row:
    RowFields + Clone + PartialEq + Serialize + DeserializeOwned + Sized + 'static
{
    /// The id's type.
    type Id: Copy + Into<Uuid> + From<Uuid>;
    /// The table it lives in.
    const TABLE: Table;

    /// The row's id.
    fn id(&self) -> Self::Id;
    /// Who may see it.
    fn scope(&self) -> Scope;
    /// What a replica must have fetched to hold it.
    fn cover(&self) -> Cover;
    /// The hand-ordered list it is in, and where.
    fn place(&self) -> Option<(List, &Rank)> {
        None
    }
    /// Rows that must be known to judge this one: its project, its parent.
    fn refs(&self, _refs: &mut Vec<Key>) {}

    /// The key of the row with that id.
    fn key_of(id: Self::Id) -> Key {
        Key {
            table: Self::TABLE,
            id: id.into(),
        }
    }
    /// Takes the row out of its envelope, if it is one of these.
    fn from_any(any: &AnyRow) -> Option<&Arc<Self>>;
    /// Puts the row into its envelope.
    fn into_any(self: Arc<Self>) -> AnyRow;
}

/// Field by field comparison and update.
pub trait RowFields {
    /// The names of the fields, in order.
    const FIELDS: &'static str;

    /// The fields that differ from an earlier version, with their values now.
    fn diff(&self, before: &Self) -> Patch;
    /// Takes over the fields of a patch; fields that this version does not know are passed over.
    fn merge(&mut self, patch: &Patch) -> Result<(), serde_json::Error>;
}

/// Declares a synced row: the struct, its serialisation, and [`RowFields`].
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl $crate::sync::RowFields for $name {
            const FIELDS: &'static str = concat!($(stringify!($field), " ",)*);

            fn diff(&self, before: &Self) -> $crate::sync::Patch {
                let mut patch = $crate::sync::Patch::new();
                $(if self.$field != before.$field {
                    // Fields are ids, texts, numbers and lists of them: none of these can fail to serialise.
                    let value = serde_json::to_value(&self.$field).expect("a field is plain data");
                    patch.insert(stringify!($field).to_owned(), value);
                })*
                patch
            }

            fn merge(&mut self, patch: &$crate::sync::Patch) -> Result<(), serde_json::Error> {
                for (name, value) in patch {
                    match name.as_str() {
                        $(stringify!($field) => self.$field = serde::Deserialize::deserialize(value)?,)*
                        _ => {}
                    }
                }
                Ok(())
            }
        }
    };
}

/// Names a row across all tables. Ordered by table first, so that a table is a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The row's id.
    pub id: Uuid,
}

macro_rules! tables {
    ($($table:ident = $name:literal $row:path,)*) => {
        /// Every synced table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $(#[doc = concat!("`", $name, "`")] $table),* }

        impl Table {
            /// Every table.
            pub const ALL: &'static [Table] = &[$(Table::$table),*];

            /// The table's name in the database and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Table::$table => $name),* }
            }

            /// What the rows of all tables consist of, as a hash that goes on from another.
            pub(super) const fn shape(mut hash: u64) -> u64 {
                $(
                    hash = hashed(hash, $name.as_bytes());
                    hash = hashed(hash, <$row as RowFields>::FIELDS.as_bytes());
                )*
                hash
            }

            /// The names of its rows' fields.
            #[cfg(test)]
            pub(super) const fn fields(self) -> &'static str {
                match self { $(Table::$table => <$row as RowFields>::FIELDS),* }
            }

            /// The table of that name.
            pub fn parse(name: &str) -> Option<Table> {
                match name { $($name => Some(Table::$table),)* _ => None }
            }
        }

        /// A row of any table, shared.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyRow { $(#[doc = concat!("`", $name, "`")] $table(Arc<$row>)),* }

        impl AnyRow {
            /// The row's key.
            pub fn key(&self) -> Key {
                match self { $(AnyRow::$table(row) => <$row>::key_of(row.id())),* }
            }
            /// See [`Row::scope`].
            pub fn scope(&self) -> Scope {
                match self { $(AnyRow::$table(row) => row.scope()),* }
            }
            /// See [`Row::cover`].
            pub fn cover(&self) -> Cover {
                match self { $(AnyRow::$table(row) => row.cover()),* }
            }
            /// See [`Row::place`].
            pub fn place(&self) -> Option<(List, &Rank)> {
                match self { $(AnyRow::$table(row) => row.place()),* }
            }
            /// See [`Row::refs`].
            pub fn refs(&self, refs: &mut Vec<Key>) {
                match self { $(AnyRow::$table(row) => row.refs(refs)),* }
            }
            /// The row as JSON text.
            pub fn to_json(&self) -> String {
                match self { $(AnyRow::$table(row) => serde_json::to_string(&**row)),* }
                    .expect("a row is plain data")
            }
            /// Reads a row of a table.
            pub fn from_json(table: Table, json: &str) -> Result<AnyRow, serde_json::Error> {
                Ok(match table { $(Table::$table => AnyRow::$table(Arc::new(serde_json::from_str::<$row>(json)?))),* })
            }
            /// The fields in which it differs from an earlier version of itself; everything, if that is another table's row.
            pub fn diff(&self, before: &AnyRow) -> Patch {
                match (self, before) {
                    $((AnyRow::$table(now), AnyRow::$table(before)) => now.diff(before),)*
                    _ => Patch::new(),
                }
            }
            /// The row with a patch taken over.
            pub fn merged(&self, patch: &Patch) -> Result<AnyRow, serde_json::Error> {
                Ok(match self { $(AnyRow::$table(row) => {
                    let mut row = (**row).clone();
                    row.merge(patch)?;
                    AnyRow::$table(Arc::new(row))
                })* })
            }
        }
    };
}

/// The part of [`Row`] that only names its table: one line in a domain.
#[macro_export]
macro_rules! in_table {
    ($table:ident) => {
        const TABLE: $crate::sync::Table = $crate::sync::Table::$table;
        fn from_any(any: &$crate::sync::AnyRow) -> Option<&std::sync::Arc<Self>> {
            match any {
                $crate::sync::AnyRow::$table(row) => Some(row),
                _ => None,
            }
        }
        fn into_any(self: std::sync::Arc<Self>) -> $crate::sync::AnyRow {
            $crate::sync::AnyRow::$table(self)
        }
    };
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Table::parse(&name).ok_or_else(|| serde::de::Error::custom(format_args!("no table {name}")))
    }
}

tables! {
    Workspaces = "workspaces" crate::workspaces::Workspace,
    Members = "members" crate::members::Member,
    Projects = "projects" crate::projects::Project,
    Statuses = "statuses" crate::statuses::Status,
    Labels = "labels" crate::labels::Label,
    Tasks = "tasks" crate::tasks::Task,
    Descriptions = "descriptions" crate::tasks::Description,
    ChecklistItems = "checklist_items" crate::checklist_items::ChecklistItem,
    Comments = "comments" crate::comments::Comment,
    Attachments = "attachments" crate::attachments::Attachment,
    Imports = "imports" crate::imports::Import,
    Teams = "teams" crate::teams::Team,
}
