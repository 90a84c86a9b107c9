use super::api::{ErasePerson, PreviewErasure};
use crate::backend::{FormProblem, field_problem, problem};
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::settings::Fact;

/// Erasing a person: what goes, what stays and why, and then doing it.
#[component]
pub fn Erase() -> impl IntoView {
    let preview = ServerAction::<PreviewErasure>::new();
    let erase = ServerAction::<ErasePerson>::new();
    let refused = problem(preview);
    let shown = move || {
        preview.value().with(|value| {
            let facts = value.as_ref()?.as_ref().ok()?;
            Some(facts.clone())
        })
    };
    let is_done = move || erase.value().with(|value| matches!(value, Some(Ok(()))));
    let email = RwSignal::new(String::new());
    view! {
        <section>
            <h2>"Erase a person"</h2>
            <p class="page__lead">
                "Their account goes, with everything that says who they were. What they wrote stays, under \"Erased person\". It cannot be undone."
            </p>
            <FormProblem problem=refused fields=&["email"]/>
            <ActionForm action=preview attr:class="settings__form">
                <TextField
                    label="Their e-mail"
                    name="email"
                    kind="email"
                    value=email
                    required=true
                    error=field_problem(refused, "email")
                />
                <Button kind=ButtonKind::Submit busy=preview.pending()>"Show what would go"</Button>
            </ActionForm>
        </section>
        {move || is_done().then(|| view! {
            <Banner tone=Tone::Success>"The person was erased."</Banner>
        })}
        {move || (!is_done()).then(shown).flatten().map(|facts| view! {
            <section>
                <h2>"What would go, and what stays"</h2>
                {list(facts)}
                <FormProblem problem=problem(erase)/>
                <ActionForm action=erase>
                    <input type="hidden" name="email" value=email.get_untracked()/>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::Danger busy=erase.pending()>
                        "Erase this person"
                    </Button>
                </ActionForm>
            </section>
        })}
    }
}

fn list(facts: Vec<Fact>) -> impl IntoView {
    let row = |fact: Fact| {
        view! {
            <li class="settings__row">
                <span>{fact.name}</span>
                <span class="settings__value">{fact.value}</span>
            </li>
        }
    };
    view! { <ul>{facts.into_iter().map(row).collect_view()}</ul> }
}
