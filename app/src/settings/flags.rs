use super::api::{DeleteFlag, SaveFlag, list_flags};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::sync::use_rows;
use crate::ui::{
    Banner, Button, ButtonKind, ButtonVariant, EmptyState, IconName, Select, SelectOption,
    Skeleton, TextField, Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::members::Member;
use shared::settings::flags::{Flag, Rule};

/// Features that are on for some.
#[component]
pub fn Flags() -> impl IntoView {
    let save = ServerAction::<SaveFlag>::new();
    let delete = ServerAction::<DeleteFlag>::new();
    let versions = move || (save.version().get(), delete.version().get());
    let flags = Resource::new(versions, |_| list_flags());
    let refused = problem(save);
    let option = |(value, text): (&str, &str)| SelectOption {
        value: value.to_owned(),
        text: text.to_owned(),
    };
    let rules: Vec<_> = [
        ("off", "Off"),
        ("on", "On"),
        ("percent", "For a share"),
        ("people", "For some people"),
    ]
    .map(option)
    .to_vec();
    view! {
        <section>
            <h2>"Feature flags"</h2>
            <p class="page__lead">
                "Switch parts of the application on for everybody, for a share of the people, or for some by their addresses."
            </p>
            <FormProblem problem=refused fields=&["name", "percent", "people"]/>
            <ActionForm action=save attr:class="flag-form">
                <TextField
                    label="Name"
                    name="name"
                    required=true
                    placeholder="new-board"
                    error=field_problem(refused, "name")
                />
                <Select label="On for" name="rule" options=rules initial="off"/>
                <TextField
                    label="Share in percent"
                    name="percent"
                    kind="number"
                    initial="10"
                    error=field_problem(refused, "percent")
                />
                <TextField
                    label="People, by e-mail"
                    name="people"
                    hint="With commas between them."
                    error=field_problem(refused, "people")
                />
                <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=save.pending()>"Save"</Button>
            </ActionForm>
        </section>
        <section>
            <FormProblem problem=problem(delete)/>
            <Transition fallback=|| view! { <Skeleton count=2/> }>
                {move || Suspend::new(async move { list(flags.await, delete) })}
            </Transition>
        </section>
    }
}

fn list(flags: Result<Vec<Flag>, Failure>, delete: ServerAction<DeleteFlag>) -> AnyView {
    match flags {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(flags) if flags.is_empty() => view! {
            <EmptyState title="No flags yet" icon=IconName::Flag compact=true/>
        }
        .into_any(),
        Ok(flags) => flags
            .into_iter()
            .map(|flag| view! { <Row flag=flag delete=delete/> })
            .collect_view()
            .into_any(),
    }
}

#[component]
fn Row(flag: Flag, delete: ServerAction<DeleteFlag>) -> impl IntoView {
    let rows = use_rows();
    let words = match &flag.rule {
        Rule::Off => "off".to_owned(),
        Rule::On => "on for everybody".to_owned(),
        Rule::Percent(percent) => format!("on for {percent} %"),
        Rule::People(people) => {
            let name = |id| {
                let member = rows.get_untracked::<Member>(id);
                member.map_or_else(|| "somebody elsewhere".to_owned(), |it| it.name.to_string())
            };
            let names: Vec<_> = people.iter().map(|id| name(*id)).collect();
            format!("on for {}", names.join(", "))
        }
    };
    let name = flag.name.clone();
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{flag.name}</b>
                {words}
            </div>
            <ActionForm action=delete>
                <input type="hidden" name="name" value=name.clone()/>
                <Button kind=ButtonKind::Submit>
                    "Delete"
                    <span class="visually-hidden">{format!(": {name}")}</span>
                </Button>
            </ActionForm>
        </div>
    }
}
