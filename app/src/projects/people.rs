use super::address::use_project;
use super::head::ProjectHead;
use crate::erased::{For, Show, memo};
use crate::invitations::InviteInto;
use crate::layout::{NotFound, use_toaster};
use crate::members::{MemberAvatar, choice, role};
use crate::sync::{Rows, use_rows};
use crate::teams;
use crate::ui::{
    AvatarSize, Badge, Button, ButtonVariant, IconName, PickerField, PickerOption, Select,
    SelectOption,
};
use leptos::prelude::*;
use shared::access::{self, Action, Relation, Role};
use shared::ids::{ProjectId, TeamId, UserId};
use shared::members::Member;
use shared::projects::{Mutation, Project, ProjectPatch, Visibility};
use shared::sorted::sorted_by_key;
use std::sync::Arc;

/// A project's people: who is in it, who sees it, and taking more in.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let rows = use_rows();
    let project = use_project(rows);
    move || match project.get() {
        Some(project) => view! { <People project=project/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn People(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let may_edit = memo(move || rows.may(Action::EditProjects, project));
    let may_invite = memo(move || may_edit.get() && rows.may_in_workspace(Action::InviteMembers));
    let people = memo(move || {
        let ids = rows.get::<Project>(project).map(|it| it.members.clone());
        let members = ids.unwrap_or_default().into_iter();
        let members: Vec<_> = members.filter_map(|id| rows.get::<Member>(id)).collect();
        let members = sorted_by_key(members, |it: &Arc<Member>| {
            (it.role, it.name.as_str().to_lowercase())
        });
        members.iter().map(|it| it.id).collect::<Vec<UserId>>()
    });
    view! {
        <ProjectHead project=project page="People"/>
        <main class="page" id="main" tabindex="-1">
            <div class="page__narrow settings__main project-people">
                <Privacy project=project may_edit=may_edit/>
                <section>
                    <h2>"People"</h2>
                    <Show when=move || may_edit.get()>
                        <Add project=project/>
                    </Show>
                    <Show
                        when=move || !people.read().is_empty()
                        fallback=|| view! { <p class="settings__value">"Nobody is named here yet."</p> }
                    >
                        <ul>
                            <For each=move || people.get() let:id>
                                <PersonRow project=project id=id/>
                            </For>
                        </ul>
                    </Show>
                </section>
                <Show when=move || may_invite.get()>
                    <InviteInto project=project/>
                </Show>
            </div>
        </main>
    }
}

/// Who sees the project.
#[component]
fn Privacy(project: ProjectId, may_edit: Memo<bool>) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let visibility = rows.map::<Project, _>(project, |it| {
        it.map_or(Visibility::Workspace, |it| it.visibility)
    });
    let value = RwSignal::new(visibility.get_untracked().as_str().to_owned());
    Effect::new(move |_| value.set(visibility.get().as_str().to_owned()));
    let options = [Visibility::Workspace, Visibility::Private].map(|it| SelectOption {
        value: it.as_str().to_owned(),
        text: words(it).to_owned(),
    });
    let choose = move |text: String| {
        if let Some(chosen) = Visibility::parse(&text) {
            show_to(rows, project, chosen);
            toaster.tell(match chosen {
                Visibility::Private => "Only its people see the project now",
                Visibility::Workspace => "The workspace sees the project now",
            });
        }
    };
    view! {
        <section>
            <h2>"Who sees it"</h2>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Privacy"</b>
                    "Guests see only the projects that they are named in. Owners and admins see all."
                </div>
                <Show
                    when=move || may_edit.get()
                    fallback=move || view! {
                        <span class="settings__value">{move || words(visibility.get())}</span>
                    }
                >
                    <Select
                        label="Privacy"
                        label_hidden=true
                        name="visibility"
                        options=Signal::stored(options.to_vec())
                        value=value
                        on_change=choose
                    />
                </Show>
            </div>
        </section>
    }
}

/// Who sees a project, in words.
pub(super) const fn words(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Workspace => "Everybody in the workspace",
        Visibility::Private => "Only its people",
    }
}

/// Shows the project to others. Whoever makes it private stays in it: else they would shut themselves out.
fn show_to(rows: Rows, id: ProjectId, visibility: Visibility) {
    let me = rows.me();
    let is_named = rows
        .get_untracked::<Project>(id)
        .is_some_and(|it| it.members.contains(&me));
    if visibility == Visibility::Private && !is_named {
        rows.mutate(Mutation::AddMember { id, user: me });
    }
    rows.mutate(Mutation::Edit {
        id,
        patch: ProjectPatch {
            visibility: Some(visibility),
            ..ProjectPatch::default()
        },
    });
}

/// Taking somebody of the workspace in.
#[component]
fn Add(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let options = Signal::derive(move || {
        let inside = rows.get::<Project>(project).map(|it| it.members.clone());
        let inside = inside.unwrap_or_default();
        let mut members = rows.all::<Member>();
        members.retain(|it| it.active && !inside.contains(&it.id));
        let members = sorted_by_key(members, |it| it.name.as_str().to_lowercase());
        let option = |it: &Arc<Member>| choice(it, rows.me());
        members.iter().map(option).collect::<Vec<PickerOption>>()
    });
    let pick = move |value: String| {
        if let Ok(user) = value.parse::<UserId>() {
            rows.mutate(Mutation::AddMember { id: project, user });
        }
    };
    let teams = Signal::derive(move || teams::choices(rows));
    let pick_team = move |value: String| {
        if let Ok(team) = value.parse::<TeamId>() {
            rows.mutate(Mutation::AddTeam { id: project, team });
        }
    };
    view! {
        <div class="project-people__add">
            <PickerField
                id="project-people-add"
                label="Add somebody"
                options=options
                selected=Signal::stored(Vec::new())
                on_pick=pick
                placeholder="Name"
                empty="Everybody is in it"
            >
                "Add somebody"
            </PickerField>
            <Show when=move || !teams.read().is_empty()>
                <PickerField
                    id="project-people-team"
                    label="Add a team"
                    options=teams
                    selected=Signal::stored(Vec::new())
                    on_pick=pick_team
                    placeholder="Team"
                >
                    "Add a team"
                </PickerField>
            </Show>
        </div>
    }
}

/// Somebody in the project, whom its leads let go, and who may go by themselves.
#[component]
fn PersonRow(project: ProjectId, id: UserId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = rows.map::<Member, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let member_role = rows.map::<Member, _>(id, |it| it.map_or(Role::Viewer, |it| it.role));
    let is_gone = rows.map::<Member, _>(id, |it| it.is_some_and(|it| !it.active));
    let may = memo(move || may_remove(rows, project, id));
    let remove = move |_| {
        let let_go = Mutation::RemoveMember {
            id: project,
            user: id,
        };
        let text = format!("{} is out of the project", name.get_untracked());
        toaster.do_undoably(let_go, text);
    };
    view! {
        <li class="settings__row">
            <MemberAvatar id=id size=AvatarSize::Large decorative=true/>
            <div class="settings__label settings__label--wide">
                <b>{name}</b>
                {move || role::name(member_role.get())}
            </div>
            <Show when=move || id == rows.me()>
                <Badge>"You"</Badge>
            </Show>
            <Show when=move || is_gone.get()>
                <Badge>"Deactivated"</Badge>
            </Show>
            <Show when=move || may.get()>
                <Button variant=ButtonVariant::Ghost icon=IconName::Close on_click=remove>
                    {move || if id == rows.me() { "Leave project" } else { "Remove" }}
                </Button>
            </Show>
        </li>
    }
    .into_any()
}

/// Whether the person who looks may let somebody go. Tracked.
fn may_remove(rows: Rows, project: ProjectId, id: UserId) -> bool {
    let (Some(actor), Some(project)) = (rows.member(), rows.get::<Project>(project)) else {
        return false;
    };
    let in_project = access::in_project(actor.role, actor.id, project.visibility, &project.members);
    let relation = Relation {
        own: actor.id == id,
        in_project,
        ..Relation::default()
    };
    actor.active && access::can(actor.role, Action::RemoveFromProjects, relation)
}
