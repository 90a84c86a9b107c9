//! Somebody who uses the server: an account, a workspace, a project, a token.

use crate::process::Server;
use anyhow::{Context as _, ensure};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

const MAIL: &str = "bench@example.org";

/// A person with a token and a project.
#[derive(Clone)]
pub(crate) struct Person {
    http: Client,
    /// Where the server answers.
    pub(crate) url: String,
    /// The access token.
    pub(crate) token: String,
    /// The workspace.
    pub(crate) workspace: String,
    /// The project.
    pub(crate) project: String,
    /// Its columns.
    pub(crate) statuses: Vec<String>,
}

impl Person {
    /// Sets a fresh server up.
    pub(crate) async fn begin(server: &Server) -> anyhow::Result<Self> {
        let http = Client::builder().pool_max_idle_per_host(64).build()?;
        let form = [
            ("name", "Bench"),
            ("email", MAIL),
            ("password", "correct horse battery staple"),
            ("workspace", "Bench"),
        ];
        let set_up = http
            .post(format!("{}/sf/set-up", server.url))
            .header("origin", &server.url)
            .form(&form)
            .send()
            .await?;
        let status = set_up.status();
        ensure!(
            status.is_success() || status.is_redirection(),
            "setting up: {status}"
        );
        let token = server.run(&["token", "create", "--user", MAIL])?;
        let mut person = Self {
            http,
            url: server.url.clone(),
            token,
            workspace: String::new(),
            project: String::new(),
            statuses: Vec::new(),
        };
        let workspaces = person.get("/api/v1/workspaces").await?;
        let slug = text(&workspaces["items"][0]["slug"])?;
        person.workspace = text(&workspaces["items"][0]["id"])?;
        let path = format!("/api/v1/workspaces/{slug}/projects");
        let body = json!({ "name": "Bench board", "key": "BEN" });
        let project = person.send(Method::POST, &path, &body).await?;
        person.project = text(&project["id"])?;
        let path = format!("/api/v1/projects/{}/statuses", person.project);
        let statuses = person.get(&path).await?;
        let items = statuses["items"]
            .as_array()
            .context("statuses have items")?;
        person.statuses = items
            .iter()
            .map(|item| text(&item["id"]))
            .collect::<Result<_, _>>()?;
        Ok(person)
    }

    /// A request with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token)
    }

    /// Reads JSON.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.request(Method::GET, path).send().await?;
        ensure!(
            response.status().is_success(),
            "GET {path}: {}",
            response.status()
        );
        Ok(response.json().await?)
    }

    /// Sends JSON and reads JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let response = self.request(method.clone(), path).json(body).send().await?;
        let status = response.status();
        let answer = response.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {answer}");
        Ok(serde_json::from_str(&answer)?)
    }

    /// Creates a task in a column; answers its id.
    pub(crate) async fn create(&self, title: &str, column: usize) -> anyhow::Result<String> {
        let status = &self.statuses[column % self.statuses.len()];
        let path = format!("/api/v1/projects/{}/tasks", self.project);
        let body = json!({ "title": title, "status_id": status });
        text(&self.send(Method::POST, &path, &body).await?["id"])
    }

    /// Moves a task to the top of a column.
    pub(crate) async fn move_to(&self, task: &str, column: usize) -> anyhow::Result<()> {
        let status = &self.statuses[column % self.statuses.len()];
        let path = format!("/api/v1/tasks/{task}/move");
        let body = json!({ "status_id": status, "position": "first" });
        self.send(Method::POST, &path, &body).await.map(drop)
    }

    /// Fills the board, 32 at a time.
    pub(crate) async fn fill(&self, tasks: usize) -> anyhow::Result<Vec<String>> {
        let mut ids = Vec::with_capacity(tasks);
        let numbers: Vec<usize> = (0..tasks).collect();
        for chunk in numbers.chunks(32) {
            let creates = chunk.iter().map(|n| {
                let title = format!("Task {n} of a board that somebody works on");
                async move { self.create(&title, *n).await }
            });
            ids.extend(futures::future::try_join_all(creates).await?);
        }
        Ok(ids)
    }
}

/// A text in JSON.
pub(crate) fn text(value: &Value) -> anyhow::Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} is no text"))
}
