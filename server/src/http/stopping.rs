//! Stopping waits for what is being answered, and for nothing that somebody has only begun to ask: else whoever sends half
//! of a request keeps the server up until that is too late by itself.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long nothing is answered or written before a connection of HTTP/2 counts as silent.
const SILENCE: Duration = Duration::from_secs(2);

/// How many requests of a connection are being answered, and how often something was written to it.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    written: AtomicUsize,
}

impl Answers {
    /// A request has come, whole but for its body.
    pub(super) fn begin(&self) -> Answering {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        Answering(self.clone())
    }

    /// Something was written.
    pub(super) fn note_written(&self) {
        self.0.written.fetch_add(1, Ordering::SeqCst);
    }

    fn written(&self) -> usize {
        self.0.written.load(Ordering::SeqCst)
    }

    fn are_none(&self) -> bool {
        self.0.begun.load(Ordering::SeqCst) == 0
    }
}

/// Waits until nothing was answered or written for a while: who takes nothing any more is not waited for.
pub(super) async fn silence(answers: &Answers) {
    loop {
        let (was_idle, written) = (answers.are_none(), answers.written());
        sleep(SILENCE).await;
        if was_idle && answers.are_none() && answers.written() == written {
            return;
        }
    }
}

/// A request that is being answered, until this is dropped.
pub(super) struct Answering(Answers);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.begun.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Answering {
    /// Goes along with the answer to its end. What becomes another protocol ends by itself.
    pub(super) fn go_along(self, response: Response) -> Response {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            std::mem::forget(self);
            return response;
        }
        response.map(|body| {
            Body::new(Sent {
                body,
                _answering: self,
            })
        })
    }
}

/// A body that is sent.
struct Sent {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that has come to its end for the server once that stops and nothing on it is being answered or sent.
pub(super) struct Ending<I> {
    io: I,
    shutdown: CancellationToken,
    answers: Answers,
    is_sending: bool,
}

impl<I> Ending<I> {
    /// Of a connection on which these are answered.
    pub(super) fn of(io: I, shutdown: CancellationToken, answers: Answers) -> Self {
        Self {
            io,
            shutdown,
            answers,
            is_sending: false,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Ending<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.shutdown.is_cancelled() && !self.is_sending && self.answers.are_none() {
            // Nothing was read: the end.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Ending<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.is_sending = polled.is_pending();
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, parts);
        self.is_sending = polled.is_pending();
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
