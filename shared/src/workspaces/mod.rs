//! The workspace: the tenant. One row, in its own scope.

use crate::access::{self, Action, Permission, Relation, Role};
use crate::codes::{Code, Rejected};
use crate::ids::{UserId, WorkspaceId};
use crate::members::Member;
use crate::sync::{Command, Cover, Need, Row, Scope, Tx};
use crate::values::{Color, Name, Slug, Time, is_default};
use serde::{Deserialize, Serialize};

crate::row! {
    /// A tenant.
    Workspace {
        id: WorkspaceId,
        name: Name,
        slug: Slug,
        created_at: Time,
        /// What it is run under: a word that is shown. Nothing depends on it, and nothing is metered.
        #[serde(default, skip_serializing_if = "is_default")]
        plan: Option<Name>,
        /// When it was deleted: since then nobody gets in, and from [`GRACE_MS`] later on it cannot be restored.
        #[serde(default, skip_serializing_if = "is_default")]
        deleted_at: Option<Time>,
        /// Whether nobody gets in without a second step of signing in. Programs have none and need none.
        #[serde(default, skip_serializing_if = "is_default")]
        two_step_required: bool,
    }
}

/// How long a deleted workspace can be restored, in milliseconds: 30 days.
pub const GRACE_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

impl Workspace {
    /// Until when it can be restored, if it is deleted.
    pub fn restorable_until(&self) -> Option<Time> {
        self.deleted_at.map(|at| Time(at.0 + GRACE_MS))
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
    /// Gives it another address. The one it had leads to it for good.
    Readdress {
        /// The workspace.
        id: WorkspaceId,
        /// The new address.
        slug: Slug,
    },
    /// Asks everybody for a second step of signing in, or nobody any more. The server lets nobody ask for what they have not.
    RequireTwoStep {
        /// The workspace.
        id: WorkspaceId,
        /// Whether it is asked for.
        required: bool,
    },
    /// Says what the server's operator calls its plan. Nothing follows from it: every part of TeamFlow is in every plan.
    SetPlan {
        /// The workspace.
        id: WorkspaceId,
        /// The plan's name, or none.
        plan: Option<Name>,
    },
    /// Shuts everybody out; it can be restored for a while, then it is gone for good.
    Delete {
        /// The workspace.
        id: WorkspaceId,
        /// Its name, as whoever deletes it has typed it.
        name: Name,
    },
    /// Opens it again, with everything in it.
    Restore {
        /// The workspace.
        id: WorkspaceId,
    },
}

impl Mutation {
    fn id(&self) -> WorkspaceId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Rename { id, .. }
            | Mutation::Readdress { id, .. }
            | Mutation::RequireTwoStep { id, .. }
            | Mutation::SetPlan { id, .. }
            | Mutation::Delete { id, .. }
            | Mutation::Restore { id } => *id,
        }
    }
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "workspaces.create",
            Mutation::Rename { .. } => "workspaces.rename",
            Mutation::Readdress { .. } => "workspaces.readdress",
            Mutation::RequireTwoStep { .. } => "workspaces.require_two_step",
            Mutation::SetPlan { .. } => "workspaces.set_plan",
            Mutation::Delete { .. } => "workspaces.delete",
            Mutation::Restore { .. } => "workspaces.restore",
        }
    }

    fn permission(&self) -> Permission {
        match self {
            Mutation::Create { .. } => Permission::Account,
            Mutation::Rename { .. } | Mutation::Readdress { .. } => {
                Permission::Action(Action::EditWorkspace)
            }
            Mutation::RequireTwoStep { .. } => Permission::Action(Action::SecureWorkspace),
            Mutation::SetPlan { .. } => Permission::Server,
            Mutation::Delete { .. } | Mutation::Restore { .. } => {
                Permission::Action(Action::DeleteWorkspace)
            }
        }
    }

    fn is_servers_own(&self) -> bool {
        matches!(self, Mutation::SetPlan { .. })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::row::<Workspace>(self.id())]
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
                require_free_word(slug)?;
                let (owner, now): (UserId, Time) = (tx.context().actor, tx.now());
                tx.put(Workspace {
                    id: *id,
                    name: name.clone(),
                    slug: slug.clone(),
                    created_at: now,
                    plan: None,
                    deleted_at: None,
                    two_step_required: false,
                })?;
                tx.put(Member {
                    id: owner,
                    name: owner_name.clone(),
                    handle: None,
                    color: Color::of(owner.uuid().as_bytes()),
                    avatar: None,
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
            Mutation::Readdress { id, slug } => {
                tx.require(Action::EditWorkspace)?;
                let workspace = tx.get::<Workspace>(*id)?;
                if workspace.slug != *slug {
                    require_free_word(slug)?;
                }
                tx.put(Workspace {
                    slug: slug.clone(),
                    ..(*workspace).clone()
                })
            }
            Mutation::RequireTwoStep { id, required } => {
                tx.require(Action::SecureWorkspace)?;
                let workspace = tx.get::<Workspace>(*id)?;
                tx.put(Workspace {
                    two_step_required: *required,
                    ..(*workspace).clone()
                })
            }
            Mutation::SetPlan { id, plan } => {
                let workspace = tx.peek::<Workspace>(*id).ok_or(Code::NotFound)?;
                tx.put(Workspace {
                    plan: plan.clone(),
                    ..(*workspace).clone()
                })
            }
            Mutation::Delete { id, name } => {
                tx.require(Action::DeleteWorkspace)?;
                let workspace = tx.get::<Workspace>(*id)?;
                if workspace.name != *name {
                    let text = format!("Type the workspace's name as it is: {}.", workspace.name);
                    return Err(Rejected::field("name", text));
                }
                let deleted_at = Some(tx.now());
                tx.put(Workspace {
                    deleted_at,
                    ..(*workspace).clone()
                })
            }
            Mutation::Restore { id } => restore(tx, *id),
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let Some(workspace) = before.peek::<Workspace>(self.id()) else {
            return Vec::new();
        };
        let id = workspace.id;
        let name = workspace.name.clone();
        let back = match self {
            // A founded workspace is deleted by its owner in the settings, not undone; the plan was no member's doing.
            Mutation::Create { .. } | Mutation::SetPlan { .. } => None,
            Mutation::Rename { .. } => Some(Mutation::Rename { id, name }),
            Mutation::Readdress { .. } => Some(Mutation::Readdress {
                id,
                slug: workspace.slug.clone(),
            }),
            Mutation::RequireTwoStep { .. } => Some(Mutation::RequireTwoStep {
                id,
                required: workspace.two_step_required,
            }),
            Mutation::Delete { .. } => Some(Mutation::Restore { id }),
            Mutation::Restore { .. } => workspace
                .deleted_at
                .is_some()
                .then_some(Mutation::Delete { id, name }),
        };
        back.map(Command::from).into_iter().collect()
    }
}

/// The one command that somebody carries out in a workspace that is deleted, where nobody is anything else.
fn restore(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<(), Rejected> {
    let member = tx.peek::<Member>(tx.context().actor);
    let member = member.filter(|it| it.active).ok_or(Code::NotFound)?;
    if !access::can(member.role, Action::DeleteWorkspace, Relation::default()) {
        return Err(Code::NotAllowed.into());
    }
    tx.require_unlimited(Action::DeleteWorkspace)?;
    let workspace = tx.peek::<Workspace>(id).ok_or(Code::NotFound)?;
    if workspace
        .restorable_until()
        .is_some_and(|until| tx.now() > until)
    {
        let text = "It was deleted too long ago to be restored.";
        return Err(Rejected::new(Code::NotFound, text));
    }
    tx.put(Workspace {
        deleted_at: None,
        ..(*workspace).clone()
    })
}

/// Refuses an address that means something else, or may one day.
fn require_free_word(slug: &Slug) -> Result<(), Rejected> {
    if slug.is_reserved() {
        let text = format!("The address {slug} is kept for the server itself. Choose another.");
        return Err(Rejected::field("slug", text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::world::{World, name, user};

    #[test]
    fn a_deleted_workspace_does_nothing_but_come_back() {
        let mut world = World::new();
        let (id, owner) = (world.workspace, user(Role::Owner));
        let delete = |typed| Mutation::Delete {
            id,
            name: name(typed),
        };
        let mistyped = world.run(owner, delete("north light")).unwrap_err();
        assert_eq!(mistyped.field.as_deref(), Some("name"));
        world.run(owner, delete("North light")).unwrap();
        for role in Role::ALL {
            let rename = Mutation::Rename {
                id,
                name: name("x"),
            };
            let refused = world.run(user(role), rename).unwrap_err();
            assert_eq!(refused.code, Code::NotFound, "{role:?}");
        }
        let by_admin = world.run(user(Role::Admin), Mutation::Restore { id });
        assert_eq!(by_admin.unwrap_err().code, Code::NotAllowed);
        let deleted = world.get::<Workspace>(id);
        world.run(owner, Mutation::Restore { id }).unwrap();
        assert_eq!(world.get::<Workspace>(id).deleted_at, None);
        let long_ago = Time(1_000 - GRACE_MS);
        let deleted = Workspace {
            deleted_at: Some(long_ago),
            ..deleted
        };
        world.tables.put(1, std::sync::Arc::new(deleted).into_any());
        let too_late = world.run(owner, Mutation::Restore { id }).unwrap_err();
        assert_eq!(too_late.code, Code::NotFound);
    }

    #[test]
    fn the_servers_operator_names_the_plan() {
        let mut world = World::new();
        let (id, owner) = (world.workspace, user(Role::Owner));
        let plan = |plan: Option<&str>| Mutation::SetPlan {
            id,
            plan: plan.map(name),
        };
        assert!(crate::sync::Mutation::is_servers_own(&plan(None)));
        world.run(owner, plan(Some("Team"))).unwrap();
        assert_eq!(world.get::<Workspace>(id).plan, Some(name("Team")));
        world.run(owner, plan(None)).unwrap();
        assert_eq!(world.get::<Workspace>(id).plan, None);
    }

    #[test]
    fn an_address_of_the_servers_own_is_not_given_away() {
        let mut world = World::new();
        let (id, owner) = (world.workspace, user(Role::Owner));
        let readdress = |slug| Mutation::Readdress {
            id,
            slug: Slug::parse(slug).unwrap(),
        };
        let refused = world.run(owner, readdress("api")).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("slug"));
        world.run(owner, readdress("southern-light")).unwrap();
        assert_eq!(world.get::<Workspace>(id).slug.as_str(), "southern-light");
    }
}
