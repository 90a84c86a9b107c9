use crate::dom::http;
use crate::ui::{Banner, Icon, IconName, IconSize, ProgressBar, Tone};
use leptos::html::Input;
use leptos::prelude::*;
use shared::codes::Rejected;
use shared::imports::BYTES_MAX;

/// Asks for the file.
#[component]
pub fn Choose(
    /// Why the last file was refused.
    #[prop(optional_no_strip)]
    refused: Option<Rejected>,
    /// The file that is on its way.
    #[prop(optional, into)]
    uploading: Option<String>,
    /// Called with the file.
    on_choose: Callback<http::File>,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let over = RwSignal::new(false);
    let chosen = move |_| {
        over.set(false);
        let input = input.get_untracked();
        if let Some(file) = input.and_then(|input| http::chosen_file(&input)) {
            on_choose.run(file);
        }
    };
    let limit = BYTES_MAX / (1024 * 1024);
    let words = match uploading {
        Some(name) => view! {
            <b>{format!("Reading {name}")}</b>
            <ProgressBar label=format!("Reading {name}")/>
        }
        .into_any(),
        None => view! {
            <b>"Choose a file, or drop it here"</b>
            <span>{format!("A board exported from Trello as JSON, up to {limit} MB.")}</span>
            <input
                type="file"
                accept=".json,application/json"
                aria-label="Trello export"
                node_ref=input
                on:change=chosen
                on:dragenter=move |_| over.set(true)
                on:dragleave=move |_| over.set(false)
            />
        }
        .into_any(),
    };
    view! {
        <p class="page__lead">
            "In Trello, open the board's menu and choose Print, export and share, then Export as JSON. \
             You see what will happen before anything is changed."
        </p>
        {refused.map(|refused| view! {
            <Banner tone=Tone::Danger title="This file was not imported.">{refused.message}</Banner>
        })}
        <div class="import__drop" data-over=move || over.get().then_some("true")>
            <Icon name=IconName::Upload size=IconSize::Large/>
            {words}
        </div>
        <noscript>
            <p>"Importing in the browser needs JavaScript. On the server's machine, use the command teamflow import."</p>
        </noscript>
    }
}
