//! Imports: a board from another tool, taken over as one batch that one step undoes.
//!
//! An importer parses a file into a [`Plan`]; the plan becomes one [`Mutation::Start`] and as many [`Mutation::Add`]s as
//! the limit on changed rows asks for, committed together or not at all.

mod json;
mod mutation;
mod plan;
mod report;
mod text;
pub mod trello;

pub use json::BYTES_MAX;

pub use mutation::{
    ImportedAttachment, ImportedComment, ImportedItem, ImportedLabel, ImportedPerson, ImportedTask,
    Mutation,
};
pub use plan::{Ids, Plan, Target};
pub use report::{Mapping, Note, Preview, Report, Unmapped};

use crate::ids::{ImportId, ProjectId, UserId};
use crate::projects;
use crate::sync::{Cover, Key, Row, Scope};
use crate::values::{Name, Time, is_default};
use serde::{Deserialize, Serialize};

/// The tool that a file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Trello,
    /// No tool: the example that a demo workspace begins with.
    Demo,
}

impl Source {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Trello => "trello",
            Source::Demo => "demo",
        }
    }

    /// The source of that name.
    pub fn parse(name: &str) -> Option<Source> {
        [Source::Trello, Source::Demo]
            .into_iter()
            .find(|source| source.as_str() == name)
    }
}

crate::row! {
    /// One run of an importer, kept so that it can be undone.
    Import {
        id: ImportId,
        project: ProjectId,
        source: Source,
        name: Name,
        /// Members that stand for people of the other tool and came with this import.
        #[serde(default, skip_serializing_if = "is_default")]
        placeholders: Vec<UserId>,
        task_count: u32,
        created_by: UserId,
        created_at: Time,
        #[serde(default, skip_serializing_if = "is_default")]
        undone_at: Option<Time>,
    }
}

impl Row for Import {
    type Id = ImportId;
    crate::in_table!(Imports);
    fn id(&self) -> ImportId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(projects::key(self.project));
    }
}
