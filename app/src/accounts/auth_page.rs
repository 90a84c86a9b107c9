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
            </div>
        </main>
    }
}
