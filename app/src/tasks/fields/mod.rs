//! The fields of a task, one component a file.

pub mod assignees;
pub mod date;
pub mod estimate;
pub mod parent;
pub mod points;
pub mod priority;
pub mod status;

use super::open::OpenTask;
use crate::labels::TaskLabels;
use assignees::AssigneesField;
use date::DateField;
use estimate::EstimateField;
use leptos::prelude::*;
use parent::ParentField;
use points::PointsField;
use priority::PriorityField;
use status::StatusField;

/// Every field but the title and the description.
#[component]
pub(super) fn Fields(task: OpenTask) -> impl IntoView {
    view! {
        <div class="panel__fields">
            <Field name="Status"><StatusField task=task/></Field>
            <Field name="Assignees"><AssigneesField task=task/></Field>
            <Field name="Priority"><PriorityField task=task/></Field>
            <Field name="Labels"><TaskLabels task=task/></Field>
            <Field name="Points"><PointsField task=task/></Field>
            <Field name="Estimate"><EstimateField task=task/></Field>
            <Field name="Start"><DateField task=task day=date::Day::Start/></Field>
            <Field name="Due"><DateField task=task day=date::Day::Due/></Field>
            <Field name="Parent"><ParentField task=task/></Field>
        </div>
    }
    .into_any()
}

/// A field with its name. The control inside has a name of its own for screen readers.
#[component]
fn Field(name: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="field">
            <span class="field__label" aria-hidden="true">{name}</span>
            <div class="field__value">{children()}</div>
        </div>
    }
    .into_any()
}
