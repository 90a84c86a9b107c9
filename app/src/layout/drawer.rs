//! The sidebar on a small screen: a drawer that a button in the page's top bar opens.

use crate::dom::{focus, viewport};
use crate::erased::memo;
use crate::sync::use_rows;
use crate::ui::{Icon, IconName};
use leptos::html::Nav;
use leptos::prelude::*;

/// Whether the drawer is open. Cheap to copy; in the context of the frame.
#[derive(Clone, Copy)]
pub(super) struct Drawer {
    is_open: RwSignal<bool>,
}

impl Drawer {
    pub(super) fn new() -> Self {
        let is_open = RwSignal::new(false);
        // Where the sidebar stands beside the page there is no drawer.
        viewport::on_wide(move || is_open.set(false));
        Self { is_open }
    }

    pub(super) fn is_open(self) -> bool {
        self.is_open.get()
    }

    /// Closes it and gives the focus back to the button. Returns whether it was open.
    pub(super) fn close(self) -> bool {
        let was_open = self.is_open.get_untracked();
        if was_open {
            self.is_open.set(false);
            focus::later(|| {
                focus::in_page(".topbar__menu");
            });
        }
        was_open
    }

    /// Moves the focus into the sidebar whenever it opens.
    pub(super) fn focus_inside(self, sidebar: NodeRef<Nav>) {
        Effect::new(move |_| {
            if let Some(sidebar) = sidebar.get().filter(|_| self.is_open.get()) {
                focus::later(move || {
                    focus::first(&sidebar, &["a[aria-current=page]", "a[href], button"]);
                });
            }
        });
    }
}

/// The button of a page's top bar that opens the sidebar where there is no room for it. How many changes wait or were refused
/// stands in the sidebar, so it stands here, too.
#[component]
pub fn MenuButton() -> impl IntoView {
    use_context::<Drawer>().map(|drawer| {
        let rows = use_rows();
        let open = memo(move || rows.link().read().unsent + rows.parked().read().len());
        let label = move || match open.get() {
            0 => "Menu".to_owned(),
            1 => "Menu, 1 change is not saved".to_owned(),
            count => format!("Menu, {count} changes are not saved"),
        };
        view! {
            <button
                class="icon-button topbar__menu"
                type="button"
                aria-label=label
                aria-expanded=move || drawer.is_open.get().to_string()
                on:click=move |_| drawer.is_open.set(true)
            >
                <Icon name=IconName::Menu/>
                <span class="topbar__open" hidden=move || open.get() == 0>{open}</span>
            </button>
        }
    })
}
