//! Members: people in a workspace, with a role. A placeholder stands for somebody who was imported and has no account yet.

use crate::access::{Action, Permission, Role};
use crate::codes::{Code, Rejected};
use crate::ids::UserId;
use crate::sync::{Command, Cover, Need, Row, Scope, Tx};
use crate::values::{Color, Name, Time, is_default};
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
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Add { .. } => "members.add",
            Mutation::AddBot { .. } => "members.add_bot",
            Mutation::Rename { .. } => "members.rename",
            Mutation::SetRole { .. } => "members.set_role",
            Mutation::SetActive { .. } => "members.set_active",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(match self {
            Mutation::Add { .. } => Action::InviteMembers,
            Mutation::Rename { .. } => Action::RenameMembers,
            Mutation::AddBot { .. } | Mutation::SetRole { .. } | Mutation::SetActive { .. } => {
                Action::EditMembers
            }
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Members]
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
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
            Mutation::SetRole { id, role } => {
                let member = editable(tx, *id)?;
                require_rank(tx, *role)?;
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
                tx.put(Member {
                    active: *active,
                    ..(*member).clone()
                })?;
                require_an_owner(tx)
            }
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
            Mutation::SetRole { id, .. } => member(id).map(|m| Mutation::SetRole {
                id: *id,
                role: m.role,
            }),
            Mutation::SetActive { id, .. } => member(id).map(|m| Mutation::SetActive {
                id: *id,
                active: m.active,
            }),
        };
        back.map(Command::from).into_iter().collect()
    }
}

/// Takes somebody in.
fn add(tx: &mut Tx<'_>, id: UserId, name: &Name, role: Role, bot: bool) -> Result<(), Rejected> {
    require_rank(tx, role)?;
    tx.require_new::<Member>(id)?;
    let joined_at = tx.now();
    tx.put(Member {
        id,
        name: name.clone(),
        handle: None,
        color: Color::of(id.uuid().as_bytes()),
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
        .any(|m| m.role == Role::Owner && m.active);
    if owned {
        Ok(())
    } else {
        Err(Code::LastOwner.into())
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_take_the_first_and_the_last_word() {
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada king lovelace"), "AL");
        assert_eq!(initials("ßeta øre"), "SSØ");
        assert_eq!(initials(""), "");
    }
}
