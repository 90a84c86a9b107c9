//! Every command by every role, in every relation to what it is about: each does what it declares, and no more.

mod commands;
mod things;

use self::commands::commands;
use self::things::{About, STANDS, Stand, put, uuid, world};
use super::world::{World, name, user};
use super::{Command, Context};
use crate::access::{Action, Permission, Relation, Role, can, sees};
use crate::codes::Code;
use crate::ids::{CommandId, UserId};
use crate::members::Member;
use crate::projects::Visibility;
use crate::values::{Slug, Time};
use crate::workspaces;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use uuid::Uuid;

fn outcome(world: &World, actor: UserId, command: &Command) -> Result<(), Code> {
    let context = Context {
        actor,
        now: Time(5_000),
        cid: CommandId::from_uuid(Uuid::from_u128(1)),
    };
    let done = command.apply(&world.tables, context);
    done.map(drop).map_err(|rejected| rejected.code)
}

/// What the matrix says.
fn expected(
    role: Role,
    actor: UserId,
    stand: Stand,
    about: About,
    action: Action,
) -> Result<(), Code> {
    let inside = stand != Stand::Outside;
    let members: &[UserId] = if inside { &[actor] } else { &[] };
    if about != About::Workspace && !sees(role, actor, Visibility::Private, members) {
        return Err(Code::NotFound);
    }
    let relation = Relation {
        own: stand == Stand::Maker,
        assigned: stand == Stand::Assigned && about == About::Task,
        in_project: inside || about == About::Workspace,
    };
    if can(role, action, relation) {
        Ok(())
    } else {
        Err(Code::NotAllowed)
    }
}

#[test]
fn every_command_is_allowed_to_whom_its_permission_says() {
    let mut judged = 0;
    for role in Role::ALL {
        for stand in STANDS {
            let actor = user(role);
            let world = world(actor, stand);
            for (about, command) in commands(&world, actor, stand) {
                let Permission::Action(action) = command.permission() else {
                    panic!("{} belongs to a workspace", command.name());
                };
                assert_eq!(
                    outcome(&world, actor, &command),
                    expected(role, actor, stand, about, action),
                    "{} by {role:?}, {stand:?}",
                    command.name()
                );
                judged += 1;
            }
        }
    }
    assert!(judged > 1_000, "{judged}");
}

#[test]
fn a_stranger_and_whoever_was_shut_out_find_nothing() {
    let stranger = uuid(999);
    for role in Role::ALL {
        let gone = user(role);
        let mut world = world(gone, Stand::Maker);
        let member = world.get::<Member>(gone);
        put(
            &mut world,
            Member {
                active: false,
                ..member
            },
        );
        for actor in [stranger, gone] {
            for (_, command) in commands(&world, actor, Stand::Maker) {
                let refused = outcome(&world, actor, &command);
                assert_eq!(refused, Err(Code::NotFound), "{}", command.name());
            }
        }
    }
}

#[test]
fn a_workspace_is_founded_once_by_anybody_with_an_account() {
    let world = World::new();
    let create: Command = workspaces::Mutation::Create {
        id: world.workspace,
        name: name("x"),
        slug: Slug::parse("again").unwrap(),
        owner_name: name("x"),
    }
    .into();
    assert_eq!(create.permission(), Permission::Account);
    let again = outcome(&world, user(Role::Owner), &create);
    assert_eq!(again, Err(Code::AlreadyExists));
}

/// The names that the sources give to commands: `Mutation::... => "domain.verb"`.
fn named(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, found);
        } else {
            let source = fs::read_to_string(&path).unwrap();
            let lines = source.lines().map(str::trim);
            let lines = lines.filter(|line| line.starts_with("Mutation::"));
            let names = lines.filter_map(|line| line.split_once("=> \"")?.1.split_once("\","));
            found.extend(names.map(|(name, _)| name.to_owned()));
        }
    }
}

/// The name of every command that the sources know.
pub(super) fn every_command() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

#[test]
fn every_command_is_in_the_table() {
    let all = every_command();
    let actor = user(Role::Owner);
    let world = world(actor, Stand::Inside);
    let mut judged: BTreeSet<String> = commands(&world, actor, Stand::Inside)
        .into_iter()
        .map(|(_, command)| command.name().to_owned())
        .collect();
    judged.insert("workspaces.create".to_owned());
    // Of those that nobody may push, these ask no role.
    judged.extend(["members.erase", "workspaces.set_plan"].map(str::to_owned));
    assert_eq!(judged, all);
}
