//! Lists of tasks: what a query asks for, and the page that answers it.
//!
//! The database narrows by what it has columns for; what passes is judged by the same filter as on a board.

use super::store::pages::{self, After, Narrowed};
use super::view::{Names, TaskView};
use crate::access::Access;
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Page, Paging, bad_cursor, cursor};
use crate::sync::columns::Stored;
use serde::Deserialize;
use shared::codes::{Code, Rejected};
use shared::filter::Filter;
use shared::ids::{StatusId, UserId};
use shared::statuses::Category;
use shared::tasks::{Priority, Task};
use shared::values::Rank;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How many tasks are read at once where the filter may pass over many.
const CHUNK: usize = 500;
const TEXT_CHARS_MAX: usize = 200;

/// What a list of tasks is narrowed to, and its order. Where a filter takes several values, separated by commas, any counts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The project's id or key. Only with `GET /tasks`, which otherwise takes your only project.
    pub(super) project: Option<String>,
    /// A status's id, or what a status means: backlog, todo, started, done or cancelled.
    status: Option<String>,
    /// What the status means: backlog, todo, started, done or cancelled.
    #[param(value_type = Option<String>, pattern = "^(backlog|todo|started|done|cancelled)$")]
    category: Option<Category>,
    /// Ids of people, `me`, or `none` for nobody.
    #[param(example = "me")]
    assignee: Option<String>,
    /// Ids of labels, or `none`.
    label: Option<String>,
    /// none, low, medium, high or urgent.
    #[param(example = "high,urgent")]
    priority: Option<String>,
    /// Words that all occur in the title, or the task's key.
    q: Option<String>,
    /// Archived tasks instead of the others.
    archived: Option<bool>,
    /// Tasks in the trash instead of the others.
    trashed: Option<bool>,
    /// `number` when absent.
    #[param(inline)]
    order: Option<Order>,
    /// How many items, 25 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
enum Order {
    /// By number.
    #[default]
    #[serde(rename = "number")]
    Number,
    /// By number, the highest first.
    #[serde(rename = "-number")]
    NumberDown,
    /// The latest changed first.
    #[serde(rename = "updated")]
    Updated,
    /// As on the board, column by column.
    #[serde(rename = "rank")]
    Rank,
}

impl ListQuery {
    fn narrowed(&self, filter: &Filter) -> Result<Narrowed, Error> {
        let trashed = self.trashed.unwrap_or(false);
        let mut narrowed = Narrowed {
            category: self.category,
            archived: self.archived.or((!trashed).then_some(false)),
            trashed,
            assignee: only(&filter.assignees).copied().flatten(),
            label: only(&filter.labels).copied().flatten(),
            priority: only(&filter.priorities).copied(),
            ..Narrowed::default()
        };
        if let Some(status) = &self.status {
            match (Category::parse(status), status.parse::<StatusId>()) {
                (Some(category), _) if self.category.is_none() => {
                    narrowed.category = Some(category);
                }
                (None, Ok(id)) => narrowed.status = Some(id),
                _ => {
                    let text = "A status is named by its id, or by what it means: backlog, todo, started, done or cancelled.";
                    return Err(Rejected::field("status", text).into());
                }
            }
        }
        Ok(narrowed)
    }

    fn filter(&self, me: UserId) -> Result<Filter, Error> {
        let text = self.q.as_deref().unwrap_or_default().trim().to_owned();
        if text.chars().count() > TEXT_CHARS_MAX {
            let text = format!("A search has at most {TEXT_CHARS_MAX} characters.");
            return Err(Rejected::field("q", text).into());
        }
        Ok(Filter {
            text,
            assignees: values("assignee", self.assignee.as_deref(), |value| match value {
                "none" => Some(None),
                "me" => Some(Some(me)),
                id => id.parse().ok().map(Some),
            })?,
            labels: values("label", self.label.as_deref(), |value| match value {
                "none" => Some(None),
                id => id.parse().ok().map(Some),
            })?,
            priorities: values("priority", self.priority.as_deref(), Priority::parse)?,
        })
    }
}

fn only<T>(list: &[T]) -> Option<&T> {
    match list {
        [one] => Some(one),
        _ => None,
    }
}

fn values<T>(
    field: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let words = text
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(str::trim);
    words
        .map(|word| {
            read(word).ok_or_else(|| {
                let word: String = word.chars().take(60).collect();
                Rejected::field(field, format!("\"{word}\" is no {field}.")).into()
            })
        })
        .collect()
}

/// Whether the database alone decides.
fn is_exact(filter: &Filter) -> bool {
    let one = |count: usize, none: bool| count == 0 || (count == 1 && !none);
    filter.text.is_empty()
        && one(filter.assignees.len(), filter.assignees.contains(&None))
        && one(filter.labels.len(), filter.labels.contains(&None))
        && one(filter.priorities.len(), false)
}

impl Order {
    /// Before everything.
    fn start(self) -> After {
        match self {
            Order::Number => After::Number(i64::MIN, Uuid::nil()),
            Order::NumberDown => After::NumberDown(i64::MAX, Uuid::max()),
            Order::Updated => After::Updated(i64::MAX, Uuid::max()),
            Order::Rank => {
                let first = || (Rank::default(), Uuid::nil());
                After::Rank {
                    status: first(),
                    task: first(),
                }
            }
        }
    }

    /// The place of a task.
    fn place(self, Stored { v, row }: &Stored<Task>, names: &Names) -> After {
        let id = row.id.uuid();
        match self {
            Order::Number => After::Number(row.number.into(), id),
            Order::NumberDown => After::NumberDown(row.number.into(), id),
            Order::Updated => After::Updated(i64::try_from(*v).unwrap_or(i64::MAX), id),
            Order::Rank => {
                let status = names.statuses.get(&row.status);
                After::Rank {
                    status: (
                        status.map(|status| status.rank.clone()).unwrap_or_default(),
                        row.status.uuid(),
                    ),
                    task: (row.rank.clone(), id),
                }
            }
        }
    }
}

fn written(after: &After) -> String {
    cursor(&match after {
        After::Number(key, id) => format!("number {key} {id}"),
        After::NumberDown(key, id) => format!("-number {key} {id}"),
        After::Updated(key, id) => format!("updated {key} {id}"),
        After::Rank { status, task } => {
            format!(
                "rank {} {} {} {}",
                status.0.as_str(),
                status.1,
                task.0.as_str(),
                task.1
            )
        }
    })
}

fn read(order: Order, text: &str) -> Option<After> {
    let words: Vec<&str> = text.split(' ').collect();
    let id = |word: &str| Uuid::parse_str(word).ok();
    let rank = |word: &str| Rank::from_stored(word.to_owned());
    Some(match (order, words.as_slice()) {
        (Order::Number, ["number", key, task]) => After::Number(key.parse().ok()?, id(task)?),
        (Order::NumberDown, ["-number", key, task]) => {
            After::NumberDown(key.parse().ok()?, id(task)?)
        }
        (Order::Updated, ["updated", key, task]) => After::Updated(key.parse().ok()?, id(task)?),
        (Order::Rank, ["rank", status_rank, status, task_rank, task]) => After::Rank {
            status: (rank(status_rank), id(status)?),
            task: (rank(task_rank), id(task)?),
        },
        _ => return None,
    })
}

/// The cursors that a cursor is read as, in any order of a list: each the same place. Nothing is asked of a database, so
/// that much can be tried.
pub fn read_cursor(text: &str) -> Vec<String> {
    let place = Paging::of(None, Some(text))
        .ok()
        .and_then(|paging| paging.after);
    let orders = [
        Order::Number,
        Order::NumberDown,
        Order::Updated,
        Order::Rank,
    ];
    let found = orders
        .into_iter()
        .filter_map(|order| read(order, place.as_deref()?));
    found.map(|after| written(&after)).collect()
}

/// The page of a project's tasks that a query asks for.
pub(super) async fn page(
    app: &App,
    access: &Access,
    query: &ListQuery,
) -> Result<Page<TaskView>, Error> {
    let Paging { limit, after } = Paging::of(query.limit, query.cursor.as_deref())?;
    let order = query.order.unwrap_or_default();
    let mut after = match after {
        Some(text) => read(order, &text).ok_or_else(bad_cursor)?,
        None => order.start(),
    };
    let filter = query.filter(access.user())?;
    let narrowed = query.narrowed(&filter)?;
    let chunk = if is_exact(&filter) { limit + 1 } else { CHUNK };
    let (ws, project) = (access.workspace(), access.project);
    let mut read = app.db.snapshot_in(ws).await?;
    let found = Names::of_project(&mut read, ws, project).await?;
    let (names, owner) = found.ok_or(Code::NotFound)?;
    let mut tasks: Vec<Stored<Task>> = Vec::new();
    loop {
        let count = i64::try_from(chunk).unwrap_or(i64::MAX);
        let rows = pages::list_after(read.conn(), ws, project, &narrowed, &after, count).await?;
        let is_last = rows.len() < chunk;
        if let Some(last) = rows.last() {
            after = order.place(last, &names);
        }
        let key = owner.row.key.as_str();
        tasks.extend(
            rows.into_iter()
                .filter(|task| filter.matches(&task.row, key)),
        );
        if is_last || tasks.len() > limit {
            break;
        }
    }
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    let last = tasks.last().filter(|_| more);
    let next_cursor = last.map(|task| written(&order.place(task, &names)));
    let items = tasks
        .into_iter()
        .map(|task| TaskView::of(task, &names))
        .collect();
    Ok(Page { items, next_cursor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_in_its_own_order_alone() {
        let id = Uuid::from_u128(7);
        let rank = |text: &str| Rank::from_stored(text.to_owned());
        let places = [
            (Order::Number, After::Number(-3, id)),
            (Order::NumberDown, After::NumberDown(12, id)),
            (Order::Updated, After::Updated(i64::MAX, id)),
            (
                Order::Rank,
                After::Rank {
                    status: (rank("a0"), id),
                    task: (rank("a1V"), id),
                },
            ),
        ];
        for (order, place) in &places {
            let paging = Paging::of(None, Some(&written(place))).unwrap();
            let text = paging.after.unwrap();
            assert_eq!(read(*order, &text).as_ref(), Some(place));
            for (other, _) in places.iter().filter(|(other, _)| other != order) {
                assert_eq!(read(*other, &text), None);
            }
        }
    }
}
