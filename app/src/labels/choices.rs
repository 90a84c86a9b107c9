use crate::sync::Rows;
use crate::ui::{PickerOption, Swatch};
use leptos::prelude::*;
use shared::ids::{LabelId, ProjectId};
use shared::labels::{Label, Mutation};
use shared::sorted::sorted_by_key;
use shared::values::{Color, LabelName};
use std::sync::Arc;

/// The labels of a project, by name. Tracked.
pub(super) fn of_project(rows: Rows, project: ProjectId) -> Vec<Arc<Label>> {
    let mut labels = rows.all::<Label>();
    labels.retain(|label| label.project == project);
    sorted_by_key(labels, |label| label.name.as_str().to_lowercase())
}

/// The labels of a project, as choices. Tracked.
pub fn choices(rows: Rows, project: ProjectId) -> Vec<PickerOption> {
    let option = |label: &Arc<Label>| {
        let color = label.color.as_str();
        PickerOption::new(label.id.to_string(), label.name.to_string())
            .glyph(move || view! { <Swatch color=color/> })
    };
    of_project(rows, project).iter().map(option).collect()
}

/// Makes a label of a colour that tells it from the others.
pub fn create(rows: Rows, project: ProjectId, name: LabelName) -> LabelId {
    let used: Vec<Color> = untrack(|| of_project(rows, project))
        .iter()
        .map(|it| it.color)
        .collect();
    let id = rows.new_id();
    rows.mutate(Mutation::Create {
        id,
        project,
        name,
        color: next_color(&used),
    });
    id
}

/// The colour that is used least; grey only when it is chosen.
pub fn next_color(used: &[Color]) -> Color {
    let count = |color: &&Color| used.iter().filter(|it| it == color).count();
    let colors = Color::ALL.iter().filter(|color| **color != Color::Gray);
    colors.min_by_key(count).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::next_color;
    use shared::values::Color;

    #[test]
    fn a_new_label_has_a_colour_of_its_own_while_there_are_any() {
        let mut used = Vec::new();
        for _ in 1..Color::ALL.len() {
            let next = next_color(&used);
            assert!(!used.contains(&next) && next != Color::Gray);
            used.push(next);
        }
        assert_eq!(next_color(&used), used[0]);
    }
}
