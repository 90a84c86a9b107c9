//! Columns, as something to choose.

use crate::sync::Rows;
use crate::ui::{PickerOption, StatusGlyph};
use leptos::prelude::*;
use shared::ids::ProjectId;
use shared::statuses::Status;
use shared::sync::List;
use shared::values::Color;

/// The columns of a project, in order. Tracked.
pub fn choices(rows: Rows, project: ProjectId) -> Vec<PickerOption> {
    let statuses = rows.list_rows::<Status>(List::Statuses(project));
    statuses.iter().map(|status| choice(status)).collect()
}

fn choice(status: &Status) -> PickerOption {
    let category = status.category.as_str();
    let color = own_color(status);
    PickerOption::new(status.id.to_string(), status.name.to_string()).glyph(move || {
        view! { <StatusGlyph category=category color=MaybeProp::from(color.clone())/> }
    })
}

/// A column's own colour: grey says nothing beside its category.
pub fn own_color(status: &Status) -> Option<String> {
    (status.color != Color::Gray).then(|| status.color.to_string())
}
