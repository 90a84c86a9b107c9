//! Pages, rendered on the server: who asks decides where a path leads, then its rows are read, then it is drawn.

use super::client_address::client_address;
use super::flash::{self, Flash};
use super::rates::{Asker, Class};
use super::{Error, assets::Manifest, cookies, plain_page};
use crate::access::{Actor, Visit};
use crate::accounts::identity::{self, SignedIn};
use crate::app::App;
use crate::backend::{RequestBackend, new_token};
use crate::config::PublicUrl;
use crate::profiles::{self, Looks};
use crate::sync::{SeedRequest, seed};
use crate::tasks::former;
use crate::{accounts, workspaces};
use ::app::accounts::Person;
use ::app::layout::Theme;
use ::app::routes::{Page, Place, href, is_local};
use ::app::shell::{Assets, Document, shell};
use ::app::start::Start;
use ::app::sync::Seed;
use ::app::time::Zone;
use any_spawner::Executor;
use axum::body::Body;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE,
    VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use leptos::WasmSplitManifest;
use leptos::nonce::use_nonce;
use leptos::prelude::{ArcStoredValue, provide_context, use_context};
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use shared::codes::Code;
use shared::filter::Filter;
use shared::ids::UserId;
use shared::settings::flags;
use std::time::Duration;

/// Where a request leads.
enum Way {
    /// To another address.
    Redirect(String),
    /// To a page, which may say that there is nothing.
    Render(StatusCode, Box<Start>),
}

/// Lets the pages' futures run on this runtime. Needed once; again is harmless.
pub(super) fn prepare() {
    let _already = Executor::init_tokio();
}

/// Whether a request asks for a page, also one that does not exist: people are told so in the site's own design.
pub(super) fn is_page(parts: &Parts) -> bool {
    let wants_html = || {
        let accept = parts
            .headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    };
    let path = parts.uri.path();
    matches!(parts.method, Method::GET | Method::HEAD)
        && (Page::parse(path) != Page::Unknown || (!path.starts_with("/api/") && wants_html()))
}

/// The page at the request's path.
pub(super) async fn page(app: App, parts: Parts) -> Response {
    // Pages are for people: a program with limits is a stranger here.
    let who = identity::person_of_request(&app, &parts.headers).await;
    let address = client_address(&app, &parts.extensions, &parts.headers);
    let asker = Asker::of(who.as_ref().ok().and_then(Option::as_ref), address);
    let counted = app.rates.count(Class::Page, asker).await;
    let left = counted.as_ref().map(|counted| counted.left);
    let mut response = match counted.and_then(|counted| counted.wait) {
        Some(wait) => too_often(&app, &parts.headers, wait),
        None => page_of(app, parts, who).await,
    };
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    response
}

/// Says that somebody has asked for too many pages, without drawing one.
fn too_often(app: &App, headers: &HeaderMap, wait: Duration) -> Response {
    let error = Error::later("Too many pages were asked for.", wait);
    let retry_after = error.retry_after();
    let why = error.into_rejected().message;
    let title = "Too many requests";
    let body = format!(
        "<h1>{title}</h1><p>{why}</p><p>Nothing is lost: what you have changed is kept, and this page comes when it is \
         loaded again.</p>"
    );
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = plain_page::page(app, headers, status, title, &body, None);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn page_of(app: App, parts: Parts, who: Result<Option<SignedIn>, Error>) -> Response {
    let looks = match &who {
        Ok(Some(who)) => profiles::looks(&app, who.user_id).await,
        _ => Ok(None),
    };
    let theme = match &looks {
        Ok(Some(Looks { theme, .. })) => Some(*theme).filter(|theme| *theme != Theme::System),
        _ => theme(&app.public_url, &parts.headers),
    };
    // A page that fails is still theirs: what their browser keeps for them stays.
    let person = who.as_ref().ok().and_then(Option::as_ref).map(person);
    let way = match (who, looks) {
        (Ok(who), Ok(looks)) => {
            let zone = looks.and_then(|looks| looks.zone);
            way(&app, &parts, who, zone).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match way {
        Ok(Way::Redirect(address)) => redirect(&address),
        Ok(Way::Render(status, start)) => render(app, parts, status, theme, *start).await,
        Err(error) => {
            let rejected = error.into_rejected();
            let status = StatusCode::from_u16(rejected.code.status());
            let start = Start {
                person,
                failure: Some(rejected.into()),
                ..Start::default()
            };
            render(
                app,
                parts,
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                theme,
                start,
            )
            .await
        }
    }
}

fn person(who: &SignedIn) -> Person {
    Person {
        name: who.name.to_string(),
        email: who.email.to_string(),
        // A page that says why it cannot be shown shows no time.
        zone: None,
    }
}

async fn way(
    app: &App,
    parts: &Parts,
    who: Option<SignedIn>,
    zone: Option<Zone>,
) -> Result<Way, Error> {
    let page = Page::parse(parts.uri.path());
    let Some(who) = who else {
        return way_of_a_stranger(app, parts, &page).await;
    };
    let mut start = Start {
        person: Some(Person {
            zone,
            ..person(&who)
        }),
        flags: flags::on_for(&app.flags.all(), who.user_id),
        ..Start::default()
    };
    let status = match &page {
        Page::Root => return Ok(Way::Redirect(first_place(app, who.user_id).await?)),
        Page::Setup => return Ok(Way::Redirect(href::ROOT.to_owned())),
        Page::SignIn | Page::SecondStep | Page::SignUp => return Ok(Way::Redirect(next_of(parts))),
        Page::Account => {
            tell(app, parts, &mut start);
            StatusCode::OK
        }
        Page::NewWorkspace
        | Page::FinishSignUp
        | Page::Forgot
        | Page::Reset
        | Page::Confirm
        | Page::Invitation
        | Page::TwoStep
        | Page::Profile
        | Page::Workspaces
        | Page::Sessions => StatusCode::OK,
        Page::Tokens => {
            start.new_token = new_token::of(&app.public_url, &parts.headers);
            StatusCode::OK
        }
        Page::Workspace { slug, place } => {
            if let Some(now) = workspaces::moved(app, slug, who.user_id).await? {
                return Ok(Way::Redirect(readdressed(parts, slug, &now)));
            }
            let (status, seed) = rows(app, parts, who.user_id, slug, place).await?;
            if status == StatusCode::NOT_FOUND
                && let Some(address) = moved(app, parts, who.user_id, slug, place).await?
            {
                return Ok(Way::Redirect(address));
            }
            start.seed = seed;
            status
        }
        Page::Unknown => StatusCode::NOT_FOUND,
    };
    Ok(Way::Render(status, Box::new(start)))
}

/// Who is not signed in sets a fresh server up, or signs in and comes back.
async fn way_of_a_stranger(app: &App, parts: &Parts, page: &Page) -> Result<Way, Error> {
    let fresh = accounts::count(app).await? == 0;
    let render = |status| Ok(Way::Render(status, Box::default()));
    match page {
        Page::Setup if fresh => render(StatusCode::OK),
        Page::Unknown => render(StatusCode::NOT_FOUND),
        _ if fresh => Ok(Way::Redirect(href::SETUP.to_owned())),
        Page::Setup => Ok(Way::Redirect(href::ROOT.to_owned())),
        Page::Root => Ok(Way::Redirect(href::SIGN_IN.to_owned())),
        page if page.needs_account() => {
            let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
            Ok(Way::Redirect(href::sign_in(here)))
        }
        Page::SignIn | Page::SignUp => {
            let mut start = Start::default();
            tell(app, parts, &mut start);
            Ok(Way::Render(StatusCode::OK, Box::new(start)))
        }
        _ => render(StatusCode::OK),
    }
}

/// Hands on what this page was to be told.
fn tell(app: &App, parts: &Parts, start: &mut Start) {
    if let Some(flash) = Flash::of(app, &parts.headers) {
        start.refusal = flash.problem.map(Into::into);
        start.typed_email = flash.email;
    }
}

/// Where somebody begins: their first workspace, those that they may restore, or founding one.
async fn first_place(app: &App, user: UserId) -> Result<String, Error> {
    let links = workspaces::list_for_member(app, user).await?;
    let open = links.iter().find(|link| link.restorable_until.is_none());
    Ok(match open {
        Some(first) => href::workspace(&first.slug),
        None if links.is_empty() => href::NEW_WORKSPACE.to_owned(),
        None => href::WORKSPACES.to_owned(),
    })
}

/// The same page of a workspace that has another address by now.
fn readdressed(parts: &Parts, was: &str, now: &str) -> String {
    let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
    let rest = here.strip_prefix(&href::workspace(was)).unwrap_or_default();
    format!("{}{rest}", href::workspace(now))
}

/// Where the query says to go on, on this site.
fn next_of(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default();
    let next = pairs(query)
        .into_iter()
        .find_map(|(name, value)| (name == "next").then_some(value));
    next.filter(|next| is_local(next))
        .unwrap_or_else(|| href::ROOT.to_owned())
}

/// The rows of a workspace's page. Where only the project or the task is missing, the frame is still drawn.
async fn rows(
    app: &App,
    parts: &Parts,
    user: UserId,
    slug: &str,
    place: &Place,
) -> Result<(StatusCode, Option<Seed>), Error> {
    let query = pairs(parts.uri.query().unwrap_or_default());
    let query = query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let filter = Filter::from_query(query, Some(user));
    let asked = SeedRequest {
        slug,
        key: place.key(),
        number: place.number(),
        filter: &filter,
    };
    if let Some(seed) = found(seed(app, user, &asked).await)? {
        return Ok((StatusCode::OK, Some(seed)));
    }
    if asked.number.is_some() {
        let board = SeedRequest {
            number: None,
            ..asked
        };
        if let Some(seed) = found(seed(app, user, &board).await)? {
            return Ok((StatusCode::NOT_FOUND, Some(seed)));
        }
    }
    let frame = SeedRequest {
        key: None,
        number: None,
        ..asked
    };
    let seed = if asked.key.is_some() {
        found(seed(app, user, &frame).await)?
    } else {
        None
    };
    Ok((StatusCode::NOT_FOUND, seed))
}

/// The address of a task that was at this one before it went to another project.
async fn moved(
    app: &App,
    parts: &Parts,
    user: UserId,
    slug: &str,
    place: &Place,
) -> Result<Option<String>, Error> {
    let (Some(key), Some(number)) = (place.key(), place.number()) else {
        return Ok(None);
    };
    let Some(visit) = found(Visit::to_slug(app, Actor::unlimited(user), slug).await)? else {
        return Ok(None);
    };
    let now_at = former::address_of(app, &visit, key, number).await?;
    Ok(now_at.map(|(key, number)| {
        let address = href::task(slug, &key, number);
        let query = parts.uri.query().map(|query| format!("?{query}"));
        address + &query.unwrap_or_default()
    }))
}

fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::Refused(rejected)) if rejected.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(
        &format!("/?{query}").parse().unwrap_or_default(),
    );
    query.map(|pairs| pairs.0).unwrap_or_default()
}

fn redirect(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return Error::from(Code::NotFound).into_response();
    };
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// The document that browsers keep for all pages of all people: it holds nothing of anybody.
pub(super) async fn empty(app: App, parts: Parts) -> Response {
    let theme = theme(&app.public_url, &parts.headers);
    let mut response = draw(app, parts, StatusCode::OK, theme, None).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn render(
    app: App,
    parts: Parts,
    status: StatusCode,
    theme: Option<Theme>,
    start: Start,
) -> Response {
    draw(app, parts, status, theme, Some(start)).await
}

async fn draw(
    app: App,
    parts: Parts,
    status: StatusCode,
    theme: Option<Theme>,
    start: Option<Start>,
) -> Response {
    let spent = spent_cookies(&app, start.as_ref());
    let document = Document {
        assets: assets(&app.site.manifest),
        theme,
        dev_reload: app.config.site.dev_reload,
        start,
    };
    let chunks = chunks(&app.site.manifest);
    let sockets = app.public_url.origin().replacen("http", "ws", 1);
    let context = move || {
        let Some(response) = use_context::<ResponseOptions>() else {
            return;
        };
        response.set_status(status);
        let nonce = use_nonce()
            .map(|nonce| nonce.to_string())
            .unwrap_or_default();
        if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce, &sockets)) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
        response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.append_header(VARY, HeaderValue::from_static("cookie"));
        for cookie in &spent {
            if let Ok(cookie) = HeaderValue::from_str(cookie) {
                response.append_header(SET_COOKIE, cookie);
            }
        }
        provide_context(chunks.clone());
        RequestBackend::of_context(app.clone()).provide();
    };
    let handler = render_app_async_with_context(context, move || shell(document.clone()));
    handler(Request::from_parts(parts, Body::empty())).await
}

/// What takes away what is on the page now.
fn spent_cookies(app: &App, start: Option<&Start>) -> Vec<String> {
    let Some(start) = start else {
        return Vec::new();
    };
    let token = start.new_token.as_ref();
    let token = token.map(|_| new_token::removal_cookie(&app.public_url));
    let is_told = start.refusal.is_some() || start.typed_email.is_some();
    let flash = is_told.then(|| flash::removal_cookie(app));
    token.into_iter().chain(flash).collect()
}

/// Scripts run only from our files or with the page's nonce. Style attributes are drawn by the server, so they stay.
fn content_security_policy(nonce: &str, sockets: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {sockets}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'"
    )
}

/// The theme that a browser keeps, unless it is the system's. Scripts read and write it: it is no secret.
pub(crate) fn theme(public_url: &PublicUrl, headers: &HeaderMap) -> Option<Theme> {
    let theme = Theme::parse(cookies::find(headers, public_url, Theme::COOKIE)?);
    (theme != Theme::System).then_some(theme)
}

fn assets(manifest: &Manifest) -> Assets {
    Assets {
        js: manifest.js.clone(),
        wasm: manifest.wasm.clone(),
        css: manifest.css.clone(),
        fonts: manifest.fonts.clone(),
        preload: manifest.preload.clone(),
    }
}

/// Which chunks a page needs whose lazy parts were drawn here: the framework asks for them in the page's head. It puts
/// folder, name and `.wasm` together itself.
fn chunks(manifest: &Manifest) -> WasmSplitManifest {
    const FOLDER: &str = "/pkg";
    let bare = |address: &String| {
        let name = address.strip_prefix(FOLDER).unwrap_or(address);
        name.trim_start_matches('/')
            .trim_end_matches(".wasm")
            .to_owned()
    };
    let functions = manifest.split_prefetch.iter();
    let functions =
        functions.map(|(name, chunks)| (name.clone(), chunks.iter().map(bare).collect()));
    let loader = manifest
        .preload
        .iter()
        .find(|address| address.contains("lazy"));
    let loader = loader
        .map(|address| address.replacen("/pkg/", "", 1))
        .unwrap_or_default();
    WasmSplitManifest(ArcStoredValue::new((
        FOLDER.to_owned(),
        functions.collect(),
        loader,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> Parts {
        Request::get(uri).body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_page_goes_on_only_on_this_site() {
        assert_eq!(
            next_of(&parts("/sign-in?next=/w/north%3Fq%3Da")),
            "/w/north?q=a"
        );
        assert_eq!(next_of(&parts("/sign-in?next=//evil.example")), "/");
        assert_eq!(next_of(&parts("/sign-in")), "/");
    }

    #[test]
    fn only_known_themes_reach_the_page() {
        let at = |url: &str, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", HeaderValue::from_str(cookie).unwrap());
            theme(&PublicUrl::parse(url).unwrap(), &headers)
        };
        let with = |cookie: &str| at("http://127.0.0.1:8080", cookie);
        assert_eq!(with("teamflow_theme=dark"), Some(Theme::Dark));
        assert_eq!(with("teamflow_theme=system"), None);
        assert_eq!(with("teamflow_theme=\"><script>"), None);
        let over_tls = |cookie: &str| at("https://tasks.example.org", cookie);
        assert_eq!(over_tls("teamflow_theme=dark"), None);
        assert_eq!(over_tls("__Host-teamflow_theme=dark"), Some(Theme::Dark));
    }
}
