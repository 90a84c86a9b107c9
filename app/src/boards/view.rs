//! What a card, a column's head and a screen reader's announcement say. Pure.

use super::lift::Lists;
use crate::ui::color_name;
use shared::statuses::{Category, Status};
use shared::tasks::{Priority, Task, TaskPatch};
use shared::values::{Color, Date, Minutes, Points};

/// Labels and people that a card has room for; the others are counted.
pub(super) const LABELS_SHOWN: usize = 3;
/// People that a card has room for.
pub(super) const PEOPLE_SHOWN: usize = 3;
/// A due date within so many days asks for attention.
const SOON_DAYS: i32 = 3;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How urgent a due date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Late,
    Soon,
    Later,
    Done,
}

impl Due {
    /// How urgent a date is today, for work that is done or not.
    pub(super) fn of(due: Date, today: Date, is_done: bool) -> Self {
        match due.days() - today.days() {
            _ if is_done => Self::Done,
            ..=-1 => Self::Late,
            0..=SOON_DAYS => Self::Soon,
            _ => Self::Later,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Soon => "soon",
            Self::Later => "later",
            Self::Done => "done",
        }
    }

    /// What stands before the date for screen readers.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Late => "Overdue since ",
            Self::Soon | Self::Later => "Due ",
            Self::Done => "Done, was due ",
        }
    }
}

/// A date in few characters: the year only where it is another one.
pub(super) fn short_date(date: Date, today: Date) -> String {
    match date.days() - today.days() {
        -1 => return "Yesterday".into(),
        0 => return "Today".into(),
        1 => return "Tomorrow".into(),
        _ => {}
    }
    let (year, month, day) = date.civil();
    let month = month_name(month);
    if year == today.civil().0 {
        format!("{day} {month}")
    } else {
        format!("{day} {month} {year}")
    }
}

/// A date with its day of the week.
pub(super) fn exact_date(date: Date) -> String {
    let (year, month, day) = date.civil();
    format!(
        "{} {day} {} {year}",
        WEEKDAYS[date.weekday()],
        month_name(month)
    )
}

fn month_name(month: i32) -> &'static str {
    let index = usize::try_from(month - 1).ok();
    index.and_then(|index| MONTHS.get(index)).unwrap_or(&"")
}

/// Story points in words.
pub(super) fn points_words(points: Points) -> String {
    let unit = if points.hundredths() == 100 {
        "point"
    } else {
        "points"
    };
    format!("{points} {unit}")
}

/// What somebody typed as an estimate: a small number is points, anything with a unit is a time.
pub(super) fn parse_estimate(text: &str) -> Result<TaskPatch, String> {
    let mut patch = TaskPatch::default();
    if text.trim().is_empty() {
        patch.points = Some(None);
        patch.estimate = Some(None);
    } else if let Ok(points) = Points::parse(text) {
        patch.points = Some(Some(points));
    } else {
        patch.estimate = Some(Some(Minutes::parse(text)?));
    }
    Ok(patch)
}

/// What somebody typed as a due date.
pub(super) fn parse_due(text: &str) -> Result<TaskPatch, String> {
    let due_on = if text.trim().is_empty() {
        None
    } else {
        Some(Date::parse(text)?)
    };
    Ok(TaskPatch {
        due_on: Some(due_on),
        ..TaskPatch::default()
    })
}

/// A priority in words.
pub(super) const fn priority_words(priority: Priority) -> &'static str {
    match priority {
        Priority::None => "No priority",
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    }
}

/// A category in words.
pub(super) const fn category_words(category: Category) -> &'static str {
    match category {
        Category::Backlog => "Backlog",
        Category::Todo => "Todo",
        Category::Started => "In progress",
        Category::Done => "Done",
        Category::Cancelled => "Cancelled",
    }
}

/// A colour in words: grey is what a column has whose category says enough.
pub(super) fn color_words(color: Color) -> String {
    if color == Color::Gray {
        return "Of its category".into();
    }
    color_name(color.as_str())
}

/// `WEB-12`.
pub(super) fn task_key(project_key: &str, number: u32) -> String {
    format!("{project_key}-{number}")
}

/// How a task is called in a sentence.
pub(super) fn task_name(project_key: &str, task: &Task) -> String {
    format!("{project_key}-{}, {}", task.number, task.title)
}

/// The number at a column's head: `4`, `4/5` with a limit, `2 of 4` behind a filter.
pub(super) fn count(total: usize, shown: usize, limit: Option<u32>, is_filtered: bool) -> String {
    match limit {
        _ if is_filtered => format!("{} of {}", grouped(shown), grouped(total)),
        Some(limit) => format!("{}/{limit}", grouped(total)),
        None => grouped(total),
    }
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The same in words.
pub(super) fn count_words(total: usize, limit: Option<u32>) -> String {
    let tasks = if total == 1 { "task" } else { "tasks" };
    let grouped = grouped(total);
    match limit {
        Some(limit) if is_over(total, Some(limit)) => {
            format!("{grouped} {tasks}, over the limit of {limit}")
        }
        Some(limit) => format!("{grouped} {tasks}, limit {limit}"),
        None => format!("{grouped} {tasks}"),
    }
}

/// Whether a column holds more than it should.
pub(super) fn is_over(total: usize, limit: Option<u32>) -> bool {
    limit.is_some_and(|limit| total > limit as usize)
}

/// What a screen reader says while a card moves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    PickedUp,
    Over,
    Dropped,
    PutBack,
}

/// Says what became of a card: `name` is its key and title, `position` of `count` in the column called `column`.
pub(super) fn announcement(
    moved: Move,
    name: &str,
    column: &str,
    (position, count): (usize, usize),
) -> String {
    let place = format!("{column}, position {position} of {count}");
    match moved {
        Move::PickedUp => format!(
            "Picked up {name}. {place}. Use the arrow keys to move it, Space to drop it, Escape to put it back."
        ),
        Move::Over => format!("{place}."),
        Move::Dropped => format!("Dropped {name}. {place}."),
        Move::PutBack => format!("Put {name} back. {place}."),
    }
}

/// What a screen reader says when a filter has changed.
pub(super) fn filtered_words(shown: usize, total: usize) -> String {
    match shown {
        0 => "No task matches.".into(),
        1 => format!("1 of {} tasks matches.", grouped(total)),
        shown => format!("{} of {} tasks match.", grouped(shown), grouped(total)),
    }
}

/// How many cards the columns show.
pub(super) fn shown(lists: &Lists) -> usize {
    lists.values().map(|ids| ids.len()).sum()
}

/// Where a column goes when it moves by one: the neighbours it gets, as a place among the others.
pub(super) fn neighbours<Id: Copy + PartialEq>(
    order: &[Id],
    id: Id,
    index: usize,
) -> (Option<Id>, Option<Id>) {
    let others: Vec<Id> = order.iter().copied().filter(|other| *other != id).collect();
    let index = index.min(others.len());
    let after = index.checked_sub(1).and_then(|above| others.get(above));
    (after.copied(), others.get(index).copied())
}

/// The side of a column at which one that is dragged would go: `before` is the column it would stand before.
pub(super) fn insert_mark<Id: Copy + PartialEq>(
    order: &[Id],
    moving: Id,
    before: usize,
    column: Id,
) -> Option<&'static str> {
    let at = |id: Id| order.iter().position(|other| *other == id);
    let (own, column) = (at(moving)?, at(column)?);
    if before == own || before == own + 1 {
        None
    } else if column == before {
        Some("before")
    } else if column + 1 == order.len() && before == order.len() {
        Some("after")
    } else {
        None
    }
}

/// A limit as somebody typed it; empty for none. The error is a sentence for people.
pub(super) fn parse_limit(text: &str) -> Result<Option<u32>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let max = shared::statuses::WIP_LIMIT_MAX;
    match text.parse() {
        Ok(limit) if (1..=max).contains(&limit) => Ok(Some(limit)),
        _ => Err(format!(
            "A limit is a number from 1 to {max}. Leave it empty for none."
        )),
    }
}

/// Whether a status has a colour worth showing: grey says nothing.
pub(super) fn own_color(status: &Status) -> Option<String> {
    (status.color != Color::Gray).then(|| status.color.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn a_due_date_is_late_from_the_next_day_on() {
        let due = |text| Due::of(date(text), date("2026-11-21"), false);
        assert_eq!(due("2026-11-20"), Due::Late);
        assert_eq!(due("2026-11-21"), Due::Soon);
        assert_eq!(due("2026-11-24"), Due::Soon);
        assert_eq!(due("2026-11-25"), Due::Later);
        assert_eq!(
            Due::of(date("2026-11-01"), date("2026-11-21"), true),
            Due::Done
        );
    }

    #[test]
    fn dates_are_short_and_clear() {
        let short = |text| short_date(date(text), date("2026-11-21"));
        assert_eq!(short("2026-11-21"), "Today");
        assert_eq!(short("2026-11-22"), "Tomorrow");
        assert_eq!(short("2026-11-20"), "Yesterday");
        assert_eq!(short("2026-12-03"), "3 Dec");
        assert_eq!(short("2027-01-03"), "3 Jan 2027");
    }

    #[test]
    fn a_count_tells_limit_or_filter() {
        assert_eq!(count(4, 4, None, false), "4");
        assert_eq!(count(4, 4, Some(5), false), "4/5");
        assert_eq!(count(4, 2, Some(5), true), "2 of 4");
        assert_eq!(count(12_600, 0, None, false), "12,600");
        assert_eq!(count(999, 0, None, false), "999");
        assert_eq!(count_words(1, None), "1 task");
        assert_eq!(count_words(6, Some(5)), "6 tasks, over the limit of 5");
        assert!(is_over(6, Some(5)) && !is_over(5, Some(5)) && !is_over(9, None));
    }

    #[test]
    fn a_move_is_told_in_words() {
        let told = |moved| announcement(moved, "WEB-12, Fix", "Todo", (3, 8));
        assert_eq!(told(Move::Over), "Todo, position 3 of 8.");
        assert_eq!(
            told(Move::Dropped),
            "Dropped WEB-12, Fix. Todo, position 3 of 8."
        );
        assert!(told(Move::PickedUp).starts_with("Picked up WEB-12, Fix. Todo, position 3 of 8."));
    }

    #[test]
    fn a_column_moves_between_its_new_neighbours() {
        assert_eq!(neighbours(&[1, 2, 3], 1, 1), (Some(2), Some(3)));
        assert_eq!(neighbours(&[1, 2, 3], 3, 0), (None, Some(1)));
        assert_eq!(neighbours(&[1, 2, 3], 1, 9), (Some(3), None));
    }

    #[test]
    fn an_estimate_is_points_or_a_time() {
        assert_eq!(
            parse_estimate("3").unwrap().points.flatten(),
            Points::parse("3").ok()
        );
        let time = parse_estimate("2h 30m").unwrap();
        assert_eq!(time.points, None);
        assert_eq!(time.estimate.flatten(), Minutes::new(150).ok());
        assert_eq!(parse_estimate(" ").unwrap().points, Some(None));
        assert!(parse_estimate("soon").is_err());
        assert_eq!(parse_due("").unwrap().due_on, Some(None));
        assert!(parse_due("tomorrow").is_err());
    }

    #[test]
    fn the_mark_of_a_dragged_column_is_beside_one_column() {
        let mark = |before, column| insert_mark(&[1, 2, 3], 1, before, column);
        assert_eq!([mark(0, 1), mark(1, 2)], [None, None]);
        assert_eq!([mark(2, 2), mark(2, 3)], [None, Some("before")]);
        assert_eq!([mark(3, 2), mark(3, 3)], [None, Some("after")]);
    }

    #[test]
    fn a_limit_is_a_number_or_nothing() {
        assert_eq!(parse_limit(" "), Ok(None));
        assert_eq!(parse_limit("5"), Ok(Some(5)));
        assert!(parse_limit("0").is_err());
        assert!(parse_limit("many").is_err());
    }
}
