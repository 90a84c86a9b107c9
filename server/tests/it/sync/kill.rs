//! A real server process, killed in the middle of writes: what was acknowledged is there afterwards, once.

use super::team::{Socket, Team, numbered, task};
use crate::harness::{TestApp, on_both_engines};
use server::db::Db;
use server::on_engine;
use shared::sync::protocol::{Answer, Outcome};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use uuid::Uuid;

const WRITERS: u128 = 4;
const COMMANDS_MAX: u64 = 400;
/// How many answers are waited for before each kill.
const KILL_AFTER: [usize; 3] = [5, 60, 150];

pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Process {
    /// A server with these settings beside the usual ones.
    pub(super) async fn start(database: &str, dir: &Path, vars: &[(&str, &str)]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_teamflow"))
            .arg("serve")
            .env("TEAMFLOW_LISTEN", address.to_string())
            .env("TEAMFLOW_DATABASE_URL", database)
            .env("TEAMFLOW_DATA_DIR", dir.join("data"))
            .env("TEAMFLOW_SITE_DIR", dir.join("site"))
            .env("TEAMFLOW_LOG", "error")
            .envs(vars.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Self { child, address };
        while tokio::net::TcpStream::connect(address).await.is_err() {
            assert!(
                process.child.try_wait().unwrap().is_none(),
                "the server ended"
            );
            tokio::task::yield_now().await;
        }
        process
    }

    /// Asks it to stop, and waits until it has.
    pub(super) async fn stop(mut self) {
        let stopping = tokio::task::spawn_blocking(move || {
            let id = self.child.id().to_string();
            let asked = Command::new("kill").args(["-s", "TERM", &id]).status();
            assert!(asked.unwrap().success());
            assert!(self.child.wait().unwrap().success());
        });
        stopping.await.unwrap();
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already: that is what these tests are about.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The id of a writer's task.
fn id(writer: u128, mid: u64) -> u128 {
    writer * 10_000 + u128::from(mid)
}

on_both_engines! {
    async fn a_killed_server_has_kept_what_it_acknowledged(t: TestApp) {
        let mut team = Team::start(t).await;
        let token = team.token(team.owner).await;
        let (database, dir) = (team.t.database().to_owned(), team.t.dir().to_owned());
        // One server serves a file.
        team.t.app.shutdown.cancel();
        (&mut team.t.serving).await.unwrap().unwrap();
        let mut answered: Vec<Vec<Answer>> = vec![Vec::new(); usize::try_from(WRITERS).unwrap()];
        for kill_after in KILL_AFTER {
            let mut process = Process::start(&database, &dir, &[]).await;
            let address = process.address;
            let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
            let writers = answered.iter().zip(0..).map(|(answers, writer)| {
                let (hello, token, tell) = (team.hello(100 + writer, None), &token, tell.clone());
                let next = answers.len() as u64 + 1;
                let team = &team;
                async move {
                    let mut kept = Vec::new();
                    let Ok(mut socket) = Socket::open(address, token, &hello).await else { return kept };
                    for mid in next..=COMMANDS_MAX {
                        let command = team.create(id(writer, mid), &format!("{writer} {mid}"));
                        let push = vec![numbered(mid, id(writer, mid), command)];
                        let Some(answer) = socket.try_push(push).await else { break };
                        kept.extend(answer);
                        tell.send(()).unwrap();
                    }
                    kept
                }
            });
            let killer = async {
                for _ in 0..kill_after {
                    told.recv().await.unwrap();
                }
                process.kill();
            };
            let (kept, ()) = tokio::join!(futures::future::join_all(writers), killer);
            for (all, kept) in answered.iter_mut().zip(kept) {
                all.extend(kept);
            }
        }
        // Everything again, as a browser would that heard nothing: the same answers, and nothing twice.
        let process = Process::start(&database, &dir, &[]).await;
        for (answers, writer) in answered.iter().zip(0..) {
            let hello = team.hello(100 + writer, None);
            let mut socket = Socket::open(process.address, &token, &hello).await.unwrap();
            assert!(socket.welcome().last_mid >= answers.len() as u64);
            for answer in answers {
                let mid = answer.mid;
                assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
                let command = team.create(id(writer, mid), &format!("{writer} {mid}"));
                let again = socket.push(vec![numbered(mid, id(writer, mid), command)]).await;
                assert_eq!(&again[0], answer);
            }
        }
        let db = Db::open(&database).await.unwrap();
        let mut read = db.unfenced().read().await.unwrap();
        let ids: Vec<Uuid> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select id from tasks").fetch_all(c).await
        }).unwrap();
        let seqs: Vec<i64> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select seq from tx_log order by seq").fetch_all(c).await
        }).unwrap();
        let head: i64 = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select seq from workspace_heads").fetch_one(c).await
        }).unwrap();
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
        for (answers, writer) in answered.iter().zip(0..) {
            for answer in answers {
                let wanted = task(id(writer, answer.mid)).uuid();
                assert_eq!(ids.iter().filter(|id| **id == wanted).count(), 1);
            }
        }
    }
}
