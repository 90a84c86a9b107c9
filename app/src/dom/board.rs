//! Measures of the board on screen, and moving what is seen of it. Reads come before writes, and only what is drawn is
//! looked at.

use super::drag::Point;
use super::focus;
use super::frame::once_a_frame;
use super::listen::{Listener, Phase, listen};
use leptos::prelude::queue_microtask;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DomRect, Element, Event, HtmlElement, ResizeObserver, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

/// What stands before a card's number in its id.
const CARD_ID: &str = "card-";
/// How far beside a column still counts as on it, in pixels.
const BESIDE_PX: f64 = 16.0;

/// The id of a card's element.
pub fn card_id(number: u32) -> String {
    format!("{CARD_ID}{number}")
}

/// The number in the id of a card's element.
pub fn card_number(id: &str) -> Option<u32> {
    id.strip_prefix(CARD_ID)?.parse().ok()
}

/// The number of the card that an event happened in.
pub fn card_of(event: &Event) -> Option<u32> {
    let target: Element = event.target()?.dyn_into().ok()?;
    card_number(&target.closest(".card").ok()??.id())
}

/// The number of the card around what got the focus; the card itself has it then.
pub fn focus_around(event: &Event) -> Option<u32> {
    let number = card_of(event)?;
    let target: Element = event.target()?.dyn_into().ok()?;
    if card_number(&target.id()).is_none() {
        let card: HtmlElement = target.closest(".card").ok()??.dyn_into().ok()?;
        // After this event: the next one comes to the same listener.
        queue_microtask(move || focus_in_place(&card));
    }
    Some(number)
}

fn focus_in_place(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // It fails only for an element that is not in the page any more.
    let _ = element.focus_with_options(&options);
}

/// The number of the card that has the focus: by key it has it itself, by pointer its link does.
pub fn focused_card() -> Option<u32> {
    card_number(&focus::focused()?.closest(".card").ok()??.id())
}

/// Whether text in an element runs from right to left.
pub fn is_right_to_left(element: &Element) -> bool {
    element.matches(":dir(rtl)").unwrap_or(false)
}

/// Moves the focus to a card and scrolls it into sight by the shortest way. Answers whether it is drawn.
pub fn focus_card(number: u32) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let card = document.and_then(|it| it.get_element_by_id(&card_id(number)));
    let Some(card) = card.and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    focus_in_place(&card);
    show(&card);
    true
}

/// Scrolls the first element of the page that matches into sight by the shortest way.
pub fn into_sight(choice: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(Ok(Some(element))) = document.map(|document| document.query_selector(choice)) {
        show(&element);
    }
}

fn show(element: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    options.set_inline(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Scrolls a column into sight sideways.
pub fn show_column(board: &Element, index: usize) {
    if let Some(column) = columns(board).get(index) {
        show(column);
    }
}

/// Scrolls so that what is `top` pixels from the start of a column is at its upper edge.
pub fn scroll_to(scroller: &Element, top: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "no column is that tall")]
    scroller.set_scroll_top(top as i32);
}

/// Scrolls to the end of a column.
pub fn scroll_to_end(scroller: &Element) {
    scroller.set_scroll_top(scroller.scroll_height());
}

/// The column at a place, and how many of its drawn cards have their middle above the place.
pub fn hit(board: &Element, at: Point) -> Option<(usize, usize)> {
    let bounds = board.get_bounding_client_rect();
    let x = at.x.min(bounds.right() - 1.0).max(bounds.left());
    let columns = columns(board);
    let beside = |rect: &DomRect| (rect.left() - x).max(x - rect.right()).max(0.0);
    let (index, distance) = columns
        .iter()
        .map(|column| beside(&column.get_bounding_client_rect()))
        .enumerate()
        .min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    if distance > BESIDE_PX {
        return None;
    }
    let above = cards(&columns[index])
        .iter()
        .map(Element::get_bounding_client_rect)
        .take_while(|rect| rect.top() + rect.height() / 2.0 < at.y)
        .count();
    Some((index, above))
}

/// How many columns have their middle before a place, in the direction of text.
pub fn columns_before(board: &Element, x: f64) -> usize {
    let right_to_left = is_right_to_left(board);
    let is_before = |column: &Element| {
        let rect = column.get_bounding_client_rect();
        let middle = rect.left() + rect.width() / 2.0;
        if right_to_left {
            middle > x
        } else {
            middle < x
        }
    };
    columns(board).iter().filter(|it| is_before(it)).count()
}

fn columns(board: &Element) -> Vec<Element> {
    all(board, ":scope > .column")
}

fn cards(column: &Element) -> Vec<Element> {
    all(column, ".card")
}

fn all(element: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = element.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..list.length())
        .filter_map(|index| list.get(index)?.dyn_into().ok())
        .collect()
}

/// The column that fills most of a board that shows one at a time.
pub fn column_in_sight(board: &Element) -> usize {
    let bounds = board.get_bounding_client_rect();
    let middle = bounds.left() + bounds.width() / 2.0;
    let beside = |column: &Element| {
        let rect = column.get_bounding_client_rect();
        (rect.left() + rect.width() / 2.0 - middle).abs()
    };
    columns(board)
        .iter()
        .map(beside)
        .enumerate()
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map_or(0, |(index, _)| index)
}

/// What a column measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// How far it is scrolled.
    pub top: f64,
    /// How much of it is in sight.
    pub height: f64,
    /// How wide its cards are.
    pub width: f64,
    /// The heights of the drawn cards with the space below them, from the top.
    pub cards: Vec<f64>,
}

/// Tells a column's measures whenever it was scrolled or changed its size, until it is dropped.
pub struct ColumnWatch {
    _scrolled: Listener,
    observer: ResizeObserver,
    _resized: Closure<dyn FnMut(JsValue)>,
}

impl Drop for ColumnWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Begins to watch what scrolls a column and the list inside of it.
pub fn watch_column(
    scroller: &Element,
    list: &Element,
    on_scroll: impl Fn(f64) + 'static,
    on_resize: impl Fn(Measures) + 'static,
) -> Option<ColumnWatch> {
    let on_scroll = {
        let scroller = scroller.clone();
        once_a_frame(move || on_scroll(f64::from(scroller.scroll_top())))
    };
    let measure = {
        let (scroller, list) = (scroller.clone(), list.clone());
        move |_| on_resize(measures(&scroller, &list))
    };
    let closure = Closure::<dyn FnMut(JsValue)>::new(measure);
    let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
    observer.observe(scroller);
    observer.observe(list);
    Some(ColumnWatch {
        _scrolled: listen(scroller, "scroll", Phase::default(), move |_| on_scroll()),
        observer,
        _resized: closure,
    })
}

fn measures(scroller: &Element, list: &Element) -> Measures {
    let cards = cards(list);
    let items = cards.iter().filter_map(|card| card.parent_element());
    Measures {
        top: f64::from(scroller.scroll_top()),
        height: f64::from(scroller.client_height()),
        width: f64::from(list.client_width()),
        cards: items
            .map(|item| item.get_bounding_client_rect().height())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cards_id_reads_back() {
        assert_eq!(card_number(&card_id(12)), Some(12));
        assert_eq!(card_number("card-x"), None);
        assert_eq!(card_number("panel"), None);
    }
}
