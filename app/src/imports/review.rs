use super::api::Uploaded;
use crate::ui::{Banner, Button, ButtonVariant};
use leptos::prelude::*;
use shared::ids::ImportId;
use shared::imports::{Mapping, Note, Preview, Report, Unmapped};

/// Shows what an import will do, before it does it.
#[component]
pub fn Review(
    /// The file that was read.
    uploaded: Uploaded,
    /// Called to go ahead.
    on_start: Callback<ImportId>,
    /// Called to choose another file.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let Uploaded { id, preview } = uploaded;
    let Preview {
        report,
        name,
        key,
        maps,
        unmapped,
        notes,
    } = preview;
    view! {
        <section class="import__report" aria-label="What will be imported">
            <h2 class="page__title">{name.to_string()}</h2>
            <p class="page__lead">{format!("Becomes a new project with the key {key}.")}</p>
            <Figures report=report/>
            <MappedTable maps=maps/>
            <UnmappedTable unmapped=unmapped/>
            {notes.into_iter().map(note).collect_view()}
        </section>
        <div class="import__actions">
            <Button on_click=move |_| on_cancel.run(())>"Choose another file"</Button>
            <Button variant=ButtonVariant::Primary on_click=move |_| on_start.run(id)>
                "Import"
            </Button>
        </div>
    }
}

/// The sums at a glance.
#[component]
fn Figures(report: Report) -> impl IntoView {
    let Report::Trello(report) = report;
    let figures = [
        ("lists", report.lists),
        ("cards", report.cards),
        ("labels", report.labels),
        ("checklist items", report.check_items),
        ("comments", report.comments),
        ("attachments", report.attachments),
    ];
    let figures = figures.into_iter().map(|(what, count)| {
        view! { <div class="import__figure"><b>{count}</b>{what}</div> }
    });
    view! { <div class="import__figures">{figures.collect_view()}</div> }
}

#[component]
fn MappedTable(maps: Vec<Mapping>) -> impl IntoView {
    let rows = maps.into_iter().map(
        |Mapping {
             what,
             becomes,
             count,
         }| {
            view! { <tr><td>{what}</td><td>{becomes}</td><td data-align="end">{count}</td></tr> }
        },
    );
    view! {
        <table class="import__table">
            <thead>
                <tr><th>"From Trello"</th><th>"Becomes"</th><th data-align="end">"Count"</th></tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

/// What is left behind; nothing else is.
#[component]
fn UnmappedTable(unmapped: Vec<Unmapped>) -> impl IntoView {
    if unmapped.is_empty() {
        return view! { <p class="page__lead">"Everything in the file is taken over."</p> }
            .into_any();
    }
    let rows = unmapped.into_iter().map(|Unmapped { what, count, why }| {
        view! { <tr><td>{what}</td><td>{why}</td><td data-align="end">{count}</td></tr> }
    });
    view! {
        <table class="import__table">
            <thead>
                <tr><th>"Left behind"</th><th>"Why"</th><th data-align="end">"Count"</th></tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn note(note: Note) -> impl IntoView {
    view! { <Banner>{note.text}</Banner> }
}
