//! A way to the server on which things go wrong: after so many bytes, never after so much time.
//!
//! One way belongs to one browser. What goes wrong on it is decided by a seed, connection by connection.

use shared::sync::Transport;
use shared::sync::sim::Chance;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The largest piece that is read at once: answers of the server go wrong in their middle too.
const PIECE: usize = 4 * 1024;

/// The addresses of the servers that are up; a connection leads to one of them.
pub(super) type Servers = watch::Receiver<Vec<SocketAddr>>;

/// What goes wrong in one direction of a connection.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Both ends are told that it is over.
    Cut,
    /// It takes everything and hands on nothing: half open.
    Swallow,
    /// What comes is held back until so many bytes have gathered.
    Hold(usize),
}

/// A fault and the number of bytes before it; what happens before the first byte is no fault but the way's nature.
type Fate = Option<(usize, Fault)>;

pub(super) struct Way {
    /// Where a browser connects to.
    pub(super) address: SocketAddr,
    inner: Arc<Inner>,
    accepting: JoinHandle<()>,
}

struct Inner {
    servers: Servers,
    chance: Mutex<Chance>,
    /// The best way for messages that gets through.
    lets: Transport,
    is_healed: AtomicBool,
    stuck: watch::Sender<Stuck>,
    /// Counts the moments at which time passed.
    moments: watch::Sender<u64>,
}

/// How many directions of connections wait for time to pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stuck {
    pub(super) held: usize,
    pub(super) swallowed: usize,
}

impl Way {
    /// Opens a way that lets through messages as `lets` says, and what is simpler.
    pub(super) async fn open(servers: Servers, seed: u64, lets: Transport) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            servers,
            chance: Mutex::new(Chance::new(seed)),
            lets,
            is_healed: AtomicBool::new(false),
            stuck: watch::Sender::default(),
            moments: watch::Sender::default(),
        });
        let accepting = tokio::spawn(accept(listener, inner.clone()));
        Self {
            address,
            inner,
            accepting,
        }
    }

    /// The servers that are up.
    pub(super) fn servers(&self) -> Servers {
        self.inner.servers.clone()
    }

    /// What waits for time to pass.
    pub(super) fn stuck(&self) -> watch::Receiver<Stuck> {
        self.inner.stuck.subscribe()
    }

    /// So much time passes that what was held back arrives, and connections that swallow are given up.
    pub(super) async fn time_passes(&self) {
        let mut stuck = self.stuck();
        if *stuck.borrow_and_update() == Stuck::default() {
            return;
        }
        self.inner.moments.send_modify(|count| *count += 1);
        stuck.changed().await.unwrap();
    }

    /// From here on nothing goes wrong. What is blocked stays blocked.
    pub(super) async fn heal(&self) {
        self.inner.is_healed.store(true, Ordering::SeqCst);
        self.time_passes().await;
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        let (browser, _) = listener.accept().await.unwrap();
        let plan = {
            let mut chance = inner.chance.lock().unwrap();
            let servers = inner.servers.borrow().clone();
            let server = chance.pick(&servers);
            server.map(|server| (server, fate(&mut chance), fate(&mut chance)))
        };
        if let Some((server, up, down)) = plan {
            tokio::spawn(carry(browser, server, [up, down], inner.clone()));
        }
    }
}

fn fate(chance: &mut Chance) -> Fate {
    // Half of the connections go wrong in one direction at least.
    let fault = match chance.below(100) {
        0..14 => Fault::Cut,
        14..22 => Fault::Swallow,
        22..30 => Fault::Hold(usize::try_from(chance.between(1, 2_000)).unwrap()),
        _ => return None,
    };
    // Many within the handshake and the first messages.
    let most = chance.weighted(&[(1, 200), (2, 2_000), (3, 20_000)]);
    Some((usize::try_from(chance.between(1, most)).unwrap(), fault))
}

/// Carries a connection until one of its directions ends.
async fn carry(browser: TcpStream, server: SocketAddr, [up, down]: [Fate; 2], inner: Arc<Inner>) {
    let mut first = vec![0; PIECE];
    let Ok(read) = browser.peek(&mut first).await else {
        return;
    };
    let Some(down) = permitted(&first[..read], down, inner.lets) else {
        return;
    };
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_browser, to_browser) = browser.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_browser, to_server, up, &inner) => {}
        () = pump(from_server, to_browser, down, &inner) => {}
    }
}

/// What becomes of an answer whose request begins like this; nothing, if it is not let through at all.
fn permitted(request: &[u8], down: Fate, lets: Transport) -> Option<Fate> {
    let asks = |path: &str| request.starts_with(format!("GET /sync/{path}?").as_bytes());
    if lets != Transport::Socket && asks("socket") {
        return None;
    }
    if lets == Transport::Poll && asks("stream") {
        // A proxy that collects an answer before it passes it on: of a stream nothing ever arrives.
        return Some(Some((0, Fault::Swallow)));
    }
    Some(down)
}

/// Hands on what comes from one end to the other, and what goes wrong goes wrong.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fate: Fate, inner: &Inner) {
    let mut moments = inner.moments.subscribe();
    let mut piece = vec![0; PIECE];
    let after = fate.map_or(0, |(after, _)| after);
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        moments.borrow_and_update();
        if after > 0 && inner.is_healed.load(Ordering::SeqCst) {
            fate = None;
        }
        let (mut now, mut due) = (count, None);
        if let Some((left, fault)) = &mut fate {
            now = count.min(*left);
            *left -= now;
            due = (*left == 0).then_some(*fault);
        }
        let passed = to.write_all(&piece[..now]).await;
        if passed.is_err() {
            return;
        }
        match due {
            None => {}
            Some(Fault::Cut) => return,
            Some(Fault::Swallow) => {
                let _stuck = inner.is_stuck(|stuck| &mut stuck.swallowed);
                // Taken in and thrown away.
                let swallowing = async { while let Ok(1..) = from.read(&mut piece).await {} };
                tokio::select! {
                    _ = moments.changed() => {}
                    () = swallowing => {}
                }
                return;
            }
            Some(Fault::Hold(size)) => {
                let mut held = piece[now..count].to_vec();
                if !held.is_empty() {
                    let _stuck = inner.is_stuck(|stuck| &mut stuck.held);
                    gather(&mut from, &mut held, size, &mut moments).await;
                }
                if to.write_all(&held).await.is_err() {
                    return;
                }
                fate = Some((after, Fault::Hold(size)));
            }
        }
    }
}

/// Reads until there is enough, or time passes, or nothing more comes.
async fn gather(
    from: &mut OwnedReadHalf,
    held: &mut Vec<u8>,
    size: usize,
    moments: &mut watch::Receiver<u64>,
) {
    while held.len() < size {
        tokio::select! {
            _ = moments.changed() => return,
            read = from.read_buf(held) => match read {
                Ok(1..) => {}
                _ => return,
            }
        }
    }
}

impl Inner {
    fn is_stuck(&self, count: fn(&mut Stuck) -> &mut usize) -> Waiting<'_> {
        self.stuck.send_modify(|stuck| *count(stuck) += 1);
        Waiting { inner: self, count }
    }
}

/// A direction that is counted as stuck while this is there.
struct Waiting<'i> {
    inner: &'i Inner,
    count: fn(&mut Stuck) -> &mut usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let count = self.count;
        self.inner.stuck.send_modify(|stuck| *count(stuck) -= 1);
    }
}
