use super::row::TeamRow;
use crate::erased::{For, Show, memo};
use crate::layout::use_toaster;
use crate::sync::use_rows;
use crate::ui::{Button, ButtonKind, ButtonVariant, EmptyState, IconName, TextField};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::TeamId;
use shared::sorted::sorted_by_key;
use shared::teams::{Mutation, Team};
use shared::values::Name;
use std::sync::Arc;

/// The workspace's teams: who is in them, and who leads them.
#[component]
pub fn Teams() -> impl IntoView {
    let rows = use_rows();
    let may_edit = memo(move || rows.may_in_workspace(Action::EditTeams));
    let teams = memo(move || {
        let teams = sorted_by_key(rows.all::<Team>(), |it: &Arc<Team>| {
            (it.name.as_str().to_lowercase(), it.id)
        });
        teams.iter().map(|it| it.id).collect::<Vec<_>>()
    });
    view! {
        <section>
            <h2>"Teams"</h2>
            <p class="settings__value">
                "A team is given to a project to take all its people in at once. What somebody may do is their role's alone."
            </p>
            <Show
                when=move || !teams.read().is_empty()
                fallback=|| view! {
                    <EmptyState
                        title="No teams yet"
                        text="Name one for people who work on the same things."
                        icon=IconName::Users
                        compact=true
                    />
                }
            >
                <ul class="teams">
                    <For each=move || teams.get() let:id>
                        <TeamRow id=id/>
                    </For>
                </ul>
            </Show>
            <Show when=move || may_edit.get()>
                <NewTeam/>
            </Show>
        </section>
    }
}

#[component]
fn NewTeam() -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match Name::parse(&name.get_untracked()) {
            Ok(parsed) => {
                let id: TeamId = rows.new_id();
                toaster.tell(format!("Made the team {parsed}"));
                rows.mutate(Mutation::Create { id, name: parsed });
                name.set(String::new());
                problem.set(None);
            }
            Err(text) => problem.set(Some(text)),
        }
    };
    view! {
        <form class="settings__form teams__new" on:submit=submit>
            <TextField
                label="Name of a new team"
                label_hidden=true
                name="team-name"
                value=name
                placeholder="Platform"
                maxlength=80_u32
                error=problem
            />
            <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary>"New team"</Button>
        </form>
    }
}
