use leptos::ev::{MouseEvent, PointerEvent};
use leptos::prelude::*;

use super::{ButtonSize, IconButton, IconName};
use crate::dom::overlay;
use crate::erased::memo;

/// How wide a dialog is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialogSize {
    /// 380 px: a question.
    Small,
    /// 520 px: a form.
    #[default]
    Medium,
    /// 760 px: a page of its own.
    Large,
}

impl DialogSize {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// A question or a form over the page, which waits behind it. `Esc`, the close button or a press
/// outside close it, and the focus goes back. Its content exists only while it is open.
#[component]
pub fn Dialog(
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
    /// What it is about, shown at its head.
    #[prop(into)]
    title: Signal<String>,
    /// The buttons at its foot, the one that goes ahead last.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// How wide it is.
    #[prop(optional)]
    size: DialogSize,
    /// Called after it closed, however that came about.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let shown = RwSignal::new(false);
    // The content outlives `open` until the browser has closed it: only then is the focus back.
    let present = memo(move || open.get() || shown.get());
    // Selecting text may end outside the dialog; only a press that began there counts.
    let pressed_outside = StoredValue::new(false);

    Effect::new(move |_| {
        let wanted = open.get();
        if let Some(dialog) = dialog.get() {
            if wanted {
                overlay::show_dialog(&dialog);
                shown.set(true);
            } else {
                overlay::close_dialog(&dialog);
            }
        }
    });
    let on_closed = move |_| {
        shown.set(false);
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };
    let body = move || {
        present.get().then(|| {
            let actions = actions.as_ref().map(|actions| {
                view! { <footer class="dialog__foot">{actions.run()}</footer> }
            });
            view! {
                <header class="dialog__head">
                    <h2 class="dialog__title">{title}</h2>
                    <IconButton
                        icon=IconName::Close
                        label="Close"
                        size=ButtonSize::Small
                        tooltip_end=true
                        on_click=move |_| open.set(false)
                    />
                </header>
                <div class="dialog__body">{children()}</div>
                {actions}
            }
        })
    };
    view! {
        <dialog
            class="dialog"
            data-size=size.as_str()
            aria-label=title
            node_ref=dialog
            on:close=on_closed
            on:pointerdown=move |event: PointerEvent| {
                pressed_outside.set_value(overlay::is_from_itself(&event));
            }
            on:click=move |event: MouseEvent| {
                if pressed_outside.get_value() && overlay::is_from_itself(&event) {
                    open.set(false);
                }
            }
        >
            <div class="dialog__box">{body}</div>
        </dialog>
    }
}
