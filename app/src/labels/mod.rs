//! Labels: on a task, as something to choose, and the list of a project's labels to edit.

mod choices;
pub mod dialog;
pub mod new_label;
pub mod task_labels;

pub use choices::{choices, create, next_color};
pub use dialog::LabelsDialog;
pub use task_labels::TaskLabels;
