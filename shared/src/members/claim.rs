//! A placeholder becomes somebody: what was imported for them is theirs from then on.
//!
//! A placeholder never did anything itself, so it made nothing: it is named where others, or the import, have named it.

use super::Member;
use crate::access::Action;
use crate::codes::Rejected;
use crate::comments::Comment;
use crate::ids::UserId;
use crate::imports::Import;
use crate::projects::{Project, insert_sorted};
use crate::sync::{Row, Tx};
use crate::tasks::Task;
use crate::teams::Team;

/// How many rows one change takes over; what is more follows in the next.
const CLAIMED_ROWS_MAX: usize = 400;

/// Takes over as much as one change may hold, and the placeholder out with the last of it.
///
/// Tasks and comments become the person's wherever they are, as what names somebody shows them nothing. A project is
/// another matter: into it they come as far as the actor may take people in.
pub(super) fn claim(tx: &mut Tx<'_>, id: UserId, user: UserId) -> Result<(), Rejected> {
    tx.require(Action::InviteMembers)?;
    if !tx.get::<Member>(id)?.is_awaited() {
        let text = "Choose somebody who was imported and has no account yet.";
        return Err(Rejected::field("id", text));
    }
    if !tx.get::<Member>(user)?.is_present() {
        let text = "Choose another member who is active and has an account.";
        return Err(Rejected::field("user", text));
    }
    let mut room = CLAIMED_ROWS_MAX;
    let is_done = take_over(tx, &mut room, |_, task: &Task| {
        Some(Task {
            assignees: instead(&task.assignees, id, Some(user))?,
            ..task.clone()
        })
    })? && take_over(tx, &mut room, |_, comment: &Comment| {
        (comment.author == id).then(|| Comment {
            author: user,
            ..comment.clone()
        })
    })? && take_over(tx, &mut room, |tx, project: &Project| {
        let is_in = project.members.contains(&user);
        let comes = is_in || tx.require_in(Action::EditProjects, project).is_ok();
        let heir = comes.then_some(user);
        let members = instead(&project.members, id, heir);
        let leads = project.lead == Some(id);
        (leads || members.is_some()).then(|| Project {
            lead: if leads { heir } else { project.lead },
            members: members.unwrap_or_else(|| project.members.clone()),
            ..project.clone()
        })
    })? && take_over(tx, &mut room, |_, team: &Team| {
        let members = instead(&team.members, id, Some(user))?;
        Some(Team {
            lead: team.lead.map(|lead| if lead == id { user } else { lead }),
            members,
            ..team.clone()
        })
    })? && take_over(tx, &mut room, |_, import: &Import| {
        Some(Import {
            placeholders: instead(&import.placeholders, id, None)?,
            ..import.clone()
        })
    })?;
    if is_done {
        tx.delete::<Member>(id)?;
    }
    Ok(())
}

/// Writes the rows that change, as long as there is room; whether these were all.
fn take_over<R: Row>(
    tx: &mut Tx<'_>,
    room: &mut usize,
    changed: impl Fn(&Tx<'_>, &R) -> Option<R>,
) -> Result<bool, Rejected> {
    for row in tx.all::<R>() {
        let Some(row) = changed(tx, &row) else {
            continue;
        };
        let Some(left) = room.checked_sub(1) else {
            return Ok(false);
        };
        *room = left;
        tx.put(row)?;
    }
    Ok(true)
}

/// A list with somebody in another's place, or without them; nothing where they are not in it.
fn instead(users: &[UserId], id: UserId, heir: Option<UserId>) -> Option<Vec<UserId>> {
    if !users.contains(&id) {
        return None;
    }
    let others = users.iter().filter(|it| **it != id && Some(**it) != heir);
    let mut users: Vec<UserId> = others.copied().collect();
    if let Some(heir) = heir {
        insert_sorted(&mut users, heir);
    }
    Some(users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::codes::Code;
    use crate::ids::{CommentId, ImportId, ProjectId, TaskId, TeamId};
    use crate::imports::{self, Source};
    use crate::members::Mutation;
    use crate::projects::{self, Visibility};
    use crate::sync::world::{World, name, user};
    use crate::sync::{Command, Mutation as _};
    use crate::tasks;
    use crate::teams;
    use crate::values::{CommentText, ProjectKey, Time};
    use std::sync::Arc;

    fn put<R: Row>(world: &mut World, row: R) {
        world.tables.put(1, Arc::new(row).into_any());
    }

    /// Somebody who was imported, with the import.
    fn imported(world: &mut World) -> (UserId, ImportId) {
        let (id, import) = (world.id(), world.id());
        let guest = world.get::<Member>(user(Role::Guest));
        put(
            world,
            Member {
                id,
                name: name("Ada Fern"),
                placeholder: true,
                ..guest
            },
        );
        let project = world.project;
        put(
            world,
            Import {
                id: import,
                project,
                source: Source::Trello,
                name: name("Workshop"),
                placeholders: vec![id],
                task_count: 0,
                created_by: user(Role::Owner),
                created_at: Time(1),
                undone_at: None,
            },
        );
        (id, import)
    }

    fn claim(id: UserId, user: UserId) -> Command {
        Mutation::Claim { id, user }.into()
    }

    fn assigned(world: &mut World, users: &[UserId]) -> TaskId {
        let (id, owner) = (world.task("A task", 0), user(Role::Owner));
        for user in users {
            let assign = tasks::Mutation::Assign { id, user: *user };
            world.run(owner, assign).unwrap();
        }
        id
    }

    /// A private project with these people.
    fn private(world: &mut World, members: Vec<UserId>, lead: UserId) -> ProjectId {
        let id = world.id();
        let open = world.get::<Project>(world.project);
        put(
            world,
            Project {
                id,
                key: ProjectKey::parse("HID").unwrap(),
                visibility: Visibility::Private,
                lead: Some(lead),
                members,
                ..open
            },
        );
        id
    }

    #[test]
    fn everything_that_was_imported_for_somebody_becomes_theirs() {
        let mut world = World::new();
        let (owner, mina) = (user(Role::Owner), user(Role::Member));
        let (ada, import) = imported(&mut world);
        let alone = assigned(&mut world, &[ada]);
        let both = assigned(&mut world, &[ada, mina]);
        let of_others = assigned(&mut world, &[owner]);
        let comment: CommentId = world.id();
        let project = world.project;
        put(
            &mut world,
            Comment {
                id: comment,
                task: alone,
                project,
                author: ada,
                text: CommentText::parse("Sharp").unwrap(),
                created_at: Time(1),
                edited_at: None,
            },
        );
        let team: TeamId = world.id();
        for step in [
            teams::Mutation::Create {
                id: team,
                name: name("Saws"),
            },
            teams::Mutation::SetLead {
                id: team,
                lead: Some(ada),
            },
        ] {
            world.run(owner, step).unwrap();
        }
        let take_in = projects::Mutation::AddMember {
            id: project,
            user: ada,
        };
        world.run(owner, take_in).unwrap();

        let claim = claim(ada, mina);
        assert!(claim.is_servers_own());
        world.run(owner, claim.clone()).unwrap();
        assert!(!claim.goes_on(&world.tables));
        for (task, users) in [
            (alone, vec![mina]),
            (both, vec![mina]),
            (of_others, vec![owner]),
        ] {
            assert_eq!(world.get::<Task>(task).assignees, users);
        }
        assert_eq!(world.get::<Comment>(comment).author, mina);
        let team = world.get::<Team>(team);
        assert_eq!((team.lead, team.members), (Some(mina), vec![mina]));
        assert!(world.get::<Project>(project).members.contains(&mina));
        assert!(world.get::<Import>(import).placeholders.is_empty());
        assert_eq!(world.get::<Member>(mina).role, Role::Member);
        let rows: Vec<String> = world
            .tables
            .iter()
            .map(|(_, it)| it.row.to_json())
            .collect();
        let left: Vec<_> = rows
            .iter()
            .filter(|it| it.contains(&ada.to_string()))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        // It is done once.
        assert_eq!(world.run(owner, claim).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn an_import_that_is_undone_leaves_who_has_come() {
        let mut world = World::new();
        let (owner, mina) = (user(Role::Owner), user(Role::Member));
        let (ada, import) = imported(&mut world);
        world.run(owner, claim(ada, mina)).unwrap();
        for undone in [true, false] {
            let undo = imports::Mutation::SetUndone { id: import, undone };
            world.run(owner, undo).unwrap();
            assert_eq!(
                world.get::<Project>(world.project).trashed_at.is_some(),
                undone
            );
            assert!(world.get::<Member>(mina).is_present());
            assert!(world.tables.get::<Member>(ada).is_none());
        }
    }

    #[test]
    fn nobody_takes_over_what_a_person_has_done_and_no_stand_in_anything() {
        let mut world = World::new();
        let (owner, mina) = (user(Role::Owner), user(Role::Member));
        let (ada, import) = imported(&mut world);
        let (other, _) = imported(&mut world);
        let person = world.get::<Member>(mina);
        let (bot, gone) = (world.id(), world.id());
        put(
            &mut world,
            Member {
                id: bot,
                bot: true,
                ..person.clone()
            },
        );
        put(
            &mut world,
            Member {
                id: gone,
                active: false,
                ..person
            },
        );
        for (id, heir, field) in [
            (user(Role::Viewer), mina, "id"),
            (mina, mina, "id"),
            (bot, mina, "id"),
            (ada, ada, "user"),
            (ada, other, "user"),
            (ada, bot, "user"),
            (ada, gone, "user"),
        ] {
            let refused = world.run(owner, claim(id, heir)).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some(field), "{id} {heir}");
        }
        let undo = imports::Mutation::SetUndone {
            id: import,
            undone: true,
        };
        world.run(owner, undo).unwrap();
        let refused = world.run(owner, claim(ada, mina)).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("id"));
    }

    #[test]
    fn into_a_private_project_they_come_by_who_may_take_them_in() {
        let (manager, mina) = (user(Role::Manager), user(Role::Member));
        for (actor, inside, comes) in [
            (user(Role::Owner), false, true),
            (user(Role::Admin), false, true),
            (manager, false, false),
            (manager, true, true),
        ] {
            let mut world = World::new();
            let (ada, _) = imported(&mut world);
            let mut members = vec![ada];
            members.extend(inside.then_some(manager));
            members.sort();
            let project = private(&mut world, members, ada);
            world.run(actor, claim(ada, mina)).unwrap();
            let project = world.get::<Project>(project);
            assert_eq!(project.members.contains(&mina), comes, "{actor} {inside}");
            assert_eq!(project.lead, comes.then_some(mina));
            assert!(!project.members.contains(&ada));
        }
    }

    #[test]
    fn what_is_more_than_one_change_holds_goes_on_until_all_is_done() {
        let mut world = World::new();
        let (owner, mina) = (user(Role::Owner), user(Role::Member));
        let (ada, _) = imported(&mut world);
        let sample = assigned(&mut world, &[ada]);
        let sample = world.get::<Task>(sample);
        for _ in 0..2 * CLAIMED_ROWS_MAX {
            let id = world.id();
            put(
                &mut world,
                Task {
                    id,
                    ..sample.clone()
                },
            );
        }
        let claim = claim(ada, mina);
        let mut parts = 0;
        while parts == 0 || claim.goes_on(&world.tables) {
            world.run(owner, claim.clone()).unwrap();
            parts += 1;
        }
        assert_eq!(parts, 3);
        let mut tasks = world.tables.all::<Task>();
        assert!(tasks.all(|it| it.assignees == [mina]));
    }

    #[test]
    fn nothing_takes_it_back() {
        let mut world = World::new();
        let (ada, _) = imported(&mut world);
        let context = crate::sync::Context {
            actor: user(Role::Owner),
            now: Time(1),
            cid: world.id(),
        };
        let tx = Tx::new(&world.tables, context);
        let claim = Mutation::Claim {
            id: ada,
            user: user(Role::Member),
        };
        assert!(claim.inverse(&tx).is_empty());
    }
}
