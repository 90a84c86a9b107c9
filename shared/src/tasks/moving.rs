//! Taking a task to another project, with everything that is its own.
//!
//! The tasks below it go along: a subtask is in the project of the task above it. What the other project has no equal of
//! is left behind: labels of names that it does not have, and assignees who do not see it.

use super::rules::{column, move_to, require_assignable};
use super::{Description, Mutation, Task, editable};
use crate::access::Action;
use crate::attachments::Attachment;
use crate::checklist_items::ChecklistItem;
use crate::codes::{Code, Rejected};
use crate::comments::Comment;
use crate::ids::{LabelId, ProjectId, StatusId, TaskId, UserId};
use crate::labels::Label;
use crate::projects::{Project, insert_sorted};
use crate::sorted::{SortedMap, sorted_by, sorted_by_key};
use crate::statuses::{Category, Status, place_of};
use crate::sync::{Command, List, Need, Row, Tables, Tx};
use crate::values::Place;
use std::sync::Arc;

/// The most rows that go to another project at once: the task, the tasks below it, and all their texts.
pub const MOVED_ROWS_MAX: usize = 2_000;

/// A task, and the tasks below it: each after the one above it, otherwise by their numbers.
pub fn family(tasks: &[Arc<Task>], id: TaskId) -> Vec<Arc<Task>> {
    let below = tasks.iter().filter(|it| it.parent.is_some());
    let below = sorted_by_key(below, |it| (it.number, it.id));
    let mut family: Vec<Arc<Task>> = tasks.iter().filter(|it| it.id == id).cloned().collect();
    let mut known = SortedMap::from_iter([(id, ())]);
    let mut at = 0;
    while let Some(above) = family.get(at).map(|it| it.id) {
        let children = below.iter().filter(|it| it.parent == Some(above));
        // What is there twice would be a circle, which no command makes.
        family.extend(
            children
                .filter(|it| known.insert(it.id, ()).is_none())
                .map(|it| (*it).clone()),
        );
        at += 1;
    }
    family
}

/// The column for work that stands like this: the first that means the same, else the first.
fn landing(columns: &[Arc<Status>], category: Option<Category>) -> Option<StatusId> {
    let same = columns.iter().find(|it| Some(it.category) == category);
    same.or(columns.first()).map(|it| it.id)
}

fn category(tables: &Tx<'_>, task: &Task) -> Option<Category> {
    tables.peek::<Status>(task.status).map(|it| it.category)
}

fn columns(tx: &Tx<'_>, project: ProjectId) -> Vec<Arc<Status>> {
    let ids = tx.list(List::Statuses(project)).into_iter();
    ids.filter_map(|(_, id)| tx.peek::<Status>(id.into()))
        .collect()
}

/// The orders of the columns in which the tasks end, once it is known which tasks and columns there are.
pub(super) fn lists(tables: &Tables, id: TaskId, project: ProjectId) -> Vec<Need> {
    let tasks: Vec<Arc<Task>> = tables.all::<Task>().cloned().collect();
    let columns: Vec<Arc<Status>> = tables
        .list(List::Statuses(project))
        .filter_map(|id| tables.get::<Status>(id.into()).cloned())
        .collect();
    let category = |task: &Task| tables.get::<Status>(task.status).map(|it| it.category);
    let ends = family(&tasks, id).into_iter();
    let mut found = Vec::new();
    for status in ends.filter_map(|task| landing(&columns, category(&task))) {
        insert_sorted(&mut found, status);
    }
    let lists = found.into_iter();
    lists
        .map(|status| Need::List(List::Tasks(status)))
        .collect()
}

/// The labels of a project that are called like these.
fn labels_in(tx: &Tx<'_>, project: ProjectId, labels: &[LabelId]) -> Vec<LabelId> {
    let all = tx.all::<Label>();
    let name = |label: &Label| label.name.as_str().to_lowercase();
    let mut found = Vec::new();
    for label in labels.iter().filter_map(|id| tx.peek::<Label>(*id)) {
        let same = all
            .iter()
            .find(|it| it.project == project && name(it) == name(&label));
        if let Some(same) = same {
            insert_sorted(&mut found, same.id);
        }
    }
    found
}

fn assignees_in(tx: &Tx<'_>, project: &Project, assignees: &[UserId]) -> Vec<UserId> {
    let can_be = |user: &&UserId| require_assignable(tx, project, **user).is_ok();
    assignees.iter().filter(can_be).copied().collect()
}

pub(super) fn move_to_project(
    tx: &mut Tx<'_>,
    id: TaskId,
    project: ProjectId,
    (status, place): (Option<StatusId>, Place<TaskId>),
) -> Result<(), Rejected> {
    let (task, source) = editable(tx, id)?;
    let project = tx.get::<Project>(project)?;
    if project.id == source.id {
        // Somebody else was first: it is where it was to go.
        return status.map_or(Ok(()), |status| move_to(tx, id, status, place));
    }
    tx.require_in(Action::CreateTasks, &project)?;
    project.require_live()?;
    let chosen = match status {
        Some(status) => Some(column(tx, project.id, status)?.id),
        None => None,
    };
    tx.allow(MOVED_ROWS_MAX);
    let family = family(&tx.all::<Task>(), id);
    require_few(family.len())?;
    let columns = columns(tx, project.id);
    let mut number = project.next_number;
    for it in &family {
        let is_root = it.id == task.id;
        let by_category = || landing(&columns, category(tx, it));
        let status = chosen.filter(|_| is_root).or_else(by_category);
        let status = column(tx, project.id, status.ok_or(Code::LastStatus)?)?;
        let place = if is_root { place } else { Place::Last };
        let closed = status.category.is_closed();
        tx.put(Task {
            project: project.id,
            number,
            status: status.id,
            rank: tx.rank_at(List::Tasks(status.id), it.id.uuid(), place),
            completed_at: closed.then_some(it.completed_at.unwrap_or(tx.now())),
            labels: labels_in(tx, project.id, &it.labels),
            assignees: assignees_in(tx, &project, &it.assignees),
            parent: it.parent.filter(|_| !is_root),
            ..(**it).clone()
        })?;
        number = number.saturating_add(1);
    }
    tx.put(Project {
        next_number: number,
        ..(*project).clone()
    })?;
    let ids = family.iter().map(|it| (it.id, ())).collect();
    move_texts(tx, &ids, project.id)
}

/// What belongs to the tasks goes along.
fn move_texts(
    tx: &mut Tx<'_>,
    tasks: &SortedMap<TaskId, ()>,
    project: ProjectId,
) -> Result<(), Rejected> {
    let descriptions = texts::<Description>(tx, |it| tasks.contains_key(&it.id));
    let items = texts::<ChecklistItem>(tx, |it| tasks.contains_key(&it.task));
    let comments = texts::<Comment>(tx, |it| tasks.contains_key(&it.task));
    let attachments = texts::<Attachment>(tx, |it| tasks.contains_key(&it.task));
    let texts = descriptions.len() + items.len() + comments.len() + attachments.len();
    // And the project, which counts its tasks.
    require_few(tasks.len() + texts + 1)?;
    for it in descriptions {
        tx.put(Description { project, ..it })?;
    }
    for it in items {
        tx.put(ChecklistItem { project, ..it })?;
    }
    for it in comments {
        tx.put(Comment { project, ..it })?;
    }
    for it in attachments {
        tx.put(Attachment { project, ..it })?;
    }
    Ok(())
}

fn texts<R: Row>(tx: &Tx<'_>, belongs: impl Fn(&R) -> bool) -> Vec<R> {
    let all = tx.all::<R>().into_iter();
    all.filter(|it| belongs(it))
        .map(|it| (*it).clone())
        .collect()
}

fn require_few(rows: usize) -> Result<(), Rejected> {
    if rows <= MOVED_ROWS_MAX {
        return Ok(());
    }
    let text = format!(
        "A task goes to another project with at most {MOVED_ROWS_MAX} subtasks, comments and lines. Move its subtasks \
         one by one first."
    );
    Err(Rejected::new(Code::TooLarge, text))
}

/// The commands that bring a task back, with what it lost on the way; under a new number.
pub(super) fn back(
    before: &Tx<'_>,
    task: &Task,
    project: ProjectId,
    status: Option<StatusId>,
) -> Vec<Command> {
    let id = task.id;
    if project == task.project {
        // It only changes its place, if anything.
        let back = status.map(|_| Mutation::Move {
            id,
            status: task.status,
            place: place_of(before, List::Tasks(task.status), id.uuid()),
        });
        return back.map(Command::from).into_iter().collect();
    }
    let Some(target) = before.peek::<Project>(project) else {
        return Vec::new();
    };
    let is_open = |status: StatusId| {
        let status = before.peek::<Status>(status);
        status.is_some_and(|it| it.archived_at.is_none())
    };
    let mut back = vec![Mutation::MoveToProject {
        id,
        project: task.project,
        status: Some(task.status).filter(|status| is_open(*status)),
        place: place_of(before, List::Tasks(task.status), id.uuid()),
    }];
    if task.parent.is_some() {
        let parent = task.parent;
        back.push(Mutation::SetParent { id, parent });
    }
    let mut family = family(&before.all::<Task>(), id);
    for it in &family {
        back.extend(lost(before, it, &target));
    }
    if family.len() > 1 {
        // From the top of each column down, so that whoever stands above is there already.
        family.retain(|it| it.trashed_at.is_none() && is_open(it.status));
        let family = sorted_by(family, |a, b| (&a.rank, a.id).cmp(&(&b.rank, b.id)));
        let places = family.iter().map(|it| Mutation::Move {
            id: it.id,
            status: it.status,
            place: below_neighbour(before, it),
        });
        back.extend(places);
    }
    back.into_iter().map(Command::from).collect()
}

fn below_neighbour(before: &Tx<'_>, task: &Task) -> Place<TaskId> {
    let column = before.list(List::Tasks(task.status));
    let at = column.iter().position(|(_, id)| *id == task.id.uuid());
    match at.map(|at| at.checked_sub(1).map(|at| column[at].1)) {
        Some(Some(above)) => Place::after(above.into()),
        Some(None) => Place::First,
        None => Place::Last,
    }
}

/// Whom and what a task would lose on the way to a project and back.
fn lost(before: &Tx<'_>, task: &Task, target: &Project) -> Vec<Mutation> {
    let id = task.id;
    if task.trashed_at.is_some() {
        return Vec::new();
    }
    let there = labels_in(before, target.id, &task.labels);
    let again = labels_in(before, task.project, &there);
    let stays = assignees_in(before, target, &task.assignees);
    // A label that was deleted is named by the task and cannot be put on again.
    let known = |label: &&LabelId| before.peek::<Label>(**label).is_some();
    let labels = task.labels.iter().filter(known);
    let missing = labels.filter(|it| !again.contains(it)).copied();
    let wrong = again.iter().filter(|it| !task.labels.contains(it)).copied();
    let people = task.assignees.iter().filter(|it| !stays.contains(it));
    let mut lost: Vec<Mutation> = missing
        .map(|label| Mutation::AddLabel { id, label })
        .collect();
    lost.extend(wrong.map(|label| Mutation::RemoveLabel { id, label }));
    lost.extend(people.map(|user| Mutation::Assign { id, user: *user }));
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::projects::{self, Visibility};
    use crate::sync::world::{World, name, title, user};
    use crate::sync::{Context, Cover, Op, Replica, Scope, Snapshot, Table};
    use crate::tasks::TaskPatch;
    use crate::values::{Color, CommentText, LabelName, Markdown, ProjectKey, Time};
    use crate::{checklist_items, comments, labels};

    /// A second project that a member is in and a guest is not, and a task with everything in the first.
    struct Scene {
        world: World,
        other: ProjectId,
        columns: Vec<StatusId>,
        task: TaskId,
    }

    fn member() -> UserId {
        user(Role::Member)
    }

    impl Scene {
        fn new() -> Self {
            let mut world = World::new();
            let other = world.id();
            let statuses = projects::default_statuses(|| world.id());
            let columns = statuses.iter().map(|it| it.id).collect();
            let create = projects::Mutation::Create {
                id: other,
                key: ProjectKey::parse("OPS").unwrap(),
                name: name("Operations"),
                color: Color::Red,
                visibility: Visibility::Private,
                statuses,
            };
            world.run(user(Role::Owner), create).unwrap();
            let enter = projects::Mutation::AddMember {
                id: other,
                user: member(),
            };
            world.run(user(Role::Owner), enter).unwrap();
            let task = world.task("Goes", 2);
            let mut scene = Self {
                world,
                other,
                columns,
                task,
            };
            scene.furnish();
            scene
        }

        fn furnish(&mut self) {
            let (task, world) = (self.task, &mut self.world);
            let (item, comment) = (world.id(), world.id());
            let described = Mutation::Describe {
                id: task,
                markdown: Markdown::parse("Long").unwrap(),
            };
            world.run(member(), described).unwrap();
            let line = checklist_items::Mutation::Create {
                id: item,
                task,
                text: title("A line"),
                place: Place::Last,
                heading: None,
                done: true,
            };
            world.run(member(), line).unwrap();
            let said = comments::Mutation::Create {
                id: comment,
                task,
                text: CommentText::parse("Said").unwrap(),
            };
            world.run(member(), said).unwrap();
            let assign = |user| Mutation::Assign { id: task, user };
            world.run(member(), assign(member())).unwrap();
            world.run(member(), assign(user(Role::Manager))).unwrap();
        }

        fn label(&mut self, project: ProjectId, text: &str) -> LabelId {
            let id = self.world.id();
            let create = labels::Mutation::Create {
                id,
                project,
                name: LabelName::parse(text).unwrap(),
                color: Color::Red,
            };
            self.world.run(user(Role::Owner), create).unwrap();
            id
        }

        fn go(&self) -> Mutation {
            Mutation::MoveToProject {
                id: self.task,
                project: self.other,
                status: None,
                place: Place::Last,
            }
        }

        fn task(&self) -> Task {
            self.world.get::<Task>(self.task)
        }
    }

    #[test]
    fn a_task_goes_with_everything_that_is_its_own() {
        let mut scene = Scene::new();
        let (web, ops) = (scene.world.project, scene.other);
        let urgent = scene.label(web, "urgent");
        let alone = scene.label(web, "only here");
        let theirs = scene.label(ops, "Urgent");
        let above = scene.world.task("Above", 0);
        let id = scene.task;
        for command in [
            Mutation::AddLabel { id, label: urgent },
            Mutation::AddLabel { id, label: alone },
            Mutation::SetParent {
                id,
                parent: Some(above),
            },
        ] {
            scene.world.run(member(), command).unwrap();
        }
        let number = scene.world.get::<Project>(ops).next_number;
        let go = scene.go();
        scene.world.run(member(), go).unwrap();
        let task = scene.task();
        assert_eq!((task.project, task.number), (ops, number));
        assert_eq!(
            task.status, scene.columns[2],
            "the first that means started"
        );
        assert_eq!((task.labels, task.parent), (vec![theirs], None));
        assert_eq!(
            task.assignees,
            [member()],
            "the manager does not see it there"
        );
        let texts = scene.world.tables.iter().filter(|(key, stored)| {
            let is_text = key.table != Table::Tasks;
            is_text && matches!(stored.row.cover(), Cover::Task(_))
        });
        let scopes: Vec<Scope> = texts.map(|(_, stored)| stored.row.scope()).collect();
        assert_eq!(scopes, [Scope::Project(ops); 3]);
        let next = scene.world.get::<Project>(ops).next_number;
        assert_eq!(next, number + 1);
    }

    #[test]
    fn subtasks_go_along_and_get_numbers_in_their_order() {
        let mut scene = Scene::new();
        let below = [1, 4].map(|column| scene.world.task("Below", column));
        let deeper = scene.world.task("Deeper", 0);
        for (id, parent) in [
            (below[0], scene.task),
            (below[1], scene.task),
            (deeper, below[0]),
        ] {
            let parent = Some(parent);
            scene
                .world
                .run(member(), Mutation::SetParent { id, parent })
                .unwrap();
        }
        let go = scene.go();
        scene.world.run(member(), go).unwrap();
        let numbers: Vec<u32> = [scene.task, below[0], below[1], deeper]
            .iter()
            .map(|id| scene.world.get::<Task>(*id).number)
            .collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        let deepest = scene.world.get::<Task>(deeper);
        assert_eq!(
            (deepest.project, deepest.parent),
            (scene.other, Some(below[0]))
        );
        assert_eq!(scene.world.get::<Task>(below[1]).status, scene.columns[4]);
    }

    #[test]
    fn who_sees_one_of_the_projects_is_told_nothing_of_the_other() {
        let mut scene = Scene::new();
        let (web, ops) = (scene.world.project, scene.other);
        let go = scene.go();
        let parts = scene.world.run(member(), go).unwrap();
        let of = |scope| parts.iter().find(|part| part.scope == scope).unwrap();
        let left = of(Scope::Project(web));
        assert!(left.changes.iter().all(|it| matches!(it.op, Op::Evict)));
        assert_eq!(left.changes.len(), 4, "the task and its texts");
        let told = serde_json::to_string(of(Scope::Project(ops))).unwrap();
        assert!(!told.contains(&web.to_string()), "{told}");
        assert!(!told.contains("evict"), "{told}");
    }

    #[test]
    fn both_projects_have_to_allow_it() {
        let mut scene = Scene::new();
        let go = scene.go();
        for (role, code) in [
            (Role::Manager, Code::NotFound),
            (Role::Viewer, Code::NotAllowed),
            (Role::Guest, Code::NotFound),
        ] {
            let refused = scene.world.run(user(role), go.clone());
            assert_eq!(refused.unwrap_err().code, code, "{role:?}");
        }
        let archive = projects::Mutation::SetArchived {
            id: scene.other,
            archived: true,
        };
        scene.world.run(user(Role::Owner), archive).unwrap();
        let refused = scene.world.run(member(), go);
        assert_eq!(refused.unwrap_err().code, Code::Archived);
    }

    #[test]
    fn who_is_second_finds_it_there() {
        let mut scene = Scene::new();
        let go = scene.go();
        scene.world.run(member(), go.clone()).unwrap();
        assert!(scene.world.run(member(), go).unwrap().is_empty());
    }

    #[test]
    fn the_way_back_leads_to_the_same_place_under_a_new_number() {
        let mut scene = Scene::new();
        let web = scene.world.project;
        let label = scene.label(web, "only here");
        let below = scene.world.task("Below", 3);
        let beside = scene.world.task("Beside", 2);
        let id = scene.task;
        for command in [
            Mutation::AddLabel { id, label },
            Mutation::SetParent {
                id: below,
                parent: Some(id),
            },
            Mutation::Edit {
                id: beside,
                patch: TaskPatch::default(),
            },
        ] {
            scene.world.run(member(), command).unwrap();
        }
        let (before, columns) = (scene.task(), [2, 3].map(|it| scene.world.titles(it)));
        let context = Context {
            actor: user(Role::Owner),
            now: Time(9_000),
            cid: scene.world.id(),
        };
        let go = Command::from(scene.go());
        let back = go.inverse(&scene.world.tables, context);
        scene.world.run_as(context, &go).unwrap();
        for command in back {
            scene.world.run(user(Role::Owner), command).unwrap();
        }
        let after = scene.task();
        assert_eq!([2, 3].map(|it| scene.world.titles(it)), columns);
        assert!(after.number > before.number);
        let is_same = Task {
            number: before.number,
            rank: before.rank.clone(),
            ..after
        };
        assert_eq!(is_same, before);
        assert_eq!(scene.world.get::<Task>(below).parent, Some(id));
    }

    /// What somebody holds who has the first board and the task open.
    fn holder(scene: &Scene) -> Replica {
        let world = &scene.world;
        let opened = Cover::Task(scene.task);
        let rows = world.tables.iter().map(|(_, it)| (it.v, &it.row));
        let texts = rows.filter(|(_, row)| row.cover() == opened);
        let texts = Snapshot::of(World::epoch(), world.seq, vec![opened], texts);
        let mut replica = Replica::default();
        replica.begin_at(world.seq);
        for snapshot in [world.snapshot(), texts] {
            replica.cover(&snapshot, |_| true).unwrap();
        }
        replica
    }

    #[test]
    fn who_sees_a_task_leave_holds_nothing_of_it_and_who_sees_both_all_of_it() {
        let mut scene = Scene::new();
        let (mut source, mut both) = (holder(&scene), holder(&scene));
        let opened = Cover::Task(scene.task);
        let go = scene.go();
        let parts = scene.world.run(member(), go).unwrap();
        let (seq, web) = (scene.world.seq, Scope::Project(scene.world.project));
        let left: Vec<_> = parts.iter().filter(|it| it.scope == web).cloned().collect();
        source.advance(seq, &left, |_| false).unwrap();
        both.advance(seq, &parts, |_| false).unwrap();
        let texts = |replica: &Replica| {
            let rows = replica.base().iter().map(|(_, it)| &it.row);
            rows.filter(|row| row.cover() == opened).count()
        };
        assert_eq!((source.has(opened), texts(&source)), (false, 0));
        assert!(source.base().get::<Task>(scene.task).is_none());
        assert_eq!((both.has(opened), texts(&both)), (true, 3));
    }
}
