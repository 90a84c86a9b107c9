//! What can be changed about a project, one component a field. Each takes effect where it stands.

use super::settings::Row;
use crate::erased::Show;
use crate::layout::use_toaster;
use crate::members::{MemberAvatar, choice};
use crate::sync::{Rows, use_rows};
use crate::time::words;
use crate::ui::{
    Button, ButtonKind, DateInput, PickerField, PickerOption, Swatch, TextField, color_name,
    draft_of, follow,
};
use crate::workspaces::require_free_key;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use shared::access;
use shared::ids::{ProjectId, UserId};
use shared::members::Member;
use shared::projects::{Mutation, Project, ProjectPatch, require_order};
use shared::sorted::sorted_by_key;
use shared::values::{Color, Date, Name, ProjectKey};
use std::sync::Arc;

fn edit(rows: Rows, id: ProjectId, patch: ProjectPatch) {
    rows.mutate(Mutation::Edit { id, patch });
}

/// The name. Enter or leaving it commits, `Esc` puts back what it was.
#[component]
pub(super) fn NameField(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let name = rows.text(project, |it: &Project| it.name.to_string());
    let draft = draft_of(name);
    let problem = RwSignal::new(None::<String>);
    let commit = move || match Name::parse(&draft.get_untracked()) {
        Ok(parsed) if parsed.as_str() == *name.read_untracked() => problem.set(None),
        Ok(parsed) => {
            problem.set(None);
            draft.set(parsed.to_string());
            let patch = ProjectPatch {
                name: Some(parsed),
                ..ProjectPatch::default()
            };
            edit(rows, project, patch);
        }
        Err(text) => problem.set(Some(text)),
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            draft.set(name.get_untracked());
            problem.set(None);
        }
    };
    let form = move || {
        view! {
            <form
                class="settings__form"
                on:submit=move |event| {
                    event.prevent_default();
                    commit();
                }
                on:change=move |_| commit()
                on:keydown=on_keydown
            >
                <TextField
                    label="Name"
                    label_hidden=true
                    name="project-name"
                    value=draft
                    autocomplete="off"
                    maxlength=80_u32
                    error=problem
                />
            </form>
        }
    };
    view! {
        <Show
            when=move || may_edit.get()
            fallback=move || view! { <span class="settings__value">{name}</span> }
        >
            {form()}
        </Show>
    }
}

/// The key. It is part of every link, so it changes only when somebody says so; then the address follows it.
#[component]
pub(super) fn KeyForm(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let key = rows.text(project, |it: &Project| it.key.to_string());
    view! {
        <Show
            when=move || may_edit.get()
            fallback=move || view! { <span class="settings__value">{key}</span> }
        >
            <ChangeKey project=project key=key/>
        </Show>
    }
}

#[component]
fn ChangeKey(project: ProjectId, key: Memo<String>) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let draft = draft_of(key);
    let problem = RwSignal::new(None::<String>);
    let typed = move || draft.read().trim().to_uppercase();
    let is_changed = move || !typed().is_empty() && typed() != *key.read();
    let change = move |event: SubmitEvent| {
        event.prevent_default();
        let parsed = ProjectKey::parse(&untrack(typed));
        let free = parsed.and_then(|it| require_free_key(rows, &it).map(|()| it));
        match free {
            Ok(new) => {
                problem.set(None);
                draft.set(new.to_string());
                let text = format!("Tasks are named {new}-1 and so on now");
                let patch = ProjectPatch {
                    key: Some(new),
                    ..ProjectPatch::default()
                };
                edit(rows, project, patch);
                toaster.tell(text);
            }
            Err(text) => problem.set(Some(text)),
        }
    };
    view! {
        <form class="settings__form" on:submit=change>
            <TextField
                label="Key"
                label_hidden=true
                name="project-key"
                value=draft
                autocomplete="off"
                maxlength=10_u32
                error=problem
            />
            <Button
                kind=ButtonKind::Submit
                disabled=Signal::derive(move || !is_changed())
            >
                "Change key"
            </Button>
        </form>
    }
}

/// The colour, out of the palette.
#[component]
pub(super) fn ColorField(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let color = rows.map::<Project, _>(project, |it| it.map_or(Color::Gray, |it| it.color));
    let option = |color: &Color| {
        let name = color.as_str();
        PickerOption::new(name, color_name(name)).glyph(move || view! { <Swatch color=name/> })
    };
    let options = Color::ALL.iter().map(option).collect::<Vec<_>>();
    let pick = move |value: String| {
        let patch = ProjectPatch {
            color: Color::parse(&value),
            ..ProjectPatch::default()
        };
        edit(rows, project, patch);
    };
    let name = move || color.get().as_str().to_owned();
    view! {
        <div>
            <PickerField
                id="project-color"
                label="Colour"
                options=Signal::stored(options)
                selected=Signal::derive(move || vec![name()])
                disabled=Signal::derive(move || !may_edit.get())
                on_pick=pick
            >
                <Swatch color=Signal::derive(name)/>
                {move || color_name(color.get().as_str())}
            </PickerField>
        </div>
    }
}

/// Those who can lead a project, the one who looks first. Tracked.
fn leads(rows: Rows, project: ProjectId, has_lead: bool) -> Vec<PickerOption> {
    let Some(project) = rows.get::<Project>(project) else {
        return Vec::new();
    };
    let me = rows.me();
    let mut members = rows.all::<Member>();
    members.retain(|it| {
        let sees = access::sees(it.role, it.id, project.visibility, &project.members);
        it.active && !it.placeholder && !it.bot && sees
    });
    let members = sorted_by_key(members, |it: &Arc<Member>| {
        (it.id != me, it.name.as_str().to_lowercase())
    });
    let nobody = has_lead.then(|| PickerOption::new("", "Nobody"));
    let members = members.iter().map(|it| choice(it, me));
    nobody.into_iter().chain(members).collect()
}

/// Who leads it.
#[component]
pub(super) fn LeadField(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let lead = rows.map::<Project, _>(project, |it| it.and_then(|it| it.lead));
    let pick = move |value: String| {
        let patch = ProjectPatch {
            lead: Some(value.parse::<UserId>().ok()),
            ..ProjectPatch::default()
        };
        edit(rows, project, patch);
    };
    let shown = move || match lead.get() {
        None => view! { <span class="field__empty">"Nobody"</span> }.into_any(),
        Some(id) => {
            let name = rows.map::<Member, _>(id, |it| it.map(|it| it.name.to_string()));
            view! {
                <MemberAvatar id=id decorative=true/>
                {name}
            }
            .into_any()
        }
    };
    view! {
        <div>
            <PickerField
                id="project-lead"
                label="Lead"
                placeholder="Name"
                options=Signal::derive(move || leads(rows, project, lead.read().is_some()))
                selected=Signal::derive(move || lead.get().iter().map(ToString::to_string).collect())
                disabled=Signal::derive(move || !may_edit.get())
                on_pick=pick
            >
                {shown}
            </PickerField>
        </div>
    }
}

/// When it begins and ends. What does not go together is said, and takes effect once it does.
#[component]
pub(super) fn Dates(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let saved = rows.map::<Project, _>(project, |it| {
        it.map_or((None, None), |it| (it.start_on, it.due_on))
    });
    let typed = RwSignal::new(saved.get_untracked());
    Effect::new(move |before: Option<(Option<Date>, Option<Date>)>| {
        let now = saved.get();
        let (start, due) = before.unwrap_or(now);
        typed.update(|typed| {
            follow(&mut typed.0, &start, now.0);
            follow(&mut typed.1, &due, now.1);
        });
        now
    });
    let problem = Signal::derive(move || {
        let (start, due) = typed.get();
        require_order(start, due).err().map(|it| it.message)
    });
    let commit = move |start: Option<Date>, due: Option<Date>| {
        typed.set((start, due));
        let (saved_start, saved_due) = saved.get_untracked();
        let patch = ProjectPatch {
            start_on: (start != saved_start).then_some(start),
            due_on: (due != saved_due).then_some(due),
            ..ProjectPatch::default()
        };
        if require_order(start, due).is_ok() && patch != ProjectPatch::default() {
            edit(rows, project, patch);
        }
    };
    view! {
        <Row name="Start date">
            <DateField
                label="Start date"
                id="project-start"
                date=Signal::derive(move || typed.get().0)
                may_edit=may_edit
                on_change=move |date| commit(date, typed.get_untracked().1)
            />
        </Row>
        <Row name="Due date">
            <DateField
                label="Due date"
                id="project-due"
                date=Signal::derive(move || typed.get().1)
                may_edit=may_edit
                problem=problem
                on_change=move |date| commit(typed.get_untracked().0, date)
            />
        </Row>
    }
}

/// A day, chosen from the browser's calendar or typed.
#[component]
fn DateField(
    label: &'static str,
    id: &'static str,
    #[prop(into)] date: Signal<Option<Date>>,
    may_edit: Memo<bool>,
    #[prop(optional)] problem: Signal<Option<String>>,
    #[prop(into)] on_change: Callback<Option<Date>>,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let shown = move || date.get().map_or_else(|| "None".to_owned(), words::day);
    let field = move || {
        let error_id = error_id.clone();
        let described = described.clone();
        view! {
            <div class="text-field">
                <DateInput
                    date=date
                    on_change=on_change
                    attr:class="text-field__input"
                    attr:id=id
                    attr:aria-label=label
                    attr:aria-invalid=move || problem.read().is_some().then_some("true")
                    attr:aria-describedby=move || problem.read().is_some().then(|| described.clone())
                />
                {move || {
                    let id = error_id.clone();
                    problem.get().map(|text| view! {
                        <p class="field-error" id=id role="alert">{text}</p>
                    })
                }}
            </div>
        }
    };
    view! {
        <Show
            when=move || may_edit.get()
            fallback=move || view! { <span class="settings__value">{shown}</span> }
        >
            {field()}
        </Show>
    }
}
