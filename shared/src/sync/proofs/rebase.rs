//! The view is what is confirmed with what is pending on top, carried out from scratch: whatever comes in between.

use super::Trial;
use crate::access::Role;
use crate::ids::UserId;
use crate::projects::Project;
use crate::sync::sim::Verbs;
use crate::sync::world::{World, user};
use crate::sync::{Cover, Part, Pending, Replica, Row as _, Snapshot, Tables};
use crate::tasks::Task;

/// One who sees everything: what they hold is what there is.
fn me() -> UserId {
    user(Role::Owner)
}

/// Everything that there is, held completely.
fn holder(world: &World) -> Replica {
    let boards = world.tables.all::<Project>().map(|it| Cover::Board(it.id));
    let tasks = world.tables.all::<Task>().map(|it| Cover::Task(it.id));
    let covers: Vec<Cover> = boards.chain(tasks).chain([Cover::Workspace]).collect();
    let rows = world.tables.iter().map(|(_, it)| (it.v, &it.row));
    let snapshot = Snapshot::of(World::epoch(), world.seq, covers, rows);
    let mut replica = Replica::default();
    replica.begin_at(world.seq);
    replica.cover(&snapshot, |_| true).unwrap();
    replica
}

fn from_scratch(replica: &Replica) -> Tables {
    let mut tables = replica.base().clone();
    for pending in replica.pending() {
        if let Ok(writes) = pending.command.apply(&tables, pending.context) {
            for (key, row) in writes {
                let v = tables.find(key).map_or(0, |stored| stored.v);
                match row {
                    Some(row) => drop(tables.put(v, row)),
                    None => drop(tables.remove(key)),
                }
            }
        }
    }
    tables
}

struct Rebase {
    trial: Trial,
    replica: Replica,
    numbered: u64,
}

impl Rebase {
    fn new(seed: u64) -> Self {
        let trial = Trial::new(seed);
        let replica = holder(&trial.world);
        Self {
            trial,
            replica,
            numbered: 0,
        }
    }

    fn go_on(&mut self) {
        match self.trial.chance.below(10) {
            0..5 => self.perform(),
            5..7 => self.hear_of_others(),
            7 => self.confirm(),
            8 => self.number(),
            _ => self.forget_refused(),
        }
    }

    fn perform(&mut self) {
        let Some(name) = self.trial.chance.pick(&self.trial.names.clone()) else {
            return;
        };
        let mut verbs = Verbs {
            chance: &mut self.trial.chance,
            tables: self.replica.view(),
            wild: super::WILD,
        };
        // What is deleted is the end of the history.
        let command = verbs.command(&name).filter(|_| name != "workspaces.delete");
        if let Some(command) = command {
            let context = self.trial.context_of(me());
            let before = self.replica.clone();
            if self.replica.perform(command, context).is_err() {
                // A refusal leaves nothing behind.
                assert_eq!(self.replica.view(), before.view());
                assert_eq!(self.replica.pending().len(), before.pending().len());
            }
        }
    }

    /// What others have done arrives, some of it at once.
    fn hear_of_others(&mut self) {
        let told = self.trial.world.log.len();
        for _ in 0..self.trial.chance.between(1, 4) {
            self.trial.go_on();
        }
        let parts = self.trial.world.log[told..].to_vec();
        self.hear(&parts, |_| false);
    }

    fn hear(&mut self, parts: &[Part], settled: impl Fn(&Pending) -> bool) {
        let seq = self.trial.world.seq;
        self.replica.advance(seq, parts, settled).unwrap();
    }

    /// The server judges the first command, and says what became of it.
    fn confirm(&mut self) {
        let Some(first) = self.replica.pending().first().cloned() else {
            return;
        };
        match self.trial.world.run_as(first.context, &first.command) {
            Ok(parts) => self.hear(&parts, |pending| pending.cid == first.cid),
            Err(_) => drop(self.replica.drop_pending(|it| it.cid == first.cid)),
        }
    }

    /// A command that is not the first may get its number first: another page was slower.
    fn number(&mut self) {
        let open = self.replica.pending().iter().filter(|it| it.mid.is_none());
        let open: Vec<_> = open.map(|it| it.cid).collect();
        if let Some(cid) = self.trial.chance.pick(&open) {
            self.numbered += 1;
            self.replica.number(cid, self.numbered);
        }
    }

    fn forget_refused(&mut self) {
        let pending: Vec<_> = self.replica.pending().iter().map(|it| it.cid).collect();
        if let Some(cid) = self.trial.chance.pick(&pending) {
            self.replica.drop_pending(|it| it.cid == cid);
        }
    }

    fn check(&self) {
        assert_eq!(self.replica.view(), &from_scratch(&self.replica));
        let has = |tables: &Tables| -> Vec<_> {
            let rows = tables.iter().map(|(key, it)| (key, it.clone()));
            rows.filter(|(_, it)| self.replica.has(it.row.cover()))
                .collect()
        };
        assert_eq!(has(self.replica.base()), has(&self.trial.world.tables));
    }
}

#[test]
fn whatever_is_confirmed_the_view_is_replayed_on_it_as_from_scratch() {
    for seed in 400..440 {
        let mut rebase = Rebase::new(seed);
        for _ in 0..80 {
            rebase.go_on();
            rebase.check();
        }
        // In the end all of it is judged, and both are the same.
        while !rebase.replica.pending().is_empty() {
            rebase.confirm();
            rebase.check();
        }
        assert_eq!(rebase.replica.view(), rebase.replica.base());
        let project = Project::key_of(rebase.trial.world.project);
        assert!(rebase.replica.view().find(project).is_some());
    }
}
