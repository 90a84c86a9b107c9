//! The audit log: who did what to what, from where and when. The server writes it and never changes it; an entry that was
//! taken away or altered shows, because each one is chained to the one before it.

use crate::ids::UserId;
use crate::values::Time;
use serde::{Deserialize, Serialize};

macro_rules! acts {
    ($($name:ident = $code:literal $text:literal)*) => {
        /// What is worth a line in the audit log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $(#[doc = $text] $name),* }

        impl Act {
            /// Every act.
            pub const ALL: &'static [Act] = &[$(Act::$name),*];

            /// The stable name: `what.happened`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Act::$name => $code),* }
            }

            /// What people read.
            pub const fn text(self) -> &'static str {
                match self { $(Act::$name => $text),* }
            }

            /// The act of that name.
            pub fn parse(name: &str) -> Option<Act> {
                match name { $($code => Some(Act::$name),)* _ => None }
            }
        }
    };
}

acts! {
    AccountCreated = "accounts.created" "Created an account"
    AccountRenamed = "accounts.renamed" "Changed their name"
    EmailConfirmed = "accounts.email_confirmed" "Confirmed their address"
    PasswordChanged = "accounts.password_changed" "Changed their password"
    PasswordReset = "accounts.password_reset" "Chose another password by a link"
    ResetSent = "accounts.reset_sent" "A link to choose another password was sent"
    PersonErased = "accounts.erased" "Erased a person"
    AdministratorAdded = "accounts.administrator_added" "Made somebody an administrator of the server"
    AdministratorRemoved = "accounts.administrator_removed" "Took it from an administrator of the server"
    SignedIn = "sessions.begun" "Signed in"
    SignInFailed = "sessions.refused" "A sign-in failed"
    LockedOut = "sessions.locked_out" "Had to wait after too many sign-ins"
    SignedOut = "sessions.signed_out" "Signed out"
    SessionEnded = "sessions.ended" "Ended a session"
    OthersEnded = "sessions.others_ended" "Ended their other sessions"
    SessionStolen = "sessions.stolen" "A spent secret was used again, and the session ended"
    ProviderLinked = "providers.linked" "Linked a provider to come in by"
    ProviderUnlinked = "providers.unlinked" "Unlinked a provider"
    TwoStepOn = "second_steps.on" "Turned two-step sign-in on"
    TwoStepOff = "second_steps.off" "Turned two-step sign-in off"
    PasskeyAdded = "passkeys.added" "Added a passkey"
    PasskeyRemoved = "passkeys.removed" "Removed a passkey"
    PasskeyCopied = "passkeys.copied" "A copy of a passkey was refused"
    TokenCreated = "tokens.created" "Made an access token"
    TokenDeleted = "tokens.deleted" "Revoked an access token"
    KeyEnded = "keys.ended" "Ended a key or grant that was for this workspace alone"
    KeyShutOut = "keys.shut_out" "Shut somebody's key or grant out of the workspace"
    KeyLetIn = "keys.let_in" "Let a key or grant that was shut out into the workspace again"
    KeyPolicyChanged = "keys.policy_changed" "Changed which keys the workspace takes"
    GrantGiven = "grants.given" "Let a program in"
    ProgramRegistered = "grants.program_registered" "Registered a program"
    ProgramRemoved = "grants.program_removed" "Removed a program"
    BotCreated = "bots.created" "Made a bot"
    BotEnded = "bots.ended" "Ended a bot"
    WorkspaceFounded = "workspaces.founded" "Founded the workspace"
    WorkspaceRenamed = "workspaces.renamed" "Renamed the workspace"
    InvitationCreated = "invitations.created" "Invited somebody"
    InvitationRevoked = "invitations.revoked" "Revoked an invitation"
    InvitationAccepted = "invitations.accepted" "Accepted an invitation"
    WorkspaceReaddressed = "workspaces.readdressed" "Gave the workspace another address"
    TwoStepRequired = "workspaces.two_step_required" "Asked everybody for two-step sign-in"
    TwoStepOptional = "workspaces.two_step_optional" "Let people in without two-step sign-in again"
    WorkspaceDeleted = "workspaces.deleted" "Deleted the workspace"
    WorkspaceRestored = "workspaces.restored" "Restored the workspace"
    WorkspacePurged = "workspaces.purged" "A deleted workspace went for good"
    MemberLeft = "members.left" "Left the workspace"
    OwnershipHandedOver = "members.handed_over" "Handed the workspace over"
    MemberAdded = "members.added" "Took somebody in"
    MemberRole = "members.role_changed" "Changed somebody's role"
    MemberClaimed = "members.claimed" "Took over what was imported for somebody"
    MemberShutOut = "members.shut_out" "Deactivated somebody"
    MemberLetIn = "members.let_in" "Let somebody in again"
    ProjectCreated = "projects.created" "Created a project"
    ProjectVisibility = "projects.visibility_changed" "Changed who sees a project"
    ProjectMemberAdded = "projects.member_added" "Took somebody into a project"
    ProjectTeamAdded = "projects.team_added" "Took a team into a project"
    ProjectMemberRemoved = "projects.member_removed" "Took somebody out of a project"
    ProjectTrashed = "projects.trashed" "Deleted a project"
    ProjectRestored = "projects.restored" "Restored a project"
    ProjectPurged = "projects.purged" "A deleted project went for good"
    TrashEmptied = "retention.trash_emptied" "Old things in the trash went for good"
    ImportRun = "imports.run" "Imported from another tool"
    ImportUndone = "imports.undone" "Undid an import"
    SettingsChanged = "settings.changed" "Changed a setting"
    MailTested = "settings.mail_tested" "Sent a test mail"
    LogExported = "audit_entries.exported" "Exported the audit log"
    LogVerified = "audit_entries.verified" "Verified the audit log"
    LogCut = "audit_entries.cut" "Old entries went by the retention policy"
    WorkspaceExported = "exports.made" "Exported the workspace"
    ExportFetched = "exports.fetched" "Downloaded an export"
    RetentionRun = "retention.run" "Old things went by the retention policy"
    Refused = "permissions.refused" "Was refused"
}

/// A line of the audit log, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in its chain.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// What, as [`Act::as_str`]: a newer server may know acts that this page does not.
    pub act: String,
    /// Who; nobody where it was the server itself, or somebody who had not signed in.
    pub actor: Option<UserId>,
    /// What they are called now.
    pub actor_name: Option<String>,
    /// The session or token that they came with.
    pub via: Option<String>,
    /// The id of what it was done to.
    pub subject: Option<String>,
    /// What that is called now.
    pub subject_name: Option<String>,
    /// How often, where the same was summed.
    pub count: u64,
    /// The address that it came from.
    pub address: Option<String>,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// What else is worth knowing.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// What people read of the act.
    pub fn text(&self) -> &str {
        match Act::parse(&self.act) {
            Some(act) => act.text(),
            None => &self.act,
        }
    }
}

/// Which lines are asked for. What is not set is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Of this person: theirs, and what was done to them.
    pub person: Option<UserId>,
    /// This act.
    pub act: Option<String>,
    /// Not before.
    pub since: Option<Time>,
    /// Before.
    pub until: Option<Time>,
    /// A text in the act, the detail, the address or the browser's name.
    pub text: Option<String>,
}

/// Some lines, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The lines.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one.
    pub before: Option<u64>,
}

/// What a look through a whole chain came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// How many entries were read.
    pub entries: u64,
    /// How many older ones have gone by the retention policy.
    pub gone: u64,
    /// What is wrong, if anything is.
    pub problem: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_act_reads_back_and_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
        assert_eq!(names.len(), Act::ALL.len());
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(*act));
            assert!(act.as_str().contains('.'), "{act:?}");
        }
    }
}
