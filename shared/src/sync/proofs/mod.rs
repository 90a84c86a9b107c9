//! Commands of every kind, tried out by chance on rows of every kind: what all of them have in common.

mod inverse;
mod needs;
mod rebase;

use super::permissions::every_command;
use super::sim::{Chance, NOT_DONE, VERBS, Verbs};
use super::world::{World, user};
use super::{AnyRow, Command, Context, Scope, Tables, Writes, changes};
use crate::access::{Role, sees};
use crate::codes::Rejected;
use crate::ids::{ProjectId, UserId};
use crate::members::Member;
use crate::projects::Project;
use crate::values::Time;
use std::collections::{BTreeMap, BTreeSet};

/// In percent, how often a command names what does not fit.
const WILD: u64 = 8;

/// How many commands make a world in which commands are tried out.
const HISTORY: u64 = 150;

/// What happens much more often than the rest, so that there are things to do something with.
const OFTEN: [&str; 10] = [
    "tasks.create",
    "tasks.create",
    "tasks.create",
    "tasks.move",
    "tasks.set_parent",
    "tasks.add_label",
    "labels.create",
    "checklist_items.create",
    "comments.create",
    "attachments.create",
];

/// A workspace in which much has happened, and what is tried out next.
struct Trial {
    chance: Chance,
    now: i64,
    world: World,
    names: Vec<String>,
}

impl Trial {
    fn new(seed: u64) -> Self {
        let mut trial = Self {
            chance: Chance::new(seed),
            now: 20_000,
            world: World::new(),
            names: every_command().into_iter().collect(),
        };
        let steps = trial.chance.below(HISTORY);
        for _ in 0..steps {
            trial.go_on();
        }
        trial
    }

    /// Something happens, if it is allowed.
    fn go_on(&mut self) {
        let name = if self.chance.percent(60) {
            self.chance.pick(&OFTEN).map(str::to_owned)
        } else {
            self.chance.pick(&self.names.clone())
        };
        // A workspace that is deleted, or of which somebody is left who sees nothing, is the end of a history.
        let ends = ["workspaces.delete", "members.erase"];
        let name = name.filter(|name| !ends.contains(&name.as_str()));
        if let Some(command) = name.and_then(|name| self.command(&name)) {
            let context = self.context();
            // A refusal changes nothing.
            drop(self.world.run_as(context, &command));
        }
    }

    fn command(&mut self, name: &str) -> Option<Command> {
        let mut verbs = Verbs {
            chance: &mut self.chance,
            tables: &self.world.tables,
            wild: WILD,
        };
        verbs.command(name)
    }

    /// Mostly people who may do much: else most is refused.
    fn context(&mut self) -> Context {
        let role = self.chance.weighted(&[
            (6, Role::Owner),
            (2, Role::Admin),
            (3, Role::Manager),
            (3, Role::Member),
            (1, Role::Guest),
            (1, Role::Viewer),
        ]);
        self.context_of(user(role))
    }

    fn context_of(&mut self, actor: UserId) -> Context {
        self.now += 1;
        Context {
            actor,
            now: Time(self.now),
            cid: self.chance.id(),
        }
    }

    /// Something of each kind, on these rows, each as itself would be the next thing to happen.
    fn each(&mut self, mut tried: impl FnMut(&mut Trial, Context, &Command)) {
        for name in self.names.clone() {
            if let Some(command) = self.command(&name) {
                assert_eq!(command.name(), name);
                let context = self.context();
                tried(self, context, &command);
            }
        }
    }
}

/// How often commands of a kind were done, and refused.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, (u64, u64)>);

impl Tally {
    fn note(&mut self, command: &Command, done: bool) {
        let (dones, refusals) = self.0.entry(command.name()).or_default();
        if done {
            *dones += 1;
        } else {
            *refusals += 1;
        }
    }

    /// Of each kind some were done: else nothing is proved of it.
    fn require_all(&self, but: &[&str]) {
        for name in every_command() {
            let (dones, _) = self.0.get(name.as_str()).copied().unwrap_or_default();
            assert!(dones > 0 || but.contains(&name.as_str()), "{name}");
        }
    }
}

fn saw(tables: &Tables, actor: UserId, scope: Scope) -> bool {
    let Some(member) = tables.get::<Member>(actor).filter(|it| it.active) else {
        return false;
    };
    let project = |id: ProjectId| tables.get::<Project>(id);
    match scope {
        Scope::Workspace => true,
        Scope::User(id) => id == actor,
        Scope::Project(id) => {
            project(id).is_some_and(|it| sees(member.role, actor, it.visibility, &it.members))
        }
    }
}

fn with(tables: &Tables, writes: &Writes) -> Tables {
    let mut tables = tables.clone();
    for (key, row) in writes {
        match row {
            Some(row) => drop(tables.put(1, row.clone())),
            None => drop(tables.remove(*key)),
        }
    }
    tables
}

/// Nobody has a say in these: the server does them for people who need not see what they are about.
const OF_THE_SERVER: [&str; 5] = [
    "members.claim",
    "members.erase",
    "workspaces.create",
    "workspaces.restore",
    "workspaces.set_plan",
];

#[test]
fn every_command_is_judged_the_same_again_and_writes_what_its_actor_sees() {
    let mut tally = Tally::default();
    for seed in 0..60 {
        Trial::new(seed).each(|trial, context, command| {
            let tables = &trial.world.tables;
            let judged = command.apply(tables, context);
            assert_eq!(judged, command.apply(&tables.clone(), context));
            tally.note(command, judged.is_ok());
            let Ok(writes) = judged else { return };
            let after = with(tables, &writes);
            let sees = |tables: &Tables, row: &AnyRow| saw(tables, context.actor, row.scope());
            for (key, row) in &writes {
                let before = tables.find(*key).map(|it| &it.row);
                assert_ne!(before, row.as_ref(), "a write that changes nothing");
                let is_theirs = before.is_none_or(|row| sees(tables, row))
                    && row.as_ref().is_none_or(|row| {
                        assert_eq!(row.key(), *key);
                        sees(tables, row) || sees(&after, row)
                    });
                let name = command.name();
                assert!(
                    is_theirs || OF_THE_SERVER.contains(&name),
                    "{name} writes {row:?} in the place of {before:?}"
                );
            }
            // What is told of it leads to the same rows.
            assert_eq!(changes(tables, &writes).is_empty(), writes.is_empty());
        });
    }
    // A workspace is founded once.
    tally.require_all(&["workspaces.create"]);
}

#[test]
fn every_command_that_can_be_pushed_is_done_by_the_simulated_or_says_why_not() {
    let mut servers_own = BTreeSet::new();
    for seed in 0..20 {
        Trial::new(seed).each(|_, _, command| {
            if command.is_servers_own() {
                servers_own.insert(command.name());
            }
        });
    }
    let expected = [
        "imports.add",
        "imports.start",
        "members.add",
        "members.add_bot",
        "members.claim",
        "members.erase",
        "workspaces.set_plan",
    ];
    assert_eq!(servers_own, BTreeSet::from(expected));
    let mut pushed = every_command();
    pushed.retain(|name| !servers_own.contains(name.as_str()));
    let done = VERBS.iter().map(|(name, ..)| (*name).to_owned());
    let done: BTreeSet<String> = done.collect();
    let not_done = NOT_DONE.iter().map(|(name, _)| (*name).to_owned());
    let not_done: BTreeSet<String> = not_done.collect();
    assert!(done.is_disjoint(&not_done));
    assert_eq!(
        done.union(&not_done).cloned().collect::<BTreeSet<_>>(),
        pushed
    );
}

/// What a page of a newer version says besides is passed over: what it means, a name that this one does not know would say.
#[test]
fn every_command_is_read_as_it_was_written_whatever_is_said_besides() {
    for seed in 0..20 {
        Trial::new(seed).each(|_, _, command| {
            let json = serde_json::to_string(command).unwrap();
            let read: Command = serde_json::from_str(&json).unwrap();
            assert_eq!(&read, command);
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
            let mut more: serde_json::Value = serde_json::from_str(&json).unwrap();
            let arguments = more
                .as_object_mut()
                .and_then(|domains| domains.values_mut().next())
                .and_then(|verbs| verbs.as_object_mut()?.values_mut().next())
                .and_then(|arguments| arguments.as_object_mut());
            let arguments = arguments.expect("a command has named arguments");
            arguments.insert("mood".into(), "cheerful".into());
            for patch in ["patch", "fields"] {
                if let Some(inner) = arguments.get_mut(patch).and_then(|it| it.as_object_mut()) {
                    inner.insert("mood".into(), "cheerful".into());
                }
            }
            let read: Command = serde_json::from_value(more).unwrap();
            assert_eq!(&read, command);
        });
    }
}

/// What became of a command, with its writes.
type Judged = Result<Writes, Rejected>;
