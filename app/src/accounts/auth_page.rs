use crate::layout::Unsent;
use crate::start::use_start;
use crate::ui::{Banner, Button, ButtonKind, ButtonSize, ButtonVariant, Tone};
use leptos::prelude::*;
use leptos_meta::Title;

/// A page with one thing to do before there is a workspace.
#[component]
pub fn AuthPage(
    /// What is to be done.
    title: &'static str,
    /// A sentence below it.
    #[prop(optional, into)]
    lead: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title/>
        <main class="auth">
            <div class="auth__card">
                <div class="auth__brand">
                    <img src="/favicon.svg" alt="" width="28" height="28"/>
                    "TeamFlow"
                </div>
                <h1>{title}</h1>
                {lead.map(|lead| view! { <p>{lead}</p> })}
                {children()}
                <Unsent/>
            </div>
        </main>
    }
}

/// The button of a form that stands alone.
#[component]
pub fn AuthSubmit(
    /// Whether the form is on its way.
    busy: Memo<bool>,
    /// What it does.
    text: &'static str,
) -> impl IntoView {
    view! {
        <Button
            variant=ButtonVariant::Primary
            size=ButtonSize::Large
            kind=ButtonKind::Submit
            busy=busy
        >
            {text}
        </Button>
    }
}

/// Why something was refused elsewhere that led to this page.
#[component]
pub fn Refusal() -> impl IntoView {
    let refusal = use_start().refusal;
    refusal.map(|refusal| view! { <Banner tone=Tone::Danger>{refusal.0.message}</Banner> })
}
