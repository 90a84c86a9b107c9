//! Moments as this person's clock shows them.

use js_sys::{Date, Object, Reflect};
use shared::values::Time;
use wasm_bindgen::JsValue;

/// A moment with its day and time, in the person's own zone and manner.
pub fn text(at: Time) -> String {
    told(at, &[("dateStyle", "long"), ("timeStyle", "short")])
}

/// A moment's time of day, such as 14:02.
pub fn time_of_day(at: Time) -> String {
    told(at, &[("timeStyle", "short")])
}

fn told(at: Time, styles: &[(&str, &str)]) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any year up to 9999 fit"
    )]
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    let options = Object::new();
    for (name, value) in styles {
        // A plain object takes any property.
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    date.to_locale_string("default", &options).into()
}
