//! Several pages of one browser: the leader has the link to the server, and hands on what it hears.
//!
//! A follower is a [`Client`] like any other whose server is the leader: it says hello with its cursor, is welcomed, and
//! gets the same frames. Only pushes take another way: a follower keeps its command, and tells that it did.

use super::{Client, Lead};
use crate::ids::{CommandId, ReplicaId};
use crate::sync::keep::Kept;
use crate::sync::protocol::{Hello, Mode, ServerMessage, Welcome};
use crate::sync::rows::{Cover, Key};
use crate::values::Time;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::VecDeque;

/// How many frames a leader keeps for followers that come or come back. Whoever lacks more fetches its rows anew.
pub const RELAYED_FRAMES_MAX: usize = 256;

/// What pages of one person and workspace say to each other. `tab` is an id that a page gives itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// A command is durably kept.
    Kept {
        /// Under which identity: whose commands the numbers are.
        writer: ReplicaId,
        /// The command.
        command: Kept,
    },
    /// All is numbered anew under another identity: read what is kept.
    Renumbered,
    /// A follower asks its leader to be followed up.
    Hello {
        /// Who asks.
        tab: CommandId,
        /// For which time.
        asked: u64,
        /// What they have.
        hello: Hello,
    },
    /// The leader's answer to one follower: messages as a server sends them.
    Answer {
        /// Who asked.
        tab: CommandId,
        /// Which of their questions it was.
        asked: u64,
        /// Who answers.
        leader: CommandId,
        /// Under which identity: whose commands the numbers are.
        writer: ReplicaId,
        /// In order.
        messages: Vec<Box<RawValue>>,
    },
    /// What a leader hears, for all to whom it has answered. What another one hears may leave out what these need: each is
    /// told by its own welcome what it sees.
    Heard {
        /// Who leads.
        leader: CommandId,
        /// Under which identity: whose commands the numbers are.
        writer: ReplicaId,
        /// The message.
        message: Box<RawValue>,
    },
    /// The leader is connected: ask.
    Leading,
    /// The leader has lost the server.
    Alone,
    /// A page needs something to be complete, also when it is gone itself.
    Want(Cover),
    /// A page has come to the front: may it lead?
    MayLead {
        /// Who asks.
        tab: CommandId,
    },
    /// The leader's answer. Where it is in the background it has put everything down, and the other is to lead.
    Lead {
        /// Who asked.
        tab: CommandId,
        /// Whether they may.
        may: bool,
    },
    /// The refused changes that are kept have changed.
    Parked,
    /// The person has let go of what somebody overwrote of a field.
    LetGo(Key, String),
}

impl TabMessage {
    /// What a leader says to this page, and which leader: an answer to what it has asked, or what the page that has answered
    /// it hears. `tab` and `leader` are what this page and that one are called.
    ///
    /// Nothing that was said under another identity: one of the two has yet to hear of the change, and the page would take
    /// the numbers for those of other commands. And no answer to an earlier question: what the page has learned since, it
    /// asks about anew, and the leader may not have been there yet when it answered.
    pub fn to_follower(
        &self,
        follower: &Client,
        tab: CommandId,
        leader: Option<CommandId>,
    ) -> Option<(CommandId, &[Box<RawValue>])> {
        let (by, writer, messages) = match self {
            TabMessage::Answer {
                tab: asker,
                asked,
                leader,
                writer,
                messages,
            } if *asker == tab && *asked == follower.asked() => {
                (leader, writer, messages.as_slice())
            }
            TabMessage::Heard {
                leader: by,
                writer,
                message,
            } if leader == Some(*by) => (by, writer, std::slice::from_ref(message)),
            _ => return None,
        };
        let is_ours = follower.lead() == Lead::Follower && *writer == follower.writer();
        is_ours.then_some((*by, messages))
    }
}

/// What a message of the server is to a leader's followers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// They need it, and those who come later may: a frame `(from, to]`.
    Frame(u64, u64),
    /// They need it now.
    News,
    /// It is about the leader's own link.
    Own,
}

impl Heard {
    /// What a message is.
    pub fn of(message: &ServerMessage) -> Self {
        match message {
            ServerMessage::Frame(frame) => Heard::Frame(frame.from, frame.to),
            ServerMessage::Results { .. }
            | ServerMessage::Present { .. }
            | ServerMessage::Kick { .. } => Heard::News,
            ServerMessage::Welcome(_)
            | ServerMessage::Reset { .. }
            | ServerMessage::Drain { .. }
            | ServerMessage::Pong { .. } => Heard::Own,
        }
    }
}

/// The leader's memory of what it has heard.
#[derive(Clone, Debug, Default)]
pub struct Relay {
    /// Under which identity: a frame says by their numbers which commands took effect, and another identity has others of
    /// the same numbers.
    writer: Option<ReplicaId>,
    /// `(from, to, message)`, each continuing the one before.
    frames: VecDeque<(u64, u64, Box<RawValue>)>,
}

impl Relay {
    /// Takes in a message of the server to whom it knows under that identity.
    pub fn hear(&mut self, writer: ReplicaId, heard: Heard, text: &RawValue) {
        if let Heard::Frame(from, to) = heard {
            if self.writer.replace(writer) != Some(writer) {
                self.frames.clear();
            }
            if self.frames.back().is_some_and(|last| last.1 != from) {
                self.frames.clear();
            }
            self.frames.push_back((from, to, text.to_owned()));
            if self.frames.len() > RELAYED_FRAMES_MAX {
                self.frames.pop_front();
            }
        }
    }

    /// What the leader answers to a follower's hello: the frames that it lacks, or that it has to fetch rows anew. Nothing
    /// while the leader itself is not up to date.
    pub fn answer(&self, leader: &Client, hello: &Hello, now: Time) -> Vec<Box<RawValue>> {
        // Numbers of another identity would be taken for those of this one: one of the two has yet to hear of the change.
        let is_one = leader.is_open() && hello.replica == leader.writer();
        let Some(epoch) = leader.epoch().filter(|_| is_one) else {
            return Vec::new();
        };
        let head = leader.replica().cursor();
        let cursor = hello.cursor.filter(|_| hello.epoch == Some(epoch));
        if cursor > Some(head) {
            // A page that was rendered a moment ago knows more: it must not go back. It asks again.
            return Vec::new();
        }
        let cursor = cursor.filter(|cursor| *cursor >= leader.begun_at);
        let missing = cursor.and_then(|cursor| self.since(leader, cursor, head));
        let judged = leader.replica().judged_at();
        if missing.is_none() && head < judged {
            // Its rows are those that were kept, and what it knows of its commands is from later. Soon it has caught up.
            return Vec::new();
        }
        let welcome = ServerMessage::Welcome(Welcome {
            epoch,
            head: match missing {
                Some(_) => judged,
                None => head,
            },
            last_mid: leader.settled_up_to(),
            scopes: leader.scopes().to_vec(),
            server_time: now,
            mode: match missing {
                Some(_) => Mode::CatchUp,
                None => Mode::Bootstrap,
            },
        });
        let results = ServerMessage::Results {
            results: leader.answers(),
        };
        let text = |message| serde_json::value::to_raw_value(&message);
        let text = |message| text(message).expect("a message is plain data");
        let mut messages = vec![text(welcome), text(results)];
        messages.extend(missing.into_iter().flatten());
        messages
    }

    /// The frames that lead from a cursor to the head, if they are all here.
    fn since(&self, leader: &Client, cursor: u64, head: u64) -> Option<Vec<Box<RawValue>>> {
        if cursor == head {
            return Some(Vec::new());
        }
        if self.writer != Some(leader.writer()) {
            return None;
        }
        let first = self.frames.iter().position(|frame| frame.0 == cursor)?;
        let ends_here = self.frames.back().is_some_and(|last| last.1 == head);
        let texts = self.frames.range(first..).map(|frame| told_now(&frame.2));
        ends_here.then(|| texts.collect())
    }
}

/// A frame as it is told to somebody who was told already what they see now: what it said of that is from before. Since
/// then the leader may have been told by a welcome, which no frame repeats.
fn told_now(text: &RawValue) -> Box<RawValue> {
    if text.get().contains(r#""scopes":"#)
        && let Ok(ServerMessage::Frame(mut frame)) = serde_json::from_str(text.get())
    {
        frame.scopes = None;
        let message = ServerMessage::Frame(frame);
        return serde_json::value::to_raw_value(&message).expect("a message is plain data");
    }
    text.to_owned()
}
