use leptos::prelude::*;

use super::{Icon, IconName, IconSize};

/// What stands where nothing is yet: what belongs here, and how to make it.
#[component]
pub fn EmptyState(
    /// What is missing, or that nothing matched.
    #[prop(into)]
    title: String,
    /// What belongs here and why that is good to have.
    #[prop(optional, into)]
    text: MaybeProp<String>,
    /// An icon above the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// A drawing above the words, instead of the icon.
    #[prop(optional, into)]
    illustration: Option<ViewFn>,
    /// Less space, for a column or a menu.
    #[prop(optional)]
    compact: bool,
    /// The button that makes it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let art = match (illustration, icon) {
        (Some(illustration), _) => Some(illustration.run()),
        (None, Some(name)) => Some(view! { <Icon name=name size=IconSize::Large/> }.into_any()),
        (None, None) => None,
    };
    view! {
        <div class="empty" data-compact=compact.then_some("true")>
            {art.map(|art| view! { <div class="empty__art" aria-hidden="true">{art}</div> })}
            <p class="empty__title">{title}</p>
            {move || text.get().map(|text| view! { <p class="empty__text">{text}</p> })}
            {children.map(|children| view! { <div class="empty__action">{children()}</div> })}
        </div>
    }
}
