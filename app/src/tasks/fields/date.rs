use crate::tasks::{OpenTask, view};
use crate::time::words;
use crate::ui::Held;
use leptos::prelude::*;
use shared::tasks::{Task, TaskPatch};
use shared::values::Date;

/// The first year that is meant: a date that is being typed passes through the year 2 on its way to 2026.
const YEAR_MIN: i32 = 1900;

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
    let value = move || date.get().map(|it| it.to_string()).unwrap_or_default();
    let held = Held::new(Signal::derive(value));
    let shown = held.shown();
    let commit = move |text: String| match Date::parse(&text) {
        Ok(date) if date.civil().0 >= YEAR_MIN => task.edit(day.patch(Some(date))),
        Err(_) if text.is_empty() => task.edit(day.patch(None)),
        Ok(_) | Err(_) => {}
    };
    let urgency = move || {
        let due = date.get().filter(|_| day == Day::Due)?;
        Some(view::urgency(due, today.get(), is_done.get()))
    };
    view! {
        <input
            class="field__input"
            type="date"
            aria-label=day.label()
            data-empty=move || date.read().is_none().then_some("true")
            max="9999-12-31"
            disabled=task.is_readonly()
            value=shown.get_untracked()
            prop:value=shown
            on:keydown=move |_| held.hold()
            on:change:target=move |event| {
                commit(event.target().value());
                held.release();
            }
            on:blur=move |_| held.release()
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
