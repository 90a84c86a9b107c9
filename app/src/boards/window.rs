//! Which cards of a long column are drawn. Heights are measured where a card was on screen and estimated elsewhere; what
//! is not drawn is a gap of its height. Pure, so that both renders agree and tests need no browser.

use shared::ids::TaskId;
use shared::tasks::Task;
use std::collections::HashMap;
use std::ops::Range;

/// How many cards of a column are drawn before it was measured: a screen's worth, as each is paid for before the page can
/// be used.
pub(super) const FIRST_CARDS: usize = 14;
/// The window moves by this many cards at a time, so that not every pixel of scrolling makes work.
const STEP: usize = 4;

/// The height of a card with a title of one line and nothing below it, with the space to the next one.
const BARE_PX: f64 = 68.0;
/// What each further line of the title adds.
const TITLE_LINE_PX: f64 = 18.0;
/// What a line of labels, dates and counts adds.
const META_LINE_PX: f64 = 23.0;
/// Characters that fit on a line of the title.
const LINE_CHARS: usize = 37;
/// A title is cut after this many lines.
const LINES_MAX: usize = 4;
/// The height of a card of which nothing is known yet.
const TYPICAL_PX: f64 = 91.0;

/// Heights of cards, in pixels with the space to the next card.
#[derive(Debug, Default)]
pub(super) struct Heights(HashMap<TaskId, f64>);

impl Heights {
    /// The height of a card, measured or estimated.
    pub(super) fn get(&mut self, id: TaskId, estimate: impl FnOnce() -> f64) -> f64 {
        *self.0.entry(id).or_insert_with(estimate)
    }

    /// Takes a measurement over; answers whether it differs from what was thought.
    pub(super) fn measured(&mut self, id: TaskId, px: f64) -> bool {
        // Fractions of a pixel come and go with the zoom.
        let known = self.0.insert(id, px);
        known.is_none_or(|known| (known - px).abs() > 0.5)
    }

    /// Forgets everything: the columns have another width now.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What a card will probably measure.
pub(super) fn estimate(task: Option<&Task>) -> f64 {
    let Some(task) = task else { return TYPICAL_PX };
    let chars = task.title.as_str().chars().count();
    let lines = chars.div_ceil(LINE_CHARS).clamp(1, LINES_MAX);
    let extra = u32::try_from(lines - 1).map_or(0.0, f64::from);
    let meta = if has_meta(task) { META_LINE_PX } else { 0.0 };
    BARE_PX + extra * TITLE_LINE_PX + meta
}

fn has_meta(task: &Task) -> bool {
    task.priority != shared::tasks::Priority::None
        || !task.labels.is_empty()
        || task.checklist_total > 0
        || task.comment_count > 0
        || task.due_on.is_some()
        || task.points.is_some()
}

/// Where each card of a column begins, and where the column ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offsets(Vec<f64>);

impl Offsets {
    /// Offsets of cards with these heights, and of `missing` cards after them that are not here yet.
    pub(super) fn new(heights: impl Iterator<Item = f64>, missing: usize) -> Self {
        let mut offsets = vec![0.0];
        let mut end = 0.0;
        for height in heights {
            end += height;
            offsets.push(end);
        }
        let missing = u32::try_from(missing).map_or(0.0, f64::from);
        offsets.push(end + missing * TYPICAL_PX);
        Self(offsets)
    }

    /// How many cards there are.
    pub(super) fn len(&self) -> usize {
        self.0.len() - 2
    }

    /// Where a card begins; past the last one, where the cards end.
    pub(super) fn top(&self, index: usize) -> f64 {
        self.0[index.min(self.len())]
    }

    /// Where a card ends.
    pub(super) fn bottom(&self, index: usize) -> f64 {
        self.top(index + 1)
    }

    /// The card at a height; the last one below the end.
    pub(super) fn at(&self, y: f64) -> usize {
        let tops = &self.0[..self.len().max(1)];
        tops.partition_point(|top| *top <= y).saturating_sub(1)
    }

    /// The cards to draw: those in sight and about a screen's worth on either side.
    pub(super) fn window(&self, sight: Sight) -> Range<usize> {
        if sight.height <= 0.0 {
            return 0..FIRST_CARDS.min(self.len());
        }
        let first = self.at(sight.top - sight.height);
        let last = self.at(sight.top + 2.0 * sight.height);
        let start = first / STEP * STEP;
        let end = (last / STEP + 1) * STEP;
        start.min(self.len())..end.min(self.len())
    }

    /// How far to scroll so that a card is in sight; nothing if it is.
    pub(super) fn reveal(&self, index: usize, sight: Sight) -> Option<f64> {
        let (top, bottom) = (self.top(index), self.bottom(index));
        if top < sight.top {
            Some(top)
        } else if bottom > sight.top + sight.height {
            Some(bottom - sight.height)
        } else {
            None
        }
    }

    fn gap(&self, cards: Range<usize>) -> f64 {
        // The last gap reaches over what is missing, too.
        let end = if cards.end == self.len() {
            self.0[cards.end + 1]
        } else {
            self.0[cards.end]
        };
        end - self.0[cards.start]
    }
}

/// The part of a column that is on screen, in pixels from its first card. A height of 0 says that nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sight {
    pub(super) top: f64,
    pub(super) height: f64,
}

/// One thing in a column's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    /// Cards that are not drawn: how many gaps are above, and this one's height in whole pixels.
    Gap(u8, u32),
    /// A card.
    Card(TaskId),
    /// Where what is being moved would go.
    Marker,
}

/// What a column's list is made of.
#[derive(Clone, Debug)]
pub(super) struct Drawn<'c> {
    /// The cards in order.
    pub(super) ids: &'c [TaskId],
    /// Where they are.
    pub(super) offsets: &'c Offsets,
    /// Which are drawn.
    pub(super) window: Range<usize>,
    /// Cards that are drawn wherever they are: the one with the focus, the one being moved.
    pub(super) pinned: Vec<usize>,
    /// The card before which the marker stands; the number of cards for the end.
    pub(super) marker: Option<usize>,
}

impl Drawn<'_> {
    /// The list, from the top.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut shown: Vec<usize> = self.window.clone().collect();
        for index in &self.pinned {
            if let Err(at) = shown.binary_search(index) {
                shown.insert(at, *index);
            }
        }
        shown.retain(|index| *index < self.ids.len());

        let mut entries = Vec::with_capacity(shown.len() + 4);
        let mut gaps = 0;
        let mut gap = |entries: &mut Vec<Entry>, cards: Range<usize>| {
            let px = self.offsets.gap(cards).round();
            if px > 0.0 {
                entries.push(Entry::Gap(gaps, to_px(px)));
                gaps += 1;
            }
        };
        let mut next = 0;
        for index in shown {
            if index > next {
                gap(&mut entries, next..index);
            }
            if self.marker == Some(index) {
                entries.push(Entry::Marker);
            }
            entries.push(Entry::Card(self.ids[index]));
            next = index + 1;
        }
        if self.marker == Some(next) && next == self.ids.len() {
            entries.push(Entry::Marker);
        }
        gap(&mut entries, next..self.ids.len());
        entries
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a column is neither negative nor four billion pixels tall"
)]
fn to_px(px: f64) -> u32 {
    px as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn ids(count: u128) -> Vec<TaskId> {
        (0..count)
            .map(|n| TaskId::from_uuid(Uuid::from_u128(n)))
            .collect()
    }

    fn even(count: usize) -> Offsets {
        Offsets::new(std::iter::repeat_n(100.0, count), 0)
    }

    fn drawn(count: u128, window: Range<usize>, pinned: &[usize], marker: Option<usize>) -> String {
        let ids = ids(count);
        let offsets = even(ids.len());
        let drawn = Drawn {
            ids: &ids,
            offsets: &offsets,
            window,
            pinned: pinned.to_vec(),
            marker,
        };
        let words = drawn.entries().into_iter().map(|entry| match entry {
            Entry::Gap(_, px) => format!("[{px}]"),
            Entry::Card(id) => id.uuid().as_u128().to_string(),
            Entry::Marker => "|".into(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_not_drawn_is_a_gap_of_its_height() {
        assert_eq!(drawn(10, 4..6, &[], None), "[400] 4 5 [400]");
        assert_eq!(drawn(3, 0..3, &[], None), "0 1 2");
        assert_eq!(drawn(0, 0..0, &[], None), "");
    }

    #[test]
    fn pinned_cards_are_drawn_outside_of_the_window() {
        assert_eq!(
            drawn(10, 4..6, &[1, 5, 8, 99], None),
            "[100] 1 [200] 4 5 [200] 8 [100]"
        );
    }

    #[test]
    fn the_marker_stands_before_its_card_or_at_the_end() {
        assert_eq!(drawn(3, 0..3, &[], Some(0)), "| 0 1 2");
        assert_eq!(drawn(3, 0..3, &[], Some(3)), "0 1 2 |");
        assert_eq!(drawn(0, 0..0, &[], Some(0)), "|");
        assert_eq!(drawn(9, 0..3, &[], Some(9)), "0 1 2 [600]");
    }

    #[test]
    fn before_anything_was_measured_the_first_cards_are_drawn() {
        assert_eq!(even(1_000).window(Sight::default()), 0..FIRST_CARDS);
        assert_eq!(even(3).window(Sight::default()), 0..3);
    }

    #[test]
    fn the_window_reaches_a_screen_beyond_what_is_in_sight() {
        let sight = Sight {
            top: 50_000.0,
            height: 800.0,
        };
        assert_eq!(even(1_000).window(sight), 492..520);
        let end = Sight {
            top: 99_200.0,
            ..sight
        };
        assert_eq!(even(1_000).window(end), 984..1_000);
        assert_eq!(even(0).window(sight), 0..0);
    }

    #[test]
    fn a_card_out_of_sight_is_scrolled_to_by_the_shortest_way() {
        let sight = Sight {
            top: 1_000.0,
            height: 500.0,
        };
        assert_eq!(even(100).reveal(12, sight), None);
        assert_eq!(even(100).reveal(3, sight), Some(300.0));
        assert_eq!(even(100).reveal(40, sight), Some(3_600.0));
    }

    #[test]
    fn cards_that_are_not_here_yet_lengthen_the_last_gap() {
        let offsets = Offsets::new([100.0, 100.0].into_iter(), 10);
        let ids = ids(2);
        let drawn = Drawn {
            ids: &ids,
            offsets: &offsets,
            window: 0..2,
            pinned: Vec::new(),
            marker: None,
        };
        assert_eq!(drawn.entries().last(), Some(&Entry::Gap(0, 910)));
    }

    #[test]
    fn a_measurement_counts_only_if_it_differs() {
        let mut heights = Heights::default();
        let id = ids(1)[0];
        assert!((heights.get(id, || 80.0) - 80.0).abs() < f64::EPSILON);
        assert!(!heights.measured(id, 80.2));
        assert!(heights.measured(id, 98.0));
        assert!((heights.get(id, || 80.0) - 98.0).abs() < f64::EPSILON);
    }
}
