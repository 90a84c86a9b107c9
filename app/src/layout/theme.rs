use crate::dom::theme;
use crate::ui::{IconName, Menu, MenuItem};
use leptos::prelude::*;

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The cookie that remembers the choice, for the server to write into the page.
    pub const COOKIE: &str = "teamflow_theme";

    /// The value of the cookie, and of the root element's `data-theme`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a value; what is none means the system's.
    pub fn parse(value: &str) -> Self {
        match value {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// Chooses the theme. It changes at once and is remembered in this browser.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let choice = move |theme: Theme, text: &'static str, icon: IconName| {
        view! {
            <MenuItem
                icon=icon
                checked=theme::current() == theme
                on_select=move |()| theme::choose(theme)
            >
                {text}
            </MenuItem>
        }
    };
    view! {
        <Menu label="Theme" icon=IconName::Sun>
            {choice(Theme::System, "Same as system", IconName::Monitor)}
            {choice(Theme::Light, "Light", IconName::Sun)}
            {choice(Theme::Dark, "Dark", IconName::Moon)}
        </Menu>
    }
}
