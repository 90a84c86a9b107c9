//! The REST API.

mod document;
mod idempotency;
mod permissions;
mod projects;
mod tasks;

use crate::harness::{Answer, Client, TestApp};
use crate::sync::Team;
use serde_json::{Value, json};
use shared::access::Role;
use shared::ids::UserId;

/// A team and its owner's program.
pub(crate) struct Api {
    pub(crate) team: Team,
    pub(crate) olive: Client,
}

impl Api {
    pub(crate) async fn start(t: TestApp) -> Self {
        let team = Team::start(t).await;
        let olive = team.t.token("olive@example.org").await;
        Self { team, olive }
    }

    /// A path below the project.
    fn project(&self, path: &str) -> String {
        format!("/api/v1/projects/{}{path}", self.team.project)
    }

    /// A member's program.
    async fn member(&self, name: &str, role: Role) -> (UserId, Client) {
        let email = format!("{name}@example.org");
        let id = self.team.member(&email, role).await;
        (id, self.team.t.token(&email).await)
    }

    /// A task made by the owner.
    async fn task(&self, body: Value) -> Value {
        let answer = self.olive.post(&self.project("/tasks"), body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    async fn titled(&self, title: &str) -> Value {
        self.task(json!({ "title": title })).await
    }

    /// The titles in a list, in order.
    async fn titles(&self, query: &str) -> Vec<String> {
        let answer = self
            .olive
            .get(&self.project(&format!("/tasks?{query}")))
            .await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        titles(&answer.json()["items"])
    }
}

fn titles(items: &Value) -> Vec<String> {
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["title"]))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The path of a resource in an answer.
fn at(kind: &str, resource: &Value) -> String {
    format!("/api/v1/{kind}/{}", text(&resource["id"]))
}

/// The answer's body, which has to be a success.
fn good(answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}", answer.text());
    answer.json()
}
