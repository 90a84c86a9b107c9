//! From an importer's tasks to the commands that bring them.

use super::{ImportedLabel, ImportedPerson, ImportedTask, Mutation, Preview, Source};
use crate::ids::{ImportId, ProjectId};
use crate::labels;
use crate::projects::NewStatus;
use crate::sync::{CHANGED_ROWS_MAX, Command};
use crate::values::{Name, ProjectKey, Time};
use uuid::Uuid;

/// How many rows one command of an import writes at most, besides the project's and the import's.
pub(super) const ROWS_MAX: usize = CHANGED_ROWS_MAX - 20;
/// How many tasks one command brings at most.
const TASKS_MAX: usize = 100;
/// How much text one command brings, but for a single task that has more: the log holds each command's changes as one.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What the project will be called.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: Name,
    /// Its key.
    pub key: ProjectKey,
}

impl Target {
    /// The name as it is, and a key made from it that no other project has.
    pub fn suggested(name: Name, taken: &[ProjectKey]) -> Self {
        let key = ProjectKey::from_name(name.as_str());
        let numbered = (2..)
            .map(|n| format!("{key}{n}"))
            .map_while(|k| ProjectKey::parse(&k).ok());
        let free = std::iter::once(key.clone())
            .chain(numbered)
            .find(|key| !taken.contains(key));
        Self {
            name,
            key: free.unwrap_or(key),
        }
    }
}

/// An import, ready to be committed: all of its commands or none.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The import.
    pub import: ImportId,
    /// The project that it makes.
    pub project: ProjectId,
    /// The commands, in order.
    pub commands: Vec<Command>,
    /// What they do, told to people.
    pub preview: Preview,
}

/// Makes the ids of an import: of one moment, in ascending order, so that equal moments keep the file's order.
pub struct Ids<'a> {
    now: Time,
    random: &'a mut dyn FnMut() -> [u8; 10],
    made: u32,
}

impl<'a> Ids<'a> {
    /// Ids of that moment; each takes ten random bytes.
    pub fn new(now: Time, random: &'a mut dyn FnMut() -> [u8; 10]) -> Self {
        Self {
            now,
            random,
            made: 0,
        }
    }

    /// The moment.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The next id.
    pub fn fresh<T: From<Uuid>>(&mut self) -> T {
        let mut bytes = (self.random)();
        // A UUID takes 4, 8 and 6 bits of the first three bytes; together with the fourth they count.
        let count = self.made.to_be_bytes();
        bytes[0] = count[0] << 2 | count[1] >> 6;
        bytes[1] = count[1] << 2 | count[2] >> 6;
        bytes[2] = count[2];
        bytes[3] = count[3];
        self.made += 1;
        ImportId::new(self.now.0, bytes).uuid().into()
    }
}

/// What an import begins with.
pub(super) struct Beginning {
    pub(super) import: ImportId,
    pub(super) project: ProjectId,
    pub(super) source: Source,
    pub(super) target: Target,
    /// In order.
    pub(super) statuses: Vec<NewStatus>,
    pub(super) labels: Vec<ImportedLabel>,
    pub(super) people: Vec<ImportedPerson>,
}

/// The commands of an import whose tasks are in the order of their numbers.
pub(super) fn commands(beginning: Beginning, tasks: Vec<ImportedTask>) -> Vec<Command> {
    let Beginning {
        import: id,
        project,
        source,
        target: Target { name, key },
        statuses,
        mut labels,
        people,
    } = beginning;
    let room = ROWS_MAX.saturating_sub(statuses.len() + people.len());
    let more_labels = labels.split_off(room.min(labels.len()));
    let start = Mutation::Start {
        id,
        source,
        project,
        key,
        name,
        statuses,
        labels,
        people,
    };
    let mut commands = vec![Command::from(start)];
    commands.extend(more_labels.into_iter().map(|label| {
        Command::from(labels::Mutation::Create {
            id: label.id,
            project,
            name: label.name,
            color: label.color,
        })
    }));
    let batches = batches(tasks).into_iter();
    commands.extend(batches.map(|tasks| Command::from(Mutation::Add { id, tasks })));
    commands
}

fn batches(tasks: Vec<ImportedTask>) -> Vec<Vec<ImportedTask>> {
    let mut batches: Vec<Vec<ImportedTask>> = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    for task in tasks {
        rows += task.row_count();
        bytes += text_bytes(&task);
        match batches.last_mut() {
            Some(batch)
                if batch.len() < TASKS_MAX && rows <= ROWS_MAX && bytes <= TEXT_BYTES_MAX =>
            {
                batch.push(task);
            }
            _ => {
                (rows, bytes) = (task.row_count(), text_bytes(&task));
                batches.push(vec![task]);
            }
        }
    }
    batches
}

fn text_bytes(task: &ImportedTask) -> usize {
    let description = task
        .description
        .as_ref()
        .map_or(0, |text| text.as_str().len());
    let items = task.items.iter().map(|item| item.text.as_str().len());
    let comments = task
        .comments
        .iter()
        .map(|comment| comment.text.as_str().len());
    let links = task.attachments.iter().map(|link| link.url.as_str().len());
    description + items.chain(comments).chain(links).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TaskId;

    #[test]
    fn ids_ascend_whatever_chance_gives() {
        let mut random = || [0x5a; 10];
        let mut ids = Ids::new(Time(1_700_000_000_000), &mut random);
        let made: Vec<TaskId> = (0..100_000).map(|_| ids.fresh()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_suggested_key_is_free() {
        let name = Name::parse("Nebula").unwrap();
        let key = |taken: &[&str]| {
            let taken: Vec<_> = taken
                .iter()
                .map(|key| ProjectKey::parse(key).unwrap())
                .collect();
            Target::suggested(name.clone(), &taken).key.to_string()
        };
        assert_eq!(key(&[]), "NEB");
        assert_eq!(key(&["NEB", "NEB2"]), "NEB3");
    }
}
