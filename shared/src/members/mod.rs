//! Members: people in a workspace, with a role. A placeholder stands for somebody who was imported and has no account yet.

mod claim;

use crate::access::{Action, Permission, Role};
use crate::codes::{Code, Rejected};
use crate::ids::UserId;
use crate::sync::{Command, Cover, IS_BROWSER, Need, Row, Scope, Tx};
use crate::values::{Color, Name, PictureHash, Time, is_default};
use crate::workspaces::Workspace;
use serde::{Deserialize, Serialize};

crate::row! {
    /// A person in the workspace, as everybody in it may see them. The e-mail address is not here: it is the account's.
    Member {
        id: UserId,
        name: Name,
        /// The name they had in the tool they were imported from.
        #[serde(default, skip_serializing_if = "is_default")]
        handle: Option<Name>,
        color: Color,
        /// The address of their picture; initials stand for who has none.
        #[serde(default, skip_serializing_if = "is_default")]
        avatar: Option<PictureHash>,
        role: Role,
        /// Whether they may do anything; work of members who left stays theirs.
        active: bool,
        #[serde(default, skip_serializing_if = "is_default")]
        placeholder: bool,
        /// Whether it is a program of this workspace, which nobody signs in as.
        #[serde(default, skip_serializing_if = "is_default")]
        bot: bool,
        joined_at: Time,
    }
}

impl Row for Member {
    type Id = UserId;
    crate::in_table!(Members);
    fn id(&self) -> UserId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Workspace
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
}

impl Member {
    /// Whether they stand for somebody who was imported and can still come.
    pub fn is_awaited(&self) -> bool {
        self.active && self.placeholder
    }

    /// Whether they are somebody with an account who may be here.
    pub fn is_present(&self) -> bool {
        self.active && !self.placeholder && !self.bot
    }
}

/// Up to two letters that stand for a name.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// What can happen to a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Takes a person in.
    Add {
        /// The account.
        id: UserId,
        /// Their name.
        name: Name,
        /// Their role.
        role: Role,
    },
    /// Takes a program in.
    AddBot {
        /// Its account.
        id: UserId,
        /// Its name.
        name: Name,
        /// Its role.
        role: Role,
    },
    /// Gives a member another name. Members rename themselves; admins rename everybody.
    Rename {
        /// The member.
        id: UserId,
        /// The new name.
        name: Name,
    },
    /// Shows a picture of them, or their initials again. Members change their own; admins everybody's.
    SetAvatar {
        /// The member.
        id: UserId,
        /// The picture's address.
        avatar: Option<PictureHash>,
    },
    /// Gives a member another role.
    SetRole {
        /// The member.
        id: UserId,
        /// The new role.
        role: Role,
    },
    /// Lets a member in or shuts them out; their work stays.
    SetActive {
        /// The member.
        id: UserId,
        /// Whether they may do anything.
        active: bool,
    },
    /// Goes away by themselves; their work stays. Never the last owner.
    Leave {
        /// Who goes.
        id: UserId,
    },
    /// Makes somebody else owner in one's own place, and oneself admin.
    HandOver {
        /// Who becomes owner.
        to: UserId,
    },
    /// Leaves nothing here of who somebody was, whose account goes; their work stays. In a deleted workspace, too.
    Erase {
        /// Whose account goes.
        id: UserId,
        /// What they are called from then on.
        name: Name,
    },
    /// Gives everything that was a placeholder's to a person; the placeholder goes.
    Claim {
        /// The placeholder.
        id: UserId,
        /// Who they are.
        user: UserId,
    },
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Add { .. } => "members.add",
            Mutation::AddBot { .. } => "members.add_bot",
            Mutation::Rename { .. } => "members.rename",
            Mutation::SetAvatar { .. } => "members.set_avatar",
            Mutation::SetRole { .. } => "members.set_role",
            Mutation::SetActive { .. } => "members.set_active",
            Mutation::Leave { .. } => "members.leave",
            Mutation::HandOver { .. } => "members.hand_over",
            Mutation::Erase { .. } => "members.erase",
            Mutation::Claim { .. } => "members.claim",
        }
    }

    fn permission(&self) -> Permission {
        let action = match self {
            Mutation::Erase { .. } => return Permission::Server,
            Mutation::Add { .. } | Mutation::Claim { .. } => Action::InviteMembers,
            Mutation::Rename { .. } | Mutation::SetAvatar { .. } => Action::RenameMembers,
            Mutation::AddBot { .. } | Mutation::SetRole { .. } | Mutation::SetActive { .. } => {
                Action::EditMembers
            }
            Mutation::Leave { .. } => Action::LeaveWorkspace,
            Mutation::HandOver { .. } => Action::TransferOwnership,
        };
        Permission::Action(action)
    }

    fn is_servers_own(&self) -> bool {
        // Whether they accepted an invitation, are a bot of this workspace, or are to be erased, no row says.
        matches!(
            self,
            Mutation::Add { .. }
                | Mutation::AddBot { .. }
                | Mutation::Erase { .. }
                | Mutation::Claim { .. }
        )
    }

    fn needs(&self) -> Vec<Need> {
        match self {
            Mutation::Claim { id, .. } => vec![Need::Members, Need::WorkOf(*id)],
            _ => vec![Need::Members],
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Add { .. }
            | Mutation::AddBot { .. }
            | Mutation::Erase { .. }
            | Mutation::Claim { .. }
                if IS_BROWSER =>
            {
                Err(Code::NotAllowed.into())
            }
            Mutation::Add { id, name, role } => {
                tx.require(Action::InviteMembers)?;
                add(tx, *id, name, *role, false)
            }
            Mutation::AddBot { id, name, role } => {
                tx.require(Action::EditMembers)?;
                require_no_crown(*role)?;
                add(tx, *id, name, *role, true)
            }
            Mutation::Rename { id, name } => {
                tx.require_own(Action::RenameMembers, tx.context().actor == *id)?;
                let member = tx.get::<Member>(*id)?;
                tx.put(Member {
                    name: name.clone(),
                    ..(*member).clone()
                })
            }
            Mutation::SetAvatar { id, avatar } => {
                tx.require_own(Action::RenameMembers, tx.context().actor == *id)?;
                let member = tx.get::<Member>(*id)?;
                tx.put(Member {
                    avatar: avatar.clone(),
                    ..(*member).clone()
                })
            }
            Mutation::SetRole { id, role } => {
                let member = editable(tx, *id)?;
                require_rank(tx, *role)?;
                tx.require_giving(*role)?;
                if member.bot {
                    require_no_crown(*role)?;
                }
                tx.put(Member {
                    role: *role,
                    ..(*member).clone()
                })?;
                require_an_owner(tx)
            }
            Mutation::SetActive { id, active } => {
                let member = editable(tx, *id)?;
                if member.bot && *active && !member.active {
                    let why = "A bot that was ended stays so: its keys are gone. Make another.";
                    return Err(Rejected::new(Code::NotAllowed, why));
                }
                if *active && !member.active {
                    tx.require_giving(member.role)?;
                }
                tx.put(Member {
                    active: *active,
                    ..(*member).clone()
                })?;
                require_an_owner(tx)
            }
            Mutation::Leave { id } => {
                tx.require_own(Action::LeaveWorkspace, tx.context().actor == *id)?;
                let member = tx.get::<Member>(*id)?;
                tx.put(Member {
                    active: false,
                    ..(*member).clone()
                })?;
                require_an_owner(tx)
            }
            Mutation::HandOver { to } => {
                tx.require(Action::TransferOwnership)?;
                tx.require_giving(Role::Owner)?;
                hand_over(tx, *to)
            }
            Mutation::Erase { id, name } => erase(tx, *id, name),
            Mutation::Claim { id, user } => claim::claim(tx, *id, *user),
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let member = |id: &UserId| before.peek::<Member>(*id);
        let back = match self {
            Mutation::Add { id, .. } | Mutation::AddBot { id, .. } => Some(Mutation::SetActive {
                id: *id,
                active: false,
            }),
            Mutation::Rename { id, .. } => member(id).map(|m| Mutation::Rename {
                id: *id,
                name: m.name.clone(),
            }),
            Mutation::SetAvatar { id, .. } => member(id).map(|m| Mutation::SetAvatar {
                id: *id,
                avatar: m.avatar.clone(),
            }),
            Mutation::SetRole { id, .. } => member(id).map(|m| Mutation::SetRole {
                id: *id,
                role: m.role,
            }),
            Mutation::SetActive { id, .. } => member(id).map(|m| Mutation::SetActive {
                id: *id,
                active: m.active,
            }),
            Mutation::Leave { id } => Some(Mutation::SetActive {
                id: *id,
                active: true,
            }),
            // Whoever has it now may give it back; who was erased is gone, and whose work it was nobody can tell any more.
            Mutation::HandOver { .. } | Mutation::Erase { .. } | Mutation::Claim { .. } => None,
        };
        back.map(Command::from).into_iter().collect()
    }
}

/// Gives the actor's ownership to somebody who can use it.
fn hand_over(tx: &mut Tx<'_>, to: UserId) -> Result<(), Rejected> {
    let (owner, heir) = (tx.actor()?, tx.get::<Member>(to)?);
    if heir.id == owner.id || !heir.is_present() {
        let text = "Choose another member who is active and has an account.";
        return Err(Rejected::field("to", text));
    }
    tx.put(Member {
        role: Role::Owner,
        ..(*heir).clone()
    })?;
    tx.put(Member {
        role: Role::Admin,
        ..(*owner).clone()
    })
}

/// Whoever looks after the server need not be in the workspace, so nobody is asked for a role here: see
/// [`is_servers_own`](crate::sync::Mutation::is_servers_own).
fn erase(tx: &mut Tx<'_>, id: UserId, name: &Name) -> Result<(), Rejected> {
    let member = tx.peek::<Member>(id).ok_or(Code::NotFound)?;
    tx.put(Member {
        name: name.clone(),
        handle: None,
        avatar: None,
        active: false,
        ..(*member).clone()
    })?;
    let is_deleted = tx
        .all::<Workspace>()
        .iter()
        .any(|it| it.deleted_at.is_some());
    // What is deleted needs nobody: it goes by itself.
    if is_deleted {
        Ok(())
    } else {
        require_an_owner(tx)
    }
}

/// Takes somebody in.
fn add(tx: &mut Tx<'_>, id: UserId, name: &Name, role: Role, bot: bool) -> Result<(), Rejected> {
    require_rank(tx, role)?;
    tx.require_giving(role)?;
    tx.require_new::<Member>(id)?;
    let joined_at = tx.now();
    tx.put(Member {
        id,
        name: name.clone(),
        handle: None,
        color: Color::of(id.uuid().as_bytes()),
        avatar: None,
        role,
        active: true,
        placeholder: false,
        bot,
        joined_at,
    })
}

/// A workspace belongs to people.
fn require_no_crown(role: Role) -> Result<(), Rejected> {
    if role == Role::Owner {
        let why = "A bot cannot own a workspace. Choose another role.";
        return Err(Rejected::new(Code::NotAllowed, why));
    }
    Ok(())
}

/// A member whom the actor may change: nobody but an owner touches an owner.
fn editable(tx: &Tx<'_>, id: UserId) -> Result<std::sync::Arc<Member>, Rejected> {
    tx.require(Action::EditMembers)?;
    let member = tx.get::<Member>(id)?;
    require_rank(tx, member.role)?;
    Ok(member)
}

/// Nobody gives or takes a role above their own.
fn require_rank(tx: &Tx<'_>, role: Role) -> Result<(), Rejected> {
    if role == Role::Owner {
        tx.require(Action::TransferOwnership)
    } else if tx.actor()?.role > role {
        Err(Code::NotAllowed.into())
    } else {
        Ok(())
    }
}

fn require_an_owner(tx: &Tx<'_>) -> Result<(), Rejected> {
    let owned = tx
        .all::<Member>()
        .iter()
        .any(|m| m.role == Role::Owner && m.active && !m.placeholder);
    if owned {
        Ok(())
    } else {
        Err(Code::LastOwner.into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Member, Mutation, initials};
    use crate::access::Role;
    use crate::codes::Code;
    use crate::sync::world::{World, name, user};
    use crate::sync::{Mutation as _, Row};
    use crate::workspaces;
    use std::sync::Arc;

    #[test]
    fn a_workspace_is_never_without_an_owner() {
        let mut world = World::new();
        let (owner, admin) = (user(Role::Owner), user(Role::Admin));
        let refused = world.run(owner, Mutation::Leave { id: owner }).unwrap_err();
        assert_eq!(refused.code, Code::LastOwner);
        let to_self = world.run(owner, Mutation::HandOver { to: owner });
        assert_eq!(to_self.unwrap_err().field.as_deref(), Some("to"));
        world.run(owner, Mutation::HandOver { to: admin }).unwrap();
        let role = |world: &World, id| world.get::<Member>(id).role;
        assert_eq!(role(&world, owner), Role::Admin);
        assert_eq!(role(&world, admin), Role::Owner);
        world.run(owner, Mutation::Leave { id: owner }).unwrap();
        assert!(!world.get::<Member>(owner).active);
        let back = Mutation::SetActive {
            id: owner,
            active: true,
        };
        assert!(world.run(owner, back.clone()).is_err());
        world.run(admin, back).unwrap();
    }

    #[test]
    fn who_is_erased_leaves_no_name_and_no_live_workspace_without_an_owner() {
        let mut world = World::new();
        let (owner, admin, mina) = (user(Role::Owner), user(Role::Admin), user(Role::Member));
        let erase = |id| Mutation::Erase {
            id,
            name: name("Erased person"),
        };
        assert!(erase(mina).is_servers_own());
        let named = Member {
            handle: Some(name("mina92")),
            ..world.get::<Member>(mina)
        };
        world.tables.put(1, Row::into_any(Arc::new(named)));
        world.run(owner, erase(mina)).unwrap();
        let erased = world.get::<Member>(mina);
        assert_eq!((erased.name, erased.handle), (name("Erased person"), None));
        assert!(!erased.active);
        assert_eq!(
            world.run(owner, erase(owner)).unwrap_err().code,
            Code::LastOwner
        );
        let delete = workspaces::Mutation::Delete {
            id: world.workspace,
            name: name("North light"),
        };
        world.run(owner, delete).unwrap();
        world.run(admin, erase(admin)).unwrap();
        world.run(owner, erase(owner)).unwrap();
        assert_eq!(world.get::<Member>(owner).name, name("Erased person"));
    }

    #[test]
    fn initials_take_the_first_and_the_last_word() {
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada king lovelace"), "AL");
        assert_eq!(initials("ßeta øre"), "SSØ");
        assert_eq!(initials(""), "");
    }
}
