//! Every way into the server, with what it asks of whoever comes. **A door that is not in this list is shut.**
//!
//! The guard lets nobody without an account past a door that needs one; whether their role allows an action is judged
//! where the thing is at hand, and tests hold each door to what it says here.

use super::Error;
use super::client_address::client_address;
use super::rates::{Asker, Class, Counted};
use crate::accounts::identity;
use crate::app::App;
use crate::audit_entries::{self, Note};
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::access::Action;
use shared::access::Permission::{self, Account, Action as To, Public, Server};
use shared::audit_entries::Act;
use shared::codes::Code;
use shared::limits::KeyScope;

/// A way in.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// The method; GET stands for HEAD too.
    pub method: &'static str,
    /// The path as it is routed; for a server function its whole path.
    pub path: &'static str,
    /// What it asks.
    pub permission: Permission,
    /// What it asks beside that.
    pub further: Further,
}

/// What a door asks beside its permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Further {
    /// Nothing.
    Nothing,
    /// That a person comes: no key, no grant and no bot, however much they may.
    Person,
    /// Their password once more, in what is sent. Nothing that is a program's own opens such a door either.
    Password,
}

/// What an account sees of its own that keys and grants may see too, as far as they reach.
const LISTS: [&str; 1] = ["/api/v1/workspaces"];

/// The server functions' folder, and the pattern by which they are routed.
const FUNCTIONS: &str = "/sf/";

/// What somebody is shown of theirs: nobody on the way keeps it, and their own browser asks whether it is still so.
const THEIRS: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The ends of the names of cookies that whoever gave the right password or code is given.
const SIGNED_IN: [&str; 2] = ["teamflow_session", "teamflow_half_way"];

macro_rules! doors {
    ($($method:ident $path:literal $permission:expr $(, $further:ident)?;)*) => {
        /// Every door.
        pub const DOORS: &[Door] = &[
            $(Door {
                method: stringify!($method),
                path: $path,
                permission: $permission,
                further: doors!(@further $($further)?),
            }),*
        ];
    };
    (@further) => { Further::Nothing };
    (@further $further:ident) => { Further::$further };
}

doors! {
    // What belongs to nobody.
    GET "/health" Public;
    GET "/ready" Public;
    GET "/__dev/reload" Public;
    GET "/sw.js" Public;
    GET "/app-shell" Public;
    GET "/api/openapi.json" Public;
    GET "/api/docs" Public;
    GET "/api/docs/" Public;
    GET "/api/docs/{*path}" Public;

    // Signing in.
    GET "/.well-known/jwks.json" Public;
    GET "/auth/providers/{provider}" Public;
    GET "/auth/providers/{provider}/callback" Public;
    GET "/.well-known/oauth-authorization-server" Public;
    GET "/oauth/authorize" Public;
    POST "/oauth/authorize" Account;
    POST "/oauth/token" Public;
    POST "/oauth/revoke" Public;
    POST "/api/v1/auth/sign-in" Public;
    POST "/api/v1/auth/refresh" Public;
    POST "/api/v1/auth/sign-out" Account;
    GET "/api/v1/auth/sessions" Account;
    DELETE "/api/v1/auth/sessions" Account;
    DELETE "/api/v1/auth/sessions/{id}" Account;

    // What pages ask that is not synced.
    POST "/sf/sign-in" Public;
    POST "/sf/enter-code" Public;
    POST "/sf/begin-passkey-sign-in" Public;
    POST "/sf/sign-in-with-passkey" Public;
    POST "/sf/sign-up" Public;
    POST "/sf/ask-sign-up" Public;
    POST "/sf/finish-sign-up" Public;
    POST "/sf/set-up" Public;
    POST "/sf/try-demo" Public;
    POST "/sf/sign-out" Public;
    POST "/sf/forgot-password" Public;
    POST "/sf/reset-password" Public;
    POST "/sf/confirm-email" Public;
    POST "/sf/find-invitation" Public;
    POST "/sf/accept-invitation" Account;
    POST "/sf/list-invitations" To(Action::InviteMembers);
    POST "/sf/create-invitation" To(Action::InviteMembers);
    POST "/sf/revoke-invitation" To(Action::InviteMembers);
    POST "/sf/claim-placeholder" To(Action::EditMembers);
    POST "/sf/find-entrances" Public;
    POST "/sf/find-account" Account;
    POST "/sf/unlink-provider" Account;
    POST "/sf/find-two-step" Account;
    POST "/sf/begin-two-step" Account;
    POST "/sf/confirm-two-step" Account;
    POST "/sf/note-codes" Account;
    POST "/sf/end-two-step" Account, Password;
    POST "/sf/list-passkeys" Account;
    POST "/sf/begin-passkey" Account, Password;
    POST "/sf/add-passkey" Account;
    POST "/sf/rename-passkey" Account;
    POST "/sf/remove-passkey" Account, Password;
    POST "/sf/send-confirmation" Account;
    POST "/sf/list-sessions" Account;
    POST "/sf/end-session" Account;
    POST "/sf/end-other-sessions" Account;
    POST "/sf/change-password" Account, Password;
    POST "/sf/rename-account" Account;
    POST "/sf/find-profile" Account;
    POST "/sf/save-profile" Account;
    POST "/sf/save-theme" Account;
    POST "/sf/save-notices" Account;
    POST "/sf/remove-avatar" Account;
    POST "/sf/list-tokens" Account;
    POST "/sf/create-token" Account;
    POST "/sf/delete-token" Account;
    POST "/sf/list-bots" To(Action::EditMembers);
    POST "/sf/create-bot" To(Action::EditMembers);
    POST "/sf/end-bot" To(Action::EditMembers);
    POST "/sf/create-bot-token" To(Action::EditMembers), Person;
    POST "/sf/delete-bot-token" To(Action::EditMembers);
    POST "/sf/list-programs" To(Action::EditMembers);
    POST "/sf/create-program" To(Action::EditMembers), Person;
    POST "/sf/delete-program" To(Action::EditMembers);
    POST "/sf/list-workspaces" Account;
    POST "/sf/create-workspace" Account;
    POST "/sf/readdress-workspace" To(Action::EditWorkspace);
    POST "/sf/require-two-step" To(Action::SecureWorkspace);
    POST "/sf/delete-workspace" To(Action::DeleteWorkspace);
    POST "/sf/restore-workspace" To(Action::DeleteWorkspace);
    POST "/sf/leave-workspace" To(Action::LeaveWorkspace);
    POST "/sf/hand-over-workspace" To(Action::TransferOwnership), Person;

    // What only who looks after a workspace or the server may ask; of the server, its administrator alone.
    POST "/sf/list-audit-entries" To(Action::ReadAudit);
    POST "/sf/verify-audit-log" To(Action::ReadAudit);
    POST "/sf/list-facts" To(Action::EditWorkspace);
    POST "/sf/list-settings" Server;
    POST "/sf/save-setting" Server;
    POST "/sf/send-test-mail" Server;
    POST "/sf/list-flags" Server;
    POST "/sf/save-flag" Server;
    POST "/sf/delete-flag" Server;
    POST "/sf/run-retention" Server;
    POST "/sf/start-export" To(Action::ExportWorkspace);
    POST "/sf/list-exports" To(Action::ExportWorkspace);
    POST "/sf/delete-export" To(Action::ExportWorkspace);
    POST "/sf/preview-erasure" Server;
    POST "/sf/erase-person" Server;
    POST "/sf/list-administrators" Server;
    POST "/sf/add-administrator" Server, Password;
    POST "/sf/remove-administrator" Server, Password;
    POST "/sf/list-keys" To(Action::EditMembers);
    POST "/sf/end-key" To(Action::EditMembers);
    POST "/sf/let-key-in" To(Action::EditMembers);
    POST "/sf/find-key-policy" To(Action::EditWorkspace);
    POST "/sf/save-key-policy" To(Action::EditWorkspace);

    // Synced rows. Each command that is pushed is judged by its own permission.
    GET "/sync/socket" To(Action::ReadWorkspace);
    GET "/sync/stream" To(Action::ReadWorkspace);
    GET "/sync/poll" To(Action::ReadWorkspace);
    POST "/sync/push" To(Action::ReadWorkspace);
    POST "/sync/presence" To(Action::ReadWorkspace);
    GET "/sync/snapshot" To(Action::ReadWorkspace);
    GET "/sync/digest" To(Action::ReadWorkspace);
    POST "/sw/push" To(Action::ReadWorkspace);

    // Files.
    POST "/settings/avatar" Account;
    GET "/avatars/{hash}" Account;
    POST "/imports/trello/preview" To(Action::RunImports);
    GET "/imports/{id}" To(Action::RunImports);
    POST "/imports/{id}/start" To(Action::RunImports);
    POST "/imports/{id}/undo" To(Action::RunImports);

    GET "/audit-log" To(Action::ReadAudit);
    GET "/exports/{id}" To(Action::ExportWorkspace);

    // The API.
    GET "/api/v1/workspaces" Account;
    GET "/api/v1/workspaces/{slug}/members" To(Action::ReadWorkspace);
    GET "/api/v1/workspaces/{slug}/projects" To(Action::ReadWorkspace);
    POST "/api/v1/workspaces/{slug}/projects" To(Action::CreateProjects);
    GET "/api/v1/projects/{id}" To(Action::ReadProjects);
    PATCH "/api/v1/projects/{id}" To(Action::EditProjects);
    DELETE "/api/v1/projects/{id}" To(Action::DeleteProjects);
    POST "/api/v1/projects/{id}/restore" To(Action::DeleteProjects);
    GET "/api/v1/projects/{id}/board" To(Action::ReadProjects);
    GET "/api/v1/projects/{id}/labels" To(Action::ReadProjects);
    GET "/api/v1/projects/{id}/statuses" To(Action::ReadProjects);
    POST "/api/v1/projects/{id}/statuses" To(Action::EditStatuses);
    GET "/api/v1/statuses/{id}" To(Action::ReadProjects);
    PATCH "/api/v1/statuses/{id}" To(Action::EditStatuses);
    GET "/api/v1/projects/{id}/tasks" To(Action::ReadProjects);
    POST "/api/v1/projects/{id}/tasks" To(Action::CreateTasks);
    GET "/api/v1/projects/{id}/tasks/{number}" To(Action::ReadProjects);
    GET "/api/v1/tasks" To(Action::ReadProjects);
    POST "/api/v1/tasks" To(Action::CreateTasks);
    GET "/api/v1/tasks/{id}" To(Action::ReadProjects);
    PATCH "/api/v1/tasks/{id}" To(Action::EditTasks);
    DELETE "/api/v1/tasks/{id}" To(Action::DeleteTasks);
    PUT "/api/v1/tasks/{id}/trash" To(Action::DeleteTasks);
    DELETE "/api/v1/tasks/{id}/trash" To(Action::DeleteTasks);
    POST "/api/v1/tasks/{id}/restore" To(Action::DeleteTasks);
    POST "/api/v1/tasks/{id}/move" To(Action::EditTasks);
    POST "/api/v1/tasks/{id}/move-to-project" To(Action::EditTasks);
    GET "/api/v1/tasks/{id}/comments" To(Action::ReadProjects);
    POST "/api/v1/tasks/{id}/comments" To(Action::CreateComments);
    GET "/api/v1/comments/{id}" To(Action::ReadProjects);
    PATCH "/api/v1/comments/{id}" To(Action::EditComments);
    DELETE "/api/v1/comments/{id}" To(Action::DeleteComments);
}

fn is_list(path: &str) -> bool {
    LISTS.contains(&path)
}

/// The scope that a key or a grant has to have for a door; nothing where it takes a person, or nobody.
pub fn scope(path: &str, permission: Permission) -> Option<KeyScope> {
    match permission {
        Permission::Action(action) => Some(KeyScope::of(action)),
        Account => is_list(path).then_some(KeyScope::Read),
        Public | Permission::Server => None,
    }
}

/// What the door at a method and a routed path asks; nothing where there is none.
pub fn permission(method: &str, path: &str) -> Option<Permission> {
    Some(find(method, path)?.permission)
}

/// The door at a method and a routed path.
pub fn find(method: &str, path: &str) -> Option<&'static Door> {
    let method = if method == "HEAD" { "GET" } else { method };
    DOORS
        .iter()
        .find(|door| door.path == path && door.method == method)
}

/// Stands in front of every route.
pub(super) async fn guard(
    State(app): State<App>,
    matched: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let is_function = matched.as_str().starts_with(FUNCTIONS);
    let path = if is_function {
        request.uri().path()
    } else {
        matched.as_str()
    };
    let method = request.method();
    let Some(&Door {
        permission,
        further,
        ..
    }) = find(method.as_str(), path)
    else {
        let is_elsewhere = DOORS.iter().any(|door| door.path == path);
        return Err(if is_elsewhere {
            Code::MethodNotAllowed.into()
        } else {
            Code::NotFound.into()
        });
    };
    let found = if permission == Public {
        Ok(None)
    } else {
        identity::of_request(&app, request.headers()).await
    };
    // Whoever shows a token that is worth nothing is a stranger, and guesses no faster at doors that are open wider, or are not
    // counted.
    let guessed = found.is_err().then_some(Class::General);
    let class = guessed.or(Class::of(path));
    let address = client_address(&app, request.extensions(), request.headers());
    let asker = Asker::of(found.as_ref().ok().and_then(Option::as_ref), address);
    let counted = match class {
        Some(class) => app.rates.count(class, asker).await,
        None => None,
    };
    if let Some(Counted {
        left,
        wait: Some(wait),
    }) = counted
    {
        let error = Error::later("Too many requests.", wait);
        let mut response = if is_function {
            told_function(error)
        } else {
            error.into_response()
        };
        left.tell(response.headers_mut());
        return Ok(response);
    }
    let who = found?;
    if permission != Public && who.is_none() {
        return Ok(turned_away(&request, is_function));
    }
    if let Some(who) = who {
        identity::note_use(&app, &who, address).await;
        let is_open = who.limits.open(permission) || is_list(path);
        let is_open = is_open && (further != Further::Person || who.limits.is_none());
        if !is_open {
            let note = Note::of_server(Act::Refused).by(who.user_id);
            audit_entries::tally(&app, note.saying(format!("{method} {path}")));
            let error = Error::from(Code::InsufficientScope);
            return if is_function {
                Ok(told_function(error))
            } else {
                Err(error)
            };
        }
        request.extensions_mut().insert(who);
    }
    let mut response = next.run(request).await;
    if permission != Public {
        let headers = response.headers_mut();
        headers.entry(CACHE_CONTROL).or_insert(THEIRS);
    }
    if let Some(Counted { left, .. }) = counted {
        left.tell(response.headers_mut());
    }
    if class == Some(Class::SignIn) && came_in(&response, is_function) {
        app.rates.give_back(Class::SignIn, asker).await;
    }
    Ok(response)
}

/// Whether an answer says that the password or the code was right. Pages are sent on whether or not it was; a cookie is
/// set where it was.
fn came_in(response: &Response, is_function: bool) -> bool {
    if !is_function {
        return response.status().is_success();
    }
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split_once('='))
        .any(|(name, value)| {
            SIGNED_IN.iter().any(|end| name.ends_with(end)) && !value.starts_with(';')
        })
}

/// A refusal in the words of the server functions.
fn told_function(error: Error) -> Response {
    let retry_after = error.retry_after();
    let rejected = error.into_rejected();
    let status = StatusCode::from_u16(rejected.code.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(rejected)).into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Tells somebody without an account so, in the words of the door.
fn turned_away(request: &Request, is_function: bool) -> Response {
    let accept = request.headers().get(ACCEPT);
    let is_plain_form = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    match (
        is_function,
        is_plain_form && request.method() == Method::POST,
    ) {
        (true, true) => {
            let headers = [(LOCATION, ::app::routes::href::SIGN_IN)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        (true, false) => told_function(Code::Unauthenticated.into()),
        (false, _) => Error::from(Code::Unauthenticated).into_response(),
    }
}
