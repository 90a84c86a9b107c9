//! The built browser files: `/pkg/*`, whose names change with their content, and files of a fixed name such as
//! `/favicon.svg`.

use crate::app::App;
use anyhow::Context as _;
use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, HeaderValue, VARY};
use axum::http::request::Parts;
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// A year: a changed file has another name.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time: the answer is mostly 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const MANIFEST: &str = "/pkg/manifest.json";

/// `pkg/manifest.json`, from which pages know their files' names. Every value is an address on the site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The module that exports `init` and `hydrate`.
    pub js: String,
    /// The program.
    pub wasm: String,
    /// The one style sheet.
    pub css: String,
    /// Fonts; the first is the one of nearly every text.
    pub fonts: Vec<String>,
    /// Modules that `js` imports.
    pub preload: Vec<String>,
    /// Lazy function to the chunks that it needs.
    pub split_prefetch: BTreeMap<String, Vec<String>>,
    /// Everything with a hash in its name.
    pub all: Vec<String>,
    /// Everything served by its own name.
    pub root: Vec<String>,
}

/// The site's folder and what is in it.
pub struct Site {
    /// The names of its files.
    pub manifest: Manifest,
    files: ServeDir,
}

impl Site {
    /// No site: for commands that serve nothing.
    pub fn none() -> Self {
        Self {
            manifest: Manifest::default(),
            files: ServeDir::new(""),
        }
    }

    /// Reads the manifest of the site in `dir`.
    pub fn load(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join("pkg/manifest.json");
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "there is no site in {} (TEAMFLOW_SITE_DIR): build the site with `cargo xtask build`",
                dir.display()
            )
        })?;
        let manifest = serde_json::from_slice(&text).with_context(|| {
            format!(
                "reading {}: build the site again with `cargo xtask build`",
                path.display()
            )
        })?;
        let files = ServeDir::new(dir)
            .append_index_html_on_directories(false)
            .precompressed_br();
        Ok(Self { manifest, files })
    }
}

/// The file that this request asks for, or nothing where there is none. The folder is never left: `..` is refused,
/// however it is written.
pub async fn find(app: &App, parts: &Parts) -> Option<Response> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let asked = Request::from_parts(parts.clone(), Body::empty());
    let path = parts.uri.path();
    let Ok(found) = app.site.files.clone().oneshot(asked).await;
    let status = found.status();
    if !(status.is_success()
        || matches!(
            status,
            StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
        ))
    {
        return None;
    }
    let mut response = found.into_response();
    let cache = if path.starts_with("/pkg/") && path != MANIFEST {
        IMMUTABLE
    } else {
        REVALIDATE
    };
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response.headers_mut().append(VARY, ACCEPT_ENCODING.into());
    Some(response)
}
