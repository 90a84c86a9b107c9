use super::row::MemberRow;
use crate::erased::{For, Show, memo};
use crate::routes::href;
use crate::settings::Section;
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::UserId;
use shared::members::Member;

/// Who is in the workspace, and what they may do.
#[component]
pub fn Members() -> impl IntoView {
    let rows = use_rows();
    let may_invite = memo(move || rows.may_in_workspace(Action::InviteMembers));
    let slug = slug_of(rows);
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
        <Show when=move || may_invite.get()>
            <p>
                <a href=href::section(&slug, Section::Invitations)>"Invite people"</a>
            </p>
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
    }
}
