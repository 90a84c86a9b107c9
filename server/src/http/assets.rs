//! The built browser files: `/pkg/*`, whose names change with their content, and files of a fixed name such as
//! `/favicon.svg`.

use super::earlier_builds::{EarlierBuilds, HASHED};
use crate::app::App;
use anyhow::Context as _;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, HeaderValue, RANGE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use shared::values::Time;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tower::ServiceExt as _;
use tower_http::decompression::Decompression;
use tower_http::services::ServeDir;

/// A year: a changed file has another name.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time: the answer is mostly 304.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const BROTLI: HeaderValue = HeaderValue::from_static("br");
/// How much is kept unpacked: the build in place has room, and some of the one before.
const UNPACKED_BYTES_MAX: usize = 16 * 1024 * 1024;
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
    /// The addresses of its files; what does not stand there is not looked for.
    names: BTreeSet<String>,
    dir: PathBuf,
    files: ServeDir,
    earlier: EarlierBuilds,
    earlier_files: ServeDir,
    unpacked: Unpacked,
}

impl Site {
    /// No site: for commands that serve nothing.
    pub fn none() -> Self {
        Self::of(Manifest::default(), Path::new(""), Path::new(""))
    }

    fn of(manifest: Manifest, dir: &Path, data_dir: &Path) -> Self {
        let earlier = EarlierBuilds::of(data_dir);
        let own = [MANIFEST.to_owned()];
        let names = [&manifest.all, &manifest.root].into_iter().flatten();
        Self {
            names: names.cloned().chain(own).collect(),
            manifest,
            dir: dir.to_owned(),
            files: ServeDir::new(dir)
                .append_index_html_on_directories(false)
                .precompressed_br(),
            earlier_files: earlier.service(),
            earlier,
            unpacked: Unpacked::default(),
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
    let (site, path) = (&app.site, parts.uri.path());
    let files = if site.names.contains(path) {
        &site.files
    } else if EarlierBuilds::may_have(path) {
        &site.earlier_files
    } else {
        return None;
    };
    let mut response = if takes_brotli(&parts.headers) {
        kept(files, parts).await?
    } else {
        site.unpacked.of(files, parts).await?
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

/// The file as it is kept, which is compressed where that makes it smaller.
async fn kept(files: &ServeDir, parts: &Parts) -> Option<Response> {
    let mut asked = Request::from_parts(parts.clone(), Body::empty());
    asked.headers_mut().insert(ACCEPT_ENCODING, BROTLI);
    let Ok(found) = files.clone().oneshot(asked).await;
    is_there(found.status()).then(|| found.into_response())
}

/// Whether somebody reads Brotli. Browsers do where there is TLS.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let mut codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=");
        let weight = weight.and_then(|weight| weight.parse::<f32>().ok());
        name.trim() == "br" && weight.is_some_and(|weight| weight > 0.0)
    })
}

fn is_there(status: StatusCode) -> bool {
    status.is_success()
        || matches!(
            status,
            StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
        )
}

/// Files that are kept compressed alone, as they were before, by their addresses: for whoever does not read that. Each is
/// unpacked once, not for everybody who asks, as long as all have room.
#[derive(Default)]
struct Unpacked(Mutex<HashMap<String, Bytes>>);

impl Unpacked {
    /// A file as it was before it was compressed.
    async fn of(&self, files: &ServeDir, parts: &Parts) -> Option<Response> {
        let mut asked = Request::from_parts(parts.clone(), Body::empty());
        // The compressed file is asked for instead, and of that no part makes sense by itself.
        for header in [ACCEPT_ENCODING, RANGE] {
            asked.headers_mut().remove(header);
        }
        let found = Decompression::new(files.clone())
            .oneshot(asked)
            .await
            .ok()?;
        if !is_there(found.status()) {
            return None;
        }
        let (head, body) = found.map(Body::new).into_parts();
        // What is unpacked on the way has no length beforehand.
        let is_kept_so = head.headers.contains_key(CONTENT_LENGTH);
        if is_kept_so || head.status != StatusCode::OK || parts.method == Method::HEAD {
            return Some(Response::from_parts(head, body));
        }
        let path = parts.uri.path();
        let known = self.files().get(path).cloned();
        let bytes = if let Some(bytes) = known {
            bytes
        } else {
            let bytes = to_bytes(body, usize::MAX).await.ok()?;
            self.keep(path, &bytes);
            bytes
        };
        Some(Response::from_parts(head, Body::from(bytes)))
    }

    /// Begins anew where there is no room for one more.
    fn keep(&self, path: &str, bytes: &Bytes) {
        let mut files = self.files();
        let taken: usize = files.values().map(Bytes::len).sum();
        if taken + bytes.len() > UNPACKED_BYTES_MAX {
            files.clear();
        }
        if bytes.len() <= UNPACKED_BYTES_MAX {
            files.insert(path.to_owned(), bytes.clone());
        }
    }

    fn files(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        // An entry is whole or not there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_for_whoever_says_so() {
        let takes = |line: &str| {
            let line = HeaderValue::from_str(line).unwrap();
            takes_brotli(&HeaderMap::from_iter([(ACCEPT_ENCODING, line)]))
        };
        for line in ["br", "gzip, br", "gzip;q=1, br;q=0.5", "br; q=0.1"] {
            assert!(takes(line), "{line}");
        }
        for line in [
            "", "gzip", "identity", "br;q=0", "br;q=0.0", "br;q=x", "brotli",
        ] {
            assert!(!takes(line), "{line}");
        }
        assert!(!takes_brotli(&HeaderMap::new()));
    }

    #[test]
    fn what_is_unpacked_is_kept_as_long_as_there_is_room() {
        let unpacked = Unpacked::default();
        let half = Bytes::from(vec![0; UNPACKED_BYTES_MAX / 2]);
        let names = || {
            let mut names: Vec<String> = unpacked.files().keys().cloned().collect();
            names.sort_unstable();
            names
        };
        unpacked.keep("/a", &half);
        unpacked.keep("/b", &half);
        assert_eq!(names(), ["/a", "/b"]);
        unpacked.keep("/c", &half);
        assert_eq!(names(), ["/c"]);
        unpacked.keep("/d", &Bytes::from(vec![0; UNPACKED_BYTES_MAX + 1]));
        assert!(names().is_empty(), "it alone is too large");
    }
}
