use leptos::prelude::*;

use super::{Avatar, AvatarSize};

/// What a stack needs of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The full name.
    pub name: String,
    /// The person's colour of the palette.
    pub color: String,
    /// The address of their picture, if they have one.
    pub picture: Option<String>,
}

/// Several people in little space; those who do not fit are counted.
#[component]
pub fn AvatarStack(
    /// Who, the most important first.
    #[prop(into)]
    faces: Signal<Vec<Face>>,
    /// How many are drawn before the rest is counted.
    #[prop(default = 3)]
    max: usize,
    /// How large they are.
    #[prop(optional)]
    size: AvatarSize,
    /// What an empty stack means, such as "Nobody is assigned". Without it nothing is drawn.
    #[prop(optional, into)]
    empty_label: Option<String>,
) -> impl IntoView {
    let disc = move |kind: &'static str, label: String, text: String| {
        view! {
            <span
                class="avatar"
                data-kind=kind
                data-size=size.as_str()
                title=label.clone()
                role="img"
                aria-label=label
            >
                {text}
            </span>
        }
    };
    let drawn = move || {
        let faces = faces.get();
        let others = faces
            .iter()
            .skip(max)
            .map(|face| face.name.as_str())
            .collect::<Vec<_>>();
        let rest = (!others.is_empty())
            .then(|| disc("rest", others.join(", "), format!("+{}", others.len())));
        let nobody = empty_label
            .clone()
            .filter(|_| faces.is_empty())
            .map(|label| disc("nobody", label, String::new()));
        let faces = faces
            .into_iter()
            .take(max)
            .map(|face| view! { <Avatar name=face.name color=face.color picture=face.picture size=size/> })
            .collect_view();
        (faces, rest, nobody)
    };
    view! { <span class="avatar-stack">{drawn}</span> }
}
