//! Links between pages and nodes. What a socket carries is in order, and nothing of it is lost while the socket holds; it is
//! silent when it is dead, and told late when it is closed: what one end sent before it noticed may reach the other after
//! what its successor carried. A stream is such a link one way. Of a poll, each answer is a link of its own.

use super::node::NodeId;
use super::page::PageId;
use crate::sync::Transport;
use crate::sync::protocol::ClientMessage;
use std::collections::VecDeque;
use std::rc::Rc;

/// A link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LinkId(pub(super) u64);

/// One of a link's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Page,
    Node,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) page: PageId,
    pub(super) node: NodeId,
    pub(super) way: Transport,
    /// Which of the node's lives it reached: another one knows nothing of it.
    pub(super) life: Option<u64>,
    /// Whether it is the first poll of several, which says who comes.
    pub(super) is_first: bool,
    /// Nothing passes any more, and neither end knows.
    pub(super) dead: bool,
    /// The page no longer listens.
    pub(super) left: bool,
    /// What the page has sent does not reach the node before this moment.
    pub(super) held_until: u64,
    /// The page does not read before this moment.
    pub(super) stalled_until: u64,
    pub(super) up: VecDeque<ClientMessage>,
    pub(super) down: VecDeque<Rc<str>>,
    /// When the last message in each direction arrives: the next one not before it.
    pub(super) up_until: u64,
    pub(super) down_until: u64,
}

impl Link {
    pub(super) fn new(page: PageId, node: NodeId, way: Transport) -> Self {
        Self {
            page,
            node,
            way,
            life: None,
            is_first: true,
            dead: false,
            left: false,
            held_until: 0,
            stalled_until: 0,
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_until: 0,
            down_until: 0,
        }
    }
}
