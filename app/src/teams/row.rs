use crate::erased::{Show, memo};
use crate::layout::use_toaster;
use crate::members::{choice, faces};
use crate::sync::{Rows, use_rows};
use crate::ui::{AvatarStack, EditableText, IconButton, IconName, PickerField, PickerOption};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::{TeamId, UserId};
use shared::members::Member;
use shared::sorted::sorted_by_key;
use shared::sync::Command;
use shared::teams::{Mutation, Team};
use shared::values::Name;
use std::sync::Arc;

/// A team: its name, its people, who leads it.
#[component]
pub(super) fn TeamRow(id: TeamId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let may_edit = memo(move || rows.may_in_workspace(Action::EditTeams));
    let name = rows.map::<Team, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let members = rows.map::<Team, _>(id, |it| it.map(|it| it.members.clone()).unwrap_or_default());
    let lead = rows.map::<Team, _>(id, |it| it.and_then(|it| it.lead));
    let rename = move |text: String| match Name::parse(&text) {
        Ok(name) => rows.mutate(Mutation::Rename { id, name }),
        Err(problem) => toaster.warn(problem),
    };
    let delete = move |_| {
        let text = format!("Deleted the team {}", name.get_untracked());
        toaster.do_undoably(Mutation::Delete { id }, text);
    };
    let lead_name = move || {
        let member = lead.get().and_then(|id| rows.get::<Member>(id));
        member.map_or_else(
            || "Nobody leads it".to_owned(),
            |it| format!("{} leads it", it.name),
        )
    };
    view! {
        <li class="settings__row">
            <div class="settings__label settings__label--wide">
                <b>
                    <EditableText
                        value=name
                        label="Team's name"
                        maxlength=80_u32
                        readonly=Signal::derive(move || !may_edit.get())
                        on_commit=rename
                    />
                </b>
                {lead_name}
            </div>
            <AvatarStack
                faces=Signal::derive(move || faces(rows, &members.read()))
                max=5
                empty_label="Nobody is in it"
            />
            <Show when=move || may_edit.get()>
                <div class="teams__choices">
                    <People id=id members=members/>
                    <Lead id=id lead=lead/>
                </div>
                <IconButton
                    icon=IconName::Trash
                    label=Signal::derive(move || format!("Delete the team {}", name.read()))
                    tooltip_end=true
                    on_click=delete
                />
            </Show>
        </li>
    }
    .into_any()
}

/// Those who can be in a team. Tracked.
fn candidates(rows: Rows) -> Vec<PickerOption> {
    let mut members = rows.all::<Member>();
    members.retain(|it| it.active);
    let members = sorted_by_key(members, |it: &Arc<Member>| it.name.as_str().to_lowercase());
    members.iter().map(|it| choice(it, rows.me())).collect()
}

#[component]
fn People(id: TeamId, members: Memo<Vec<UserId>>) -> impl IntoView {
    let rows = use_rows();
    let pick = move |value: String| {
        if let Ok(user) = value.parse::<UserId>() {
            rows.mutate(toggled(id, user, &members.read_untracked()));
        }
    };
    let selected = move || members.read().iter().map(ToString::to_string).collect();
    view! {
        <PickerField
            id=format!("team-people-{id}")
            label="People"
            options=Signal::derive(move || candidates(rows))
            selected=Signal::derive(selected)
            on_pick=pick
            multiple=true
        >
            "People"
        </PickerField>
    }
}

fn toggled(id: TeamId, user: UserId, members: &[UserId]) -> Command {
    if members.contains(&user) {
        Mutation::RemoveMember { id, user }.into()
    } else {
        Mutation::AddMember { id, user }.into()
    }
}

#[component]
fn Lead(id: TeamId, lead: Memo<Option<UserId>>) -> impl IntoView {
    let rows = use_rows();
    let pick = move |value: String| {
        let user = value.parse::<UserId>().ok();
        let lead = user.filter(|user| Some(*user) != lead.get_untracked());
        rows.mutate(Mutation::SetLead { id, lead });
    };
    let selected = move || lead.get().iter().map(ToString::to_string).collect();
    view! {
        <PickerField
            id=format!("team-lead-{id}")
            label="Lead"
            options=Signal::derive(move || candidates(rows))
            selected=Signal::derive(selected)
            on_pick=pick
        >
            "Lead"
        </PickerField>
    }
}
