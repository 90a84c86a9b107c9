//! Messages between nodes by Redis: one channel that all publish to and all listen to.

use super::{Message, Node, receive};
use crate::app::App;
use anyhow::{Context as _, bail};
use futures::StreamExt as _;
use redis::Client;
use redis::aio::{MultiplexedConnection, PubSubStream};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{sleep, timeout};

const CHANNEL: &str = "teamflow";
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before the next try.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct Envelope {
    from: Node,
    message: Message,
}

/// Links this node with the others until the server stops, again and again.
pub async fn link(app: App, url: String) {
    let mut was_told = false;
    loop {
        let Err(error) = tokio::select! {
            ended = session(&app, &url, &mut was_told) => ended,
            () = app.shutdown.cancelled() => return,
        };
        if !was_told {
            tracing::warn!(
                error = format!("{error:#}"),
                "no link to other nodes by Redis; changes there are noticed a little later"
            );
            was_told = true;
        }
        tokio::select! {
            () = sleep(RETRY_AFTER) => {}
            () = app.shutdown.cancelled() => return,
        }
    }
}

/// Whether Redis answers.
pub async fn ping(url: &str) -> anyhow::Result<()> {
    let client = Client::open(url).context("reading the address of Redis")?;
    let ask = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").exec_async(&mut connection).await
    };
    Ok(timeout(CONNECT_TIMEOUT, ask)
        .await
        .context("connecting to Redis")??)
}

/// Nothing is ever the good end of a session.
enum Never {}

async fn session(app: &App, url: &str, was_told: &mut bool) -> anyhow::Result<Never> {
    let client = Client::open(url).context("reading the address of Redis")?;
    let connect = async {
        let mut listening = client.get_async_pubsub().await?;
        listening.subscribe(CHANNEL).await?;
        let speaking = client.get_multiplexed_async_connection().await?;
        Ok::<_, redis::RedisError>((listening.into_on_message(), speaking))
    };
    let (heard, speaking) = timeout(CONNECT_TIMEOUT, connect)
        .await
        .context("connecting to Redis")??;
    let queue = app.sync.bus().queue.subscribe();
    tracing::info!("linked to other nodes by Redis");
    *was_told = false;
    // Nobody could tell us, and we could tell nobody.
    app.sync.catch_up().await?;
    app.sync.introduce().await;
    tokio::select! {
        ended = listen(app, heard) => ended,
        ended = speak(app, speaking, queue) => ended,
    }
}

async fn listen(app: &App, mut heard: PubSubStream) -> anyhow::Result<Never> {
    while let Some(message) = heard.next().await {
        let envelope = serde_json::from_slice(message.get_payload_bytes());
        let Ok(Envelope { from, message }) = envelope else {
            // Of a node with another version.
            continue;
        };
        if from == app.sync.bus().node {
            continue;
        }
        if let Err(error) = receive(app, from, message).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "taking in what another node told failed"
            );
        }
    }
    bail!("Redis has closed the connection")
}

async fn speak(
    app: &App,
    mut speaking: MultiplexedConnection,
    mut queue: broadcast::Receiver<Message>,
) -> anyhow::Result<Never> {
    let from = app.sync.bus().node;
    loop {
        let message = match queue.recv().await {
            Ok(message) => message,
            // What is lost here was worth some time only.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => bail!("the server is gone"),
        };
        let text = serde_json::to_string(&Envelope { from, message })?;
        redis::cmd("PUBLISH")
            .arg(CHANNEL)
            .arg(text)
            .exec_async(&mut speaking)
            .await?;
    }
}
