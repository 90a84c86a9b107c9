use super::api::RunRetention;
use super::facts::FactList;
use super::stored::StoredSettings;
use crate::backend::{FormProblem, problem};
use crate::ui::{Banner, Button, ButtonKind, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::settings::{Facts, RETENTION};

/// What goes by itself: by which policy, and what would go now.
#[component]
pub fn Retention() -> impl IntoView {
    let run = ServerAction::<RunRetention>::new();
    let gone = move || {
        run.value().with(|value| {
            let gone = value.as_ref()?.as_ref().ok()?;
            Some(*gone)
        })
    };
    let version = run.version();
    view! {
        <section>
            <h2>"Retention"</h2>
            <p class="page__lead">"For the whole server, once an hour. What went for good cannot be brought back."</p>
            <StoredSettings settings=RETENTION/>
        </section>
        <section>
            <h2>"What would go now"</h2>
            {move || {
                // What went is not to go again.
                version.get();
                view! { <FactList about=Facts::Retention/> }
            }}
            <FormProblem problem=problem(run)/>
            {move || gone().map(|gone| view! {
                <Banner tone=Tone::Success>{format!("{gone} things went.")}</Banner>
            })}
            <ActionForm action=run>
                <Button kind=ButtonKind::Submit busy=run.pending()>"Let it go now"</Button>
            </ActionForm>
        </section>
    }
}
