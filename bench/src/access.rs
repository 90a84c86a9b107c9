//! What it costs to be asked who somebody is and what they may.

use crate::client::Person;
use crate::load::{median, repeat};
use crate::process::Server;
use anyhow::{Context as _, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::access::{Action, Relation, Role, can};
use shared::ids::{ProjectId, UserId};
use shared::members::Member;
use shared::projects::Project;
use shared::sync::access_index::AccessIndex;
use shared::sync::{Row as _, Stored};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use uuid::Uuid;

const PEOPLE: u128 = 1_000;
const PROJECTS: u128 = 200;
/// How many people a private project has.
const IN_PROJECT: u128 = 20;
const CHECKS: u128 = 1_000_000;
/// How many sign in at once, for as long as is read.
const SIGNING_IN: usize = 32;
const READS: usize = 1_000;

/// Nanoseconds of one permission check: what somebody is, whether they see the project, and what the matrix says.
pub(crate) fn permission(runs: usize) -> anyhow::Result<Value> {
    let index = index()?;
    let mut times = Vec::new();
    let mut allowed = 0_u64;
    for _ in 0..runs {
        let began = Instant::now();
        for n in 0..CHECKS {
            // Neighbours share no row, so that the processor's cache helps as little as it does a server.
            let user = user(n * 7_919 % PEOPLE);
            let project = project(n * 104_729 % PROJECTS);
            let action = Action::ALL[usize::try_from(n)? % Action::ALL.len()];
            let relation = Relation {
                in_project: index.is_in_project(user, project),
                ..Relation::default()
            };
            let may = index.sees_project(user, project)
                && index
                    .role(user)
                    .is_some_and(|role| can(role, action, relation));
            allowed += u64::from(may);
        }
        times.push(began.elapsed().as_secs_f64() * 1e9 / CHECKS as f64);
    }
    ensure!(allowed > 0, "somebody may do something");
    Ok(json!({ "people": PEOPLE, "projects": PROJECTS, "check_ns": median(&mut times).round() }))
}

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1 + n))
}

fn project(n: u128) -> ProjectId {
    ProjectId::from_uuid(Uuid::from_u128(1_000_000 + n))
}

/// A workspace in which half of the projects are private.
fn index() -> anyhow::Result<AccessIndex> {
    let mut rows = Vec::new();
    for n in 0..PEOPLE {
        let member: Member = serde_json::from_value(json!({
            "id": user(n), "name": "Somebody", "color": "teal", "active": true, "joined_at": 0,
            "role": Role::ALL[usize::try_from(n)? % Role::ALL.len()],
        }))?;
        rows.push(Arc::new(member).into_any());
    }
    for n in 0..PROJECTS {
        let members: Vec<_> = (0..IN_PROJECT)
            .map(|m| user((n * 37 + m) % PEOPLE))
            .collect();
        let project: Project = serde_json::from_value(json!({
            "id": project(n), "key": "BEN", "name": "Something", "color": "teal", "members": members,
            "visibility": if n % 2 == 0 { "workspace" } else { "private" },
            "next_number": 1, "created_by": user(0), "created_at": 0,
        }))?;
        rows.push(Arc::new(project).into_any());
    }
    let rows: Vec<_> = rows.into_iter().map(|row| Stored { v: 1, row }).collect();
    Ok(AccessIndex::of(&rows, []))
}

/// Reads by one client, alone and while 32 bring a password as fast as they are answered. Nobody has their addresses, which
/// is as much work as a right password, and no address is locked.
pub(crate) async fn sign_in_storm(database: &str, runs: usize) -> anyhow::Result<Value> {
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    person.fill(200).await?;
    let tasks = format!("/api/v1/projects/{}/tasks", person.project);
    let read = async |_| person.get(&tasks).await.map(drop);
    let alone = repeat(runs, 1, READS, read).await?;
    let (is_over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let sign_in = async || -> anyhow::Result<()> {
        while !is_over.load(Ordering::Relaxed) {
            let n = asked.fetch_add(1, Ordering::Relaxed);
            let body = json!({ "email": format!("nobody-{n}@example.org"), "password": "guessed" });
            let request = person.request(Method::POST, "/api/v1/auth/sign-in");
            let response = request.json(&body).send().await?;
            ensure!(
                response.status() == StatusCode::UNAUTHORIZED,
                "signing in: {}",
                response.status()
            );
        }
        Ok(())
    };
    let began = Instant::now();
    let reading = async {
        let figures = repeat(runs, 1, READS, read).await;
        is_over.store(true, Ordering::Relaxed);
        figures
    };
    let storm = futures::future::try_join_all((0..SIGNING_IN).map(|_| sign_in()));
    let (during, _) = futures::future::try_join(reading, storm)
        .await
        .context("reading while others sign in")?;
    let rate = asked.into_inner() as f64 / began.elapsed().as_secs_f64();
    Ok(json!({ "reads_alone": alone, "reads_during": during, "sign_ins_per_second": rate.round() }))
}

/// What row-level security costs a commit: creates by 32 clients with it and without, by turns, so that both find the same
/// warmth. `database` is PostgreSQL's; its `psql` switches.
pub(crate) async fn fence(database: &str, runs: usize) -> anyhow::Result<Value> {
    const CREATES: usize = 2_000;
    ensure!(
        database.starts_with("postgres"),
        "only PostgreSQL has row-level security: give --database postgres://..."
    );
    let server = Server::start(database).await?;
    let person = Person::begin(&server).await?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..=runs {
        for (switch, rates) in [("enable", &mut with), ("disable", &mut without)] {
            switch_fence(database, switch)?;
            let creates = repeat(1, 32, CREATES, async |n| {
                person.create(&format!("Task {n}"), n).await.map(drop)
            });
            let rate = creates.await?["per_second"].as_f64();
            rates.push(rate.context("a rate is a number")?);
        }
    }
    switch_fence(database, "enable")?;
    // The first turn warms up.
    let (with, without) = (median(&mut with[1..]), median(&mut without[1..]));
    Ok(json!({
        "creates_per_second_with": with,
        "creates_per_second_without": without,
        "share_percent": (without / with - 1.0) * 100.0,
    }))
}

fn switch_fence(database: &str, switch: &str) -> anyhow::Result<()> {
    let sql = format!(
        "do $$ declare it regclass; begin
            for it in select polrelid from pg_policy group by polrelid loop
                execute format('alter table %s {switch} row level security', it);
            end loop;
        end $$"
    );
    let done = Command::new("psql")
        .args([database, "-qc", &sql])
        .status()?;
    ensure!(done.success(), "psql could not {switch} row-level security");
    Ok(())
}
