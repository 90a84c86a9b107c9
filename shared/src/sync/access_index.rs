//! Who sees what, as of one number. A server keeps it in memory for each live workspace, and continues it frame by frame.

use super::protocol::Granted;
use super::rows::{AnyRow, Key, Row, Scope, Table};
use super::tables::Stored;
use crate::access::{Role, in_project, sees};
use crate::ids::{ProjectId, UserId};
use crate::members::Member;
use crate::projects::{Project, Visibility};
use crate::workspaces::Workspace;
use std::collections::BTreeMap;

/// The access rules' facts.
#[derive(Clone, Debug, Default)]
pub struct AccessIndex {
    members: BTreeMap<UserId, Standing>,
    projects: BTreeMap<ProjectId, (Visibility, Vec<UserId>)>,
    marks: BTreeMap<String, u64>,
    /// In a deleted workspace nobody sees anything.
    is_deleted: bool,
    two_step_required: bool,
}

/// What somebody is.
#[derive(Clone, Copy, Debug)]
struct Standing {
    role: Role,
    /// Whether they may be here.
    active: bool,
    bot: bool,
}

/// Under which name it is noted that the workspace itself was shut or opened.
const WORKSPACE: &str = "w";

/// Whether a changed row can change who sees what, and under which name that is noted.
pub fn subject_of(key: Key, before: Option<&AnyRow>, after: Option<&AnyRow>) -> Option<String> {
    match key.table {
        Table::Members => {
            let facts = |row: Option<&AnyRow>| {
                row.and_then(Member::from_any)
                    .map(|member| (member.role, member.active))
            };
            (facts(before) != facts(after)).then(|| format!("u:{}", key.id))
        }
        Table::Projects => {
            let facts = |row: Option<&AnyRow>| {
                row.and_then(Project::from_any)
                    .map(|p| (p.visibility, p.members.clone()))
            };
            (facts(before) != facts(after)).then(|| format!("p:{}", key.id))
        }
        Table::Workspaces => {
            let facts = |row: Option<&AnyRow>| {
                let workspace = row.and_then(Workspace::from_any);
                workspace.map_or((false, false), |it| {
                    (it.deleted_at.is_some(), it.two_step_required)
                })
            };
            (facts(before) != facts(after)).then(|| WORKSPACE.to_owned())
        }
        _ => None,
    }
}

impl AccessIndex {
    /// The facts in rows; `marks` are subjects and the changes that last touched them.
    pub fn of<'r>(
        rows: impl IntoIterator<Item = &'r Stored>,
        marks: impl IntoIterator<Item = (String, u64)>,
    ) -> Self {
        let mut index = Self::default();
        for stored in rows {
            index.take(stored.row.key(), Some(&stored.row));
        }
        index.marks = marks.into_iter().collect();
        index
    }

    /// Takes a row's new version over.
    pub fn take(&mut self, key: Key, row: Option<&AnyRow>) {
        match (key.table, row) {
            (Table::Members, Some(AnyRow::Members(m))) => {
                let standing = Standing {
                    role: m.role,
                    active: m.active && !m.placeholder,
                    bot: m.bot,
                };
                self.members.insert(m.id, standing);
            }
            (Table::Members, _) => drop(self.members.remove(&key.id.into())),
            (Table::Projects, Some(AnyRow::Projects(p))) => {
                self.projects
                    .insert(p.id, (p.visibility, p.members.clone()));
            }
            (Table::Projects, _) => drop(self.projects.remove(&key.id.into())),
            (Table::Workspaces, Some(AnyRow::Workspaces(it))) => {
                self.is_deleted = it.deleted_at.is_some();
                self.two_step_required = it.two_step_required;
            }
            _ => {}
        }
    }

    /// Notes the change that touched a subject.
    pub fn mark(&mut self, subject: String, seq: u64) {
        self.marks.insert(subject, seq);
    }

    /// The role of somebody who may be here.
    pub fn role(&self, user: UserId) -> Option<Role> {
        self.members
            .get(&user)
            .filter(|it| it.active && !self.is_deleted)
            .map(|it| it.role)
    }

    /// Whether somebody who may be here is asked for a second step of signing in, in a deleted workspace too. Who has one is
    /// known to the server alone, and judged there.
    pub fn asks_second_step_of(&self, user: UserId) -> bool {
        let member = self.members.get(&user);
        self.two_step_required && member.is_some_and(|it| it.active && !it.bot)
    }

    /// Whether somebody here is a program.
    pub fn is_bot(&self, user: UserId) -> bool {
        self.members.get(&user).is_some_and(|it| it.bot)
    }

    /// Whether somebody sees a project.
    pub fn sees_project(&self, user: UserId, project: ProjectId) -> bool {
        let role = self.role(user);
        let project = self.projects.get(&project);
        role.zip(project)
            .is_some_and(|(role, (visibility, members))| sees(role, user, *visibility, members))
    }

    /// Whether somebody is in a project, which is more than seeing it.
    pub fn is_in_project(&self, user: UserId, project: ProjectId) -> bool {
        let role = self.role(user);
        let project = self.projects.get(&project);
        role.zip(project)
            .is_some_and(|(role, (visibility, members))| {
                in_project(role, user, *visibility, members)
            })
    }

    /// What somebody sees, and since when they see it as they do; nothing for strangers.
    pub fn granted(&self, user: UserId) -> Vec<Granted> {
        let Some(role) = self.role(user) else {
            return Vec::new();
        };
        let mark = |subject: String| self.marks.get(&subject).copied().unwrap_or(0);
        let member = mark(format!("u:{user}")).max(mark(WORKSPACE.to_owned()));
        let seen = self
            .projects
            .iter()
            .filter(|(_, (visibility, members))| sees(role, user, *visibility, members));
        let projects =
            seen.map(|(id, _)| Granted(Scope::Project(*id), member.max(mark(format!("p:{id}")))));
        [
            Granted(Scope::Workspace, member),
            Granted(Scope::User(user), member),
        ]
        .into_iter()
        .chain(projects)
        .collect()
    }
}
