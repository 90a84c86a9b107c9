//! Passkeys, as browsers have them (Web Authentication). What is asked and answered is JSON, which browsers read and write
//! themselves: nothing of it is looked at here.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const CLASS: &str = "PublicKeyCredential";
const READ_NEW: &str = "parseCreationOptionsFromJSON";
const READ_SHOWN: &str = "parseRequestOptionsFromJSON";
const ASK_FILLED: &str = "isConditionalMediationAvailable";

/// Whether this browser has passkeys, on this page: those that are not served securely have none.
pub fn are_there() -> bool {
    [READ_NEW, READ_SHOWN]
        .iter()
        .all(|name| class().is_ok_and(|class| function(&class, name).is_ok()))
}

/// Whether this browser offers passkeys among what it fills into a field.
pub async fn are_filled_in() -> bool {
    let asked = async {
        let class = class()?;
        let asked: Promise = function(&class, ASK_FILLED)?.call0(&class)?.dyn_into()?;
        JsFuture::from(asked).await
    };
    asked.await.is_ok_and(|are| are.is_truthy())
}

/// By what a question is taken back: browsers ask one at a time.
pub struct Question(JsValue);

impl Question {
    /// A question that is not asked yet. Nothing where this browser cannot take one back.
    pub fn new() -> Option<Self> {
        let class = function(&window(), "AbortController").ok()?;
        Reflect::construct(&class, &Array::new()).ok().map(Self)
    }

    /// Takes it back: nothing is answered.
    pub fn take_back(&self) {
        let taken = function(&self.0, "abort").and_then(|abort| abort.call0(&self.0));
        // One that was answered is past.
        drop(taken);
    }

    /// Has the browser offer passkeys among what it fills in; what the person picks. Asked once, as this is what takes it back.
    pub fn fill_in(&self, options: String) -> impl Future<Output = Option<String>> + use<> {
        let signal = Reflect::get(&self.0, &"signal".into());
        async move {
            let more = [
                ("mediation", "conditional".into()),
                ("signal", signal.ok()?),
            ];
            ask(READ_SHOWN, "get", &options, &more).await.ok()
        }
    }
}

/// Asks for a new passkey. Nothing where the person changed their mind, or the browser refused.
pub async fn create(options: &str) -> Option<String> {
    ask(READ_NEW, "create", options, &[]).await.ok()
}

/// Asks which passkey somebody has. Nothing where the person changed their mind, or the browser refused.
pub async fn get(options: &str) -> Option<String> {
    ask(READ_SHOWN, "get", options, &[]).await.ok()
}

fn class() -> Result<JsValue, JsValue> {
    Reflect::get(&window(), &CLASS.into())
}

fn function(of: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(of, &name.into())?.dyn_into()
}

async fn ask(
    read: &str,
    verb: &str,
    options: &str,
    more: &[(&str, JsValue)],
) -> Result<String, JsValue> {
    let class = class()?;
    let options = function(&class, read)?.call1(&class, &JSON::parse(options)?)?;
    let wish = Object::new();
    Reflect::set(&wish, &"publicKey".into(), &options)?;
    for (name, value) in more {
        Reflect::set(&wish, &(*name).into(), value)?;
    }
    let keeper = Reflect::get(&window().navigator(), &"credentials".into())?;
    let asked: Promise = function(&keeper, verb)?.call1(&keeper, &wish)?.dyn_into()?;
    let found = JsFuture::from(asked).await?;
    // It knows how it is written.
    let written = JSON::stringify(&found)?;
    written.as_string().ok_or(JsValue::NULL)
}
