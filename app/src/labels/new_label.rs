use super::choices::{next_color, of_project};
use crate::erased::memo;
use crate::layout::use_toaster;
use crate::sync::use_rows;
use crate::ui::{Button, ButtonKind, Popover, Swatch, press_to_toggle};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use shared::ids::ProjectId;
use shared::labels::Mutation;
use shared::values::{Color, LabelName};

/// A form for another label.
#[component]
pub(super) fn NewLabel(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let draft = RwSignal::new(String::new());
    let chosen = RwSignal::new(None::<Color>);
    let offered = memo(move || {
        let used: Vec<Color> = of_project(rows, project)
            .iter()
            .map(|it| it.color)
            .collect();
        next_color(&used)
    });
    let color = memo(move || chosen.get().unwrap_or_else(|| offered.get()));
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        match LabelName::parse(&draft.read_untracked()) {
            Ok(name) => {
                rows.mutate(Mutation::Create {
                    id: rows.new_id(),
                    project,
                    name,
                    color: color.get_untracked(),
                });
                draft.set(String::new());
                chosen.set(None);
            }
            Err(problem) => toaster.warn(problem),
        }
    };
    view! {
        <form class="labels__row" on:submit=add>
            <ColorPicker
                label="Colour of the new label"
                color=color
                on_pick=move |color| chosen.set(Some(color))
            />
            <input
                class="labels__input"
                type="text"
                aria-label="New label"
                placeholder="New label"
                maxlength=LabelName::CHARS_MAX
                autocomplete="off"
                prop:value=draft
                on:input:target=move |event| draft.set(event.target().value())
            />
            <Button
                kind=ButtonKind::Submit
                disabled=Signal::derive(move || draft.read().trim().is_empty())
            >
                "Add"
            </Button>
        </form>
    }
}

/// A colour of the palette, changed by pressing it.
#[component]
pub(super) fn ColorPicker(
    /// Whose colour it is.
    #[prop(into)]
    label: Signal<String>,
    /// The colour now.
    #[prop(into)]
    color: Signal<Color>,
    /// Called with the colour that was chosen.
    #[prop(into)]
    on_pick: Callback<Color>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let (on_pointerdown, on_click) = press_to_toggle(open);
    let choice = move |choice: Color| {
        view! {
            <button
                class="labels__color"
                type="button"
                aria-label=choice.as_str()
                aria-pressed=move || (color.get() == choice).to_string()
                on:click=move |_| {
                    on_pick.run(choice);
                    open.set(false);
                }
            >
                <Swatch color=choice.as_str()/>
            </button>
        }
    };
    view! {
        <span class="labels__pick">
            <button
                class="labels__color"
                type="button"
                aria-label=label
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                on:pointerdown=on_pointerdown
                on:click=on_click
            >
                <Swatch color=Signal::derive(move || color.get().as_str().to_owned())/>
            </button>
            <Popover open=open label=label>
                <div class="labels__palette">
                    {Color::ALL.iter().copied().map(choice).collect_view()}
                </div>
            </Popover>
        </span>
    }
}
