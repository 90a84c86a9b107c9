use super::form::AddLink;
use super::view;
use crate::erased::{For, Show, memo};
use crate::layout::use_toaster;
use crate::tasks::OpenTask;
use crate::ui::{ButtonSize, Icon, IconButton, IconName};
use leptos::prelude::*;
use shared::attachments::{Attachment, Mutation};
use shared::ids::AttachmentId;

/// The links of a task.
#[component]
pub fn Attachments(
    /// The task.
    task: OpenTask,
    /// Whether its links are here.
    is_here: Memo<bool>,
) -> impl IntoView {
    let rows = task.rows;
    let ids = memo(move || view::of_task(&rows.all::<Attachment>(), task.id));
    let adding = RwSignal::new(false);
    let may_add = memo(move || task.may_edit() && is_here.get());
    view! {
        <Show when=move || may_add.get() || !ids.read().is_empty()>
            <section class="panel__section">
                <h3 class="panel__heading">
                    "Links"
                    <Show when=move || may_add.get() && !adding.get()>
                        <IconButton
                            icon=IconName::Plus
                            label="Add a link"
                            size=ButtonSize::Small
                            tooltip_end=true
                            on_click=move |_| adding.set(true)
                        />
                    </Show>
                </h3>
                <Show when=move || !ids.read().is_empty()>
                    <ul class="links">
                        <For each=move || ids.get() let:id>
                            <LinkRow task=task id=id/>
                        </For>
                    </ul>
                </Show>
                <Show when=move || adding.get()>
                    <AddLink task=task open=adding/>
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn LinkRow(task: OpenTask, id: AttachmentId) -> impl IntoView {
    let toaster = use_toaster();
    // A link never changes: it is added and removed.
    let link = task.rows.get_untracked::<Attachment>(id)?;
    let site = view::site(link.url.as_str()).to_owned();
    let delete = move |_| toaster.do_undoably(Mutation::Delete { id }, "Removed the link");
    let row = view! {
        <li class="links__item">
            <Icon name=IconName::Link/>
            <a
                class="links__link"
                href=link.url.to_string()
                target="_blank"
                rel="noopener nofollow"
            >
                <span class="links__title">{link.title.to_string()}</span>
                <span class="links__site">{site}</span>
            </a>
            <Show when=move || task.may_edit()>
                <IconButton
                    icon=IconName::Trash
                    label="Remove the link"
                    size=ButtonSize::Small
                    tooltip_end=true
                    on_click=delete
                />
            </Show>
        </li>
    };
    Some(row.into_any())
}
