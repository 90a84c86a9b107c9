use super::state::{Doing, use_board};
use super::view;
use crate::erased::memo;
use crate::ui::{
    Button, ButtonVariant, Dialog, DialogSize, PickerField, PickerOption, StatusGlyph, Swatch,
    TextField,
};
use leptos::prelude::*;
use shared::ids::StatusId;
use shared::statuses::{Category, Mutation, Status, StatusPatch};
use shared::values::{Color, Name};

/// What a column means, its colour and its limit, in a dialog that is open from the start.
#[component]
pub fn ColumnDialog(
    /// The column.
    status: StatusId,
) -> impl IntoView {
    let board = use_board();
    let open = RwSignal::new(true);
    let title = board.rows.map::<Status, _>(status, |status| {
        status.map_or_else(String::new, |status| format!("Column {}", status.name))
    });
    view! {
        <Dialog
            open=open
            title=title
            size=DialogSize::Small
            on_close=move |()| board.doing.set(Doing::Nothing)
        >
            <Fields status=status open=open/>
        </Dialog>
    }
}

#[component]
fn Fields(status: StatusId, open: RwSignal<bool>) -> impl IntoView {
    let board = use_board();
    let before = board.rows.get_untracked::<Status>(status);
    let name = RwSignal::new(
        before
            .as_ref()
            .map(|it| it.name.to_string())
            .unwrap_or_default(),
    );
    let category = RwSignal::new(before.as_ref().map_or(Category::Todo, |it| it.category));
    let color = RwSignal::new(before.as_ref().map_or(Color::Gray, |it| it.color));
    let limit = before.and_then(|it| it.wip_limit);
    let limit = RwSignal::new(limit.map(|limit| limit.to_string()).unwrap_or_default());
    let checked = memo(move || (Name::parse(&name.read()), view::parse_limit(&limit.read())));
    let name_problem = move || checked.read().0.clone().err();
    let limit_problem = move || checked.read().1.clone().err();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Ok(name), Ok(limit)) = checked.get_untracked() else {
            return;
        };
        board.rows.mutate(Mutation::Edit {
            id: status,
            patch: StatusPatch {
                name: Some(name),
                category: Some(category.get_untracked()),
                color: Some(color.get_untracked()),
                wip_limit: Some(limit),
            },
        });
        open.set(false);
    };
    view! {
        <form class="column-form" on:submit=save>
            <TextField
                label="Name"
                name="column-name"
                value=name
                maxlength=u32::try_from(Name::CHARS_MAX).unwrap_or(u32::MAX)
                error=MaybeProp::derive(name_problem)
            />
            <CategoryField category=category/>
            <ColorField color=color/>
            <TextField
                label="Limit"
                name="column-limit"
                value=limit
                hint="How many tasks should be here at most. It is shown, not enforced."
                error=MaybeProp::derive(limit_problem)
            />
            <div class="column-form__foot">
                <Button on_click=move |_| open.set(false)>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary kind=crate::ui::ButtonKind::Submit>
                    "Save"
                </Button>
            </div>
        </form>
    }
}

/// What being in the column means.
#[component]
fn CategoryField(category: RwSignal<Category>) -> impl IntoView {
    let option = |category: Category| {
        PickerOption::new(category.as_str(), view::category_words(category))
            .glyph(move || view! { <StatusGlyph category=category.as_str()/> })
    };
    let options = Category::ALL.into_iter().map(option).collect::<Vec<_>>();
    let pick = move |value: String| {
        if let Some(picked) = Category::parse(&value) {
            category.set(picked);
        }
    };
    view! {
        <div class="column-form__field">
            <span class="text-field__label">"Work here is"</span>
            <PickerField
                id="column-category"
                label="Work here is"
                options=Signal::stored(options)
                selected=Signal::derive(move || vec![category.get().as_str().to_owned()])
                on_pick=pick
            >
                <StatusGlyph category=Signal::derive(move || category.get().as_str().to_owned())/>
                {move || view::category_words(category.get())}
            </PickerField>
        </div>
    }
}

#[component]
fn ColorField(color: RwSignal<Color>) -> impl IntoView {
    let option = |color: &Color| {
        let name = color.as_str();
        PickerOption::new(name, view::color_words(*color))
            .glyph(move || view! { <Swatch color=name/> })
    };
    let options = Color::ALL.iter().map(option).collect::<Vec<_>>();
    let pick = move |value: String| {
        if let Some(picked) = Color::parse(&value) {
            color.set(picked);
        }
    };
    view! {
        <div class="column-form__field">
            <span class="text-field__label">"Colour"</span>
            <PickerField
                id="column-color"
                label="Colour"
                options=Signal::stored(options)
                selected=Signal::derive(move || vec![color.get().as_str().to_owned()])
                on_pick=pick
            >
                <Swatch color=Signal::derive(move || color.get().as_str().to_owned())/>
                {move || view::color_words(color.get())}
            </PickerField>
        </div>
    }
}
