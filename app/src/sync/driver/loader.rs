//! Fetches the code of [`super::offline`] after the page is usable. What is to be done until then waits, in order.

#![expect(
    clippy::unnecessary_wraps,
    reason = "what could not be fetched is the error"
)]

use super::offline::{self, Job};
use futures::FutureExt as _;
use leptos::prelude::set_timeout;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// When to try again if the code cannot be fetched: without a network there is nothing else to do meanwhile.
const RETRY_AFTER: Duration = Duration::from_secs(3);

thread_local! {
    /// What waits; nothing once the code is here.
    static WAITING: RefCell<Option<Vec<Job>>> = const { RefCell::new(Some(Vec::new())) };
}

/// Has a job done, now or when the code is here.
pub(super) fn job(job: Job) {
    let ready = WAITING.with_borrow_mut(|waiting| match waiting {
        Some(waiting) => {
            waiting.push(job);
            None
        }
        None => Some(job),
    });
    if let Some(job) = ready {
        // The code is here, so there is nothing to wait for.
        let _done = run(job).now_or_never();
    }
}

/// Whether the code is here.
pub(super) fn is_here() -> bool {
    WAITING.with_borrow(Option::is_none)
}

/// Fetches the code, until it is here.
pub(super) fn load() {
    spawn_local(async {
        if fetch_offline().await.is_err() {
            return set_timeout(load, RETRY_AFTER);
        }
        let waiting = WAITING.with_borrow_mut(Option::take);
        for waited in waiting.into_iter().flatten() {
            job(waited);
        }
    });
}

#[wasm_split(offline, wasm_split_path = leptos::wasm_split, preload(fetch_offline), fallible)]
fn run(job: Job) -> Result<(), SplitLoaderError> {
    offline::run(job);
    Ok(())
}
