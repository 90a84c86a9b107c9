//! Who may do what: one table, asked by the pages to hide and by the server to enforce.
//!
//! A permission is `resource:action`; how far a role holds it is a [`Reach`]. Private projects are invisible, not
//! forbidden: see [`sees`].

use crate::ids::UserId;
use crate::members::Member;
use crate::projects::{Project, Visibility};
use serde::{Deserialize, Serialize};

/// What a member is in a workspace, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Owner,
    Admin,
    Manager,
    Member,
    Guest,
    Viewer,
}

impl Role {
    /// Every role, in the order of the matrix's columns.
    pub const ALL: [Role; 6] = [
        Role::Owner,
        Role::Admin,
        Role::Manager,
        Role::Member,
        Role::Guest,
        Role::Viewer,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Manager => "manager",
            Role::Member => "member",
            Role::Guest => "guest",
            Role::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// How far a role holds a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    No,
    /// On what they created, in projects that they are in.
    Own,
    /// On what they created or are assigned to, in projects that they are in.
    Assigned,
    /// In projects that they are in.
    Project,
    /// Everywhere in the workspace.
    All,
}

macro_rules! actions {
    ($($name:ident = $text:literal [$owner:ident $admin:ident $manager:ident $member:ident $guest:ident $viewer:ident])*) => {
        /// Something that needs a permission.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $text] $name),* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// The permission's name, `resource:action`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Action::$name => $text),* }
            }

            /// How far a role holds it.
            pub const fn reach(self, role: Role) -> Reach {
                match self { $(Action::$name => match role {
                    Role::Owner => Reach::$owner,
                    Role::Admin => Reach::$admin,
                    Role::Manager => Reach::$manager,
                    Role::Member => Reach::$member,
                    Role::Guest => Reach::$guest,
                    Role::Viewer => Reach::$viewer,
                }),* }
            }
        }
    };
}

actions! {
    //                                           owner admin manager member guest viewer
    EditWorkspace = "workspace:edit"            [All All No No No No]
    DeleteWorkspace = "workspace:delete"        [All No No No No No]
    SecureWorkspace = "workspace:secure"        [All No No No No No]
    ReadWorkspace = "workspace:read"            [All All All All All All]
    ReadAudit = "audit:read"                    [All All No No No No]
    ExportWorkspace = "workspace:export"        [All All No No No No]
    InviteMembers = "members:invite"            [All All All No No No]
    EditMembers = "members:edit"                [All All No No No No]
    RenameMembers = "members:rename"            [All All Own Own Own Own]
    LeaveWorkspace = "members:leave"            [Own Own Own Own Own Own]
    TransferOwnership = "members:own"           [All No No No No No]
    ReadProjects = "projects:read"              [All All Project Project Project Project]
    CreateProjects = "projects:create"          [All All All Project No No]
    EditProjects = "projects:edit"              [All All Project No No No]
    RemoveFromProjects = "projects:remove" [All All Project Own Own Own]
    DeleteProjects = "projects:delete"          [All All Project No No No]
    EditStatuses = "statuses:edit"              [All All Project No No No]
    EditLabels = "labels:edit"                  [All All Project Project No No]
    CreateTasks = "tasks:create"                [All All Project Project No No]
    EditTasks = "tasks:edit"                    [All All Project Project No No]
    DeleteTasks = "tasks:delete"                [All All Project Own No No]
    CreateComments = "comments:create"          [All All Project Project Project No]
    EditComments = "comments:edit"              [Own Own Own Own Own No]
    DeleteComments = "comments:delete"          [All All Project Own Own No]
    RunImports = "imports:run"                  [All All All No No No]
    ContinueImports = "imports:continue"        [Own Own Own No No No]
    EditTeams = "teams:edit"                    [All All All No No No]
}

/// What a door asks of whoever comes to it: a route, a server function, a command. Each declares one, and tests hold it
/// to its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Nothing: everybody may come, signed in or not.
    Public,
    /// An account, by which they reach what is their own.
    Account,
    /// Looking after the whole server, as the first account does.
    Server,
    /// An action of the matrix, in the workspace that the thing is in.
    Action(Action),
}

impl Permission {
    /// Its name: `public`, `account`, `server`, or the action's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Permission::Public => "public",
            Permission::Account => "account",
            Permission::Server => "server",
            Permission::Action(action) => action.as_str(),
        }
    }
}

/// How an actor stands to the thing that an action is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The actor created it.
    pub own: bool,
    /// The actor is an assignee of it.
    pub assigned: bool,
    /// The actor is in its project.
    pub in_project: bool,
}

/// Whether a role may do an action on something it stands in that relation to.
pub const fn can(role: Role, action: Action, relation: Relation) -> bool {
    match action.reach(role) {
        Reach::No => false,
        Reach::Own => relation.own && relation.in_project,
        Reach::Assigned => (relation.own || relation.assigned) && relation.in_project,
        Reach::Project => relation.in_project,
        Reach::All => true,
    }
}

/// Whether a member is in a project: named in it, or the project is open to the workspace and they are no guest.
pub fn in_project(role: Role, user: UserId, visibility: Visibility, members: &[UserId]) -> bool {
    members.contains(&user) || (visibility == Visibility::Workspace && role != Role::Guest)
}

/// Whether a member sees a project at all. Who does not gets the same answer as for a project that does not exist.
pub fn sees(role: Role, user: UserId, visibility: Visibility, members: &[UserId]) -> bool {
    matches!(role, Role::Owner | Role::Admin) || in_project(role, user, visibility, members)
}

/// [`can`] for rows at hand: the form that pages use to show or hide.
pub fn may(member: &Member, action: Action, project: &Project) -> bool {
    let in_project = in_project(member.role, member.id, project.visibility, &project.members);
    member.active
        && can(
            member.role,
            action,
            Relation {
                in_project,
                ..Relation::default()
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_matrix_never_gives_a_lesser_role_more() {
        let strength = |reach| match reach {
            Reach::No => 0,
            Reach::Own => 1,
            Reach::Assigned => 2,
            Reach::Project => 3,
            Reach::All => 4,
        };
        for action in Action::ALL {
            for pair in [Role::Owner, Role::Admin, Role::Manager, Role::Member].windows(2) {
                assert!(
                    strength(action.reach(pair[0])) >= strength(action.reach(pair[1])),
                    "{} {pair:?}",
                    action.as_str()
                );
            }
        }
    }

    #[test]
    fn a_viewer_only_reads_and_looks_after_themselves() {
        let relation = Relation {
            own: true,
            assigned: true,
            in_project: true,
        };
        let allowed: Vec<_> = Action::ALL
            .iter()
            .filter(|action| can(Role::Viewer, **action, relation))
            .map(|action| action.as_str())
            .collect();
        let alone = Relation {
            own: false,
            ..relation
        };
        let of_others: Vec<_> = Action::ALL
            .iter()
            .filter(|action| can(Role::Viewer, **action, alone))
            .map(|action| action.as_str())
            .collect();
        assert_eq!(of_others, ["workspace:read", "projects:read"]);
        let of_their_own = [
            "workspace:read",
            "members:rename",
            "members:leave",
            "projects:read",
            "projects:remove",
        ];
        assert_eq!(allowed, of_their_own);
    }

    #[test]
    fn a_private_project_is_seen_by_its_members_and_admins_alone() {
        let (inside, outside) = (
            UserId::from_uuid(Uuid::from_u128(1)),
            UserId::from_uuid(Uuid::from_u128(2)),
        );
        for role in Role::ALL {
            assert!(sees(role, inside, Visibility::Private, &[inside]));
            assert_eq!(
                sees(role, outside, Visibility::Private, &[inside]),
                matches!(role, Role::Owner | Role::Admin)
            );
            assert_eq!(
                sees(role, outside, Visibility::Workspace, &[]),
                role != Role::Guest
            );
        }
    }
}
