//! The built browser files: `/pkg/*`, whose names change with their content, and files of a fixed name such as
//! `/favicon.svg`.

use super::earlier_builds::{EarlierBuilds, HASHED};
use crate::app::App;
use anyhow::Context as _;
use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, HeaderValue, RANGE, VARY};
use axum::http::request::Parts;
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use shared::values::Time;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tower::ServiceExt as _;
use tower_http::decompression::Decompression;
use tower_http::services::ServeDir;

/// A year: a changed file has another name.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time: the answer is mostly 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const MANIFEST: &str = "/pkg/manifest.json";
/// How often it is noted that this build is in use.
const NOTE_EVERY: Duration = Duration::from_hours(24);

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

impl Manifest {
    /// Reads the one of the site in `dir`.
    pub fn load(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join("pkg/manifest.json");
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "there is no site in {} (TEAMFLOW_SITE_DIR): build the site with `cargo xtask build`",
                dir.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(|| {
            format!(
                "reading {}: build the site again with `cargo xtask build`",
                path.display()
            )
        })
    }
}

/// The site's folder and what is in it.
pub struct Site {
    /// The names of its files.
    pub manifest: Manifest,
    dir: PathBuf,
    files: ServeDir,
    earlier: EarlierBuilds,
    earlier_files: ServeDir,
}

impl Site {
    /// No site: for commands that serve nothing.
    pub fn none() -> Self {
        Self::of(Manifest::default(), Path::new(""), Path::new(""))
    }

    fn of(manifest: Manifest, dir: &Path, data_dir: &Path) -> Self {
        let earlier = EarlierBuilds::of(data_dir);
        Self {
            manifest,
            dir: dir.to_owned(),
            files: ServeDir::new(dir)
                .append_index_html_on_directories(false)
                .precompressed_br(),
            earlier_files: earlier.service(),
            earlier,
        }
    }

    /// The site in `dir`; what earlier builds had is in `data_dir`.
    pub fn load(dir: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        Ok(Self::of(Manifest::load(dir)?, dir, data_dir))
    }

    /// Keeps this build's hashed files for the pages that will still be open when the next one is served, and drops what
    /// no build has had for 30 days. Where that cannot be done the server goes on without.
    pub async fn keep(&self, now: Time) {
        let (dir, manifest, earlier) = (
            self.dir.clone(),
            self.manifest.clone(),
            self.earlier.clone(),
        );
        let noted = tokio::task::spawn_blocking(move || earlier.note(&dir, &manifest, now)).await;
        if let Err(error) = noted.map_err(anyhow::Error::from).flatten() {
            tracing::warn!(
                error = format!("{error:#}"),
                "this build's files are not kept for pages that stay open over the next one"
            );
        }
    }
}

/// Notes every day that this build is in use, until the server stops. While developing, builds come and go.
pub fn run(app: &App) {
    if !app.config.site.dev_reload {
        app.every(NOTE_EVERY, "keeping this build's files", |app| {
            Box::pin(async move {
                app.site.keep(app.clock.now()).await;
                Ok(())
            })
        });
    }
}

/// The file that this request asks for, of this build or of an earlier one, or nothing where there is none. The folders
/// are never left: `..` is refused, however it is written.
pub async fn find(app: &App, parts: &Parts) -> Option<Response> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = parts.uri.path();
    let mut response = match served(&app.site.files, parts).await {
        None if EarlierBuilds::may_have(path) => served(&app.site.earlier_files, parts).await?,
        found => found?,
    };
    let cache = if path.starts_with(HASHED) && path != MANIFEST {
        IMMUTABLE
    } else {
        REVALIDATE
    };
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response.headers_mut().append(VARY, ACCEPT_ENCODING.into());
    Some(response)
}

/// The file as it is kept; as it was before it was compressed, for whoever does not read that.
async fn served(files: &ServeDir, parts: &Parts) -> Option<Response> {
    let mut asked = Request::from_parts(parts.clone(), Body::empty());
    let Ok(found) = files.clone().oneshot(asked).await;
    if is_there(found.status()) {
        return Some(found.into_response());
    }
    asked = Request::from_parts(parts.clone(), Body::empty());
    // The compressed file is asked for instead, and of that no part makes sense by itself.
    for header in [ACCEPT_ENCODING, RANGE] {
        asked.headers_mut().remove(header);
    }
    let found = Decompression::new(files.clone())
        .oneshot(asked)
        .await
        .ok()?;
    is_there(found.status()).then(|| found.map(Body::new))
}

fn is_there(status: StatusCode) -> bool {
    status.is_success()
        || matches!(
            status,
            StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
        )
}
