//! The commit path against a model of it in a few lines, through random pushes, requests and groups of two servers.

use super::plans::Books;
use super::{Team, task};
use crate::harness::{Client, Engine, TestApp, skipped};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::value::RawValue;
use server::access::Actor;
use server::http::Error;
use server::on_engine;
use server::sync::Sync;
use shared::codes::Code;
use shared::ids::{CommandId, ReplicaId};
use shared::sync::Command;
use shared::sync::protocol::{Answer, Numbered, Outcome, Push, ServerMessage};
use shared::tasks::{self, TaskPatch};
use shared::values::Title;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A command, as far as the model knows any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Create(u8),
    Rename(u8, u8),
    Nonsense,
}

#[derive(Clone, Debug)]
enum Happening {
    /// A writer sends commands: some again, some new, perhaps past a gap, perhaps under numbers that were another's.
    Push {
        writer: u8,
        /// How far back the first one is that was judged before.
        again: Index,
        fresh: Vec<Wish>,
        gap: bool,
        forked: bool,
    },
    /// A request, on one server or the other: all of it or nothing.
    Group(bool, Vec<Wish>),
    /// The second server begins anew, and knows nothing.
    Restart,
}

/// What was decided: the number, or why not.
type Verdict = Result<u64, Code>;

/// What a pushed command is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Judged(Verdict),
    Gap(u64),
    Forked,
}

#[derive(Clone, Debug, Default)]
struct Model {
    titles: BTreeMap<u8, u8>,
    /// Counted from the beginning of the history.
    seq: u64,
    /// What each writer's commands were, and what became of them.
    judged: BTreeMap<u8, Vec<(Numbering, Verdict)>>,
    cids: u128,
    /// What the last happening was to send, and what is to come back.
    sends: Vec<(Numbering, Expected)>,
    verdict: Option<Verdict>,
}

/// A command with its number and the number in its id.
type Numbering = (u64, u128, Wish);

impl Model {
    fn carry_out(&mut self, wish: Wish) -> Verdict {
        match wish {
            Wish::Create(id) if self.titles.contains_key(&id) => return Err(Code::AlreadyExists),
            Wish::Rename(id, _) if !self.titles.contains_key(&id) => return Err(Code::NotFound),
            Wish::Nonsense => return Err(Code::InvalidValue),
            // It is so already: done, and nothing happened.
            Wish::Rename(id, word) if self.titles[&id] == word => return Ok(self.seq),
            Wish::Create(id) => drop(self.titles.insert(id, 0)),
            Wish::Rename(id, word) => drop(self.titles.insert(id, word)),
        }
        self.seq += 1;
        Ok(self.seq)
    }

    fn cid(&mut self) -> u128 {
        self.cids += 1;
        self.cids
    }

    fn push(&mut self, writer: u8, again: Index, fresh: &[Wish], gap: bool, forked: bool) {
        let judged = self.judged.entry(writer).or_default().clone();
        let from = again.index(judged.len() + 1);
        for (numbering, verdict) in &judged[from..] {
            let (mid, cid, wish) = *numbering;
            if forked {
                let other = (mid, self.cid(), wish);
                self.sends.push((other, Expected::Forked));
            } else {
                let expected = Expected::Judged(*verdict);
                self.sends.push(((mid, cid, wish), expected));
            }
        }
        let next = judged.len() as u64 + 1;
        let has_forked = forked && from < judged.len();
        for (mid, wish) in (next + u64::from(gap)..).zip(fresh) {
            let numbering = (mid, self.cid(), *wish);
            if has_forked {
                self.sends.push((numbering, Expected::Forked));
                continue;
            }
            if gap {
                self.sends.push((numbering, Expected::Gap(next)));
                continue;
            }
            let verdict = self.carry_out(*wish);
            let judged = self.judged.entry(writer).or_default();
            judged.push((numbering, verdict));
            self.sends.push((numbering, Expected::Judged(verdict)));
        }
    }

    fn group(&mut self, wishes: &[Wish]) -> Verdict {
        let before = self.clone();
        for wish in wishes {
            if let Err(code) = self.carry_out(*wish) {
                *self = before;
                return Err(code);
            }
        }
        Ok(self.seq)
    }
}

struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Model;
    type Transition = Happening;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Happening> {
        let known = || {
            prop_oneof![
                2 => (0..5_u8).prop_map(Wish::Create),
                3 => (0..5_u8, 0..3_u8).prop_map(|(id, word)| Wish::Rename(id, word)),
            ]
        };
        let one = prop_oneof![9 => known(), 1 => Just(Wish::Nonsense)];
        let fresh = proptest::collection::vec(one, 0..5);
        let rarely = || proptest::bool::weighted(0.15);
        let push = (0..3_u8, any::<Index>(), fresh, rarely(), rarely()).prop_map(
            |(writer, again, fresh, gap, forked)| Happening::Push {
                writer,
                again,
                fresh,
                gap,
                forked,
            },
        );
        let group = (any::<bool>(), proptest::collection::vec(known(), 1..4));
        prop_oneof![
            6 => push,
            3 => group.prop_map(|(here, wishes)| Happening::Group(here, wishes)),
            1 => Just(Happening::Restart),
        ]
        .boxed()
    }

    fn apply(mut model: Model, happening: &Happening) -> Model {
        model.sends.clear();
        model.verdict = None;
        match happening {
            Happening::Push {
                writer,
                again,
                fresh,
                gap,
                forked,
            } => model.push(*writer, *again, fresh, *gap, *forked),
            Happening::Group(_, wishes) => model.verdict = Some(model.group(wishes)),
            Happening::Restart => {}
        }
        model
    }
}

/// Two servers on one database.
struct Servers {
    runtime: Runtime,
    team: Team,
    client: Client,
    other: Sync,
    /// The number at which the history began.
    began: u64,
}

impl Servers {
    fn start(engine: Engine) -> Self {
        let runtime = Runtime::new().unwrap();
        let (team, client, other, began) = runtime.block_on(async {
            let team = Team::start(TestApp::start(engine).await).await;
            let client = team.t.token("olive@example.org").await;
            let began = team.t.app.sync.hub(team.workspace).await.unwrap().now().0;
            let other = team.other_node();
            (team, client, other, began)
        });
        Self {
            runtime,
            team,
            client,
            other,
            began,
        }
    }

    fn command(&self, wish: Wish) -> Option<Command> {
        Some(match wish {
            Wish::Create(id) => self.team.create(id.into(), "word 0").into(),
            Wish::Rename(id, word) => tasks::Mutation::Edit {
                id: task(id.into()),
                patch: TaskPatch {
                    title: Some(Title::parse(&format!("word {word}")).unwrap()),
                    ..TaskPatch::default()
                },
            }
            .into(),
            Wish::Nonsense => return None,
        })
    }

    fn numbered(&self, (mid, cid, wish): Numbering) -> Numbered {
        let json = match self.command(wish) {
            Some(command) => serde_json::to_string(&command).unwrap(),
            None => r#"{"tasks":{"explode":{}}}"#.to_owned(),
        };
        Numbered {
            mid,
            cid: CommandId::from_uuid(Uuid::from_u128(10_000 + cid)),
            seen: None,
            command: RawValue::from_string(json).unwrap(),
        }
    }

    async fn push(&self, writer: u8, sends: &[(Numbering, Expected)]) {
        let commands = sends.iter().map(|(numbering, _)| self.numbered(*numbering));
        let push = Push {
            replica: ReplicaId::from_uuid(Uuid::from_u128(500 + u128::from(writer))),
            commands: commands.collect(),
        };
        let path = format!("/sync/push?workspace={}", self.team.workspace);
        let push = serde_json::to_value(push).unwrap();
        let answer = self.client.post(&path, push).await;
        let Ok(ServerMessage::Results { results }) = serde_json::from_slice(&answer.body) else {
            panic!("results were expected, not {}", answer.text());
        };
        let told: Vec<(u64, Expected)> = results.into_iter().map(|it| self.told(it)).collect();
        let expected = sends.iter().map(|((mid, ..), expected)| (*mid, *expected));
        assert_eq!(told, expected.collect::<Vec<_>>());
    }

    fn told(&self, answer: Answer) -> (u64, Expected) {
        let told = match answer.outcome {
            Outcome::Done(seq) => Expected::Judged(Ok(seq - self.began)),
            Outcome::Refused(rejected) => Expected::Judged(Err(rejected.code)),
            Outcome::Gap(next) => Expected::Gap(next),
            Outcome::Forked => Expected::Forked,
        };
        (answer.mid, told)
    }

    async fn group(&self, here: bool, wishes: &[Wish], expected: Verdict) {
        let engine = if here {
            &self.team.t.app.sync
        } else {
            &self.other
        };
        let commands = wishes.iter().filter_map(|wish| self.command(*wish));
        let commands: Vec<Command> = commands.collect();
        let (workspace, owner) = (self.team.workspace, self.team.owner);
        let told = match engine
            .commit_all(workspace, Actor::unlimited(owner), commands)
            .await
        {
            Ok(seq) => Ok(seq - self.began),
            Err(Error::Refused(rejected)) => Err(rejected.code),
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(told, expected);
    }

    async fn agree_with(&self, model: &Model) {
        let mut read = self.team.t.app.db.unfenced().read().await.unwrap();
        let titles: Vec<(Uuid, String)> = on_engine!(read.conn(), |c| {
            sqlx::query_as("select id, title from tasks order by id")
                .fetch_all(c)
                .await
        })
        .unwrap();
        drop(read);
        let expected = model.titles.iter().map(|(id, word)| {
            let id = task(u128::from(*id)).uuid();
            (id, format!("word {word}"))
        });
        assert_eq!(titles, expected.collect::<Vec<_>>());
    }
}

struct TheCommitPath<const ON_POSTGRES: bool>;

impl<const ON_POSTGRES: bool> StateMachineTest for TheCommitPath<ON_POSTGRES> {
    /// Nothing, where the tests on PostgreSQL are left out.
    type SystemUnderTest = Option<Servers>;
    type Reference = Histories;

    fn init_test(_: &Model) -> Option<Servers> {
        let engine = match ON_POSTGRES {
            true if skipped() => return None,
            true => Engine::Postgres,
            false => Engine::Sqlite,
        };
        Some(Servers::start(engine))
    }

    fn apply(servers: Option<Servers>, model: &Model, happening: Happening) -> Option<Servers> {
        let mut servers = servers?;
        let runtime = &servers.runtime;
        match happening {
            Happening::Push { writer, .. } => runtime.block_on(servers.push(writer, &model.sends)),
            Happening::Group(here, wishes) => {
                let expected = model.verdict.expect("a group has one");
                runtime.block_on(servers.group(here, &wishes, expected));
            }
            Happening::Restart => servers.other = servers.team.other_node(),
        }
        servers.runtime.block_on(servers.agree_with(model));
        Some(servers)
    }

    fn teardown(servers: Option<Servers>, model: Model) {
        let Some(servers) = servers else { return };
        servers.runtime.block_on(async {
            let team = &servers.team;
            let books = Books::read(&team.t.app.db, team.workspace).await;
            assert_eq!(books.problems(), [] as [String; 0]);
            assert_eq!(books.head, servers.began + model.seq);
        });
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_commit_path_does_what_its_model_does_on_sqlite(sequential 1..25 => TheCommitPath<false>);

    #[test]
    fn the_commit_path_does_what_its_model_does_on_postgres(sequential 1..25 => TheCommitPath<true>);
}
