//! A browser's requests and its link to the server, by socket, by stream, or by polls, as `app/src/sync/driver` has them.

use futures::{SinkExt as _, StreamExt as _};
use reqwest::RequestBuilder;
use serde_json::value::RawValue;
use shared::ids::{ReplicaId, WorkspaceId};
use shared::sync::digest::{CoverDigest, SHAPE};
use shared::sync::protocol::{ClientMessage, Hello, Push, ServerMessage};
use shared::sync::{Cover, Event, Snapshot, Transport};
use shared::values::Time;
use std::net::SocketAddr;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How long the server may wait for news before it answers a poll, in seconds.
const POLL_SECONDS: u32 = 25;

/// Where to ask, and as whom.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) token: String,
    pub(super) workspace: WorkspaceId,
}

/// What reaches a page.
pub(super) enum Arrived {
    /// Of the link that had this turn.
    Linked(u64, News),
    /// What came of a fetch.
    Fetched(Cover, Box<Event>),
    /// What rows come to: the page's, and the server's.
    Checked(Box<[CoverDigest; 2]>),
}

/// What a link brings.
pub(super) enum News {
    Opened,
    Closed,
    Said(String),
    /// The answer to a poll, and whether it was the link's first.
    Polled(Vec<String>, bool),
}

type Tell = mpsc::UnboundedSender<Arrived>;

/// A link; dropped, it is closed.
pub(super) struct Link {
    door: Door,
    way: Transport,
    turn: u64,
    tell: Tell,
    outgoing: Option<mpsc::UnboundedSender<String>>,
    tasks: JoinSet<()>,
}

impl Link {
    pub(super) fn open(door: Door, way: Transport, turn: u64, tell: Tell) -> Self {
        let mut tasks = JoinSet::new();
        let mut outgoing = None;
        if way == Transport::Socket {
            let (send, messages) = mpsc::unbounded_channel();
            outgoing = Some(send);
            let (door, tell) = (door.clone(), tell.clone());
            tasks.spawn(async move {
                socket(door, turn, messages, &tell).await;
                tell_of(&tell, turn, News::Closed);
            });
        }
        Self {
            door,
            way,
            turn,
            tell,
            outgoing,
            tasks,
        }
    }

    pub(super) fn send(&mut self, message: ClientMessage, replica: ReplicaId) {
        if let Some(outgoing) = &self.outgoing {
            // One that cannot be sent is lost with the socket, which tells so itself.
            drop(outgoing.send(serde_json::to_string(&message).unwrap()));
            return;
        }
        match message {
            ClientMessage::Hello(hello) if self.way == Transport::Stream => self.stream(&hello),
            ClientMessage::Hello(hello) => self.poll(&hello, true),
            ClientMessage::Push { commands } => self.push(Push { replica, commands }, None),
            ClientMessage::Ping { t } if self.way == Transport::Stream => {
                let commands = Vec::new();
                self.push(Push { replica, commands }, Some(t));
            }
            ClientMessage::Presence(presence) => {
                let workspace = self.door.workspace;
                let path = format!("/sync/presence?workspace={workspace}&replica={replica}");
                let request = self.door.post(&path).json(&presence);
                // Where it is lost, others see it with the next one.
                self.tasks.spawn(async { drop(answer(request).await) });
            }
            ClientMessage::Ping { .. } | ClientMessage::Ack { .. } => {}
        }
    }

    /// Asks for what happened since the hello.
    pub(super) fn poll(&mut self, hello: &Hello, is_first: bool) {
        let wait = if is_first { 0 } else { POLL_SECONDS };
        let request = self.door.asks("poll", hello).query(&[("wait", wait)]);
        let (turn, tell) = (self.turn, self.tell.clone());
        self.tasks.spawn(async move {
            let messages = match answer(request).await {
                Some((200, _, text)) => serde_json::from_str(&text).ok(),
                _ => None,
            };
            let news = messages.map_or(News::Closed, |messages: Vec<Box<RawValue>>| {
                let texts = messages.iter().map(|message| message.get().to_owned());
                News::Polled(texts.collect(), is_first)
            });
            tell_of(&tell, turn, news);
        });
    }

    /// Sends commands; an empty push is a ping, answered with its time.
    fn push(&mut self, push: Push, ping: Option<f64>) {
        let path = format!("/sync/push?workspace={}", self.door.workspace);
        let request = self.door.post(&path).json(&push);
        let (turn, tell) = (self.turn, self.tell.clone());
        self.tasks.spawn(async move {
            let answered = answer(request).await.filter(|answer| answer.0 == 200);
            let news = match (answered, ping) {
                (Some(_), Some(t)) => {
                    let server_time = Time(0);
                    let pong = ServerMessage::Pong { t, server_time };
                    News::Said(serde_json::to_string(&pong).unwrap())
                }
                (Some((.., text)), None) => News::Said(text),
                (None, Some(_)) => return,
                (None, None) => News::Closed,
            };
            tell_of(&tell, turn, news);
        });
    }

    fn stream(&mut self, hello: &Hello) {
        let request = self.door.asks("stream", hello);
        let (turn, tell) = (self.turn, self.tell.clone());
        self.tasks.spawn(async move {
            events(request, turn, &tell).await;
            tell_of(&tell, turn, News::Closed);
        });
    }
}

impl Door {
    /// A connection of its own for each request: what goes wrong with one is not another's.
    fn http() -> reqwest::Client {
        let builder = reqwest::Client::builder().no_proxy();
        builder.pool_max_idle_per_host(0).build().unwrap()
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let request = Self::http().get(format!("http://{}{path}", self.address));
        request.bearer_auth(&self.token)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        let request = Self::http().post(format!("http://{}{path}", self.address));
        request.bearer_auth(&self.token)
    }

    fn asks(&self, door: &str, hello: &Hello) -> RequestBuilder {
        let hello = serde_json::to_string(hello).unwrap();
        let request = self.get(&format!("/sync/{door}?workspace={}", self.workspace));
        request.query(&[("hello", hello)])
    }
}

fn tell_of(tell: &Tell, turn: u64, news: News) {
    // A page that is gone hears nothing any more.
    drop(tell.send(Arrived::Linked(turn, news)));
}

/// Status, the number as of which it is, and text; nothing, where the answer did not come whole.
async fn answer(request: RequestBuilder) -> Option<(u16, Option<u64>, String)> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let as_of = response.headers().get("x-sync-seq");
    let as_of = as_of.and_then(|seq| seq.to_str().ok()?.parse().ok());
    Some((status, as_of, response.text().await.ok()?))
}

fn name_of(cover: Cover) -> String {
    match cover {
        Cover::Workspace => "workspace".to_owned(),
        Cover::Board(project) => format!("board:{project}"),
        Cover::Task(task) => format!("task:{task}"),
    }
}

/// Asks what the server's rows come to. Without an answer it is asked another time.
pub(super) async fn check(door: Door, ours: CoverDigest, tell: Tell) {
    let (workspace, name) = (door.workspace, name_of(ours.cover));
    let path = format!("/sync/digest?workspace={workspace}&cover={name}&shape={SHAPE}");
    if let Some((200, _, text)) = answer(door.get(&path)).await {
        let theirs = serde_json::from_str(&text).unwrap();
        drop(tell.send(Arrived::Checked(Box::new([ours, theirs]))));
    }
}

/// Fetches a snapshot.
pub(super) async fn fetch(door: Door, cover: Cover, tell: Tell) {
    let name = name_of(cover);
    let path = format!("/sync/snapshot?workspace={}&cover={name}", door.workspace);
    let event = match answer(door.get(&path)).await {
        Some((200, as_of, text)) => {
            let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
            Event::Fetched(Snapshot {
                seq: as_of.unwrap_or(0).max(snapshot.seq),
                ..snapshot
            })
        }
        Some((403 | 404, ..)) => Event::FetchRefused(cover),
        _ => Event::FetchFailed(cover),
    };
    drop(tell.send(Arrived::Fetched(cover, Box::new(event))));
}

async fn socket(
    door: Door,
    turn: u64,
    mut messages: mpsc::UnboundedReceiver<String>,
    tell: &Tell,
) -> Option<()> {
    let url = format!(
        "ws://{}/sync/socket?workspace={}",
        door.address, door.workspace
    );
    let mut request = url.into_client_request().unwrap();
    let bearer = format!("Bearer {}", door.token);
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    let (mut stream, _) = tokio_tungstenite::connect_async(request).await.ok()?;
    tell_of(tell, turn, News::Opened);
    loop {
        tokio::select! {
            text = messages.recv() => stream.send(Message::text(text?)).await.ok()?,
            message = stream.next() => match message?.ok()? {
                Message::Text(text) => tell_of(tell, turn, News::Said(text.to_string())),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}

/// Reads events until they end.
async fn events(request: RequestBuilder, turn: u64, tell: &Tell) -> Option<()> {
    let response = request.send().await.ok()?;
    if response.status() != 200 {
        return None;
    }
    let mut pieces = response.bytes_stream();
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        bytes.extend(pieces.next().await?.ok()?);
        while let Some(end) = bytes.windows(2).position(|end| end == b"\n\n") {
            let event: Vec<u8> = bytes.drain(..end + 2).collect();
            if let Some(message) = std::str::from_utf8(&event).unwrap().strip_prefix("data: ") {
                tell_of(tell, turn, News::Said(message.trim_end().to_owned()));
            }
        }
    }
}
