//! Teams: people who work together, under a name. A team is given to a project as its people; what somebody may do is their
//! role's alone.

use crate::access::{Action, Permission};
use crate::codes::Rejected;
use crate::ids::{TeamId, UserId};
use crate::members::Member;
use crate::projects::insert_sorted;
use crate::sync::{Command, Cover, Need, Row, Scope, Tx};
use crate::values::{Name, Time, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many people a team can have.
pub const MEMBERS_MAX: usize = 200;

crate::row! {
    /// A team of the workspace, which everybody in it sees.
    Team {
        id: TeamId,
        name: Name,
        /// One of its members.
        #[serde(default, skip_serializing_if = "is_default")]
        lead: Option<UserId>,
        /// Sorted, without repetition.
        #[serde(default, skip_serializing_if = "is_default")]
        members: Vec<UserId>,
        created_at: Time,
    }
}

impl Row for Team {
    type Id = TeamId;
    crate::in_table!(Teams);
    fn id(&self) -> TeamId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Workspace
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
}

/// What can happen to a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a team with nobody in it.
    Create {
        /// The team.
        id: TeamId,
        /// Its name.
        name: Name,
    },
    /// Gives it another name.
    Rename {
        /// The team.
        id: TeamId,
        /// The name.
        name: Name,
    },
    /// Takes somebody in.
    AddMember {
        /// The team.
        id: TeamId,
        /// Whom.
        user: UserId,
    },
    /// Lets somebody go; they lead it no more.
    RemoveMember {
        /// The team.
        id: TeamId,
        /// Whom.
        user: UserId,
    },
    /// Says who leads it; whoever does is in it.
    SetLead {
        /// The team.
        id: TeamId,
        /// Who; nobody.
        lead: Option<UserId>,
    },
    /// Deletes it. Projects keep the people that it gave them.
    Delete {
        /// The team.
        id: TeamId,
    },
}

impl Mutation {
    fn id(&self) -> TeamId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Rename { id, .. }
            | Mutation::AddMember { id, .. }
            | Mutation::RemoveMember { id, .. }
            | Mutation::SetLead { id, .. }
            | Mutation::Delete { id } => *id,
        }
    }
}

fn editable(tx: &Tx<'_>, id: TeamId) -> Result<Arc<Team>, Rejected> {
    tx.require(Action::EditTeams)?;
    tx.get::<Team>(id)
}

/// The team with somebody in it who is in the workspace.
fn joined(tx: &Tx<'_>, team: &Team, user: UserId) -> Result<Team, Rejected> {
    tx.get::<Member>(user)?;
    let mut team = team.clone();
    insert_sorted(&mut team.members, user);
    if team.members.len() > MEMBERS_MAX {
        let text = format!("A team can have at most {MEMBERS_MAX} people. Make two of it.");
        return Err(Rejected::field("user", text));
    }
    Ok(team)
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "teams.create",
            Mutation::Rename { .. } => "teams.rename",
            Mutation::AddMember { .. } => "teams.add_member",
            Mutation::RemoveMember { .. } => "teams.remove_member",
            Mutation::SetLead { .. } => "teams.set_lead",
            Mutation::Delete { .. } => "teams.delete",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(Action::EditTeams)
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Team>(self.id())];
        match self {
            Mutation::AddMember { user, .. }
            | Mutation::SetLead {
                lead: Some(user), ..
            } => needs.push(Need::row::<Member>(*user)),
            _ => {}
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create { id, name } => {
                tx.require(Action::EditTeams)?;
                tx.require_new::<Team>(*id)?;
                let created_at = tx.now();
                tx.put(Team {
                    id: *id,
                    name: name.clone(),
                    lead: None,
                    members: Vec::new(),
                    created_at,
                })
            }
            Mutation::Rename { id, name } => {
                let team = editable(tx, *id)?;
                tx.put(Team {
                    name: name.clone(),
                    ..(*team).clone()
                })
            }
            Mutation::AddMember { id, user } => {
                let team = editable(tx, *id)?;
                let team = joined(tx, &team, *user)?;
                tx.put(team)
            }
            Mutation::RemoveMember { id, user } => {
                let mut team = (*editable(tx, *id)?).clone();
                team.members.retain(|member| member != user);
                team.lead = team.lead.filter(|lead| lead != user);
                tx.put(team)
            }
            Mutation::SetLead { id, lead } => {
                let team = editable(tx, *id)?;
                let team = match lead {
                    Some(user) => joined(tx, &team, *user)?,
                    None => (*team).clone(),
                };
                tx.put(Team {
                    lead: *lead,
                    ..team
                })
            }
            Mutation::Delete { id } => {
                editable(tx, *id)?;
                tx.delete::<Team>(*id)
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let Some(team) = before.peek::<Team>(id) else {
            let created = matches!(self, Mutation::Create { .. });
            return created
                .then(|| Mutation::Delete { id }.into())
                .into_iter()
                .collect();
        };
        let is_in = |user: &UserId| team.members.contains(user);
        let lead = Mutation::SetLead {
            id,
            lead: team.lead,
        };
        let back = match self {
            Mutation::Rename { .. } => vec![Mutation::Rename {
                id,
                name: team.name.clone(),
            }],
            Mutation::AddMember { user, .. } if !is_in(user) => {
                vec![Mutation::RemoveMember { id, user: *user }]
            }
            Mutation::RemoveMember { user, .. } if is_in(user) => {
                vec![Mutation::AddMember { id, user: *user }, lead]
            }
            Mutation::Create { .. }
            | Mutation::AddMember { .. }
            | Mutation::RemoveMember { .. } => Vec::new(),
            Mutation::SetLead {
                lead: Some(user), ..
            } if !is_in(user) => vec![Mutation::RemoveMember { id, user: *user }, lead],
            Mutation::SetLead { .. } => vec![lead],
            Mutation::Delete { .. } => restored(&team),
        };
        back.into_iter().map(Command::from).collect()
    }
}

/// The commands that lead to a team as it is.
fn restored(team: &Team) -> Vec<Mutation> {
    let id = team.id;
    let create = Mutation::Create {
        id,
        name: team.name.clone(),
    };
    let members = team.members.iter();
    let members = members.map(|user| Mutation::AddMember { id, user: *user });
    let lead = team.lead.map(|lead| Mutation::SetLead {
        id,
        lead: Some(lead),
    });
    std::iter::once(create).chain(members).chain(lead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::codes::Code;
    use crate::projects::{self, Project, ProjectPatch, Visibility};
    use crate::sync::Context;
    use crate::sync::world::{World, name, user};
    use crate::values::Time;

    fn create(world: &mut World, actor: Role) -> Result<TeamId, Rejected> {
        let id = world.id();
        let create = Mutation::Create {
            id,
            name: name("Platform"),
        };
        world.run(user(actor), create).map(|_| id)
    }

    #[test]
    fn whoever_leads_a_team_is_in_it() {
        let mut world = World::new();
        let manager = user(Role::Manager);
        let id = create(&mut world, Role::Manager).unwrap();
        let (member, viewer) = (user(Role::Member), user(Role::Viewer));
        let set = |lead| Mutation::SetLead { id, lead };
        world.run(manager, set(Some(member))).unwrap();
        let add = Mutation::AddMember { id, user: viewer };
        world.run(manager, add).unwrap();
        let team = world.get::<Team>(id);
        assert_eq!(team.lead, Some(member));
        assert_eq!(team.members, [member, viewer]);
        let let_go = Mutation::RemoveMember { id, user: member };
        world.run(manager, let_go).unwrap();
        let team = world.get::<Team>(id);
        assert_eq!((team.lead, team.members), (None, vec![viewer]));
        let stranger = world.id();
        let unknown = world.run(manager, set(Some(stranger))).unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
    }

    #[test]
    fn a_team_that_was_deleted_comes_back_whole() {
        let mut world = World::new();
        let manager = user(Role::Manager);
        let id = create(&mut world, Role::Manager).unwrap();
        for role in [Role::Member, Role::Guest] {
            let add = Mutation::AddMember {
                id,
                user: user(role),
            };
            world.run(manager, add).unwrap();
        }
        let lead = Some(user(Role::Member));
        world.run(manager, Mutation::SetLead { id, lead }).unwrap();
        let before = world.get::<Team>(id);
        let context = Context {
            actor: manager,
            now: Time(1),
            cid: world.id(),
        };
        for command in [
            Mutation::Delete { id },
            Mutation::RemoveMember {
                id,
                user: user(Role::Member),
            },
            Mutation::SetLead {
                id,
                lead: Some(user(Role::Viewer)),
            },
        ] {
            let command = Command::from(command);
            let inverse = command.inverse(&world.tables, context);
            world.run(manager, command).unwrap();
            for command in inverse {
                world.run(manager, command).unwrap();
            }
            let created_at = before.created_at;
            let after = world.get::<Team>(id);
            assert_eq!(
                Team {
                    created_at,
                    ..after
                },
                before
            );
        }
    }

    #[test]
    fn a_team_given_to_a_project_brings_its_people() {
        let mut world = World::new();
        let (owner, guest) = (user(Role::Owner), user(Role::Guest));
        let id = create(&mut world, Role::Owner).unwrap();
        world
            .run(owner, Mutation::AddMember { id, user: guest })
            .unwrap();
        let private = projects::Mutation::Edit {
            id: world.project,
            patch: ProjectPatch {
                visibility: Some(Visibility::Private),
                ..ProjectPatch::default()
            },
        };
        world.run(owner, private).unwrap();
        let give = projects::Mutation::AddTeam {
            id: world.project,
            team: id,
        };
        let context = Context {
            actor: owner,
            now: Time(1),
            cid: world.id(),
        };
        let inverse = Command::from(give.clone()).inverse(&world.tables, context);
        world.run(owner, give).unwrap();
        let project = world.get::<Project>(world.project);
        assert!(project.members.contains(&guest));
        assert_eq!(project.members.len(), 2);
        for command in inverse {
            world.run(owner, command).unwrap();
        }
        assert_eq!(world.get::<Project>(world.project).members, [owner]);
        assert!(world.tables.find(Team::key_of(id)).is_some());
    }

    #[test]
    fn a_member_looks_on() {
        let refused = create(&mut World::new(), Role::Member).unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed);
    }
}
