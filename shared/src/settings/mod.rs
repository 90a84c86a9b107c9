//! What can be set in the application: the operator's variables win over it, it wins over the defaults.

pub mod flags;

use serde::{Deserialize, Serialize};

/// How a setting is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of a few: what is stored, and what people read.
    Choice(&'static [(&'static str, &'static str)]),
    /// A whole number.
    Number,
    /// A line of text.
    Text,
    /// A line of text that is not shown again.
    Secret,
}

/// Something that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key, as in the operator's file.
    pub key: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it does.
    pub hint: &'static str,
    /// How it is typed.
    pub kind: Kind,
    /// What holds where nothing is set.
    pub default: &'static str,
}

/// Who may come in.
pub const SIGN_IN: &[Setting] = &[
    Setting {
        key: "sign_up",
        title: "New accounts",
        hint: "Who may create an account on this server.",
        kind: Kind::Choice(&[
            ("open", "Open to everybody"),
            ("invited", "By invitation"),
            ("domains", "By invitation or domain"),
            ("first", "Only the first"),
            ("closed", "Closed"),
        ]),
        default: "open",
    },
    Setting {
        key: "sign_up_domains",
        title: "Domains",
        hint: "Whose addresses may come in by domain, such as example.org, with commas between several.",
        kind: Kind::Text,
        default: "",
    },
    Setting {
        key: "session_days",
        title: "Days signed in",
        hint: "For who asked to be remembered, after they were last seen.",
        kind: Kind::Number,
        default: "30",
    },
    Setting {
        key: "short_session_days",
        title: "Days signed in, otherwise",
        hint: "For everybody else, at most; their browser forgets it when it closes.",
        kind: Kind::Number,
        default: "7",
    },
];

/// How mail is sent.
pub const MAIL: &[Setting] = &[
    Setting {
        key: "mail_url",
        title: "Mail server",
        hint: "smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST:587?tls=required. It is kept sealed and not shown again.",
        kind: Kind::Secret,
        default: "",
    },
    Setting {
        key: "mail_from",
        title: "Sender",
        hint: "Such as TeamFlow <tasks@example.org>.",
        kind: Kind::Text,
        default: "",
    },
];

/// What goes by itself.
pub const RETENTION: &[Setting] = &[
    Setting {
        key: "audit_days",
        title: "Audit log, in days",
        hint: "Older lines go. 0 keeps them for ever.",
        kind: Kind::Number,
        default: "730",
    },
    Setting {
        key: "done_days",
        title: "Completed tasks, in days",
        hint: "Then they are put into the archive, where they can be found and restored. 0 leaves them.",
        kind: Kind::Number,
        default: "0",
    },
    Setting {
        key: "trash_days",
        title: "Trash, in days",
        hint: "Deleted tasks and projects then go for good, with everything in them: nobody can restore them. 0 keeps them.",
        kind: Kind::Number,
        default: "0",
    },
    Setting {
        key: "ended_days",
        title: "What has ended, in days",
        hint: "Sessions, access tokens, links and invitations that are worth nothing any more.",
        kind: Kind::Number,
        default: "30",
    },
    Setting {
        key: "export_days",
        title: "Exports, in days",
        hint: "How long an export of a workspace can be fetched.",
        kind: Kind::Number,
        default: "3",
    },
];

/// The setting with that key.
pub fn find(key: &str) -> Option<&'static Setting> {
    let all = [SIGN_IN, MAIL, RETENTION].into_iter().flatten();
    all.into_iter().find(|setting| setting.key == key)
}

/// How a setting stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The setting's key.
    pub key: String,
    /// What is set in the application, unless it is secret.
    pub value: Option<String>,
    /// Whether something is set.
    pub is_set: bool,
    /// Whether the operator has set it, so that it cannot be changed here.
    pub by_operator: bool,
}

/// A figure or a state, with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// How it is.
    pub value: String,
    /// Whether something should be done about it.
    pub is_bad: bool,
}

impl Fact {
    /// A fact that is as it should be.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            is_bad: false,
        }
    }

    /// A fact that somebody should do something about.
    pub fn bad(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            is_bad: true,
            ..Self::new(name, value)
        }
    }
}

/// What facts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// How much there is in a workspace.
    Usage,
    /// Where the server keeps what.
    Storage,
    /// How often somebody may ask, and how much at once.
    Limits,
    /// Whether everything works.
    Health,
    /// What would go by the retention policy now.
    Retention,
}
