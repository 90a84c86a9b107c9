use super::api::{SaveSetting, list_settings};
use crate::backend::{Failure, FormProblem, problem};
use crate::ui::{
    Badge, Banner, Button, ButtonKind, Select, SelectOption, Skeleton, TextField, Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::settings::{Kind, Setting, Standing};

/// Settings that are kept in the database, each with how it stands and a form.
#[component]
pub fn StoredSettings(
    /// Which.
    settings: &'static [Setting],
) -> impl IntoView {
    let save = ServerAction::<SaveSetting>::new();
    let version = save.version();
    let keys = move || {
        settings
            .iter()
            .map(|setting| setting.key.to_owned())
            .collect::<Vec<_>>()
    };
    let standings = Resource::new(move || version.get(), move |_| list_settings(keys()));
    view! {
        <FormProblem problem=problem(save)/>
        <Transition fallback=|| view! { <Skeleton count=2/> }>
            {move || Suspend::new(async move { rows(settings, standings.await, save) })}
        </Transition>
    }
}

fn rows(
    settings: &'static [Setting],
    standings: Result<Vec<Standing>, Failure>,
    save: ServerAction<SaveSetting>,
) -> AnyView {
    let standings = match standings {
        Ok(standings) => standings,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    settings
        .iter()
        .zip(standings)
        .map(|(setting, standing)| view! { <Row setting=*setting standing=standing save=save/> })
        .collect_view()
        .into_any()
}

/// One setting.
#[component]
fn Row(setting: Setting, standing: Standing, save: ServerAction<SaveSetting>) -> impl IntoView {
    let form = if standing.by_operator {
        view! { <Badge>"Set by the operator"</Badge> }.into_any()
    } else {
        view! { <SettingForm setting=setting standing=standing save=save/> }.into_any()
    };
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{setting.title}</b>
                {setting.hint}
            </div>
            {form}
        </div>
    }
}

#[component]
fn SettingForm(
    setting: Setting,
    standing: Standing,
    save: ServerAction<SaveSetting>,
) -> impl IntoView {
    let now = standing.value.unwrap_or_else(|| setting.default.to_owned());
    let id = format!("setting-{}", setting.key);
    let text_field = |kind: &'static str, initial: String, placeholder: &'static str| {
        view! {
            <TextField
                label=setting.title
                label_hidden=true
                name="value"
                id=id.clone()
                kind=kind
                initial=initial
                placeholder=placeholder
                autocomplete="off"
            />
        }
        .into_any()
    };
    let field = match setting.kind {
        Kind::Choice(choices) => {
            let option = |(value, text): &(&str, &str)| SelectOption {
                value: (*value).to_owned(),
                text: (*text).to_owned(),
            };
            let options: Vec<_> = choices.iter().map(option).collect();
            view! {
                <Select
                    label=setting.title
                    label_hidden=true
                    name="value"
                    id=id.clone()
                    options=options
                    initial=now
                />
            }
            .into_any()
        }
        Kind::Number => text_field("number", now, ""),
        Kind::Text => text_field("text", now, ""),
        Kind::Secret if standing.is_set => text_field("password", String::new(), "is set"),
        Kind::Secret => text_field("password", String::new(), "is not set"),
    };
    view! {
        <div class="settings__edit">
            <ActionForm action=save attr:class="settings__form">
                <input type="hidden" name="key" value=setting.key/>
                {field}
                <Button kind=ButtonKind::Submit>"Save"</Button>
            </ActionForm>
            {standing.is_set.then(|| view! {
                <ActionForm action=save>
                    <input type="hidden" name="key" value=setting.key/>
                    <Button kind=ButtonKind::Submit>
                        "Set back"
                        <span class="visually-hidden">{format!(": {}", setting.title)}</span>
                    </Button>
                </ActionForm>
            })}
        </div>
    }
}
