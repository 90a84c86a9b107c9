//! A connection: hello, then frames as they happen, answers to pushes, presence.
//!
//! One task a connection. It holds a cursor and the scopes that its person has; frames are pulled from the hub's ring or,
//! further back, from the log. Sending waits for the reader, so a slow one delays nobody else and is cut off in the end.
//!
//! How messages travel is a `Link`'s business alone: a WebSocket, Server-Sent Events, or one answer of a long poll. What
//! is said, and to whom, is decided here for all of them.

pub mod events;
mod greeting;
pub mod poll;
pub mod presence;
pub mod push;
pub mod websocket;

use super::crowd::Place;
use super::hub::{Hub, SeqFrame, frames_of};
use super::kicks::Held;
use super::presence::{Holder, Seen};
use super::store;
use super::work::{Task, Work};
use crate::access::{self, Actor, Visit};
use crate::app::App;
use crate::audit_entries::Origin;
use crate::http::error::Error;
use crate::http::extract::SignedIn;
use crate::keys;
use serde::de::{Deserialize as _, Deserializer, Error as _};
use shared::ids::{ProjectId, ReplicaId, WorkspaceId};
use shared::sync::Scope;
use shared::sync::access_index::AccessIndex;
use shared::sync::frame_text::FrameText;
use shared::sync::protocol::{
    Answer, ClientMessage, Granted, Hello, Numbered, PUSH_COMMANDS_MAX, Presence, ServerMessage,
    Welcome,
};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};

/// Parts of more than this go into several messages.
const FRAME_BYTES_MAX: usize = 256 * 1024;
/// How many commands are read from the log at a time.
const LOG_BATCH: u64 = 1_000;
/// Presence is told at most this often.
const PRESENCE_EVERY: Duration = Duration::from_millis(100);

/// Close codes: what the browser should do next is in the code.
mod close {
    /// Come back: the server restarts.
    pub(super) const RESTART: u16 = 1012;
    /// The message made no sense.
    pub(super) const PROTOCOL: u16 = 4000;
    /// Sign in again.
    pub(super) const SIGNED_OUT: u16 = 4001;
    /// Set up a second step of signing in.
    pub(super) const TWO_STEP: u16 = 4003;
    /// Nothing to see here.
    pub(super) const NOT_FOUND: u16 = 4004;
    /// Too slow.
    pub(super) const TOO_SLOW: u16 = 4008;
    /// Too many connections are open: come back later, and ever more rarely, as after every attempt without a welcome.
    pub(super) const CROWDED: u16 = 4029;
    /// Something failed here.
    pub(super) const INTERNAL: u16 = 1011;
}

/// Why a connection ends.
struct Closed {
    code: u16,
    why: &'static str,
}

impl Closed {
    const GONE: Closed = Closed { code: 0, why: "" };
    const TWO_STEP: Closed = Closed::new(close::TWO_STEP, "a second step is required");
    const CROWDED: Closed = Closed::new(close::CROWDED, "too many connections");

    const fn new(code: u16, why: &'static str) -> Self {
        Self { code, why }
    }
}

/// How messages travel.
trait Link: Send {
    /// Whether its page has gone when it ends: a poll is followed by the next.
    const IS_PAGE: bool = true;

    /// Sends a message, once the reader has room for it.
    fn send(&mut self, text: String) -> impl Future<Output = Result<(), Closed>> + Send;

    /// The next message from the other side. Dropped while it waits, it has lost nothing.
    fn hear(&mut self) -> impl Future<Output = Result<ClientMessage, Closed>> + Send;

    /// Sends the answer to the hello.
    fn welcome(&mut self, welcome: Welcome) -> impl Future<Output = Result<(), Closed>> + Send {
        self.send(encode(&ServerMessage::Welcome(welcome)))
    }
}

/// Somebody at the door of a workspace that they may enter.
struct Guest {
    app: App,
    hub: Arc<Hub>,
    signed_in: SignedIn,
    /// The request that it began with.
    origin: Origin,
    /// What their connection is counted by, if they stay.
    _place: Option<Place>,
}

impl Guest {
    async fn enter(app: App, signed_in: SignedIn, to: WorkspaceId) -> Result<Self, Error> {
        let hub = Visit::to(&app, &signed_in, to).await?.hub;
        Ok(Self {
            app,
            hub,
            signed_in,
            origin: Origin::current(),
            _place: None,
        })
    }

    /// Lets somebody in who keeps a connection open, as long as there are not too many.
    async fn enter_to_stay(
        app: App,
        signed_in: SignedIn,
        from: IpAddr,
        to: WorkspaceId,
    ) -> Result<Self, Error> {
        let guest = Self::enter(app, signed_in, to).await?;
        let place = Place::take(&guest.app, guest.signed_in.user_id, from)?;
        Ok(Self {
            _place: Some(place),
            ..guest
        })
    }

    /// Where a page of theirs is shown: nobody is shown where they cannot be.
    fn seen(
        &self,
        replica: ReplicaId,
        presence: Presence,
        sees: impl Fn(ProjectId) -> bool,
    ) -> Seen {
        let presence = if presence.project.is_none_or(sees) {
            presence
        } else {
            Presence::default()
        };
        Seen {
            replica,
            user: self.signed_in.user_id,
            presence: Some(presence),
        }
    }

    /// What they see of the workspace.
    fn granted(&self, access: &AccessIndex) -> Vec<Granted> {
        let mut granted = access.granted(self.signed_in.user_id);
        granted.retain(|granted| self.signed_in.limits.cover(granted.0));
        granted
    }

    /// Answers a hello and says what happens from then on, until one side ends it.
    ///
    /// Most connections are idle most of the time. What they do seldom and needs much room is boxed, here and below: else
    /// each would hold that room for good.
    async fn serve(&self, hello: &Hello, link: &mut impl Link) -> Closed {
        // Held before it is checked: a sign-in that ends in between is noticed by one of the two.
        let sign_in = self.app.kicks.hold(self.signed_in.via);
        if let Err(closed) = Box::pin(self.check_session(link)).await {
            return closed;
        }
        match Box::pin(greeting::greet(self, hello, link)).await {
            Ok(mut connection) => {
                let closed = connection.run(&sign_in, link).await;
                connection.leave(link);
                closed
            }
            Err(closed) => closed,
        }
    }

    async fn check_session(&self, link: &mut impl Link) -> Result<(), Closed> {
        if self.signed_in.is_still_good(&self.app).await {
            let access = self.hub.now().1;
            self.check_key(&access).await?;
            return self.check_second_step(&access).await;
        }
        self.kick(link).await
    }

    async fn check_key(&self, access: &AccessIndex) -> Result<(), Closed> {
        let who = (self.signed_in.user_id, &self.signed_in.limits);
        match keys::require_taken(&self.app, access, self.hub.workspace, who).await {
            Ok(()) => Ok(()),
            Err(Error::Failed(error)) => Err(failed(&error)),
            Err(_) => Err(Closed::new(close::NOT_FOUND, "the key is not taken here")),
        }
    }

    async fn check_second_step(&self, access: &AccessIndex) -> Result<(), Closed> {
        let who = self.signed_in.user_id;
        match access::require_second_step(&self.app, access, who).await {
            Ok(()) => Ok(()),
            Err(Error::Failed(error)) => Err(failed(&error)),
            Err(_) => Err(Closed::TWO_STEP),
        }
    }

    /// What is open by the sign-in is closed: it has ended, or its key reaches one workspace less. To another it comes back.
    async fn over(&self, link: &mut impl Link) -> Result<(), Closed> {
        self.check_session(link).await?;
        Err(Closed::new(close::RESTART, "restart"))
    }

    async fn kick(&self, link: &mut impl Link) -> Result<(), Closed> {
        let why = "Your session has ended. Sign in again; your changes are kept.".to_owned();
        link.send(encode(&ServerMessage::Kick { why })).await?;
        Err(Closed::new(close::SIGNED_OUT, "signed out"))
    }
}

/// Reads the hello that a request carries as JSON in its query string.
fn hello_in_query<'de, D: Deserializer<'de>>(query: D) -> Result<Hello, D::Error> {
    let text = String::deserialize(query)?;
    serde_json::from_str(&text).map_err(|error| D::Error::custom(format!("hello: {error}")))
}

/// A connection after its hello.
struct Connection<'c> {
    guest: &'c Guest,
    replica: ReplicaId,
    /// Everything up to here was sent.
    cursor: u64,
    /// The number as of which the scopes hold.
    scoped_at: u64,
    /// The rules that the scopes were read from.
    access: Arc<AccessIndex>,
    scopes: BTreeMap<Scope, u64>,
    head: watch::Receiver<u64>,
    people: watch::Receiver<u64>,
    /// By which the page is known to be there.
    holder: Holder,
    told: Option<Arc<str>>,
    answer: Option<oneshot::Receiver<Result<Vec<Answer>, Error>>>,
}

impl<'c> Connection<'c> {
    fn new(
        guest: &'c Guest,
        replica: ReplicaId,
        cursor: u64,
        (scoped_at, access): (u64, Arc<AccessIndex>),
        head: watch::Receiver<u64>,
    ) -> Self {
        let scopes = guest.granted(&access);
        Self {
            guest,
            replica,
            cursor,
            scoped_at,
            access,
            scopes: scopes
                .into_iter()
                .map(|Granted(scope, seq)| (scope, seq))
                .collect(),
            head,
            people: guest.hub.presences.watch(),
            holder: guest.hub.presences.holder(),
            told: None,
            answer: None,
        }
    }

    /// Where the page is, if it said so; it is known to be still there.
    fn here<L: Link>(&self, _link: &L) -> Option<Presence> {
        let (presences, user) = (&self.guest.hub.presences, self.guest.signed_in.user_id);
        if L::IS_PAGE {
            presences.hold(self.replica, user, self.holder)
        } else {
            let now = self.guest.app.clock.now();
            presences.renew(self.replica, user, self.holder, now)
        }
    }

    fn arrive<L: Link>(&mut self, link: &L) {
        if self.here(link).is_some() && !L::IS_PAGE {
            let user = self.guest.signed_in.user_id;
            self.told = self.guest.hub.presences.told(self.replica, user);
        }
        self.people.mark_changed();
    }

    fn leave<L: Link>(&self, link: &L) {
        let (hub, user) = (&self.guest.hub, self.guest.signed_in.user_id);
        if L::IS_PAGE {
            let nowhere = Seen {
                replica: self.replica,
                user,
                presence: None,
            };
            hub.left(nowhere, self.holder);
        } else if self.here(link).is_some() {
            let told = self.told.clone();
            hub.presences.note_told(self.replica, user, told);
        }
    }

    async fn run(&mut self, sign_in: &Held<'_>, link: &mut impl Link) -> Closed {
        // Whatever was published before the hello comes first.
        if let Err(closed) = Box::pin(self.follow(link)).await {
            return closed;
        }
        let guest = self.guest;
        let mut sessions = tokio::time::interval(guest.app.config.limits.session_check);
        sessions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sessions.tick().await;
        self.arrive(link);
        let mut presence_due: Option<Instant> = None;
        loop {
            let step = tokio::select! {
                message = link.hear() => match message {
                    Ok(message) => Box::pin(self.hear(message, link)).await,
                    Err(closed) => Err(closed),
                },
                changed = self.head.changed() => match changed {
                    Ok(()) => Box::pin(self.follow(link)).await,
                    Err(_) => Err(Closed::new(close::RESTART, "restart")),
                },
                answer = wait_for(&mut self.answer) => Box::pin(self.answered(answer, link)).await,
                changed = self.people.changed(), if presence_due.is_none() => {
                    presence_due = changed.is_ok().then(|| Instant::now() + PRESENCE_EVERY);
                    Ok(())
                }
                () = sleep_until(presence_due) => {
                    presence_due = None;
                    Box::pin(self.tell_people(link)).await
                }
                _ = sessions.tick() => Box::pin(guest.check_session(link)).await,
                () = sign_in.over.cancelled() => Box::pin(guest.over(link)).await,
                () = guest.app.shutdown.cancelled() => {
                    let drain = ServerMessage::Drain { spread_ms: 2_000 };
                    let told = link.send(encode(&drain)).await;
                    told.and(Err(Closed::new(close::RESTART, "restart")))
                }
            };
            if let Err(closed) = step {
                return closed;
            }
        }
    }

    async fn hear(&mut self, message: ClientMessage, link: &mut impl Link) -> Result<(), Closed> {
        match message {
            ClientMessage::Push { commands } => self.push(commands),
            ClientMessage::Presence(presence) => {
                self.moved(presence);
                Ok(())
            }
            ClientMessage::Ping { t } => {
                let server_time = self.guest.app.clock.now();
                link.send(encode(&ServerMessage::Pong { t, server_time }))
                    .await
            }
            ClientMessage::Ack { .. } => Ok(()),
            ClientMessage::Hello(_) => Err(Closed::new(close::PROTOCOL, "one hello is enough")),
        }
    }

    fn push(&mut self, commands: Vec<Numbered>) -> Result<(), Closed> {
        if self.answer.is_some() || commands.len() > PUSH_COMMANDS_MAX {
            return Err(Closed::new(close::PROTOCOL, "one push at a time"));
        }
        let (reply, answer) = oneshot::channel();
        let task = Task::Push(self.replica, commands, reply);
        let work = Work {
            actor: Actor::from(&self.guest.signed_in),
            origin: self.guest.origin.clone(),
            task,
        };
        // A full queue: the client comes back after a while and sends it again.
        self.guest
            .hub
            .submit(work)
            .map_err(|_| Closed::new(close::RESTART, "busy"))?;
        self.answer = Some(answer);
        Ok(())
    }

    async fn answered(
        &mut self,
        answer: Result<Vec<Answer>, Error>,
        link: &mut impl Link,
    ) -> Result<(), Closed> {
        self.answer = None;
        match answer {
            Ok(results) => link.send(encode(&ServerMessage::Results { results })).await,
            // Whether it was committed is not known: the client sends it again and is answered as before.
            Err(_) => Err(Closed::new(close::INTERNAL, "internal")),
        }
    }

    /// Sends what is new, up to the hub's head.
    async fn follow(&mut self, link: &mut impl Link) -> Result<(), Closed> {
        loop {
            let head = *self.head.borrow_and_update();
            if self.cursor >= head {
                return Ok(());
            }
            if let Some(published) = self.guest.hub.since(self.cursor) {
                let mut message = FrameText::from(self.cursor);
                for published in published {
                    let seq = published.frame.seq;
                    if !Arc::ptr_eq(&published.access, &self.access) {
                        let access = published.access.clone();
                        self.rescope(seq, access, &mut message).await?;
                    }
                    self.add(&published.frame, &mut message);
                    if message.bytes() > FRAME_BYTES_MAX {
                        self.flush(&mut message, link).await?;
                    }
                }
                self.flush(&mut message, link).await?;
            } else if !self.reach_back().await? {
                self.follow_log(head, link).await?;
            }
        }
    }

    /// Whether the ring could be filled with what is missing, for everybody.
    async fn reach_back(&self) -> Result<bool, Closed> {
        let reached = self.guest.hub.reach_back(self.cursor).await;
        reached.map_err(|error| failed(&error))
    }

    /// Reads what has left the ring from the log.
    async fn follow_log(&mut self, head: u64, link: &mut impl Link) -> Result<(), Closed> {
        let to = (self.cursor + LOG_BATCH).min(head);
        let logged = async {
            let workspace = self.guest.hub.workspace;
            let mut read = self.guest.app.db.read_in(workspace).await?;
            store::list_log(read.conn(), workspace, self.cursor, to).await
        };
        let frames = frames_of(
            logged
                .await
                .map_err(|error: anyhow::Error| failed(&error))?,
        );
        if frames
            .first()
            .is_none_or(|frame| frame.seq != self.cursor + 1)
        {
            // The log was shortened past the cursor since the hello. It goes from its beginning: whoever finds the first
            // number in it has read the whole range.
            let why = "the log no longer reaches back so far".to_owned();
            link.send(encode(&ServerMessage::Reset { why })).await?;
            return Err(Closed::new(close::RESTART, "reset"));
        }
        let mut message = FrameText::from(self.cursor);
        if to > self.scoped_at {
            // The log does not say who saw what in between: what they see now is sent, from when on they see it.
            let (now, access) = self.guest.hub.now();
            self.rescope(now, access, &mut message).await?;
        }
        for frame in frames {
            self.add(&frame, &mut message);
            if message.bytes() > FRAME_BYTES_MAX {
                self.flush(&mut message, link).await?;
            }
        }
        message.to = to;
        self.flush(&mut message, link).await
    }

    /// Takes over what this person sees from a number on.
    async fn rescope(
        &mut self,
        seq: u64,
        access: Arc<AccessIndex>,
        message: &mut FrameText,
    ) -> Result<(), Closed> {
        if seq <= self.scoped_at {
            return Ok(());
        }
        let granted = self.guest.granted(&access);
        self.scoped_at = seq;
        self.access = access;
        let scopes: BTreeMap<Scope, u64> = granted
            .iter()
            .map(|Granted(scope, seq)| (*scope, *seq))
            .collect();
        if scopes.is_empty() {
            return Err(Closed::new(close::NOT_FOUND, "no longer a member"));
        }
        self.guest.check_second_step(&self.access).await?;
        if scopes != self.scopes {
            self.scopes = scopes;
            message.scopes = Some(granted);
        }
        Ok(())
    }

    fn add(&self, frame: &SeqFrame, message: &mut FrameText) {
        message.to = frame.seq;
        if let Some((replica, own)) = frame.sender
            && replica == self.replica
        {
            message.own.push(own);
        }
        for (scope, part) in &frame.parts {
            // Nothing from before they saw it: a fresh snapshot holds what became of that.
            if self
                .scopes
                .get(scope)
                .is_some_and(|since| frame.seq >= *since)
            {
                // Parts are written by serde_json, which writes UTF-8.
                message.part(std::str::from_utf8(part).unwrap_or_default());
            }
        }
    }

    async fn flush(&mut self, message: &mut FrameText, link: &mut impl Link) -> Result<(), Closed> {
        if !message.is_empty() {
            let to = message.to;
            link.send(message.take()).await?;
            self.cursor = to;
        }
        Ok(())
    }

    fn moved(&mut self, presence: Presence) {
        let sees = |project: ProjectId| self.scopes.contains_key(&Scope::Project(project));
        let seen = self.guest.seen(self.replica, presence, sees);
        self.told = None;
        self.guest.hub.moved(seen, self.holder);
        self.people.mark_changed();
    }

    async fn tell_people(&mut self, link: &mut impl Link) -> Result<(), Closed> {
        self.people.borrow_and_update();
        let Some(project) = self.here(link).and_then(|here| here.project) else {
            return Ok(());
        };
        if !self.scopes.contains_key(&Scope::Project(project)) {
            return Ok(());
        }
        let message = self.guest.hub.presences.message(project);
        if self.told.as_ref() == Some(&message) {
            return Ok(());
        }
        link.send(message.to_string()).await?;
        self.told = Some(message);
        Ok(())
    }
}

/// The answer to a push, if one is under way.
async fn wait_for(
    answer: &mut Option<oneshot::Receiver<Result<Vec<Answer>, Error>>>,
) -> Result<Vec<Answer>, Error> {
    match answer {
        Some(receiver) => super::answered(receiver).await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn encode(message: &ServerMessage) -> String {
    serde_json::to_string(message).expect("a message is plain data")
}

fn failed(error: &anyhow::Error) -> Closed {
    tracing::error!(error = format!("{error:#}"), "a connection failed");
    Closed::new(close::INTERNAL, "internal")
}
