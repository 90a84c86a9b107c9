//! Taking connections: in the clear or over TLS, HTTP/1.1 and over TLS HTTP/2 as well, with limits on how slowly and with how
//! large headers somebody may ask.

use super::stopping::{Answers, Ending, silence};
use super::tls::Certificates;
use crate::config::Limits;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::HOST;
use axum::http::{Request, Version};
use axum::response::IntoResponse as _;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use shared::codes::{Code, Rejected};
use std::convert::Infallible;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How large the headers of a request may be, all together.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The same for HTTP/2.
const HEADER_LIST_BYTES_MAX: u32 = 64 * 1024;
/// What a connection of HTTP/2 begins with.
const PREFACE_BYTES: usize = 24;
/// How many requests a connection of HTTP/2 may have open.
const STREAMS_MAX: u32 = 100;
/// How often an idle connection of HTTP/2 is asked whether it still is there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long to wait when the process has no descriptors left.
const BREATHE: Duration = Duration::from_secs(1);

/// What every connection is given.
#[derive(Clone)]
struct Served {
    router: Router,
    tls: Option<TlsAcceptor>,
    header_timeout: Duration,
    shutdown: CancellationToken,
}

/// Drives a connection to its end, which comes after the request at hand once the server stops.
macro_rules! to_its_end {
    ($connection:expr, $shutdown:expr) => {{
        let mut connection = pin!($connection);
        tokio::select! {
            ended = connection.as_mut() => ended?,
            () = $shutdown.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await?;
            }
        }
        Ok(())
    }};
}

/// Takes connections until the server stops, then lets those that there are come to their end: on which nothing is being
/// answered, at once.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    (limits, certificates): (&Limits, Option<&Arc<Certificates>>),
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let tls = certificates.map(Certificates::server_config).transpose()?;
    let served = Served {
        router,
        tls: tls.map(|config| TlsAcceptor::from(Arc::new(config))),
        header_timeout: limits.header_timeout,
        shutdown: shutdown.clone(),
    };
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let served = served.clone();
                connections.spawn(async move {
                    if let Err(error) = served.connection(stream, peer).await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "taking a connection failed");
                sleep(BREATHE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

fn is_of_one_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Served {
    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> std::result::Result<(), Failure> {
        // Small frames must not wait for one another.
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return self.http1(stream, peer).await;
        };
        let handshake = timeout(self.header_timeout, tls.accept(stream));
        let stream = tokio::select! {
            shaken = handshake => shaken.map_err(|_| late())??,
            () = self.shutdown.cancelled() => return Ok(()),
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, peer).await
        } else {
            self.http1(stream, peer).await
        }
    }

    async fn http1(
        &self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
    ) -> std::result::Result<(), Failure> {
        let (router, answers) = (self.router.clone(), Answers::default());
        let io = Ending::of(io, self.shutdown.clone(), answers.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(
                TokioIo::new(io),
                service_fn(move |request| {
                    let answering = answers.begin();
                    let answer = answer(router.clone(), peer, request);
                    async move { answer.await.map(|answer| answering.go_along(answer)) }
                }),
            )
            .with_upgrades();
        to_its_end!(connection, self.shutdown)
    }

    async fn http2(
        &self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
    ) -> std::result::Result<(), Failure> {
        let (router, answers) = (self.router.clone(), Answers::default());
        let io = Prompt {
            io,
            answers: answers.clone(),
            missing: PREFACE_BYTES,
            shutdown: self.shutdown.clone(),
            deadline: Box::pin(sleep(self.header_timeout)),
        };
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(HEADER_LIST_BYTES_MAX)
            .max_concurrent_streams(STREAMS_MAX)
            .keep_alive_interval(PING_EVERY)
            .serve_connection(
                TokioIo::new(io),
                service_fn({
                    let answers = answers.clone();
                    move |request| {
                        let answering = answers.begin();
                        let answer = answer(router.clone(), peer, request);
                        async move { answer.await.map(|answer| answering.go_along(answer)) }
                    }
                }),
            );
        // Saying good-bye takes an answer, which who is silent does not give.
        let shutdown = self.shutdown.clone();
        tokio::select! {
            ended = async { to_its_end!(connection, self.shutdown) } => ended,
            () = async { shutdown.cancelled().await; silence(&answers).await } => Ok(()),
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> std::result::Result<axum::response::Response, Infallible> {
    if !has_one_host(&request) {
        let text = "A request has to name the host once.";
        let refused = super::Error::from(Rejected::new(Code::InvalidRequest, text));
        return Ok(refused.into_response());
    }
    // Where a request comes from decides how often it may.
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(Body::new)).await
}

/// Of two hosts, a proxy may take one and we the other.
fn has_one_host(request: &Request<Incoming>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() != Version::HTTP_11,
        count => count == 1,
    }
}

fn late() -> Error {
    Error::new(ErrorKind::TimedOut, "nothing was asked in time")
}

/// A connection whose first bytes have to come in time; what comes after them is looked after by the protocol.
struct Prompt<I> {
    io: I,
    answers: Answers,
    missing: usize,
    shutdown: CancellationToken,
    deadline: Pin<Box<Sleep>>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Prompt<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.missing > 0 && self.shutdown.is_cancelled() {
            // Nothing was read: the end.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        if self.missing == 0 {
            return polled;
        }
        if polled.is_pending() {
            return self.deadline.as_mut().poll(cx).map(|()| Err(late()));
        }
        self.missing = self.missing.saturating_sub(buffer.filled().len() - before);
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Prompt<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        if polled.is_ready() {
            self.answers.note_written();
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
