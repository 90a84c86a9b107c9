//! Keys that act on the page wherever the focus is, but never while somebody types.
//!
//! Keys are written as people read them: `C`, `?`, `Shift+X`, `Mod+Z` (Ctrl, or Cmd on a Mac), `G B` (one after the
//! other). What was registered last goes first, so that a panel over the board takes its keys.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::{on_cleanup, window_event_listener};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// How long the second key of a pair may take, in milliseconds.
const PAIR_MS_MAX: f64 = 1_000.0;

/// Where keys mean text, or belong to something that is open over the page.
const TYPING: &str = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, \
    [contenteditable]:not([contenteditable=false]), dialog[open], :popover-open";

/// A key and what it does, for the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hotkey {
    /// The keys, as registered.
    pub keys: &'static str,
    /// What they do.
    pub help: &'static str,
}

/// Keeps a key registered until it is dropped.
#[derive(Debug)]
#[must_use = "dropping it takes the key away"]
pub struct Guard(u32);

impl Drop for Guard {
    fn drop(&mut self) {
        REGISTRY.with_borrow_mut(|registry| registry.entries.retain(|entry| entry.id != self.0));
    }
}

struct Entry {
    id: u32,
    hotkey: Hotkey,
    /// Nothing for a key that an element handles itself.
    run: Option<Rc<dyn Fn()>>,
}

#[derive(Default)]
struct Registry {
    entries: Vec<Entry>,
    last_id: u32,
    /// The first key of a pair, and when it was pressed.
    begun: Option<(String, f64)>,
    listens: bool,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::default();
}

/// Lets a key do something until the guard is dropped. On the server nothing happens.
pub fn register(keys: &'static str, help: &'static str, run: impl Fn() + 'static) -> Guard {
    add(Hotkey { keys, help }, Some(Rc::new(run)))
}

/// Lists a key that an element handles itself when it has the focus, until the guard is dropped.
pub fn describe(keys: &'static str, help: &'static str) -> Guard {
    add(Hotkey { keys, help }, None)
}

fn add(hotkey: Hotkey, run: Option<Rc<dyn Fn()>>) -> Guard {
    if !cfg!(target_arch = "wasm32") {
        return Guard(0);
    }
    REGISTRY.with_borrow_mut(|registry| {
        if !std::mem::replace(&mut registry.listens, true) {
            // For the life of the page: there is nothing to take the listener away for.
            let _kept = window_event_listener(ev::keydown, |event| on_keydown(&event));
        }
        registry.last_id += 1;
        let id = registry.last_id;
        registry.entries.push(Entry { id, hotkey, run });
        Guard(id)
    })
}

/// [`register`] for as long as the calling component is there.
pub fn use_hotkey(keys: &'static str, help: &'static str, run: impl Fn() + 'static) {
    let guard = register(keys, help, run);
    on_cleanup(move || drop(guard));
}

/// [`describe`] for as long as the calling component is there.
pub fn use_description(keys: &'static str, help: &'static str) {
    let guard = describe(keys, help);
    on_cleanup(move || drop(guard));
}

/// Every key there is now, in the order in which they were registered.
pub fn list() -> Vec<Hotkey> {
    REGISTRY.with_borrow(|registry| {
        let mut hotkeys: Vec<Hotkey> = Vec::new();
        for entry in &registry.entries {
            if !hotkeys.contains(&entry.hotkey) {
                hotkeys.push(entry.hotkey);
            }
        }
        hotkeys
    })
}

fn on_keydown(event: &KeyboardEvent) {
    if event.default_prevented() || event.is_composing() || event.repeat() || is_typing(event) {
        return;
    }
    let press = Press {
        key: event.key(),
        command: event.ctrl_key() || event.meta_key(),
        shift: event.shift_key(),
        alt: event.alt_key(),
    };
    let run = REGISTRY.with_borrow_mut(|registry| registry.take(&press, event.time_stamp()));
    if let Some(run) = run {
        event.prevent_default();
        run();
    }
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|element| matches!(element.closest(TYPING), Ok(Some(_))))
}

impl Registry {
    fn take(&mut self, press: &Press, now_ms: f64) -> Option<Rc<dyn Fn()>> {
        let begun = self
            .begun
            .take()
            .filter(|(_, at)| now_ms - at < PAIR_MS_MAX);
        let is_meant = |keys: &str| match (keys.split_once(' '), &begun) {
            (Some((first, second)), Some((key, _))) => {
                first.eq_ignore_ascii_case(key) && press.is(second)
            }
            (None, None) => press.is(keys),
            _ => false,
        };
        let found = self.entries.iter().rev().find_map(|entry| {
            let run = entry.run.as_ref()?;
            is_meant(entry.hotkey.keys).then(|| Rc::clone(run))
        });
        if found.is_some() {
            return found;
        }
        let begins = |entry: &Entry| {
            let pair = entry.hotkey.keys.split_once(' ');
            pair.is_some_and(|(first, _)| press.is(first))
        };
        if self.entries.iter().any(begins) {
            self.begun = Some((press.key.clone(), now_ms));
        }
        None
    }
}

/// A key that was pressed.
struct Press {
    key: String,
    command: bool,
    shift: bool,
    alt: bool,
}

impl Press {
    /// Whether it is the key that is written so.
    fn is(&self, written: &str) -> bool {
        let (mut command, mut shift, mut rest) = (false, false, written);
        // A lone `+` is a key itself.
        while let Some((modifier, after)) = rest.split_once('+').filter(|(it, _)| !it.is_empty()) {
            match modifier {
                "Mod" => command = true,
                "Shift" => shift = true,
                _ => return false,
            }
            rest = after;
        }
        let name = if rest == "Space" { " " } else { rest };
        // Which keys need Shift for `#` or `?` depends on the keyboard.
        let is_sign = name.chars().count() == 1 && !name.chars().all(char::is_alphanumeric);
        self.key.to_lowercase() == name.to_lowercase()
            && self.command == command
            && (is_sign || self.shift == shift)
            && !self.alt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Press {
        Press {
            key: key.into(),
            command: false,
            shift: false,
            alt: false,
        }
    }

    fn registry(keys: &[&'static str]) -> Registry {
        let entries = keys.iter().zip(1..).map(|(keys, id)| Entry {
            id,
            hotkey: Hotkey { keys, help: "" },
            run: Some(Rc::new(|| ())),
        });
        Registry {
            entries: entries.collect(),
            ..Registry::default()
        }
    }

    fn is_of(registry: &Registry, index: usize, run: &Rc<dyn Fn()>) -> bool {
        let of = &registry.entries[index].run;
        of.as_ref().is_some_and(|of| Rc::ptr_eq(of, run))
    }

    #[test]
    fn a_key_is_read_as_people_write_it() {
        assert!(press("c").is("C"));
        assert!(press(" ").is("Space"));
        let shifted = Press {
            shift: true,
            ..press("#")
        };
        assert!(shifted.is("#"));
        let undo = Press {
            command: true,
            ..press("z")
        };
        assert!(undo.is("Mod+Z") && !undo.is("Z") && !undo.is("Shift+Mod+Z"));
        let capital = Press {
            shift: true,
            ..press("X")
        };
        assert!(capital.is("Shift+X") && !capital.is("X"));
        assert!(press("+").is("+"));
    }

    #[test]
    fn a_pair_counts_only_in_time_and_in_order() {
        let mut registry = registry(&["G B", "B"]);
        assert!(registry.take(&press("g"), 0.0).is_none());
        let pair = registry.take(&press("b"), 900.0).unwrap();
        assert!(is_of(&registry, 0, &pair));
        assert!(registry.take(&press("g"), 2_000.0).is_none());
        let alone = registry.take(&press("b"), 3_500.0).unwrap();
        assert!(is_of(&registry, 1, &alone));
    }

    #[test]
    fn what_was_registered_last_goes_first() {
        let mut registry = registry(&["C", "C"]);
        let run = registry.take(&press("c"), 0.0).unwrap();
        assert!(is_of(&registry, 1, &run));
    }
}
