//! Invitations into a workspace.

use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::{Post, form, secret};
use crate::sync::{Team, name};
use serde_json::{Value, json};
use shared::access::Role;
use shared::ids::{ProjectId, UserId};
use shared::projects::Visibility;
use shared::values::{Color, Email, ProjectKey};
use shared::{members, projects};
use std::time::Duration;
use uuid::Uuid;

/// Makes an invitation; its secret, or how it was refused.
async fn invite(
    team: &Team,
    who: &Client,
    role: &str,
    email: &str,
) -> Result<String, (u16, Value)> {
    let workspace = team.workspace.to_string();
    let fields = [
        ("workspace", workspace.as_str()),
        ("role", role),
        ("email", email),
        ("days", "7"),
    ];
    match form(who, "create-invitation", &fields).await {
        (200, made) => {
            let address = made["address"].as_str().unwrap();
            Ok(address.rsplit('/').next().unwrap().to_owned())
        }
        (status, refused) => Err((status, refused["code"].clone())),
    }
}

async fn accept(who: &Client, secret: &str) -> (u16, Value) {
    let (status, answer) = form(who, "accept-invitation", &[("token", secret)]).await;
    (status, answer["code"].clone())
}

async fn open(team: &Team, who: &Client) -> Value {
    let workspace = team.workspace.to_string();
    let (status, open) = form(who, "list-invitations", &[("workspace", &workspace)]).await;
    assert_eq!(status, 200, "{open}");
    open
}

fn refused(status: u16, code: &str) -> (u16, Value) {
    (status, json!(code))
}

const DONE: (u16, Value) = (200, Value::Null);

on_both_engines! {
    async fn whoever_has_a_link_joins_with_its_role(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let secret = invite(&team, &olive, "guest", "").await.unwrap();
        let nobody = team.t.anonymous();
        let (_, shown) = form(&nobody, "find-invitation", &[("token", &secret)]).await;
        assert_eq!(shown["role"], "guest");
        assert_eq!(shown["inviter"], "Olive");
        assert_eq!(accept(&nobody, &secret).await.0, 401);
        for name in ["ada", "ben"] {
            let person = team.t.user(&format!("{name}@example.org")).await;
            assert_eq!(accept(&person, &secret).await, DONE);
            let workspaces = person.get("/api/v1/workspaces").await.json();
            assert_eq!(workspaces["items"][0]["role"], "guest", "{name}");
            // Once more leads to the same place.
            assert_eq!(accept(&person, &secret).await, DONE);
        }
        assert_eq!(accept(&olive, &secret).await, DONE, "who is in already stays what they are");
        assert_eq!(olive.get("/api/v1/workspaces").await.json()["items"][0]["role"], "owner");
    }

    async fn an_invitation_for_an_address_is_good_once_and_for_it_alone(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let team = Team::start(post.t).await;
        let olive = team.t.user("olive@example.org").await;
        let secret = invite(&team, &olive, "member", "ada@example.org").await.unwrap();
        let eve = team.t.user("eve@example.org").await;
        assert_eq!(accept(&eve, &secret).await, refused(403, "not_allowed"));
        let ada = team.t.user("ada@example.org").await;
        assert_eq!(accept(&ada, &secret).await, DONE);
        assert_eq!(open(&team, &olive).await, json!([]));
        assert_eq!(accept(&eve, &secret).await, refused(404, "not_found"));
    }

    async fn an_invitation_is_mailed_to_whom_it_is_for(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let ada = post.t.user("ada@example.org").await;
        post.mails().await;
        assert_eq!(form(&ada, "create-workspace", &[("name", "Navy")]).await.0, 200);
        let workspaces = ada.get("/api/v1/workspaces").await.json();
        let workspace = workspaces["items"][0]["id"].as_str().unwrap();
        let fields = [
            ("workspace", workspace),
            ("role", "member"),
            ("email", "Grace@example.org"),
            ("days", "30"),
        ];
        let (status, made) = form(&ada, "create-invitation", &fields).await;
        assert_eq!((status, &made["is_sent"]), (200, &json!(true)));
        let mails = post.mails().await;
        assert!(mails[0].contains("To: grace@example.org"), "{mails:?}");
        assert!(mails[0].contains("Subject: ada invites you to Navy"), "{mails:?}");
        let secret = secret(&mails[0], "/invite/");
        assert!(made["address"].as_str().unwrap().ends_with(&secret));
        let page = post.t.anonymous().get(&format!("/invite/{secret}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Navy"));
    }

    async fn who_may_invite_and_to_what(t: TestApp) {
        let team = Team::start(t).await;
        let mut answers = Vec::new();
        for role in [Role::Admin, Role::Manager, Role::Member, Role::Guest, Role::Viewer] {
            let email = format!("{}@example.org", role.as_str());
            team.member(&email, role).await;
            let person = team.t.user(&email).await;
            let invited = ["owner", "admin", "manager", "member", "viewer"];
            for to in invited {
                let made = invite(&team, &person, to, "").await;
                answers.push((role, to, made.is_ok()));
            }
        }
        let allowed: Vec<_> = answers
            .iter()
            .filter(|(_, _, made)| *made)
            .map(|(role, to, _)| (*role, *to))
            .collect();
        let expected = [
            (Role::Admin, "admin"),
            (Role::Admin, "manager"),
            (Role::Admin, "member"),
            (Role::Admin, "viewer"),
            (Role::Manager, "manager"),
            (Role::Manager, "member"),
            (Role::Manager, "viewer"),
        ];
        assert_eq!(allowed, expected);
        // A stranger, and the owner of another workspace, find nothing.
        let sam = team.t.user("sam@example.org").await;
        form(&sam, "create-workspace", &[("name", "Other")]).await;
        assert_eq!(invite(&team, &sam, "member", "").await, Err(refused(404, "not_found")));
        let workspace = team.workspace.to_string();
        let list = form(&sam, "list-invitations", &[("workspace", &workspace)]).await;
        assert_eq!(list.0, 404);
    }

    async fn an_invitation_ends_by_time_by_revoking_and_with_the_rights_of_who_invited(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let ada = team.t.user("ada@example.org").await;
        let mary_id = team.member("mary@example.org", Role::Manager).await;
        let mary = team.t.user("mary@example.org").await;
        let revoked = invite(&team, &olive, "member", "").await.unwrap();
        let id = open(&team, &olive).await[0]["id"].as_str().unwrap().to_owned();
        let workspace = team.workspace.to_string();
        let fields = [("workspace", workspace.as_str()), ("id", id.as_str())];
        assert_eq!(form(&ada, "revoke-invitation", &fields).await.0, 404);
        assert_eq!(form(&mary, "revoke-invitation", &fields).await.0, 200);
        assert_eq!(form(&mary, "revoke-invitation", &fields).await.0, 404);
        assert_eq!(accept(&ada, &revoked).await, refused(404, "not_found"));

        let of_mary = invite(&team, &mary, "member", "").await.unwrap();
        let demote = members::Mutation::SetRole { id: mary_id, role: Role::Member };
        team.commit(team.owner, demote).await.unwrap();
        assert_eq!(accept(&ada, &of_mary).await, refused(404, "not_found"));

        let late = invite(&team, &olive, "member", "").await.unwrap();
        team.t.advance(Duration::from_hours(7 * 24));
        assert_eq!(accept(&ada, &late).await, refused(404, "not_found"));
        assert_eq!(accept(&ada, "guessed").await, refused(404, "not_found"));
        assert_eq!(open(&team, &olive).await, json!([]));
    }

    async fn an_invitation_is_not_spent_by_joining_that_fails(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mary_id = team.member("mary@example.org", Role::Admin).await;
        let mary = team.t.user("mary@example.org").await;
        let secret = invite(&team, &mary, "admin", "ada@example.org").await.unwrap();
        let ada = team.t.user("ada@example.org").await;
        // She may still invite, but not with this role.
        let demote = members::Mutation::SetRole { id: mary_id, role: Role::Manager };
        team.commit(team.owner, demote).await.unwrap();
        assert_eq!(accept(&ada, &secret).await, refused(404, "not_found"));
        assert_eq!(open(&team, &olive).await[0]["email"], "ada@example.org");
        let promote = members::Mutation::SetRole { id: mary_id, role: Role::Admin };
        team.commit(team.owner, promote).await.unwrap();
        assert_eq!(accept(&ada, &secret).await, DONE);
        assert_eq!(open(&team, &olive).await, json!([]));
    }

    async fn whoever_was_deactivated_does_not_come_back_by_a_link(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let id = team.member("mina@example.org", Role::Member).await;
        let shut_out = members::Mutation::SetActive { id, active: false };
        team.commit(team.owner, shut_out).await.unwrap();
        let secret = invite(&team, &olive, "member", "").await.unwrap();
        let mina = team.t.user("mina@example.org").await;
        assert_eq!(accept(&mina, &secret).await, refused(403, "not_allowed"));
    }

    async fn where_accounts_need_an_invitation_its_link_makes_one(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "invited").start().await;
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let open_link = invite(&team, &olive, "member", "").await.unwrap();
        let for_ada = invite(&team, &olive, "member", "ada@example.org").await.unwrap();
        let sign_up = async |email: &str, next: &str| {
            let fields = [
                ("name", "New"),
                ("email", email),
                ("password", PASSWORD),
                ("next", next),
            ];
            form(&team.t.anonymous(), "sign-up", &fields).await.0
        };
        assert_eq!(sign_up("eve@example.org", "").await, 403);
        assert_eq!(sign_up("eve@example.org", "/invite/guessed").await, 403);
        assert_eq!(sign_up("eve@example.org", &format!("/invite/{for_ada}")).await, 403);
        assert_eq!(sign_up("ada@example.org", &format!("/invite/{for_ada}")).await, 200);
        assert_eq!(sign_up("ben@example.org", &format!("/invite/{open_link}")).await, 200);
    }

    async fn a_guest_sees_the_projects_of_their_invitation_and_no_other(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let (second, hidden) = (project(2), project(3));
        for (id, key, visibility) in [(second, "OPS", Visibility::Workspace), (hidden, "HID", Visibility::Private)] {
            team.commit(team.owner, begin(id, key, visibility)).await.unwrap();
        }
        let into = team.project.to_string();
        let secret = invite_into(&team, &olive, "guest", &[&into]).await.unwrap();
        assert_eq!(open(&team, &olive).await[0]["projects"], json!([into]));
        let nobody = team.t.anonymous();
        let (_, shown) = form(&nobody, "find-invitation", &[("token", &secret)]).await;
        assert_eq!(shown["projects"], json!(["Web app"]));
        let gus = team.t.user("gus@example.org").await;
        assert_eq!(accept(&gus, &secret).await, DONE);
        let seen = gus.get("/api/v1/workspaces/team/projects").await.json();
        let keys: Vec<_> = seen["items"].as_array().unwrap().iter().map(|it| it["key"].clone()).collect();
        assert_eq!(keys, ["WEB"]);
        assert_eq!(gus.get("/w/team/OPS/board").await.status, 404);
        // Another invitation takes somebody who is there already into one more.
        let more = invite_into(&team, &olive, "guest", &[&second.to_string()]).await.unwrap();
        assert_eq!(accept(&gus, &more).await, DONE);
        assert_eq!(gus.get("/w/team/OPS/board").await.status, 200);
        // Let go, they see it no more; their role never grew.
        let gus_id = gus_id(&team).await;
        let let_go = projects::Mutation::RemoveMember { id: second, user: gus_id };
        team.commit(team.owner, let_go).await.unwrap();
        assert_eq!(gus.get("/w/team/OPS/board").await.status, 404);
        assert_eq!(gus.get("/api/v1/workspaces").await.json()["items"][0]["role"], "guest");
    }

    async fn into_a_project_invites_who_may_take_people_into_it(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let hidden = project(3);
        team.commit(team.owner, begin(hidden, "HID", Visibility::Private)).await.unwrap();
        let mary_id = team.member("mary@example.org", Role::Manager).await;
        let mary = team.t.user("mary@example.org").await;
        let into = hidden.to_string();
        assert_eq!(invite_into(&team, &mary, "guest", &[&into]).await, Err(refused(404, "not_found")));
        assert_eq!(invite_into(&team, &olive, "guest", &["nonsense"]).await, Err(refused(400, "invalid_value")));
        let many = vec![into.as_str(); 21];
        assert_eq!(invite_into(&team, &olive, "guest", &many).await, Err(refused(400, "invalid_value")));
        let take_in = projects::Mutation::AddMember { id: hidden, user: mary_id };
        team.commit(team.owner, take_in).await.unwrap();
        let secret = invite_into(&team, &mary, "guest", &[&into]).await.unwrap();
        // Out of the project, whom she invited is not taken into it either.
        let let_go = projects::Mutation::RemoveMember { id: hidden, user: mary_id };
        team.commit(team.owner, let_go).await.unwrap();
        let gus = team.t.user("gus@example.org").await;
        assert_eq!(accept(&gus, &secret).await, DONE);
        assert_eq!(gus.get("/w/team/HID/board").await.status, 404);
        assert_eq!(gus.get("/w/team").await.status, 200);
    }
}

fn project(n: u128) -> ProjectId {
    Uuid::from_u128(20 + n).into()
}

/// The command that begins a project of the workspace's.
fn begin(id: ProjectId, key: &str, visibility: Visibility) -> projects::Mutation {
    let mut next = id.uuid().as_u128() * 100;
    projects::Mutation::Create {
        id,
        key: ProjectKey::parse(key).unwrap(),
        name: name(key),
        color: Color::Red,
        visibility,
        statuses: projects::default_statuses(|| {
            next += 1;
            Uuid::from_u128(next).into()
        }),
    }
}

/// Makes an invitation into projects; its secret, or how it was refused.
async fn invite_into(
    team: &Team,
    who: &Client,
    role: &str,
    projects: &[&str],
) -> Result<String, (u16, Value)> {
    let workspace = team.workspace.to_string();
    let mut fields = vec![
        ("workspace", workspace.as_str()),
        ("role", role),
        ("email", ""),
        ("days", "7"),
        ("projects[]", ""),
    ];
    fields.extend(projects.iter().map(|project| ("projects[]", *project)));
    match form(who, "create-invitation", &fields).await {
        (200, made) => {
            let address = made["address"].as_str().unwrap();
            Ok(address.rsplit('/').next().unwrap().to_owned())
        }
        (status, refused) => Err((status, refused["code"].clone())),
    }
}

async fn gus_id(team: &Team) -> UserId {
    let email = Email::parse("gus@example.org").unwrap();
    let found = server::accounts::find_by_email(&team.t.app, &email).await;
    found.unwrap().unwrap().id
}
