use super::api::Progress;
use crate::erased::Show;
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{Banner, Button, ProgressBar, Tone};
use crate::workspaces::slug_of;
use leptos::prelude::*;
use shared::codes::Rejected;
use shared::ids::ImportId;
use shared::imports::{Import, Mutation};

/// How far the import is.
#[component]
pub fn Running(
    /// What was heard last.
    progress: Option<Progress>,
) -> impl IntoView {
    let (done, total) = progress.map_or((0, 0), |progress| (progress.done, progress.total));
    let words = if total == 0 {
        "Beginning".to_owned()
    } else {
        format!("{done} of {total} cards")
    };
    view! {
        <div class="import__progress" role="status">
            {words.clone()}
            <ProgressBar label=words value=(total > 0).then(|| share(done, total))/>
        </div>
    }
}

/// How much of a whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of cards are far below 2^52"
)]
fn share(done: usize, total: usize) -> f64 {
    done as f64 / total as f64
}

/// Everything is here: on to the board, or back.
#[component]
pub fn Finished(
    /// The import.
    id: ImportId,
    /// What was heard last.
    progress: Progress,
    /// Called to import another file.
    on_again: Callback<()>,
) -> impl IntoView {
    let rows = use_rows();
    let board = href::board(&slug_of(rows), progress.project.as_str());
    // The rows arrive by themselves; until the import's own is here, there is nothing to undo.
    let undone =
        rows.map::<Import, _>(id, |import| import.map(|import| import.undone_at.is_some()));
    let undo = move |_| rows.mutate(Mutation::SetUndone { id, undone: true });
    view! {
        <Show
            when=move || undone.get() != Some(true)
            fallback=|| view! { <Banner>"The import was undone. Its project is in the trash."</Banner> }
        >
            <Banner tone=Tone::Success title="The board is here.">
                {format!("{} cards were imported.", progress.total)}
            </Banner>
        </Show>
        <div class="import__actions">
            <Button on_click=move |_| on_again.run(())>"Import another"</Button>
            <Show when=move || undone.get() != Some(true)>
                <Button disabled=Signal::derive(move || undone.get().is_none()) on_click=undo>
                    "Undo"
                </Button>
                <a class="button" data-variant="primary" data-size="medium" href=board.clone()>
                    <span class="button__text">"Open the board"</span>
                </a>
            </Show>
        </div>
    }
}

/// Nothing was changed, and why.
#[component]
pub fn Failed(
    /// Why.
    why: Rejected,
    /// Called to try again.
    on_again: Callback<()>,
) -> impl IntoView {
    view! {
        <Banner tone=Tone::Danger title="Nothing was imported.">{why.message}</Banner>
        <div class="import__actions">
            <Button on_click=move |_| on_again.run(())>"Choose a file again"</Button>
        </div>
    }
}
