//! The browser's hands for the state machine: it carries out effects and feeds back what happens.
//!
//! There is one driver for a page. It owns the socket, the timers and the requests, and hands on what outlives the page;
//! the rules are all in [`shared::sync::Client`]. Start reading at [`start`], then `carry_out`.

mod clock;
mod fetch;
mod loader;
mod offline;
mod page_events;
mod socket;
mod timers;

use super::notice::{Notice, Notices};
use super::rows::{Environment, Keeping, Rows};
use crate::accounts::Person;
use crate::dom::{local, page_state};
use crate::start::Start;
use leptos::prelude::*;
use leptos::web_sys::HtmlFormElement;
use offline::Job;
use shared::sync::protocol::ClientMessage;
use shared::sync::{Effect as Task, Event, Lead, Link, Timer, Transport};
use std::cell::RefCell;
use std::time::Duration;

/// How long signing out waits for the code that counts what waits in this browser.
const LOADED_WITHIN: Duration = Duration::from_secs(3);
/// What is said without it.
const LOST: &str =
    "There are changes that are kept only on this page, and lost when you sign out. Sign out now?";
/// How often it is looked whether it has come.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The page's driver. The browser's part of the app has one thread.
struct Driver {
    rows: Rows,
    notices: Notices,
    socket: socket::Socket,
    timers: timers::Timers,
}

thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Draws the page from what this browser has kept: the server has not made it.
pub fn open(draw: fn(Start)) {
    loader::job(Job::Open(draw));
    loader::load();
}

/// Looks whether this browser has traces of somebody else than the person for whom the server made the page.
pub fn check(person: Option<&Person>) {
    let is_known = |person: &Person| {
        let known = local::read(local::KNOWN);
        known.is_none_or(|known| known.contains(&person.email))
    };
    let is_somebody_else = match person {
        Some(person) => !is_known(person),
        None => local::read(local::KNOWN).is_some(),
    };
    if is_somebody_else {
        loader::job(Job::SignedOut);
        loader::load();
    }
}

/// Tells how many changes of a person wait in this browser, in whatever workspace, for as long as somebody listens: on pages
/// that have no rows.
pub fn count(email: String, told: RwSignal<usize>) {
    loader::job(Job::Count(email, told));
    loader::load();
}

/// Sends the form that signs out, unless changes wait and the person would rather not.
pub fn sign_out(form: HtmlFormElement) {
    if !loader::is_here() {
        loader::load();
    }
    sign_out_with(form, LOADED_WITHIN);
}

/// With the code that counts what waits, if it comes in time: signing out must be possible without it.
fn sign_out_with(form: HtmlFormElement, within: Duration) {
    if loader::is_here() {
        loader::job(Job::SignOut(form));
    } else if within.is_zero() {
        if !stays((unkept() > 0).then_some(LOST)) {
            leave(&form);
        }
    } else {
        let left = within.saturating_sub(LOOK_EVERY);
        set_timeout(move || sign_out_with(form, left), LOOK_EVERY);
    }
}

/// Whether there is something to ask, and the person stays.
fn stays(asked: Option<&str>) -> bool {
    asked.is_some_and(|asked| window().confirm_with_message(asked) == Ok(false))
}

/// Sends the form.
fn leave(form: &HtmlFormElement) {
    // It goes where the browser goes in any case.
    let _refused = form.submit();
}

/// How many changes would be lost with this page.
fn unkept() -> usize {
    with_driver(|driver| driver.rows).map_or(0, lost)
}

fn lost(rows: Rows) -> usize {
    let link = rows.link().get_untracked();
    match rows.keeping().get_untracked() {
        Keeping::Disk => link.unsaved,
        Keeping::Memory | Keeping::Unknown => link.unsent,
    }
}

/// Takes the rows over and connects. Once for a page, after hydration. `opened` says whether the rows come from this
/// browser and not from the server.
pub fn start(rows: Rows, notices: Notices, person: Option<Person>, opened: bool) {
    rows.drive(Environment {
        now: clock::now,
        random: clock::random,
        carry_out,
        discard: |cid| loader::job(Job::Discard(cid)),
        replace: |old, new| loader::job(Job::Replace(old, new)),
        renew: || loader::job(Job::Renew),
    });
    DRIVER.with_borrow_mut(|driver| {
        *driver = Some(Driver {
            rows,
            notices,
            socket: socket::Socket::new(rows.workspace()),
            timers: timers::Timers::default(),
        });
    });
    clock::follow_day(rows);
    page_events::listen(rows);
    Effect::new(move |_| page_state::set("data-link", name_of(rows.link().get().link)));
    loader::job(Job::Begin(rows, person, opened));
    loader::load();
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

/// Whether the page has a link of its own, and not one to the leader of the browser's pages.
fn leads() -> bool {
    let rows = with_driver(|driver| driver.rows);
    rows.is_some_and(|rows| rows.with_client(|client| client.lead()) == Lead::Leader)
}

fn carry_out(task: Task) {
    match task {
        Task::Connect(Transport::Socket) if leads() => {
            with_driver(|driver| driver.socket.open());
        }
        Task::Connect(_) => loader::job(Job::Connect),
        Task::Disconnect => {
            with_driver(|driver| driver.socket.close());
            loader::job(Job::Disconnect);
        }
        Task::Send(message) if has_socket() => send(message),
        Task::Send(message) => loader::job(Job::Send(message)),
        Task::Fetch(cover) => {
            if let Some(rows) = with_driver(|driver| driver.rows) {
                fetch::snapshot(rows.workspace(), cover);
            }
            if !leads() {
                // So that it is kept, and stays when this page is closed.
                loader::job(Job::Want(cover));
            }
        }
        Task::Check(cover) => loader::job(Job::Check(cover)),
        Task::Store(cid) => loader::job(Job::Store(cid)),
        Task::Forget(own) => loader::job(Job::Forget(own)),
        Task::Recall => loader::job(Job::Recall),
        Task::Revive(epoch, last_mid) => loader::job(Job::Revive(epoch, last_mid)),
        Task::Keep => loader::job(Job::Keep),
        Task::NewReplica => loader::job(Job::NewReplica),
        Task::LetGo(key, field) => loader::job(Job::Told(key, field)),
        Task::Refused(refused) => {
            // What was refused here and never sent is known to this page alone.
            if leads() || refused.mid.is_none() {
                loader::job(Job::Park(refused));
            }
        }
        Task::Status => status(),
        Task::SetTimer(timer, from_ms, to_ms) => set_timer(timer, from_ms, to_ms),
        Task::StopTimer(timer) => {
            with_driver(|driver| driver.timers.stop(timer));
        }
        Task::ServerTime(time) => clock::set(time),
        Task::SignIn(why) => tell(Notice::SignIn(why)),
        Task::OfferReload => tell(Notice::Reload),
        // The rows have done it.
        Task::Reveal(_) | Task::People(..) | Task::Overwritten(_) => {}
    }
}

fn has_socket() -> bool {
    let rows = with_driver(|driver| driver.rows);
    rows.is_some_and(|rows| {
        rows.with_client(|client| {
            client.lead() == Lead::Leader && client.state().transport == Transport::Socket
        })
    })
}

fn status() {
    if let Some(rows) = with_driver(|driver| driver.rows) {
        let is_linked = rows.link().get_untracked().link == Link::Live;
        loader::job(Job::Linked(is_linked));
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

fn tell(notice: Notice) {
    if let Some(notices) = with_driver(|driver| driver.notices) {
        notices.show(notice);
    }
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
