use super::drawer::Drawer;
use crate::erased::memo;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A place to go to.
#[component]
pub(super) fn SidebarLink(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// What is there.
    #[prop(into)]
    name: Signal<String>,
    /// Whether only this very page is meant, and not what is below it.
    #[prop(optional)]
    exact: bool,
    /// Its mark.
    children: Children,
) -> impl IntoView {
    let path = use_location().pathname;
    let drawer = expect_context::<Drawer>();
    let is_here = memo(move || is_at(&path.read(), &href.read(), exact));
    view! {
        <a
            class="sidebar__link"
            href=href
            aria-current=move || is_here.get().then_some("page")
            on:click=move |_| {
                drawer.close();
            }
        >
            {children()}
            <span class="sidebar__name">{name}</span>
        </a>
    }
}

/// Whether a path is a place, or below it.
fn is_at(path: &str, place: &str, exact: bool) -> bool {
    let path = path.trim_end_matches('/');
    match path.strip_prefix(place) {
        Some("") => true,
        Some(below) => !exact && below.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn a_place_is_current_on_what_is_below_it() {
        let board = "/w/north/WEB/board";
        assert!(is_at("/w/north/WEB/board/", board, false));
        assert!(is_at("/w/north/WEB/board/12", board, false));
        assert!(!is_at("/w/north/WEB/boards", board, false));
        assert!(is_at("/w/north", "/w/north", true));
        assert!(!is_at("/w/north/import", "/w/north", true));
    }
}
