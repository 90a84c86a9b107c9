//! What browser and server say to each other: versioned JSON, the same over every transport.
//!
//! History of [`VERSION`]: 1, the first; 2, a frame names this replica's commands also by their ids.

use super::command::Command;
use super::patch::Part;
use super::rows::Scope;
use crate::codes::Rejected;
use crate::ids::{CommandId, Epoch, ProjectId, ReplicaId, TaskId, UserId, WorkspaceId};
use crate::values::Time;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The protocol spoken here. A server answers a newer or much older client with [`Mode::UpgradeRequired`].
pub const VERSION: u32 = 2;
/// How rows are written down; a replica of another schema is fetched anew. A test says when it is to be raised.
pub const SCHEMA: u32 = 1;
/// The most commands in one push.
pub const PUSH_COMMANDS_MAX: usize = 64;
/// The largest message a client may send, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// How often a client shows that it is there, in milliseconds; the server answers each ping.
pub const PING_EVERY_MS: u32 = 25_000;
/// How long either side waits for a sign of life, in milliseconds.
pub const SILENCE_MS_MAX: u32 = 40_000;

/// A scope and the change that last touched who may see it: another number means "fetch it anew".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted(pub Scope, pub u64);

/// A command by its number among those of its replica, and by its id: where a profile was cloned or put back, the same
/// number is that of two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Own(pub u64, pub CommandId);

/// From the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    Hello(Hello),
    /// Commands, in the order of their numbers.
    Push {
        /// At most [`PUSH_COMMANDS_MAX`].
        commands: Vec<Numbered>,
    },
    /// Everything up to this number has been taken in.
    Ack {
        /// The cursor.
        cursor: u64,
    },
    /// Where this person is and what they hold.
    Presence(Presence),
    /// A sign of life.
    Ping {
        /// Whatever the client likes; comes back.
        t: f64,
    },
}

/// How a browser introduces itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`].
    pub proto: u32,
    /// [`SCHEMA`].
    pub schema: u32,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who writes.
    pub replica: ReplicaId,
    /// The life of the log that the cursor is of.
    pub epoch: Option<Epoch>,
    /// Up to where it has everything.
    pub cursor: Option<u64>,
    /// What it may see as far as it knows. May be left out: the welcome tells what it does see.
    #[serde(default)]
    pub scopes: Vec<Granted>,
}

/// A command with its place among its replica's commands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Numbered {
    /// 1, 2, 3... within the replica, without gaps.
    pub mid: u64,
    /// Tells apart two commands with one number, made by a copied profile.
    pub cid: CommandId,
    /// Up to where its maker had seen everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// The command, unread: one that cannot be read is refused by itself.
    pub command: Box<RawValue>,
}

impl Numbered {
    /// A command ready to send.
    pub fn new(mid: u64, cid: CommandId, seen: Option<u64>, command: &Command) -> Self {
        let json = serde_json::to_string(command).expect("a command is plain data");
        let command = RawValue::from_string(json).expect("a command's JSON is JSON");
        Self {
            mid,
            cid,
            seen,
            command,
        }
    }
}

/// Commands as a request of their own, `POST /sync/push`, answered with [`ServerMessage::Results`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    /// Who writes.
    pub replica: ReplicaId,
    /// At most [`PUSH_COMMANDS_MAX`], in the order of their numbers.
    pub commands: Vec<Numbered>,
}

/// From the server. Frames are put together from parts that are encoded once for all who see them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to a hello.
    Welcome(Welcome),
    /// What happened in `(from, to]`, as far as this connection may see it.
    Frame(Frame),
    /// What became of commands.
    Results {
        /// One for each command pushed.
        results: Vec<Answer>,
    },
    /// The replica cannot be continued: fetch everything anew. Unsent commands are kept.
    Reset {
        /// Why, for the log.
        why: String,
    },
    /// The session has ended.
    Kick {
        /// Why, for people.
        why: String,
    },
    /// The server goes away: come back within this many milliseconds, spread out.
    Drain {
        /// The time to spread over.
        spread_ms: u32,
    },
    /// The answer to a ping.
    Pong {
        /// What the client sent.
        t: f64,
        /// The server's clock.
        server_time: Time,
    },
    /// Who is on the project that this connection looks at.
    Present {
        /// The project.
        project: ProjectId,
        /// Everybody, this connection too.
        people: Vec<Person>,
    },
}

/// How the server answers a hello.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The life of the log.
    pub epoch: Epoch,
    /// The newest number.
    pub head: u64,
    /// The number of this replica's last command that was judged.
    pub last_mid: u64,
    /// What this person sees.
    pub scopes: Vec<Granted>,
    /// The server's clock.
    pub server_time: Time,
    /// How it goes on.
    pub mode: Mode,
}

/// How a connection goes on after its hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Frames follow from the cursor.
    CatchUp,
    /// The cursor is too old, ahead, or of another life: fetch what is needed; frames follow from `head`.
    Bootstrap,
    /// This page is too old to be understood.
    UpgradeRequired,
}

/// What happened in a range of the order. Whoever applies it had everything up to `from`, and then has it up to `to`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Frame {
    /// Exclusive.
    pub from: u64,
    /// Inclusive.
    pub to: u64,
    /// This replica's commands that took effect in the range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Own>,
    /// What this person sees from `to` on, if that changed in the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Granted>>,
    /// The changes, in order.
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The command's number.
    pub mid: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was carried out; its changes have this number, or came before it where it changed nothing.
    Done(u64),
    /// It was refused for good.
    Refused(Rejected),
    /// An earlier command is missing; this is the number expected.
    Gap(u64),
    /// Another writer uses this replica's numbers: go on as a new replica.
    Forked,
}

/// Where somebody is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The project they look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The task they have open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The task they are dragging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dragging: Option<TaskId>,
}

/// Somebody on a project, one entry for each of their pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// Which of their pages.
    pub replica: ReplicaId,
    /// The task they have open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The task they are dragging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dragging: Option<TaskId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_format_is_what_it_was() {
        let hello = r#"{"hello":{"proto":1,"schema":1,"workspace":"00000000-0000-0000-0000-000000000001","replica":"00000000-0000-0000-0000-000000000002","epoch":null,"cursor":null,"scopes":[["w",0]]}}"#;
        let read: ClientMessage = serde_json::from_str(hello).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), hello);
        let frame = r#"{"frame":{"from":1,"to":3,"own":[[7,"00000000-0000-0000-0000-000000000003"]],"parts":[{"seq":2,"scope":"w","changes":[{"t":"members","i":"00000000-0000-0000-0000-000000000001","put":{"a": 1}}]}]}}"#;
        let read: ServerMessage = serde_json::from_str(frame).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), frame);
        let push = r#"{"replica":"00000000-0000-0000-0000-000000000002","commands":[{"mid":1,"cid":"00000000-0000-0000-0000-000000000003","command":{"unread": true}}]}"#;
        let read: Push = serde_json::from_str(push).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), push);
        let results = r#"{"results":{"results":[{"mid":1,"outcome":{"done":4}},{"mid":2,"outcome":{"refused":{"code":"not_allowed","message":"No."}}},{"mid":3,"outcome":"forked"}]}}"#;
        let read: ServerMessage = serde_json::from_str(results).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), results);
    }
}
