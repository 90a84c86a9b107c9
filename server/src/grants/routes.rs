//! The authorization server's doors (RFC 6749, 7009, 7636, 8414, 9207).

use super::authorize::{self, Bad, Wish};
use super::clients;
use super::codes::{self, Shown};
use super::page::{self, Asked, Choice};
use super::params::Params;
use super::refusal::{NOT_KEPT, Refusal};
use crate::accounts::identity;
use crate::app::App;
use crate::http::Error;
use crate::http::extract::{SignedIn, Via};
use crate::sessions::{self, ACCESS_LIFETIME, Kind, SessionToken};
use crate::{members, workspaces};
use ::app::routes::href;
use axum::Json;
use axum::Router;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, OriginalUri, Query, State};
use axum::http::header::{CACHE_CONTROL, HeaderMap};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::{Value, json};
use shared::ids::WorkspaceId;
use shared::limits::{KeyScope, KeyScopes};

type Pairs = Vec<(String, String)>;
type FormPairs = Result<Form<Pairs>, FormRejection>;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/oauth/authorize", get(ask).post(decide))
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
}

/// What programs need to know of this server (RFC 8414).
async fn metadata(State(app): State<App>) -> impl IntoResponse {
    let issuer = app.public_url.origin();
    let at = |path: &str| format!("{issuer}{path}");
    let document: Value = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "scopes_supported": KeyScope::ALL.map(KeyScope::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": at("/api/docs/"),
    });
    ([(CACHE_CONTROL, "public, max-age=300")], Json(document))
}

/// Asks the person in front of a browser.
async fn ask(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    query: Result<Query<Pairs>, QueryRejection>,
) -> Response {
    let Ok(Query(pairs)) = query else {
        return page::refused(&app, &headers, "Its question cannot be read.", None);
    };
    match shown(&app, &uri, &headers, &Params(pairs)).await {
        Ok(response) => response,
        Err(bad) => turned_away(&app, &headers, bad).await,
    }
}

async fn shown(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Response, Bad> {
    let wish = authorize::read(app, params).await?;
    let who = identity::person_of_request(app, headers).await?;
    // Only a person consents, not a program of theirs.
    let Some(who) = who else {
        let here = uri.path_and_query().map_or("/", |here| here.as_str());
        return Ok(page::redirect(&href::sign_in(here)));
    };
    let asked = asked(app, &who, &wish).await?;
    Ok(page::consent(app, headers, &wish, &asked))
}

/// The workspaces to choose among.
async fn asked<'a>(app: &App, who: &'a SignedIn, wish: &Wish) -> Result<Asked<'a>, Bad> {
    let only = match &wish.client.workspace {
        Some(_) => wish.place(app, who.user_id, None).await?,
        None => {
            wish.place(app, who.user_id, wish.workspace.as_deref())
                .await?
        }
    };
    let all = workspaces::list_for_member(app, who.user_id).await?;
    // There is nothing to be let into where a workspace was deleted.
    let live = all
        .into_iter()
        .filter(|link| link.restorable_until.is_none());
    let mut choices: Vec<Choice> = live
        .map(|link| Choice {
            slug: link.slug,
            name: link.name,
        })
        .collect();
    if let Some(only) = only {
        let slug = slug(app, only).await?;
        choices.retain(|choice| choice.slug == slug);
    }
    Ok(Asked {
        email: who.email.as_str(),
        choices,
        all: only.is_none(),
        author: author(app, wish).await?,
    })
}

/// What the person who registered a program is called in its workspace.
async fn author(app: &App, wish: &Wish) -> Result<Option<String>, Error> {
    let (Some(workspace), Some(author)) = (wish.client.workspace, wish.client.created_by) else {
        return Ok(None);
    };
    let mut read = app.db.read_in(workspace).await?;
    let found = members::store::find(read.conn(), workspace, author.uuid()).await?;
    Ok(found.map(|stored| stored.row.name.into()))
}

async fn slug(app: &App, id: WorkspaceId) -> Result<String, Error> {
    let found = workspaces::store::find(app.db.read_in(id).await?.conn(), id, id.uuid()).await?;
    Ok(found.map(|it| it.row.slug.to_string()).unwrap_or_default())
}

/// Takes the person's answer.
async fn decide(
    State(app): State<App>,
    who: SignedIn,
    headers: HeaderMap,
    form: FormPairs,
) -> Response {
    let Ok(Form(pairs)) = form else {
        return page::refused(&app, &headers, "Its question cannot be read.", None);
    };
    match decided(&app, &who, &Params(pairs)).await {
        Ok(response) => response,
        Err(bad) => turned_away(&app, &headers, bad).await,
    }
}

async fn decided(app: &App, who: &SignedIn, params: &Params) -> Result<Response, Bad> {
    let wish = authorize::read(app, params).await?;
    let unread = |_| Bad::Unknown("The answer cannot be read. Start again.".to_owned());
    if params.find("decision").map_err(unread)? != Some("allow") {
        return Ok(page::redirect(&wish.deny(app)));
    }
    let chosen = params.find("place").map_err(unread)?;
    let workspace = wish.place(app, who.user_id, chosen).await?;
    let scopes = wish.ticked(params).map_err(unread)?;
    let back = wish.allow(app, who.user_id, workspace, scopes).await?;
    Ok(page::redirect(&back))
}

/// Says on a page of our own what is wrong. The person may go on to the program and tell it, where there is one: nobody is
/// sent.
async fn turned_away(app: &App, headers: &HeaderMap, bad: Bad) -> Response {
    match bad {
        Bad::Unknown(why) => page::refused(app, headers, &why, None),
        Bad::Told {
            client,
            redirect,
            state,
            error,
            why,
        } => {
            let told = [("error", error), ("error_description", &why)];
            let address = authorize::answer(app, &redirect, state.as_deref(), &told);
            let is_somebody = match identity::person_of_request(app, headers).await {
                Ok(who) => who.is_some(),
                Err(error) => return error.into_response(),
            };
            let back = is_somebody.then_some((client.as_str(), address.as_str()));
            page::refused(app, headers, &why, back)
        }
        Bad::Failed(error) => error.into_response(),
    }
}

/// What a program is given.
#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
    scope: KeyScopes,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<WorkspaceId>,
}

fn given(token: &SessionToken, scope: KeyScopes, workspace: Option<WorkspaceId>) -> Response {
    let tokens = Tokens {
        access_token: token.access().to_owned(),
        token_type: "Bearer",
        expires_in: ACCESS_LIFETIME.as_secs(),
        refresh_token: token.as_str().to_owned(),
        scope,
        workspace,
    };
    (NOT_KEPT, Json(tokens)).into_response()
}

fn read_form(form: FormPairs) -> Result<Params, Refusal> {
    let Form(pairs) = form.map_err(|_| {
        Refusal::invalid("Send the parameters as application/x-www-form-urlencoded.")
    })?;
    Ok(Params(pairs))
}

/// The program that says it is asking.
async fn client(app: &App, params: &Params) -> Result<clients::Client, Refusal> {
    let id = params.get("client_id")?;
    clients::find(app, id)
        .await?
        .ok_or_else(|| Refusal::new("invalid_client", "Nobody knows this program."))
}

/// Exchanges a code, or a refresh token.
async fn token(State(app): State<App>, form: FormPairs) -> Result<Response, Refusal> {
    let params = read_form(form)?;
    match params.get("grant_type")? {
        "authorization_code" => {
            let client = client(&app, &params).await?;
            let shown = Shown {
                code: params.get("code")?,
                client: &client.id,
                redirect: params.get("redirect_uri")?,
                verifier: params.get("code_verifier")?,
            };
            let (mut token, grant) = codes::redeem(&app, &shown, &client.name).await?;
            token.aim(&app, grant.workspace, None).await?;
            Ok(given(&token, grant.scopes, grant.workspace))
        }
        "refresh_token" => refresh(&app, &params).await,
        _ => Err(Refusal::new(
            "unsupported_grant_type",
            "Only authorization_code and refresh_token are exchanged.",
        )),
    }
}

async fn refresh(app: &App, params: &Params) -> Result<Response, Refusal> {
    let worthless = || {
        let why = "The refresh token is not good: it was used, has ended, or is another program's.";
        Refusal::new("invalid_grant", why)
    };
    let client = client(app, params).await?;
    let secret = params.get("refresh_token")?;
    let wanted = params.find("scope")?.map(KeyScopes::parse).transpose();
    let wanted = wanted.map_err(|why| Refusal::new("invalid_scope", why))?;
    // Looked at before it is spent: who asks for too much, or for another program, keeps what they have.
    if let Some(grant) = sessions::find_grant(app, secret).await? {
        if grant.client != client.id {
            return Err(worthless());
        }
        if wanted.is_some_and(|wanted| !wanted.is_within(grant.scopes)) {
            let why = "More was asked for than was granted. Ask the person again.";
            return Err(Refusal::new("invalid_scope", why));
        }
    }
    let exchanged = sessions::exchange(app, secret, Kind::Grant).await?;
    let mut token = exchanged.ok_or_else(worthless)?;
    let grant = token.grant().cloned().ok_or_else(worthless)?;
    token.aim(app, grant.workspace, wanted).await?;
    Ok(given(
        &token,
        wanted.unwrap_or(grant.scopes),
        grant.workspace,
    ))
}

/// Ends what a token stands for. One that is worth nothing, or is another program's, has nothing to end (RFC 7009).
async fn revoke(State(app): State<App>, form: FormPairs) -> Result<Response, Refusal> {
    let params = read_form(form)?;
    let client = client(&app, &params).await?;
    let token = params.get("token")?;
    let of_secret = sessions::find_granted(&app, token, &client.id).await?;
    let session = if of_secret.is_some() {
        of_secret
    } else {
        let known = sessions::access::verify(&app, token, &[Kind::Grant]).await?;
        known
            .filter(|known| known.client.as_deref() == Some(&client.id))
            .and_then(|known| match known.signed_in.via {
                Via::Session(session) => Some(session),
                Via::Token(_) => None,
            })
    };
    if let Some(session) = session {
        sessions::sign_out(&app, session).await?;
    }
    Ok((StatusCode::OK, NOT_KEPT).into_response())
}
