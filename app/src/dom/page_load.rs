//! Leaving the page: what another page load does better than the router.

use leptos::prelude::window;

/// Loads the address that is shown again, from the server.
pub fn again() {
    // A refusal by the browser leaves the person where they are.
    let _refused = window().location().reload();
}

/// Goes to another address by a page load.
pub fn to(address: &str) {
    let _refused = window().location().assign(address);
}

/// The path that is shown.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The address that is shown, from its path on.
pub fn address() -> String {
    path() + &window().location().search().unwrap_or_default()
}

/// The scheme and host of the site, for links to hand on.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}
