//! A server in a few lines, for tests: rows, an order, and the log of what happened.

use super::protocol::Granted;
use super::{AnyRow, Command, Context, Cover, List, Part, Scope, Snapshot, Tables, changes};
use crate::access::Role;
use crate::codes::Rejected;
use crate::ids::{CommandId, Epoch, ProjectId, StatusId, TaskId, UserId, WorkspaceId};
use crate::values::{Color, Name, Place, ProjectKey, Slug, Time, Title};
use crate::{members, projects, tasks, workspaces};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) tables: Tables,
    pub(crate) seq: u64,
    pub(crate) log: Vec<Part>,
    ids: u128,
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    pub(crate) statuses: Vec<StatusId>,
}

pub(crate) fn user(role: Role) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1_000 + role as u128))
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

impl World {
    /// A workspace with a person of each role, and a project with five columns.
    pub(crate) fn new() -> Self {
        let workspace = WorkspaceId::from_uuid(Uuid::from_u128(1));
        let project = ProjectId::from_uuid(Uuid::from_u128(2));
        let mut world = World {
            tables: Tables::default(),
            seq: 0,
            log: Vec::new(),
            ids: 10_000,
            workspace,
            project,
            statuses: Vec::new(),
        };
        let owner = user(Role::Owner);
        let found = workspaces::Mutation::Create {
            id: workspace,
            name: name("North light"),
            slug: Slug::parse("north-light").unwrap(),
            owner_name: name("Olive Owner"),
        };
        world.run(owner, found).unwrap();
        for role in Role::ALL.into_iter().skip(1) {
            let add = members::Mutation::Add {
                id: user(role),
                name: name(role.as_str()),
                role,
            };
            world.run(owner, add).unwrap();
        }
        let statuses = projects::default_statuses(|| world.id());
        world.statuses = statuses.iter().map(|status| status.id).collect();
        let create = projects::Mutation::Create {
            id: project,
            key: ProjectKey::parse("WEB").unwrap(),
            name: name("Web app"),
            color: Color::Teal,
            visibility: projects::Visibility::Workspace,
            statuses,
        };
        world.run(owner, create).unwrap();
        world
    }

    pub(crate) fn id<T: From<Uuid>>(&mut self) -> T {
        self.ids += 1;
        Uuid::from_u128(self.ids).into()
    }

    pub(crate) fn epoch() -> Epoch {
        Epoch::from_uuid(Uuid::from_u128(7))
    }

    /// Carries a command out as the server would; answers what happened.
    pub(crate) fn run(
        &mut self,
        actor: UserId,
        command: impl Into<Command>,
    ) -> Result<Vec<Part>, Rejected> {
        let cid: CommandId = self.id();
        self.run_as(
            Context {
                actor,
                now: Time(1_000 + i64::try_from(cid.uuid().as_u128()).unwrap()),
                cid,
            },
            &command.into(),
        )
    }

    pub(crate) fn run_as(
        &mut self,
        context: Context,
        command: &Command,
    ) -> Result<Vec<Part>, Rejected> {
        let writes = command.apply(&self.tables, context)?;
        let changed = changes(&self.tables, &writes);
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        self.seq += 1;
        let seq = self.seq;
        let parts: Vec<Part> = changed
            .into_iter()
            .map(|(scope, changes)| Part {
                seq,
                scope,
                by: Some(context.actor),
                seen: None,
                changes,
            })
            .collect();
        for (key, row) in writes {
            match row {
                Some(row) => drop(self.tables.put(seq, row)),
                None => drop(self.tables.remove(key)),
            }
        }
        self.log.extend(parts.iter().cloned());
        Ok(parts)
    }

    /// Adds a task at the end of a column.
    pub(crate) fn task(&mut self, text: &str, column: usize) -> TaskId {
        let id = self.id();
        let create = self.create(id, text, column, Place::Last);
        self.run(user(Role::Member), create).unwrap();
        id
    }

    pub(crate) fn create(
        &self,
        id: TaskId,
        text: &str,
        column: usize,
        place: Place<TaskId>,
    ) -> tasks::Mutation {
        tasks::Mutation::Create {
            id,
            project: self.project,
            status: self.statuses[column],
            place,
            title: title(text),
            fields: Box::default(),
        }
    }

    pub(crate) fn get<R: super::Row>(&self, id: R::Id) -> R {
        (**self.tables.get::<R>(id).unwrap()).clone()
    }

    /// The titles of a column, in order.
    pub(crate) fn titles(&self, column: usize) -> Vec<String> {
        titles(&self.tables, self.statuses[column])
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let covers = vec![Cover::Workspace, Cover::Board(self.project)];
        let covered = |row: &AnyRow| covers.contains(&row.cover());
        let rows = self
            .tables
            .iter()
            .map(|(_, stored)| (stored.v, &stored.row));
        Snapshot::of(
            Self::epoch(),
            self.seq,
            covers.clone(),
            rows.filter(|(_, row)| covered(row)),
        )
    }

    pub(crate) fn scopes(&self) -> Vec<Granted> {
        vec![
            Granted(Scope::Workspace, 0),
            Granted(Scope::Project(self.project), 0),
        ]
    }
}

pub(crate) fn titles(tables: &Tables, status: StatusId) -> Vec<String> {
    let list = tables.list(List::Tasks(status));
    list.map(|id| {
        tables
            .get::<tasks::Task>(id.into())
            .unwrap()
            .title
            .to_string()
    })
    .collect()
}
