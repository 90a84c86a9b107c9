//! What is measured over HTTP.

use crate::client::Person;
use crate::process::{SITE, Server, binary};
use anyhow::ensure;
use hdrhistogram::Histogram;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const TASKS: usize = 5_000;

/// Start, idle memory, installed size.
pub(crate) async fn start(database: &str, runs: usize) -> anyhow::Result<Value> {
    let mut starts = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..runs {
        let server = Server::start(database).await?;
        starts.push(millis(server.started_in));
        tokio::time::sleep(Duration::from_secs(1)).await;
        memory.push(server.memory()? as f64 / 1e6);
    }
    let site = size_of(SITE)?;
    let installed = (std::fs::metadata(binary())?.len() + site) as f64 / 1e6;
    Ok(json!({
        "cold_start_ms": median(&mut starts),
        "idle_memory_mb": median(&mut memory),
        "installed_mb": installed,
    }))
}

fn size_of(directory: &str) -> anyhow::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() {
            size_of(&entry.path().to_string_lossy())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(size)
}

/// Creates and moves, one client and 32.
pub(crate) async fn commits(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    let tasks = person.fill(200).await?;
    let mut figures = serde_json::Map::new();
    for (name, clients, count) in [("one_client", 1, 600), ("32_clients", 32, 6_000)] {
        let creates = repeat(runs, clients, count, async |n| {
            person.create(&format!("Task {n}"), n).await.map(drop)
        });
        figures.insert(format!("creates_{name}"), creates.await?);
        let moves = repeat(runs, clients, count, async |n| {
            person
                .move_to(&tasks[n % tasks.len()], n / tasks.len())
                .await
        });
        figures.insert(format!("moves_{name}"), moves.await?);
    }
    Ok(Value::Object(figures))
}

/// What shortening the log costs: creates by 32 clients while it goes on, and while there is nothing to shorten. Every
/// change that is written goes from the log once, so the share is what the going of one costs, by what its coming does.
pub(crate) async fn purge(database: &str) -> anyhow::Result<Value> {
    const LOG: usize = 70_000;
    const KEPT: (&str, &str) = ("TEAMFLOW_HISTORY_CHANGES_MAX", "10000");
    const CREATES: usize = 12_000;
    let mut server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    let tasks = person.fill(200).await?;
    repeat(1, 32, LOG, async |n| {
        person
            .move_to(&tasks[n % tasks.len()], n / tasks.len())
            .await
    })
    .await?;
    let mut seconds = Vec::new();
    // A restart with the old setting first, so that both find the same warmth.
    for setting in [("TEAMFLOW_HISTORY_CHANGES_MAX", "1000000"), KEPT] {
        server.restart(setting).await?;
        let began = Instant::now();
        repeat(1, 32, CREATES, async |n| {
            person.create(&format!("Task {n}"), n).await.map(drop)
        })
        .await?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    let gone = (LOG - 10_000) as f64;
    let share = (seconds[1] - seconds[0]) / gone * (CREATES as f64 / seconds[0]);
    Ok(json!({
        "log": LOG,
        "creates": CREATES,
        "seconds_without": seconds[0],
        "seconds_while_it_goes": seconds[1],
        "share_percent": share * 100.0,
    }))
}

/// A whole board.
pub(crate) async fn board(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    person.fill(TASKS).await?;
    let mut figures = serde_json::Map::new();
    let snapshot = format!(
        "/sync/snapshot?workspace={}&cover=board:{}",
        person.workspace, person.project
    );
    let rest = format!("/api/v1/projects/{}/board", person.project);
    for (name, path) in [("rest", rest), ("snapshot", snapshot)] {
        for (clients, count) in [(1, 100), (8, 800)] {
            let read = repeat(runs, clients, count, async |_| {
                let request = person
                    .request(Method::GET, &path)
                    .header("accept-encoding", "br");
                let response = request.send().await?;
                ensure!(
                    response.status().is_success(),
                    "GET {path}: {}",
                    response.status()
                );
                response.bytes().await?;
                Ok(())
            });
            figures.insert(format!("{name}_{clients}_clients"), read.await?);
        }
        // Every read after a write finds the kept copy stale.
        let fresh = repeat(runs, 1, 30, async |n| {
            person.create(&format!("Fresh {n}"), n).await?;
            let response = person.request(Method::GET, &path).send().await?;
            response.bytes().await?;
            Ok(())
        });
        figures.insert(format!("{name}_after_a_write"), fresh.await?);
    }
    Ok(Value::Object(figures))
}

/// A Trello board of 5,000 cards, by the command line.
pub(crate) async fn import(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    Person::begin(&server).await?;
    let file = tempfile::NamedTempFile::new()?;
    let mut times = Vec::new();
    for run in 0..runs {
        std::fs::write(file.path(), serde_json::to_vec(&trello(run, TASKS))?)?;
        let path = file.path().to_string_lossy().into_owned();
        let began = Instant::now();
        server.run(&["import", "trello", &path, "--workspace", "bench"])?;
        times.push(millis(began.elapsed()));
    }
    Ok(json!({ "cards": TASKS, "median_ms": median(&mut times) }))
}

/// A board as Trello exports it.
fn trello(run: usize, cards: usize) -> Value {
    let id = |kind: usize, n: usize| format!("{:08x}{kind:08x}{n:08x}", 0x5f00_0000 + run);
    let lists: Vec<Value> = (0..8)
        .map(|n| json!({ "id": id(1, n), "name": format!("List {n}"), "closed": false, "pos": n * 1_024 }))
        .collect();
    let cards: Vec<Value> = (0..cards)
        .map(|n| {
            json!({
                "id": id(2, n), "idShort": n + 1, "idList": id(1, n % 8), "pos": n * 1_024, "closed": false,
                "name": format!("Card {n}"), "desc": "A description of the usual length, with **Markdown** in it.",
                "idLabels": [], "idMembers": [], "idChecklists": [], "attachments": [],
            })
        })
        .collect();
    json!({
        "id": id(0, 0), "name": format!("Load {run}"), "lists": lists, "cards": cards,
        "labels": [], "members": [], "checklists": [], "actions": [],
    })
}

/// Runs something `count` times by so many clients at once, a few runs long; answers rate and latencies, each the median.
pub(crate) async fn repeat(
    runs: usize,
    clients: usize,
    count: usize,
    work: impl AsyncFn(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Value> {
    let (mut rates, mut p50, mut p99) = (Vec::new(), Vec::new(), Vec::new());
    let next = Arc::new(AtomicUsize::new(0));
    for run in 1..=runs {
        let began = Instant::now();
        let client = async || -> anyhow::Result<Histogram<u64>> {
            let mut latencies = Histogram::new(3)?;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= run * count {
                    return Ok(latencies);
                }
                let began = Instant::now();
                work(n).await?;
                latencies.record(u64::try_from(began.elapsed().as_micros())?)?;
            }
        };
        let histograms = futures::future::try_join_all((0..clients).map(|_| client())).await?;
        next.store(run * count, Ordering::Relaxed);
        let mut all: Histogram<u64> = Histogram::new(3)?;
        for histogram in histograms {
            all.add(histogram)?;
        }
        rates.push(count as f64 / began.elapsed().as_secs_f64());
        p50.push(all.value_at_quantile(0.5) as f64 / 1e3);
        p99.push(all.value_at_quantile(0.99) as f64 / 1e3);
    }
    Ok(json!({
        "per_second": median(&mut rates).round(),
        "p50_ms": median(&mut p50),
        "p99_ms": median(&mut p99),
    }))
}

/// The median.
pub(crate) fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
