//! The same people in front of real processes: killed without a word, or stopped and started anew, while everybody works.

use super::super::kill::Process;
use super::{Crowd, PATIENCE, Team};
use crate::harness::{
    Engine, Redis, Setup, TestApp, on_both_engines, redis_skipped, skipped, write_site,
};
use server::db::Db;
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::time::timeout;

/// How many answers are heard between two events.
const ANSWERS: usize = 12;
const DEEDS: usize = 80;

/// A team and its people; the server in this process, which has made them, has stopped.
async fn gathered(t: TestApp, seed: u64) -> (Team, Crowd) {
    let mut team = Team::start(t).await;
    let crowd = Crowd::gather(&team, seed).await;
    crowd.servers.send_replace(Vec::new());
    team.t.app.shutdown.cancel();
    (&mut team.t.serving).await.unwrap().unwrap();
    (team, crowd)
}

/// Everybody works while something else happens; both come to their end. A server that waits for dead connections may stop
/// so late that all is done before: what is left happens then all the same.
async fn meanwhile<T>(crowd: &mut Crowd, happens: impl Future<Output = T>) -> T {
    let history = crowd.history.clone();
    let acting = async {
        crowd.act(DEEDS, 0).await;
        history.all_is_done();
    };
    let both = async { tokio::join!(acting, happens).1 };
    timeout(PATIENCE, both).await.expect("nothing hangs")
}

on_both_engines! {
    async fn a_server_killed_again_and_again_loses_nothing(t: TestApp) {
        let (team, mut crowd) = gathered(t, 11).await;
        let (database, dir) = (team.t.database().to_owned(), team.t.dir().to_owned());
        let (servers, history) = (crowd.servers.clone(), crowd.history.clone());
        let killing = async {
            let mut process = Process::start(&database, &dir, &[]).await;
            for kill in 1..=4 {
                servers.send_replace(vec![process.address]);
                history.wait_for_answers(kill * ANSWERS).await;
                process.kill();
                servers.send_replace(Vec::new());
                process = Process::start(&database, &dir, &[]).await;
            }
            servers.send_replace(vec![process.address]);
            process
        };
        let process = meanwhile(&mut crowd, killing).await;
        let db = Db::open(&database).await.unwrap();
        let books = crowd.settle(&db, &team).await;
        crowd.check(&books);
        process.stop().await;
    }
}

/// A node of several, with a folder of its own.
async fn node(database: &str, redis: &str) -> (Process, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    write_site(&dir.path().join("site"));
    let process = Process::start(database, dir.path(), &[("TEAMFLOW_REDIS_URL", redis)]).await;
    (process, dir)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_started_anew_one_after_the_other_lose_and_refuse_nothing() {
    if skipped() || redis_skipped() {
        return;
    }
    let redis = Redis::start().await;
    let setup = Setup::new(Engine::Postgres);
    let (team, mut crowd) = gathered(setup.start().await, 12).await;
    let (database, url) = (team.t.database().to_owned(), redis.url());
    let (servers, history) = (crowd.servers.clone(), crowd.history.clone());
    let rolling = async {
        let mut nodes = vec![node(&database, &url).await, node(&database, &url).await];
        for round in 1..=4 {
            let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.0.address).collect();
            servers.send_replace(addresses);
            history.wait_for_answers(round * ANSWERS).await;
            // Who connects meanwhile may still be sent to the one that stops.
            nodes.remove(0).0.stop().await;
            servers.send_replace(vec![nodes[0].0.address]);
            nodes.push(node(&database, &url).await);
        }
        servers.send_replace(nodes.iter().map(|node| node.0.address).collect());
        nodes
    };
    let nodes = meanwhile(&mut crowd, rolling).await;
    let db = Db::open(&database).await.unwrap();
    let books = crowd.settle(&db, &team).await;
    crowd.check(&books);
    for (node, _dir) in nodes {
        node.stop().await;
    }
}
