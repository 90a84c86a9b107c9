//! What takes a command back leaves every row as it was, but for what is listed here.

use super::{Tally, Trial};
use crate::sync::{Key, List, Tables};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What commands leave behind when they were taken back, and why.
const LEFT: [(&str, &[&str], &str); 26] = [
    (
        "attachments.delete",
        &["attachments.added_at moment", "attachments.added_by"],
        "whoever puts a link back adds it",
    ),
    (
        "comments.delete",
        &["comments went", "tasks.comment_count"],
        "nobody puts back what another has said",
    ),
    (
        "comments.delete",
        &["comments.edited_at"],
        "what is put back is as it was said last",
    ),
    (
        "comments.edit",
        &["comments.edited_at", "comments.edited_at moment"],
        "that it was changed back is a change too",
    ),
    (
        "imports.add",
        &[
            "checklist_items came",
            "descriptions came",
            "imports.task_count",
            "projects.next_number",
            "tasks came",
        ],
        "an import is taken back as a whole",
    ),
    (
        "imports.set_undone",
        &[
            "imports.undone_at moment",
            "members.active",
            "projects.trashed_at moment",
        ],
        "what came with an import goes and comes as a whole",
    ),
    (
        "imports.start",
        &[
            "imports came",
            "labels came",
            "members came",
            "projects came",
            "statuses came",
        ],
        "it is in the trash, and its people are inactive",
    ),
    ("members.add", &["members came"], "they are inactive"),
    ("members.add_bot", &["members came"], "it is inactive"),
    (
        "members.claim",
        &[
            "members went",
            "tasks.assignees",
            "comments.author",
            "projects.lead",
            "projects.members",
            "teams.lead",
            "teams.members",
            "imports.placeholders",
        ],
        "who is somebody is nobody's placeholder again",
    ),
    (
        "members.erase",
        &[
            "members.active",
            "members.avatar",
            "members.handle",
            "members.name",
        ],
        "who is erased is gone",
    ),
    (
        "members.hand_over",
        &["members.role"],
        "whoever has it now may give it back",
    ),
    (
        "projects.create",
        &["projects came", "statuses came"],
        "it is in the trash",
    ),
    (
        "projects.set_archived",
        &["projects.archived_at moment"],
        "it is put away anew",
    ),
    (
        "projects.set_trashed",
        &["projects.trashed_at moment"],
        "it is deleted anew",
    ),
    (
        "statuses.create",
        &["statuses came"],
        "it is off the board, as columns are never deleted",
    ),
    (
        "statuses.set_archived",
        &["statuses.archived_at moment"],
        "it is taken off the board anew",
    ),
    (
        "tasks.create",
        &["descriptions came", "projects.next_number", "tasks came"],
        "it is in the trash, and its number is taken",
    ),
    (
        "tasks.describe",
        &["descriptions came"],
        "an empty text is none",
    ),
    (
        "tasks.rewrite",
        &["descriptions came"],
        "an empty text is none",
    ),
    (
        "tasks.move",
        &["tasks.completed_at", "tasks.completed_at moment"],
        "it is done anew, or not any more, as its column says by now",
    ),
    (
        "tasks.move_to_project",
        &[
            "projects.next_number",
            "tasks.completed_at",
            "tasks.completed_at moment",
            "tasks.labels",
            "tasks.number",
            "tasks.status",
        ],
        "numbers are given once; what was deleted or archived there is nothing to go back to",
    ),
    (
        "tasks.set_archived",
        &["tasks.archived_at moment"],
        "it is taken off the board anew",
    ),
    (
        "tasks.set_trashed",
        &["tasks.trashed_at moment"],
        "it is deleted anew",
    ),
    (
        "teams.delete",
        &["teams.created_at moment"],
        "it is made anew",
    ),
    (
        "workspaces.set_plan",
        &["workspaces.plan"],
        "it was no member's doing",
    ),
];

/// Commands whose inverse may be refused, and why.
const REFUSED: [(&str, &str); 13] = [
    (
        "comments.delete",
        "nothing is said about a task in the trash",
    ),
    ("members.add", "who may invite may not shut out"),
    ("members.leave", "who has gone is let in by others"),
    (
        "members.set_active",
        "a bot that was ended stays so; who shut themselves out is let in by others",
    ),
    ("members.set_role", "they gave up what it takes"),
    ("projects.create", "who may begin one may not delete it"),
    (
        "projects.edit",
        "who hid it from themselves finds it no more",
    ),
    (
        "projects.remove_member",
        "who let themselves go finds it no more",
    ),
    ("tasks.move", "the column that it was in is archived"),
    (
        "tasks.move_to_project",
        "what it had there is archived, deleted, or inactive by now",
    ),
    ("tasks.remove_label", "the label is deleted"),
    (
        "tasks.unassign",
        "they are inactive, or do not see the project any more",
    ),
    (
        "imports.start",
        "who may import may not delete a project that is not theirs",
    ),
];

/// The fields of a row, as they are written; none, if there is no row.
type Fields = BTreeMap<String, serde_json::Value>;

fn fields(tables: &Tables, key: Key) -> Option<Fields> {
    let json = tables.find(key)?.row.to_json();
    let mut fields: Fields = serde_json::from_str(&json).unwrap();
    // Ranks only order: the order is compared.
    fields.remove("rank");
    Some(fields)
}

/// What differs: `table.field`, or the table where a row came or went.
fn left(before: &Tables, after: &Tables) -> BTreeSet<String> {
    let keys: BTreeSet<Key> = before.iter().chain(after.iter()).map(|it| it.0).collect();
    let mut left = BTreeSet::new();
    for key in keys {
        let table = key.table.as_str();
        match (fields(before, key), fields(after, key)) {
            (Some(before), Some(after)) => {
                let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
                for name in names {
                    match (before.get(name), after.get(name)) {
                        (Some(before), Some(after)) if before == after => {}
                        (Some(_), Some(_)) if name.ends_with("_at") => {
                            left.insert(format!("{table}.{name} moment"));
                        }
                        _ => drop(left.insert(format!("{table}.{name}"))),
                    }
                }
            }
            (None, None) => {}
            (None, Some(_)) => drop(left.insert(format!("{table} came"))),
            (Some(_), None) => drop(left.insert(format!("{table} went"))),
        }
    }
    left.extend(orders(before, after));
    left
}

/// Lists whose order differs, seen from what is in them before and after.
fn orders(before: &Tables, after: &Tables) -> BTreeSet<String> {
    let lists = |tables: &Tables| -> BTreeSet<List> {
        let places = tables
            .iter()
            .filter_map(|(_, it)| it.row.place().map(|it| it.0));
        places.collect()
    };
    let order = |tables: &Tables, others: &Tables, list: List| -> Vec<Uuid> {
        let is_in_both = |id: &Uuid| others.list(list).any(|other| other == *id);
        tables.list(list).filter(is_in_both).collect()
    };
    let all = lists(before).into_iter().chain(lists(after));
    let differs = |list: &List| order(before, after, *list) != order(after, before, *list);
    all.filter(differs)
        .map(|list| format!("{} order", list.table().as_str()))
        .collect()
}

#[test]
fn what_takes_a_command_back_leaves_everything_as_it_was() {
    let mut tally = Tally::default();
    let (mut left_behind, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for seed in 200..260 {
        Trial::new(seed).each(|trial, context, command| {
            let before = trial.world.clone();
            let inverse = command.inverse(&before.tables, context);
            let is_done = trial.world.run_as(context, command).is_ok();
            tally.note(command, is_done);
            let name = command.name();
            if is_done {
                let mut refusal = None;
                for back in &inverse {
                    let context = trial.context_of(context.actor);
                    let done = trial.world.run_as(context, back);
                    refusal = refusal.or(done.err().map(|why| format!("{back:?}: {why:?}")));
                }
                let example = || format!("seed {seed}: {context:?} {command:?}, back {inverse:?}");
                match refusal {
                    None => {
                        let left = left(&before.tables, &trial.world.tables);
                        let left = left.into_iter().map(|what| ((name, what), example()));
                        left_behind.extend(left);
                    }
                    Some(why) => drop(refused.insert(name, format!("{why} {}", example()))),
                }
            }
            trial.world = before;
        });
    }
    left_behind.retain(|(name, what), _| {
        let listed = LEFT.iter().filter(|it| it.0 == *name);
        !listed.flat_map(|it| it.1).any(|it| *it == what.as_str())
    });
    assert!(left_behind.is_empty(), "{left_behind:#?}");
    refused.retain(|name, _| REFUSED.iter().all(|it| it.0 != *name));
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(LEFT.iter().all(|it| !it.2.is_empty()) && REFUSED.iter().all(|it| !it.1.is_empty()));
    tally.require_all(&["workspaces.create"]);
}
