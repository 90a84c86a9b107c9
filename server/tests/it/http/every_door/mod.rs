//! Every door is tried by everybody who could come: in a workspace of theirs, in a foreign one, in none, and with what is in
//! another of their workspaces. Who is let in has to be who the list of doors says, and what is refused changes nothing
//! and tells nobody whether there is anything. `/api/v1` has such a table of its own: `it/api/permissions.rs`.

mod calls;
mod ground;

use crate::harness::{Client, PASSWORD, TestApp, on_both_engines};
use crate::sync::{name, numbered};
use crate::two_step_required::set_up;
use calls::{Body, Call, of_accounts, of_workspaces};
use ground::{Comer, Ground, ROLES, World};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use server::access::Actor;
use server::http::doors::{self, DOORS, Door, Further};
use shared::access::{Action, Permission, Relation, Role, can};
use shared::codes::Code;
use shared::limits::KeyScope;
use shared::projects::{self, ProjectPatch};
use shared::sync::Command;
use shared::sync::protocol::Push;
use shared::values::{CommentText, Slug};
use shared::{comments, imports, members, tasks, workspaces};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Tried by a test of its own: it is about a file that whoever asks has just sent.
const ON_ITS_OWN: (&str, &str) = ("POST", "/imports/{id}/start");

/// What was answered: the status, the code and the sentence.
type Told = (u16, String, String);

async fn knock(client: &Client, call: &Call, path: &str, body: Body) -> Told {
    let request = client
        .request(call.method.clone(), path)
        .header("sec-fetch-site", "same-origin");
    let request = match body {
        Body::Nothing => request,
        Body::Form(fields) => request.form(&fields),
        Body::Json(json) => request.json(&json),
        Body::Picture => {
            request.multipart(Form::new().part("picture", Part::bytes(b"no picture".as_slice())))
        }
        Body::Socket => request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    };
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    // Streams have no end.
    if status < 400 {
        return (status, String::new(), String::new());
    }
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
    let told = told.get("error").unwrap_or(&told);
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("message"))
}

async fn ask(client: &Client, call: &Call, ground: &Ground) -> Told {
    let (path, body) = ((call.path)(ground), (call.body)(ground));
    knock(client, call, &path, body).await
}

fn door(call: &Call) -> &'static Door {
    doors::find(call.method.as_str(), call.door).unwrap()
}

/// What the list of doors says to somebody before a workspace.
fn expected(call: &Call, comer: &Comer) -> Result<(), Code> {
    let door = door(call);
    let permission = call.asks.unwrap_or(door.permission);
    let actions = match permission {
        Permission::Action(action) => [Some(action), call.also],
        _ => [None, None],
    };
    if let Some(scopes) = comer.scopes {
        let holds = |action: &Action| scopes.contains(KeyScope::of(*action));
        let is_open = match permission {
            Permission::Public => true,
            Permission::Account | Permission::Server => false,
            Permission::Action(action) => holds(&action),
        };
        if !is_open || door.further != Further::Nothing {
            return Err(Code::InsufficientScope);
        }
        if comer.role.is_some() && !actions.iter().flatten().all(holds) {
            return Err(Code::InsufficientScope);
        }
    }
    match permission {
        Permission::Public | Permission::Account => Ok(()),
        Permission::Server if comer.runs_the_server => Ok(()),
        Permission::Server => Err(Code::NotAllowed),
        Permission::Action(action) => {
            let relation = Relation {
                own: true,
                assigned: true,
                in_project: true,
            };
            let role = comer.role.ok_or(Code::NotFound)?;
            let mut actions = actions.into_iter().flatten();
            if !actions.all(|action| can(role, action, relation)) {
                return Err(Code::NotAllowed);
            }
            // What was imported is in another project than the key is for.
            if comer.of_a_project && call.door.starts_with("/imports/{id}") {
                return Err(Code::NotFound);
            }
            let is_of_all = action != Action::ReadWorkspace;
            if comer.of_a_project && is_of_all {
                return Err(Code::InsufficientScope);
            }
            Ok(())
        }
    }
}

fn is_as_it_should(told: &Told, call: &Call, expected: Result<(), Code>) -> bool {
    let (status, code, _) = told;
    match expected {
        Ok(()) => *status < 400 || (*code == call.but && !code.is_empty()),
        Err(expected) => *status == expected.status() && code == expected.as_str(),
    }
}

/// What was found otherwise than it should be.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn check(&mut self, is_good: bool, what: impl Fn() -> String) {
        if !is_good {
            self.0.push(what());
        }
    }

    fn assert_none(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

impl Call {
    fn shown(&self) -> String {
        let ground = Ground::absent();
        format!(
            "{} {} {:?}",
            self.method,
            (self.path)(&ground),
            (self.body)(&ground)
        )
    }

    /// Whether it says in which workspace something is that it names by an id.
    fn names_two(&self, ours: &Ground, mixed: &Ground) -> bool {
        let sent = |ground: &Ground| format!("{} {:?}", (self.path)(ground), (self.body)(ground));
        sent(ours).contains(&ours.workspace) && sent(ours) != sent(mixed)
    }
}

async fn fingerprints_agree<T>(
    world: &World,
    problems: &mut Problems,
    call: &Call,
    work: impl AsyncFnOnce(&mut Problems) -> T,
) -> T {
    let before = world.fingerprint().await;
    let done = work(problems).await;
    let after = world.fingerprint().await;
    for (table, rows) in before {
        problems.check(after[&table] == rows, || {
            format!("{}: what was refused changed {table}", call.shown())
        });
    }
    done
}

#[test]
fn no_door_is_left_out() {
    let calls = of_workspaces().into_iter().chain(of_accounts());
    let tried: BTreeSet<(String, &str)> = calls
        .map(|call| (call.method.to_string(), call.door))
        .collect();
    let here = |door: &&Door| {
        let elsewhere =
            door.path.starts_with("/api/v1/") && !door.path.starts_with("/api/v1/auth/");
        door.permission != Permission::Public
            && !elsewhere
            && (door.method, door.path) != ON_ITS_OWN
    };
    let all = DOORS.iter().filter(here);
    let all: BTreeSet<_> = all
        .map(|door| (door.method.to_owned(), door.path))
        .collect();
    assert_eq!(tried, all);
}

#[test]
fn what_takes_a_password_from_who_is_signed_in_says_so() {
    let mut found = BTreeSet::new();
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    for folder in fs::read_dir(app).unwrap() {
        let Ok(source) = fs::read_to_string(folder.unwrap().path().join("api.rs")) else {
            continue;
        };
        for function in source.split("endpoint = \"").skip(1) {
            let (name, rest) = function.split_once('"').unwrap();
            let arguments = rest.split(") -> ").next().unwrap();
            if arguments.contains("password: String") {
                found.insert(format!("/sf/{name}"));
            }
        }
    }
    let signed_in = |path: &String| doors::permission("POST", path) != Some(Permission::Public);
    found.retain(signed_in);
    let said = DOORS
        .iter()
        .filter(|door| door.further == Further::Password);
    let said: BTreeSet<String> = said.map(|door| door.path.to_owned()).collect();
    assert!(said.len() > 2);
    assert_eq!(found, said);
}

on_both_engines! {
    async fn doors_open_to_whom_they_say_and_to_nobody_else(t: TestApp) {
        let world = World::start(t).await;
        let (ours, other, absent) = (world.ground().await, world.other_ground().await, Ground::absent());
        let comers = world.comers(&ours, &other).await;
        let mut problems = Problems::default();
        for call in of_workspaces() {
            let call = &call;
            fingerprints_agree(&world, &mut problems, call, async |problems| {
                let nobody = ask(&world.t.anonymous(), call, &ours).await;
                problems.check(nobody.0 == 401, || format!("nobody: {}: {nobody:?}", call.shown()));
                for comer in &comers {
                    let as_them = |ground: &Ground| Ground { asker: comer.user.to_string(), ..ground.clone() };
                    let Err(code) = expected(call, comer) else { continue };
                    let told = ask(&comer.client, call, &as_them(&ours)).await;
                    let is_good = is_as_it_should(&told, call, Err(code));
                    problems.check(is_good, || format!("{}: {}: {told:?}, not {code:?}", comer.who, call.shown()));
                    if comer.role.is_none() {
                        let nothing = ask(&comer.client, call, &as_them(&absent)).await;
                        problems.check(told == nothing, || format!("{}: {}: {told:?} where there is something, {nothing:?} where not", comer.who, call.shown()));
                    }
                }
                // In one workspace, what is in another of one's own.
                let owner = world.person("owner");
                let mixed = ours.with_things_of(&other);
                if call.names_two(&ours, &mixed) {
                    let told = ask(&owner.client, call, &mixed).await;
                    let nothing = ask(&owner.client, call, &ours.with_things_of(&absent)).await;
                    problems.check(told.0 >= 400 && told == nothing, || format!("{}: what is elsewhere: {told:?}, what is nowhere: {nothing:?}", call.shown()));
                }
            }).await;
            for comer in &comers {
                if expected(call, comer).is_err() {
                    continue;
                }
                let is_harmless = call.method == Method::GET || comer.of_a_project || comer.runs_the_server;
                let fresh = if is_harmless { ours.clone() } else { world.ground().await };
                let fresh = Ground { asker: comer.user.to_string(), ..fresh };
                let told = if comer.who == "a bot" && !is_harmless {
                    let bot = world.bot_of(&fresh);
                    let fresh = Ground { asker: bot.user.to_string(), ..fresh };
                    ask(&bot.client, call, &fresh).await
                } else {
                    ask(&comer.client, call, &fresh).await
                };
                problems.check(is_as_it_should(&told, call, Ok(())), || format!("{}: {}: {told:?}", comer.who, call.shown()));
            }
        }
        problems.assert_none();
    }

    async fn where_a_second_step_is_asked_for_no_door_opens_without(t: TestApp) {
        let world = World::start(t).await;
        let ground = world.ground().await;
        let (app, by) = (&world.t.app, world.id("another owner"));
        set_up(&world.t, by, "another-owner@example.org").await;
        let workspace = ground.workspace.parse().unwrap();
        let require = workspaces::Mutation::RequireTwoStep { id: workspace, required: true };
        app.sync.commit(workspace, Actor::unlimited(by), require).await.unwrap();
        let mut problems = Problems::default();
        for call in of_workspaces() {
            let is_of_workspace = matches!(call.asks.unwrap_or(door(&call).permission), Permission::Action(_));
            if !is_of_workspace || call.is_open_without_step {
                continue;
            }
            let call = &call;
            fingerprints_agree(&world, &mut problems, call, async |problems| {
                for (who, _) in ROLES {
                    let comer = world.person(who);
                    let ground = Ground { asker: comer.user.to_string(), ..ground.clone() };
                    let told = ask(&comer.client, call, &ground).await;
                    let is_good = is_as_it_should(&told, call, Err(Code::TwoStepRequired));
                    problems.check(is_good, || format!("{who}: {}: {told:?}", call.shown()));
                }
            }).await;
        }
        problems.assert_none();
    }

    async fn commands_to_one_workspace_reach_nothing_of_another(t: TestApp) {
        let world = World::start(t).await;
        let (ours, other) = (world.ground().await, world.other_ground().await);
        let workspace = other.workspace.parse().unwrap();
        let (project, task) = (other.project.parse().unwrap(), other.task.parse().unwrap());
        let stranger = world.id("stranger");
        let text = || name("Ours now");
        let commands: Vec<Command> = vec![
            workspaces::Mutation::Rename { id: workspace, name: text() }.into(),
            workspaces::Mutation::Readdress { id: workspace, slug: Slug::parse("ours-now").unwrap() }.into(),
            workspaces::Mutation::RequireTwoStep { id: workspace, required: true }.into(),
            workspaces::Mutation::Delete { id: workspace, name: name("Ground") }.into(),
            members::Mutation::SetRole { id: stranger, role: Role::Owner }.into(),
            members::Mutation::SetActive { id: stranger, active: false }.into(),
            members::Mutation::Rename { id: stranger, name: text() }.into(),
            projects::Mutation::Edit { id: project, patch: ProjectPatch { name: Some(text()), ..ProjectPatch::default() } }.into(),
            projects::Mutation::AddMember { id: project, user: world.id("owner") }.into(),
            projects::Mutation::AddMember { id: ours.project.parse().unwrap(), user: stranger }.into(),
            imports::Mutation::SetUndone { id: other.import.parse().unwrap(), undone: true }.into(),
            tasks::Mutation::SetTrashed { id: task, trashed: true }.into(),
            tasks::Mutation::Assign { id: ours.task.parse().unwrap(), user: stranger }.into(),
            tasks::Mutation::SetParent { id: ours.task.parse().unwrap(), parent: Some(task) }.into(),
            comments::Mutation::Create { id: uuid::Uuid::from_u128(1).into(), task, text: CommentText::parse("x").unwrap() }.into(),
        ];
        let count = commands.len();
        let numbered = (1..).zip(commands).map(|(n, command)| numbered(n, u128::from(n), command));
        let push = Push { replica: uuid::Uuid::from_u128(77).into(), commands: numbered.collect() };
        let before = world.fingerprint().await;
        let path = format!("/sync/push?workspace={}", ours.workspace);
        let answer = world.person("owner").client.post(&path, serde_json::to_value(push).unwrap()).await;
        let results = answer.json()["results"]["results"].clone();
        assert_eq!(results.as_array().map(Vec::len), Some(count), "{}", answer.text());
        for result in results.as_array().unwrap() {
            let refused = &result["outcome"]["refused"];
            // That is asked of who sends it, before anything is looked up.
            let is_of_sender = refused["message"].as_str().is_some_and(|it| it.starts_with("Set up two-step"));
            let code = refused["code"].as_str();
            assert!(is_of_sender || matches!(code, Some("not_found" | "invalid_value")), "{result}");
        }
        let after = world.fingerprint().await;
        for (table, rows) in before {
            // What became of them is noted.
            let is_noted = ["command_results", "sync_replicas"].contains(&table.as_str());
            assert!(is_noted || after[&table] == rows, "{table}");
        }
    }

    async fn what_is_an_accounts_own_is_nobody_elses(t: TestApp) {
        let world = World::start(t).await;
        let (ours, other) = (world.ground().await, world.other_ground().await);
        let comers = world.comers(&ours, &other).await;
        let (_, another) = world.newcomer().await;
        let mut problems = Problems::default();
        for call in of_accounts() {
            let call = &call;
            let (person, own) = world.newcomer().await;
            fingerprints_agree(&world, &mut problems, call, async |problems| {
                let nobody = ask(&world.t.anonymous(), call, &own).await;
                problems.check(nobody.0 == 401, || format!("nobody: {}: {nobody:?}", call.shown()));
                for comer in comers.iter().filter(|comer| comer.scopes.is_some()) {
                    let told = ask(&comer.client, call, &own).await;
                    let is_good = is_as_it_should(&told, call, Err(Code::InsufficientScope));
                    problems.check(is_good, || format!("{}: {}: {told:?}", comer.who, call.shown()));
                }
                let sent = |ground: &Ground| ((call.path)(ground), (call.body)(ground));
                if sent(&own) != sent(&another) {
                    let told = ask(&person, call, &another).await;
                    let nothing = ask(&person, call, &Ground::absent()).await;
                    problems.check(told.0 == 404 && told == nothing, || format!("{}: what is another's: {told:?}, what is nobody's: {nothing:?}", call.shown()));
                }
                if let (Further::Password, Body::Form(fields)) = (door(call).further, (call.body)(&own)) {
                    let wrong = fields.into_iter().map(|(name, value)| (name, value.replace(PASSWORD, "some other text")));
                    let told = knock(&person, call, &(call.path)(&own), Body::Form(wrong.collect())).await;
                    problems.check(told.0 >= 400 && told.1 == "invalid_value", || format!("a wrong password: {}: {told:?}", call.shown()));
                }
            }).await;
            let told = ask(&person, call, &own).await;
            problems.check(is_as_it_should(&told, call, Ok(())), || format!("{}: {told:?}", call.shown()));
        }
        problems.assert_none();
    }

    async fn no_text_at_any_door_is_the_servers_fault(t: TestApp) {
        let world = World::start(t).await;
        let (server, owner) = (world.person("server"), world.person("owner"));
        let (person, own) = world.newcomer().await;
        let ground = world.ground().await;
        let mut problems = Problems::default();
        let harmful = ["\0", "\u{fffe}", "'", "%00", "../../etc/passwd", "-1", "99999999999999999999"];
        let long = "x".repeat(20_000);
        let calls = of_workspaces().into_iter().map(|call| (call, &ground)).chain(of_accounts().into_iter().map(|call| (call, &own)));
        for (call, ground) in calls {
            let Body::Form(fields) = (call.body)(ground) else { continue };
            // Else nobody could come for the rest.
            if ["/sf/end-session", "/sf/end-other-sessions", "/sf/change-password"].contains(&call.door) {
                continue;
            }
            let client = match call.asks.unwrap_or(door(&call).permission) {
                Permission::Server => &server.client,
                Permission::Account => &person,
                _ => &owner.client,
            };
            for n in 0..fields.len() {
                for text in harmful.into_iter().chain([long.as_str()]) {
                    let mut fields = fields.clone();
                    text.clone_into(&mut fields[n].1);
                    let (status, ..) = knock(client, &call, call.door, Body::Form(fields)).await;
                    let text: String = text.chars().take(20).collect();
                    problems.check(status < 500 || status == 503, || format!("{}: {text:?} as field {n}: {status}", call.shown()));
                }
            }
        }
        problems.assert_none();
    }

    async fn who_sent_a_file_and_may_not_import_any_more_does_not_start(t: TestApp) {
        let world = World::start(t).await;
        let ground = world.ground().await;
        let workspace = ground.workspace.parse().unwrap();
        let file = json!({ "name": "x", "lists": [], "cards": [] });
        let path = format!("/imports/trello/preview?workspace={workspace}");
        let (manager, viewer) = (world.person("manager"), world.person("viewer"));
        let sent = manager.client.post(&path, file.clone()).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        let id = sent.json()["id"].as_str().unwrap().to_owned();
        let (start, look) = (format!("/imports/{id}/start"), format!("/imports/{id}"));
        for who in [&viewer, &world.person("owner"), &world.person("stranger")] {
            assert_eq!(who.client.call(Method::POST, &start).await.summary(), "404 not_found", "{}", who.who);
            assert_eq!(who.client.get(&look).await.summary(), "404 not_found", "{}", who.who);
        }
        assert_eq!(manager.client.get(&look).await.status, 200);
        let owner = Actor::unlimited(world.id("owner"));
        let demote = members::Mutation::SetRole { id: manager.user, role: Role::Guest };
        world.t.app.sync.commit(workspace, owner.clone(), demote).await.unwrap();
        assert_eq!(manager.client.call(Method::POST, &start).await.summary(), "403 not_allowed");
        assert_eq!(manager.client.get(&look).await.summary(), "403 not_allowed");
        let shut_out = members::Mutation::SetActive { id: manager.user, active: false };
        world.t.app.sync.commit(workspace, owner, shut_out).await.unwrap();
        assert_eq!(manager.client.call(Method::POST, &start).await.summary(), "404 not_found");
        assert_eq!(manager.client.get(&look).await.summary(), "404 not_found");
    }
}
