use crate::erased::{For, Show, memo};
use crate::sync::use_rows;
use crate::time::words;
use crate::ui::{Button, ButtonSize};
use leptos::prelude::*;
use shared::ids::ImportId;
use shared::imports::{Import, Mutation};

/// What was imported before; each can be taken back, and done again.
#[component]
pub fn PastImports() -> impl IntoView {
    let rows = use_rows();
    let past = memo(move || {
        let mut past = rows.all::<Import>();
        past.sort_by_key(|import| std::cmp::Reverse(import.created_at));
        past.iter().map(|import| import.id).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !past.read().is_empty()>
            <section class="page__section" aria-label="Earlier imports">
                <h2>"Earlier imports"</h2>
                <For each=move || past.get() let:id>
                    <PastImport id=id/>
                </For>
            </section>
        </Show>
    }
}

#[component]
fn PastImport(id: ImportId) -> impl IntoView {
    let rows = use_rows();
    let import = memo(move || rows.get::<Import>(id));
    let undone = move || {
        import.with(|import| {
            import
                .as_deref()
                .is_some_and(|import| import.undone_at.is_some())
        })
    };
    let name =
        move || import.with(|import| import.as_deref().map(|import| import.name.to_string()));
    let told = move || {
        import.with(|import| {
            let import = import.as_deref()?;
            let day = words::day_of(import.created_at);
            let end = if undone() { ", undone" } else { "" };
            Some(format!("{} tasks on {day}{end}", import.task_count))
        })
    };
    let turn = move |_| {
        rows.mutate(Mutation::SetUndone {
            id,
            undone: !undone(),
        });
    };
    view! {
        <div class="settings__row">
            <div class="settings__label"><b>{name}</b>{told}</div>
            <Button size=ButtonSize::Small on_click=turn>
                {move || if undone() { "Import again" } else { "Undo" }}
            </Button>
        </div>
    }
}
