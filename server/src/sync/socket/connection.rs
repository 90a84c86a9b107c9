//! A connection after its hello.

use super::{Closed, close, encode, failed, send};
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::SignedIn;
use crate::sync::access::AccessIndex;
use crate::sync::commit::{Task, Work};
use crate::sync::hub::{Hub, SeqFrame, frames_of};
use crate::sync::store;
use axum::extract::ws::{Message, WebSocket};
use shared::ids::{ProjectId, ReplicaId};
use shared::sync::Scope;
use shared::sync::protocol::{
    Answer, ClientMessage, Granted, Numbered, PUSH_COMMANDS_MAX, Presence, SILENCE_MS_MAX,
    ServerMessage,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
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
/// How often it is checked that the session is still good.
const SESSION_CHECK_EVERY: Duration = Duration::from_mins(1);

/// A connection.
pub(super) struct Connection<'c> {
    app: &'c App,
    hub: &'c Arc<Hub>,
    signed_in: &'c SignedIn,
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
    presence: Presence,
    told: Option<Arc<str>>,
    answer: Option<oneshot::Receiver<Result<Vec<Answer>, Error>>>,
}

impl<'c> Connection<'c> {
    pub(super) fn new(
        app: &'c App,
        hub: &'c Arc<Hub>,
        signed_in: &'c SignedIn,
        replica: ReplicaId,
        cursor: u64,
        (scoped_at, access): (u64, Arc<AccessIndex>),
        mut head: watch::Receiver<u64>,
    ) -> Self {
        // Whatever was published before the hello is caught up with at once.
        head.mark_changed();
        let scopes = access.granted(signed_in.user_id);
        Self {
            app,
            hub,
            signed_in,
            replica,
            cursor,
            scoped_at,
            access,
            scopes: scopes
                .into_iter()
                .map(|Granted(scope, seq)| (scope, seq))
                .collect(),
            head,
            people: hub.presences.watch(),
            presence: Presence::default(),
            told: None,
            answer: None,
        }
    }

    pub(super) fn leave(&self) {
        self.hub
            .presences
            .set(self.replica, self.signed_in.user_id, None);
    }

    pub(super) async fn run(&mut self, socket: &mut WebSocket) -> Closed {
        let mut sessions = tokio::time::interval(SESSION_CHECK_EVERY);
        sessions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sessions.tick().await;
        let silence = Duration::from_millis(SILENCE_MS_MAX.into()) * 2;
        let mut heard = Instant::now();
        let mut presence_due: Option<Instant> = None;
        loop {
            let step = tokio::select! {
                message = socket.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) => self.hear(message, socket).await,
                        Some(Err(_)) | None => return Closed::GONE,
                    }
                }
                changed = self.head.changed() => match changed {
                    Ok(()) => self.follow(socket).await,
                    Err(_) => Err(Closed::new(close::RESTART, "restart")),
                },
                answer = wait_for(&mut self.answer) => self.answered(answer, socket).await,
                changed = self.people.changed(), if presence_due.is_none() => {
                    presence_due = changed.is_ok().then(|| Instant::now() + PRESENCE_EVERY);
                    Ok(())
                }
                () = sleep_until(presence_due) => {
                    presence_due = None;
                    self.tell_people(socket).await
                }
                _ = sessions.tick() => self.check_session(socket).await,
                () = tokio::time::sleep_until(heard + silence) => Err(Closed::new(close::TOO_SLOW, "silent")),
                () = self.app.shutdown.cancelled() => {
                    let drain = ServerMessage::Drain { spread_ms: 2_000 };
                    let told = send(socket, encode(&drain)).await;
                    told.and(Err(Closed::new(close::RESTART, "restart")))
                }
            };
            if let Err(closed) = step {
                return closed;
            }
        }
    }

    async fn hear(&mut self, message: Message, socket: &mut WebSocket) -> Result<(), Closed> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Closed::GONE),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return Err(Closed::new(close::PROTOCOL, "text was expected")),
        };
        match serde_json::from_str(&text) {
            Ok(ClientMessage::Push { commands }) => self.push(commands),
            Ok(ClientMessage::Presence(presence)) => {
                self.moved(presence);
                Ok(())
            }
            Ok(ClientMessage::Ping { t }) => {
                let server_time = self.app.clock.now();
                send(socket, encode(&ServerMessage::Pong { t, server_time })).await
            }
            Ok(ClientMessage::Ack { .. }) => Ok(()),
            Ok(ClientMessage::Hello(_)) | Err(_) => {
                Err(Closed::new(close::PROTOCOL, "not understood"))
            }
        }
    }

    fn push(&mut self, commands: Vec<Numbered>) -> Result<(), Closed> {
        if self.answer.is_some() || commands.len() > PUSH_COMMANDS_MAX {
            return Err(Closed::new(close::PROTOCOL, "one push at a time"));
        }
        let (reply, answer) = oneshot::channel();
        let task = Task::Push(self.replica, commands, reply);
        let work = Work {
            actor: self.signed_in.user_id,
            task,
        };
        // A full queue: the client comes back after a while and sends it again.
        self.hub
            .submit(work)
            .map_err(|_| Closed::new(close::RESTART, "busy"))?;
        self.answer = Some(answer);
        Ok(())
    }

    async fn answered(
        &mut self,
        answer: Result<Vec<Answer>, Error>,
        socket: &mut WebSocket,
    ) -> Result<(), Closed> {
        self.answer = None;
        match answer {
            Ok(results) => send(socket, encode(&ServerMessage::Results { results })).await,
            // Whether it was committed is not known: the client sends it again and is answered as before.
            Err(_) => Err(Closed::new(close::INTERNAL, "internal")),
        }
    }

    /// Sends what is new, up to the hub's head.
    async fn follow(&mut self, socket: &mut WebSocket) -> Result<(), Closed> {
        loop {
            let head = *self.head.borrow_and_update();
            if self.cursor >= head {
                return Ok(());
            }
            if let Some(published) = self.hub.since(self.cursor) {
                let mut message = FrameText::from(self.cursor);
                for published in published {
                    let seq = published.frame.seq;
                    if !Arc::ptr_eq(&published.access, &self.access) {
                        self.rescope(seq, published.access.clone(), &mut message)?;
                    }
                    self.add(&published.frame, &mut message);
                    if message.text.len() > FRAME_BYTES_MAX {
                        self.flush(&mut message, socket).await?;
                    }
                }
                self.flush(&mut message, socket).await?;
            } else {
                self.follow_log(head, socket).await?;
            }
        }
    }

    /// Reads what has left the ring from the log.
    async fn follow_log(&mut self, head: u64, socket: &mut WebSocket) -> Result<(), Closed> {
        let to = (self.cursor + LOG_BATCH).min(head);
        let logged = async {
            let mut read = self.app.db.read().await?;
            store::list_log(read.conn(), self.hub.workspace, self.cursor, to).await
        };
        let frames = frames_of(
            logged
                .await
                .map_err(|error: anyhow::Error| failed(&error))?,
        );
        let mut message = FrameText::from(self.cursor);
        if to > self.scoped_at {
            // The log does not say who saw what in between: what they see now is sent, from when on they see it.
            let (now, access) = self.hub.now();
            self.rescope(now, access, &mut message)?;
        }
        for frame in frames {
            self.add(&frame, &mut message);
            if message.text.len() > FRAME_BYTES_MAX {
                self.flush(&mut message, socket).await?;
            }
        }
        message.to = to;
        self.flush(&mut message, socket).await
    }

    /// Takes over what this person sees from a number on.
    fn rescope(
        &mut self,
        seq: u64,
        access: Arc<AccessIndex>,
        message: &mut FrameText,
    ) -> Result<(), Closed> {
        if seq <= self.scoped_at {
            return Ok(());
        }
        let granted = access.granted(self.signed_in.user_id);
        self.scoped_at = seq;
        self.access = access;
        let scopes: BTreeMap<Scope, u64> = granted
            .iter()
            .map(|Granted(scope, seq)| (*scope, *seq))
            .collect();
        if scopes.is_empty() {
            return Err(Closed::new(close::NOT_FOUND, "no longer a member"));
        }
        if scopes != self.scopes {
            self.scopes = scopes;
            message.scopes = Some(granted);
        }
        Ok(())
    }

    fn add(&self, frame: &SeqFrame, message: &mut FrameText) {
        message.to = frame.seq;
        if let Some((replica, mid)) = frame.sender
            && replica == self.replica
        {
            message.mids.push(mid);
        }
        for (scope, part) in &frame.parts {
            // Nothing from before they saw it: a fresh snapshot holds what became of that.
            if self
                .scopes
                .get(scope)
                .is_some_and(|since| frame.seq >= *since)
            {
                message.part(part);
            }
        }
    }

    async fn flush(
        &mut self,
        message: &mut FrameText,
        socket: &mut WebSocket,
    ) -> Result<(), Closed> {
        if message.to > message.from {
            let to = message.to;
            send(socket, message.take()).await?;
            self.cursor = to;
        }
        Ok(())
    }

    fn moved(&mut self, presence: Presence) {
        let sees = |project: ProjectId| self.scopes.contains_key(&Scope::Project(project));
        // Nobody is shown where they cannot be.
        let presence = if presence.project.is_none_or(sees) {
            presence
        } else {
            Presence::default()
        };
        self.presence = presence.clone();
        self.told = None;
        self.hub
            .presences
            .set(self.replica, self.signed_in.user_id, Some(presence));
        self.people.mark_changed();
    }

    async fn tell_people(&mut self, socket: &mut WebSocket) -> Result<(), Closed> {
        self.people.borrow_and_update();
        let Some(project) = self.presence.project else {
            return Ok(());
        };
        if !self.scopes.contains_key(&Scope::Project(project)) {
            return Ok(());
        }
        let message = self.hub.presences.message(project);
        if self
            .told
            .as_ref()
            .is_some_and(|told| Arc::ptr_eq(told, &message))
        {
            return Ok(());
        }
        send(socket, message.to_string()).await?;
        self.told = Some(message);
        Ok(())
    }

    async fn check_session(&mut self, socket: &mut WebSocket) -> Result<(), Closed> {
        if self.signed_in.is_still_good(self.app).await {
            return Ok(());
        }
        let why = "Your session has ended. Sign in again; your changes are kept.".to_owned();
        send(socket, encode(&ServerMessage::Kick { why })).await?;
        Err(Closed::new(close::SIGNED_OUT, "signed out"))
    }
}

/// The answer to a push, if one is under way.
async fn wait_for(
    answer: &mut Option<oneshot::Receiver<Result<Vec<Answer>, Error>>>,
) -> Result<Vec<Answer>, Error> {
    match answer {
        Some(receiver) => receiver
            .await
            .unwrap_or_else(|_| Err(Error::Refused(shared::codes::Code::Unavailable.into()))),
        None => std::future::pending().await,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// A frame message put together from encoded parts: what `protocol::Frame` would serialise to.
struct FrameText {
    from: u64,
    to: u64,
    mids: Vec<u64>,
    scopes: Option<Vec<Granted>>,
    /// The parts, separated by commas.
    text: String,
}

impl FrameText {
    fn from(cursor: u64) -> Self {
        Self {
            from: cursor,
            to: cursor,
            mids: Vec::new(),
            scopes: None,
            text: String::new(),
        }
    }

    fn part(&mut self, part: &[u8]) {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        // Parts are written by serde_json, which writes UTF-8.
        self.text
            .push_str(std::str::from_utf8(part).unwrap_or_default());
    }

    /// The message; what is added next continues where this one ends.
    fn take(&mut self) -> String {
        let next = Self::from(self.to);
        let Self {
            from,
            to,
            mids,
            scopes,
            text,
        } = std::mem::replace(self, next);
        let mut json = format!(r#"{{"frame":{{"from":{from},"to":{to}"#);
        if !mids.is_empty() {
            let mids = serde_json::to_string(&mids).expect("numbers are plain data");
            // Writing to a string cannot fail.
            let _ = write!(json, r#","mids":{mids}"#);
        }
        if let Some(scopes) = scopes {
            let scopes = serde_json::to_string(&scopes).expect("scopes are plain data");
            let _ = write!(json, r#","scopes":{scopes}"#);
        }
        let _ = write!(json, r#","parts":[{text}]}}}}"#);
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_put_together_from_parts_reads_as_a_frame() {
        let mut text = FrameText::from(4);
        text.to = 6;
        text.mids = vec![1, 2];
        text.scopes = Some(vec![Granted(Scope::Workspace, 3)]);
        text.part(br#"{"seq":5,"scope":"w","changes":[]}"#);
        text.part(br#"{"seq":6,"scope":"w","changes":[]}"#);
        let message: ServerMessage = serde_json::from_str(&text.take()).unwrap();
        let ServerMessage::Frame(frame) = message else {
            panic!("not a frame")
        };
        assert_eq!(
            (frame.from, frame.to, frame.mids, frame.parts.len()),
            (4, 6, vec![1, 2], 2)
        );
        assert_eq!(text.from, 6);
    }
}
