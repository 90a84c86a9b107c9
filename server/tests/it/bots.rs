//! Bots: who makes them, what they may, and that they end.

use crate::harness::{Answer, Client, TestApp, on_both_engines};
use crate::sync::{Socket, Team, name, numbered};
use reqwest::Method;
use serde_json::{Value, json};
use server::access::{Actor, Visit};
use server::accounts::{self, Credentials};
use server::bots;
use server::grants::clients;
use server::http::Error;
use server::sessions::Entrance;
use server::tokens::{self, Wanted};
use server::workspaces::purge;
use shared::access::Role;
use shared::codes::Code;
use shared::ids::UserId;
use shared::members::{self, Member};
use shared::values::Email;
use shared::workspaces::{self, GRACE_MS};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(1);

async fn visit(team: &Team, user: UserId) -> Visit {
    Visit::to(&team.t.app, Actor::unlimited(user), team.workspace)
        .await
        .unwrap()
}

/// A bot with that role, its key, and a program that sends it.
pub(crate) async fn bot(team: &Team, role: Role) -> (UserId, String, Client) {
    let admin = visit(team, team.owner).await;
    let id = bots::create(&team.t.app, &admin, name("Deploy bot"), role)
        .await
        .unwrap();
    let wanted = Wanted::full(name("Key"));
    let (_, secret) = bots::create_token(&team.t.app, &admin, id, wanted)
        .await
        .unwrap();
    let secret = secret.as_str().to_owned();
    let program = team.t.program(&secret);
    (id, secret, program)
}

pub(crate) fn refused<T>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Refused(rejected)) => rejected.code,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}

fn tasks(team: &Team) -> String {
    format!("/api/v1/projects/{}/tasks", team.project)
}

async fn call(client: &Client, function: &str, form: Value) -> Answer {
    let request = client.request(Method::POST, &format!("/sf/{function}"));
    client.send(request.form(&form)).await
}

on_both_engines! {
    async fn a_bot_works_under_its_own_name_and_role(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, program) = bot(&team, Role::Member).await;
        let made = program.post(&tasks(&team), json!({ "title": "By a bot" })).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.json()["created_by"], id.to_string());
        let members = program.get("/api/v1/workspaces/team/members").await.json();
        let listed = members["items"].as_array().unwrap().iter().find(|it| it["id"] == id.to_string()).unwrap();
        assert_eq!((&listed["name"], &listed["bot"]), (&json!("Deploy bot"), &json!(true)));
        let path = format!("/api/v1/projects/{}", team.project);
        assert_eq!(program.patch(&path, json!({ "name": "x" })).await.summary(), "403 not_allowed");
        let (_, _, viewer) = bot(&team, Role::Viewer).await;
        assert_eq!(viewer.post(&tasks(&team), json!({ "title": "No" })).await.summary(), "403 not_allowed");
    }

    async fn nobody_signs_in_as_a_bot(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, program) = bot(&team, Role::Admin).await;
        let email = format!("bot-{id}@bots.invalid");
        let found = accounts::find_by_email(&team.t.app, &Email::parse(&email).unwrap()).await.unwrap();
        assert!(found.is_none());
        for password in ["", "difference engine"] {
            let credentials = Credentials {
                email: email.clone(),
                password: password.to_owned(),
                code: None,
                entrance: Entrance::browser(None),
            };
            assert_eq!(refused(accounts::sign_in(&team.t.app, credentials).await), Code::SignInFailed);
        }
        // Its key reaches no account, and no other workspace.
        assert_eq!(program.get("/api/v1/auth/sessions").await.summary(), "403 insufficient_scope");
        let workspaces = program.get("/api/v1/workspaces").await.json();
        assert_eq!(workspaces["items"].as_array().unwrap().len(), 1);
    }

    async fn an_ended_bot_is_out_at_once_and_does_not_come_back(t: TestApp) {
        let team = Team::start(t).await;
        let (id, secret, program) = bot(&team, Role::Member).await;
        assert_eq!(program.get(&tasks(&team)).await.status, 200);
        let mut socket = Socket::open(team.t.address, &secret, &team.hello(1, None)).await.unwrap();
        let admin = visit(&team, team.owner).await;
        bots::end(&team.t.app, &admin, id).await.unwrap();
        let code = timeout(SOON, socket.closed()).await.unwrap();
        assert!(matches!(code, 4001 | 4004), "{code}");
        assert_eq!(program.get(&tasks(&team)).await.summary(), "401 unauthenticated");
        let again = members::Mutation::SetActive { id, active: true };
        assert_eq!(refused(team.commit(team.owner, again).await), Code::NotAllowed);
        let key = bots::create_token(&team.t.app, &admin, id, Wanted::full(name("Late"))).await;
        assert_eq!(refused(key), Code::NotAllowed);
        let listed = bots::list(&team.t.app, &admin).await.unwrap();
        assert!(!listed[0].member.active && listed[0].tokens.is_empty());
    }

    async fn a_workspace_is_handed_over_to_people_alone(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, _) = bot(&team, Role::Admin).await;
        let hand_over = members::Mutation::HandOver { to: id };
        assert_eq!(refused(team.commit(team.owner, hand_over).await), Code::InvalidValue);
    }

    async fn a_bot_goes_for_good_with_its_workspace(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, _) = bot(&team, Role::Member).await;
        let app = &team.t.app;
        let admin = visit(&team, team.owner).await;
        let redirects = vec!["https://example.org/callback".to_owned()];
        clients::register(app, &admin, name("Program"), redirects).await.unwrap();
        let delete = workspaces::Mutation::Delete { id: team.workspace, name: name("Team") };
        team.commit(team.owner, delete).await.unwrap();
        assert!(accounts::find(app, id).await.unwrap().is_some());
        team.t.advance(Duration::from_millis(GRACE_MS.unsigned_abs()) + Duration::from_hours(2));
        assert_eq!(purge::purge(app).await.unwrap(), 1);
        assert!(accounts::find(app, id).await.unwrap().is_none());
        assert_eq!(tokens::list(app, id).await.unwrap(), []);
    }

    async fn a_bot_that_is_shut_out_as_a_member_does_not_come_back_either(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, program) = bot(&team, Role::Member).await;
        team.commit(team.owner, members::Mutation::SetActive { id, active: false }).await.unwrap();
        assert_eq!(program.get(&tasks(&team)).await.summary(), "404 not_found");
        let again = members::Mutation::SetActive { id, active: true };
        assert_eq!(refused(team.commit(team.owner, again).await), Code::NotAllowed);
    }

    async fn only_admins_make_bots_and_none_above_themselves(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, _) = bot(&team, Role::Member).await;
        let manager = team.member("max@example.org", Role::Manager).await;
        let theirs = visit(&team, manager).await;
        let app = &team.t.app;
        assert_eq!(refused(bots::create(app, &theirs, name("x"), Role::Viewer).await), Code::NotAllowed);
        assert_eq!(refused(bots::create_token(app, &theirs, id, Wanted::full(name("x"))).await), Code::NotAllowed);
        assert_eq!(refused(bots::end(app, &theirs, id).await), Code::NotAllowed);
        assert_eq!(refused(bots::list(app, &theirs).await), Code::NotAllowed);
        let admin = team.member("ann@example.org", Role::Admin).await;
        let theirs = visit(&team, admin).await;
        let before = accounts::count(app).await.unwrap();
        assert_eq!(refused(bots::create(app, &theirs, name("x"), Role::Owner).await), Code::NotAllowed);
        assert_eq!(accounts::count(app).await.unwrap(), before, "what was refused leaves nothing");
        bots::create(app, &theirs, name("x"), Role::Admin).await.unwrap();
        // A person is no bot, and a bot never an owner.
        let owner = visit(&team, team.owner).await;
        assert_eq!(refused(bots::create_token(app, &owner, manager, Wanted::full(name("x"))).await), Code::NotFound);
        assert_eq!(refused(bots::end(app, &owner, manager).await), Code::NotFound);
        let crown = members::Mutation::SetRole { id, role: Role::Owner };
        assert_eq!(refused(team.commit(team.owner, crown).await), Code::NotAllowed);
    }

    async fn who_claims_a_bot_that_was_not_made_gets_no_key(t: TestApp) {
        let team = Team::start(t).await;
        let (sam, _) = team.t.sign_up("sam@example.org").await;
        // An admin may write any row of a bot; it is no account of one.
        let claim = members::Mutation::AddBot { id: sam.id, name: name("Sam"), role: Role::Member };
        team.commit(team.owner, claim).await.unwrap();
        let admin = visit(&team, team.owner).await;
        let key = bots::create_token(&team.t.app, &admin, sam.id, Wanted::full(name("x"))).await;
        assert_eq!(refused(key), Code::NotFound);
        // Nor are the person's own keys told.
        tokens::create(&team.t.app, sam.id, Wanted::full(name("Sam's"))).await.unwrap();
        assert!(bots::list(&team.t.app, &admin).await.unwrap().is_empty());
    }

    async fn nobody_pushes_what_only_the_servers_doors_make(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let (sam, _) = team.t.sign_up("sam@example.org").await;
        let mut socket = team.socket(team.owner, 1).await;
        let role = Role::Member;
        let add_bot = members::Mutation::AddBot { id: sam.id, name: name("Sam"), role };
        let add = members::Mutation::Add { id: sam.id, name: name("Sam"), role };
        let erase = members::Mutation::Erase { id: mina, name: name("x") };
        let pushed = [add_bot, add, erase];
        let pushed = (1..).zip(pushed).map(|(n, command)| numbered(n, n.into(), command)).collect();
        for answer in socket.try_push(pushed).await.unwrap() {
            let outcome = serde_json::to_value(&answer.outcome).unwrap();
            assert_eq!(outcome["refused"]["code"], "not_allowed");
        }
        let people = team.t.token("olive@example.org").await.get("/api/v1/workspaces/team/members").await.json();
        let names = people["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
        assert_eq!(names.collect::<BTreeSet<_>>(), BTreeSet::from(["mina", "Olive"]));
    }

    async fn a_key_makes_no_key_of_a_bot(t: TestApp) {
        let team = Team::start(t).await;
        let admin = visit(&team, team.owner).await;
        let bot = bots::create(&team.t.app, &admin, name("Deploy"), Role::Admin).await.unwrap();
        let wish = Wanted::full(name("Admin's"));
        let (_, secret) = tokens::create(&team.t.app, team.owner, wish).await.unwrap();
        let program = team.t.program(secret.as_str());
        let wish = json!({ "workspace": team.workspace.to_string(), "bot": bot.to_string(), "name": "Key", "days": "90" });
        let request = program.request(Method::POST, "/sf/create-bot-token");
        let request = request.header("sec-fetch-site", "same-origin");
        let answer = program.send(request.form(&wish)).await;
        assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("insufficient_scope")));
        assert!(bots::list(&team.t.app, &admin).await.unwrap()[0].tokens.is_empty());
    }

    async fn a_key_lets_nobody_in_who_may_more_than_it(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let (_, secret) = tokens::create(&team.t.app, team.owner, Wanted::full(name("x"))).await.unwrap();
        let program = team.t.program(secret.as_str());
        let ask = async |function: &str, form: Value| {
            let request = program.request(Method::POST, &format!("/sf/{function}"));
            let answer = program.send(request.header("sec-fetch-site", "same-origin").form(&form)).await;
            (answer.status, answer.json()["code"].clone())
        };
        let held_back = (403, json!("insufficient_scope"));
        let ws = team.workspace.to_string();
        let wish = json!({ "workspace": ws, "name": "Dash", "redirects": "https://app.example/back" });
        assert_eq!(ask("create-program", wish.clone()).await, held_back);
        let invite = |role: &str| json!({ "workspace": ws, "role": role, "email": "", "days": "7" });
        for role in ["admin", "manager"] {
            assert_eq!(ask("create-invitation", invite(role)).await, held_back, "{role}");
            let bot = json!({ "workspace": ws, "name": "Bot", "role": role });
            assert_eq!(ask("create-bot", bot).await, held_back, "{role}");
        }
        assert_eq!(ask("create-invitation", invite("member")).await.0, 200);
        let mut socket = Socket::open(team.t.address, secret.as_str(), &team.hello(1, None)).await.unwrap();
        let promote = members::Mutation::SetRole { id: mina, role: Role::Admin };
        let crown = members::Mutation::HandOver { to: mina };
        let demote = members::Mutation::SetRole { id: mina, role: Role::Guest };
        let pushed = vec![numbered(1, 1, promote), numbered(2, 2, crown), numbered(3, 3, demote)];
        let answers = socket.try_push(pushed).await.unwrap();
        let told: Vec<_> = answers.iter().map(|it| serde_json::to_value(&it.outcome).unwrap()["refused"]["code"].clone()).collect();
        assert_eq!(told, [json!("insufficient_scope"), json!("insufficient_scope"), Value::Null]);
        // The person themselves may.
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(call(&olive, "create-program", wish).await.status, 200);
        assert_eq!(call(&olive, "create-invitation", invite("admin")).await.status, 200);
    }

    async fn a_bots_key_of_less_writes_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let ws = team.workspace.to_string();
        let made = call(&olive, "create-bot", json!({ "workspace": ws, "name": "Reader", "role": "admin" })).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let listed = call(&olive, "list-bots", json!({ "workspace": ws })).await.json();
        let id = listed[0]["id"].as_str().unwrap().to_owned();
        let wish = json!({ "workspace": ws, "bot": id, "name": "Key", "days": "never" });
        let key = call(&olive, "create-bot-token", wish).await.json();
        assert_eq!((&key["token"]["scopes"], &key["token"]["workspace"]), (&json!("read"), &json!("Team")));
        assert!(key["token"]["expires_at"].is_i64(), "a bot's key always ends");
        let secret = key["secret"].as_str().unwrap();
        let program = team.t.program(secret);
        assert_eq!(program.get(&tasks(&team)).await.status, 200);
        assert_eq!(program.post(&tasks(&team), json!({ "title": "No" })).await.summary(), "403 insufficient_scope");
        let mut socket = Socket::open(team.t.address, secret, &team.hello(1, None)).await.unwrap();
        let answers = socket.try_push(vec![numbered(1, 1, team.create(1, "No"))]).await.unwrap();
        let outcome = serde_json::to_value(&answers[0].outcome).unwrap();
        assert_eq!(outcome["refused"]["code"], "insufficient_scope");
        let gone = json!({ "workspace": ws, "bot": id, "id": key["token"]["id"] });
        assert_eq!(call(&olive, "delete-bot-token", gone).await.status, 200);
        assert_eq!(program.get(&tasks(&team)).await.status, 401);
        assert_eq!(call(&olive, "end-bot", json!({ "workspace": ws, "id": id })).await.status, 200);
        let listed = call(&olive, "list-bots", json!({ "workspace": ws })).await.json();
        assert_eq!(listed[0]["active"], false);
    }

    async fn a_bot_of_one_workspace_is_nobody_in_another(t: TestApp) {
        let team = Team::start(t).await;
        let (id, _, _) = bot(&team, Role::Member).await;
        let (sam, _) = team.t.sign_up("sam@example.org").await;
        let other = shared::ids::WorkspaceId::from_uuid(uuid::Uuid::from_u128(88));
        let found = shared::workspaces::Mutation::Create {
            id: other,
            name: name("Other"),
            slug: shared::values::Slug::parse("other").unwrap(),
            owner_name: name("Sam"),
        };
        team.t.app.sync.found(other, sam.id, vec![found.into()]).await.unwrap();
        // Its id taken over as a row of theirs is still not theirs.
        let claim = members::Mutation::AddBot { id, name: name("Mine"), role: Role::Member };
        team.t.app.sync.commit(other, Actor::unlimited(sam.id), claim).await.unwrap();
        let theirs = Visit::to(&team.t.app, Actor::unlimited(sam.id), other).await.unwrap();
        let key = bots::create_token(&team.t.app, &theirs, id, Wanted::full(name("x"))).await;
        assert_eq!(refused(key), Code::NotFound);
        assert_eq!(refused(bots::end(&team.t.app, &theirs, id).await), Code::NotFound);
        let mine = visit(&team, team.owner).await;
        let bots: Vec<Member> = bots::list(&team.t.app, &mine).await.unwrap().into_iter().map(|it| it.member).collect();
        assert!(bots[0].active);
    }
}
