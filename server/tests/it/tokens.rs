//! Personal access tokens.

use crate::harness::{Answer, Client, Engine, START, Setup, TestApp, on_both_engines};
use crate::sync::{Socket, Team, name, numbered, task};
use axum::Router;
use axum::routing::get;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE};
use serde_json::{Value, json};
use server::accounts::{User, identity};
use server::app::App;
use server::http::Error;
use server::http::extract::{SignedIn, Via};
use server::tokens::{self, TokenSecret, Wanted};
use shared::access::Role;
use shared::codes::Code;
use shared::ids::{ProjectId, StatusId, TokenId, UserId, WorkspaceId};
use shared::limits::{KeyScope, KeyScopes};
use shared::members;
use shared::projects::{self, Visibility};
use shared::sync::protocol::{Outcome, Push};
use shared::values::{Color, Name, ProjectKey, Slug, Time};
use shared::workspaces;
use std::time::Duration;
use uuid::Uuid;

fn whoami() -> Router<App> {
    let who = |who: SignedIn| async move { who.email.to_string() };
    let maybe = |_: Option<SignedIn>| async { "fine" };
    Router::new()
        .route("/test/who", get(who))
        .route("/test/maybe", get(maybe))
}

async fn start(engine: Engine) -> TestApp {
    Setup::new(engine).routes(whoami()).start().await
}

async fn create(t: &TestApp, user: &User, expires_at: Option<Time>) -> (TokenId, TokenSecret) {
    let name = Name::parse("Backup script").unwrap();
    let wanted = Wanted {
        expires_at,
        ..Wanted::full(name)
    };
    let (token, secret) = tokens::create(&t.app, user.id, wanted).await.unwrap();
    (token.id, secret)
}

/// What the server answers to a Bearer token.
async fn ask(t: &TestApp, authorization: &str) -> String {
    let client = t.anonymous();
    let request = client
        .request(Method::GET, "/test/who")
        .header(AUTHORIZATION, authorization);
    client.send(request).await.summary()
}

/// A token of somebody's with these limits, and a program that sends it.
async fn limited(team: &Team, user: UserId, wanted: Wanted) -> (String, Client) {
    let (_, secret) = tokens::create(&team.t.app, user, wanted).await.unwrap();
    (secret.as_str().to_owned(), team.t.program(secret.as_str()))
}

fn wanted(scopes: &[KeyScope]) -> Wanted {
    Wanted {
        scopes: KeyScopes::of(scopes.iter().copied()),
        ..Wanted::full(name("Limited"))
    }
}

/// A second project, `OPS`, that only the owner is in.
async fn second_project(team: &Team) -> ProjectId {
    let id = ProjectId::from_uuid(Uuid::from_u128(9));
    let mut next = 900;
    let create = projects::Mutation::Create {
        id,
        key: ProjectKey::parse("OPS").unwrap(),
        name: name("Operations"),
        color: Color::Teal,
        visibility: Visibility::Workspace,
        statuses: projects::default_statuses(|| {
            next += 1;
            StatusId::from_uuid(Uuid::from_u128(next))
        }),
    };
    team.commit(team.owner, create).await.unwrap();
    id
}

/// What `POST /sync/push` answers to one command.
async fn pushed(client: &Client, team: &Team, push: &Push) -> Answer {
    let path = format!("/sync/push?workspace={}", team.workspace);
    client
        .post(&path, serde_json::to_value(push).unwrap())
        .await
}

fn push(replica: u128, command: impl Into<shared::sync::Command>) -> Push {
    Push {
        replica: Uuid::from_u128(replica).into(),
        commands: vec![numbered(1, replica, command)],
    }
}

fn refusal(answer: &Answer) -> Value {
    answer.json()["results"]["results"][0]["outcome"]["refused"]["code"].clone()
}

on_both_engines! {
    async fn a_reading_token_changes_nothing_by_any_door(t: TestApp) {
        let team = Team::start(t).await;
        let (secret, reader) = limited(&team, team.owner, wanted(&[])).await;
        let tasks = format!("/api/v1/projects/{}/tasks", team.project);
        assert_eq!(reader.get(&tasks).await.status, 200);
        let refused = reader.post(&tasks, json!({ "title": "No" })).await;
        assert_eq!(refused.summary(), "403 insufficient_scope");
        let challenge = refused.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer error=\"insufficient_scope\""));
        let answer = pushed(&reader, &team, &push(1, team.create(1, "No"))).await;
        assert_eq!(refusal(&answer), "insufficient_scope");
        let mut socket = Socket::open(team.t.address, &secret, &team.hello(2, None)).await.unwrap();
        let answers = socket.try_push(vec![numbered(1, 5, team.create(2, "No"))]).await.unwrap();
        assert!(matches!(&answers[0].outcome, Outcome::Refused(r) if r.code == Code::InsufficientScope));
        let preview = format!("/imports/trello/preview?workspace={}", team.workspace);
        let upload = reader.post(&preview, json!({})).await;
        assert_eq!(upload.summary(), "403 insufficient_scope");
        assert_eq!(reader.get(&tasks).await.json()["items"], json!([]));
    }

    async fn a_token_does_what_its_scopes_name_and_no_more(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "One")).await.unwrap();
        let (_, commenter) = limited(&team, team.owner, wanted(&[KeyScope::Comment])).await;
        let comments = format!("/api/v1/tasks/{}/comments", task(1));
        assert_eq!(commenter.post(&comments, json!({ "text": "Hm." })).await.status, 201);
        let path = format!("/api/v1/tasks/{}", task(1));
        let edit = commenter.patch(&path, json!({ "title": "Two" })).await;
        assert_eq!(edit.summary(), "403 insufficient_scope");
        let (_, writer) = limited(&team, team.owner, wanted(&[KeyScope::Write])).await;
        assert_eq!(writer.patch(&path, json!({ "title": "Two" })).await.status, 200);
        let rename = members::Mutation::Rename { id: team.owner, name: name("Bot") };
        let answer = pushed(&writer, &team, &push(1, rename.clone())).await;
        assert_eq!(refusal(&answer), "insufficient_scope");
        let (_, admin) = limited(&team, team.owner, wanted(&[KeyScope::Admin])).await;
        let answer = pushed(&admin, &team, &push(2, rename)).await;
        assert!(answer.json()["results"]["results"][0]["outcome"]["done"].is_u64(), "{}", answer.text());
    }

    async fn a_token_never_reaches_past_the_role_of_its_person(t: TestApp) {
        let team = Team::start(t).await;
        let vic = team.member("vic@example.org", Role::Viewer).await;
        let (_, program) = limited(&team, vic, Wanted::full(name("All"))).await;
        let tasks = format!("/api/v1/projects/{}/tasks", team.project);
        assert_eq!(program.post(&tasks, json!({ "title": "No" })).await.summary(), "403 not_allowed");
    }

    async fn a_token_never_touches_the_account(t: TestApp) {
        let team = Team::start(t).await;
        let (_, program) = limited(&team, team.owner, Wanted::full(name("All"))).await;
        assert_eq!(program.get("/api/v1/auth/sessions").await.summary(), "403 insufficient_scope");
        let ended = program.call(Method::DELETE, "/api/v1/auth/sessions").await;
        assert_eq!(ended.summary(), "403 insufficient_scope");
        for (function, form) in [
            ("create-token", json!({ "name": "x", "days": "never", "admin": "on" })),
            ("list-tokens", json!({})),
            ("change-password", json!({ "current": crate::harness::PASSWORD, "password": "correct horse battery" })),
            ("begin-two-step", json!({})),
            ("create-workspace", json!({ "name": "Mine" })),
        ] {
            let request = program.request(Method::POST, &format!("/sf/{function}"));
            let request = request.header("sec-fetch-site", "same-origin").form(&form);
            let answer = program.send(request).await;
            assert_eq!((answer.status, answer.json()["code"].clone()), (403, json!("insufficient_scope")), "{function}");
        }
        // Nor does it get a page, which shows what it may not see.
        let page = program.request(Method::GET, "/w/team").header("accept", "text/html");
        assert_eq!(program.send(page).await.header("location"), Some("/sign-in?next=/w/team"));
    }

    async fn a_token_of_one_workspace_knows_no_other(t: TestApp) {
        let team = Team::start(t).await;
        let other = WorkspaceId::from_uuid(Uuid::from_u128(77));
        let found = workspaces::Mutation::Create {
            id: other,
            name: name("Other"),
            slug: Slug::parse("other").unwrap(),
            owner_name: name("Olive"),
        };
        team.t.app.sync.found(other, team.owner, vec![found.into()]).await.unwrap();
        let there = Wanted { workspace: Some(other), ..Wanted::full(name("Other")) };
        let (secret, program) = limited(&team, team.owner, there).await;
        let listed = program.get("/api/v1/workspaces").await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["slug"], "other");
        team.commit(team.owner, team.create(1, "One")).await.unwrap();
        for path in [
            "/api/v1/workspaces/team/projects".to_owned(),
            "/api/v1/workspaces/team/members".to_owned(),
            format!("/api/v1/projects/{}", team.project),
            format!("/api/v1/projects/{}/board", team.project),
            format!("/api/v1/tasks/{}", task(1)),
            format!("/sync/snapshot?workspace={}&cover=workspace", team.workspace),
            format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project),
            format!("/sync/digest?workspace={}&cover=board:{}", team.workspace, team.project),
        ] {
            assert_eq!(program.get(&path).await.summary(), "404 not_found", "{path}");
        }
        let answer = pushed(&program, &team, &push(1, team.create(2, "No"))).await;
        assert_eq!(answer.summary(), "404 not_found");
        assert!(Socket::open(team.t.address, &secret, &team.hello(2, None)).await.is_err());
    }

    async fn a_token_of_one_workspace_leaves_the_others_life_alone(t: TestApp) {
        let team = Team::start(t).await;
        let other = WorkspaceId::from_uuid(Uuid::from_u128(77));
        let found = workspaces::Mutation::Create {
            id: other,
            name: name("Other"),
            slug: Slug::parse("other").unwrap(),
            owner_name: name("Olive"),
        };
        team.t.app.sync.found(other, team.owner, vec![found.into()]).await.unwrap();
        let mina = team.member("mina@example.org", Role::Admin).await;
        let there = Wanted { workspace: Some(other), ..Wanted::full(name("Other")) };
        let (_, stranger) = limited(&team, team.owner, there).await;
        let here = Wanted { workspace: Some(team.workspace), ..wanted(&[KeyScope::Write]) };
        let (_, writer) = limited(&team, team.owner, here).await;
        let of_project = Wanted {
            workspace: Some(team.workspace),
            projects: Some([team.project].into()),
            ..Wanted::full(name("Web"))
        };
        let (_, narrow) = limited(&team, team.owner, of_project).await;
        let asked = async |program: &Client, function: &str, more: &Value| {
            let mut form = json!({ "workspace": team.workspace });
            form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let request = program.request(Method::POST, &format!("/sf/{function}"));
            let request = request.header("sec-fetch-site", "same-origin").form(&form);
            let answer = program.send(request).await;
            (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
        };
        for (function, form) in [
            ("readdress-workspace", json!({ "slug": "taken" })),
            ("delete-workspace", json!({ "name": "Team" })),
            ("leave-workspace", json!({})),
            ("hand-over-workspace", json!({ "to": mina })),
            ("list-facts", json!({ "about": "usage" })),
            ("list-exports", json!({})),
            ("start-export", json!({})),
        ] {
            let answer = asked(&stranger, function, &form).await;
            // Ownership is a person's to hand over, wherever it is.
            let expected = match function {
                "hand-over-workspace" => (403, "insufficient_scope".to_owned()),
                _ => (404, "not_found".to_owned()),
            };
            assert_eq!(answer, expected, "{function} from elsewhere");
            for program in [&writer, &narrow] {
                let answer = asked(program, function, &form).await;
                assert_eq!(answer, (403, "insufficient_scope".to_owned()), "{function}");
            }
        }
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(asked(&olive, "delete-workspace", &json!({ "name": "Team" })).await.0, 200);
        let restored = asked(&stranger, "restore-workspace", &json!({})).await;
        assert_eq!(restored, (404, "not_found".to_owned()));
        for program in [&writer, &narrow] {
            let restored = asked(program, "restore-workspace", &json!({})).await;
            assert_eq!(restored, (403, "insufficient_scope".to_owned()));
        }
        assert_eq!(asked(&olive, "restore-workspace", &json!({})).await.0, 200);
    }

    async fn the_servers_own_is_no_programs_whoever_let_it_in(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let (_, program) = limited(&team, team.owner, Wanted::full(name("All"))).await;
        for (function, form) in [
            ("list-facts", json!({ "about": "health" })),
            ("list-audit-entries", json!({})),
            ("list-settings", json!({})),
            ("list-flags", json!({})),
        ] {
            let path = format!("/sf/{function}");
            let asked = |who: &Client| {
                let request = who.request(Method::POST, &path);
                request.header("sec-fetch-site", "same-origin").form(&form)
            };
            let refused = program.send(asked(&program)).await;
            let code = refused.json()["code"].clone();
            assert_eq!((refused.status, code), (403, json!("insufficient_scope")), "{function}");
            assert_ne!(olive.send(asked(&olive)).await.status, 403, "{function}");
        }
    }

    async fn a_token_of_some_projects_knows_no_other_and_nothing_above(t: TestApp) {
        let team = Team::start(t).await;
        let ops = second_project(&team).await;
        team.commit(team.owner, team.create(1, "One")).await.unwrap();
        let there = Wanted {
            workspace: Some(team.workspace),
            projects: Some([ops].into()),
            ..Wanted::full(name("Operations"))
        };
        let (secret, program) = limited(&team, team.owner, there).await;
        let listed = program.get("/api/v1/workspaces/team/projects").await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(program.get(&format!("/api/v1/projects/{ops}/board")).await.status, 200);
        for path in [
            format!("/api/v1/projects/{}", team.project),
            format!("/api/v1/tasks/{}", task(1)),
            format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project),
            format!("/sync/snapshot?workspace={}&cover=task:{}", team.workspace, task(1)),
            format!("/sync/digest?workspace={}&cover=board:{}", team.workspace, team.project),
        ] {
            assert_eq!(program.get(&path).await.summary(), "404 not_found", "{path}");
        }
        let snapshot = program.get(&format!("/sync/snapshot?workspace={}&cover=workspace", team.workspace)).await;
        assert!(!snapshot.text().contains("Web app"), "{}", snapshot.text());
        let answer = pushed(&program, &team, &push(1, team.create(2, "No"))).await;
        assert_eq!(refusal(&answer), "not_found");
        let created = program.post("/api/v1/workspaces/team/projects", json!({ "name": "New" })).await;
        assert_eq!(created.summary(), "403 insufficient_scope");
        let mut socket = Socket::open(team.t.address, &secret, &team.hello(2, None)).await.unwrap();
        let scopes = format!("{:?}", socket.welcome().scopes);
        assert!(scopes.contains(&ops.to_string()) && !scopes.contains(&team.project.to_string()), "{scopes}");
        let answers = socket.try_push(vec![numbered(1, 7, team.create(3, "No"))]).await.unwrap();
        assert!(matches!(&answers[0].outcome, Outcome::Refused(r) if r.code == Code::NotFound));
    }

    async fn a_token_is_limited_only_to_what_its_person_sees(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let hidden = second_project(&team).await;
        let private = projects::ProjectPatch { visibility: Some(Visibility::Private), ..projects::ProjectPatch::default() };
        team.commit(team.owner, projects::Mutation::Edit { id: hidden, patch: private }).await.unwrap();
        let (sam, _) = team.t.sign_up("sam@example.org").await;
        let refused = async |user: UserId, workspace, projects: Option<ProjectId>| {
            let wanted = Wanted { workspace, projects: projects.map(|id| [id].into()), ..Wanted::full(name("x")) };
            match tokens::create(&team.t.app, user, wanted).await {
                Err(Error::Refused(rejected)) => rejected.code,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(sam.id, Some(team.workspace), None).await, Code::NotFound);
        assert_eq!(refused(mina, Some(team.workspace), Some(hidden)).await, Code::InvalidValue);
        assert_eq!(refused(mina, None, Some(team.project)).await, Code::InvalidValue);
    }

    async fn the_token_of_somebody_who_was_shut_out_is_worth_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let (_, program) = limited(&team, mina, Wanted::full(name("All"))).await;
        let tasks = format!("/api/v1/projects/{}/tasks", team.project);
        assert_eq!(program.get(&tasks).await.status, 200);
        let shut_out = members::Mutation::SetActive { id: mina, active: false };
        team.commit(team.owner, shut_out).await.unwrap();
        assert_eq!(program.get(&tasks).await.summary(), "404 not_found");
        assert_eq!(program.post(&tasks, json!({ "title": "No" })).await.summary(), "404 not_found");
        let answer = pushed(&program, &team, &push(1, team.create(1, "No"))).await;
        assert_eq!(answer.summary(), "404 not_found");
    }

    async fn a_form_makes_a_token_that_ends_unless_it_is_to_last(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let make = async |form: Value| {
            let request = olive.request(Method::POST, "/sf/create-token").form(&form);
            olive.send(request).await
        };
        let usual = make(json!({ "name": "Usual", "days": "" })).await.json();
        assert_eq!(usual["token"]["expires_at"], START.0 + 90 * 86_400_000);
        assert_eq!(usual["token"]["scopes"], "read");
        let forever = make(json!({ "name": "Long", "days": "never", "write": "on",
            "workspace": "team", "projects": "web" })).await.json();
        assert_eq!(forever["token"]["expires_at"], Value::Null);
        assert_eq!(forever["token"]["scopes"], "read write");
        assert_eq!(forever["token"]["workspace"], "Team");
        assert_eq!(forever["token"]["projects"], json!(["WEB"]));
        for (form, field) in [
            (json!({ "name": "x", "days": "30", "projects": "WEB" }), "projects"),
            (json!({ "name": "x", "days": "30", "workspace": "team", "projects": "NOPE" }), "projects"),
            (json!({ "name": "", "days": "30" }), "name"),
        ] {
            assert_eq!(make(form).await.json()["field"], field);
        }
    }

    async fn a_token_says_who_asks(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, None).await;
        assert!(secret.as_str().starts_with("tf_"));
        assert_eq!(t.token("ada@example.org").await.get("/test/who").await.text(), "ada@example.org");
        assert_eq!(ask(&t, &format!("bearer {}", secret.as_str())).await, "200");
        for bad in ["Bearer tf_guessed", "Bearer ", "Basic YTpi", secret.as_str()] {
            assert_eq!(ask(&t, bad).await, "401 unauthenticated", "{bad}");
        }
    }

    async fn a_worthless_token_is_refused_even_where_nobody_may_ask(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        assert_eq!(client.get("/test/maybe").await.text(), "fine");
        let request = client.request(Method::GET, "/test/maybe").bearer_auth("tf_guessed");
        assert_eq!(client.send(request).await.summary(), "401 unauthenticated");
    }

    async fn a_token_is_no_cookie_and_a_cookie_no_token(engine: Engine) {
        let t = start(engine).await;
        let (ada, session) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, None).await;
        assert_eq!(ask(&t, &format!("Bearer {}", session.as_str())).await, "401 unauthenticated");
        assert_eq!(ask(&t, &format!("Bearer {}", secret.as_str())).await, "200");
        // Now that both are in the cache.
        t.browser(&session).get("/test/who").await;
        assert_eq!(ask(&t, &format!("Bearer {}", session.as_str())).await, "401 unauthenticated");
        let client = t.anonymous();
        let cookie = format!("teamflow_session={}", secret.as_str());
        let request = client.request(Method::GET, "/test/who").header(COOKIE, cookie);
        assert_eq!(client.send(request).await.summary(), "401 unauthenticated");
    }

    async fn a_token_ends_when_it_was_to_end(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, Some(Time(START.0 + 60_000))).await;
        let bearer = format!("Bearer {}", secret.as_str());
        assert_eq!(ask(&t, &bearer).await, "200");
        t.advance(Duration::from_mins(1));
        assert_eq!(ask(&t, &bearer).await, "401 unauthenticated");
    }

    async fn a_deleted_token_is_worth_nothing_at_once(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (ben, _) = t.sign_up("ben@example.org").await;
        let (id, secret) = create(&t, &ada, None).await;
        let bearer = format!("Bearer {}", secret.as_str());
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer.parse().unwrap());
        let who = identity::of_request(&t.app, &headers).await.unwrap().unwrap();
        assert_eq!(who.via, Via::Token(id));
        assert!(who.is_still_good(&t.app).await);

        let theirs = tokens::delete(&t.app, ben.id, id).await;
        assert!(matches!(theirs, Err(Error::Refused(r)) if r.code == Code::NotFound));
        assert_eq!(ask(&t, &bearer).await, "200");
        tokens::delete(&t.app, ada.id, id).await.unwrap();
        assert_eq!(ask(&t, &bearer).await, "401 unauthenticated");
        assert!(!who.is_still_good(&t.app).await);
    }

    async fn tokens_are_listed_newest_first_without_their_secrets(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (first, secret) = create(&t, &ada, None).await;
        t.advance(Duration::from_secs(1));
        let (second, _) = create(&t, &ada, Some(Time(START.0 + 60_000))).await;
        let client = t.anonymous();
        for seconds in [0, 30] {
            t.advance(Duration::from_secs(seconds));
            let request = client.request(Method::GET, "/api/v1/workspaces");
            client.send(request.bearer_auth(secret.as_str())).await;
        }
        t.app.tasks.close();
        t.app.tasks.wait().await;
        let list = tokens::list(&t.app, ada.id).await.unwrap();
        let seen: Vec<_> = list
            .iter()
            .map(|token| (token.id, token.expires_at, token.last_used_at, token.last_used_from.as_deref()))
            .collect();
        let later = Time(START.0 + 1_000);
        let expected =
            [(second, Some(Time(START.0 + 60_000)), None, None), (first, None, Some(later), Some("127.0.0.1"))];
        assert_eq!(seen, expected);
        assert!(list.iter().all(|token| token.prefix.len() == 10));
        assert!(secret.as_str().starts_with(&list[1].prefix));
    }

    async fn there_is_a_limit_of_tokens(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        for _ in 0..tokens::TOKENS_MAX {
            create(&t, &ada, None).await;
        }
        let name = Name::parse("One more").unwrap();
        let refused = tokens::create(&t.app, ada.id, tokens::Wanted::full(name)).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::NotAllowed));
        assert_eq!(tokens::list(&t.app, ada.id).await.unwrap().len(), 100);
    }
}
