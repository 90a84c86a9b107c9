//! Line icons that take the colour of the text beside them. An icon is decoration: the control that
//! holds it carries the label.

mod names;

use leptos::prelude::*;

pub use names::IconName;

/// How large an icon is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconSize {
    /// 14 px: inside chips and meta lines.
    Small,
    /// 16 px: beside text and in buttons.
    #[default]
    Medium,
    /// 20 px: alone, as in an empty state.
    Large,
}

impl IconSize {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// A line icon.
#[component]
pub fn Icon(
    /// Which one.
    name: IconName,
    /// How large.
    #[prop(optional)]
    size: IconSize,
) -> impl IntoView {
    view! {
        <svg class="icon" data-size=size.as_str() viewBox="0 0 24 24" aria-hidden="true">
            <path d=name.outline()></path>
        </svg>
    }
}
