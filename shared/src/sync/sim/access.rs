//! Who sees what as of one number, as the server keeps it in memory, and what the oracles know about it for all numbers.

use crate::access::{Role, sees};
use crate::ids::{ProjectId, UserId};
use crate::members::Member;
use crate::projects::{Project, Visibility};
use crate::sync::protocol::Granted;
use crate::sync::{AnyRow, Key, Row as _, Scope, Table, Tables};
use std::collections::BTreeMap;

/// What a change of access is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Member(UserId),
    Project(ProjectId),
}

/// The access rules' facts.
#[derive(Clone, Debug, Default)]
pub(super) struct AccessIndex {
    members: BTreeMap<UserId, (Role, bool)>,
    projects: BTreeMap<ProjectId, (Visibility, Vec<UserId>)>,
    marks: BTreeMap<Subject, u64>,
}

/// Whether a changed row can change who sees what.
pub(super) fn subject_of(
    key: Key,
    before: Option<&AnyRow>,
    after: Option<&AnyRow>,
) -> Option<Subject> {
    match key.table {
        Table::Members => {
            let facts = |row: Option<&AnyRow>| {
                row.and_then(Member::from_any)
                    .map(|member| (member.role, member.active))
            };
            (facts(before) != facts(after)).then(|| Subject::Member(key.id.into()))
        }
        Table::Projects => {
            let facts = |row: Option<&AnyRow>| {
                row.and_then(Project::from_any)
                    .map(|p| (p.visibility, p.members.clone()))
            };
            (facts(before) != facts(after)).then(|| Subject::Project(key.id.into()))
        }
        _ => None,
    }
}

impl AccessIndex {
    /// The facts in rows.
    pub(super) fn of(tables: &Tables, marks: BTreeMap<Subject, u64>) -> Self {
        let mut index = Self {
            marks,
            ..Self::default()
        };
        for table in [Table::Members, Table::Projects] {
            for (key, stored) in tables.range(table) {
                index.take(key, Some(&stored.row));
            }
        }
        index
    }

    /// Takes a row's new version over.
    pub(super) fn take(&mut self, key: Key, row: Option<&AnyRow>) {
        match (key.table, row) {
            (Table::Members, Some(AnyRow::Members(m))) => {
                self.members
                    .insert(m.id, (m.role, m.active && !m.placeholder));
            }
            (Table::Members, _) => drop(self.members.remove(&key.id.into())),
            (Table::Projects, Some(AnyRow::Projects(p))) => {
                self.projects
                    .insert(p.id, (p.visibility, p.members.clone()));
            }
            (Table::Projects, _) => drop(self.projects.remove(&key.id.into())),
            _ => {}
        }
    }

    /// Notes the change that touched a subject.
    pub(super) fn mark(&mut self, subject: Subject, seq: u64) {
        self.marks.insert(subject, seq);
    }

    /// The role of somebody who may be here.
    pub(super) fn role(&self, user: UserId) -> Option<Role> {
        self.members
            .get(&user)
            .filter(|(_, active)| *active)
            .map(|(role, _)| *role)
    }

    /// What somebody sees, and since when they see it as they do; nothing for strangers.
    pub(super) fn granted(&self, user: UserId) -> Vec<Granted> {
        let Some(role) = self.role(user) else {
            return Vec::new();
        };
        let mark = |subject| self.marks.get(&subject).copied().unwrap_or(0);
        let member = mark(Subject::Member(user));
        let seen = self
            .projects
            .iter()
            .filter(|(_, (visibility, members))| sees(role, user, *visibility, members));
        let projects = seen.map(|(id, _)| {
            let since = member.max(mark(Subject::Project(*id)));
            Granted(Scope::Project(*id), since)
        });
        [
            Granted(Scope::Workspace, member),
            Granted(Scope::User(user), member),
        ]
        .into_iter()
        .chain(projects)
        .collect()
    }
}
