//! Everything that a seed's commands come to, as text: the same, byte for byte, wherever this is compiled for.

use super::chance::Chance;
use super::database::{Database, State, user};
use super::person::{Doing, Person};
use crate::access::Role;
use crate::ids::WorkspaceId;
use crate::projects::Project;
use crate::sync::Scope;
use crate::sync::protocol::{ClientMessage, Frame, Granted, Mode, Own, ServerMessage, Welcome};
use crate::sync::{Client, Context, Cover, Effect, Event, Lead, Part, Settings, Snapshot, changes};
use crate::values::Time;
use std::fmt::Write as _;
use uuid::Uuid;

/// How heavily changes of who sees what weigh.
const CHURN: u64 = 6;

/// Somebody works alone, and the server answers at once: each command, what the browser sends, what the server makes of it
/// and writes down, and at the end the rows, and what the browser keeps of them. A simulated run closes it.
pub fn transcript(seed: u64, deeds: usize) -> String {
    let mut alone = Alone::new(seed);
    for _ in 0..deeds {
        alone.go_on();
    }
    alone.close();
    let mut text = alone.text;
    match super::run(seed, None) {
        Ok(passed) => line(&mut text, "simulated", &format!("{passed:?}")),
        Err(failure) => line(&mut text, failure.property, &failure.what),
    }
    text
}

/// One person, one browser, and a server that does nothing else.
struct Alone {
    chance: Chance,
    state: State,
    client: Client,
    mids: u64,
    text: String,
}

impl Alone {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let state = Database::founded(&mut chance).state;
        let client = Client::new(Settings {
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
            replica: chance.id(),
            me: user(Role::Owner),
        });
        let mut alone = Self {
            chance,
            state,
            client,
            mids: 0,
            text: String::new(),
        };
        let projects = alone.state.tables.all::<Project>().map(|it| it.id);
        let projects: Vec<_> = projects.collect();
        let covers = projects.iter().map(|id| Cover::Board(*id));
        let covers = covers.chain([Cover::Workspace]).collect();
        let scopes = projects.iter().map(|id| Scope::Project(*id));
        let scopes = scopes.chain([Scope::Workspace, Scope::User(user(Role::Owner))]);
        let scopes: Vec<Granted> = scopes.map(|scope| Granted(scope, 0)).collect();
        let welcome = Welcome {
            epoch: alone.state.epoch,
            head: 0,
            last_mid: 0,
            scopes: scopes.clone(),
            server_time: Time(0),
            mode: Mode::CatchUp,
        };
        let snapshot = alone.snapshot(covers);
        alone.feed(Event::Seeded(snapshot, scopes));
        alone.feed(Event::Led(Lead::Leader));
        alone.feed(Event::Connected);
        alone.hear(ServerMessage::Welcome(welcome));
        alone
    }

    fn snapshot(&self, covers: Vec<Cover>) -> Snapshot {
        let rows = self.state.tables.iter();
        let covered = rows.filter(|(_, stored)| covers.contains(&stored.row.cover()));
        let rows = covered.map(|(_, stored)| (stored.v, &stored.row));
        Snapshot::of(self.state.epoch, self.state.seq, covers.clone(), rows)
    }

    fn go_on(&mut self) {
        match Person::new(&mut self.chance, &self.client).next(CHURN) {
            Some(Doing::Look(cover)) => {
                self.feed(Event::Want(cover));
                let snapshot = self.snapshot(vec![cover]);
                line(&mut self.text, "snapshot", &json(&snapshot));
                self.feed(Event::Fetched(snapshot));
            }
            Some(Doing::Change(command)) => {
                let at = self.chance.below(1 << 42);
                let context = Context {
                    actor: user(Role::Owner),
                    now: Time(at.try_into().unwrap_or(0)),
                    cid: self.chance.id(),
                };
                line(&mut self.text, "command", &json(&command));
                self.feed(Event::Perform(Box::new(command.clone()), context));
                self.mids += 1;
                self.feed(Event::Stored(context.cid, self.mids));
                match command.apply(&self.state.tables, context) {
                    Err(rejected) => line(&mut self.text, "refused", &json(&rejected)),
                    Ok(writes) => {
                        let from = self.state.seq;
                        let to = from + 1;
                        let changed = changes(&self.state.tables, &writes);
                        let parts = changed.into_iter().map(|(scope, changes)| Part {
                            seq: to,
                            scope,
                            by: Some(context.actor),
                            seen: None,
                            changes,
                        });
                        let frame = Frame {
                            from,
                            to,
                            own: vec![Own(self.mids, context.cid)],
                            scopes: None,
                            parts: parts.collect(),
                        };
                        self.state.take(to, writes);
                        self.state.seq = to;
                        self.hear(ServerMessage::Frame(frame));
                    }
                }
            }
            None => {}
        }
    }

    fn hear(&mut self, message: ServerMessage) {
        line(&mut self.text, "hears", &json(&message));
        self.feed(Event::Received(Box::new(message)));
    }

    fn feed(&mut self, event: Event) {
        for effect in self.client.step(event) {
            match effect {
                Effect::Send(message @ (ClientMessage::Hello(_) | ClientMessage::Push { .. })) => {
                    line(&mut self.text, "sends", &json(&message));
                }
                Effect::Reveal(keys) => line(&mut self.text, "shows", &format!("{keys:?}")),
                // The log has one life here.
                Effect::Revive(..) => {
                    let writer = self.client.writer();
                    self.feed(Event::Revived(writer, self.mids, Vec::new()));
                }
                _ => {}
            }
        }
    }

    fn close(&mut self) {
        for (_, stored) in self.state.tables.iter() {
            let row = stored.row.to_json();
            line(&mut self.text, &format!("row {}", stored.v), &row);
        }
        for (key, stored) in self.client.replica().view().iter() {
            let shown = format!("{key:?} {} {}", stored.v, stored.row.to_json());
            line(&mut self.text, "view", &shown);
        }
        if let Some(write) = self.client.write(None) {
            line(&mut self.text, "header", &json(&write.header));
            for (key, rows) in write.chunks {
                let rows = rows.unwrap_or_default();
                line(&mut self.text, &format!("chunk {key}"), &rows);
            }
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is sent and kept is plain data")
}

fn line(text: &mut String, what: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{what} {value}");
}
