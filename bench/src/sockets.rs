//! What is measured over sockets.

use crate::client::Person;
use crate::load::{median, millis};
use crate::process::Server;
use anyhow::{Context as _, bail, ensure};
use futures::{SinkExt as _, StreamExt as _};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use shared::ids::ReplicaId;
use shared::sync::protocol::{ClientMessage, Hello, SCHEMA, ServerMessage, VERSION};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const SUBSCRIBERS: usize = 500;
const MOVES: usize = 200;
const IDLE_SOCKETS: usize = 2_000;

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A socket that has said hello; everything from here on arrives as frames.
async fn connect(person: &Person, n: usize) -> anyhow::Result<(Socket, u64)> {
    let url = format!(
        "{}/sync/socket?workspace={}",
        person.url.replace("http", "ws"),
        person.workspace
    );
    let mut request = url.into_client_request()?;
    let bearer = format!("Bearer {}", person.token);
    request
        .headers_mut()
        .insert("authorization", bearer.parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    let hello = ClientMessage::Hello(Hello {
        proto: VERSION,
        schema: SCHEMA,
        workspace: person.workspace.parse()?,
        replica: ReplicaId::from_uuid(uuid::Uuid::from_u128(1_000_000 + n as u128)),
        epoch: None,
        cursor: None,
        scopes: Vec::new(),
    });
    socket
        .send(Message::text(serde_json::to_string(&hello)?))
        .await?;
    match message(&mut socket).await? {
        ServerMessage::Welcome(welcome) => Ok((socket, welcome.head)),
        other => bail!("a welcome was expected, not {other:?}"),
    }
}

async fn message(socket: &mut Socket) -> anyhow::Result<ServerMessage> {
    loop {
        let message = socket.next().await.context("the socket was closed")??;
        if let Message::Text(text) = message {
            return Ok(serde_json::from_str(&text)?);
        }
    }
}

/// A move seen by many; memory of an idle socket.
pub(crate) async fn fanout(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    let tasks = person.fill(100).await?;
    let (mut p50, mut p99, mut missed) = (Vec::new(), Vec::new(), 0);
    for run in 0..runs {
        let (latencies, gone) = moves(&person, &tasks, run).await?;
        p50.push(latencies.value_at_quantile(0.5) as f64 / 1e3);
        p99.push(latencies.value_at_quantile(0.99) as f64 / 1e3);
        missed += gone;
    }
    let before = server.memory()?;
    let mut idle = Vec::new();
    for n in 0..IDLE_SOCKETS {
        idle.push(connect(&person, 100_000 + n).await?);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let per_socket = (server.memory()?.saturating_sub(before)) as f64 / IDLE_SOCKETS as f64;
    ensure!(idle.len() == IDLE_SOCKETS, "all sockets are open");
    Ok(json!({
        "subscribers": SUBSCRIBERS,
        "request_to_seen_p50_ms": median(&mut p50),
        "request_to_seen_p99_ms": median(&mut p99),
        "missed": missed,
        "idle_socket_kb": per_socket / 1e3,
    }))
}

/// Moves tasks while everybody watches; answers how long after the request each of them saw it, and how many never did.
async fn moves(
    person: &Person,
    tasks: &[String],
    run: usize,
) -> anyhow::Result<(Histogram<u64>, usize)> {
    let (seen, mut sightings) = mpsc::unbounded_channel::<(u64, Instant)>();
    let mut watching = Vec::new();
    let mut head = 0;
    for n in 0..SUBSCRIBERS {
        let (mut socket, at) = connect(person, run * SUBSCRIBERS + n).await?;
        head = at;
        let seen = seen.clone();
        watching.push(tokio::spawn(async move {
            while let Ok(said) = message(&mut socket).await {
                if let ServerMessage::Frame(frame) = said {
                    for seq in frame.from + 1..=frame.to {
                        if seen.send((seq, Instant::now())).is_err() {
                            return;
                        }
                    }
                }
            }
        }));
    }
    let mut asked = Vec::new();
    for n in 0..MOVES {
        asked.push(Instant::now());
        person
            .move_to(&tasks[n % tasks.len()], 1 + n / tasks.len() + run)
            .await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let expected = SUBSCRIBERS * MOVES;
    let mut latencies = Histogram::new(3)?;
    let mut count = 0;
    while count < expected {
        let sighting = tokio::time::timeout(Duration::from_secs(5), sightings.recv()).await;
        let Ok(Some((seq, at))) = sighting else { break };
        let n = usize::try_from(seq.saturating_sub(head + 1))?;
        if let Some(asked) = asked.get(n) {
            latencies.record(u64::try_from(at.duration_since(*asked).as_micros())?)?;
            count += 1;
        }
    }
    for watcher in watching {
        watcher.abort();
    }
    eprintln!(
        "fan-out: p50 {:.1} ms",
        millis(Duration::from_micros(latencies.value_at_quantile(0.5)))
    );
    Ok((latencies, expected - count))
}
