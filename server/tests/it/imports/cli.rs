//! `teamflow import`.

use super::{FIXTURES, counts, files};
use crate::harness::{Engine, TestApp};
use crate::sync::Team;
use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// Runs the program on the running server's database.
fn teamflow(team: &Team, arguments: &[&str]) -> Output {
    let dir = team.t.dir();
    let database = format!("sqlite:{}", dir.join("teamflow.db").display());
    Command::new(env!("CARGO_BIN_EXE_teamflow"))
        .args(["import", "trello"])
        .args(arguments)
        .env("TEAMFLOW_DATABASE_URL", database)
        .env("TEAMFLOW_DATA_DIR", dir.join("data"))
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn team() -> Team {
    Team::start(TestApp::start(Engine::Sqlite).await).await
}

fn workshop() -> String {
    format!("{FIXTURES}/workshop.json")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_people_and_programs_and_changes_nothing() {
    let team = team().await;
    let before = counts(&team).await;
    let told = teamflow(&team, &[&workshop(), "--workspace", "team", "--dry-run"]);
    let (said, error) = (text(&told.stdout), text(&told.stderr));
    assert!(told.status.success(), "{error}");
    let first = "Wood workshop would become the project WW in team.\n\nTaken over:\n";
    assert!(said.starts_with(first), "{said}");
    for part in [
        "Left behind:\n",
        "Lists",
        "Columns",
        "\n\nNothing was changed.\n",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    for (name, bytes, expected) in files() {
        let file = team.t.dir().join(&name);
        std::fs::write(&file, bytes).unwrap();
        let file = file.display().to_string();
        let arguments = [
            file.as_str(),
            "--workspace",
            "team",
            "--dry-run",
            "--report",
            "json",
        ];
        let told = teamflow(&team, &arguments);
        let report: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(report, expected, "{name}");
    }
    assert_eq!(counts(&team).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_beside_a_running_server_is_seen_with_its_next_change() {
    let team = team().await;
    let olive = team.t.user("olive@example.org").await;
    let mut socket = team.socket(team.owner, 1).await;
    team.commit(team.owner, team.create(1, "Before"))
        .await
        .unwrap();
    let done = teamflow(
        &team,
        &[&workshop(), "--workspace", "team", "--report", "json"],
    );
    assert!(done.status.success(), "{}", text(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["cards"], 9);
    let head = team
        .commit(team.owner, team.create(2, "After"))
        .await
        .unwrap();
    let list = olive.get("/api/v1/workspaces/team/projects").await.json();
    let project = &list["items"][1];
    assert_eq!(
        (&list["items"][0]["key"], &project["key"]),
        (&"WEB".into(), &"WW".into())
    );
    let board = format!("/api/v1/projects/{}/board", project["id"].as_str().unwrap());
    assert!(
        !olive.get(&board).await.json()["tasks"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Sockets that were open are told too.
    let seen = socket.frames_to(head).await;
    let scopes: Vec<String> = seen
        .parts
        .iter()
        .map(|part| part.scope.to_string())
        .collect();
    assert!(
        scopes.contains(&format!("p:{}", project["id"].as_str().unwrap())),
        "{scopes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_imported_is_said_on_standard_error() {
    let team = team().await;
    team.t.sign_up("sam@example.org").await;
    team.member("mina@example.org", shared::access::Role::Member)
        .await;
    let before = counts(&team).await;
    let broken = team.t.dir().join("broken.json");
    std::fs::write(&broken, b"{\"name\":\"x\"").unwrap();
    let (workshop, broken) = (workshop(), broken.display().to_string());
    for (arguments, error) in [
        (
            vec![broken.as_str(), "--workspace", "team"],
            "error: The file ends in the middle",
        ),
        (
            vec!["missing.json", "--workspace", "team"],
            "error: reading missing.json",
        ),
        (
            vec![&workshop, "--workspace", "none"],
            "error: there is no workspace none",
        ),
        (
            vec![&workshop, "--workspace", "team", "--user", "x@example.org"],
            "error: nobody has an account with x@example.org",
        ),
        (
            vec![
                &workshop,
                "--workspace",
                "team",
                "--user",
                "sam@example.org",
            ],
            "error: there is no workspace team, or the person is not in it",
        ),
        (
            vec![
                &workshop,
                "--workspace",
                "team",
                "--user",
                "mina@example.org",
            ],
            "error: Your role does not allow this",
        ),
    ] {
        let output = teamflow(&team, &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.lines().any(|line| line.starts_with(error)), "{said}");
    }
    assert_eq!(counts(&team).await, before);
}
