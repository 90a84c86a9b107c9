use super::api::CreateToken;
use crate::backend::{FormProblem, field_problem, problem};
use crate::ui::{Button, ButtonKind, ButtonVariant, Checkbox, Select, SelectOption, TextField};
use crate::workspaces::api::list_workspaces;
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::limits::KeyScope;

/// How long a token can be good for, in days.
const LIFETIMES: [(&str, &str); 4] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "One year"),
    ("never", "Until I revoke it"),
];

pub(crate) fn options(choices: &[(&str, &str)]) -> Vec<SelectOption> {
    let option = |(value, text): &(&str, &str)| SelectOption {
        value: (*value).to_owned(),
        text: (*text).to_owned(),
    };
    choices.iter().map(option).collect()
}

/// What a new token is made from.
#[component]
pub fn TokenForm(
    /// The action that makes it.
    action: ServerAction<CreateToken>,
) -> impl IntoView {
    let problem = problem(action);
    view! {
        <FormProblem problem=problem fields=&["name", "workspace", "projects"]/>
        <ActionForm action=action attr:class="form key-form">
            <TextField
                label="What is it for?"
                name="name"
                placeholder="Build server"
                required=true
                maxlength=80_u32
                error=field_problem(problem, "name")
            />
            <Select label="Good for" name="days" options=options(&LIFETIMES) initial="90"/>
            <ScopeBoxes/>
            <Where/>
            <TextField
                label="Only these projects (optional)"
                name="projects"
                placeholder="WEB, APP"
                hint="Keys of projects of the workspace chosen above. Without any, the token reaches all that you see."
                error=field_problem(problem, "projects")
            />
            <div class="form__actions">
                <Button
                    variant=ButtonVariant::Primary
                    kind=ButtonKind::Submit
                    busy=action.pending()
                >
                    "Create token"
                </Button>
            </div>
        </ActionForm>
    }
}

/// What a key may do, as boxes to tick: it looks in any case.
#[component]
pub(crate) fn ScopeBoxes() -> impl IntoView {
    let scope = |scope: KeyScope| {
        view! { <Checkbox label=scope.meaning() name=scope.as_str() checked=scope == KeyScope::Write/> }
    };
    view! {
        <fieldset class="key-form__scopes">
            <legend class="text-field__label">"What may it do?"</legend>
            <p class="field-hint">"It sees what you see, and never more than your role allows."</p>
            {scope(KeyScope::Comment)}
            {scope(KeyScope::Write)}
            {scope(KeyScope::Admin)}
        </fieldset>
    }
}

/// The workspace that a token is limited to, if it is.
#[component]
fn Where() -> impl IntoView {
    let mine = Resource::new(|| (), |()| list_workspaces());
    let choices = move || {
        let mut mine = mine.get().and_then(Result::ok).unwrap_or_default();
        mine.retain(|link| link.restorable_until.is_none());
        let every = SelectOption {
            value: String::new(),
            text: "All my workspaces".to_owned(),
        };
        let one = mine.into_iter().map(|link| SelectOption {
            value: link.slug,
            text: link.name,
        });
        std::iter::once(every).chain(one).collect::<Vec<_>>()
    };
    view! {
        <Transition>
            <Select label="Where?" name="workspace" options=Signal::derive(choices)/>
        </Transition>
    }
}
