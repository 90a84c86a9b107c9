use super::role;
use super::row::MemberRow;
use crate::erased::{For, Show, memo};
use crate::invitations::Invitations;
use crate::layout::SettingsLayout;
use crate::routes::href;
use crate::sync::use_rows;
use leptos::prelude::*;
use shared::access::{Action, Role};
use shared::ids::UserId;
use shared::members::Member;

/// Who is in the workspace, and what they may do.
#[component]
pub fn MembersPage() -> impl IntoView {
    let rows = use_rows();
    let may_invite = memo(move || rows.may_in_workspace(Action::InviteMembers));
    let split = memo(move || {
        let mut members = rows.all::<Member>();
        members.sort_by_key(|member| (member.role, member.name.as_str().to_lowercase()));
        let (active, gone): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.active);
        let ids = |members: Vec<&std::sync::Arc<Member>>| -> Vec<UserId> {
            members.iter().map(|member| member.id).collect()
        };
        (ids(active), ids(gone))
    });
    let list = move |ids: Signal<Vec<UserId>>| {
        view! {
            <ul>
                <For each=move || ids.get() let:id>
                    <MemberRow id=id/>
                </For>
            </ul>
        }
    };
    let active = Signal::derive(move || split.read().0.clone());
    let gone = Signal::derive(move || split.read().1.clone());
    view! {
        <SettingsLayout title="Members" current=href::members>
            <Show when=move || may_invite.get()>
                <Invitations/>
            </Show>
            <section>
                <h2>"Members"</h2>
                {list(active)}
            </section>
            <Show when=move || !gone.read().is_empty()>
                <section>
                    <h2>"Deactivated"</h2>
                    {list(gone)}
                </section>
            </Show>
            <Roles/>
        </SettingsLayout>
    }
}

/// What the roles mean.
#[component]
fn Roles() -> impl IntoView {
    let row = |role: Role| {
        view! {
            <li class="settings__row">
                <div class="settings__label">
                    <b>{role::name(role)}</b>
                    {role::meaning(role)}
                </div>
            </li>
        }
    };
    view! {
        <section>
            <h2>"Roles"</h2>
            <ul>{Role::ALL.map(row).collect_view()}</ul>
        </section>
    }
}
