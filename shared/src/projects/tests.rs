//! The rules of projects.

use super::{Mutation, Project, ProjectPatch};
use crate::access::Role;
use crate::codes::{Code, Rejected};
use crate::sync::world::{World, name, user};
use crate::sync::{Command, Context, Row as _};
use crate::values::{Date, ProjectKey, Time};
use std::sync::Arc;

const OWNER: Role = Role::Owner;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn edit(world: &mut World, patch: ProjectPatch) -> Result<(), Rejected> {
    let id = world.project;
    world
        .run(user(OWNER), Mutation::Edit { id, patch })
        .map(drop)
}

/// Carries a command out, and what takes it back.
fn there_and_back(world: &mut World, mutation: Mutation) {
    let context = Context {
        actor: user(OWNER),
        now: Time(1),
        cid: world.id(),
    };
    let command = Command::from(mutation);
    let inverse = command.inverse(&world.tables, context);
    world.run(user(OWNER), command).unwrap();
    for command in inverse {
        world.run(user(OWNER), command).unwrap();
    }
}

#[test]
fn a_project_is_not_due_before_it_starts() {
    let mut world = World::new();
    let start = ProjectPatch {
        start_on: Some(Some(date("2027-03-01"))),
        ..ProjectPatch::default()
    };
    edit(&mut world, start).unwrap();
    let due = |text| ProjectPatch {
        due_on: Some(Some(date(text))),
        ..ProjectPatch::default()
    };
    let refused = edit(&mut world, due("2027-02-28")).unwrap_err();
    assert_eq!(refused.code, Code::InvalidValue);
    assert_eq!(refused.field.as_deref(), Some("due_on"));
    edit(&mut world, due("2027-03-01")).unwrap();
    let later = ProjectPatch {
        start_on: Some(Some(date("2027-03-02"))),
        ..ProjectPatch::default()
    };
    assert_eq!(
        edit(&mut world, later.clone()).unwrap_err().code,
        Code::InvalidValue
    );
    let both = ProjectPatch {
        due_on: Some(Some(date("2027-04-01"))),
        ..later
    };
    edit(&mut world, both).unwrap();
    let project = world.get::<Project>(world.project);
    assert_eq!(
        (project.start_on, project.due_on),
        (Some(date("2027-03-02")), Some(date("2027-04-01")))
    );
}

#[test]
fn dates_of_the_time_before_the_rule_hinder_nothing_else() {
    let mut world = World::new();
    let project = Project {
        start_on: Some(date("2027-03-01")),
        due_on: Some(date("2027-01-01")),
        ..world.get::<Project>(world.project)
    };
    world.tables.put(1, Arc::new(project).into_any());
    let rename = ProjectPatch {
        name: Some(name("Shop")),
        ..ProjectPatch::default()
    };
    edit(&mut world, rename).unwrap();
    let none = ProjectPatch {
        due_on: Some(None),
        ..ProjectPatch::default()
    };
    edit(&mut world, none).unwrap();
}

#[test]
fn what_is_changed_put_away_or_let_go_is_taken_back_whole() {
    let mut world = World::new();
    let id = world.project;
    let lead = user(Role::Member);
    world
        .run(user(OWNER), Mutation::AddMember { id, user: lead })
        .unwrap();
    let with_lead = ProjectPatch {
        lead: Some(Some(lead)),
        start_on: Some(Some(date("2027-03-01"))),
        due_on: Some(Some(date("2027-03-31"))),
        ..ProjectPatch::default()
    };
    edit(&mut world, with_lead).unwrap();
    let before = world.get::<Project>(id);
    let changed = ProjectPatch {
        name: Some(name("Shop")),
        key: Some(ProjectKey::parse("SHOP").unwrap()),
        lead: Some(None),
        start_on: Some(Some(date("2027-05-01"))),
        due_on: Some(Some(date("2027-06-01"))),
        ..ProjectPatch::default()
    };
    for mutation in [
        Mutation::Edit { id, patch: changed },
        Mutation::SetArchived { id, archived: true },
        Mutation::SetTrashed { id, trashed: true },
        Mutation::RemoveMember { id, user: lead },
    ] {
        there_and_back(&mut world, mutation);
        assert_eq!(world.get::<Project>(id), before);
    }
}

#[test]
fn who_may_work_in_a_project_may_not_put_it_away() {
    let mut world = World::new();
    let id = world.project;
    for (role, may) in [
        (Role::Admin, true),
        (Role::Manager, true),
        (Role::Member, false),
        (Role::Guest, false),
        (Role::Viewer, false),
    ] {
        for mutation in [
            Mutation::SetArchived { id, archived: true },
            Mutation::SetTrashed { id, trashed: true },
            Mutation::SetTrashed { id, trashed: false },
            Mutation::SetArchived {
                id,
                archived: false,
            },
        ] {
            let done = world.run(user(role), mutation);
            assert_eq!(done.is_ok(), may, "{role:?}");
        }
    }
}
