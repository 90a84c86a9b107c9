//! Roles in words, and who may give which. Pure.

use shared::access::{Action, Reach, Role};

/// A role's name.
pub(crate) const fn name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Manager => "Manager",
        Role::Member => "Member",
        Role::Guest => "Guest",
        Role::Viewer => "Viewer",
    }
}

/// What a role is for, in a sentence.
pub(crate) const fn meaning(role: Role) -> &'static str {
    match role {
        Role::Owner => "Everything, also who else is owner.",
        Role::Admin => "Everything but ownership.",
        Role::Manager => "Projects, their columns, and inviting people.",
        Role::Member => "Tasks in projects that are open to them.",
        Role::Guest => "Comments in the projects they are named in.",
        Role::Viewer => "Only looks.",
    }
}

/// The roles that an actor may give, from the greatest; none, if they may not change the member's at all.
pub(super) fn offered(actor: Role, member: Role) -> Vec<Role> {
    let holds = |action: Action| action.reach(actor) == Reach::All;
    let may_touch =
        |role: Role| role >= actor && (role != Role::Owner || holds(Action::TransferOwnership));
    if !holds(Action::EditMembers) || !may_touch(member) {
        return Vec::new();
    }
    Role::ALL
        .into_iter()
        .filter(|role| may_touch(*role))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_offered_more_than_they_may_give() {
        assert_eq!(offered(Role::Owner, Role::Owner), Role::ALL);
        assert_eq!(offered(Role::Admin, Role::Member)[0], Role::Admin);
        assert_eq!(offered(Role::Admin, Role::Owner), []);
        assert_eq!(offered(Role::Manager, Role::Viewer), []);
    }
}
