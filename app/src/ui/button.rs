use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::{Icon, IconName, Kbd};

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// The one thing to do here.
    Primary,
    /// One of several things to do.
    #[default]
    Secondary,
    /// Something at hand that should not be seen first.
    Ghost,
    /// Something that takes away.
    Danger,
}

impl ButtonVariant {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
        }
    }
}

/// How tall a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// 24 px: inside rows and cards.
    Small,
    /// 28 px: bars and panels.
    #[default]
    Medium,
    /// 36 px: forms that stand alone.
    Large,
}

impl ButtonSize {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// What a button does in a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Nothing by itself.
    #[default]
    Button,
    /// Sends the form, also before the script has loaded.
    Submit,
}

impl ButtonKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Submit => "submit",
        }
    }
}

/// A button with words on it: a verb.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How tall it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Whether it sends the form it stands in.
    #[prop(optional)]
    kind: ButtonKind,
    /// The key that does the same.
    #[prop(optional, into)]
    kbd: MaybeProp<String>,
    /// Whether it can be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether what it started is still going on. It keeps its width and cannot be pressed.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Called when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Callback<MouseEvent>>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class="button"
            type=kind.as_str()
            data-variant=variant.as_str()
            data-size=size.as_str()
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
            on:click=move |event| {
                if let Some(on_click) = on_click {
                    on_click.run(event);
                }
            }
        >
            {icon.map(|name| view! { <Icon name=name/> })}
            <span class="button__text">{children()}</span>
            {kbd.get_untracked().map(|keys| view! { <Kbd keys=keys/> })}
        </button>
    }
}
