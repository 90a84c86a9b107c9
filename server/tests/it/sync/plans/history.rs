//! What people did, what they were told, and what the database says became of it: the checker of all of it.
//!
//! [`History`] is written while things happen. [`Books`] are read afterwards, from the database or from any other log, and
//! keep their own account: they share no code with the hub, the connections or the committer. Each answers with sentences,
//! one for each thing that does not hold; where everything holds there is none.

use server::db::{Db, Snapshot as DbSnapshot};
use server::on_engine;
use server::sync::rows;
use shared::access::sees;
use shared::codes::Code;
use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId};
use shared::members::Member;
use shared::projects::Project;
use shared::sync::protocol::{Outcome, ServerMessage};
use shared::sync::{
    AnyRow, Client, Command, Context, Key, Part, Scope, Snapshot, Stored, Table, Tables, changes,
    take_over,
};
use shared::values::Time;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

/// What happened in front of the server.
#[derive(Default)]
pub(crate) struct History {
    notes: Mutex<Notes>,
    /// How many answers were heard; as many as anybody waits for, once nobody does anything any more.
    answers: watch::Sender<usize>,
}

#[derive(Default)]
struct Notes {
    /// What somebody was told is saved.
    saved: BTreeMap<CommandId, (UserId, Command)>,
    answered: Vec<((ReplicaId, u64), CommandId, Outcome)>,
    /// Something of a scope, as of a number, reached somebody.
    reached: BTreeSet<(UserId, Scope, u64)>,
    /// Ids that reached somebody, in whatever message.
    named: BTreeSet<(UserId, Uuid)>,
}

impl History {
    /// Somebody was told that their command is saved.
    pub(crate) fn saved(&self, cid: CommandId, user: UserId, command: Command) {
        self.notes
            .lock()
            .unwrap()
            .saved
            .insert(cid, (user, command));
    }

    /// Somebody was told what became of their command.
    pub(crate) fn answered(&self, number: (ReplicaId, u64), cid: CommandId, outcome: Outcome) {
        let mut notes = self.notes.lock().unwrap();
        notes.answered.push((number, cid, outcome));
        self.answers.send_replace(notes.answered.len());
    }

    /// Nobody does anything any more.
    pub(crate) fn all_is_done(&self) {
        self.answers.send_replace(usize::MAX);
    }

    /// Waits until so many answers were heard, or nobody does anything any more.
    pub(crate) async fn wait_for_answers(&self, count: usize) {
        let mut answers = self.answers.subscribe();
        answers.wait_for(|heard| *heard >= count).await.unwrap();
    }

    /// Somebody heard a message.
    pub(crate) fn heard(&self, user: UserId, text: &str, message: &ServerMessage) {
        let mut notes = self.notes.lock().unwrap();
        notes.named.extend(ids(text).map(|id| (user, id)));
        if let ServerMessage::Frame(frame) = message {
            let parts = frame.parts.iter();
            notes
                .reached
                .extend(parts.map(|part| (user, part.scope, part.seq)));
        }
    }

    /// Somebody was handed rows.
    pub(crate) fn fetched(&self, user: UserId, snapshot: &Snapshot) {
        let mut notes = self.notes.lock().unwrap();
        for (table, rows) in snapshot.rows.iter() {
            for (_, json) in rows {
                let row = AnyRow::from_json(*table, json.get()).unwrap();
                notes.reached.insert((user, row.scope(), snapshot.seq));
                notes.named.extend(ids(json.get()).map(|id| (user, id)));
            }
        }
    }

    /// What does not hold of what people were told, judged by the books.
    pub(crate) fn problems(&self, books: &Books) -> Vec<String> {
        let notes = self.notes.lock().unwrap();
        let mut problems = Vec::new();
        for cid in notes.saved.keys() {
            let judged = books.verdicts.get(cid).into_iter().flatten();
            let mut verdicts = judged.filter_map(|of| Some(&books.results.get(of)?.1));
            match verdicts.next() {
                None => problems.push(format!("{cid} was saved, and was never judged")),
                // Under another number it is known by its id, and answered the same.
                Some(first) if verdicts.all(|other| other == first) => {}
                Some(_) => problems.push(format!("{cid} was judged more than once")),
            }
        }
        for ((replica, mid), cid, outcome) in &notes.answered {
            let known = books.results.get(&(*replica, *mid));
            if known != Some(&(*cid, outcome.clone())) {
                problems.push(format!(
                    "command {mid} of {replica}, {cid}, was answered {outcome:?}, and is {known:?}"
                ));
            }
        }
        for ((_, mid), (cid, outcome)) in &books.results {
            let (Outcome::Done(seq), None) = (outcome, books.effects.get(cid)) else {
                continue;
            };
            let command = notes.saved.get(cid);
            if command.is_none_or(|(user, command)| books.would_change(*seq, *user, command)) {
                problems.push(format!(
                    "command {mid}, {cid}, was done at {seq} and left nothing"
                ));
            }
        }
        for (user, scope, seq) in &notes.reached {
            if !books.saw(*user, *scope, *seq) {
                problems.push(format!(
                    "something of {scope} as of {seq} reached {user}, who did not see it then"
                ));
            }
        }
        for (user, id) in &notes.named {
            let scopes = books.scopes.get(id).into_iter().flatten();
            let mut scopes = scopes.peekable();
            if scopes.peek().is_some() && !scopes.any(|scope| books.ever_saw(*user, *scope)) {
                problems.push(format!(
                    "{id} was named to {user}, who never saw anything of it"
                ));
            }
        }
        problems
    }
}

/// The ids in a text.
fn ids(text: &str) -> impl Iterator<Item = Uuid> {
    let quoted = text.split(['"', ':']);
    quoted.filter_map(|word| (word.len() == 36).then(|| word.parse().ok())?)
}

/// One number of the order.
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) sender: Option<(ReplicaId, u64)>,
    pub(crate) cid: CommandId,
    pub(crate) parts: Vec<Part>,
}

/// What became of it all.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) head: u64,
    /// What does not hold of the log itself.
    problems: Vec<String>,
    /// The rows that the log leads to, and those after each of its numbers.
    fold: Tables,
    states: BTreeMap<u64, Tables>,
    visible: BTreeMap<UserId, Vec<(u64, BTreeSet<Scope>)>>,
    /// The scopes in which something with an id ever was.
    scopes: BTreeMap<Uuid, BTreeSet<Scope>>,
    effects: BTreeMap<CommandId, u64>,
    results: BTreeMap<(ReplicaId, u64), (CommandId, Outcome)>,
    verdicts: BTreeMap<CommandId, Vec<(ReplicaId, u64)>>,
}

impl Books {
    /// The books of a log, in the order of its numbers.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut books = Self::default();
        let mut senders: BTreeMap<ReplicaId, u64> = BTreeMap::new();
        for entry in entries {
            if entry.seq != books.head + 1 {
                let problem = format!("number {} comes after {}", entry.seq, books.head);
                books.problems.push(problem);
            }
            books.head = entry.seq;
            if let Some(known) = books.effects.insert(entry.cid, entry.seq) {
                let problem = format!("{} took effect at {known} and {}", entry.cid, entry.seq);
                books.problems.push(problem);
            }
            if let Some((replica, mid)) = entry.sender
                && let Some(last) = senders.insert(replica, mid).filter(|last| *last >= mid)
            {
                let problem = format!("command {mid} of {replica} took effect after {last}");
                books.problems.push(problem);
            }
            books.follow(entry);
        }
        books
    }

    fn follow(&mut self, entry: &Entry) {
        let parts: Vec<&Part> = entry.parts.iter().collect();
        for part in &parts {
            for change in &part.changes {
                let scopes = self.scopes.entry(change.key.id).or_default();
                scopes.insert(part.scope);
            }
        }
        if let Err(unreadable) = take_over(&mut self.fold, &parts, |_| true) {
            self.problems.push(format!("{unreadable:?}"));
        }
        self.states.insert(entry.seq, self.fold.clone());
        for member in self.fold.all::<Member>() {
            let mut scopes = BTreeSet::new();
            if member.active {
                scopes.extend([Scope::Workspace, Scope::User(member.id)]);
                let projects = self.fold.all::<Project>();
                let seen =
                    projects.filter(|p| sees(member.role, member.id, p.visibility, &p.members));
                scopes.extend(seen.map(|project| Scope::Project(project.id)));
            }
            let history = self.visible.entry(member.id).or_default();
            if history.last().is_none_or(|(_, known)| *known != scopes) {
                history.push((entry.seq, scopes));
            }
        }
    }

    /// The books of a workspace.
    pub(crate) async fn read(db: &Db, workspace: WorkspaceId) -> Self {
        let mut read = db.snapshot_in(workspace).await.unwrap();
        let entries = read_log(&mut read, workspace).await;
        let mut books = Self::of(&entries);
        books.read_results(&mut read).await;
        books.compare_results(&entries);
        let head: i64 = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select seq from workspace_heads where workspace_id = $1")
                .bind(workspace.uuid())
                .fetch_one(c)
                .await
        })
        .unwrap();
        if number(head) != books.head {
            let problem = format!("the head is {head}, the log ends at {}", books.head);
            books.problems.push(problem);
        }
        let stored = read_rows(&mut read, workspace).await;
        if let Some(difference) = first_difference(books.fold.iter(), stored.iter()) {
            let problem = format!("the log does not lead to the rows: {difference}");
            books.problems.push(problem);
        }
        books
    }

    async fn read_results(&mut self, read: &mut DbSnapshot) {
        let results: Vec<(Uuid, i64, Uuid, String)> = on_engine!(read.conn(), |c| {
            sqlx::query_as("select replica_id, mid, cid, outcome from command_results")
                .fetch_all(c)
                .await
        })
        .unwrap();
        for (replica, mid, cid, outcome) in results {
            let (of, cid) = ((replica.into(), number(mid)), CommandId::from(cid));
            let outcome = serde_json::from_str(&outcome).unwrap();
            self.results.insert(of, (cid, outcome));
            self.verdicts.entry(cid).or_default().push(of);
        }
    }

    /// What took effect was answered so, and nothing that was refused took effect.
    fn compare_results(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Some(sender) = entry.sender else { continue };
            let known = self.results.get(&sender);
            if known != Some(&(entry.cid, Outcome::Done(entry.seq))) {
                let (cid, seq) = (entry.cid, entry.seq);
                let problem = format!("{cid} took effect at {seq}, and is known as {known:?}");
                self.problems.push(problem);
            }
        }
        for (cid, outcome) in self.results.values() {
            let effect = self.effects.get(cid);
            if let Outcome::Refused(rejected) = outcome
                && matches!(rejected.code, Code::Internal | Code::Unavailable)
            {
                let problem = format!("{cid} was refused for no reason of its own: {rejected:?}");
                self.problems.push(problem);
            }
            if matches!(outcome, Outcome::Refused(_)) && effect.is_some() {
                let problem = format!("{cid} was refused and took effect at {effect:?}");
                self.problems.push(problem);
            }
        }
    }

    /// What does not hold of the log and the rows.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What somebody's browser holds otherwise than they should see it, when everything has settled.
    pub(crate) fn problems_of(&self, user: UserId, client: &Client) -> Vec<String> {
        let mut problems = Vec::new();
        let replica = client.replica();
        if !replica.pending().is_empty() {
            problems.push(format!(
                "{user} has unsent changes: {:?}",
                replica.pending()
            ));
        }
        if replica.view() != replica.base() {
            problems.push(format!("{user} sees something else than what is confirmed"));
        }
        if replica.cursor() != self.head {
            let (cursor, head) = (replica.cursor(), self.head);
            problems.push(format!("{user} is at {cursor} of {head}"));
        }
        let theirs = self.fold.iter().filter(|(_, stored)| {
            let row = &stored.row;
            client.has(row.cover()) && self.saw(user, row.scope(), self.head)
        });
        if let Some(difference) = first_difference(replica.base().iter(), theirs) {
            problems.push(format!("{user} has {difference}"));
        }
        for granted in client.scopes() {
            if !self.saw(user, granted.0, self.head) {
                problems.push(format!("{user} believes to see {}", granted.0));
            }
        }
        problems
    }

    /// The rows that the log leads to.
    pub(crate) fn rows(&self) -> &Tables {
        &self.fold
    }

    /// Whether somebody saw a scope as of a number.
    pub(crate) fn saw(&self, user: UserId, scope: Scope, seq: u64) -> bool {
        let history = self.visible.get(&user).map_or(&[][..], Vec::as_slice);
        let at = history.partition_point(|(since, _)| *since <= seq);
        at > 0 && history[at - 1].1.contains(&scope)
    }

    fn ever_saw(&self, user: UserId, scope: Scope) -> bool {
        let mut history = self.visible.get(&user).into_iter().flatten();
        history.any(|(_, scopes)| scopes.contains(&scope))
    }

    /// Whether a command would have changed anything on the rows as of a number.
    fn would_change(&self, seq: u64, actor: UserId, command: &Command) -> bool {
        let context = Context {
            actor,
            now: Time(0),
            cid: CommandId::from_uuid(Uuid::nil()),
        };
        let Some(tables) = self.states.get(&seq) else {
            return true;
        };
        match command.apply(tables, context) {
            Ok(writes) => !changes(tables, &writes).is_empty(),
            Err(_) => true,
        }
    }
}

/// The log of a workspace, in the order of its numbers.
pub(crate) async fn read_log(read: &mut DbSnapshot, workspace: WorkspaceId) -> Vec<Entry> {
    type Logged = (i64, Option<Uuid>, Option<i64>, Uuid);
    let log: Vec<Logged> = on_engine!(read.conn(), |c| {
        sqlx::query_as(
            "select seq, replica_id, mid, cid from tx_log where workspace_id = $1 order by seq",
        )
        .bind(workspace.uuid())
        .fetch_all(c)
        .await
    })
    .unwrap();
    let texts: Vec<(i64, String)> = on_engine!(read.conn(), |c| {
        sqlx::query_as(
            "select seq, part from change_log where workspace_id = $1 order by seq, scope",
        )
        .bind(workspace.uuid())
        .fetch_all(c)
        .await
    })
    .unwrap();
    let mut parts: BTreeMap<i64, Vec<Part>> = BTreeMap::new();
    for (seq, text) in texts {
        let part = serde_json::from_str(&text).unwrap();
        parts.entry(seq).or_default().push(part);
    }
    let entries = log.into_iter().map(|(seq, replica, mid, cid)| Entry {
        seq: number(seq),
        sender: replica.map(ReplicaId::from).zip(mid.map(number)),
        cid: cid.into(),
        parts: parts.remove(&seq).unwrap_or_default(),
    });
    let entries = entries.collect();
    assert!(parts.is_empty(), "changes of no command: {parts:?}");
    entries
}

async fn read_rows(read: &mut DbSnapshot, workspace: WorkspaceId) -> Tables {
    let mut stored = Tables::default();
    for table in Table::ALL {
        let sql = format!("select id from {} where workspace_id = $1", table.as_str());
        let ids: Vec<Uuid> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(workspace.uuid())
                .fetch_all(c)
                .await
        })
        .unwrap();
        for id in ids {
            let key = Key { table: *table, id };
            let row = rows::find(read.conn(), workspace, key).await.unwrap();
            let row = row.unwrap();
            stored.put(row.v, row.row);
        }
    }
    stored
}

fn number(stored: i64) -> u64 {
    stored.try_into().unwrap()
}

/// What one side has and the other has not, or has otherwise.
fn first_difference<'t>(
    ours: impl Iterator<Item = (Key, &'t Stored)>,
    theirs: impl Iterator<Item = (Key, &'t Stored)>,
) -> Option<String> {
    let (mut ours, mut theirs) = (ours.fuse(), theirs.fuse());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => return Some(format!("{ours:?} instead of {theirs:?}")),
        }
    }
}
