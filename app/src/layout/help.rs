use crate::chunks::{FetchedOnce, Tool};
use crate::dom::hotkeys::{self, Hotkey};
use crate::ui::{Dialog, DialogSize, Kbd};
use leptos::prelude::*;

/// Every key that does something on this page.
#[component]
pub(super) fn HelpDialog(open: RwSignal<bool>) -> impl IntoView {
    hotkeys::use_hotkey("?", "Show all keys", move || open.set(true));
    view! { <FetchedOnce tool=Tool::Keys(open) open=open/> }
}

/// The list of the keys.
#[component]
pub fn Keys(
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
) -> impl IntoView {
    let rows = || {
        let row = |hotkey: Hotkey| {
            view! {
                <div class="keys__row">
                    <dt>{hotkey.help}</dt>
                    <dd>{keys(hotkey.keys)}</dd>
                </div>
            }
        };
        hotkeys::list().into_iter().map(row).collect_view()
    };
    view! {
        <Dialog open=open title="Keys" size=DialogSize::Medium>
            <dl class="keys">{rows()}</dl>
        </Dialog>
    }
}

/// The keys as they are pressed: one after the other, or together.
fn keys(written: &'static str) -> impl IntoView {
    let key = |(index, key): (usize, &'static str)| {
        let then = (index > 0).then_some(" then ");
        let pressed = together(key);
        view! {
            {then}
            <Kbd keys=pressed/>
        }
    };
    written.split(' ').enumerate().map(key).collect_view()
}

/// `Mod+Z` as the words that [`Kbd`] draws as keys.
fn together(key: &str) -> String {
    // A lone plus is a key itself.
    if key.len() < 2 {
        return key.to_owned();
    }
    key.replace('+', " ").replace("Mod", "Ctrl")
}

#[cfg(test)]
mod tests {
    use super::together;

    #[test]
    fn keys_pressed_together_are_drawn_apart() {
        assert_eq!(together("Shift+Mod+Z"), "Shift Ctrl Z");
        assert_eq!(together("?"), "?");
        assert_eq!(together("+"), "+");
    }
}
