//! What the person has to do before the page can go on.

use super::use_rows;
use crate::dom::page_load;
use crate::routes::href;
use crate::ui::{Banner, Button, ButtonSize, Tone};
use leptos::prelude::*;

/// Something that only the person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Sign in again, and why.
    SignIn(String),
    /// Load the page anew: the server is newer.
    Reload,
}

/// The page's notice, in the context. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Notices(RwSignal<Option<Notice>>);

impl Notices {
    /// No notice.
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Shows a notice instead of the one there was.
    pub fn show(self, notice: Notice) {
        self.0.set(Some(notice));
    }
}

impl Default for Notices {
    fn default() -> Self {
        Self::new()
    }
}

/// The notice, if there is one. What is not sent yet is kept while it is shown.
#[component]
pub fn NoticeBanner() -> impl IntoView {
    let notice = use_context::<Notices>().unwrap_or_default();
    let rows = use_rows();
    move || {
        notice.0.get().map(|notice| match notice {
            Notice::SignIn(why) => view! {
                <Banner tone=Tone::Warning title=why actions=|| view! {
                    <Button
                        size=ButtonSize::Small
                        on_click=|_| page_load::to(&href::sign_in(&page_load::address()))
                    >
                        "Sign in"
                    </Button>
                }>
                    "Sign in again to go on."
                </Banner>
            }
            .into_any(),
            Notice::Reload => view! {
                <Banner title="A newer version is here." actions=move || view! {
                    <Button size=ButtonSize::Small on_click=move |_| rows.renew()>"Reload"</Button>
                }>
                    "Your changes are kept."
                </Banner>
            }
            .into_any(),
        })
    }
}
