//! Many people at once over bad connections to the real server, and a checker over everything that happened.
//!
//! [`page`] is a browser without a screen, [`way`] its connections, [`history`] the checker. A seed decides what everybody
//! does and what goes wrong on which connection after how many bytes; who is faster is left to the machine, as it must not
//! matter.

mod control;
mod history;
mod link;
mod page;
mod processes;
mod way;

use super::{Team, name};
use crate::harness::{Engine, TestApp, on_both_engines};
pub(super) use history::Books;
use history::History;
use page::{Page, Setup};
use server::db::Db;
use shared::access::Role;
use shared::ids::ProjectId;
use shared::members::{self, Member};
use shared::projects::{self, Visibility};
use shared::sync::sim::Chance;
use shared::sync::{Scope, Transport};
use shared::values::{Color, ProjectKey};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;
use way::Way;

/// Far longer than any plan takes: only what hangs is ended by it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who takes part, and what their network lets through.
const PEOPLE: [(Role, Transport); 6] = [
    (Role::Owner, Transport::Socket),
    (Role::Admin, Transport::Socket),
    (Role::Manager, Transport::Stream),
    (Role::Member, Transport::Socket),
    (Role::Member, Transport::Poll),
    (Role::Guest, Transport::Socket),
];

/// People in front of their browsers.
struct Crowd {
    pages: Vec<Page>,
    history: Arc<History>,
    servers: watch::Sender<Vec<SocketAddr>>,
}

impl Crowd {
    /// Signs people up and sits them down.
    async fn gather(team: &Team, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        for (n, key) in (10..).zip(["ONE", "TWO"]) {
            let begin = projects::Mutation::Create {
                id: ProjectId::from_uuid(Uuid::from_u128(n)),
                key: ProjectKey::parse(key).unwrap(),
                name: name(key),
                color: Color::Green,
                visibility: Visibility::Private,
                statuses: projects::default_statuses(|| chance.id()),
            };
            team.commit(team.owner, begin).await.unwrap();
        }
        let history = Arc::new(History::default());
        let servers = watch::Sender::new(vec![team.t.address]);
        let mut pages = Vec::new();
        for (n, (role, lets)) in (0..).zip(PEOPLE) {
            let user = match role {
                Role::Owner => team.owner,
                role => team.member(&format!("person{n}@example.org"), role).await,
            };
            let setup = Setup {
                user,
                token: team.token(user).await,
                workspace: team.workspace,
                seed: seed * 100 + n,
            };
            let way = Way::open(servers.subscribe(), seed * 100 + 50 + n, lets).await;
            pages.push(Page::open(setup, way, history.clone()));
        }
        Self {
            pages,
            history,
            servers,
        }
    }

    /// Everybody does so many things at the same time.
    async fn act(&mut self, deeds: usize, churn: u64) {
        let acting = self.pages.iter_mut().map(|page| page.act(deeds, churn));
        let acted = timeout(PATIENCE, futures::future::join_all(acting)).await;
        assert!(acted.is_ok(), "{}", self.state());
    }

    /// Nothing goes wrong any more; waits until everything is sent, everybody has everything, and nobody is shut out.
    async fn settle(&mut self, db: &Db, team: &Team) -> Books {
        for page in &mut self.pages {
            page.heal().await;
        }
        let mut head = 0;
        loop {
            let everybody = self.pages.iter_mut().map(|page| page.settle(head));
            let settled = timeout(PATIENCE, futures::future::join_all(everybody)).await;
            assert!(settled.is_ok(), "{}", self.state());
            let books = Books::read(db, team.workspace).await;
            let is_shut_out = |member: &Arc<Member>| !member.active;
            if books.head == head && !books.rows().all::<Member>().any(is_shut_out) {
                return books;
            }
            head = books.head;
        }
    }

    /// Everything holds.
    fn check(&self, books: &Books) {
        let problems = self.problems(books);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    /// What does not hold, in sentences.
    fn problems(&self, books: &Books) -> Vec<String> {
        let mut problems = books.problems().to_vec();
        problems.extend(self.history.problems(books));
        for page in &self.pages {
            let of_page = books.problems_of(page.user(), page.client());
            if !of_page.is_empty() {
                problems.push(page.trace());
            }
            problems.extend(of_page);
            for cover in page.lacks() {
                let is_there = match cover {
                    shared::sync::Cover::Workspace => true,
                    shared::sync::Cover::Board(id) => {
                        books.saw(page.user(), Scope::Project(id), books.head)
                    }
                    shared::sync::Cover::Task(id) => {
                        let task = books.rows().get::<shared::tasks::Task>(id);
                        task.is_some_and(|task| {
                            books.saw(page.user(), Scope::Project(task.project), books.head)
                        })
                    }
                };
                if is_there {
                    problems.push(format!("{} lacks {cover:?}", page.user()));
                }
            }
        }
        problems
    }

    /// Where everybody is, for whoever looks for what hangs.
    fn state(&self) -> String {
        let lines = self.pages.iter().map(Page::describe);
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Lets in again whoever was shut out, so that they can send what they have; as often as somebody is.
async fn let_everybody_in(team: &Team) {
    let app = &team.t.app;
    let mut head = app.sync.hub(team.workspace).await.unwrap().watch();
    loop {
        head.borrow_and_update();
        let mut read = app.db.read_in(team.workspace).await.unwrap();
        let stored = server::members::store::list(read.conn(), team.workspace).await;
        drop(read);
        let members: Vec<Member> = stored.unwrap().into_iter().map(|it| it.row).collect();
        let owns = |member: &&Member| member.active && member.role == Role::Owner;
        let owner = members.iter().find(owns).unwrap().id;
        let shut_out = members.iter().find(|member| !member.active);
        let Some(member) = shut_out else {
            head.changed().await.unwrap();
            continue;
        };
        let let_in = members::Mutation::SetActive {
            id: member.id,
            active: true,
        };
        // The owner may have been shut out meanwhile.
        drop(team.commit(owner, let_in).await);
    }
}

on_both_engines! {
    async fn whatever_goes_wrong_on_the_way_nothing_is_lost_and_all_agree(engine: Engine) {
        for seed in 1..=2 {
            let team = Team::start(TestApp::start(engine).await).await;
            let mut crowd = Crowd::gather(&team, seed).await;
            crowd.act(40, if seed % 2 == 0 { 16 } else { 0 }).await;
            let books = tokio::select! {
                books = crowd.settle(&team.t.app.db, &team) => books,
                () = let_everybody_in(&team) => unreachable!("the doorman stays"),
            };
            crowd.check(&books);
        }
    }
}
