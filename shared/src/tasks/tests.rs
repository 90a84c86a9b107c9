//! The rules of tasks, and random sequences of commands.

use super::{Mutation, Task, TaskPatch};
use crate::access::Role;
use crate::checklist_items;
use crate::codes::Code;
use crate::comments;
use crate::ids::{ChecklistItemId, CommentId, TaskId};
use crate::statuses;
use crate::sync::world::{World, title, user};
use crate::sync::{Command, Context, Cover, List, Part, Row, Tables, take_over};
use crate::values::{CommentText, Markdown, Place, Points, Time};
use proptest::prelude::*;
use proptest::sample::Index;

#[test]
fn numbers_count_up_and_ranks_follow_the_place() {
    let mut world = World::new();
    let first = world.task("first", 0);
    let last = world.task("last", 0);
    let between = world.id();
    let place = Place::Near {
        after: Some(first),
        before: Some(last),
    };
    let create = world.create(between, "between", 0, place);
    world.run(user(Role::Member), create).unwrap();
    let top = world.id();
    let create = world.create(top, "top", 0, Place::First);
    world.run(user(Role::Member), create).unwrap();
    assert_eq!(world.titles(0), ["top", "first", "between", "last"]);
    assert_eq!(world.get::<Task>(top).number, 4);
}

#[test]
fn a_move_next_to_something_that_went_away_lands_by_the_other_neighbour_or_last() {
    let mut world = World::new();
    let [a, b, c, moving] = ["a", "b", "c", "moving"].map(|text| world.task(text, 0));
    let away = Mutation::Move {
        id: a,
        status: world.statuses[1],
        place: Place::Last,
    };
    world.run(user(Role::Member), away).unwrap();
    let place = Place::Near {
        after: Some(a),
        before: Some(c),
    };
    let status = world.statuses[0];
    world
        .run(
            user(Role::Member),
            Mutation::Move {
                id: moving,
                status,
                place,
            },
        )
        .unwrap();
    assert_eq!(world.titles(0), ["b", "moving", "c"]);
    let place = Place::Near {
        after: Some(a),
        before: Some(a),
    };
    world
        .run(
            user(Role::Member),
            Mutation::Move {
                id: b,
                status,
                place,
            },
        )
        .unwrap();
    assert_eq!(world.titles(0), ["moving", "c", "b"]);
}

#[test]
fn done_is_noted_when_a_task_enters_and_cleared_when_it_leaves() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let go = |status| Mutation::Move {
        id,
        status,
        place: Place::Last,
    };
    let (done, todo) = (world.statuses[4], world.statuses[1]);
    world.run(user(Role::Member), go(done)).unwrap();
    assert!(world.get::<Task>(id).completed_at.is_some());
    world.run(user(Role::Member), go(todo)).unwrap();
    assert_eq!(world.get::<Task>(id).completed_at, None);
}

/// Carries a command out as the server does: ranks that have become long are spread out again.
fn run_and_spread(world: &mut World, command: Mutation) {
    let parts = world.run(user(Role::Member), command).unwrap();
    let keys = parts.iter().flat_map(|part| &part.changes).map(|it| it.key);
    for key in keys.collect::<Vec<_>>() {
        let row = world.tables.find(key).map(|stored| stored.row.clone());
        if let Some(spread) = row.as_ref().and_then(Command::spreading) {
            world.run(user(Role::Member), spread).unwrap();
        }
    }
    world.log.clear();
}

#[test]
fn ten_thousand_tasks_fit_into_one_place_and_no_rank_grows_long() {
    let mut world = World::new();
    let first = world.task("first", 0);
    let last = world.task("last", 0);
    for n in 0..10_000 {
        let id = world.id();
        // Always right below the first, or always right above the last: the two worst places.
        let place = if n % 2 == 0 {
            Place::after(first)
        } else {
            Place::before(last)
        };
        let create = world.create(id, "between", 0, place);
        run_and_spread(&mut world, create);
    }
    let ordered: Vec<TaskId> = world
        .tables
        .list(List::Tasks(world.statuses[0]))
        .map(TaskId::from)
        .collect();
    assert_eq!(ordered.len(), 10_002);
    let inside = &ordered[1..10_001];
    // Each half is in the order in which people meant it.
    assert!(inside[..5_000].windows(2).all(|pair| pair[0] > pair[1]));
    assert!(inside[5_000..].windows(2).all(|pair| pair[0] < pair[1]));
    let longest = world.tables.all::<Task>().map(|it| it.rank.as_str().len());
    assert!(longest.max().unwrap() <= 60);
}

#[test]
fn a_task_cannot_be_below_itself() {
    let mut world = World::new();
    let [a, b] = ["a", "b"].map(|text| world.task(text, 0));
    let member = user(Role::Member);
    world
        .run(
            member,
            Mutation::SetParent {
                id: b,
                parent: Some(a),
            },
        )
        .unwrap();
    for parent in [a, b] {
        let refused = world.run(
            member,
            Mutation::SetParent {
                id: a,
                parent: Some(parent),
            },
        );
        assert_eq!(refused.unwrap_err().code, Code::ParentCycle);
    }
}

#[test]
fn who_may_only_read_changes_nothing() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let edit = Mutation::Edit {
        id,
        patch: TaskPatch {
            title: Some(title("b")),
            ..TaskPatch::default()
        },
    };
    for (role, code) in [
        (Role::Viewer, Code::NotAllowed),
        (Role::Guest, Code::NotFound),
    ] {
        assert_eq!(world.run(user(role), edit.clone()).unwrap_err().code, code);
    }
    let stranger = crate::ids::UserId::from_uuid(uuid::Uuid::from_u128(99));
    assert_eq!(
        world.run(stranger, edit.clone()).unwrap_err().code,
        Code::NotFound
    );
    assert!(world.run(user(Role::Member), edit).is_ok());
}

#[test]
fn members_delete_their_own_tasks_alone() {
    let mut world = World::new();
    let own = world.task("own", 0);
    let other = world.id();
    let create = world.create(other, "other", 0, Place::Last);
    world.run(user(Role::Manager), create).unwrap();
    let trash = |id| Mutation::SetTrashed { id, trashed: true };
    assert!(world.run(user(Role::Member), trash(own)).is_ok());
    assert_eq!(
        world
            .run(user(Role::Member), trash(other))
            .unwrap_err()
            .code,
        Code::NotAllowed
    );
    assert!(world.run(user(Role::Manager), trash(other)).is_ok());
    assert!(world.titles(0).is_empty());
}

/// A step of a random history: what, on which of the things there are, and where.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: u8,
    which: Index,
    other: Index,
    number: u32,
}

pub(crate) fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..16_u8, any::<Index>(), any::<Index>(), 0..10_u32).prop_map(
        |(kind, which, other, number)| Step {
            kind,
            which,
            other,
            number,
        },
    );
    proptest::collection::vec(step, 1..count)
}

/// Writes below a text that nobody else has seen.
fn rewrite(id: TaskId, lines: u32) -> Mutation {
    let text = |lines: u32| Markdown::parse(&"x\n".repeat(lines as usize)).unwrap();
    Mutation::Rewrite {
        id,
        base: text(1),
        markdown: text(lines),
    }
}

/// The command of a step; nothing where it needs something that is not there.
pub(crate) fn command(world: &mut World, tables: &Tables, step: &Step) -> Option<Command> {
    let tasks: Vec<TaskId> = tables.all::<Task>().map(|task| task.id).collect();
    let statuses = world.statuses.clone();
    let status = *step.other.get(&statuses);
    if step.kind < 4 || tasks.is_empty() {
        let after = (!tasks.is_empty()).then(|| *step.other.get(&tasks));
        let place = Place::Near {
            after,
            before: None,
        };
        let (id, text) = (world.id(), format!("task {}", step.number));
        let column = step.which.index(statuses.len());
        return Some(world.create(id, &text, column, place).into());
    }
    let (id, other) = (*step.which.get(&tasks), *step.other.get(&tasks));
    let item = |step: &Step| {
        let items: Vec<ChecklistItemId> = tables
            .all::<checklist_items::ChecklistItem>()
            .map(|item| item.id)
            .collect();
        (!items.is_empty()).then(|| *step.which.get(&items))
    };
    Some(match step.kind {
        4..=6 => Mutation::Move {
            id,
            status,
            place: Place::before(other),
        }
        .into(),
        7 => {
            let points = Some(Points::from_hundredths(step.number * 100).unwrap());
            let patch = TaskPatch {
                points: Some(points),
                ..TaskPatch::default()
            };
            Mutation::Edit { id, patch }.into()
        }
        8 => Mutation::Assign {
            id,
            user: user(Role::Member),
        }
        .into(),
        9 => Mutation::SetArchived {
            id,
            archived: step.number.is_multiple_of(2),
        }
        .into(),
        10 => Mutation::SetParent {
            id,
            parent: Some(other),
        }
        .into(),
        11 => {
            let markdown = Markdown::parse(&"x".repeat(step.number as usize)).unwrap();
            Mutation::Describe { id, markdown }.into()
        }
        12 if step.number.is_multiple_of(2) => rewrite(id, step.number).into(),
        12 => {
            let new = checklist_items::Mutation::Create {
                id: world.id(),
                task: id,
                text: title("line"),
                place: Place::First,
                heading: None,
                done: step.number.is_multiple_of(2),
            };
            new.into()
        }
        13 => checklist_items::Mutation::SetDone {
            id: item(step)?,
            done: step.number.is_multiple_of(2),
        }
        .into(),
        14 => {
            let id_of: CommentId = world.id();
            let text = CommentText::parse("said").unwrap();
            comments::Mutation::Create {
                id: id_of,
                task: id,
                text,
            }
            .into()
        }
        _ => statuses::Mutation::Move {
            id: status,
            place: Place::First,
        }
        .into(),
    })
}

/// The rows without what counts commands rather than states: version, and the ranks that only order.
fn state(world: &World) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for (key, stored) in world.tables.iter() {
        let mut row: serde_json::Value = serde_json::from_str(&stored.row.to_json()).unwrap();
        for field in [
            "rank",
            "next_number",
            "edited_at",
            "completed_at",
            "archived_at",
        ] {
            row.as_object_mut().unwrap().remove(field);
        }
        // An absent description and an empty one are the same to everybody.
        if row.get("markdown").is_none_or(|markdown| markdown != "") {
            rows.push(format!("{} {row}", key.table.as_str()));
        }
    }
    for column in 0..world.statuses.len() {
        rows.push(format!("{:?}", world.titles(column)));
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_happened_leads_whoever_follows_to_the_same_rows(steps in steps(60)) {
        let mut world = World::new();
        for step in &steps {
            let tables = world.tables.clone();
            if let Some(command) = command(&mut world, &tables, step) {
                let _ = world.run(user(Role::Member), command);
            }
        }
        let mut followed = Tables::default();
        for group in world.log.chunk_by(|a, b| a.seq == b.seq) {
            // Over the wire and twice: the second time changes nothing.
            let json = serde_json::to_string(group).unwrap();
            let group: Vec<Part> = serde_json::from_str(&json).unwrap();
            for _ in 0..2 {
                take_over(&mut followed, &group.iter().collect::<Vec<_>>(), |_| true).unwrap();
            }
        }
        prop_assert_eq!(&followed, &world.tables);
    }

    #[test]
    fn the_inverse_takes_a_command_back(before in steps(20), step in steps(2)) {
        let mut world = World::new();
        for step in &before {
            let tables = world.tables.clone();
            if let Some(command) = command(&mut world, &tables, step) {
                let _ = world.run(user(Role::Manager), command);
            }
        }
        let tables = world.tables.clone();
        let Some(command) = command(&mut world, &tables, &step[0]) else { return Ok(()) };
        let earlier = state(&world);
        let context = Context { actor: user(Role::Manager), now: Time(5_000_000), cid: world.id() };
        let inverse = command.inverse(&world.tables, context);
        let created = matches!(&command, Command::Tasks(Mutation::Create { .. }));
        if world.run_as(context, &command).is_ok() {
            for command in inverse {
                world.run(user(Role::Manager), command).unwrap();
            }
            if created {
                // A created task is in the trash afterwards: no longer on the board, and restorable.
                let Command::Tasks(Mutation::Create { id, .. }) = command else { unreachable!() };
                prop_assert!(world.get::<Task>(id).trashed_at.is_some());
                world.tables.remove(Task::key_of(id));
            }
            prop_assert_eq!(state(&world), earlier);
        }
    }

    #[test]
    fn the_same_command_on_the_same_rows_writes_the_same_bytes(steps in steps(20)) {
        let mut world = World::new();
        for step in &steps {
            let tables = world.tables.clone();
            let Some(command) = command(&mut world, &tables, step) else { continue };
            let json = serde_json::to_string(&command).unwrap();
            let read: Command = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&read, &command);
            let context = Context { actor: user(Role::Member), now: Time(9), cid: world.id() };
            let once = command.apply(&world.tables, context);
            let again = read.apply(&tables, context);
            prop_assert_eq!(&once, &again);
            let _ = world.run_as(context, &command);
        }
    }
}

#[test]
fn a_row_says_what_must_be_fetched_to_hold_it() {
    let mut world = World::new();
    let id = world.task("a", 0);
    assert_eq!(world.get::<Task>(id).cover(), Cover::Board(world.project));
}
