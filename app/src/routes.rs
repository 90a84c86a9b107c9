//! Every address of the site: [`Page`] reads one, [`href`] writes one. Pure, so that server and browser agree.

use crate::chunks::{AccountPage, Part, WorkspacePage};
use crate::settings::Section;
use leptos_router::NavigateOptions;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing of its own: leads to the setup, to signing in, or to a workspace.
    Root,
    /// The first account and workspace.
    Setup,
    /// Signing in.
    SignIn,
    /// The second step of signing in.
    SecondStep,
    /// Signing up.
    SignUp,
    /// The account of who has opened the link in a mail.
    FinishSignUp,
    /// Asking for a link to choose another password.
    Forgot,
    /// Choosing another password.
    Reset,
    /// Confirming an address.
    Confirm,
    /// Joining a workspace.
    Invitation,
    /// Founding a workspace.
    NewWorkspace,
    /// An account's name and password.
    Account,
    /// Turning the second step on and off.
    TwoStep,
    /// Where somebody is signed in.
    Sessions,
    /// Personal access tokens.
    Tokens,
    /// What somebody is like, and how they see things.
    Profile,
    /// The workspaces that somebody is in.
    Workspaces,
    /// A page of a workspace.
    Workspace {
        /// The workspace's address.
        slug: String,
        /// Which of its pages.
        place: Place,
    },
    /// Nothing.
    Unknown,
}

/// A page within a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its projects.
    Home,
    /// A project's board.
    Board {
        /// The project.
        key: String,
    },
    /// A task beside its board.
    Task {
        /// The project.
        key: String,
        /// The task's number.
        number: u32,
    },
    /// A project's archived tasks.
    Archive {
        /// The project.
        key: String,
    },
    /// A project's people.
    People {
        /// The project.
        key: String,
    },
    /// What a project is like.
    ProjectSettings {
        /// The project.
        key: String,
    },
    /// Moving in from another tool.
    Import,
    /// The workspace's settings.
    Settings(Section),
}

impl Page {
    /// Reads a path; slashes at its end do not matter.
    pub fn parse(path: &str) -> Self {
        let mut segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        if segments == [""] {
            segments.clear();
        }
        match segments.as_slice() {
            [] => Self::Root,
            ["setup"] => Self::Setup,
            ["sign-in"] => Self::SignIn,
            ["second-step"] => Self::SecondStep,
            ["sign-up"] => Self::SignUp,
            ["finish-sign-up"] => Self::FinishSignUp,
            ["forgot-password"] => Self::Forgot,
            ["reset-password"] => Self::Reset,
            ["confirm-email"] => Self::Confirm,
            ["invite", _] => Self::Invitation,
            ["new-workspace"] => Self::NewWorkspace,
            ["settings", "account"] => Self::Account,
            ["settings", "two-step"] => Self::TwoStep,
            ["settings", "sessions"] => Self::Sessions,
            ["settings", "tokens"] => Self::Tokens,
            ["settings", "profile"] => Self::Profile,
            ["settings", "workspaces"] => Self::Workspaces,
            ["w", slug, rest @ ..] => match Place::of(rest) {
                Some(place) => Self::Workspace {
                    slug: (*slug).to_owned(),
                    place,
                },
                None => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// Whether it shows something only to who is signed in.
    pub fn needs_account(&self) -> bool {
        matches!(
            self,
            Self::Root
                | Self::NewWorkspace
                | Self::Account
                | Self::TwoStep
                | Self::Sessions
                | Self::Tokens
                | Self::Profile
                | Self::Workspaces
                | Self::Workspace { .. }
        )
    }

    /// What of it is drawn by code that is fetched when it is opened.
    pub fn part(&self) -> Option<Part> {
        Some(match self {
            Self::Root | Self::Unknown => return None,
            Self::Setup => Part::Account(AccountPage::Setup),
            Self::SignIn => Part::Account(AccountPage::SignIn),
            Self::SecondStep => Part::Account(AccountPage::SecondStep),
            Self::SignUp => Part::Account(AccountPage::SignUp),
            Self::FinishSignUp => Part::Account(AccountPage::FinishSignUp),
            Self::Forgot => Part::Account(AccountPage::Forgot),
            Self::Reset => Part::Account(AccountPage::Reset),
            Self::Confirm => Part::Account(AccountPage::Confirm),
            Self::Invitation => Part::Account(AccountPage::Invitation),
            Self::NewWorkspace => Part::Account(AccountPage::NewWorkspace),
            Self::Account => Part::Account(AccountPage::Account),
            Self::TwoStep => Part::Account(AccountPage::TwoStep),
            Self::Sessions => Part::Account(AccountPage::Sessions),
            Self::Tokens => Part::Account(AccountPage::Tokens),
            Self::Profile => Part::Account(AccountPage::Profile),
            Self::Workspaces => Part::Account(AccountPage::Workspaces),
            Self::Workspace { place, .. } => match place {
                Place::Board { .. } => return None,
                Place::Home => Part::Workspace(WorkspacePage::Home),
                Place::Task { .. } => Part::Task,
                Place::Archive { .. } => Part::Workspace(WorkspacePage::Archive),
                Place::People { .. } => Part::Workspace(WorkspacePage::People),
                Place::ProjectSettings { .. } => Part::Workspace(WorkspacePage::ProjectSettings),
                Place::Import => Part::Import,
                Place::Settings(_) => Part::Settings,
            },
        })
    }
}

impl Place {
    fn of(segments: &[&str]) -> Option<Self> {
        let key = |key: &str| key.to_owned();
        Some(match segments {
            [] => Self::Home,
            ["import"] => Self::Import,
            ["settings"] => Self::Settings(Section::General),
            // The first one has no name of its own.
            ["settings", section] if !section.is_empty() => {
                Self::Settings(Section::parse(section)?)
            }
            [project, "board"] => Self::Board { key: key(project) },
            [project, "board", number] => Self::Task {
                key: key(project),
                number: number.parse().ok()?,
            },
            [project, "archive"] => Self::Archive { key: key(project) },
            [project, "people"] => Self::People { key: key(project) },
            [project, "settings"] => Self::ProjectSettings { key: key(project) },
            _ => return None,
        })
    }

    /// The project that is looked at.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Board { key }
            | Self::Task { key, .. }
            | Self::Archive { key }
            | Self::People { key }
            | Self::ProjectSettings { key } => Some(key),
            Self::Home | Self::Import | Self::Settings(_) => None,
        }
    }

    /// The task that is open.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Task { number, .. } => Some(*number),
            _ => None,
        }
    }
}

/// Whether an address stays on this site: what comes back to us from outside may lead nowhere else. Browsers read a
/// backslash as a slash and pass over control characters.
pub fn is_local(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// An address that is put right where it is: nothing is left, and "back" passes over it.
#[must_use]
pub fn in_place() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        scroll: false,
        ..NavigateOptions::default()
    }
}

/// Addresses, written.
pub mod href {
    use crate::settings::Section;

    /// The start: leads wherever there is something to do.
    pub const ROOT: &str = "/";
    /// The first account and workspace.
    pub const SETUP: &str = "/setup";
    /// Signing in.
    pub const SIGN_IN: &str = "/sign-in";
    /// The second step of signing in.
    pub const SECOND_STEP: &str = "/second-step";
    /// Turning the second step on and off.
    pub const TWO_STEP: &str = "/settings/two-step";
    /// Signing up.
    pub const SIGN_UP: &str = "/sign-up";
    /// The account of who has opened the link in a mail.
    pub const FINISH_SIGN_UP: &str = "/finish-sign-up";
    /// Asking for a link to choose another password.
    pub const FORGOT_PASSWORD: &str = "/forgot-password";
    /// Choosing another password.
    pub const RESET_PASSWORD: &str = "/reset-password";
    /// Confirming an address.
    pub const CONFIRM_EMAIL: &str = "/confirm-email";
    /// Founding a workspace.
    pub const NEW_WORKSPACE: &str = "/new-workspace";
    /// An account's name and password.
    pub const ACCOUNT: &str = "/settings/account";
    /// Where somebody is signed in.
    pub const SESSIONS: &str = "/settings/sessions";
    /// Personal access tokens.
    pub const TOKENS: &str = "/settings/tokens";
    /// The workspaces that somebody is in.
    pub const WORKSPACES: &str = "/settings/workspaces";

    /// What somebody is like, and how they see things.
    pub const PROFILE: &str = "/settings/profile";

    /// The profile's page, which says that something was done.
    pub fn profile_done(what: &str) -> String {
        format!("{PROFILE}?done={what}")
    }

    /// The profile's page, which says what is wrong with a picture.
    pub fn profile_refused(why: &str) -> String {
        format!("{PROFILE}?refused={why}")
    }

    /// Signing in through a provider, to go on to an address of this site. No page: it leads away.
    pub fn provider(id: &str, next: Option<&str>) -> String {
        match next.filter(|next| super::is_local(next)) {
            Some(next) => format!("/auth/providers/{id}?next={}", encoded(next)),
            None => format!("/auth/providers/{id}"),
        }
    }

    /// Linking a provider to the account of who is signed in. No page: it leads away.
    pub fn link_provider(id: &str) -> String {
        format!("/auth/providers/{id}?link=1")
    }

    /// The account's page, which says that something was done.
    pub fn account_done(what: &str) -> String {
        format!("{ACCOUNT}?done={what}")
    }

    /// Joining a workspace, with an invitation's secret.
    pub fn invitation(secret: &str) -> String {
        format!("/invite/{}", encoded(secret))
    }

    /// The secret of the invitation that an address leads to.
    pub fn secret_of_invitation(address: &str) -> Option<&str> {
        address
            .strip_prefix("/invite/")
            .filter(|secret| !secret.contains('/'))
    }

    /// The second step of signing in, to go on to an address of this site.
    pub fn second_step(next: Option<&str>) -> String {
        match next.filter(|next| super::is_local(next)) {
            Some(next) => format!("{SECOND_STEP}?next={}", encoded(next)),
            None => SECOND_STEP.to_owned(),
        }
    }

    /// Signing up, to go on to an address of this site.
    pub fn sign_up(next: &str) -> String {
        format!("{SIGN_UP}?next={}", encoded(next))
    }

    /// Signing up, which says that a mail was sent.
    pub fn sign_up_sent(next: Option<&str>) -> String {
        match next {
            Some(next) => format!("{}&done=sent", sign_up(next)),
            None => format!("{SIGN_UP}?done=sent"),
        }
    }

    /// Where a mailed link leads that makes an account, to go on to an address of this site.
    pub fn finish_sign_up(secret: &str, next: Option<&str>) -> String {
        let next = next.map(|next| format!("&next={}", encoded(next)));
        format!(
            "{FINISH_SIGN_UP}?token={secret}{}",
            next.unwrap_or_default()
        )
    }

    /// Signing in, to go on to an address of this site.
    pub fn sign_in(next: &str) -> String {
        format!("{SIGN_IN}?next={}", encoded(next))
    }

    /// A workspace's projects.
    pub fn workspace(slug: &str) -> String {
        format!("/w/{slug}")
    }

    /// An address with the query that is shown: the filter of the board stays.
    pub fn with_query(address: String, search: &str) -> String {
        match search.trim_start_matches('?') {
            "" => address,
            query => format!("{address}?{query}"),
        }
    }

    /// A project's board.
    pub fn board(slug: &str, key: &str) -> String {
        format!("/w/{slug}/{key}/board")
    }

    /// A task beside its board.
    pub fn task(slug: &str, key: &str, number: u32) -> String {
        format!("/w/{slug}/{key}/board/{number}")
    }

    /// A project's archived tasks.
    pub fn archive(slug: &str, key: &str) -> String {
        format!("/w/{slug}/{key}/archive")
    }

    /// A project's people.
    pub fn people(slug: &str, key: &str) -> String {
        format!("/w/{slug}/{key}/people")
    }

    /// What a project is like.
    pub fn project_settings(slug: &str, key: &str) -> String {
        format!("/w/{slug}/{key}/settings")
    }

    /// Moving in from another tool.
    pub fn import(slug: &str) -> String {
        format!("/w/{slug}/import")
    }

    /// A workspace's settings.
    pub fn settings(slug: &str) -> String {
        format!("/w/{slug}/settings")
    }

    /// A section of a workspace's settings.
    pub fn section(slug: &str, section: Section) -> String {
        match section {
            Section::General => settings(slug),
            _ => format!("{}/{}", settings(slug), section.path()),
        }
    }

    /// A text as part of a query.
    pub fn encoded(text: &str) -> String {
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push('%');
                for digit in [byte >> 4, byte & 15] {
                    encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
            }
        }
        encoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(place: Place) -> Page {
        Page::Workspace {
            slug: "north".into(),
            place,
        }
    }

    #[test]
    fn every_address_that_is_written_is_read_back() {
        let key = || "WEB".to_owned();
        for (written, page) in [
            (href::ROOT.to_owned(), Page::Root),
            (href::SETUP.to_owned(), Page::Setup),
            (href::SIGN_IN.to_owned(), Page::SignIn),
            (href::SIGN_UP.to_owned(), Page::SignUp),
            (href::FINISH_SIGN_UP.to_owned(), Page::FinishSignUp),
            (href::NEW_WORKSPACE.to_owned(), Page::NewWorkspace),
            (href::FORGOT_PASSWORD.to_owned(), Page::Forgot),
            (href::RESET_PASSWORD.to_owned(), Page::Reset),
            (href::CONFIRM_EMAIL.to_owned(), Page::Confirm),
            (href::invitation("a-b_c"), Page::Invitation),
            (href::second_step(None), Page::SecondStep),
            (href::TWO_STEP.to_owned(), Page::TwoStep),
            (href::ACCOUNT.to_owned(), Page::Account),
            (href::SESSIONS.to_owned(), Page::Sessions),
            (href::TOKENS.to_owned(), Page::Tokens),
            (href::workspace("north"), workspace(Place::Home)),
            (
                href::board("north", "WEB"),
                workspace(Place::Board { key: key() }),
            ),
            (
                href::task("north", "WEB", 12),
                workspace(Place::Task {
                    key: key(),
                    number: 12,
                }),
            ),
            (
                href::archive("north", "WEB"),
                workspace(Place::Archive { key: key() }),
            ),
            (href::import("north"), workspace(Place::Import)),
            (
                href::people("north", "WEB"),
                workspace(Place::People { key: "WEB".into() }),
            ),
            (
                href::project_settings("north", "WEB"),
                workspace(Place::ProjectSettings { key: key() }),
            ),
            (href::PROFILE.to_owned(), Page::Profile),
            (href::WORKSPACES.to_owned(), Page::Workspaces),
        ]
        .into_iter()
        .chain(Section::ALL.iter().map(|section| {
            let place = Place::Settings(*section);
            (href::section("north", *section), workspace(place))
        })) {
            assert_eq!(Page::parse(&written), page, "{written}");
            assert_eq!(Page::parse(&format!("{written}/")), page, "{written}/");
        }
    }

    #[test]
    fn anything_else_is_unknown() {
        for path in [
            "/w",
            "/x",
            "/w/north/WEB",
            "/w/north/WEB/board/x",
            "/settings",
        ] {
            assert_eq!(Page::parse(path), Page::Unknown, "{path}");
        }
    }

    #[test]
    fn only_addresses_of_this_site_are_local() {
        for local in ["/", "/w/north?q=a%20b"] {
            assert!(is_local(local), "{local}");
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "w",
            "/a\nb",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_provider_leads_back_to_this_site_alone() {
        let provider = |next| href::provider("google", next);
        assert_eq!(
            provider(Some("/w/north?a=b")),
            "/auth/providers/google?next=/w/north%3Fa%3Db"
        );
        assert_eq!(provider(Some("//evil.example")), "/auth/providers/google");
        assert_eq!(provider(None), "/auth/providers/google");
    }

    #[test]
    fn an_address_within_an_address_is_encoded() {
        assert_eq!(
            href::sign_in("/w/north/WEB/board?q=a b&label=ü"),
            "/sign-in?next=/w/north/WEB/board%3Fq%3Da%20b%26label%3D%C3%BC"
        );
    }
}
