//! A workspace with people in it, and sockets that they have open.

use crate::harness::{TestApp, new_account};
use futures::{SinkExt as _, StreamExt as _};
use server::access::Actor;
use server::accounts;
use server::tokens;
use shared::access::Role;
use shared::ids::{CommandId, ProjectId, ReplicaId, StatusId, TaskId, UserId, WorkspaceId};
use shared::sync::Command;
use shared::sync::protocol::{
    Answer, ClientMessage, Frame, Hello, Numbered, SCHEMA, ServerMessage, VERSION, Welcome,
};
use shared::values::{Color, Name, Place, ProjectKey, Slug, Title};
use shared::{members, projects, tasks, workspaces};
use std::net::SocketAddr;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

/// A workspace `team`, owned by Olive, with the project `WEB`.
pub(crate) struct Team {
    pub(crate) t: TestApp,
    pub(crate) workspace: WorkspaceId,
    pub(crate) owner: UserId,
    pub(crate) project: ProjectId,
    pub(crate) statuses: Vec<StatusId>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

impl Team {
    pub(crate) async fn start(t: TestApp) -> Self {
        let (owner, _) = t.sign_up("olive@example.org").await;
        let workspace = WorkspaceId::from_uuid(Uuid::from_u128(1));
        let project = ProjectId::from_uuid(Uuid::from_u128(2));
        let mut next = 100;
        let statuses = projects::default_statuses(|| {
            next += 1;
            StatusId::from_uuid(Uuid::from_u128(next))
        });
        let ids = statuses.iter().map(|status| status.id).collect();
        let found = workspaces::Mutation::Create {
            id: workspace,
            name: name("Team"),
            slug: Slug::parse("team").unwrap(),
            owner_name: name("Olive"),
        };
        let begin = projects::Mutation::Create {
            id: project,
            key: ProjectKey::parse("WEB").unwrap(),
            name: name("Web app"),
            color: Color::Teal,
            visibility: projects::Visibility::Workspace,
            statuses,
        };
        t.app
            .sync
            .found(workspace, owner.id, vec![found.into(), begin.into()])
            .await
            .unwrap();
        Self {
            t,
            workspace,
            owner: owner.id,
            project,
            statuses: ids,
        }
    }

    /// Creates tasks by the engine of another process on the same database.
    pub(crate) async fn write_elsewhere(&self, count: u128) {
        let other_node = self.other_node();
        for n in 0..count {
            let create = self.create(n, "elsewhere");
            other_node
                .commit(self.workspace, Actor::unlimited(self.owner), create)
                .await
                .unwrap();
        }
    }

    /// The engine of another process on the same database.
    pub(crate) fn other_node(&self) -> server::sync::Sync {
        let app = &self.t.app;
        server::sync::Sync::new(server::sync::Environment {
            bus: server::sync::bus::Bus::new(&app.rng),
            db: app.db.clone(),
            clock: app.clock.clone(),
            rng: app.rng.clone(),
            audit: app.audit.clone(),
            tasks: app.tasks.clone(),
            shutdown: app.shutdown.clone(),
        })
    }

    /// A person with a role.
    pub(crate) async fn member(&self, email: &str, role: Role) -> UserId {
        let (user, _) = accounts::sign_up(&self.t.app, new_account(email))
            .await
            .unwrap();
        let add = members::Mutation::Add {
            id: user.id,
            name: user.name,
            role,
        };
        self.commit(self.owner, add).await.unwrap();
        user.id
    }

    pub(crate) async fn commit(
        &self,
        actor: UserId,
        command: impl Into<Command>,
    ) -> Result<u64, server::http::Error> {
        self.t
            .app
            .sync
            .commit(self.workspace, Actor::unlimited(actor), command)
            .await
    }

    /// The command that adds a task at the end of the first column.
    pub(crate) fn create(&self, id: u128, title: &str) -> tasks::Mutation {
        tasks::Mutation::Create {
            id: task(id),
            project: self.project,
            status: self.statuses[0],
            place: Place::Last,
            title: Title::parse(title).unwrap(),
            fields: Box::default(),
        }
    }

    /// A socket of a person, after the hello.
    pub(crate) async fn socket(&self, user: UserId, replica: u128) -> Socket {
        self.resume(user, replica, None).await.unwrap()
    }

    /// A socket that goes on from an earlier one.
    pub(crate) async fn resume(
        &self,
        user: UserId,
        replica: u128,
        earlier: Option<(&Welcome, u64)>,
    ) -> Result<Socket, String> {
        let token = self.token(user).await;
        let hello = self.hello(replica, earlier);
        Socket::open(self.t.address, &token, &hello).await
    }

    /// A token for sockets.
    pub(crate) async fn token(&self, user: UserId) -> String {
        let (_, token) = tokens::create(&self.t.app, user, tokens::Wanted::full(name("Socket")))
            .await
            .unwrap();
        token.as_str().to_owned()
    }

    /// What a browser says first.
    pub(crate) fn hello(&self, replica: u128, earlier: Option<(&Welcome, u64)>) -> Hello {
        Hello {
            proto: VERSION,
            schema: SCHEMA,
            workspace: self.workspace,
            replica: ReplicaId::from_uuid(Uuid::from_u128(replica)),
            epoch: earlier.map(|(welcome, _)| welcome.epoch),
            cursor: earlier.map(|(_, cursor)| cursor),
            scopes: earlier
                .map(|(welcome, _)| welcome.scopes.clone())
                .unwrap_or_default(),
        }
    }
}

pub(crate) fn task(id: u128) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(1_000 + id))
}

pub(crate) fn numbered(mid: u64, cid: u128, command: impl Into<Command>) -> Numbered {
    Numbered::new(
        mid,
        CommandId::from_uuid(Uuid::from_u128(cid)),
        None,
        &command.into(),
    )
}

/// A browser's socket.
pub(crate) struct Socket {
    stream: tokio_tungstenite::WebSocketStream<
        tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>,
    >,
    welcome: Option<Welcome>,
}

impl Socket {
    /// Connects to a server and says hello.
    pub(crate) async fn open(
        address: SocketAddr,
        token: &str,
        hello: &Hello,
    ) -> Result<Self, String> {
        let url = format!("ws://{address}/sync/socket?workspace={}", hello.workspace);
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {token}");
        request
            .headers_mut()
            .insert("authorization", bearer.parse().unwrap());
        let opened = tokio_tungstenite::connect_async(request).await;
        let (stream, _) = opened.map_err(|error| error.to_string())?;
        let mut socket = Socket {
            stream,
            welcome: None,
        };
        let hello = serde_json::to_string(&ClientMessage::Hello(hello.clone())).unwrap();
        let sent = socket.stream.send(Message::text(hello)).await;
        sent.map_err(|error| error.to_string())?;
        match serde_json::from_str(&socket.next_text().await?).unwrap() {
            ServerMessage::Welcome(welcome) => socket.welcome = Some(welcome),
            other => return Err(format!("a welcome was expected, not {other:?}")),
        }
        Ok(socket)
    }

    /// Pushes commands; nothing, if the server is gone before it answers.
    pub(crate) async fn try_push(&mut self, commands: Vec<Numbered>) -> Option<Vec<Answer>> {
        let push = serde_json::to_string(&ClientMessage::Push { commands }).unwrap();
        self.stream.send(Message::text(push)).await.ok()?;
        loop {
            if let Message::Text(text) = self.stream.next().await?.ok()?
                && let Ok(ServerMessage::Results { results }) = serde_json::from_str(&text)
            {
                return Some(results);
            }
        }
    }

    pub(crate) fn welcome(&self) -> &Welcome {
        self.welcome.as_ref().unwrap()
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.stream
            .send(Message::text(text.to_owned()))
            .await
            .unwrap();
    }

    /// The next message; a test that waits for one that never comes is ended by its runner.
    pub(crate) async fn hear(&mut self) -> ServerMessage {
        serde_json::from_str(&self.hear_text().await).unwrap()
    }

    pub(crate) async fn hear_text(&mut self) -> String {
        self.next_text().await.unwrap()
    }

    /// The next message's text, or how the socket ended instead.
    async fn next_text(&mut self) -> Result<String, String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => return Err(format!("closed: {frame:?}")),
                Some(Ok(_)) => {}
                other => return Err(format!("the socket ended: {other:?}")),
            }
        }
    }

    /// The code with which the server closes.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("closed without a reason: {other:?}"),
            }
        }
    }

    /// The next frame, whatever comes before it.
    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            if let ServerMessage::Frame(frame) = self.hear().await {
                return frame;
            }
        }
    }

    /// Frames up to a number, put together.
    pub(crate) async fn frames_to(&mut self, to: u64) -> Frame {
        let mut all = self.frame().await;
        while all.to < to {
            let next = self.frame().await;
            assert_eq!(next.from, all.to, "frames continue each other");
            all.to = next.to;
            all.own.extend(next.own);
            all.parts.extend(next.parts);
            all.scopes = next.scopes.or(all.scopes);
        }
        all
    }

    /// Pushes commands and waits for what became of them.
    pub(crate) async fn push(&mut self, commands: Vec<Numbered>) -> Vec<Answer> {
        self.say(&ClientMessage::Push { commands }).await;
        loop {
            if let ServerMessage::Results { results } = self.hear().await {
                return results;
            }
        }
    }
}
