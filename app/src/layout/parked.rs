//! Refused changes that somebody has to decide about: nothing that was written is dropped without them.

use super::toaster::use_toaster;
use super::words;
use crate::chunks::{FetchedOnce, Tool};
use crate::erased::{Show, memo};
use crate::sync::{use_rows, written};
use crate::time::TimeAgo;
use crate::ui::{Button, ButtonSize, ButtonVariant, Dialog, DialogSize, EmptyState};
use leptos::prelude::*;
use shared::sync::Parked;

/// How many changes were refused, where there are any; opens [`ParkedChanges`].
#[component]
pub(super) fn ParkedButton() -> impl IntoView {
    let rows = use_rows();
    let open = RwSignal::new(false);
    let count = memo(move || rows.parked().read().len());
    let words = move || match count.get() {
        1 => "1 change was refused".to_owned(),
        count => format!("{count} changes were refused"),
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <button type="button" class="sidebar__parked" on:click=move |_| open.set(true)>
                {words}
            </button>
        </Show>
        <FetchedOnce tool=Tool::Parked(open) open=open/>
    }
}

/// The refused changes, each with its reason, and what can become of it.
#[component]
pub fn ParkedChanges(
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
) -> impl IntoView {
    let rows = use_rows();
    view! {
        <Dialog open=open title="Refused changes" size=DialogSize::Medium>
            <Show
                when=move || !rows.parked().read().is_empty()
                fallback=|| view! { <EmptyState title="All is decided" compact=true/> }
            >
                <ul class="parked">
                    <For
                        each=move || rows.parked().get()
                        key=|parked| parked.cid
                        let:parked
                    >
                        <ParkedChange parked=parked/>
                    </For>
                </ul>
            </Show>
        </Dialog>
    }
}

#[component]
fn ParkedChange(parked: Parked) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let command = parked.read();
    let what = command.as_ref().map_or_else(
        || "A change of another version of the application".to_owned(),
        words::refused,
    );
    let text = command.as_ref().and_then(written);
    let can_retry = command.is_some();
    let why = parked.rejected.message.clone();
    let (at, cid) = (parked.at, parked.cid);
    let parked = StoredValue::new(parked);
    let copy = text.clone().map(|text| {
        view! {
            <Button
                size=ButtonSize::Small
                variant=ButtonVariant::Ghost
                on_click=move |_| toaster.copy(&text, "the text")
            >
                "Copy the text"
            </Button>
        }
    });
    let retry = can_retry.then(|| {
        view! {
            <Button size=ButtonSize::Small on_click=move |_| rows.retry(&parked.read_value())>
                "Try again"
            </Button>
        }
    });
    view! {
        <li class="parked__change">
            <b>{what}</b>
            <p class="parked__why">{why} " " <TimeAgo at=Signal::stored(at)/></p>
            {text.map(|text| view! { <blockquote class="parked__text">{text}</blockquote> })}
            <div class="parked__actions">
                {retry}
                {copy}
                <Button
                    size=ButtonSize::Small
                    variant=ButtonVariant::Ghost
                    on_click=move |_| rows.discard(cid)
                >
                    "Discard"
                </Button>
            </div>
        </li>
    }
    .into_any()
}
