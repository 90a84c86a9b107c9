//! The page on which a person lets a program in, or not. Plain HTML: nothing of it needs a script, and no script runs.

use super::authorize::{Wish, tick};
use super::redirects::source;
use crate::app::App;
use crate::http::plain_page::{escaped, page};
use crate::sessions;
use ::app::routes::href;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use shared::limits::KeyScope;
use shared::values::Date;
use std::fmt::Write as _;
use std::time::Duration;

/// A workspace to choose: its address and its name.
pub(super) struct Choice {
    pub(super) slug: String,
    pub(super) name: String,
}

/// Who is asked, and where a program may be let in.
pub(super) struct Asked<'a> {
    pub(super) email: &'a str,
    /// The only one, or several of which the first is offered first.
    pub(super) choices: Vec<Choice>,
    /// Whether it may be all of them.
    pub(super) all: bool,
    /// Who registered the program.
    pub(super) author: Option<String>,
}

/// Asks a person whether a program may act for them.
pub(super) fn consent(app: &App, headers: &HeaderMap, wish: &Wish, asked: &Asked<'_>) -> Response {
    let name = escaped(&wish.client.name);
    let scopes = scopes(wish);
    let (origin, term) = (origin(wish, asked), term(app));
    let mut fields = String::new();
    for (key, value) in wish.fields() {
        let value = escaped(value);
        let _ = write!(
            fields,
            "<input type=\"hidden\" name=\"{key}\" value=\"{value}\">"
        );
    }
    let place = place(asked);
    let warning = if wish.scopes.contains(KeyScope::Admin) {
        "<p class=\"consent__warning\">It could let people in and shut them out. Allow it only if you know the program.</p>"
    } else {
        ""
    };
    let (email, back) = (escaped(asked.email), escaped(source(&wish.redirect)));
    let body = format!(
        "<h1>Let {name} in?</h1>\
         <p><b>{name}</b> wants to act for you, {email}. {origin}</p>{warning}\
         <form class=\"auth__form\" method=\"post\" action=\"/oauth/authorize\">{fields}\
         <fieldset class=\"key-form__scopes\"><legend class=\"text-field__label\">It may then</legend>{scopes}</fieldset>\
         <p>Never more than your role allows, and no more than is ticked. {term}</p>{place}\
         <div class=\"consent__actions\">\
         <button class=\"button\" type=\"submit\" name=\"decision\" value=\"deny\" data-variant=\"secondary\" data-size=\"large\">\
         <span class=\"button__text\">Deny</span></button>\
         <button class=\"button\" type=\"submit\" name=\"decision\" value=\"allow\" data-variant=\"primary\" data-size=\"large\">\
         <span class=\"button__text\">Allow</span></button></div></form>\
         <p class=\"consent__back\">You go back to {back}.</p>"
    );
    let title = format!("Let {name} in?");
    page(
        app,
        headers,
        StatusCode::OK,
        &title,
        &body,
        Some(&wish.redirect),
    )
}

/// What is asked for, each with a box to tick: the person may give less.
fn scopes(wish: &Wish) -> String {
    let mut boxes = String::new();
    for scope in wish.scopes.names() {
        let (text, name) = (scope.meaning(), tick(scope));
        // Whoever may anything may read.
        let fixed = if scope == KeyScope::Read {
            " disabled"
        } else {
            ""
        };
        // Writing to a text never fails.
        let _ = write!(
            boxes,
            "<label class=\"checkbox\"><input class=\"checkbox__input\" type=\"checkbox\" name=\"{name}\" checked{fixed}>\
             <span class=\"checkbox__label\">{text}</span></label>"
        );
    }
    boxes
}

/// Whose program it is.
fn origin(wish: &Wish, asked: &Asked<'_>) -> String {
    if wish.client.workspace.is_none() {
        return "It is a program of TeamFlow's own.".to_owned();
    }
    let author = asked.author.as_deref().map_or_else(
        || "An admin of the workspace".to_owned(),
        |name| format!("<b>{}</b>", escaped(name)),
    );
    let day = Date::of_millis(wish.client.created_at.0);
    let day = day.map_or_else(String::new, |day| format!(" on {day}"));
    format!("{author} registered it{day}.")
}

/// For how long it is.
fn term(app: &App) -> String {
    let (unused, longest) = sessions::grant_lifetimes(app);
    format!(
        "It ends when the program was not used for {}, and after {} at the latest. You can end it at any time in your \
         account, under Sessions.",
        days(unused),
        days(longest)
    )
}

fn days(time: Duration) -> String {
    match time.as_secs().div_ceil(24 * 3_600) {
        1 => "a day".to_owned(),
        days => format!("{days} days"),
    }
}

/// Where the program is let in: a choice, where there is one.
fn place(asked: &Asked<'_>) -> String {
    if let ([only], false) = (asked.choices.as_slice(), asked.all) {
        let name = escaped(&only.name);
        let slug = escaped(&only.slug);
        return format!(
            "<p>In the workspace <b>{name}</b>.</p><input type=\"hidden\" name=\"place\" value=\"{slug}\">"
        );
    }
    let mut options = String::new();
    for choice in &asked.choices {
        let (name, slug) = (escaped(&choice.name), escaped(&choice.slug));
        let _ = write!(options, "<option value=\"{slug}\">{name}</option>");
    }
    if asked.all {
        options.push_str("<option value=\"\">All my workspaces</option>");
    }
    format!(
        "<div class=\"select\"><label class=\"text-field__label\" for=\"place\">Where?</label>\
         <select class=\"select__input\" id=\"place\" name=\"place\">{options}</select></div>"
    )
}

/// Says why nobody is asked. Nobody is sent back: the address may be an attacker's. Who is signed in may go there by
/// themselves, where it is one that the program registered.
pub(super) fn refused(
    app: &App,
    headers: &HeaderMap,
    why: &str,
    back: Option<(&str, &str)>,
) -> Response {
    let (why, root) = (escaped(why), href::ROOT);
    let back = back.map_or_else(String::new, |(name, address)| {
        let (name, place) = (escaped(name), escaped(source(address)));
        let address = escaped(address);
        format!("<p><a href=\"{address}\" rel=\"noreferrer\">Tell {name} at {place}</a></p>")
    });
    let body = format!(
        "<h1>This program cannot be let in</h1><p>{why}</p>\
         <p>If you did not start this yourself, close the page. Nothing has happened.</p>{back}\
         <p class=\"auth__alt\"><a href=\"{root}\">Go to TeamFlow</a></p>"
    );
    let title = "This program cannot be let in";
    page(app, headers, StatusCode::BAD_REQUEST, title, &body, None)
}

/// Sends a browser on.
pub(super) fn redirect(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
