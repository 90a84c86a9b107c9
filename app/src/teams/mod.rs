//! Teams as people see them: the page in the settings, and the choice of one for a project.

pub mod page;
pub mod row;

pub use page::Teams;

use crate::sync::Rows;
use crate::ui::PickerOption;
use shared::sorted::sorted_by_key;
use shared::teams::Team;
use std::sync::Arc;

/// The teams of the workspace as choices, by name. Tracked.
pub fn choices(rows: Rows) -> Vec<PickerOption> {
    let teams = sorted_by_key(rows.all::<Team>(), |it: &Arc<Team>| {
        (it.name.as_str().to_lowercase(), it.id)
    });
    let option = |team: &Arc<Team>| {
        let people = match team.members.len() {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        };
        PickerOption::new(team.id.to_string(), team.name.to_string()).hint(people)
    };
    teams.iter().map(option).collect()
}
