use crate::erased::{For, Show};
use crate::members::{self, MemberAvatar};
use crate::tasks::OpenTask;
use crate::ui::PickerField;
use leptos::prelude::*;
use shared::ids::UserId;
use shared::members::Member;
use shared::projects::Project;
use shared::tasks::Mutation;

/// Who does it.
#[component]
pub(super) fn AssigneesField(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let ids = task.map(|it| it.assignees.clone());
    let options = move || {
        let project = rows.get::<Project>(task.project);
        project
            .map(|it| members::choices(rows, &it))
            .unwrap_or_default()
    };
    let pick = move |value: String| {
        let Ok(user) = value.parse::<UserId>() else {
            return;
        };
        let id = task.id;
        task.send(if ids.read_untracked().contains(&user) {
            Mutation::Unassign { id, user }
        } else {
            Mutation::Assign { id, user }
        });
    };
    view! {
        <PickerField
            id="task-assignees"
            label="Assignees"
            placeholder="Assign to"
            multiple=true
            options=Signal::derive(options)
            selected=Signal::derive(move || ids.read().iter().map(ToString::to_string).collect())
            disabled=task.is_readonly()
            on_pick=pick
        >
            <Show
                when=move || !ids.read().is_empty()
                fallback=|| view! { <span class="field__empty">"Nobody"</span> }
            >
                <For each=move || ids.get() let:id>
                    <Assignee id=id/>
                </For>
            </Show>
        </PickerField>
    }
}

#[component]
fn Assignee(id: UserId) -> impl IntoView {
    let rows = crate::sync::use_rows();
    let name = rows.map::<Member, _>(id, |it| it.map(|it| it.name.to_string()));
    view! {
        <span class="field__person">
            <MemberAvatar id=id decorative=true/>
            {name}
        </span>
    }
    .into_any()
}
