use super::words;
use crate::start::use_start;
use leptos::prelude::*;
use shared::values::Time;

/// When something happened, to the minute, by the clock of the person's profile; in UTC as a hint.
#[component]
pub fn Moment(
    /// When.
    at: Time,
) -> impl IntoView {
    let zone = use_start().person.and_then(|person| person.zone);
    let text = words::local(at, zone.as_ref());
    view! { <time datetime=words::iso(at) title=words::exact(at)>{text}</time> }
}
