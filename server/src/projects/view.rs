//! A project as programs see it.

use crate::http::api::{Moment, Shown};
use crate::sync::columns::Stored;
use serde::Serialize;
use shared::ids::{ProjectId, UserId, WorkspaceId};
use shared::projects::{Project, Visibility};
use shared::values::{Color, Date};
use utoipa::ToSchema;

/// A body of work with a key, members and a workflow of its own.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: ProjectId,
    #[schema(value_type = uuid::Uuid)]
    workspace_id: WorkspaceId,
    /// What its tasks' keys begin with.
    #[schema(example = "WEB")]
    key: String,
    #[schema(example = "Web app")]
    name: String,
    #[schema(value_type = String, example = "teal")]
    color: Color,
    /// Who sees it: `workspace` (everybody but guests) or `private` (its members, owners and admins).
    #[schema(value_type = String, example = "workspace")]
    visibility: Visibility,
    #[schema(value_type = Option<uuid::Uuid>)]
    lead_id: Option<UserId>,
    #[schema(value_type = Vec<uuid::Uuid>)]
    member_ids: Vec<UserId>,
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Option<Date>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    trashed_at: Option<Moment>,
    #[schema(value_type = uuid::Uuid)]
    created_by: UserId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    /// Goes up with every change of the project.
    version: u64,
}

impl ProjectView {
    /// The view of a stored project.
    pub fn of(workspace_id: WorkspaceId, stored: Stored<Project>) -> Self {
        let Stored { v: version, row } = stored;
        Self {
            id: row.id,
            workspace_id,
            key: row.key.into(),
            name: row.name.into(),
            color: row.color,
            visibility: row.visibility,
            lead_id: row.lead,
            member_ids: row.members,
            start_date: row.start_on,
            due_date: row.due_on,
            archived_at: row.archived_at.map(Moment),
            trashed_at: row.trashed_at.map(Moment),
            created_by: row.created_by,
            created_at: row.created_at.into(),
            version,
        }
    }

    pub(super) fn shown(self) -> Shown<Self> {
        Shown {
            version: self.version,
            body: self,
        }
    }
}
