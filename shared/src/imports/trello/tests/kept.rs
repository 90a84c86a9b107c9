//! What of a board is where afterwards, and what is listed as left behind.

use super::*;
use crate::statuses::Category;
use crate::values::{Color, Date};
use std::sync::Arc;

#[test]
fn a_modern_board_keeps_what_has_a_place_here() {
    let (world, plan) = imported(WORKSHOP);
    let project = world.tables.get::<Project>(plan.project).unwrap();
    assert_eq!(
        (project.name.as_str(), project.key.as_str()),
        ("Wood workshop", "WW")
    );
    assert_eq!(project.next_number, 10);

    let statuses: Vec<&Arc<Status>> = world.tables.all::<Status>().collect();
    let shown: Vec<_> = statuses
        .iter()
        .map(|s| {
            (
                s.name.as_str(),
                s.category,
                s.color,
                s.archived_at.is_some(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("Last year", Category::Todo, Color::Gray, true),
            ("Ideas 💡", Category::Backlog, Color::Gray, false),
            ("To do", Category::Todo, Color::Gray, false),
            ("Doing", Category::Started, Color::Amber, false),
            ("Done", Category::Done, Color::Lime, false),
            ("Won't do", Category::Cancelled, Color::Gray, true),
        ]
    );
    let labels: Vec<_> = world
        .tables
        .all::<Label>()
        .map(|l| (l.name.as_str(), l.color))
        .collect();
    assert_eq!(
        labels,
        [
            ("Urgent", Color::Red),
            ("Green", Color::Green),
            ("Dark sky", Color::Teal),
            ("Plain", Color::Gray),
            ("No colour", Color::Gray),
            ("Urgent", Color::Red),
            ("Night shift", Color::Gray),
        ]
    );
    let people: Vec<_> = world
        .tables
        .all::<Member>()
        .filter(|member| member.placeholder)
        .map(|member| {
            (
                member.name.as_str(),
                member.handle.as_ref().map(Name::as_str),
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            ("Robin Meadow", Some("robinm")),
            ("Robin Meadow", Some("robin_meadow2")),
            ("Ada Fern", Some("adafern")),
            ("Jun Brook", Some("junbrook")),
            ("Former member", None),
            ("Kit Harbour", Some("kitharbour")),
        ]
    );
}

#[test]
fn a_card_becomes_a_task_with_everything_in_it() {
    let (world, _) = imported(WORKSHOP);
    let task = world.task("Build the bench");
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    assert_eq!(task.number, 1);
    assert_eq!(day(task.due_on).as_deref(), Some("2024-06-03"));
    assert_eq!(day(task.start_on).as_deref(), Some("2024-05-20"));
    assert_eq!((task.assignees.len(), task.labels.len()), (2, 3));
    assert_eq!((task.completed_at, task.archived_at), (None, None));
    assert_eq!(
        Some(task.created_at),
        Time::parse_iso("2024-05-01T09:00:00Z")
    );
    let items: Vec<_> = world
        .tables
        .list(List::Checklist(task.id))
        .map(|id| world.tables.get::<ChecklistItem>(id.into()).unwrap())
        .map(|item| {
            format!(
                "{}: {} {}",
                item.heading.as_ref().unwrap(),
                item.text,
                item.done
            )
        })
        .collect();
    assert_eq!(
        items,
        [
            "Cut: Legs true",
            "Cut: Top true",
            "Cut: Braces false",
            "Finish: Oil false",
            "Finish: Sand false"
        ]
    );
    let said: Vec<_> = world
        .tables
        .all::<Comment>()
        .filter(|comment| comment.task == task.id)
        .map(|comment| {
            let author = world.tables.get::<Member>(comment.author).unwrap();
            (
                author.handle.as_ref().unwrap().as_str(),
                comment.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("robinm", "First"),
            ("robin_meadow2", "Second"),
            ("kitharbour", "Could it be *longer*?\n\n@robinm"),
        ]
    );
    let links: Vec<_> = world
        .tables
        .all::<Attachment>()
        .map(|link| link.title.as_str())
        .collect();
    assert_eq!(links, ["https://example.org/unnamed", "Plan", "photo.jpg"]);

    let saw = world.task("Sharpen the saws");
    assert_eq!(
        saw.completed_at,
        Time::parse_iso("2024-06-09T18:00:00.000Z")
    );
    let sold = world.task("Sold the old lathe");
    assert_eq!(
        sold.archived_at,
        Time::parse_iso("2024-06-20T12:00:00.000Z")
    );
    let both = world.task("Archived on an archived list");
    assert_eq!(
        both.archived_at,
        Time::parse_iso("2024-06-07T09:30:00.000Z")
    );
}

#[test]
fn everything_that_is_left_behind_is_listed() {
    let board = board(WORKSHOP);
    let preview = preview(&board, board.target(&[]));
    let listed: Vec<_> = preview
        .unmapped
        .iter()
        .map(|row| (&*row.what, row.count))
        .collect();
    assert_eq!(
        listed,
        [
            ("Contents of uploaded files", 1),
            ("Attachments with unsafe links", 1),
            ("Custom fields", 5),
            ("Values of custom fields", 5),
            ("Votes", 2),
            ("Stickers", 2),
            ("Covers", 1),
            ("Template marks", 1),
            ("Special cards", 1),
            ("Locations", 1),
            ("Watched cards and lists", 2),
            ("E-mail addresses of cards", 1),
            ("Creators of cards", 9),
            ("Who added attachments", 4),
            ("Times of day of due dates", 1),
            ("Times of day of start dates", 2),
            ("Reminders of due dates", 1),
            ("Checklists of missing cards", 1),
            ("Check items of missing cards", 2),
            ("Empty checklists", 1),
            ("Due dates of check items", 1),
            ("Members of check items", 1),
            ("Comments on missing cards", 1),
            ("Marks that a comment was edited", 1),
            ("Entries of the history other than comments", 4),
            ("Data of Power-Ups", 2),
            ("Limits of lists", 1),
            ("Description of the board", 1),
            ("Settings of the board", 1),
            ("Roles of members", 4),
        ]
    );
    let notes: Vec<_> = preview
        .notes
        .iter()
        .map(|note| (&*note.code, note.count))
        .collect();
    assert_eq!(
        notes,
        [
            ("unnamed_labels", 3),
            ("completed_by_column", 4),
            ("open_on_archived_list", 1),
            ("copied_comments", 1),
        ]
    );
    let json = serde_json::to_string(&preview).unwrap();
    assert_eq!(serde_json::from_str::<Preview>(&json).unwrap(), preview);
}

#[test]
fn an_old_board_has_labels_on_its_cards_alone() {
    let (world, plan) = imported(GARDEN);
    let labels: Vec<_> = world
        .tables
        .all::<Label>()
        .map(|l| (l.name.as_str(), l.color))
        .collect();
    assert_eq!(labels, [("Beds", Color::Green), ("Yellow", Color::Yellow)]);
    assert_eq!(world.task("Plant beans").labels.len(), 2);
    assert_eq!(
        world.count::<Member>(|member| member.name.as_str() == "nameless"),
        1
    );
    assert_eq!(noted(&plan.preview, "unnamed_labels"), 1);
}

#[test]
fn text_from_right_to_left_is_kept_as_it_is() {
    let (world, plan) = imported(RTL);
    assert_eq!(plan.preview.key.as_str(), "PRJ");
    let file: Value = serde_json::from_str(RTL).unwrap();
    for card in file["cards"].as_array().unwrap() {
        let task = world.task(card["name"].as_str().unwrap());
        assert_eq!(json!(task.number), card["idShort"]);
        if let Some(description) = world.tables.get::<Description>(task.id) {
            assert_eq!(json!(description.markdown), card["desc"]);
        }
    }
    let done = world
        .tables
        .all::<Status>()
        .find(|status| status.category == Category::Done);
    assert_eq!(done.unwrap().name.as_str(), "הושלם");
}

#[test]
fn a_file_with_next_to_nothing_in_it_is_mended_and_says_so() {
    let (world, plan) = imported(STRIPPED);
    let notes: Vec<_> = plan
        .preview
        .notes
        .iter()
        .map(|note| (&*note.code, note.count))
        .collect();
    assert_eq!(
        notes,
        [
            ("untitled_lists", 1),
            ("restored_list", 1),
            ("cards_without_list", 2),
            ("numbered_anew", 4),
            ("untitled_cards", 2),
            ("closed_board", 1),
            ("open_on_archived_list", 2),
            ("cleaned", 2),
            ("joined_lines", 1),
        ]
    );
    assert_eq!(plan.preview.name.as_str(), "Imported board");
    let tasks: Vec<_> = world
        .tables
        .all::<Task>()
        .map(|t| (t.number, t.title.as_str()))
        .collect();
    let expected = [
        (1, "Twice the same id"),
        (2, "Untitled"),
        (3, "Untitled"),
        (4, "Line breaks and a nul"),
    ];
    assert_eq!(tasks, expected);
    assert_eq!(lost(&plan.preview, "Unreadable dates"), 1);
    assert_eq!(lost(&plan.preview, "Labels that are gone"), 1);
    assert_eq!(lost(&plan.preview, "Comments without text"), 1);
    assert_eq!(lost(&plan.preview, "Comments on missing cards"), 1);
    let description = world.tables.all::<Description>().next().unwrap();
    assert_eq!(description.markdown.as_str(), "bell ");
}
