//! Going to a provider and coming back. Both are addresses that a browser opens, so what goes wrong is told on a page.

use super::{Entered, Flow, begin, link, sign_in};
use crate::accounts::identity::{self, SignedIn, hash};
use crate::app::App;
use crate::backend::half_way::HalfWay;
use crate::config;
use crate::http::extract::{Path, Query};
use crate::http::flash::{self, Flash};
use crate::http::{Error, is_followed_here};
use crate::sessions::{self, Entrance};
use crate::sign_in_flows::{self, Kind};
use ::app::routes::{href, is_local};
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use shared::codes::{Code, Rejected};

/// How much of a provider's own words is shown.
const SHOWN_CHARS_MAX: usize = 200;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/providers/{provider}", get(go))
        .route("/auth/providers/{provider}/callback", get(come_back))
}

#[derive(Deserialize)]
struct Going {
    next: Option<String>,
    /// Whether the account of who is signed in is to be linked.
    link: Option<String>,
}

/// What a browser brings back (RFC 6749, RFC 9207).
#[derive(Deserialize)]
struct Back {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// An answer that leads on.
struct Onward {
    address: String,
    cookies: Vec<String>,
}

/// Begins.
async fn go(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(going): Query<Going>,
    headers: HeaderMap,
) -> Response {
    let is_link = going.link.is_some();
    let next = going.next.filter(|next| is_local(next));
    let onward = gone(&app, &id, next.clone(), is_link, &headers).await;
    let place = place(next.as_deref(), is_link);
    answer(&app, onward, &place)
}

async fn gone(
    app: &App,
    id: &str,
    next: Option<String>,
    is_link: bool,
    headers: &HeaderMap,
) -> Result<Onward, Error> {
    let link = if is_link {
        // Else another site could have its own account linked to this one.
        if !is_followed_here(headers, &app.public_url) {
            return Err(Code::CrossSite.into());
        }
        Some(who(app, headers).await?.user_id)
    } else {
        None
    };
    let (flow, address) = begin(app, id, next, link).await?;
    let cookie = sign_in_flows::begin(app, Kind::Provider, &flow).await?;
    Ok(Onward {
        address,
        cookies: vec![cookie],
    })
}

/// Finishes.
async fn come_back(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Response {
    let flow = match begun(&app, &id, &back, &headers).await {
        Ok(flow) => flow,
        Err(error) => return answer(&app, Err(error), href::SIGN_IN),
    };
    let place = place(flow.next.as_deref(), flow.link.is_some());
    let mut onward = finish(&app, flow, back, &headers).await;
    if let Ok(onward) = &mut onward {
        onward
            .cookies
            .push(sign_in_flows::removal_cookie(&app, Kind::Provider));
    }
    answer(&app, onward, &place)
}

/// What this browser has begun and comes back from; each is taken once.
async fn begun(app: &App, id: &str, back: &Back, headers: &HeaderMap) -> Result<Flow, Error> {
    let stale = || {
        let text =
            "This was begun in another window, or too long ago, or is done already. Begin again.";
        Error::from(Rejected::new(Code::SignInFailed, text))
    };
    let found = sign_in_flows::find::<Flow>(app, Kind::Provider, headers).await?;
    let found = found.ok_or_else(stale)?;
    let state = back.state.as_deref().unwrap_or_default();
    if found.flow.provider != id || hash(&found.flow.keys.state) != hash(state) {
        return Err(stale());
    }
    if !sign_in_flows::end(app, &found).await? {
        return Err(stale());
    }
    Ok(found.flow)
}

async fn finish(app: &App, flow: Flow, back: Back, headers: &HeaderMap) -> Result<Onward, Error> {
    let client = app.providers.get(&flow.provider)?;
    let provider = &client.settings;
    if back
        .iss
        .as_ref()
        .is_some_and(|issuer| *issuer != provider.issuer)
    {
        let text = "The answer came from another provider than was asked. Begin again.";
        return Err(Rejected::new(Code::SignInFailed, text).into());
    }
    if let Some(error) = &back.error {
        return Err(refused(provider, error, back.error_description.as_deref()));
    }
    let code = back.code.ok_or(Code::InvalidRequest)?;
    let vouched = client.vouched(app, code, flow.keys).await?;
    if let Some(user) = flow.link {
        // Meanwhile somebody else may have signed in here.
        if who(app, headers).await?.user_id != user {
            return Err(Code::Unauthenticated.into());
        }
        link(app, provider, vouched, user).await?;
        return Ok(Onward {
            address: href::account_done("linked"),
            cookies: Vec::new(),
        });
    }
    let user_agent = headers.get(USER_AGENT).and_then(|name| name.to_str().ok());
    let entrance = Entrance::browser(user_agent.map(str::to_owned));
    let next = flow.next.as_deref();
    match sign_in(app, provider, vouched, next, entrance).await? {
        Entered::In(session) => {
            sessions::end_former(app, headers).await?;
            Ok(Onward {
                cookies: sessions::cookies(app, &session),
                address: flow.next.unwrap_or_else(|| href::ROOT.to_owned()),
            })
        }
        Entered::HalfWay(user) => Ok(Onward {
            address: href::second_step(next),
            cookies: vec![
                HalfWay {
                    email: user.email,
                    remember: true,
                }
                .cookie(app)?,
            ],
        }),
    }
}

/// Who links. A program that may less than its person must not get the person a way in of its own.
async fn who(app: &App, headers: &HeaderMap) -> Result<SignedIn, Error> {
    let who = identity::person_of_request(app, headers).await?;
    who.ok_or_else(|| Code::Unauthenticated.into())
}

/// What a provider says instead of a code, as far as it can be shown.
fn refused(provider: &config::Provider, error: &str, description: Option<&str>) -> Error {
    let name = &provider.name;
    let shown = |text: &str| -> String {
        let plain = text.chars().filter(|c| !c.is_control());
        plain.take(SHOWN_CHARS_MAX).collect()
    };
    let text = match error {
        "access_denied" => format!("You did not sign in with {name}: it was cancelled there."),
        "temporarily_unavailable" | "server_error" => {
            format!("{name} has a problem at the moment. Try again in a while.")
        }
        error => format!(
            "{name} refused: \u{201c}{}\u{201d}. Try again; if it happens again, tell the administrator of this server.",
            shown(description.unwrap_or(error))
        ),
    };
    tracing::info!(
        provider = provider.id,
        error = shown(error),
        "a provider let nobody in"
    );
    Rejected::new(Code::SignInFailed, text).into()
}

/// The page that tells what went wrong.
fn place(next: Option<&str>, is_link: bool) -> String {
    match next {
        _ if is_link => href::ACCOUNT.to_owned(),
        Some(next) => href::sign_in(next),
        None => href::SIGN_IN.to_owned(),
    }
}

fn answer(app: &App, onward: Result<Onward, Error>, place: &str) -> Response {
    let onward = onward.or_else(|error| {
        let flash = Flash::problem(error.into_rejected());
        Ok::<_, Error>(Onward {
            address: place.to_owned(),
            cookies: vec![flash::cookie(app, &flash)?],
        })
    });
    let onward = match onward {
        Ok(onward) => onward,
        Err(error) => return error.into_response(),
    };
    let Ok(location) = HeaderValue::from_str(&onward.address) else {
        return Error::from(Code::NotFound).into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in onward.cookies {
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    response
}
