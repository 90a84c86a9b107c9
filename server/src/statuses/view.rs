//! A status as programs see it.

use crate::http::api::{Moment, Shown};
use crate::sync::columns::Stored;
use serde::Serialize;
use shared::ids::{ProjectId, StatusId};
use shared::statuses::{Category, Status};
use shared::values::{Color, Rank};
use utoipa::ToSchema;

/// A column of a project's workflow.
#[derive(Serialize, ToSchema)]
#[schema(as = Status)]
pub struct StatusView {
    #[schema(value_type = uuid::Uuid)]
    id: StatusId,
    #[schema(value_type = uuid::Uuid)]
    project_id: ProjectId,
    #[schema(example = "In progress")]
    name: String,
    /// What being here means: backlog, todo, started, done or cancelled.
    #[schema(value_type = String, example = "started")]
    category: Category,
    #[schema(value_type = String, example = "amber")]
    color: Color,
    /// Its place: ranks compare as bytes.
    #[schema(value_type = String, example = "a2")]
    rank: Rank,
    /// How many tasks should be here at most.
    wip_limit: Option<u32>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Moment>,
    /// Goes up with every change of the status.
    version: u64,
}

impl StatusView {
    pub(super) fn shown(self) -> Shown<Self> {
        Shown {
            version: self.version,
            body: self,
        }
    }
}

impl From<Stored<Status>> for StatusView {
    fn from(Stored { v: version, row }: Stored<Status>) -> Self {
        Self {
            id: row.id,
            project_id: row.project,
            name: row.name.into(),
            category: row.category,
            color: row.color,
            rank: row.rank,
            wip_limit: row.wip_limit,
            archived_at: row.archived_at.map(Moment),
            version,
        }
    }
}
