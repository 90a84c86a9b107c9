//! Sockets between pages and nodes: in order while they hold, silent when they are dead, told late when they are closed.

use super::node::NodeId;
use super::page::PageId;
use crate::sync::protocol::ClientMessage;
use std::collections::VecDeque;
use std::rc::Rc;

/// A socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LinkId(pub(super) u64);

/// One of a socket's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Page,
    Node,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) page: PageId,
    pub(super) node: NodeId,
    /// Nothing passes any more, and neither end knows.
    pub(super) dead: bool,
    /// The page no longer listens.
    pub(super) left: bool,
    /// The page does not read before this moment.
    pub(super) stalled_until: u64,
    pub(super) up: VecDeque<ClientMessage>,
    pub(super) down: VecDeque<Rc<str>>,
    /// When the last message in each direction arrives: the next one not before it.
    pub(super) up_until: u64,
    pub(super) down_until: u64,
}

impl Link {
    pub(super) fn new(page: PageId, node: NodeId) -> Self {
        Self {
            page,
            node,
            dead: false,
            left: false,
            stalled_until: 0,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_until: 0,
            down_until: 0,
        }
    }
}
