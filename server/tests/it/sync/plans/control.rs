//! The control: numbers from a sequence instead of the locked head lose a change, and the checker sees it.
//!
//! A sequence hands out numbers before their transactions commit. Whoever follows the order with a cursor passes a number
//! whose transaction is still open, and never comes back to it. The log itself looks perfect afterwards.

use super::history::{Books, Entry, read_log};
use super::{Team, name};
use crate::harness::{Engine, TestApp, skipped};
use shared::ids::{CommandId, Epoch};
use shared::projects::{self, ProjectPatch};
use shared::sync::protocol::{Frame, Granted, Mode, ServerMessage, Welcome};
use shared::sync::{
    Client, Command, Context, Cover, Event, Lead, Part, Scope, Settings, Snapshot, Tables, changes,
};
use shared::values::Time;
use shared::workspaces;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Postgres, Transaction};
use uuid::Uuid;

/// Where a transaction gets its number from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    /// What we do: the head's row, which stays locked until the commit.
    Head,
    /// What we do not do.
    Sequence,
}

impl Numbers {
    const fn sql(self) -> &'static str {
        match self {
            Numbers::Head => "update control_head set seq = seq + 1 returning seq",
            Numbers::Sequence => "select nextval('control_numbers')",
        }
    }
}

/// A log beside the workspace's own, on the same database.
struct Control {
    pool: PgPool,
    numbers: Numbers,
    /// The workspace as it was when the log began.
    tables: Tables,
    /// The newest number then.
    began: u64,
}

impl Control {
    async fn begin(pool: &PgPool, numbers: Numbers, books: &Books) -> Self {
        let began = books.head;
        for sql in [
            "drop table if exists control_log, control_head".to_owned(),
            "drop sequence if exists control_numbers".to_owned(),
            format!("create sequence control_numbers start {}", began + 1),
            format!("create table control_head as select cast({began} as bigint) as seq"),
            "create table control_log (seq bigint primary key, part text not null)".to_owned(),
        ] {
            sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
        }
        Self {
            pool: pool.clone(),
            numbers,
            tables: books.rows().clone(),
            began,
        }
    }

    /// Takes a number and logs what the command does, without a commit.
    async fn write(&self, context: Context, command: &Command) -> Transaction<'static, Postgres> {
        let mut tx = self.pool.begin().await.unwrap();
        let seq: i64 = sqlx::query_scalar(self.numbers.sql())
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        let writes = command.apply(&self.tables, context).unwrap();
        let (scope, changes) = changes(&self.tables, &writes).remove(0);
        let part = Part {
            seq: seq.try_into().unwrap(),
            scope,
            by: Some(context.actor),
            seen: None,
            changes,
        };
        sqlx::query("insert into control_log values ($1, $2)")
            .bind(seq)
            .bind(serde_json::to_string(&part).unwrap())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx
    }

    async fn since(&self, cursor: u64) -> Vec<Part> {
        let texts: Vec<String> =
            sqlx::query_scalar("select part from control_log where seq > $1 order by seq")
                .bind(i64::try_from(cursor).unwrap())
                .fetch_all(&self.pool)
                .await
                .unwrap();
        let parts = texts.iter().map(|text| serde_json::from_str(text).unwrap());
        parts.collect()
    }

    /// Whether somebody waits for a lock that another one holds.
    async fn somebody_waits(&self) -> bool {
        sqlx::query_scalar(
            "select exists (select from pg_stat_activity \
             where datname = current_database() and wait_event_type = 'Lock')",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }
}

/// Follows the log as a browser does.
fn follow(client: &mut Client, parts: Vec<Part>) {
    let Some(last) = parts.last() else { return };
    let frame = Frame {
        from: client.replica().cursor(),
        to: last.seq,
        parts,
        ..Frame::default()
    };
    client.step(Event::Received(Box::new(ServerMessage::Frame(frame))));
}

fn context(team: &Team, cid: u128) -> Context {
    Context {
        actor: team.owner,
        now: Time(0),
        cid: CommandId::from_uuid(Uuid::from_u128(cid)),
    }
}

/// A browser of the owner that has everything so far.
fn browser(team: &Team, control: &Control) -> Client {
    let epoch = Epoch::from_uuid(Uuid::from_u128(7));
    let covers = vec![Cover::Workspace, Cover::Board(team.project)];
    let rows = control.tables.iter().map(|(_, it)| (it.v, &it.row));
    let snapshot = Snapshot::of(epoch, control.began, covers, rows);
    let scopes = vec![
        Granted(Scope::Workspace, 0),
        Granted(Scope::Project(team.project), 0),
    ];
    let mut client = Client::new(Settings {
        workspace: team.workspace,
        replica: Uuid::from_u128(8).into(),
        me: team.owner,
    });
    client.step(Event::Seeded(snapshot, scopes.clone()));
    client.step(Event::Led(Lead::Leader));
    client.step(Event::Connected);
    let welcome = ServerMessage::Welcome(Welcome {
        epoch,
        head: control.began,
        last_mid: 0,
        scopes,
        server_time: Time(0),
        mode: Mode::CatchUp,
    });
    client.step(Event::Received(Box::new(welcome)));
    client
}

/// Two people write at the same time, somebody follows: what the checker says of it.
async fn race(team: &Team, pool: &PgPool, numbers: Numbers) -> Vec<String> {
    let books = Books::read(&team.t.app.db, team.workspace).await;
    let control = Control::begin(pool, numbers, &books).await;
    let mut client = browser(team, &control);
    let patch = ProjectPatch {
        name: Some(name("Renamed first")),
        ..ProjectPatch::default()
    };
    let first = projects::Mutation::Edit {
        id: team.project,
        patch,
    };
    let second = workspaces::Mutation::Rename {
        id: team.workspace,
        name: name("Renamed second"),
    };
    let slow = control.write(context(team, 501), &first.into()).await;
    let quick = async {
        let quick = control.write(context(team, 502), &second.into()).await;
        quick.commit().await.unwrap();
    };
    let reader = async {
        // The quick one is through, or has to wait for the slow one.
        while control.since(control.began).await.is_empty() && !control.somebody_waits().await {
            tokio::task::yield_now().await;
        }
        follow(&mut client, control.since(control.began).await);
        slow.commit().await.unwrap();
    };
    tokio::join!(quick, reader);
    let news = control.since(client.replica().cursor()).await;
    follow(&mut client, news);

    let mut read = team.t.app.db.snapshot_in(team.workspace).await.unwrap();
    let mut entries = read_log(&mut read, team.workspace).await;
    for part in control.since(control.began).await {
        entries.push(Entry {
            seq: part.seq,
            sender: None,
            cid: CommandId::from_uuid(Uuid::from_u128(500 + u128::from(part.seq))),
            parts: vec![part],
        });
    }
    let books = Books::of(&entries);
    assert_eq!(
        books.problems(),
        [] as [String; 0],
        "the log itself is whole"
    );
    assert_eq!(books.head, control.began + 2);
    books.problems_of(team.owner, &client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_a_sequence_would_lose_a_change_and_the_checker_would_see_it() {
    if skipped() {
        return;
    }
    let team = Team::start(TestApp::start(Engine::Postgres).await).await;
    let pool = PgPool::connect(team.t.database()).await.unwrap();
    assert_eq!(race(&team, &pool, Numbers::Head).await, [] as [String; 0]);
    let problems = race(&team, &pool, Numbers::Sequence).await;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("Renamed first"), "{problems:?}");
}
