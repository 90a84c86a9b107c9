//! People who were imported come themselves: by an invitation, or by the word of an admin.

use super::{fixture, run, upload};
use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::{Team, name, numbered, task};
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use shared::ids::{ProjectId, TeamId, UserId};
use shared::members::Member;
use shared::projects::{self, Visibility};
use shared::values::{Color, Email, ProjectKey};
use shared::{tasks, teams};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_hours(24);

/// A team whose owner has imported a board.
struct Imported {
    team: Team,
    olive: Client,
    import: String,
}

impl Imported {
    async fn start(t: TestApp, bytes: Vec<u8>) -> Self {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let uploaded = upload(&olive, &team, bytes).await.json();
        let import = uploaded["id"].as_str().unwrap().to_owned();
        assert_eq!(run(&olive, &import, None).await["state"], "done");
        Self {
            team,
            olive,
            import,
        }
    }

    async fn members(&self) -> Vec<Member> {
        let mut read = self.team.t.app.db.unfenced().read().await.unwrap();
        let members = server::members::store::list(read.conn(), self.team.workspace).await;
        let members = members.unwrap().into_iter();
        members.map(|stored| stored.row).collect()
    }

    /// Whom the other tool called that.
    async fn of_handle(&self, handle: &str) -> Option<UserId> {
        let members = self.members().await;
        let handle = Some(name(handle));
        members
            .iter()
            .find(|it| it.handle == handle)
            .map(|it| it.id)
    }

    async fn member(&self, id: UserId) -> Option<Member> {
        self.members().await.into_iter().find(|it| it.id == id)
    }

    /// How many tasks and comments name somebody.
    async fn work(&self, id: UserId) -> (usize, usize) {
        let workspace = self.team.workspace;
        let mut read = self.team.t.app.db.unfenced().read().await.unwrap();
        let tasks = server::tasks::store::list_assigned_to(read.conn(), workspace, id).await;
        let comments = server::comments::store::list_by(read.conn(), workspace, id).await;
        (tasks.unwrap().len(), comments.unwrap().len())
    }

    async fn account(&self, email: &str) -> UserId {
        let email = Email::parse(email).unwrap();
        let found = server::accounts::find_by_email(&self.team.t.app, &email).await;
        found.unwrap().unwrap().id
    }

    async fn open(&self) -> Value {
        let workspace = self.team.workspace.to_string();
        form(
            &self.olive,
            "list-invitations",
            &[("workspace", &workspace)],
        )
        .await
        .1
    }

    /// How often something stands in the workspace's audit log.
    async fn noted(&self, act: &str) -> usize {
        let mut read = self.team.t.app.db.unfenced().read().await.unwrap();
        let count: i64 = server::on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select count(*) from audit_entries where chain = $1 and act = $2")
                .bind(self.team.workspace.uuid())
                .bind(act)
                .fetch_one(c)
                .await
                .unwrap()
        });
        usize::try_from(count).unwrap()
    }

    /// Makes an invitation in somebody's place; its secret, or how it was refused.
    async fn invite(
        &self,
        who: &Client,
        role: &str,
        id: UserId,
        projects: &[String],
    ) -> Result<String, String> {
        let (workspace, id) = (self.team.workspace.to_string(), id.to_string());
        let mut fields = vec![
            ("workspace", workspace.as_str()),
            ("role", role),
            ("days", "7"),
            ("placeholder", id.as_str()),
        ];
        fields.extend(projects.iter().map(|id| ("projects[]", id.as_str())));
        match form(who, "create-invitation", &fields).await {
            (200, made) => {
                let address = made["address"].as_str().unwrap();
                Ok(address.rsplit('/').next().unwrap().to_owned())
            }
            (status, refused) => Err(said(status, &refused)),
        }
    }

    /// Says that somebody is a member.
    async fn claim(&self, who: &Client, id: UserId, user: &str) -> String {
        let (workspace, id) = (self.team.workspace.to_string(), id.to_string());
        let fields = [
            ("workspace", workspace.as_str()),
            ("id", id.as_str()),
            ("user", user),
        ];
        let (status, answer) = form(who, "claim-placeholder", &fields).await;
        said(status, &answer)
    }
}

fn said(status: u16, answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().map(|text| format!(" {text}"));
    let (code, field) = (text("code"), text("field"));
    format!(
        "{status}{}{}",
        code.unwrap_or_default(),
        field.unwrap_or_default()
    )
}

async fn accept(who: &Client, secret: &str) -> String {
    let (status, answer) = form(who, "accept-invitation", &[("token", secret)]).await;
    said(status, &answer)
}

/// A board on which one person does everything.
fn busy(cards: usize) -> Vec<u8> {
    let card = |n: usize| {
        json!({
            "id": format!("{n:024}"), "name": format!("Card {n}"), "idList": "l", "idShort": n + 1,
            "idMembers": ["m"], "pos": n,
        })
    };
    let board = json!({
        "name": "Busy",
        "lists": [{ "id": "l", "name": "Todo", "pos": 1 }],
        "members": [{ "id": "m", "fullName": "Bea Busy", "username": "bea" }],
        "cards": (0..cards).map(card).collect::<Vec<_>>(),
    });
    serde_json::to_vec(&board).unwrap()
}

on_both_engines! {
    async fn who_was_imported_comes_by_an_invitation_and_has_what_was_theirs(t: TestApp) {
        let board = Imported::start(t, fixture()).await;
        let robin = board.of_handle("robin_meadow2").await.unwrap();
        let work = board.work(robin).await;
        assert!(work.0 > 0 && work.1 > 0, "{work:?}");
        let secret = board.invite(&board.olive, "member", robin, &[]).await.unwrap();
        assert_eq!(board.open().await[0]["placeholder"], robin.to_string());
        let nobody = board.team.t.anonymous();
        let (_, shown) = form(&nobody, "find-invitation", &[("token", &secret)]).await;
        assert_eq!(shown["placeholder"], "Robin Meadow");
        assert!(nobody.get(&format!("/invite/{secret}")).await.text().contains("You take over what was imported for"));

        let next = format!("/invite/{secret}");
        let fields = [("name", "Robin"), ("email", "robin@example.org"), ("password", PASSWORD), ("next", &next)];
        assert_eq!(form(&nobody, "sign-up", &fields).await.0, 200);
        let client = board.team.t.user("robin@example.org").await;
        assert_eq!(accept(&client, &secret).await, "200");
        let me = board.account("robin@example.org").await;
        assert_eq!((board.work(me).await, board.work(robin).await), (work, (0, 0)));
        assert_eq!(board.member(robin).await, None);
        assert_eq!(board.member(me).await.unwrap().role, Role::Member);
        assert_eq!(board.noted("members.claimed").await, 1);
        // Good once, although it was for nobody by name.
        assert_eq!(board.open().await, json!([]));
        let eve = board.team.t.user("eve@example.org").await;
        assert_eq!(accept(&eve, &secret).await, "404 not_found");

        // The import goes, who has come stays.
        let undone = board.olive.call(Method::POST, &format!("/imports/{}/undo", board.import)).await.json();
        assert_eq!(undone["undone"], true);
        assert!(board.member(me).await.unwrap().is_present());
        let others = board.members().await;
        assert!(others.iter().filter(|it| it.placeholder).all(|it| !it.active));
        let projects = client.get("/api/v1/workspaces/team/projects").await.json();
        assert_eq!(projects["items"].as_array().unwrap().len(), 1);
    }

    async fn a_member_and_a_guest_accept_as_what_they_are(t: TestApp) {
        let board = Imported::start(t, fixture()).await;
        let (ada, jun) = (board.of_handle("adafern").await.unwrap(), board.of_handle("junbrook").await.unwrap());
        let viewer = board.team.member("vera@example.org", Role::Viewer).await;
        let vera = board.team.t.user("vera@example.org").await;
        let secret = board.invite(&board.olive, "admin", ada, &[]).await.unwrap();
        let work = board.work(ada).await;
        assert_eq!(accept(&vera, &secret).await, "200");
        assert_eq!(board.work(viewer).await, work);
        assert_eq!(board.member(viewer).await.unwrap().role, Role::Viewer);

        let work = board.work(jun).await;
        let into = [board.team.project.to_string()];
        let secret = board.invite(&board.olive, "guest", jun, &into).await.unwrap();
        let gus = board.team.t.user("gus@example.org").await;
        assert_eq!(accept(&gus, &secret).await, "200");
        let guest = board.account("gus@example.org").await;
        assert_eq!(board.work(guest).await, work);
        assert_eq!(board.member(guest).await.unwrap().role, Role::Guest);
        // What names them shows them nothing.
        let seen = gus.get("/api/v1/workspaces/team/projects").await.json();
        assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    }

    async fn an_invitation_stands_for_somebody_who_was_imported_here_and_there_is_one(t: TestApp) {
        let board = Imported::start(t, fixture()).await;
        let ada = board.of_handle("adafern").await.unwrap();
        let mina = board.team.member("mina@example.org", Role::Member).await;
        let refused = Err("400 invalid_value placeholder".to_owned());
        for id in [mina, board.team.owner, Uuid::from_u128(7).into()] {
            assert_eq!(board.invite(&board.olive, "member", id, &[]).await, refused);
        }
        let sam = board.team.t.user("sam@example.org").await;
        form(&sam, "create-workspace", &[("name", "Other")]).await;
        let other = sam.get("/api/v1/workspaces").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let id = ada.to_string();
        let fields = [("workspace", other.as_str()), ("role", "member"), ("days", "7"), ("placeholder", id.as_str())];
        let (status, answer) = form(&sam, "create-invitation", &fields).await;
        assert_eq!(Err(said(status, &answer)), refused);

        let first = board.invite(&board.olive, "member", ada, &[]).await.unwrap();
        let second = board.invite(&board.olive, "guest", ada, &[]).await.unwrap();
        assert_eq!(board.open().await.as_array().unwrap().len(), 1);
        assert_eq!(accept(&sam, &first).await, "404 not_found");
        // An import that is undone is nobody's to take over.
        board.olive.call(Method::POST, &format!("/imports/{}/undo", board.import)).await;
        assert_eq!(accept(&sam, &second).await, "404 not_found");
        assert_eq!(board.invite(&board.olive, "member", ada, &[]).await, refused);
    }

    async fn an_admin_says_who_somebody_is(t: TestApp) {
        let board = Imported::start(t, fixture()).await;
        let (ada, jun) = (board.of_handle("adafern").await.unwrap(), board.of_handle("junbrook").await.unwrap());
        let mina = board.team.member("mina@example.org", Role::Member).await;
        board.team.member("adam@example.org", Role::Admin).await;
        board.team.member("mary@example.org", Role::Manager).await;
        let adam = board.team.t.user("adam@example.org").await;
        let mary = board.team.t.user("mary@example.org").await;
        // A manager invites people, but not in somebody's place.
        assert!(board.invite(&mary, "member", ada, &[]).await.is_err());
        let secret = board.invite(&adam, "member", ada, &[]).await.unwrap();
        let work = board.work(ada).await;
        let (user, owner) = (mina.to_string(), board.team.owner.to_string());
        assert_eq!(board.claim(&mary, ada, &user).await, "403 not_allowed");
        assert_eq!(board.claim(&adam, ada, &owner).await, "403 not_allowed");
        assert_eq!(board.claim(&adam, ada, "").await, "400 invalid_value user");
        assert_eq!(board.claim(&adam, ada, &jun.to_string()).await, "400 invalid_value user");
        assert_eq!(board.claim(&adam, mina, &user).await, "400 invalid_value id");
        assert_eq!(board.claim(&adam, ada, &user).await, "200");
        assert_eq!(board.work(mina).await, work);
        assert_eq!(board.open().await, json!([]));
        let eve = board.team.t.user("eve@example.org").await;
        assert_eq!(accept(&eve, &secret).await, "404 not_found");
        // Nobody pushes it past the page.
        let mut socket = board.team.socket(board.team.owner, 1).await;
        let claim = shared::members::Mutation::Claim { id: jun, user: mina };
        let answer = socket.push(vec![numbered(1, 9, claim)]).await;
        assert!(format!("{answer:?}").contains("NotAllowed"), "{answer:?}");
    }

    async fn who_came_with_an_undone_import_goes_with_it_unless_somebody_names_them(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_TRASH_DAYS", "20");
        let board = Imported::start(setup.start().await, fixture()).await;
        let team = &board.team;
        let handles = ["adafern", "junbrook", "robin_meadow2"];
        let mut ids = Vec::new();
        for handle in handles {
            ids.push(board.of_handle(handle).await.unwrap());
        }
        let [ada, jun, robin] = ids[..] else { unreachable!("there are three") };
        let waiting = async || {
            let members = board.members().await.into_iter();
            members.filter(|it| it.placeholder).map(|it| it.id).collect::<BTreeSet<_>>()
        };
        assert!(waiting().await.len() > handles.len());
        // One is somebody by now, one has work elsewhere, and one is in a team.
        let mina = team.member("mina@example.org", Role::Member).await;
        assert_eq!(board.claim(&board.olive, ada, &mina.to_string()).await, "200");
        team.commit(team.owner, team.create(1, "Elsewhere")).await.unwrap();
        team.commit(team.owner, tasks::Mutation::Assign { id: task(1), user: jun }).await.unwrap();
        let squad: TeamId = Uuid::from_u128(30).into();
        let create = teams::Mutation::Create { id: squad, name: name("Squad") };
        team.commit(team.owner, create).await.unwrap();
        team.commit(team.owner, teams::Mutation::AddMember { id: squad, user: robin }).await.unwrap();

        let before = waiting().await;
        let undo = format!("/imports/{}/undo", board.import);
        assert_eq!(board.olive.call(Method::POST, &undo).await.status, 200);
        team.t.advance(DAY * 19);
        server::retention::run_now(&team.t.app).await.unwrap();
        assert_eq!(waiting().await, before, "their time has not come");
        team.t.advance(DAY * 2);
        server::retention::run_now(&team.t.app).await.unwrap();
        assert_eq!(waiting().await, BTreeSet::from([jun, robin]));
        assert!(board.member(mina).await.unwrap().is_present());
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let imports = server::imports::store::list(read.conn(), team.workspace).await;
        assert!(imports.unwrap().is_empty());
    }

    async fn into_a_private_project_they_come_with_the_rest(t: TestApp) {
        let board = Imported::start(t, fixture()).await;
        let jun = board.of_handle("junbrook").await.unwrap();
        let hidden: ProjectId = Uuid::from_u128(20).into();
        let mut next = 3_000;
        let begin = projects::Mutation::Create {
            id: hidden,
            key: ProjectKey::parse("HID").unwrap(),
            name: name("Hidden"),
            color: Color::Red,
            visibility: Visibility::Private,
            statuses: projects::default_statuses(|| {
                next += 1;
                Uuid::from_u128(next).into()
            }),
        };
        board.team.commit(board.team.owner, begin).await.unwrap();
        let add = projects::Mutation::AddMember { id: hidden, user: jun };
        board.team.commit(board.team.owner, add).await.unwrap();
        let secret = board.invite(&board.olive, "member", jun, &[]).await.unwrap();
        let person = board.team.t.user("jun@example.org").await;
        assert_eq!(accept(&person, &secret).await, "200");
        assert_eq!(person.get("/w/team/HID/board").await.status, 200);
    }

    async fn what_is_more_than_one_change_holds_is_taken_over_whole(t: TestApp) {
        let board = Imported::start(t, busy(1_000)).await;
        let bea = board.of_handle("bea").await.unwrap();
        let mina = board.team.member("mina@example.org", Role::Member).await;
        assert_eq!(board.claim(&board.olive, bea, &mina.to_string()).await, "200");
        assert_eq!((board.work(mina).await, board.work(bea).await), ((1_000, 0), (0, 0)));
        assert_eq!(board.member(bea).await, None);
        assert_eq!(board.noted("members.claimed").await, 1);
    }
}
