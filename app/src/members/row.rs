use super::avatar::MemberAvatar;
use super::role;
use crate::backend::{FormProblem, problem};
use crate::dom::focus;
use crate::erased::{Show, memo};
use crate::invitations::api::ClaimPlaceholder;
use crate::layout::use_toaster;
use crate::routes::href;
use crate::settings::Section;
use crate::sync::use_rows;
use crate::ui::{
    AvatarSize, Badge, Button, ButtonKind, ButtonVariant, EditableText, Select, SelectOption,
};
use crate::workspaces::slug_of;
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::access::{Action, Role};
use shared::ids::UserId;
use shared::members::{Member, Mutation};
use shared::sorted::sorted_by_key;
use shared::values::Name;
use std::sync::Arc;

/// A member in the settings: name, role, and whether they may come in.
#[component]
pub(super) fn MemberRow(id: UserId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = rows.map::<Member, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let handle = rows.map::<Member, _>(id, |it| Some(it?.handle.as_ref()?.to_string()));
    let is_placeholder = rows.map::<Member, _>(id, |it| it.is_some_and(|it| it.placeholder));
    let is_awaited = rows.map::<Member, _>(id, |it| it.is_some_and(Member::is_awaited));
    let is_bot = rows.map::<Member, _>(id, |it| it.is_some_and(|it| it.bot));
    let may_rename = memo(move || id == rows.me() || rows.may_in_workspace(Action::EditMembers));
    let rename = move |text: String| match Name::parse(&text) {
        Ok(name) => rows.mutate(Mutation::Rename { id, name }),
        Err(problem) => toaster.warn(problem),
    };
    view! {
        <li class="settings__row">
            <MemberAvatar id=id size=AvatarSize::Large decorative=true/>
            <div class="settings__label settings__label--wide">
                <b>
                    <EditableText
                        value=name
                        label="Name"
                        maxlength=80_u32
                        readonly=Signal::derive(move || !may_rename.get())
                        on_commit=rename
                    />
                </b>
                {move || handle.get().map(|handle| format!("Imported as {handle}"))}
            </div>
            <Show when=move || id == rows.me()>
                <Badge>"You"</Badge>
            </Show>
            <Show when=move || is_placeholder.get()>
                <Badge>"No account yet"</Badge>
            </Show>
            <Show when=move || is_awaited.get()>
                <Awaited id=id name=name/>
            </Show>
            <Show when=move || is_bot.get()>
                <Badge>"Bot"</Badge>
            </Show>
            <MemberRole id=id name=name/>
            <MemberActive id=id/>
        </li>
    }
    .into_any()
}

/// How somebody who was imported becomes somebody with an account: by an invitation, or by the word of an admin.
#[component]
fn Awaited(id: UserId, name: Memo<String>) -> impl IntoView {
    let rows = use_rows();
    let may_say = memo(move || rows.may_in_workspace(Action::EditMembers));
    let saying = RwSignal::new(false);
    let invite = href::section(&slug_of(rows), Section::Invitations);
    let invite = format!("{invite}?for={id}");
    view! {
        <Show when=move || may_say.get()>
            <a class="button" href=invite.clone() aria-label=move || format!("Invite {}", name.get())>
                "Invite"
            </a>
        </Show>
        <Show when=move || may_say.get()>
            <Show
                when=move || saying.get()
                fallback=move || view! {
                    <Button variant=ButtonVariant::Ghost on_click=move |_| saying.set(true)>"This is…"</Button>
                }
            >
                <ThisIs id=id name=name/>
            </Show>
        </Show>
    }
}

/// Says which member somebody is who was imported.
#[component]
fn ThisIs(id: UserId, name: Memo<String>) -> impl IntoView {
    let rows = use_rows();
    let claim = ServerAction::<ClaimPlaceholder>::new();
    // It stands in the place of the button that asked for it, and goes with the row once somebody has taken over.
    let select = format!("#claim-{id}");
    Effect::new(move |_| {
        let select = select.clone();
        focus::later(move || {
            focus::in_page(&select);
        });
    });
    on_cleanup(|| focus::refill("#main"));
    let options = Signal::derive(move || {
        let mut people = rows.all::<Member>();
        people.retain(|it| it.is_present());
        let people = sorted_by_key(people, |it| it.name.as_str().to_lowercase());
        let option = |it: &Arc<Member>| SelectOption {
            value: it.id.to_string(),
            text: it.name.to_string(),
        };
        let nobody = SelectOption {
            value: String::new(),
            text: "Choose a member".into(),
        };
        let nobody = std::iter::once(nobody);
        nobody.chain(people.iter().map(option)).collect::<Vec<_>>()
    });
    view! {
        <div>
            <FormProblem problem=problem(claim)/>
            <ActionForm action=claim attr:class="settings__form">
                <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
                <input type="hidden" name="id" value=id.to_string()/>
                <Select
                    label=format!("Who {} is", name.get_untracked())
                    label_hidden=true
                    name="user"
                    id=format!("claim-{id}")
                    options=options
                    hint="They take over tasks and comments, for good."
                />
                <Button kind=ButtonKind::Submit busy=claim.pending()>"Hand over"</Button>
            </ActionForm>
        </div>
    }
}

/// The role, as a choice where it may be changed.
#[component]
fn MemberRole(id: UserId, name: Memo<String>) -> impl IntoView {
    let rows = use_rows();
    let role = rows.map::<Member, _>(id, |it| it.map_or(Role::Viewer, |it| it.role));
    let offered = memo(move || {
        let actor = rows.member().filter(|it| it.active);
        actor.map_or_else(Vec::new, |actor| role::offered(actor.role, role.get()))
    });
    let value = RwSignal::new(role.get_untracked().as_str().to_owned());
    Effect::new(move |_| value.set(role.get().as_str().to_owned()));
    let options = Signal::derive(move || {
        let option = |role: &Role| SelectOption {
            value: role.as_str().to_owned(),
            text: role::name(*role).to_owned(),
        };
        offered.read().iter().map(option).collect::<Vec<_>>()
    });
    let choose = move |text: String| {
        if let Some(role) = Role::parse(&text) {
            rows.mutate(Mutation::SetRole { id, role });
        }
    };
    view! {
        <Show
            when=move || !offered.read().is_empty()
            fallback=move || view! { <span class="settings__value">{role::name(role.get())}</span> }
        >
            <Select
                label=format!("Role of {}", name.get_untracked())
                label_hidden=true
                name="role"
                id=format!("role-{id}")
                options=options
                value=value
                on_change=choose
            />
        </Show>
    }
}

/// Lets a member in, or shuts them out.
#[component]
fn MemberActive(id: UserId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let is_active = rows.map::<Member, _>(id, |it| it.is_some_and(|it| it.active));
    let may = memo(move || {
        let actor = rows.member().filter(|it| it.active && it.id != id);
        let member = rows.get::<Member>(id);
        actor.zip(member).is_some_and(|(actor, member)| {
            // A bot is ended where its keys are.
            let is_person = !member.placeholder && !member.bot;
            is_person && !role::offered(actor.role, member.role).is_empty()
        })
    });
    let set = move |active: bool| rows.mutate(Mutation::SetActive { id, active });
    let press = move |_| {
        let active = !is_active.get_untracked();
        set(active);
        if let Some(member) = rows.get_untracked::<Member>(id).filter(|_| !active) {
            let text = format!("Deactivated {}", member.name);
            toaster.offer_undo(text, move || set(true));
        }
    };
    view! {
        <Show when=move || may.get()>
            <Button variant=ButtonVariant::Ghost on_click=press>
                {move || if is_active.get() { "Deactivate" } else { "Let in again" }}
            </Button>
        </Show>
    }
}
