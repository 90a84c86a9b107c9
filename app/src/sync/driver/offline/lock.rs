//! Who of a browser's pages leads: whoever holds the lock.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How the lock is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Only if nobody has it.
    IfFree,
    /// Whenever it is our turn.
    InTurn,
    /// At once: whoever has it loses it.
    AtOnce,
}

/// Calls of whoever asked.
pub(super) struct Told {
    /// The lock is ours, or, for [`Ask::IfFree`], is not.
    pub(super) answered: Box<dyn FnOnce(bool)>,
    /// Another page has taken it.
    pub(super) lost: Box<dyn FnOnce()>,
}

/// A lock of a name.
#[derive(Clone)]
pub(super) struct Lock {
    name: String,
    /// Gives the lock back, while it is held.
    release: Rc<RefCell<Option<Function>>>,
}

impl Lock {
    /// A lock; nothing where the browser has none, as on pages that are not served securely.
    pub(super) fn new(name: String) -> Option<Self> {
        locks().map(|_| Self {
            name,
            release: Rc::default(),
        })
    }

    /// Whether the lock is ours.
    pub(super) fn is_held(&self) -> bool {
        self.release.borrow().is_some()
    }

    /// Gives the lock back.
    pub(super) fn release(&self) {
        if let Some(release) = self.release.borrow_mut().take() {
            let _nothing_thrown = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// Asks for the lock.
    pub(super) fn ask(&self, ask: Ask, told: Told) {
        let Some(locks) = locks() else { return };
        let held = self.release.clone();
        let Told { answered, lost } = told;
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            if lock.is_null() {
                answered(false);
                return JsValue::UNDEFINED;
            }
            let until_released = Promise::new(&mut |resolve, _| {
                held.borrow_mut().replace(resolve);
            });
            answered(true);
            until_released.into()
        });
        let options = Object::new();
        let option = match ask {
            Ask::IfFree => Some("ifAvailable"),
            Ask::InTurn => None,
            Ask::AtOnce => Some("steal"),
        };
        if let Some(option) = option {
            let _plain_object = Reflect::set(&options, &option.into(), &JsValue::TRUE);
        }
        let Ok(request) = Reflect::get(&locks, &"request".into()) else {
            return;
        };
        let request: Function = request.unchecked_into();
        let asked = request.call3(&locks, &self.name.as_str().into(), &options, &granted);
        let held = self.release.clone();
        spawn_local(async move {
            let Ok(promise) = asked else { return };
            if JsFuture::from(promise.unchecked_into::<Promise>())
                .await
                .is_err()
            {
                held.borrow_mut().take();
                lost();
            }
        });
    }
}

/// `navigator.locks`. By name, because the bindings to it need a flag for the whole build.
fn locks() -> Option<JsValue> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    locks.is_object().then_some(locks)
}
