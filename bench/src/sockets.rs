//! What is measured over sockets.

use crate::client::Person;
use crate::load::{median, millis};
use crate::process::Server;
use anyhow::{Context as _, bail, ensure};
use futures::{SinkExt as _, StreamExt as _};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use shared::ids::{Epoch, ReplicaId};
use shared::sync::protocol::{ClientMessage, Hello, Mode, SCHEMA, ServerMessage, VERSION, Welcome};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const SUBSCRIBERS: usize = 500;
const MOVES: usize = 200;
const IDLE_SOCKETS: usize = 5_000;
/// How many changes somebody was away for.
const MISSED: usize = 10_000;

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A socket that has said hello; everything from here on arrives as frames.
async fn connect(person: &Person, n: usize) -> anyhow::Result<(Socket, u64)> {
    let (socket, welcome) = resume(person, n, None).await?;
    Ok((socket, welcome.head))
}

/// A socket that goes on from a number of a life of the log.
async fn resume(
    person: &Person,
    n: usize,
    from: Option<(Epoch, u64)>,
) -> anyhow::Result<(Socket, Welcome)> {
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
        epoch: from.map(|(epoch, _)| epoch),
        cursor: from.map(|(_, cursor)| cursor),
        scopes: Vec::new(),
    });
    socket
        .send(Message::text(serde_json::to_string(&hello)?))
        .await?;
    match message(&mut socket).await? {
        ServerMessage::Welcome(welcome) => Ok((socket, welcome)),
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

/// How many files a process may have open: each socket is one, here and in the server.
fn open_files_max() -> anyhow::Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    Ok(soft
        .context("no limit of open files")?
        .parse()
        .unwrap_or(usize::MAX))
}

/// Somebody comes back who missed 10,000 moves: until they have them, and how much that was.
pub(crate) async fn follow_up(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    let tasks = person.fill(500).await?;
    let (_, left) = resume(&person, 0, None).await?;
    let numbers: Vec<usize> = (0..MISSED).collect();
    for chunk in numbers.chunks(32) {
        let moves = chunk
            .iter()
            .map(|n| person.move_to(&tasks[n % tasks.len()], 1 + n / tasks.len()));
        futures::future::try_join_all(moves).await?;
    }
    let (mut times, mut bytes) = (Vec::new(), 0);
    for run in 1..=runs {
        let began = Instant::now();
        let from = Some((left.epoch, left.head));
        let (mut socket, welcome) = resume(&person, run, from).await?;
        ensure!(welcome.mode == Mode::CatchUp, "the log reaches back");
        (bytes, _) = heard_up_to(&mut socket, welcome.head).await?;
        times.push(millis(began.elapsed()));
    }
    Ok(json!({ "changes": MISSED, "median_ms": median(&mut times), "bytes": bytes }))
}

/// How many bytes and messages tell what happened up to a number.
async fn heard_up_to(socket: &mut Socket, head: u64) -> anyhow::Result<(usize, usize)> {
    let (mut bytes, mut messages) = (0, 0);
    loop {
        let Message::Text(text) = socket.next().await.context("the socket was closed")?? else {
            continue;
        };
        bytes += text.len();
        messages += 1;
        // Only where the range ends is looked at: what a browser does with it is measured in one.
        let end = text.find(r#","to":"#).map(|at| at + r#","to":"#.len());
        let digits = end.and_then(|at| text.get(at..)).unwrap_or_default();
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        if digits.parse() == Ok(head) {
            return Ok((bytes, messages));
        }
    }
}

/// A move seen by many; memory of an idle socket.
pub(crate) async fn fanout(database: &str, runs: usize) -> anyhow::Result<Value> {
    let files = open_files_max()?;
    ensure!(
        files > IDLE_SOCKETS + 200,
        "only {files} files may be open: ulimit -n {}",
        IDLE_SOCKETS * 2
    );
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
        "idle_sockets": IDLE_SOCKETS,
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
