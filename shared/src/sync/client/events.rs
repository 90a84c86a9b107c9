//! What happens to a client, what it wants done, and the states of its regions.

use super::{Overwritten, Transport};
use crate::codes::Rejected;
use crate::ids::{CommandId, Epoch, ProjectId, ReplicaId, UserId, WorkspaceId};
use crate::sync::command::Command;
use crate::sync::keep::{ChunkKey, Header, Readable};
use crate::sync::protocol::{ClientMessage, Granted, Own, Person, Presence, ServerMessage};
use crate::sync::rows::{Cover, Key};
use crate::sync::snapshot::Snapshot;
use crate::sync::tx::Context;
use crate::values::Time;
use std::collections::BTreeSet;

/// Where the rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// Nothing is known yet: a snapshot is awaited.
    Bootstrapping,
    /// The page came with rows, or the browser had kept them.
    Ready,
}

/// The connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not wanted: a follower, or the session has ended.
    Closed,
    /// Waiting before the next attempt.
    Backoff,
    /// Being made, or the hello is unanswered.
    Connecting,
    /// Missing changes are arriving.
    CatchingUp,
    /// Everything is here.
    Live,
}

/// What becomes of this browser's commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbox {
    /// Nothing is under way.
    Idle,
    /// One push is under way, up to this number.
    Sending(u64),
    /// The link broke during a push up to this number: it is sent again, and the server answers what it answered before.
    Uncertain(u64),
}

/// Whether this page speaks for the browser's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// It does.
    Leader,
    /// Another page does.
    Follower,
}

/// How far a change has come that the server has not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is shown, and would be lost with the page.
    Shown,
    /// It is durably kept in this browser.
    Saved,
    /// It is on its way to the server.
    Sent,
    /// It was refused, and nobody has decided yet what becomes of it. Known to whoever keeps what was refused.
    Refused,
}

/// A command that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its id.
    pub cid: CommandId,
    /// Its number; nothing if it was refused here, before it was kept.
    pub mid: Option<u64>,
    /// Whether it was made on this page, and not on another one or in an earlier life of it.
    pub made_here: bool,
    /// What was to be done.
    pub command: Command,
    /// Why it was not.
    pub rejected: Rejected,
}

/// Things that happen after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Connect again.
    Reconnect,
    /// Show that we are there.
    Ping,
    /// Nothing was heard for too long.
    Silence,
    /// Ask for a snapshot again.
    Refetch,
    /// Try the socket again.
    Climb,
    /// Compare what is here with what the server has.
    Check,
}

/// What is fixed for the life of a client.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The identity under which commands are numbered.
    pub replica: ReplicaId,
    /// Who looks, and makes commands.
    pub me: UserId,
}

/// What happens to a client.
#[derive(Clone, Debug)]
pub enum Event {
    /// The page came with rows and with what its person sees.
    Seeded(Snapshot, Vec<Granted>),
    /// Begin to connect.
    Start,
    /// The person did something.
    Perform(Box<Command>, Context),
    /// A command is durably kept under this number. As with all numbers, under the identity that the client goes by: where
    /// another page has had everything numbered anew, what is kept is read again instead ([`Event::Restored`]).
    Stored(CommandId, u64),
    /// The identity under which this browser's commands are numbered, the last number that was given, and all that is kept
    /// of unjudged commands.
    Restored(ReplicaId, u64, Vec<Readable>),
    /// The same, after [`Effect::Revive`].
    Revived(ReplicaId, u64, Vec<Readable>),
    /// Another page has kept a command, under the same identity.
    Joined(Box<Readable>),
    /// What this browser has kept of the rows.
    Opened(Header, Vec<(ChunkKey, String)>),
    /// Rows were kept: the header as it is stored now. Nothing if they could not be.
    Written(Option<Header>),
    /// A page needs something to be complete.
    Want(Cover),
    /// A snapshot arrived.
    Fetched(Snapshot),
    /// A snapshot did not arrive.
    FetchFailed(Cover),
    /// There is nothing to fetch there, for this person.
    FetchRefused(Cover),
    /// Rows here are not those of the server: see [`Effect::Check`].
    Diverged(Cover),
    /// The socket is open.
    Connected,
    /// The socket is closed, or could not be opened.
    Disconnected,
    /// The session is no longer good: reading goes on, writing waits.
    SignedOut,
    /// The server said something.
    Received(Box<ServerMessage>),
    /// A timer ran out.
    Tick(Timer),
    /// The network is back, or the page was brought to the front.
    Woken,
    /// The person is somewhere else now.
    Moved(Presence),
    /// Another page took or left the lead.
    Led(Lead),
    /// The person leaves a field at what somebody overwrote, or sets it again: they need not be told any more.
    LetGo(Key, String),
}

/// What the driver has to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Connect, that way; a follower to its leader.
    Connect(Transport),
    /// Close the connection.
    Disconnect,
    /// Send a message.
    Send(ClientMessage),
    /// Fetch a snapshot.
    Fetch(Cover),
    /// Compare [`super::Client::content`] with what the server's rows come to; say [`Event::Diverged`] where it differs.
    Check(Cover),
    /// Keep a command durably and give it the next number; answer with [`Event::Stored`].
    Store(CommandId),
    /// A command is settled: once the rows are kept, it need not be.
    Forget(Own),
    /// Read again which commands are kept, and answer with [`Event::Restored`]: one seems to be missing.
    Recall,
    /// The server is in this life of the log, and has judged this browser's commands up to that number: what took effect
    /// in another one and is not among them is to be kept again. Answer with [`Event::Revived`], also if there is nothing.
    Revive(Epoch, u64),
    /// Rows changed that are to be kept, soon: see [`super::Client::write`].
    Keep,
    /// Start or restart a timer, at a moment chosen evenly between these milliseconds.
    SetTimer(Timer, u32, u32),
    /// Stop a timer.
    StopTimer(Timer),
    /// These rows look different now.
    Reveal(BTreeSet<Key>),
    /// A command was refused; nothing of it remains in the rows.
    Refused(Box<Refused>),
    /// What somebody overwrote of this person's without having seen it, as far as they are still to be told: all of it.
    Overwritten(Vec<Overwritten>),
    /// The person has let go of what was overwritten of a field: the browser's other pages need not tell it any more.
    LetGo(Key, String),
    /// The connection or the number of unsent commands changed.
    Status,
    /// Who is on a project.
    People(ProjectId, Vec<Person>),
    /// The server's clock, at the moment of this event.
    ServerTime(Time),
    /// Go on as a new replica: store the pending commands anew under it.
    NewReplica,
    /// The session has ended: offer to sign in.
    SignIn(String),
    /// The page is older than the server: offer to reload.
    OfferReload,
}

/// What the interface shows of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// The connection.
    pub link: Link,
    /// How its messages travel.
    pub transport: Transport,
    /// How many commands the server has not confirmed.
    pub unsent: usize,
    /// How many of them would be lost with the page.
    pub unsaved: usize,
}
