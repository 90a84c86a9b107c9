//! The workspace: the tenant. One row, in its own scope.

use crate::access::{Action, Permission, Role};
use crate::codes::{Code, Rejected};
use crate::ids::{UserId, WorkspaceId};
use crate::members::Member;
use crate::sync::{Command, Cover, Need, Row, Scope, Tx};
use crate::values::{Color, Name, Slug, Time};
use serde::{Deserialize, Serialize};

crate::row! {
    /// A tenant.
    Workspace {
        id: WorkspaceId,
        name: Name,
        slug: Slug,
        created_at: Time,
    }
}

impl Row for Workspace {
    type Id = WorkspaceId;
    crate::in_table!(Workspaces);
    fn id(&self) -> WorkspaceId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Workspace
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
}

/// What can happen to a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Founds it, with its first owner. Only the first command of a workspace's log.
    Create {
        /// The workspace.
        id: WorkspaceId,
        /// Its name.
        name: Name,
        /// Its address.
        slug: Slug,
        /// The name of the person who founds it.
        owner_name: Name,
    },
    /// Gives it another name.
    Rename {
        /// The workspace.
        id: WorkspaceId,
        /// The new name.
        name: Name,
    },
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "workspaces.create",
            Mutation::Rename { .. } => "workspaces.rename",
        }
    }

    fn permission(&self) -> Permission {
        match self {
            Mutation::Create { .. } => Permission::Account,
            Mutation::Rename { .. } => Permission::Action(Action::EditWorkspace),
        }
    }

    fn needs(&self) -> Vec<Need> {
        match self {
            Mutation::Create { id, .. } | Mutation::Rename { id, .. } => {
                vec![Need::row::<Workspace>(*id)]
            }
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                name,
                slug,
                owner_name,
            } => {
                if !tx.all::<Workspace>().is_empty() {
                    return Err(Code::AlreadyExists.into());
                }
                let (owner, now): (UserId, Time) = (tx.context().actor, tx.now());
                tx.put(Workspace {
                    id: *id,
                    name: name.clone(),
                    slug: slug.clone(),
                    created_at: now,
                })?;
                tx.put(Member {
                    id: owner,
                    name: owner_name.clone(),
                    handle: None,
                    color: Color::of(owner.uuid().as_bytes()),
                    role: Role::Owner,
                    active: true,
                    placeholder: false,
                    bot: false,
                    joined_at: now,
                })
            }
            Mutation::Rename { id, name } => {
                tx.require(Action::EditWorkspace)?;
                let workspace = tx.get::<Workspace>(*id)?;
                tx.put(Workspace {
                    name: name.clone(),
                    ..(*workspace).clone()
                })
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        match self {
            // A founded workspace is deleted by its owner in the settings, not undone.
            Mutation::Create { .. } => Vec::new(),
            Mutation::Rename { id, .. } => before
                .peek::<Workspace>(*id)
                .map(|w| {
                    Mutation::Rename {
                        id: *id,
                        name: w.name.clone(),
                    }
                    .into()
                })
                .into_iter()
                .collect(),
        }
    }
}
