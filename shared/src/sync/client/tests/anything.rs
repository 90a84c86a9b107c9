//! Whatever happens, in whatever order, and however absurd: the machine takes it, and what must hold holds.

use super::pages::{Store, keep};
use super::*;
use crate::codes::Code;
use crate::ids::TaskId;
use crate::sync::pending::order;
use crate::sync::{Change, Op, Row as _, Tables};
use crate::tasks::Task;

/// Something that happens, as two numbers that choose among what there is by then.
type Happening = (Kind, usize, usize);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Perform,
    Store,
    Restore,
    Revive,
    Join,
    Open,
    Write,
    LetGo,
    Start,
    Connect,
    Disconnect,
    SignOut,
    Wake,
    Move,
    Lead,
    Tick,
    Want,
    Fetch,
    FailFetch,
    Check,
    Seed,
    Others,
    Welcome,
    Frame,
    Results,
    Say,
    Again,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let kinds = [
        (6, Kind::Perform),
        (6, Kind::Store),
        (2, Kind::Restore),
        (3, Kind::Revive),
        (2, Kind::Join),
        (2, Kind::Open),
        (3, Kind::Write),
        (1, Kind::LetGo),
        (2, Kind::Start),
        (4, Kind::Connect),
        (2, Kind::Disconnect),
        (1, Kind::SignOut),
        (1, Kind::Wake),
        (1, Kind::Move),
        (1, Kind::Lead),
        (4, Kind::Tick),
        (2, Kind::Want),
        (4, Kind::Fetch),
        (1, Kind::FailFetch),
        (1, Kind::Check),
        (1, Kind::Seed),
        (5, Kind::Others),
        (6, Kind::Welcome),
        (12, Kind::Frame),
        (6, Kind::Results),
        (1, Kind::Say),
        (3, Kind::Again),
    ];
    let kinds = kinds.map(|(weight, kind)| (weight, Just(kind)));
    let kind = proptest::strategy::Union::new_weighted(kinds.to_vec());
    proptest::collection::vec((kind, 0_usize..64, 0_usize..64), 1..70)
}

/// A browser and a server that keep to no rule.
struct Chaos {
    world: World,
    client: Client,
    store: Store,
    /// What was kept at some time.
    kept: Vec<Readable>,
    given: u64,
    snapshots: Vec<Snapshot>,
    /// What has happened: of former connections, by now.
    before: Vec<Event>,
}

impl Chaos {
    fn new() -> Self {
        let mut world = World::new();
        let snapshots = vec![world.snapshot()];
        for text in ["a", "b", "c"] {
            world.task(text, 0);
        }
        let mut store = Store::default();
        keep(&mut client(&world), &mut store);
        let client = Client::new(Settings {
            workspace: world.workspace,
            replica: replica(0),
            me: user(Role::Member),
        });
        Self {
            world,
            client,
            store,
            kept: Vec::new(),
            given: 0,
            snapshots,
            before: Vec::new(),
        }
    }

    fn event(&mut self, (kind, a, b): Happening) -> Option<Event> {
        Some(match kind {
            Kind::Perform => {
                let context = context(&mut self.world);
                Event::Perform(Box::new(self.command(a, b)), context)
            }
            Kind::Store => {
                let pending = self.client.replica().pending();
                let unnumbered = pending.iter().find(|it| it.mid.is_none());
                let pending = unnumbered
                    .filter(|_| a % 8 > 0)
                    .or_else(|| pick(pending, b))?;
                let mid = if a % 8 > 1 { self.given + 1 } else { b as u64 };
                let (cid, command) = (pending.cid, pending.command.clone());
                let kept = Kept::of(mid, pending);
                self.kept.push(Readable { kept, command });
                self.given = self.given.max(mid);
                Event::Stored(cid, mid)
            }
            Kind::Restore => {
                let (replica, given, kept) = self.restored(a, b);
                Event::Restored(replica, given, kept)
            }
            Kind::Revive => {
                let (replica, given, kept) = self.restored(a, b);
                Event::Revived(replica, given, kept)
            }
            Kind::Join => Event::Joined(Box::new(match pick(&self.kept, a) {
                Some(kept) if b % 4 > 0 => kept.clone(),
                _ => readable(&self.world, a as u64, b as u128),
            })),
            Kind::Open => self.store.open(),
            Kind::Write => {
                if a % 4 == 0 {
                    return Some(Event::Written(None));
                }
                keep(&mut self.client, &mut self.store);
                return None;
            }
            Kind::LetGo => {
                let task = Task::key_of(self.task(a));
                Event::LetGo(task, ["title", "status", "no such thing"][b % 3].to_owned())
            }
            Kind::Start => Event::Start,
            Kind::Connect => Event::Connected,
            Kind::Disconnect => Event::Disconnected,
            Kind::SignOut => Event::SignedOut,
            Kind::Wake => Event::Woken,
            Kind::Move => Event::Moved(Presence::default()),
            Kind::Lead => Event::Led([Lead::Leader, Lead::Follower][a % 2]),
            Kind::Tick => Event::Tick(
                [
                    Timer::Reconnect,
                    Timer::Ping,
                    Timer::Silence,
                    Timer::Refetch,
                    Timer::Climb,
                    Timer::Check,
                ][a % 6],
            ),
            Kind::Want => Event::Want(self.cover(a)),
            Kind::Fetch => Event::Fetched(self.snapshot(a, b)),
            Kind::FailFetch if b % 2 == 0 => Event::FetchFailed(self.cover(a)),
            Kind::FailFetch => Event::FetchRefused(self.cover(a)),
            Kind::Check => Event::Diverged(self.cover(a)),
            Kind::Seed => Event::Seeded(self.snapshot(a, b), self.scopes(b)),
            Kind::Others => {
                let command = self.command(a, b);
                // What the server refuses did not happen.
                let _refused = self.world.run(user(Role::Manager), command);
                if a % 4 == 0 {
                    self.snapshots.push(self.world.snapshot());
                }
                return None;
            }
            Kind::Welcome | Kind::Frame | Kind::Results | Kind::Say => self.said(kind, a, b),
            Kind::Again => return pick(&self.before, a).cloned(),
        })
    }

    /// What the server says.
    fn said(&self, kind: Kind, a: usize, b: usize) -> Event {
        match kind {
            Kind::Welcome => say(ServerMessage::Welcome(Welcome {
                epoch: epoch(b),
                head: self.number(a),
                last_mid: [0, self.given, a as u64][b % 3],
                scopes: self.scopes(a / 4),
                server_time: Time(i64::try_from(a).unwrap()),
                mode: match b % 16 {
                    0 => Mode::UpgradeRequired,
                    1..5 => Mode::Bootstrap,
                    _ => Mode::CatchUp,
                },
            })),
            Kind::Frame => self.frame(a, b),
            Kind::Results => self.results(a, b),
            _ => say(match a % 6 {
                0 => ServerMessage::Reset { why: String::new() },
                1 => ServerMessage::Kick { why: String::new() },
                2 => ServerMessage::Drain { spread_ms: 0 },
                3 => ServerMessage::Present {
                    project: self.world.project,
                    people: vec![],
                },
                _ => ServerMessage::Pong {
                    t: 0.0,
                    server_time: Time([0, i64::MIN, i64::MAX][b % 3]),
                },
            }),
        }
    }

    fn command(&mut self, a: usize, b: usize) -> Command {
        let id = self.task(b);
        match a % 4 {
            0 => {
                let id = self.world.id();
                self.world.create(id, "new", b % 5, Place::First).into()
            }
            1 => tasks::Mutation::Move {
                id,
                status: self.world.statuses[b % 5],
                place: Place::Last,
            }
            .into(),
            _ => {
                let patch = TaskPatch {
                    title: Some(title(["one", "two", "three"][b % 3])),
                    ..TaskPatch::default()
                };
                tasks::Mutation::Edit { id, patch }.into()
            }
        }
    }

    /// A task, be it there or not.
    fn task(&self, at: usize) -> TaskId {
        let ours = self.client.replica().view().all::<Task>();
        let all: Vec<TaskId> = self
            .world
            .tables
            .all::<Task>()
            .chain(ours)
            .map(|it| it.id)
            .collect();
        pick(&all, at)
            .copied()
            .unwrap_or_else(|| Uuid::from_u128(at as u128).into())
    }

    fn cover(&self, at: usize) -> Cover {
        match at % 3 {
            0 => Cover::Workspace,
            1 => Cover::Board(self.world.project),
            _ => Cover::Task(self.task(at / 3)),
        }
    }

    fn snapshot(&self, a: usize, b: usize) -> Snapshot {
        let mut snapshot = match b % 4 {
            0 => self.snapshots[a % self.snapshots.len()].clone(),
            _ => self.world.snapshot(),
        };
        match a % 16 {
            0 => snapshot.epoch = epoch(0),
            1 => snapshot.digest.rows += 1,
            2 => snapshot.seq += b as u64,
            3 => snapshot.covers = vec![Cover::Workspace],
            _ => {}
        }
        snapshot
    }

    fn scopes(&self, at: usize) -> Vec<Granted> {
        let all = self.world.scopes();
        match at % 8 {
            0 => vec![],
            1 => vec![all[0]],
            2 => vec![all[0], Granted(all[1].0, at as u64)],
            _ => all,
        }
    }

    /// A number of the log, mostly one that there is.
    fn number(&self, at: usize) -> u64 {
        match at % 8 {
            0 => at as u64,
            1 => self.client.replica().cursor(),
            _ => self.world.seq,
        }
    }

    fn restored(&self, a: usize, b: usize) -> (ReplicaId, u64, Vec<Readable>) {
        let is_chosen = |at: &usize| !b.is_multiple_of(4) || (a >> (at % 6)) & 1 == 1;
        let chosen = (0..self.kept.len()).filter(is_chosen);
        let mut kept: Vec<Readable> = chosen.map(|at| self.kept[at].clone()).collect();
        if a.is_multiple_of(8) {
            for (mid, kept) in (1..).zip(&mut kept) {
                kept.kept.mid = mid;
            }
        }
        let given = if a.is_multiple_of(4) {
            b as u64
        } else {
            self.given
        };
        let writer = if a.is_multiple_of(8) {
            replica(b % 3)
        } else {
            self.client.writer()
        };
        (writer, given, kept)
    }

    fn frame(&self, a: usize, b: usize) -> Event {
        let cursor = self.client.replica().cursor();
        let from = if a.is_multiple_of(8) {
            b as u64
        } else {
            cursor
        };
        let to = if a % 16 == 1 {
            b as u64
        } else {
            self.world.seq.min(from + 1 + (b % 3) as u64)
        };
        let mut own = Vec::new();
        if b.is_multiple_of(2) {
            let numbered = self
                .client
                .replica()
                .pending()
                .iter()
                .filter_map(Pending::own);
            own.extend(numbered.take(a % 3));
        }
        if b % 16 == 1 {
            own.push(Own(
                a as u64,
                CommandId::from_uuid(Uuid::from_u128(b as u128)),
            ));
        }
        let log = self
            .world
            .log
            .iter()
            .filter(|part| part.seq > from && part.seq <= to);
        let mut parts: Vec<Part> = log.cloned().collect();
        for part in &mut parts {
            part.seen = (!a.is_multiple_of(4)).then_some(0);
            if b.is_multiple_of(3) {
                part.by = Some(user(Role::Member));
            }
        }
        if b % 16 == 2 {
            let patch = serde_json::json!({ "title": 5 });
            let op = match a % 3 {
                0 => Op::Evict,
                1 => Op::Del,
                _ => Op::Patch(patch.as_object().unwrap().clone()),
            };
            parts.push(Part {
                seq: to,
                scope: Scope::Project(self.world.project),
                by: None,
                seen: None,
                changes: vec![Change {
                    key: Task::key_of(self.task(a)),
                    op,
                }],
            });
        }
        say(ServerMessage::Frame(Frame {
            from,
            to,
            own,
            scopes: (a % 8 == 3).then(|| self.scopes(b)),
            parts,
        }))
    }

    fn results(&self, a: usize, b: usize) -> Event {
        let numbered = self
            .client
            .replica()
            .pending()
            .iter()
            .filter_map(|it| it.mid);
        let mut mids: Vec<u64> = numbered.take(a % 4).collect();
        if a % 8 == 7 {
            mids.push(b as u64);
        }
        let outcome = |mid: u64| match (b as u64 + mid) % 12 {
            0 => Outcome::Gap(mid),
            1 => Outcome::Forked,
            2..5 => Outcome::Refused(Code::NotAllowed.into()),
            _ => Outcome::Done(self.number(b)),
        };
        let results = mids.into_iter().map(|mid| Answer {
            mid,
            outcome: outcome(mid),
        });
        say(ServerMessage::Results {
            results: results.collect(),
        })
    }

    /// Lets something happen, and looks whether that was right.
    fn step(&mut self, event: Event) {
        let before = self.client.clone();
        let was_cut_off = matches!(before.link, Link::Closed | Link::Backoff);
        let effects = self.client.step(event.clone());
        let (now, after) = (&self.client, self.client.replica());
        assert_eq!(
            *after.view(),
            replayed(after),
            "the view is the base with what is pending"
        );
        let unjudged: Vec<_> = after
            .pending()
            .iter()
            .filter(|it| it.done_at.is_none())
            .collect();
        assert!(
            now.doubts || unjudged.is_sorted_by_key(|it| order(it)),
            "in the order of their numbers"
        );
        let may_go_back = matches!(event, Event::Opened(..) | Event::Seeded(..))
            || matches!(&event, Event::Received(it) if matches!(**it, ServerMessage::Welcome(_)));
        assert!(
            may_go_back
                || now.epoch.is_none()
                || now.epoch != before.epoch
                || after.cursor() >= before.replica.cursor(),
            "the cursor went back"
        );
        for pending in before.replica.pending() {
            let stays = after.pending().iter().any(|it| it.cid == pending.cid);
            let is_answered = effects.iter().any(|effect| match effect {
                Effect::Forget(own) => own.1 == pending.cid,
                Effect::Refused(refused) => refused.cid == pending.cid,
                _ => false,
            });
            // The store is right about what was numbered and is not kept any more: that was judged.
            let is_unkept = match &event {
                Event::Restored(_, _, kept) | Event::Revived(_, _, kept) => {
                    pending.mid.is_some() && kept.iter().all(|it| it.kept.cid != pending.cid)
                }
                _ => false,
            };
            assert!(stays || is_answered || is_unkept, "{pending:?} is lost");
        }
        for effect in &effects {
            if let Effect::Send(ClientMessage::Push { commands }) = effect {
                assert!(now.lead == Lead::Leader && now.is_open() && !now.is_reviving);
                assert!(commands.is_sorted_by_key(|it| it.mid));
            }
        }
        let connects = |effect: &&Effect| matches!(effect, Effect::Connect(_));
        assert!(effects.iter().filter(connects).count() <= 1);
        if was_cut_off && matches!(event, Event::Received(_)) {
            assert!(effects.iter().all(|effect| matches!(effect, Effect::Keep)));
        }
        assert!(now.overwritten().len() <= 200);
    }

    /// From now on everything is as it should be.
    fn heal(&mut self) {
        let client = &mut self.client;
        client.upgrade_required = false;
        client.step(Event::Led(Lead::Follower));
        client.step(Event::Led(Lead::Leader));
        client.step(Event::Connected);
        let welcome = say(ServerMessage::Welcome(Welcome {
            epoch: World::epoch(),
            head: self.world.seq,
            last_mid: 0,
            scopes: self.world.scopes(),
            server_time: Time(0),
            mode: Mode::Bootstrap,
        }));
        take(client, welcome);
        client.step(Event::Want(Cover::Workspace));
        client.step(Event::Want(Cover::Board(self.world.project)));
        client.step(Event::Fetched(self.world.snapshot()));
        assert_eq!(client.link, Link::Live);
        assert_eq!(client.boot, Boot::Ready);
        let rows = |tables: &Tables| {
            let covered = tables.iter().filter(|(_, it)| client.has(it.row.cover()));
            covered
                .map(|(key, it)| (key, it.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(client.replica().base()), rows(&self.world.tables));
    }
}

fn replica(at: usize) -> ReplicaId {
    ReplicaId::from_uuid(Uuid::from_u128(77 + at as u128))
}

fn epoch(at: usize) -> Epoch {
    match at % 16 {
        0 => Epoch::from_uuid(Uuid::from_u128(8)),
        _ => World::epoch(),
    }
}

fn pick<T>(all: &[T], at: usize) -> Option<&T> {
    all.get(at.checked_rem(all.len())?)
}

fn replayed(replica: &crate::sync::Replica) -> Tables {
    let mut rows = replica.base().clone();
    for pending in replica.pending() {
        for (key, row) in pending
            .command
            .apply(&rows, pending.context)
            .unwrap_or_default()
        {
            let v = rows.find(key).map_or(0, |stored| stored.v);
            match row {
                Some(row) => drop(rows.put(v, row)),
                None => drop(rows.remove(key)),
            }
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_is_taken_and_nothing_is_lost(happenings in happenings()) {
        let mut chaos = Chaos::new();
        for happening in happenings {
            if let Some(event) = chaos.event(happening) {
                chaos.before.push(event.clone());
                chaos.step(event);
            }
        }
        chaos.heal();
    }
}
