//! What nodes tell each other: that there is something new, who is where, which sign-ins have ended.
//!
//! **Invariant:** nothing depends on it. The log is the truth, and every node looks at it by itself; presence is lossy; a
//! connection checks its sign-in once a minute. A message that is lost costs time and nothing else, so telling neither
//! waits nor fails: where nobody listens, it is dropped.
//!
//! [`redis`] carries the messages.

pub mod redis;

use super::presence::Seen;
use crate::accounts::identity::{self, Via};
use crate::app::App;
use crate::keys;
use crate::rng::Rng;
use serde::{Deserialize, Serialize};
use shared::ids::WorkspaceId;
use tokio::sync::broadcast;
use uuid::Uuid;

/// How many messages wait to be sent. If there are more, the oldest are lost.
const QUEUE_MAX: usize = 1_024;

/// A server process.
pub type Node = Uuid;

/// What a node tells the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A workspace's order was continued here.
    Head {
        /// The workspace.
        workspace: WorkspaceId,
        /// Up to this number at least.
        seq: u64,
    },
    /// Somebody has come, moved or left here, or still is.
    Seen {
        /// Where they are.
        workspace: WorkspaceId,
        /// Page by page.
        pages: Vec<Seen>,
    },
    /// Who is in a workspace? It has just become live here.
    WhoIsIn {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// A sign-in has ended.
    Ended {
        /// The sign-in.
        via: Via,
    },
    /// What is open by a sign-in is to be closed; it goes on, and comes back to what it still reaches.
    Closed {
        /// The sign-in.
        via: Via,
    },
}

/// This node's voice.
#[derive(Clone)]
pub struct Bus {
    node: Node,
    queue: broadcast::Sender<Message>,
}

impl Bus {
    /// The voice of a new node.
    pub fn new(rng: &Rng) -> Self {
        Self {
            node: Uuid::from_bytes(rng.bytes()),
            queue: broadcast::Sender::new(QUEUE_MAX),
        }
    }

    /// Tells the other nodes, if there is a way to them.
    pub fn tell(&self, message: Message) {
        // Without a way there is no receiver, which is no error.
        drop(self.queue.send(message));
    }

    /// Whether there is a way to the other nodes.
    pub fn is_linked(&self) -> bool {
        self.queue.receiver_count() > 0
    }
}

/// Takes in what another node told.
async fn receive(app: &App, from: Node, message: Message) -> anyhow::Result<()> {
    let live = |workspace| app.sync.live(workspace);
    match message {
        Message::Head { workspace, seq } => {
            if let Some(hub) = live(workspace).await {
                hub.catch_up(seq).await?;
            }
        }
        Message::Seen { workspace, pages } => {
            if let Some(hub) = live(workspace).await {
                hub.presences.hear(from, pages, app.clock.now());
            }
        }
        Message::WhoIsIn { workspace } => {
            if let Some(hub) = live(workspace).await {
                hub.announce();
            }
        }
        Message::Ended { via } => identity::end_here(app, via),
        Message::Closed { via } => keys::close(app, via),
    }
    Ok(())
}
