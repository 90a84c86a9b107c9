//! What the frame says: about the connection, and about what was refused. Pure.

use crate::sync::Keeping;
use shared::sync::{Command, Link, LinkState, Overwritten, Transport};
use shared::values::{Minutes, Points};
use shared::{
    attachments, checklist_items, comments, imports, labels, members, projects, statuses, tasks,
    workspaces,
};

/// The connection in one word, for the stylesheet, and in a sentence, for people. `since` is the time of day at which the
/// server was last heard of, if it is not heard of now.
pub(super) fn link(
    state: LinkState,
    online: bool,
    since: Option<&str>,
    keeping: Keeping,
) -> (&'static str, String) {
    let LinkState {
        link,
        transport,
        unsent,
        ..
    } = state;
    let waiting = |what: &str| match (unsent, keeping) {
        (0, _) => what.to_owned(),
        (unsent, Keeping::Memory) => {
            format!("{what} · {} kept only on this page", changes(unsent))
        }
        (unsent, _) => format!("{what} · {} waiting", changes(unsent)),
    };
    let is_away = since.is_some();
    let since = |what: &str| match since {
        Some(time) => waiting(&format!("{what} since {time}")),
        None => waiting(what),
    };
    match link {
        _ if !online => ("offline", since("Offline")),
        Link::Backoff => ("offline", since("No connection")),
        // Trying again is no news.
        Link::Connecting if is_away => ("offline", since("No connection")),
        Link::Live | Link::CatchingUp if unsent > 0 => {
            ("saving", format!("Saving {}", changes(unsent)))
        }
        Link::Live => {
            let how = match transport {
                Transport::Socket => "Live",
                Transport::Stream => "Live by stream",
                Transport::Poll => "Polling",
            };
            let saved = match keeping {
                Keeping::Memory => "all changes saved, none kept on this device",
                Keeping::Unknown | Keeping::Disk => "all changes saved",
            };
            ("live", format!("{how} · {saved}"))
        }
        Link::CatchingUp => ("connecting", "Catching up".to_owned()),
        Link::Connecting => ("connecting", waiting("Connecting")),
        Link::Closed => ("connecting", waiting("Not connected")),
    }
}

/// How many changes wait, where nothing is known of the connection: in one word, for the stylesheet, and for people.
pub(super) fn waiting(unsent: usize, online: bool) -> (&'static str, String) {
    match (unsent, online) {
        (0, _) => ("live", String::new()),
        (unsent, true) => ("saving", format!("{} waiting", changes(unsent))),
        (unsent, false) => ("offline", format!("Offline · {} waiting", changes(unsent))),
    }
}

fn changes(count: usize) -> String {
    match count {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    }
}

/// What somebody overwrote: "Grace changed the title at the same time, to “New”".
pub(super) fn overwritten(by: &str, it: &Overwritten, theirs: &str) -> String {
    let field = match it.field.as_str() {
        "status" => "column",
        "points" => "number of points",
        "start_on" => "start date",
        "due_on" => "due date",
        "text" => "line",
        field => field,
    };
    format!("{by} changed the {field} at the same time, to {theirs}.")
}

/// A field's value as people read it.
pub(super) fn value(field: &str, value: &serde_json::Value) -> String {
    /// More of a long text helps nobody to tell it from another.
    const SHOWN_CHARS: usize = 80;
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    if let Some(number) = number {
        let amount = match field {
            "points" => Points::from_hundredths(number).map(|points| points.to_string()),
            _ => Minutes::new(number).map(|minutes| minutes.to_string()),
        };
        return amount.unwrap_or_else(|_| number.to_string());
    }
    match value {
        serde_json::Value::Null => "nothing".to_owned(),
        serde_json::Value::String(text) if text.chars().count() > SHOWN_CHARS => {
            let shown: String = text.chars().take(SHOWN_CHARS).collect();
            format!("“{shown}…”")
        }
        serde_json::Value::String(text) => format!("“{text}”"),
        value => value.to_string(),
    }
}

/// What a refused command was to do: "The title was not changed".
pub(super) fn refused(command: &Command) -> String {
    match command {
        Command::Workspaces(command) => workspace(command),
        Command::Members(command) => member(command),
        Command::Projects(command) => project(command),
        Command::Statuses(command) => status(command),
        Command::Labels(command) => label(command),
        Command::Tasks(command) => task(command),
        Command::ChecklistItems(command) => checklist_item(command),
        Command::Comments(command) => comment(command),
        Command::Attachments(attachments::Mutation::Create { title, .. }) => {
            format!("The link “{title}” was not added")
        }
        Command::Attachments(attachments::Mutation::Delete { .. }) => {
            "The link was not removed".into()
        }
        Command::Imports(command) => import(command),
        Command::Teams(_) => "The team was not changed".into(),
    }
}

fn workspace(command: &workspaces::Mutation) -> String {
    match command {
        workspaces::Mutation::Create { .. } => "The workspace was not created".into(),
        workspaces::Mutation::Rename { name, .. } => {
            format!("The workspace was not renamed to “{name}”")
        }
        workspaces::Mutation::Readdress { slug, .. } => {
            format!("The workspace did not get the address “{slug}”")
        }
        workspaces::Mutation::RequireTwoStep { .. } => {
            "Whether everybody needs a second step was not changed".into()
        }
        workspaces::Mutation::SetPlan { .. } => "The plan was not changed".into(),
        workspaces::Mutation::Delete { .. } => "The workspace was not deleted".into(),
        workspaces::Mutation::Restore { .. } => "The workspace was not restored".into(),
    }
}

fn member(command: &members::Mutation) -> String {
    match command {
        members::Mutation::Add { name, .. } | members::Mutation::AddBot { name, .. } => {
            format!("{name} was not added")
        }
        members::Mutation::Rename { name, .. } => format!("The name was not changed to “{name}”"),
        members::Mutation::SetAvatar { .. } => "The picture was not changed".into(),
        members::Mutation::SetRole { role, .. } => {
            format!("The role was not changed to {}", role.as_str())
        }
        members::Mutation::SetActive { active: true, .. } => "The member was not let in".into(),
        members::Mutation::SetActive { active: false, .. } => {
            "The member was not deactivated".into()
        }
        members::Mutation::Leave { .. } => "You did not leave the workspace".into(),
        members::Mutation::HandOver { .. } => "The workspace was not handed over".into(),
        members::Mutation::Erase { .. } => "The person was not erased".into(),
        members::Mutation::Claim { .. } => "The imported work was not taken over".into(),
    }
}

fn project(command: &projects::Mutation) -> String {
    match command {
        projects::Mutation::Create { name, .. } => format!("The project “{name}” was not created"),
        _ => "The project was not changed".into(),
    }
}

fn status(command: &statuses::Mutation) -> String {
    match command {
        statuses::Mutation::Create { name, .. } => format!("The column “{name}” was not added"),
        statuses::Mutation::Edit { .. } => "The column was not changed".into(),
        statuses::Mutation::Move { .. } => "The column was not moved".into(),
        statuses::Mutation::SetArchived { archived: true, .. } => {
            "The column was not archived".into()
        }
        statuses::Mutation::SetArchived { .. } => "The column was not restored".into(),
    }
}

fn label(command: &labels::Mutation) -> String {
    match command {
        labels::Mutation::Create { name, .. } => format!("The label “{name}” was not created"),
        labels::Mutation::Edit { name, .. } => format!("The label “{name}” was not changed"),
        labels::Mutation::Delete { .. } => "The label was not deleted".into(),
    }
}

fn task(command: &tasks::Mutation) -> String {
    match command {
        tasks::Mutation::Create { title, .. } => format!("The task “{title}” was not created"),
        tasks::Mutation::Edit { patch, .. } => format!("The {} was not changed", field(patch)),
        tasks::Mutation::Describe { .. } | tasks::Mutation::Rewrite { .. } => {
            "The description was not saved".into()
        }
        tasks::Mutation::Move { .. }
        | tasks::Mutation::MoveToProject { .. }
        | tasks::Mutation::Spread { .. } => "The task was not moved".into(),
        tasks::Mutation::Assign { .. } => "The assignee was not added".into(),
        tasks::Mutation::Unassign { .. } => "The assignee was not removed".into(),
        tasks::Mutation::AddLabel { .. } => "The label was not added".into(),
        tasks::Mutation::RemoveLabel { .. } => "The label was not removed".into(),
        tasks::Mutation::SetParent { .. } => "The parent was not changed".into(),
        tasks::Mutation::SetArchived { archived: true, .. } => "The task was not archived".into(),
        tasks::Mutation::SetTrashed { trashed: true, .. } => "The task was not deleted".into(),
        tasks::Mutation::SetArchived { .. } | tasks::Mutation::SetTrashed { .. } => {
            "The task was not restored".into()
        }
    }
}

fn field(patch: &tasks::TaskPatch) -> &'static str {
    if patch.title.is_some() {
        "title"
    } else if patch.priority.is_some() {
        "priority"
    } else if patch.points.is_some() {
        "number of points"
    } else if patch.estimate.is_some() {
        "estimate"
    } else if patch.start_on.is_some() {
        "start date"
    } else if patch.due_on.is_some() {
        "due date"
    } else {
        "task"
    }
}

fn checklist_item(command: &checklist_items::Mutation) -> String {
    match command {
        checklist_items::Mutation::Create { text, .. } => {
            format!("The line “{text}” was not added")
        }
        checklist_items::Mutation::Edit { .. } => "The line was not changed".into(),
        checklist_items::Mutation::SetDone { done: true, .. } => "The line was not ticked".into(),
        checklist_items::Mutation::SetDone { .. } => "The line was not unticked".into(),
        checklist_items::Mutation::Move { .. } | checklist_items::Mutation::Spread { .. } => {
            "The line was not moved".into()
        }
        checklist_items::Mutation::Delete { .. } => "The line was not deleted".into(),
    }
}

fn comment(command: &comments::Mutation) -> String {
    match command {
        comments::Mutation::Create { .. } => "The comment was not added".into(),
        comments::Mutation::Edit { .. } => "The comment was not changed".into(),
        comments::Mutation::Delete { .. } => "The comment was not deleted".into(),
        comments::Mutation::Restore { .. } => "The comment was not restored".into(),
    }
}

fn import(_command: &imports::Mutation) -> String {
    "Part of the import was not carried out".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ids::TaskId;
    use shared::tasks::TaskPatch;
    use uuid::Uuid;

    #[test]
    fn the_connection_is_told_in_words() {
        let told = |link_is, unsent, online, since| {
            let state = LinkState {
                link: link_is,
                transport: Transport::Socket,
                unsent,
                unsaved: 0,
            };
            link(state, online, since, Keeping::Disk)
        };
        assert_eq!(
            told(Link::Live, 0, true, None),
            ("live", "Live · all changes saved".into())
        );
        assert_eq!(
            told(Link::Live, 3, true, None),
            ("saving", "Saving 3 changes".into())
        );
        assert_eq!(
            told(Link::Backoff, 1, true, Some("14:02")),
            (
                "offline",
                "No connection since 14:02 · 1 change waiting".into()
            )
        );
        assert_eq!(
            told(Link::Backoff, 3, false, Some("14:02")),
            ("offline", "Offline since 14:02 · 3 changes waiting".into())
        );
        assert_eq!(
            told(Link::Connecting, 0, true, None),
            ("connecting", "Connecting".into())
        );
        assert_eq!(
            told(Link::Connecting, 0, true, Some("14:02")),
            ("offline", "No connection since 14:02".into())
        );
    }

    #[test]
    fn what_would_be_lost_with_the_page_is_said() {
        let state = LinkState {
            link: Link::Backoff,
            transport: Transport::Socket,
            unsent: 2,
            unsaved: 0,
        };
        let (_, words) = link(state, false, None, Keeping::Memory);
        assert_eq!(words, "Offline · 2 changes kept only on this page");
        let (_, words) = link(
            LinkState {
                link: Link::Live,
                unsent: 0,
                ..state
            },
            true,
            None,
            Keeping::Memory,
        );
        let said = "Live · all changes saved, none kept on this device";
        assert_eq!(words, said);
    }

    #[test]
    fn values_are_short_enough_to_be_read() {
        let value = |field, json: serde_json::Value| super::value(field, &json);
        assert_eq!(value("title", "New".into()), "“New”");
        assert_eq!(value("points", serde_json::Value::Null), "nothing");
        assert_eq!(value("points", 350.into()), "3½");
        assert_eq!(value("estimate", 150.into()), "2h 30m");
        assert_eq!(value("title", "x".repeat(200).into()).chars().count(), 83);
    }

    #[test]
    fn a_refused_edit_names_its_field() {
        let edit = |patch| {
            let id = TaskId::from_uuid(Uuid::nil());
            refused(&tasks::Mutation::Edit { id, patch }.into())
        };
        let due = TaskPatch {
            due_on: Some(None),
            ..TaskPatch::default()
        };
        assert_eq!(edit(due), "The due date was not changed");
        assert_eq!(edit(TaskPatch::default()), "The task was not changed");
    }
}
