//! Signing in over REST, for programs, and the list of sessions.

use super::{ACCESS_LIFETIME, Entrance, Kind, Session, SessionToken};
use crate::access::{Actor, Visit};
use crate::accounts::{self, Credentials};
use crate::app::App;
use crate::clock::later;
use crate::http::Error;
use crate::http::api::{Asked, Moment};
use crate::http::extract::{Path, SignedIn, Via};
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, HeaderName, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shared::codes::Code;
use shared::ids::SessionId;
use shared::limits::KeyScopes;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(refresh))
        .routes(routes!(sign_out))
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org", "password": "difference engine" }))]
struct SignIn {
    email: String,
    password: String,
    /// The code of the authenticator app, or a recovery code: where the account has a second step, and else ignored.
    code: Option<String>,
    /// Whether to stay signed in for longer.
    #[serde(default)]
    remember: bool,
    /// The address of a workspace: the access token is then good there alone, and names your role and its permissions.
    workspace: Option<String>,
}

/// What to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "cm90YXRlZCBhdCBlYWNoIHVzZQ" }))]
struct Refresh {
    refresh_token: String,
    /// The address of a workspace: the access token is then good there alone, and names your role and its permissions.
    workspace: Option<String>,
}

/// What a signed-in program holds.
#[derive(Serialize, ToSchema)]
struct Tokens {
    /// What to send as `Authorization: Bearer`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds, from now.
    #[schema(example = 900)]
    expires_in: u64,
    /// Exchange it for new ones before it ends. Each is good once: one that is sent again ends the session.
    refresh_token: String,
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: Moment,
}

/// A signed-in browser or program.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// What it calls itself.
    user_agent: Option<String>,
    /// `browser`; `api` for a program that you signed in to; `grant` for one that you let in.
    #[schema(example = "browser")]
    kind: &'static str,
    /// What a program that you let in may do.
    #[schema(value_type = Option<String>, example = "read write")]
    scopes: Option<KeyScopes>,
    /// Whether this request came with it.
    current: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    /// Give or take a quarter of an hour.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
}

/// The sessions of an account.
#[derive(Serialize, ToSchema)]
struct Sessions {
    items: Vec<SessionView>,
}

type Private<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// Nothing on the way may keep it.
fn private<T>(body: T) -> Private<T> {
    ([(CACHE_CONTROL, "no-store")], Json(body))
}

fn tokens(app: &App, token: &SessionToken) -> Private<Tokens> {
    let ends = later(app.clock.now(), token.lifetime());
    private(Tokens {
        access_token: token.access().to_owned(),
        token_type: "Bearer",
        expires_in: ACCESS_LIFETIME.as_secs(),
        refresh_token: token.as_str().to_owned(),
        refresh_expires_at: Moment(ends),
    })
}

/// Sign in with a password.
#[utoipa::path(
    post, path = "/auth/sign-in", tag = "Sessions", request_body = SignIn, security(()),
    responses((status = 200, description = "Signed in", body = Tokens)),
)]
async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Asked { body, .. }: Asked<SignIn>,
) -> Result<Private<Tokens>, Error> {
    let user_agent = headers.get(USER_AGENT).and_then(|name| name.to_str().ok());
    let credentials = Credentials {
        email: body.email,
        password: body.password,
        code: body.code,
        entrance: Entrance {
            user_agent: user_agent.map(str::to_owned),
            kind: Kind::Api,
            remember: body.remember,
            grant: None,
            means: None,
        },
    };
    let (user, mut token) = accounts::sign_in(&app, credentials).await?;
    if let Some(slug) = body.workspace {
        let visit = Visit::to_slug(&app, Actor::unlimited(user.id), &slug).await?;
        token.aim(&app, Some(visit.workspace), None).await?;
    }
    Ok(tokens(&app, &token))
}

/// Exchange a refresh token for new tokens.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "Sessions", request_body = Refresh, security(()),
    responses((status = 200, description = "Exchanged: the old refresh token is worth nothing", body = Tokens)),
)]
async fn refresh(
    State(app): State<App>,
    Asked { body, .. }: Asked<Refresh>,
) -> Result<Private<Tokens>, Error> {
    let secret = body.refresh_token;
    // Looked up before the secret is spent: who names a wrong workspace keeps it.
    let workspace = match (
        body.workspace,
        super::find_user(&app, &secret, Kind::Api).await?,
    ) {
        (Some(slug), Some(user)) => {
            let visit = Visit::to_slug(&app, Actor::unlimited(user), &slug).await?;
            Some(visit.workspace)
        }
        _ => None,
    };
    let exchanged = super::exchange(&app, &secret, Kind::Api).await?;
    let mut token = exchanged.ok_or(Code::Unauthenticated)?;
    if workspace.is_some() {
        token.aim(&app, workspace, None).await?;
    }
    Ok(tokens(&app, &token))
}

/// End the session that this request came with.
#[utoipa::path(
    post, path = "/auth/sign-out", tag = "Sessions",
    responses((status = 204, description = "Ended: its tokens are worth nothing")),
)]
async fn sign_out(State(app): State<App>, who: SignedIn) -> Result<StatusCode, Error> {
    let Via::Session(id) = who.via else {
        return Err(Code::NotFound.into());
    };
    super::sign_out(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List where you are signed in.
#[utoipa::path(
    get, path = "/auth/sessions", tag = "Sessions",
    responses((status = 200, description = "Who was seen last, first", body = Sessions)),
)]
async fn list_sessions(State(app): State<App>, who: SignedIn) -> Result<Private<Sessions>, Error> {
    let found = super::list(&app, who.user_id).await?;
    let view = |session: Session| SessionView {
        current: who.via == Via::Session(session.id),
        id: session.id,
        user_agent: session.user_agent,
        kind: session.kind.as_str(),
        scopes: session.grant.map(|grant| grant.scopes),
        created_at: Moment(session.created_at),
        seen_at: Moment(session.seen_at),
        expires_at: Moment(session.expires_at),
    };
    Ok(private(Sessions {
        items: found.into_iter().map(view).collect(),
    }))
}

/// Sign out everywhere else.
#[utoipa::path(
    delete, path = "/auth/sessions", tag = "Sessions",
    responses((status = 204, description = "All other sessions have ended")),
)]
async fn end_other_sessions(State(app): State<App>, who: SignedIn) -> Result<StatusCode, Error> {
    let this = match who.via {
        Via::Session(id) => Some(id),
        Via::Token(_) => None,
    };
    super::end_others(&app, who.user_id, this).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign a browser or program out.
#[utoipa::path(
    delete, path = "/auth/sessions/{id}", tag = "Sessions",
    params(("id" = uuid::Uuid, Path, description = "The session's id")),
    responses((status = 204, description = "Ended: its tokens are worth nothing")),
)]
async fn end_session(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Error> {
    super::end(&app, who.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
