//! The sections of a workspace's settings: their names, addresses, and who finds them in the list.

use shared::access::Action;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $path:literal $title:literal $group:ident $needs:ident)*) => {
        /// A page of a workspace's settings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Section { $($(#[$doc])* $name),* }

        impl Section {
            /// Every section, in the order of the list.
            pub const ALL: &'static [Section] = &[$(Section::$name),*];

            /// The last part of its address.
            pub const fn path(self) -> &'static str {
                match self { $(Section::$name => $path),* }
            }

            /// Its name.
            pub const fn title(self) -> &'static str {
                match self { $(Section::$name => $title),* }
            }

            /// What it is about.
            pub const fn group(self) -> Group {
                match self { $(Section::$name => Group::$group),* }
            }

            /// Who finds it in the list. What is in it is judged by the server.
            pub const fn needs(self) -> Action {
                match self { $(Section::$name => Action::$needs),* }
            }
        }
    };
}

/// What sections are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The workspace.
    Workspace,
    /// The server that it is on.
    Server,
}

impl Group {
    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Workspace => "Workspace",
            Group::Server => "Server",
        }
    }
}

// A line here, one in `page.rs`, and a file make a section.
sections! {
    /// Name and address.
    General = "" "General" Workspace ReadWorkspace
    /// Its people.
    Members = "members" "Members" Workspace ReadWorkspace
    /// People who work together.
    Teams = "teams" "Teams" Workspace ReadWorkspace
    /// What is put away.
    ArchivedProjects = "archived-projects" "Archived projects" Workspace ReadWorkspace
    /// What each role may.
    Roles = "roles" "Roles" Workspace ReadWorkspace
    /// Asking people in.
    Invitations = "invitations" "Invitations" Workspace InviteMembers
    /// Who may come in, and how.
    SignIn = "sign-in" "Sign-in policy" Workspace EditWorkspace
    /// Personal access tokens and what they are for.
    Keys = "keys" "API keys" Workspace ReadWorkspace
    /// What works there without being a person.
    Bots = "bots" "Bots and programs" Workspace EditMembers
    /// Who did what.
    AuditLog = "audit-log" "Audit log" Workspace ReadAudit
    /// How much there is.
    Usage = "usage" "Usage" Workspace EditWorkspace
    /// Taking everything along.
    Export = "export" "Export" Workspace ExportWorkspace
    /// How mail is sent, and where things are kept.
    Mail = "mail" "Mail and storage" Server EditWorkspace
    /// How often somebody may ask.
    Limits = "limits" "Limits" Server EditWorkspace
    /// What goes by itself.
    Retention = "retention" "Retention" Server EditWorkspace
    /// Features that are on for some.
    Flags = "flags" "Feature flags" Server EditWorkspace
    /// Whether everything works.
    Health = "health" "Health" Server EditWorkspace
    /// Who did what to accounts and the server.
    ServerLog = "server-log" "Server's audit log" Server EditWorkspace
    /// Who looks after it.
    Administrators = "administrators" "Administrators" Server EditWorkspace
    /// Erasing a person.
    Erase = "erase" "Erase a person" Server EditWorkspace
}

impl Section {
    /// The section at an address.
    pub fn parse(path: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|section| section.path() == path)
    }
}
