use leptos::prelude::*;

/// The shape of what is still loading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SkeletonShape {
    /// A line of text.
    #[default]
    Line,
    /// A card of the board.
    Card,
    /// A row of a list.
    Row,
    /// An avatar.
    Circle,
}

impl SkeletonShape {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Card => "card",
            Self::Row => "row",
            Self::Circle => "circle",
        }
    }
}

/// What is still loading, in its final shape. It shows after 200 ms, so quick loads do not flash.
#[component]
pub fn Skeleton(
    /// What it stands for.
    #[prop(optional)]
    shape: SkeletonShape,
    /// How many.
    #[prop(default = 1)]
    count: usize,
) -> impl IntoView {
    (0..count)
        .map(
            |_| view! { <div class="skeleton" data-shape=shape.as_str() aria-hidden="true"></div> },
        )
        .collect_view()
}
