//! Whole boards, encoded and compressed once for all who ask: as rows for replicas, as resources for programs.

use crate::http::error::Error;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use shared::ids::ProjectId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many boards of a workspace are kept encoded.
const KEPT_MAX: usize = 16;
/// Brotli's quality where a person waits: a fifth of the size for little time.
const BROTLI_QUALITY: i32 = 5;

/// An encoded board.
pub struct Encoded {
    /// It shows everything up to this number.
    pub as_of: u64,
    json: Bytes,
    brotli: Bytes,
}

impl Encoded {
    /// Encodes and compresses, off the async threads.
    pub async fn of(
        as_of: u64,
        encode: impl FnOnce() -> anyhow::Result<Vec<u8>> + Send + 'static,
    ) -> Result<Arc<Self>, Error> {
        let work = move || {
            let json = encode()?;
            let mut brotli = Vec::new();
            let params = brotli::enc::BrotliEncoderParams {
                quality: BROTLI_QUALITY,
                ..Default::default()
            };
            brotli::BrotliCompress(&mut json.as_slice(), &mut brotli, &params)?;
            Ok(Arc::new(Self {
                as_of,
                json: json.into(),
                brotli: brotli.into(),
            }))
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(anyhow::Error::from)?
            .map_err(Error::Failed)
    }

    /// The answer to a request with these headers.
    pub fn respond(&self, headers: &HeaderMap) -> Response {
        let compressed = accepts_brotli(headers);
        let body = if compressed { &self.brotli } else { &self.json };
        let mut response = respond(body.clone());
        if compressed {
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }
}

/// An answer in JSON that nobody in between may keep.
pub fn respond(json: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-encoding, authorization, cookie"),
    ];
    (headers, json).into_response()
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|coding| coding.trim().starts_with("br"))
        })
}

/// What a board is encoded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Rows, for a replica.
    Rows,
    /// Resources, for the REST API.
    Resources,
}

type Key = (Form, ProjectId);

#[derive(Default)]
struct Slot {
    /// When it was last asked for, counted in requests.
    asked: u64,
    /// Locked while it is encoded, so that a board is encoded once for all who ask at that moment.
    board: Arc<tokio::sync::Mutex<Option<Arc<Encoded>>>>,
}

#[derive(Default)]
struct Slots {
    requests: u64,
    by_key: HashMap<Key, Slot>,
}

/// The encoded boards of a workspace.
#[derive(Default)]
pub struct EncodedBoards(Mutex<Slots>);

impl EncodedBoards {
    /// The kept board if it shows everything up to `touched`, else a new one.
    ///
    /// `touched` is taken when the request arrives: whoever then waits for another's encoding, which may be older, shares
    /// the next one with all who wait.
    pub async fn get_or_encode(
        &self,
        key: Key,
        touched: u64,
        encode: impl Future<Output = Result<Arc<Encoded>, Error>>,
    ) -> Result<Arc<Encoded>, Error> {
        let slot = self.slot(key);
        let mut kept = slot.lock().await;
        if let Some(board) = kept.as_ref().filter(|board| board.as_of >= touched) {
            return Ok(board.clone());
        }
        let board = encode.await?;
        *kept = Some(board.clone());
        Ok(board)
    }

    fn slot(&self, key: Key) -> Arc<tokio::sync::Mutex<Option<Arc<Encoded>>>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.requests += 1;
        let asked = slots.requests;
        if slots.by_key.len() >= KEPT_MAX && !slots.by_key.contains_key(&key) {
            let oldest = slots.by_key.iter().min_by_key(|(_, slot)| slot.asked);
            let oldest = oldest.map(|(key, _)| *key);
            oldest.map(|key| slots.by_key.remove(&key));
        }
        let slot = slots.by_key.entry(key).or_default();
        slot.asked = asked;
        slot.board.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use uuid::Uuid;

    async fn board(as_of: u64) -> Result<Arc<Encoded>, Error> {
        Encoded::of(as_of, || Ok(b"{}".to_vec())).await
    }

    #[tokio::test]
    async fn a_kept_board_is_handed_out_while_it_is_true() {
        let boards = EncodedBoards::default();
        let key = (Form::Rows, Uuid::from_u128(1).into());
        let first = boards.get_or_encode(key, 3, board(5)).await.unwrap();
        let again = boards.get_or_encode(key, 5, board(6)).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let newer = boards.get_or_encode(key, 6, board(6)).await.unwrap();
        assert_eq!(newer.as_of, 6);
    }

    #[tokio::test]
    async fn a_board_is_encoded_once_for_all_who_ask_at_that_moment() {
        let (boards, encoded) = (EncodedBoards::default(), AtomicUsize::new(0));
        let key = (Form::Rows, Uuid::from_u128(1).into());
        let asks = (0..300).map(|_| {
            boards.get_or_encode(key, 3, async {
                encoded.fetch_add(1, Ordering::SeqCst);
                board(5).await
            })
        });
        let found = futures::future::join_all(asks).await;
        assert!(
            found
                .iter()
                .all(|board| board.as_ref().is_ok_and(|it| it.as_of == 5))
        );
        assert_eq!(encoded.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_least_wanted_board_makes_room() {
        let boards = EncodedBoards::default();
        let key = |n: usize| (Form::Rows, Uuid::from_u128(n as u128).into());
        for n in 0..KEPT_MAX {
            boards.get_or_encode(key(n), 0, board(1)).await.unwrap();
        }
        boards.get_or_encode(key(0), 0, board(2)).await.unwrap();
        boards.get_or_encode(key(99), 0, board(1)).await.unwrap();
        let first = boards.get_or_encode(key(0), 0, board(3)).await.unwrap();
        let second = boards.get_or_encode(key(1), 0, board(3)).await.unwrap();
        assert_eq!((first.as_of, second.as_of), (1, 3));
    }
}
