//! Redis for tests: a server of the test's own on a free loopback port, gone when the test or its process ends.

use super::postgres::skip;
use std::env;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

const SKIP: &str = "TEAMFLOW_TEST_SKIP_REDIS";

/// Starts Redis, and stops it when the input ends.
const SCRIPT: &str = r#"
trap '' INT
redis-server --bind 127.0.0.1 --port "$1" --save '' --appendonly no >&2 &
server=$!
read -r _ || true
kill -KILL "$server"
wait "$server"
"#;

/// Whether the tests with Redis are left out, which has to be asked for.
pub(crate) fn skipped() -> bool {
    skip(SKIP)
}

/// A running Redis.
pub(crate) struct Redis {
    port: u16,
    server: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut redis = Self { port, server: None };
        redis.start_again().await;
        redis
    }

    /// Its address, which stays the same when it is stopped and started.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn start_again(&mut self) {
        assert!(
            is_installed(),
            "install redis-server, or set {SKIP}=1 to run without its tests"
        );
        let mut server = Command::new("sh")
            .args(["-c", SCRIPT, "sh", &self.port.to_string()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = ("127.0.0.1", self.port);
        while tokio::net::TcpStream::connect(address).await.is_err() {
            let ended = server.try_wait().unwrap();
            assert!(ended.is_none(), "redis-server did not start");
            tokio::task::yield_now().await;
        }
        self.server = Some(server);
    }

    /// Without a good-bye.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.stdin.take());
            server.wait().unwrap();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "these are no settings of the server"
)]
fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join("redis-server").is_file())
}
