//! What handlers take: who asks, and parts of the request, refused with the one error.

pub use crate::accounts::identity::{SignedIn, Via};

use super::Error;
use super::client_address::client_address;
use crate::accounts::identity;
use crate::app::App;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use shared::codes::Code;
use std::convert::Infallible;
use std::net::IpAddr;

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        // The door has found out already.
        if let Some(who) = parts.extensions.get::<SignedIn>() {
            return Ok(who.clone());
        }
        identity::of_request(app, &parts.headers)
            .await?
            .ok_or_else(|| Code::Unauthenticated.into())
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Error> {
        identity::of_request(app, &parts.headers).await
    }
}

/// Where a request comes from.
pub struct Address(pub IpAddr);

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(client_address(app, &parts.extensions, &parts.headers)))
    }
}

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Error))]
pub struct Json<T>(pub T);

/// The parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// The query string.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Error))]
pub struct Query<T>(pub T);
