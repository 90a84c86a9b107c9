//! Passkeys, as browsers have them (Web Authentication). What is asked and answered is JSON, which browsers read and write
//! themselves: nothing of it is looked at here.

use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const CLASS: &str = "PublicKeyCredential";
const READ_NEW: &str = "parseCreationOptionsFromJSON";
const READ_SHOWN: &str = "parseRequestOptionsFromJSON";

/// Whether this browser has passkeys, on this page: those that are not served securely have none.
pub fn are_there() -> bool {
    [READ_NEW, READ_SHOWN]
        .iter()
        .all(|name| class().is_ok_and(|class| function(&class, name).is_ok()))
}

/// Asks for a new passkey. Nothing where the person changed their mind, or the browser refused.
pub async fn create(options: &str) -> Option<String> {
    ask(READ_NEW, "create", options).await.ok()
}

/// Asks which passkey somebody has. Nothing where the person changed their mind, or the browser refused.
pub async fn get(options: &str) -> Option<String> {
    ask(READ_SHOWN, "get", options).await.ok()
}

fn class() -> Result<JsValue, JsValue> {
    Reflect::get(&window(), &CLASS.into())
}

fn function(of: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(of, &name.into())?.dyn_into()
}

async fn ask(read: &str, verb: &str, options: &str) -> Result<String, JsValue> {
    let class = class()?;
    let options = function(&class, read)?.call1(&class, &JSON::parse(options)?)?;
    let wish = Object::new();
    Reflect::set(&wish, &"publicKey".into(), &options)?;
    let keeper = Reflect::get(&window().navigator(), &"credentials".into())?;
    let asked: Promise = function(&keeper, verb)?.call1(&keeper, &wish)?.dyn_into()?;
    let found = JsFuture::from(asked).await?;
    // It knows how it is written.
    let written = JSON::stringify(&found)?;
    written.as_string().ok_or(JsValue::NULL)
}
