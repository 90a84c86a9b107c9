//! The counts that all nodes share, in Redis: the same arithmetic, in a script, so that it is one step there.

use super::{Asker, Class, Rate};
use crate::app::App;
use anyhow::Context as _;
use redis::Client;
use redis::aio::MultiplexedConnection;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long a request waits for Redis before it is counted here.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(250);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Takes one, if there is one to take: whether, and until when whoever asked has asked in advance.
const TAKE: &str = "
local now, interval, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local before = tonumber(redis.call('GET', KEYS[1]) or now)
if before < now then before = now end
local after = before + interval
if after - window > now then return {0, before} end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
return {1, after}";

/// Gives one back.
const GIVE_BACK: &str = "
local before = redis.call('GET', KEYS[1])
if before then
  redis.call('SET', KEYS[1], string.format('%.0f', tonumber(before) - tonumber(ARGV[1])), 'KEEPTTL')
end
return 1";

/// The way to Redis, while there is one.
#[derive(Default)]
pub(super) struct Shared {
    connection: RwLock<Option<MultiplexedConnection>>,
    lost: Notify,
}

fn name((class, asker): (Class, Asker)) -> String {
    format!("teamflow:rate:{}:{asker}", class.name())
}

impl Shared {
    fn connection(&self) -> Option<MultiplexedConnection> {
        // It is replaced as a whole: a poisoned one is still whole.
        let connection = self.connection.read();
        connection.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, connection: Option<MultiplexedConnection>) {
        let mut place = self.connection.write();
        **place.as_mut().unwrap_or_else(|error| error.get_mut()) = connection;
    }

    pub(super) fn is_linked(&self) -> bool {
        self.connection().is_some()
    }

    /// Until when somebody has asked in advance now, and how long they have to wait if it was too often. Nothing where
    /// Redis does not say.
    pub(super) async fn take(
        &self,
        key: (Class, Asker),
        rate: Rate,
        now: i64,
    ) -> Option<(i64, Option<Duration>)> {
        let mut command = redis::cmd("EVAL");
        command.arg(TAKE).arg(1).arg(name(key));
        command.arg(now).arg(rate.interval()).arg(rate.window());
        let (was_taken, until): (bool, i64) = self.ask(&command).await?;
        let wait = (!was_taken).then(|| rate.take(until, now).err().unwrap_or_default());
        Some((until, wait))
    }

    /// Gives one back; answers whether Redis took it.
    pub(super) async fn give_back(&self, key: (Class, Asker), rate: Rate) -> bool {
        let mut command = redis::cmd("EVAL");
        command.arg(GIVE_BACK).arg(1).arg(name(key));
        command.arg(rate.interval());
        self.ask::<i64>(&command).await.is_some()
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        let mut connection = self.connection()?;
        match timeout(ANSWER_TIMEOUT, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => tracing::warn!(%error, "counting requests in Redis failed"),
            Err(_) => tracing::warn!("Redis took too long to count a request"),
        }
        // Nobody else is to wait for it; `link` looks after it.
        self.set(None);
        self.lost.notify_one();
        None
    }
}

/// Keeps a way to Redis until the server stops.
pub async fn link(app: App, url: String) {
    let shared = &app.rates.shared;
    loop {
        match connect(&url).await {
            Ok(connection) => {
                shared.set(Some(connection));
                tokio::select! {
                    () = shared.lost.notified() => {}
                    () = app.shutdown.cancelled() => return,
                }
            }
            Err(error) => tracing::debug!(
                error = format!("{error:#}"),
                "requests are counted by each node for itself"
            ),
        }
        tokio::select! {
            () = sleep(RETRY_AFTER) => {}
            () = app.shutdown.cancelled() => return,
        }
    }
}

async fn connect(url: &str) -> anyhow::Result<MultiplexedConnection> {
    let client = Client::open(url).context("reading the address of Redis")?;
    let connecting = client.get_multiplexed_async_connection();
    Ok(timeout(CONNECT_TIMEOUT, connecting)
        .await
        .context("connecting to Redis")??)
}
