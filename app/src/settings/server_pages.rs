//! The sections that are but settings and facts.

use super::facts::FactList;
use super::stored::StoredSettings;
use super::two_step::TwoStepRequired;
use crate::sync::use_rows;
use leptos::prelude::*;
use shared::settings::{Facts, SIGN_IN};

/// Who may come in, and for how long.
#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <TwoStepRequired/>
        <section>
            <h2>"For the whole server"</h2>
            <p class="page__lead">"What its operator has set cannot be changed here."</p>
            <StoredSettings settings=SIGN_IN/>
        </section>
    }
}

/// How often somebody may ask.
#[component]
pub fn Limits() -> impl IntoView {
    view! {
        <section>
            <h2>"Limits"</h2>
            <p class="page__lead">"The operator of the server sets them, by the variables that are named here."</p>
            <FactList about=Facts::Limits/>
        </section>
    }
}

/// How much there is in the workspace.
#[component]
pub fn Usage() -> impl IntoView {
    view! {
        <section>
            <h2>"Usage"</h2>
            <p class="page__lead">"For you to know. Nothing is metered, and nothing leaves this server."</p>
            <FactList about=Facts::Usage workspace=use_rows().workspace()/>
        </section>
    }
}

/// Whether everything works.
#[component]
pub fn Health() -> impl IntoView {
    view! {
        <section>
            <h2>"Health"</h2>
            <p class="page__lead">"As of when you opened this page."</p>
            <FactList about=Facts::Health/>
        </section>
    }
}
