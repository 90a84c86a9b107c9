//! The example project's words.

use shared::statuses::Category;
use shared::tasks::Priority;
use shared::values::Color;

/// A task of the example.
pub(super) struct Card {
    /// Index into [`COLUMNS`].
    pub(super) column: usize,
    pub(super) title: &'static str,
    pub(super) priority: Priority,
    /// Indexes into [`LABELS`].
    pub(super) labels: &'static [usize],
    /// Story points; 0 for none.
    pub(super) points: u32,
    pub(super) due_in_days: Option<i32>,
    /// Indexes into [`PEOPLE`].
    pub(super) assignees: &'static [usize],
    pub(super) items: &'static [(&'static str, bool)],
    /// Who said it, how many hours ago, and what.
    pub(super) comments: &'static [(usize, i64, &'static str)],
    pub(super) description: Option<&'static str>,
}

/// Stands in a description for how to sign in again.
pub(super) const KEYS: &str = "{keys}";

/// Name, meaning and colour.
pub(super) const COLUMNS: [(&str, Category, Color); 5] = [
    ("Backlog", Category::Backlog, Color::Gray),
    ("Todo", Category::Todo, Color::Gray),
    ("In progress", Category::Started, Color::Amber),
    ("In review", Category::Started, Color::Violet),
    ("Done", Category::Done, Color::Green),
];

const BACKLOG: usize = 0;
const TODO: usize = 1;
const STARTED: usize = 2;
const REVIEW: usize = 3;
const DONE: usize = 4;

pub(super) const LABELS: [(&str, Color); 6] = [
    ("checkout", Color::Violet),
    ("search", Color::Blue),
    ("bug", Color::Red),
    ("a11y", Color::Green),
    ("content", Color::Amber),
    ("performance", Color::Teal),
];

const CHECKOUT: usize = 0;
const SEARCH: usize = 1;
const BUG: usize = 2;
const A11Y: usize = 3;
const CONTENT: usize = 4;
const SPEED: usize = 5;

pub(super) const PEOPLE: [&str; 5] = [
    "Ama Osei",
    "Jonas Thiel",
    "Lena Park",
    "Mateo Kovač",
    "Priya Nair",
];

const AMA: usize = 0;
const JONAS: usize = 1;
const LENA: usize = 2;
const MATEO: usize = 3;
const PRIYA: usize = 4;

use Priority::{High, Low, Medium, Urgent};

const fn card(
    column: usize,
    title: &'static str,
    priority: Priority,
    labels: &'static [usize],
    points: u32,
    assignees: &'static [usize],
) -> Card {
    Card {
        column,
        title,
        priority,
        labels,
        points,
        assignees,
        due_in_days: None,
        items: &[],
        comments: &[],
        description: None,
    }
}

impl Card {
    const fn due(mut self, in_days: i32) -> Self {
        self.due_in_days = Some(in_days);
        self
    }

    const fn items(mut self, items: &'static [(&'static str, bool)]) -> Self {
        self.items = items;
        self
    }

    const fn said(mut self, comments: &'static [(usize, i64, &'static str)]) -> Self {
        self.comments = comments;
        self
    }

    const fn text(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }
}

/// The tasks in the order of their numbers, which is also their order in each column.
pub(super) static CARDS: [Card; 42] = [
    card(DONE, "Choose a name for the new shop", Priority::None, &[CONTENT], 1, &[AMA]),
    card(DONE, "Sign up and sign in without JavaScript", Medium, &[A11Y], 3, &[LENA]),
    card(DONE, "Product pages render before any script", High, &[SPEED], 5, &[JONAS])
        .items(&[("Measure the old pages", true), ("Render on the server", true), ("Measure again", true)])
        .said(&[(JONAS, 160, "First paint went from 1.9 s to **0.4 s** on the old phone."), (AMA, 158, "Ship it.")]),
    card(DONE, "Address book for returning customers", Medium, &[CHECKOUT], 3, &[MATEO]),
    card(DONE, "Prices show the tax of the country", High, &[CHECKOUT], 5, &[PRIYA]),
    card(DONE, "Search forgives one wrong letter", Medium, &[SEARCH], 5, &[JONAS]),
    card(DONE, "Images load at the size they are shown", High, &[SPEED], 3, &[LENA]),
    card(DONE, "Order confirmation by e-mail", High, &[CHECKOUT], 2, &[MATEO]),
    card(DONE, "Colour contrast in both themes", Medium, &[A11Y], 2, &[LENA]),
    card(DONE, "Cart survives signing in", Urgent, &[CHECKOUT, BUG], 2, &[PRIYA]),
    card(DONE, "Write the returns policy in plain words", Low, &[CONTENT], 1, &[AMA]),
    card(DONE, "Nightly backup, restored once a week", High, &[], 3, &[JONAS]),
    card(REVIEW, "Pay by invoice for companies", High, &[CHECKOUT], 8, &[MATEO, PRIYA])
        .due(3)
        .items(&[
            ("Ask for the VAT number", true),
            ("Check it with the registry", true),
            ("Invoice as PDF", true),
            ("Reminder after 14 days", false),
        ])
        .said(&[
            (PRIYA, 26, "The registry is down every night at two. I retry for an hour, then let the order through."),
            (MATEO, 22, "Good. Note it on the invoice, so that accounting sees it."),
        ])
        .text("Companies ask for it in every second call.\n\n- Only with a VAT number that the registry knows\n- Limit of **€ 2,000** for the first order\n- The invoice carries the customer's own order number"),
    card(REVIEW, "Filters keep their place when going back", Medium, &[SEARCH], 3, &[JONAS]).due(5),
    card(REVIEW, "Screen readers announce the cart total", High, &[A11Y, CHECKOUT], 2, &[LENA]),
    card(STARTED, "Checkout on one page", Urgent, &[CHECKOUT], 8, &[AMA])
        .due(1)
        .items(&[
            ("Address, delivery and payment on one page", true),
            ("Errors beside their fields", true),
            ("Works with the keyboard alone", true),
            ("Keep what was typed after an error", false),
            ("Compare with the old checkout for a week", false),
        ])
        .said(&[
            (AMA, 30, "Three pages lose one customer in five, most of them between delivery and payment."),
            (LENA, 6, "The order of focus is right now. Errors are announced when they appear."),
            (JONAS, 2, "With the address book it takes 40 seconds. Lovely."),
        ])
        .text("One page instead of three. Everything that was typed stays, whatever happens.\n\n## Done when\n\n1. An order takes less than a minute with a known address\n2. No field is asked for twice\n3. It works with JavaScript off"),
    card(STARTED, "Payment hangs when the bank's page is closed", Urgent, &[BUG, CHECKOUT], 3, &[PRIYA])
        .due(-2)
        .items(&[("Reproduce it", true), ("Ask the provider for the state", true), ("Tell the customer what happened", true), ("Test with all three banks", false)])
        .said(&[(MATEO, 48, "Four customers since Monday. All on phones."), (PRIYA, 4, "Found it: we wait for a message that never comes. We have to ask.")]),
    card(STARTED, "Suggest while typing", High, &[SEARCH], 5, &[JONAS]).due(7),
    card(STARTED, "Photos of the autumn collection", Medium, &[CONTENT], 3, &[LENA])
        .items(&[("Knitwear", true), ("Boots", false), ("Bags", false)]),
    card(STARTED, "Cut the size of the first page by half", High, &[SPEED], 5, &[JONAS, LENA]),
    card(TODO, "Take a look around: start here", Priority::None, &[], 0, &[])
        .items(&[
            ("Drag a card to another column", false),
            ("Press ? to see the keys", false),
            ("Open this page in a second window and watch both", false),
        ])
        .text("This is an example: a shop's team at work. Change whatever you like.\n\n{keys}\n\n- **Drag** cards with the mouse or a finger, or press `Space` on one and move it with the arrow keys\n- Press `C` to write a new task into the column you are in\n- Filter by person, label or priority above the board; the address keeps the filter"),
    card(TODO, "Gift cards", High, &[CHECKOUT], 8, &[MATEO]).due(12),
    card(TODO, "Size advice from past orders", Medium, &[SEARCH], 5, &[AMA]),
    card(TODO, "Empty search results should help", High, &[SEARCH, CONTENT], 2, &[])
        .said(&[(AMA, 70, "One search in eight finds nothing. Let us show what is close.")]),
    card(TODO, "Keyboard focus is lost after closing the menu", High, &[A11Y, BUG], 1, &[LENA]).due(4),
    card(TODO, "Delivery date before the order", Medium, &[CHECKOUT], 3, &[PRIYA]).due(9),
    card(TODO, "Product videos without sound start by themselves", Low, &[CONTENT, A11Y], 2, &[]),
    card(TODO, "Warn before the session ends", Medium, &[A11Y], 2, &[]),
    card(BACKLOG, "Wish lists to share", Medium, &[], 5, &[]),
    card(BACKLOG, "Click and collect in two stores", High, &[CHECKOUT], 13, &[]),
    card(BACKLOG, "Reviews with photos", Low, &[CONTENT], 5, &[]),
    card(BACKLOG, "Compare products side by side", Low, &[SEARCH], 5, &[]),
    card(BACKLOG, "Prices in the customer's currency", Medium, &[CHECKOUT], 8, &[]),
    card(BACKLOG, "Sort by what sells best this week", Low, &[SEARCH], 2, &[]),
    card(BACKLOG, "Repair service as a product", Medium, &[CONTENT], 3, &[AMA]),
    card(BACKLOG, "Preload the next page of results", Low, &[SPEED, SEARCH], 2, &[]),
    card(BACKLOG, "Offline catalogue for trade fairs", Low, &[SPEED], 8, &[]),
    card(BACKLOG, "Loyalty points", Priority::None, &[CHECKOUT], 13, &[])
        .said(&[(MATEO, 190, "Legal has questions about points that run out. Waiting for them.")]),
    card(BACKLOG, "Right-to-left layout for the Arabic shop", Medium, &[A11Y], 8, &[]),
    card(BACKLOG, "Newsletter without tracking pixels", Low, &[CONTENT], 2, &[]),
    card(BACKLOG, "Duplicate orders after a double click", High, &[BUG, CHECKOUT], 2, &[PRIYA]),
    card(BACKLOG, "Print styles for the packing slip", Low, &[], 1, &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_of_something() {
        for card in &CARDS {
            assert!(card.column < COLUMNS.len(), "{}", card.title);
            assert!(
                card.labels.iter().all(|label| *label < LABELS.len()),
                "{}",
                card.title
            );
            let said = card.comments.iter().map(|(person, ..)| person);
            assert!(
                said.chain(card.assignees).all(|p| *p < PEOPLE.len()),
                "{}",
                card.title
            );
        }
    }

    #[test]
    fn one_card_says_how_to_sign_in_again() {
        let telling = CARDS
            .iter()
            .filter(|card| card.description.is_some_and(|d| d.contains(KEYS)));
        assert_eq!(telling.count(), 1);
    }
}
