//! What a command's `apply` sees: the rows as one actor may see them, and a place for its writes.
//!
//! **Invariant:** a transaction reads no clock and no random source; time comes from the server, chance from the
//! command's id. The same rows, command and context give the same writes on every target.

use super::command::Need;
use super::rows::{AnyRow, Key, List, Row, Scope, Table};
use super::tables::Tables;
use crate::access::{self, Action, Relation, Role};
use crate::codes::{Code, Rejected};
use crate::ids::{CommandId, UserId};
use crate::limits::Limits;
use crate::members::Member;
use crate::projects::Project;
use crate::values::{Place, Rank, Time};
use crate::workspaces::Workspace;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// The most rows one command may change; larger work comes in several commands.
pub const CHANGED_ROWS_MAX: usize = 500;

/// Who carries out a command, when, and as which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The person.
    pub actor: UserId,
    /// The server's time; in a browser its best guess, replaced when the change comes back.
    pub now: Time,
    /// The command.
    pub cid: CommandId,
}

/// The rows that a command wrote: the new version, or nothing where it was deleted.
pub type Writes = BTreeMap<Key, Option<AnyRow>>;

/// One command's view and writes.
pub struct Tx<'a> {
    tables: &'a Tables,
    context: Context,
    limits: Limits,
    writes: Writes,
    rows_max: usize,
}

impl<'a> Tx<'a> {
    /// A transaction over rows.
    pub fn new(tables: &'a Tables, context: Context) -> Self {
        Self::limited(tables, context, Limits::default())
    }

    /// A transaction of a program that may less than who it acts for.
    pub fn limited(tables: &'a Tables, context: Context, limits: Limits) -> Self {
        Self {
            tables,
            context,
            limits,
            writes: Writes::new(),
            rows_max: CHANGED_ROWS_MAX,
        }
    }

    /// Lets this command change more rows than others, as it could not be done in parts.
    pub fn allow(&mut self, rows_max: usize) {
        self.rows_max = rows_max;
    }

    /// Who acts, and when.
    pub fn context(&self) -> Context {
        self.context
    }

    /// The server's time.
    pub fn now(&self) -> Time {
        self.context.now
    }

    /// What was written, by key. A write that changes nothing is none: it leaves no trace, not even a newer version.
    pub fn into_writes(self) -> Writes {
        let (tables, mut writes) = (self.tables, self.writes);
        writes.retain(|key, row| tables.find(*key).map(|stored| &stored.row) != row.as_ref());
        writes
    }

    fn any(&self, key: Key) -> Option<&AnyRow> {
        match self.writes.get(&key) {
            Some(written) => written.as_ref(),
            None => self.tables.find(key).map(|stored| &stored.row),
        }
    }

    /// A row regardless of who asks: for rules that must hold even where the actor cannot look.
    pub fn peek<R: Row>(&self, id: R::Id) -> Option<Arc<R>> {
        self.any(R::key_of(id)).and_then(R::from_any).cloned()
    }

    /// A row that the actor sees; [`Code::NotFound`] where it is absent or hidden, without telling which.
    pub fn get<R: Row>(&self, id: R::Id) -> Result<Arc<R>, Rejected> {
        let row = self.peek::<R>(id).ok_or(Code::NotFound)?;
        if self.sees(row.scope()) {
            Ok(row)
        } else {
            Err(Code::NotFound.into())
        }
    }

    fn sees(&self, scope: Scope) -> bool {
        if !self.limits.cover(scope) {
            return false;
        }
        match (scope, self.actor()) {
            (Scope::Workspace, Ok(_)) => true,
            (Scope::User(user), Ok(actor)) => user == actor.id,
            (Scope::Project(id), Ok(actor)) => self
                .peek::<Project>(id)
                .is_some_and(|p| access::sees(actor.role, actor.id, p.visibility, &p.members)),
            (_, Err(_)) => false,
        }
    }

    /// The actor's membership; nobody else may do anything, and in a deleted workspace nobody may.
    pub fn actor(&self) -> Result<Arc<Member>, Rejected> {
        let is_deleted = |it: &Arc<Workspace>| it.deleted_at.is_some();
        match self.peek::<Member>(self.context.actor) {
            Some(member) if member.active && !self.tables.all().any(is_deleted) => Ok(member),
            _ => Err(Code::NotFound.into()),
        }
    }

    /// Asks the matrix about something in the workspace that belongs to no project.
    pub fn require(&self, action: Action) -> Result<(), Rejected> {
        self.require_own(action, false)
    }

    /// Asks the matrix about something in the workspace that belongs to no project, and may be the actor's own.
    pub fn require_own(&self, action: Action, own: bool) -> Result<(), Rejected> {
        // Where there is no project, being in the workspace is what being in the project is elsewhere.
        self.judge(
            action,
            Relation {
                own,
                in_project: true,
                ..Relation::default()
            },
        )?;
        if self.limits.reach_all() {
            Ok(())
        } else {
            Err(Code::InsufficientScope.into())
        }
    }

    /// Asks the limits alone about something of the whole workspace, where the matrix has nobody to judge.
    pub fn require_unlimited(&self, action: Action) -> Result<(), Rejected> {
        if self.limits.allow_everywhere(action) {
            Ok(())
        } else {
            Err(Code::InsufficientScope.into())
        }
    }

    /// Asks the limits alone whether somebody may be given a role by whoever acts.
    pub fn require_giving(&self, role: Role) -> Result<(), Rejected> {
        if self.limits.give(role) {
            Ok(())
        } else {
            Err(Code::InsufficientScope.into())
        }
    }

    /// Asks the matrix about something in a project.
    pub fn require_in(&self, action: Action, project: &Project) -> Result<(), Rejected> {
        self.require_of(action, project, Relation::default())
    }

    /// Asks the matrix about something in a project that the actor made or is assigned to.
    pub fn require_of(
        &self,
        action: Action,
        project: &Project,
        relation: Relation,
    ) -> Result<(), Rejected> {
        let actor = self.actor()?;
        if !self.limits.show(project.id) {
            return Err(Code::NotFound.into());
        }
        let in_project =
            access::in_project(actor.role, actor.id, project.visibility, &project.members);
        self.judge(
            action,
            Relation {
                in_project,
                ..relation
            },
        )
    }

    fn judge(&self, action: Action, relation: Relation) -> Result<(), Rejected> {
        if !access::can(self.actor()?.role, action, relation) {
            Err(Code::NotAllowed.into())
        } else if !self.limits.allow(action) {
            Err(Code::InsufficientScope.into())
        } else {
            Ok(())
        }
    }

    /// Writes a row.
    pub fn put<R: Row>(&mut self, row: R) -> Result<(), Rejected> {
        self.write(R::key_of(row.id()), Some(Arc::new(row).into_any()))
    }

    /// Deletes a row for good.
    pub fn delete<R: Row>(&mut self, id: R::Id) -> Result<(), Rejected> {
        self.write(R::key_of(id), None)
    }

    fn write(&mut self, key: Key, row: Option<AnyRow>) -> Result<(), Rejected> {
        self.writes.insert(key, row);
        if self.writes.len() > self.rows_max {
            let rows_max = self.rows_max;
            let text = format!("One change can touch at most {rows_max} things. Do it in parts.");
            return Err(Rejected::new(Code::TooLarge, text));
        }
        Ok(())
    }

    /// Refuses an id that is in use.
    pub fn require_new<R: Row>(&self, id: R::Id) -> Result<(), Rejected> {
        if self.any(R::key_of(id)).is_some() {
            Err(Code::AlreadyExists.into())
        } else {
            Ok(())
        }
    }

    /// Every row of a type, as the actor's writes left them, hidden ones too: rules filter for themselves.
    pub fn all<R: Row>(&self) -> Vec<Arc<R>> {
        let settled = self.tables.range(R::TABLE);
        let mut rows = Writes::new();
        rows.extend(settled.map(|(key, stored)| (key, Some(stored.row.clone()))));
        rows.extend(
            self.table_writes(R::TABLE)
                .map(|(key, row)| (*key, row.clone())),
        );
        let row = |row: &Option<AnyRow>| row.as_ref().and_then(R::from_any).cloned();
        rows.values().filter_map(row).collect()
    }

    fn table_writes(&self, table: Table) -> impl Iterator<Item = (&Key, &Option<AnyRow>)> {
        self.writes
            .iter()
            .filter(move |(key, _)| key.table == table)
    }

    /// The members of a list in order, with this transaction's writes.
    pub fn list(&self, list: List) -> Vec<(Rank, Uuid)> {
        let mut members: Vec<(Rank, Uuid)> = self.settled(list).cloned().collect();
        for (rank, id) in self.written(list) {
            let member = (rank.clone(), id);
            let at = members.partition_point(|other| *other < member);
            members.insert(at, member);
        }
        members
    }

    fn settled(&self, list: List) -> impl DoubleEndedIterator<Item = &(Rank, Uuid)> {
        self.tables
            .ranked(list)
            .filter(move |(_, id)| !self.is_written(list, *id))
    }

    fn is_written(&self, list: List, id: Uuid) -> bool {
        self.writes.contains_key(&Key {
            table: list.table(),
            id,
        })
    }

    fn written(&self, list: List) -> impl Iterator<Item = (&Rank, Uuid)> {
        self.table_writes(list.table())
            .filter_map(move |(key, row)| {
                let (of, rank) = row.as_ref()?.place()?;
                (of == list).then_some((rank, key.id))
            })
    }

    /// A rank for putting `moving` at a place of a list. The neighbours are those of now, not those that the person saw.
    pub fn rank_at<Id: Copy + Into<Uuid>>(
        &self,
        list: List,
        moving: Uuid,
        place: Place<Id>,
    ) -> Rank {
        let others = Others {
            tx: self,
            list,
            moving,
        };
        let (lower, upper) = match place {
            Place::First => (None, others.next(None)),
            Place::Last => (others.previous(None), None),
            Place::Near { after, before } => {
                let after = after.and_then(|id| others.rank_of(id.into()));
                let before = before.and_then(|id| others.rank_of(id.into()));
                match (after, before) {
                    (Some(after), _) => {
                        let next = others.next(Some(&after));
                        (Some(after), next)
                    }
                    (None, Some(before)) => (others.previous(Some(&before)), Some(before)),
                    (None, None) => (others.previous(None), None),
                }
            }
        };
        Rank::between(
            lower.as_ref(),
            upper.as_ref(),
            entropy(self.context.cid, moving),
        )
    }
}

/// How many things are spread out at once, on each side of the one whose rank has become long.
const SPREAD_BESIDE_MAX: usize = 200;

impl Tx<'_> {
    /// New ranks for what stands around something in a list, where they have become long. The order stays as it is.
    ///
    /// Long ranks stand together: they come of putting things at one place again and again. So few are changed, and the
    /// neighbours with short ranks, between which they are spread out, stay where they are.
    pub fn spread(&self, list: List, around: Uuid) -> Vec<(Uuid, Rank)> {
        let members = self.list(list);
        let Some(window) = window(&members, around) else {
            return Vec::new();
        };
        let (lower, upper) = (window.start.checked_sub(1), window.end);
        let rank = |at: usize| members.get(at).map(|(rank, _)| rank);
        let ranks = Rank::among(lower.and_then(rank), rank(upper), window.len());
        let ids = members[window].iter().map(|(_, id)| *id);
        ids.zip(ranks).collect()
    }
}

/// Which members of a list are spread out around one of them.
fn window(members: &[(Rank, Uuid)], around: Uuid) -> Option<std::ops::Range<usize>> {
    let at = members.iter().position(|(_, id)| *id == around)?;
    let is_short = |member: &&(Rank, Uuid)| member.0.is_short();
    let above = members[..at].iter().rev().take(SPREAD_BESIDE_MAX);
    let above = above.take_while(|it| !is_short(it)).count();
    let below = members[at + 1..].iter().take(SPREAD_BESIDE_MAX);
    let below = below.take_while(|it| !is_short(it)).count();
    Some(at - above..at + 1 + below)
}

/// The rows whose ranks are spread out around something, once its list is known.
pub(crate) fn spread_needs(tables: &Tables, list: List, around: Uuid) -> Vec<Need> {
    let members: Vec<(Rank, Uuid)> = tables.ranked(list).cloned().collect();
    let window = window(&members, around).unwrap_or_default();
    let table = list.table();
    let need = |(_, id): &(Rank, Uuid)| Need::Row(Key { table, id: *id });
    members[window].iter().map(need).collect()
}

/// The other members of a list, seen from something that is being placed.
struct Others<'t, 'a> {
    tx: &'t Tx<'a>,
    list: List,
    moving: Uuid,
}

impl Others<'_, '_> {
    fn rank_of(&self, id: Uuid) -> Option<Rank> {
        if id == self.moving {
            return None;
        }
        let row = self.tx.any(Key {
            table: self.list.table(),
            id,
        });
        if let Some(row) = row {
            let (list, rank) = row.place()?;
            return (list == self.list).then(|| rank.clone());
        }
        // The server may know the order of a list without having read its rows.
        self.tx
            .settled(self.list)
            .find(|(_, other)| *other == id)
            .map(|(rank, _)| rank.clone())
    }

    /// The smallest rank above `than`. Strictly: a run of equal ranks is passed over, as nothing fits inside it.
    fn next(&self, than: Option<&Rank>) -> Option<Rank> {
        let settled = self.tx.tables.ranked_set(self.list).and_then(|set| {
            let from = than.map_or((Rank::default(), Uuid::nil()), |rank| {
                (rank.clone(), Uuid::max())
            });
            set.range(from..)
                .find(|(rank, id)| {
                    *id != self.moving && Some(rank) != than && !self.tx.is_written(self.list, *id)
                })
                .map(|(rank, _)| rank)
        });
        let written = self
            .written()
            .filter(|rank| than.is_none_or(|than| *rank > than))
            .min();
        settled.into_iter().chain(written).min().cloned()
    }

    /// The largest rank below `than`, strictly.
    fn previous(&self, than: Option<&Rank>) -> Option<Rank> {
        let settled = self.tx.tables.ranked_set(self.list).and_then(|set| {
            let open = |(rank, id): &&(Rank, Uuid)| {
                *id != self.moving && Some(rank) != than && !self.tx.is_written(self.list, *id)
            };
            let found = match than {
                Some(than) => set.range(..(than.clone(), Uuid::nil())).rev().find(open),
                None => set.iter().rev().find(open),
            };
            found.map(|(rank, _)| rank)
        });
        let written = self
            .written()
            .filter(|rank| than.is_none_or(|than| *rank < than))
            .max();
        settled.into_iter().chain(written).max().cloned()
    }

    fn written(&self) -> impl Iterator<Item = &Rank> {
        self.tx
            .written(self.list)
            .filter(|(_, id)| *id != self.moving)
            .map(|(rank, _)| rank)
    }
}

/// Chance that is the same wherever the command is replayed.
fn entropy(cid: CommandId, moving: Uuid) -> u64 {
    let mixed = crate::ids::derived(&[cid.uuid().as_bytes(), moving.as_bytes()]);
    mixed.as_u64_pair().1
}

impl List {
    /// The table whose rows form the list.
    pub const fn table(self) -> Table {
        match self {
            List::Statuses(_) => Table::Statuses,
            List::Tasks(_) => Table::Tasks,
            List::Checklist(_) => Table::ChecklistItems,
        }
    }
}
