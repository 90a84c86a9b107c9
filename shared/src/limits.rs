//! What a program may do on somebody's behalf: never more than they may themselves, and less where they said so.
//!
//! A key or a grant carries [`Limits`]. They are judged where the role is judged: in [`crate::sync::Tx`] for commands, at
//! the server's doors for everything else. What a program may is what both allow.

use crate::access::{Action, Permission, Reach, Role};
use crate::ids::{ProjectId, SessionId, TokenId, WorkspaceId};
use crate::sync::Scope;
use crate::values::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Something that a program is let do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyScope {
    /// Looking at what the person sees.
    Read,
    /// Commenting.
    Comment,
    /// Changing tasks, boards and projects, comments too.
    Write,
    /// Looking after the workspace and its people.
    Admin,
}

impl KeyScope {
    /// Every scope, from least to most.
    pub const ALL: [KeyScope; 4] = [
        KeyScope::Read,
        KeyScope::Comment,
        KeyScope::Write,
        KeyScope::Admin,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyScope::Read => "read",
            KeyScope::Comment => "comment",
            KeyScope::Write => "write",
            KeyScope::Admin => "admin",
        }
    }

    /// What it allows, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            KeyScope::Read => "See what you see",
            KeyScope::Comment => "Comment on tasks",
            KeyScope::Write => "Change tasks, comments, boards and projects",
            KeyScope::Admin => "Manage the workspace and its people",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<KeyScope> {
        KeyScope::ALL
            .into_iter()
            .find(|scope| scope.as_str() == name)
    }

    /// What an action needs. One that is not named here needs the most.
    pub fn of(action: Action) -> KeyScope {
        match action.as_str().split_once(':') {
            Some(("workspace" | "projects", "read")) => KeyScope::Read,
            Some(("comments", _)) => KeyScope::Comment,
            Some(("projects" | "statuses" | "labels" | "tasks" | "imports", _)) => KeyScope::Write,
            _ => KeyScope::Admin,
        }
    }
}

/// Some scopes; reading is always among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyScopes(u8);

impl KeyScopes {
    /// All of them.
    pub const ALL: KeyScopes = KeyScopes(0b1111);
    /// Looking alone.
    pub const READ: KeyScopes = KeyScopes(0b0001);

    /// These, and reading.
    pub fn of(scopes: impl IntoIterator<Item = KeyScope>) -> Self {
        scopes
            .into_iter()
            .fold(Self::READ, |all, scope| Self(all.0 | (1 << scope as u8)))
    }

    /// Names with spaces between them, as OAuth writes them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scopes = Vec::new();
        for name in text.split_ascii_whitespace() {
            scopes.push(KeyScope::parse(name).ok_or_else(|| {
                let known = KeyScope::ALL.map(KeyScope::as_str).join(", ");
                format!("There is no such scope. Choose among {known}.")
            })?);
        }
        if scopes.is_empty() {
            return Err("Name at least one scope.".to_owned());
        }
        Ok(Self::of(scopes))
    }

    /// Whether a scope is among them. Who may write may comment.
    pub fn contains(self, scope: KeyScope) -> bool {
        let named = |scope: KeyScope| 1 << scope as u8;
        let wanted = match scope {
            KeyScope::Comment => named(KeyScope::Comment) | named(KeyScope::Write),
            other => named(other),
        };
        self.0 & wanted != 0
    }

    /// Whether all of these are among others.
    pub fn is_within(self, others: KeyScopes) -> bool {
        self.names().all(|scope| others.contains(scope))
    }

    /// The scopes that are named, from least to most.
    pub fn names(self) -> impl Iterator<Item = KeyScope> {
        KeyScope::ALL
            .into_iter()
            .filter(move |scope| self.0 & (1 << *scope as u8) != 0)
    }
}

impl fmt::Display for KeyScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().map(KeyScope::as_str).collect();
        f.write_str(&names.join(" "))
    }
}

impl Serialize for KeyScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyScopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// How far somebody who acts is held back beside their role: a person not at all, a program by its key or grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(Option<Arc<Held>>);

/// By what a program acts that a person or an admin gave a key, or let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// An access token, a person's own or a bot's.
    Token(TokenId),
    /// A grant.
    Grant(SessionId),
}

impl Key {
    /// The token's id, or the grant's session's.
    pub const fn id(self) -> Uuid {
        match self {
            Key::Token(id) => id.uuid(),
            Key::Grant(id) => id.uuid(),
        }
    }

    /// When it was made: its id says so.
    pub fn made_at(self) -> Time {
        let millis = self.id().as_u128() >> 80;
        Time(i64::try_from(millis).unwrap_or_default())
    }
}

/// What a program is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// By what it acts; nothing where a person signed in to it themselves.
    pub key: Option<Key>,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The only workspace that there is for it.
    pub workspace: Option<WorkspaceId>,
    /// The only projects that there are for it.
    pub projects: Option<Vec<ProjectId>>,
    /// Whether what is the account's own is open to it: where a person signed in themselves.
    pub account: bool,
}

impl From<Held> for Limits {
    fn from(held: Held) -> Self {
        Self(Some(Arc::new(held)))
    }
}

impl Limits {
    /// Whether there are none: a person acts.
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// What it is held to, where it is.
    pub fn held(&self) -> Option<&Held> {
        self.0.as_deref()
    }

    /// The key or grant that it acts by.
    pub fn key(&self) -> Option<Key> {
        self.held().and_then(|held| held.key)
    }

    /// Whether its scopes hold an action, wherever.
    pub fn allow(&self, action: Action) -> bool {
        self.held()
            .is_none_or(|held| held.scopes.contains(KeyScope::of(action)))
    }

    /// Whether its scopes hold an action, and nothing keeps it to some projects: what a whole workspace is asked for.
    pub fn allow_everywhere(&self, action: Action) -> bool {
        self.allow(action) && self.reach_all()
    }

    /// Whether a door opens to it. What is an account's own is no key's, else one could make another that may more.
    pub fn open(&self, permission: Permission) -> bool {
        match permission {
            Permission::Public => true,
            Permission::Account | Permission::Server => self.held().is_none_or(|held| held.account),
            Permission::Action(action) => self.allow(action),
        }
    }

    /// Whether it may give somebody a role: one that may nothing which its scopes do not hold, and neither lets people in
    /// nor looks after the workspace. Whoever came in so far by a key would still be there when the key is gone.
    pub fn give(&self, role: Role) -> bool {
        let may = |action: &Action| {
            matches!(action.reach(role), Reach::No | Reach::Own)
                || (KeyScope::of(*action) != KeyScope::Admin && self.allow(*action))
        };
        self.held().is_none_or(|held| held.account) || Action::ALL.iter().all(may)
    }

    /// Whether there is a workspace for it.
    pub fn admit(&self, workspace: WorkspaceId) -> bool {
        let only = self.held().and_then(|held| held.workspace);
        only.is_none_or(|only| only == workspace)
    }

    /// Whether there is a project for it.
    pub fn show(&self, project: ProjectId) -> bool {
        let only = self.held().and_then(|held| held.projects.as_ref());
        only.is_none_or(|only| only.contains(&project))
    }

    /// Whether there are rows of a scope for it.
    pub fn cover(&self, scope: Scope) -> bool {
        match scope {
            Scope::Project(project) => self.show(project),
            Scope::Workspace | Scope::User(_) => true,
        }
    }

    /// Whether it may change what belongs to no project.
    pub fn reach_all(&self) -> bool {
        self.held().is_none_or(|held| held.projects.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_no_role_that_may_more_and_none_that_looks_after_people() {
        let given = |scopes: KeyScopes| -> Vec<Role> {
            let limits = Limits::from(Held {
                key: None,
                scopes,
                workspace: None,
                projects: None,
                account: false,
            });
            let roles = Role::ALL.into_iter();
            roles.filter(|role| limits.give(*role)).collect()
        };
        assert_eq!(
            given(KeyScopes::ALL),
            [Role::Member, Role::Guest, Role::Viewer]
        );
        let admin = KeyScopes::of([KeyScope::Admin, KeyScope::Comment]);
        assert_eq!(given(admin), [Role::Guest, Role::Viewer]);
        assert_eq!(given(KeyScopes::of([KeyScope::Admin])), [Role::Viewer]);
        assert!(Limits::default().give(Role::Owner));
    }

    #[test]
    fn a_key_knows_when_it_was_made() {
        let made = TokenId::new(1_790_000_000_123, [0xff; 10]);
        assert_eq!(Key::Token(made).made_at(), Time(1_790_000_000_123));
        let nobody = Key::Grant(SessionId::from_uuid(Uuid::nil()));
        assert_eq!(nobody.made_at(), Time(0));
    }

    #[test]
    fn scopes_read_back_and_always_hold_reading() {
        for text in ["read", "read write", "read comment write admin"] {
            assert_eq!(KeyScopes::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(KeyScopes::parse("admin").unwrap().to_string(), "read admin");
        for bad in ["", " ", "everything", "read,write", "Read"] {
            assert!(KeyScopes::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_action_needs_the_scope_of_its_area_and_an_unknown_one_the_most() {
        for (action, scope) in [
            (Action::ReadWorkspace, KeyScope::Read),
            (Action::ReadProjects, KeyScope::Read),
            (Action::CreateComments, KeyScope::Comment),
            (Action::EditTasks, KeyScope::Write),
            (Action::CreateProjects, KeyScope::Write),
            (Action::EditMembers, KeyScope::Admin),
            (Action::RenameMembers, KeyScope::Admin),
            (Action::EditWorkspace, KeyScope::Admin),
        ] {
            assert_eq!(KeyScope::of(action), scope, "{}", action.as_str());
        }
    }

    #[test]
    fn who_may_write_may_comment_and_nobody_more_than_named() {
        let write = KeyScopes::of([KeyScope::Write]);
        assert!(write.contains(KeyScope::Comment) && write.contains(KeyScope::Read));
        assert!(!write.contains(KeyScope::Admin));
        let comment = KeyScopes::of([KeyScope::Comment]);
        assert!(comment.is_within(write) && !write.is_within(comment));
        assert!(!KeyScopes::of([KeyScope::Admin]).contains(KeyScope::Write));
    }

    #[test]
    fn a_key_reaches_what_it_is_limited_to_and_never_the_account() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let limits = Limits::from(Held {
            key: None,
            scopes: KeyScopes::ALL,
            workspace: Some(here.into()),
            projects: Some([ProjectId::from(here)].into()),
            account: false,
        });
        assert!(limits.admit(here.into()) && !limits.admit(there.into()));
        assert!(limits.show(here.into()) && !limits.show(there.into()));
        assert!(!limits.reach_all());
        assert!(!limits.open(Permission::Account));
        let person = Limits::default();
        assert!(person.open(Permission::Account) && person.reach_all());
        assert!(person.show(there.into()) && person.admit(there.into()));
    }
}
