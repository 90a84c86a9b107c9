//! What is asked at each door: the least that is taken, with ids of the ground that it is tried on.

use super::ground::Ground;
use crate::harness::PASSWORD;
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::{Action, Permission};

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Nothing,
    Form(Vec<(&'static str, String)>),
    Json(Value),
    /// A file in a form, as browsers send one.
    Picture,
    /// A socket is to be opened.
    Socket,
}

/// A request to a door.
pub(super) struct Call {
    pub(super) method: Method,
    /// As the door stands in the list.
    pub(super) door: &'static str,
    /// As it is asked.
    pub(super) path: fn(&Ground) -> String,
    pub(super) body: fn(&Ground) -> Body,
    /// With what whoever is let in is refused all the same; nothing where it is done.
    pub(super) but: &'static str,
    /// Whether it opens to who has no second step, where the workspace asks for one.
    pub(super) is_open_without_step: bool,
    /// What it asks where it is asked in this way, if not what the door says.
    pub(super) asks: Option<Permission>,
    /// What it asks beside that.
    pub(super) also: Option<Action>,
}

fn call(
    method: Method,
    door: &'static str,
    path: fn(&Ground) -> String,
    body: fn(&Ground) -> Body,
) -> Call {
    Call {
        method,
        door,
        path,
        body,
        but: "",
        is_open_without_step: false,
        asks: None,
        also: None,
    }
}

fn get(door: &'static str, path: fn(&Ground) -> String) -> Call {
    call(Method::GET, door, path, |_| Body::Nothing)
}

fn post(door: &'static str, path: fn(&Ground) -> String, body: fn(&Ground) -> Body) -> Call {
    call(Method::POST, door, path, body)
}

impl Call {
    fn but(self, but: &'static str) -> Self {
        Self { but, ..self }
    }

    fn without_step(self) -> Self {
        Self {
            is_open_without_step: true,
            ..self
        }
    }
}

/// Server functions: a name, the fields that are written as they are, and those that are of the ground.
macro_rules! functions {
    ($($name:literal { $($field:ident: $value:expr),* } $([$($of:ident $(as $called:literal)?),*])? $(but $but:literal)? $(=> $without:ident)?;)*) => {
        vec![$({
            let function = post(
                concat!("/sf/", $name),
                |_| concat!("/sf/", $name).to_owned(),
                |ground| {
                    let _ = ground;
                    Body::Form(vec![
                        $($((functions!(@called $of $($called)?), ground.$of.clone()),)*)?
                        $((stringify!($field), $value.to_string()),)*
                    ])
                },
            );
            $(let function = function.but($but);)?
            $(let function = function.$without();)?
            function
        }),*]
    };
    (@called $of:ident) => { stringify!($of) };
    (@called $of:ident $called:literal) => { $called };
}

/// What is asked in a workspace, or of the server.
#[expect(clippy::too_many_lines, reason = "a list of every call")]
pub(super) fn of_workspaces() -> Vec<Call> {
    let mut into_a_project = functions! {
        "create-invitation" { role: "viewer", email: "", days: 7 } [workspace, project as "projects[0]"];
    };
    for call in &mut into_a_project {
        call.also = Some(Action::EditProjects);
    }
    let mut of_the_server = functions! {
        "list-audit-entries" {};
        "verify-audit-log" {};
        "list-facts" { about: "storage" };
        "list-facts" { about: "limits" };
        "list-facts" { about: "health" };
        "list-facts" { about: "retention" };
    };
    of_the_server.push(get("/audit-log", |_| "/audit-log?format=csv".into()));
    for call in &mut of_the_server {
        call.asks = Some(Permission::Server);
    }
    let mut all: Vec<Call> = functions! {
        "list-invitations" {} [workspace];
        "create-invitation" { role: "viewer", email: "", days: 7 } [workspace];
        "revoke-invitation" {} [workspace, invitation as "id"];
        "list-bots" {} [workspace];
        "create-bot" { name: "Bot", role: "viewer" } [workspace];
        "end-bot" {} [workspace, bot as "id"];
        "create-bot-token" { name: "Key", days: 7 } [workspace, bot];
        "delete-bot-token" {} [workspace, bot, bot_token as "id"];
        "list-programs" {} [workspace];
        "create-program" { name: "Program", redirects: "https://example.org/back" } [workspace];
        "delete-program" {} [workspace, program as "id"];
        "readdress-workspace" {} [workspace, new_slug as "slug"];
        "require-two-step" { required: false } [workspace];
        "delete-workspace" {} [workspace, name];
        "restore-workspace" {} [workspace];
        "leave-workspace" {} [workspace] => without_step;
        "hand-over-workspace" {} [workspace, member as "to"];
        "list-audit-entries" {} [workspace];
        "verify-audit-log" {} [workspace];
        "list-facts" { about: "usage" } [workspace];
        "start-export" {} [workspace];
        "list-exports" {} [workspace];
        "delete-export" {} [workspace, export as "id"];
        "list-settings" {};
        "save-setting" { key: "mail_from", value: "tasks@example.org" };
        "send-test-mail" {} but "unavailable";
        "list-flags" {};
        "save-flag" { name: "flag", rule: "on" };
        "delete-flag" { name: "flag" };
        "run-retention" {};
        "preview-erasure" { email: "guest@example.org" };
        "erase-person" { email: "nobody@example.org" } but "invalid_value";
        "list-administrators" {};
        "add-administrator" { email: "nobody@example.org", password: PASSWORD } but "invalid_value";
        "remove-administrator" { email: "nobody@example.org", password: PASSWORD } but "invalid_value";
        "list-keys" {} [workspace];
        "find-key-policy" {} [workspace];
        "save-key-policy" { personal: "on" } [workspace];
        "let-key-in" {} [workspace, bot_token as "id"] but "not_found";
        "end-key" {} [workspace, bot_token as "id"];
        "claim-placeholder" {} [workspace, bot as "id", member as "user"] but "invalid_value";
    };
    all.extend([
        get("/sync/socket", |g| {
            format!("/sync/socket?workspace={}", g.workspace)
        })
        .without_step(),
        get("/sync/stream", |g| {
            format!("/sync/stream?workspace={}&hello={}", g.workspace, g.hello())
        }),
        get("/sync/poll", |g| {
            format!("/sync/poll?workspace={}&hello={}", g.workspace, g.hello())
        }),
        post(
            "/sync/push",
            |g| format!("/sync/push?workspace={}", g.workspace),
            |_| Body::Json(json!({ "replica": uuid::Uuid::from_u128(9), "commands": [] })),
        ),
        post(
            "/sync/presence",
            |g| {
                let replica = uuid::Uuid::from_u128(9);
                format!("/sync/presence?workspace={}&replica={replica}", g.workspace)
            },
            |_| Body::Json(json!({})),
        ),
        post(
            "/sw/push",
            |g| format!("/sw/push?workspace={}&user={}", g.workspace, g.asker),
            |_| Body::Json(json!({ "replica": uuid::Uuid::from_u128(9), "commands": [] })),
        ),
        get("/sync/snapshot", |g| {
            format!("/sync/snapshot?workspace={}&cover=workspace", g.workspace)
        }),
        get("/sync/snapshot", |g| {
            let (workspace, project) = (&g.workspace, &g.project);
            format!("/sync/snapshot?workspace={workspace}&cover=board:{project}")
        }),
        get("/sync/snapshot", |g| {
            let (workspace, task) = (&g.workspace, &g.task);
            format!("/sync/snapshot?workspace={workspace}&cover=task:{task}")
        }),
        get("/sync/digest", |g| {
            let (workspace, project) = (&g.workspace, &g.project);
            format!("/sync/digest?workspace={workspace}&cover=board:{project}")
        }),
        post(
            "/imports/trello/preview",
            |g| format!("/imports/trello/preview?workspace={}", g.workspace),
            |_| Body::Json(json!({ "name": "x", "lists": [], "cards": [] })),
        ),
        get("/imports/{id}", |g| format!("/imports/{}", g.import)),
        post(
            "/imports/{id}/undo",
            |g| format!("/imports/{}/undo", g.import),
            |_| Body::Nothing,
        ),
        get("/exports/{id}", |g| format!("/exports/{}", g.export)),
        get("/audit-log", |g| {
            format!("/audit-log?format=csv&workspace={}", g.workspace)
        }),
    ]);
    all.extend(into_a_project);
    all.extend(of_the_server);
    for call in &mut all {
        if call.door == "/sync/socket" {
            call.body = |_| Body::Socket;
        }
    }
    all
}

/// What is asked by whoever has an account, of what is theirs.
pub(super) fn of_accounts() -> Vec<Call> {
    let mut all = functions! {
        "accept-invitation" { token: "nothing" } but "not_found";
        "find-account" {};
        "unlink-provider" { issuer: "https://example.org" } but "not_found";
        "find-two-step" {};
        "begin-two-step" {};
        "confirm-two-step" { code: "000000" } but "not_found";
        "note-codes" {};
        "end-two-step" { password: PASSWORD };
        "list-passkeys" {};
        "begin-passkey" { name: "Phone", password: PASSWORD } but "unavailable";
        "add-passkey" { answer: "{}" } but "unavailable";
        "rename-passkey" { name: "Phone" } [passkey as "id"];
        "remove-passkey" { password: PASSWORD } [passkey as "id"];
        "send-confirmation" {} but "unavailable";
        "list-sessions" {};
        "end-session" {} [session as "id"];
        "end-other-sessions" {};
        "change-password" { current: PASSWORD, password: "analytical engine 1843" };
        "rename-account" { name: "Another" };
        "find-profile" {};
        "save-profile" { time_zone: "", week_start: "monday", theme: "system" };
        "save-theme" { theme: "dark" };
        "save-notices" {};
        "remove-avatar" {};
        "list-tokens" {};
        "create-token" { name: "Key", days: 7 };
        "delete-token" {} [token as "id"];
        "list-workspaces" {};
        "create-workspace" { name: "Another" };
    };
    all.extend([
        post(
            "/settings/avatar",
            |_| "/settings/avatar".into(),
            |_| Body::Picture,
        ),
        get("/avatars/{hash}", |_| format!("/avatars/{:064}", 0)).but("not_found"),
        post(
            "/oauth/authorize",
            |_| "/oauth/authorize".into(),
            |_| {
                let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
                let fields = [
                    ("response_type", "code"),
                    ("client_id", "teamflow-cli"),
                    ("redirect_uri", "http://127.0.0.1/callback"),
                    ("code_challenge", challenge),
                    ("code_challenge_method", "S256"),
                ];
                Body::Form(fields.map(|(name, value)| (name, value.into())).into())
            },
        ),
        get("/api/v1/auth/sessions", |_| "/api/v1/auth/sessions".into()),
        call(
            Method::DELETE,
            "/api/v1/auth/sessions/{id}",
            |g| format!("/api/v1/auth/sessions/{}", g.session),
            |_| Body::Nothing,
        ),
        call(
            Method::DELETE,
            "/api/v1/auth/sessions",
            |_| "/api/v1/auth/sessions".into(),
            |_| Body::Nothing,
        ),
        post(
            "/api/v1/auth/sign-out",
            |_| "/api/v1/auth/sign-out".into(),
            |_| Body::Nothing,
        ),
    ]);
    all
}
