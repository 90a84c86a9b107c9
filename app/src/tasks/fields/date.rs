use crate::tasks::{OpenTask, view};
use crate::time::words;
use crate::ui::DateInput;
use leptos::prelude::*;
use shared::tasks::{Task, TaskPatch};
use shared::values::Date;

/// Which day of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The first.
    Start,
    /// The last.
    Due,
}

impl Day {
    const fn of(self, task: &Task) -> Option<Date> {
        match self {
            Self::Start => task.start_on,
            Self::Due => task.due_on,
        }
    }

    fn patch(self, date: Option<Date>) -> TaskPatch {
        let mut patch = TaskPatch::default();
        match self {
            Self::Start => patch.start_on = Some(date),
            Self::Due => patch.due_on = Some(date),
        }
        patch
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Start => "Start date",
            Self::Due => "Due date",
        }
    }
}

/// A day, chosen from the browser's calendar or typed.
#[component]
pub(super) fn DateField(task: OpenTask, day: Day) -> impl IntoView {
    let today = task.rows.today();
    let date = task.map(move |it| day.of(it));
    let is_done = task.map(|it| it.completed_at.is_some());
    let urgency = move || {
        let due = date.get().filter(|_| day == Day::Due)?;
        Some(view::urgency(due, today.get(), is_done.get()))
    };
    view! {
        <DateInput
            date=date
            on_change=move |date| task.edit(day.patch(date))
            attr:class="field__input"
            attr:aria-label=day.label()
            attr:data-empty=move || date.read().is_none().then_some("true")
            attr:disabled=task.is_readonly()
        />
        {move || {
            date.get().map(|date| view! {
                <span class="field__note" data-due=urgency()>
                    {words::distance(date, today.get())}
                </span>
            })
        }}
    }
}
