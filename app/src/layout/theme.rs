use crate::dom::theme;
use crate::profiles::api::save_theme;
use crate::ui::{IconName, Menu, MenuItem};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The cookie that remembers the choice, for the server to write into the page. Over TLS it has `__Host-` in front.
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

fn choose(theme: Theme) {
    theme::choose(theme);
    spawn_local(async move {
        // Without the server it holds here until the next page.
        let _kept = save_theme(theme.as_str().to_owned()).await;
    });
}

/// Chooses the theme. It changes at once, is remembered in this browser, and follows the person to their others.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let choice = move |theme: Theme, text: &'static str, icon: IconName| {
        view! {
            <MenuItem
                icon=icon
                checked=theme::current() == theme
                on_select=move |()| choose(theme)
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
