use crate::dom::focus;
use crate::erased::{Show, memo};
use crate::sync::use_rows;
use crate::ui::{Banner, Button, ButtonSize, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::{Mutation, Project};

/// Says that a project is archived, where it is, and offers to restore it to who may.
#[component]
pub fn ArchivedBanner(
    /// The project.
    project: ProjectId,
) -> impl IntoView {
    let rows = use_rows();
    let is_archived =
        rows.map::<Project, _>(project, |it| it.is_some_and(|it| it.archived_at.is_some()));
    let may = memo(move || rows.may(Action::EditProjects, project));
    let restore = move |_| {
        rows.mutate(Mutation::SetArchived {
            id: project,
            archived: false,
        });
        focus::refill("#main");
    };
    let action = move || {
        view! {
            <Show when=move || may.get()>
                <Button size=ButtonSize::Small icon=IconName::Restore on_click=restore>
                    "Restore"
                </Button>
            </Show>
        }
    };
    view! {
        <Show when=move || is_archived.get()>
            <Banner title="This project is archived" actions=action>
                "It can be read. Nothing in it changes until it is restored."
            </Banner>
        </Show>
    }
}
