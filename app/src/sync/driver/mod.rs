//! The browser's hands for the state machine: it carries out effects and feeds back what happens.
//!
//! There is one driver for a page. It owns the socket, the timers, the requests and the numbering of commands; the rules
//! are all in [`shared::sync::Client`]. Start reading at [`start`], then `carry_out`.

mod clock;
mod fetch;
mod page_events;
mod socket;
mod timers;

use super::notice::{Notice, Notices};
use super::rows::{Environment, Rows};
use crate::dom::page_state;
use leptos::prelude::*;
use shared::ids::{CommandId, ReplicaId};
use shared::sync::protocol::ClientMessage;
use shared::sync::{Effect as Task, Event, Link, Timer};
use std::cell::RefCell;

/// The page's driver. The browser's part of the app has one thread.
struct Driver {
    rows: Rows,
    notices: Notices,
    socket: socket::Socket,
    timers: timers::Timers,
    /// The number of the last command that was stored.
    last_mid: u64,
}

thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Takes the rows over and connects. Once for a page, after hydration.
pub fn start(rows: Rows, notices: Notices) {
    rows.drive(Environment {
        now: clock::now,
        random: clock::random,
        carry_out,
    });
    DRIVER.with_borrow_mut(|driver| {
        *driver = Some(Driver {
            rows,
            notices,
            socket: socket::Socket::new(rows.workspace()),
            timers: timers::Timers::default(),
            last_mid: 0,
        });
    });
    rows.with_client(|client| client.take_replica(new_replica()));
    clock::follow_day(rows);
    page_events::listen(rows);
    Effect::new(move |_| page_state::set("data-link", name_of(rows.link().get().link)));
    rows.dispatch(Event::Start);
}

/// Feeds the state machine, if the page still has one.
fn feed(event: Event) {
    let rows = DRIVER.with_borrow(|driver| driver.as_ref().map(|driver| driver.rows));
    if let Some(rows) = rows {
        rows.dispatch(event);
    }
}

/// Reaches into the driver. Nothing in there feeds the state machine: it would come back here.
fn with_driver<T>(act: impl FnOnce(&mut Driver) -> T) -> Option<T> {
    DRIVER.with_borrow_mut(|driver| driver.as_mut().map(act))
}

fn carry_out(task: Task) {
    match task {
        Task::Connect => {
            with_driver(|driver| driver.socket.open());
        }
        Task::Disconnect => {
            with_driver(|driver| driver.socket.close());
        }
        Task::Send(message) => send(message),
        Task::Fetch(cover) => {
            if let Some(rows) = with_driver(|driver| driver.rows) {
                fetch::snapshot(rows.workspace(), cover);
            }
        }
        Task::Store(cid) => store(cid),
        Task::SetTimer(timer, from_ms, to_ms) => set_timer(timer, from_ms, to_ms),
        Task::StopTimer(timer) => {
            with_driver(|driver| driver.timers.stop(timer));
        }
        Task::ServerTime(time) => clock::set(time),
        Task::NewReplica => renumber(),
        Task::SignIn(why) => tell(Notice::SignIn(why)),
        Task::OfferReload => tell(Notice::Reload),
        // Commands are kept in memory, where they vanish with the page; the rows have done the rest.
        Task::Forget(_) | Task::Reveal(_) | Task::Refused(..) | Task::Status | Task::People(..) => {
        }
    }
}

fn send(message: ClientMessage) {
    let message = match message {
        ClientMessage::Ping { .. } => ClientMessage::Ping {
            t: clock::monotonic_ms(),
        },
        message => message,
    };
    with_driver(|driver| driver.socket.send(&message));
}

fn set_timer(timer: Timer, from_ms: u32, to_ms: u32) {
    let after_ms = clock::between(from_ms, to_ms);
    with_driver(|driver| {
        driver
            .timers
            .set(timer, after_ms, move || feed(Event::Tick(timer)));
    });
}

/// Gives a command its number.
fn store(cid: CommandId) {
    let mid = with_driver(|driver| {
        driver.last_mid += 1;
        driver.last_mid
    });
    if let Some(mid) = mid {
        feed(Event::Stored(cid, mid));
    }
}

/// Goes on as a new replica: what the server has not answered is numbered from 1 again.
fn renumber() {
    let Some(rows) = with_driver(|driver| {
        driver.last_mid = 0;
        driver.rows
    }) else {
        return;
    };
    let unanswered: Vec<CommandId> = rows.with_client(|client| {
        client.take_replica(new_replica());
        let pending = client.replica().pending().iter();
        pending
            .filter(|pending| pending.done_at.is_none())
            .map(|pending| pending.cid)
            .collect()
    });
    for cid in unanswered {
        store(cid);
    }
}

fn tell(notice: Notice) {
    if let Some(notices) = with_driver(|driver| driver.notices) {
        notices.show(notice);
    }
}

fn new_replica() -> ReplicaId {
    ReplicaId::new(clock::now().0, clock::random())
}

const fn name_of(link: Link) -> &'static str {
    match link {
        Link::Closed => "closed",
        Link::Backoff => "backoff",
        Link::Connecting => "connecting",
        Link::CatchingUp => "catching-up",
        Link::Live => "live",
    }
}
