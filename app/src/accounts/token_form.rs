use super::api::CreateToken;
use crate::backend::{FormProblem, field_problem, problem};
use crate::ui::{Button, ButtonKind, ButtonVariant, Select, SelectOption, TextField};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// How long a token can be good for, in days; none is for ever.
const LIFETIMES: [(&str, &str); 4] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "One year"),
    ("", "Until I revoke it"),
];

/// What a new token is made from.
#[component]
pub fn TokenForm(
    /// The action that makes it.
    action: ServerAction<CreateToken>,
) -> impl IntoView {
    let problem = problem(action);
    let lifetimes: Vec<SelectOption> = LIFETIMES
        .into_iter()
        .map(|(value, text)| SelectOption {
            value: value.into(),
            text: text.into(),
        })
        .collect();
    view! {
        <FormProblem problem=problem fields=&["name"]/>
        <ActionForm action=action attr:class="token-form">
            <TextField
                label="What is it for?"
                name="name"
                placeholder="Build server"
                required=true
                maxlength=80_u32
                error=field_problem(problem, "name")
            />
            <Select label="Good for" name="days" options=lifetimes initial="90"/>
            <Button
                variant=ButtonVariant::Primary
                kind=ButtonKind::Submit
                busy=action.pending()
            >
                "Create token"
            </Button>
        </ActionForm>
    }
}
