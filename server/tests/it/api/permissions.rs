//! Every operation by every role.

use super::{Api, at, good};
use crate::harness::{Client, TestApp, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use server::http::doors;
use shared::access::{Permission, Relation, Role, can};
use shared::projects;
use std::collections::BTreeSet;

/// The things that a request is about, made anew for each.
struct Things {
    project: Value,
    status: Value,
    task: Value,
    comment: Value,
}

async fn things(api: &Api, guest: shared::ids::UserId) -> Things {
    let project = json!({ "name": "Things" });
    let project = good(
        &api.olive
            .post("/api/v1/workspaces/team/projects", project)
            .await,
    );
    let id: shared::ids::ProjectId = super::text(&project["id"]).parse().unwrap();
    let let_in = projects::Mutation::AddMember { id, user: guest };
    api.team.commit(api.team.owner, let_in).await.unwrap();
    let path = at("projects", &project);
    let status = json!({ "name": "Status", "category": "todo" });
    let status = good(&api.olive.post(&format!("{path}/statuses"), status).await);
    let task = good(
        &api.olive
            .post(&format!("{path}/tasks"), json!({ "title": "Task" }))
            .await,
    );
    let comments = format!("{}/comments", at("tasks", &task));
    let comment = good(
        &api.olive
            .post(&comments, json!({ "text": "Comment" }))
            .await,
    );
    Things {
        project,
        status,
        task,
        comment,
    }
}

/// What to do, to what, with what, and what the roles are answered:
/// owner, admin, manager, member, guest, viewer, stranger, nobody.
type Operation = (Method, fn(&Things) -> String, Value, [u16; 8]);

const READ: [u16; 8] = [200, 200, 200, 200, 200, 200, 404, 401];

#[expect(clippy::too_many_lines, reason = "a list of every operation")]
fn operations() -> Vec<Operation> {
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let title = json!({ "title": "x" });
    let none = Value::Null;
    vec![
        (
            get.clone(),
            |_| "/api/v1/workspaces/team/projects".into(),
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |_| "/api/v1/workspaces/team/members".into(),
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project),
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project) + "/statuses",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project) + "/labels",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project) + "/tasks",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project) + "/tasks/1",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("projects", &t.project) + "/board",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |t| at("statuses", &t.status),
            none.clone(),
            READ,
        ),
        (get.clone(), |t| at("tasks", &t.task), none.clone(), READ),
        (
            get.clone(),
            |t| at("tasks", &t.task) + "/comments",
            none.clone(),
            READ,
        ),
        (
            get.clone(),
            |_| "/api/v1/workspaces".into(),
            none.clone(),
            [200, 200, 200, 200, 200, 200, 200, 401],
        ),
        (
            get.clone(),
            |t| format!("/api/v1/tasks?project={}", super::text(&t.project["id"])),
            none.clone(),
            READ,
        ),
        (get, |t| at("comments", &t.comment), none.clone(), READ),
        (
            post.clone(),
            |_| "/api/v1/workspaces/team/projects".into(),
            json!({ "name": "New" }),
            [201, 201, 201, 201, 403, 403, 404, 401],
        ),
        (
            patch.clone(),
            |t| at("projects", &t.project),
            json!({ "name": "x" }),
            [200, 200, 200, 403, 403, 403, 404, 401],
        ),
        (
            delete.clone(),
            |t| at("projects", &t.project),
            none.clone(),
            [204, 204, 204, 403, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("projects", &t.project) + "/restore",
            none.clone(),
            [200, 200, 200, 403, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("projects", &t.project) + "/statuses",
            json!({ "name": "x", "category": "done" }),
            [201, 201, 201, 403, 403, 403, 404, 401],
        ),
        (
            patch.clone(),
            |t| at("statuses", &t.status),
            json!({ "name": "x" }),
            [200, 200, 200, 403, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("projects", &t.project) + "/tasks",
            title.clone(),
            [201, 201, 201, 201, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| format!("/api/v1/tasks?project={}", super::text(&t.project["id"])),
            title.clone(),
            [201, 201, 201, 201, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("projects", &t.project) + "/tasks",
            json!({ "title": "x", "metadata": { "tags": ["new"] } }),
            [201, 201, 201, 201, 403, 403, 404, 401],
        ),
        (
            patch.clone(),
            |t| at("tasks", &t.task),
            title,
            [200, 200, 200, 200, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("tasks", &t.task) + "/move",
            json!({ "position": "first", "status": "done" }),
            [200, 200, 200, 200, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("tasks", &t.task) + "/move-to-project",
            json!({ "project": "WEB" }),
            [200, 200, 200, 200, 403, 403, 404, 401],
        ),
        // Members delete what they made themselves.
        (
            delete.clone(),
            |t| at("tasks", &t.task),
            none.clone(),
            [204, 204, 204, 403, 403, 403, 404, 401],
        ),
        (
            put,
            |t| at("tasks", &t.task) + "/trash",
            none.clone(),
            [204, 204, 204, 403, 403, 403, 404, 401],
        ),
        (
            delete.clone(),
            |t| at("tasks", &t.task) + "/trash",
            none.clone(),
            [204, 204, 204, 403, 403, 403, 404, 401],
        ),
        (
            post.clone(),
            |t| at("tasks", &t.task) + "/restore",
            none.clone(),
            [200, 200, 200, 403, 403, 403, 404, 401],
        ),
        (
            post,
            |t| at("tasks", &t.task) + "/comments",
            json!({ "text": "x" }),
            [201, 201, 201, 201, 201, 403, 404, 401],
        ),
        // Nobody rewrites what another said.
        (
            patch,
            |t| at("comments", &t.comment),
            json!({ "text": "x" }),
            [200, 403, 403, 403, 403, 403, 404, 401],
        ),
        (
            delete,
            |t| at("comments", &t.comment),
            none,
            [204, 204, 204, 403, 403, 403, 404, 401],
        ),
    ]
}

/// The door that a request comes to.
fn door(method: &Method, path: &str) -> (String, String) {
    let path = path.split('?').next().unwrap();
    let pattern = |part: &str| match part {
        "team" => "{slug}".to_owned(),
        _ if part.parse::<uuid::Uuid>().is_ok() => "{id}".to_owned(),
        _ if part.parse::<u32>().is_ok() => "{number}".to_owned(),
        _ => part.to_owned(),
    };
    let path: Vec<String> = path.split('/').map(pattern).collect();
    (method.to_string(), path.join("/"))
}

/// What the matrix says of a role at a door, to something that the owner made in a project that all of them are in.
fn expected(permission: Permission, role: Role) -> bool {
    let relation = Relation {
        own: role == Role::Owner,
        assigned: false,
        in_project: true,
    };
    match permission {
        Permission::Public | Permission::Account => true,
        // The owner has the first account.
        Permission::Server => role == Role::Owner,
        Permission::Action(action) => can(role, action, relation),
    }
}

#[test]
fn the_table_says_what_the_matrix_says_and_leaves_no_door_out() {
    let things = Things {
        project: json!({ "id": uuid::Uuid::nil() }),
        status: json!({ "id": uuid::Uuid::nil() }),
        task: json!({ "id": uuid::Uuid::nil() }),
        comment: json!({ "id": uuid::Uuid::nil() }),
    };
    let mut tried = BTreeSet::new();
    for (method, path, _, statuses) in operations() {
        let (method, path) = door(&method, &path(&things));
        let permission = doors::permission(&method, &path).unwrap();
        for (role, status) in Role::ALL.into_iter().zip(statuses) {
            let says = expected(permission, role);
            assert_eq!(status < 300, says, "{role:?} {method} {path}");
        }
        tried.insert((method, path));
    }
    let all: BTreeSet<(String, String)> = doors::DOORS
        .iter()
        .filter(|door| door.path.starts_with("/api/v1/"))
        // What is an account's own has tests of its own.
        .filter(|door| !door.path.starts_with("/api/v1/auth/"))
        .map(|door| (door.method.to_owned(), door.path.to_owned()))
        .collect();
    assert_eq!(tried, all);
}

on_both_engines! {
    async fn every_operation_is_allowed_to_whom_it_should_be(t: TestApp) {
        let api = Api::start(t).await;
        let mut people: Vec<(&str, Client)> = Vec::new();
        people.push(("owner", api.team.t.token("olive@example.org").await));
        people.push(("admin", api.member("adam", Role::Admin).await.1));
        people.push(("manager", api.member("mary", Role::Manager).await.1));
        people.push(("member", api.member("mina", Role::Member).await.1));
        let (guest, program) = api.member("gus", Role::Guest).await;
        people.push(("guest", program));
        people.push(("viewer", api.member("vic", Role::Viewer).await.1));
        // Whoever owns another workspace is a stranger in this one.
        let sam = api.team.t.user("sam@example.org").await;
        let own = sam.request(Method::POST, "/sf/create-workspace").form(&[("name", "Other")]);
        assert_eq!(sam.send(own).await.status, 200);
        people.push(("stranger", api.team.t.token("sam@example.org").await));
        people.push(("nobody", api.team.t.anonymous()));
        for (method, path, body, expected) in operations() {
            for ((who, client), status) in people.iter().zip(expected) {
                let path = path(&things(&api, guest).await);
                let request = client.request(method.clone(), &path);
                let request = if body.is_null() { request } else { request.json(&body) };
                let answer = client.send(request).await;
                assert_eq!(answer.status, status, "{who}: {method} {path}: {}", answer.text());
            }
        }
    }

    async fn members_delete_what_they_made(t: TestApp) {
        let api = Api::start(t).await;
        let (_, mina) = api.member("mina", Role::Member).await;
        let task = good(&mina.post(&api.project("/tasks"), json!({ "title": "Mine" })).await);
        assert_eq!(mina.call(Method::DELETE, &at("tasks", &task)).await.status, 204);
    }

    async fn whoever_was_shut_out_sees_nothing_at_once(t: TestApp) {
        let api = Api::start(t).await;
        let (id, mina) = api.member("mina", Role::Member).await;
        let task = api.titled("One").await;
        assert_eq!(mina.get(&at("tasks", &task)).await.status, 200);
        let shut_out = shared::members::Mutation::SetActive { id, active: false };
        api.team.commit(api.team.owner, shut_out).await.unwrap();
        assert_eq!(mina.get(&at("tasks", &task)).await.summary(), "404 not_found");
        assert_eq!(mina.get(&api.project("/board")).await.summary(), "404 not_found");
        assert_eq!(good(&mina.get("/api/v1/workspaces").await)["items"], json!([]));
    }
}
