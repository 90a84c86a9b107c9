//! The virtual clock and what is due when. Two things of one moment happen in the order in which they were put down.

use super::browser::BrowserId;
use super::connection::Pinned;
use super::network::{End, LinkId};
use super::node::{Fill, NodeId};
use super::page::PageId;
use super::requests::Post;
use crate::ids::Epoch;
use crate::sync::digest::CoverDigest;
use crate::sync::protocol::{Granted, Hello};
use crate::sync::{Command, Cover, Snapshot, TabMessage, Timer};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something that is going to happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// Somebody does something.
    Act,
    /// Something goes wrong.
    Fault,
    /// From here on nothing goes wrong and nobody does anything.
    Heal,
    /// Is everything settled?
    Look,

    /// A page arrives in a browser, with the rows that it was rendered from.
    Arrive(Box<Arrival>),
    /// A page's timer runs out, if it is still this one.
    Tick(PageId, Timer, u64),
    /// A page reaches the browser's stores.
    OpenStores(PageId),
    /// A page's oldest unstored command is stored.
    Store(PageId),
    /// A page reads again which commands are kept.
    Recall(PageId),
    /// What a page's rows came to is compared with what the database's do.
    Check(PageId, Box<CoverDigest>),
    /// A page is asked what a server in this life of the log may have lost, beyond that number.
    Revive(PageId, Epoch, u64),
    /// A page numbers what is kept anew.
    Renumber(PageId),
    /// A page keeps its rows.
    KeepRows(PageId),
    /// Somebody takes back what they did.
    Undo(PageId, Vec<Command>),
    /// A page hears from another page of its browser.
    Tab(PageId, Box<TabMessage>),
    /// A browser looks for a page to lead.
    Elect(BrowserId),
    /// A page is told that another one leads.
    Depose(PageId),
    /// A page is back on the network.
    Online(PageId),

    /// A page's wish for a socket reaches the node.
    Open(LinkId),
    /// The socket's opening reaches the page.
    Opened(LinkId),
    /// The oldest message on its way to a node arrives.
    Up(LinkId),
    /// The oldest message on its way to a page arrives.
    Down(LinkId),
    /// An end of a socket notices that it is closed.
    Broken(LinkId, End),
    /// Commands reach a node by a request of their own, and the answer the page, if it still has the same link.
    Posted(NodeId, Box<Post>),
    PostAnswered(PageId, u64, Option<Rc<str>>),
    /// A poll was welcomed; it has waited long enough; its answer reaches the page.
    PollGoesOn(LinkId),
    PollEnds(LinkId),
    Polled(LinkId, Vec<Rc<str>>),
    /// A request for a snapshot reaches its node.
    Ask(PageId, u64, NodeId),
    /// The answer reaches the page.
    Answer(PageId, u64, Box<Answer>),

    /// A node takes up its queue.
    Begin(NodeId),
    /// A node's transaction is committed.
    Commit(NodeId, u64),
    /// A node tells what it has committed.
    Publish(NodeId, u64),
    /// A hello is answered, as of the number and the rules that were read when it came.
    Greet(LinkId, Box<Hello>, Pinned),
    /// Missed changes have been read.
    Filled(NodeId, u64, Box<Fill>),
    /// A hint that others have committed up to a number.
    Hint(NodeId, u64),
    /// A node looks at the stored head.
    Poll(NodeId, u64),
    /// A reader has kept a node waiting for too long, if it still stands at that number.
    TooSlow(LinkId, u64),
    /// A node starts.
    Start(NodeId),
    /// A node reaches the database again.
    Reached(NodeId),
}

/// A page on its way to the browser.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) browser: BrowserId,
    pub(super) seed: Option<(Snapshot, Vec<Granted>)>,
    pub(super) build: u32,
}

/// What came of a request for a snapshot.
#[derive(Debug)]
pub(super) enum Answer {
    Snapshot(Snapshot),
    Refused,
    Lost,
}

/// What is due.
#[derive(Default)]
pub(super) struct Agenda {
    pub(super) now: u64,
    count: u64,
    due: BTreeMap<(u64, u64), Happening>,
}

impl Agenda {
    /// Puts something down for later.
    pub(super) fn after(&mut self, ms: u64, what: Happening) {
        self.at(self.now + ms, what);
    }

    /// Puts something down for a moment.
    pub(super) fn at(&mut self, moment: u64, what: Happening) {
        self.count += 1;
        self.due.insert((moment.max(self.now), self.count), what);
    }

    /// What happens next; the clock goes there.
    pub(super) fn next(&mut self) -> Option<Happening> {
        let ((moment, _), what) = self.due.pop_first()?;
        self.now = moment;
        Some(what)
    }
}

/// A short name for traces.
pub(super) fn name_of(cover: Cover) -> String {
    match cover {
        Cover::Workspace => "workspace".to_owned(),
        Cover::Board(project) => format!("board {}", short(project.uuid())),
        Cover::Task(task) => format!("task {}", short(task.uuid())),
    }
}

/// The end of an id: what tells it from others in a trace.
pub(super) fn short(id: uuid::Uuid) -> String {
    let mut text = id.simple().to_string();
    text.split_off(26)
}
