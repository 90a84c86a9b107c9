use super::api::SendTestMail;
use super::facts::FactList;
use super::stored::StoredSettings;
use crate::backend::{FormProblem, problem};
use crate::ui::{Banner, Button, ButtonKind, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::settings::{Facts, MAIL};

/// How mail is sent, and where things are kept.
#[component]
pub fn Mail() -> impl IntoView {
    let test = ServerAction::<SendTestMail>::new();
    let sent = move || {
        test.value().with(|value| {
            let to = value.as_ref()?.as_ref().ok()?;
            Some(to.clone())
        })
    };
    view! {
        <section>
            <h2>"Mail"</h2>
            <p class="page__lead">"Invitations, and links to confirm an address or to choose another password."</p>
            <StoredSettings settings=MAIL/>
            <FormProblem problem=problem(test)/>
            {move || sent().map(|to| view! {
                <Banner tone=Tone::Success title="The mail was handed over.">
                    {format!("Look whether it arrives at {to}.")}
                </Banner>
            })}
            <ActionForm action=test>
                <Button kind=ButtonKind::Submit busy=test.pending()>"Send test mail to me"</Button>
            </ActionForm>
        </section>
        <section>
            <h2>"Storage"</h2>
            <FactList about=Facts::Storage/>
        </section>
    }
}
