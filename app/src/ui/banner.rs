use leptos::prelude::*;

use super::toasts::icon_of;
use super::{ButtonSize, Icon, IconButton, IconName, Tone};

/// Something to know about the page it heads, until it no longer holds.
#[component]
pub fn Banner(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// What happened, in a few words.
    #[prop(optional, into)]
    title: Option<String>,
    /// What to do about it.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// Called when it is closed by hand; without it, it cannot be.
    #[prop(optional, into)]
    on_dismiss: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Danger {
        "alert"
    } else {
        "status"
    };
    view! {
        <div class="banner" data-tone=tone.as_str() role=role>
            <Icon name=icon_of(tone)/>
            <div class="banner__words">
                {title.map(|title| view! { <b class="banner__title">{title}</b> })}
                {children()}
            </div>
            {actions.map(|actions| view! { <div class="banner__actions">{actions.run()}</div> })}
            {on_dismiss.map(|on_dismiss| view! {
                <IconButton
                    icon=IconName::Close
                    label="Dismiss"
                    size=ButtonSize::Small
                    tooltip_end=true
                    on_click=move |_| on_dismiss.run(())
                />
            })}
        </div>
    }
}
