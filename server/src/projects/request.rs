//! What programs ask to be done with projects.

use crate::http::api::Nullable;
use serde::Deserialize;
use shared::ids::{ProjectId, UserId};
use shared::projects::{self, Mutation, Visibility};
use shared::sync::{Command, nullable};
use shared::values::{Color, Date, Name, ProjectKey};
use utoipa::ToSchema;

/// What a project begins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Web app", "key": "WEB" }))]
pub(super) struct NewProject {
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    pub(super) name: Name,
    /// Made from the name when absent. Unique in the workspace.
    #[schema(value_type = Option<String>, pattern = "^[A-Z][A-Z0-9]{1,9}$")]
    pub(super) key: Option<ProjectKey>,
    #[schema(value_type = Option<String>, example = "teal")]
    pub(super) color: Option<Color>,
    /// `workspace` when absent.
    #[schema(value_type = Option<String>, example = "private")]
    pub(super) visibility: Option<Visibility>,
}

/// New values for some fields; absent fields stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Web site" }))]
pub(super) struct ProjectPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80)]
    name: Option<Name>,
    /// Tasks keep their numbers.
    #[schema(value_type = Option<String>, pattern = "^[A-Z][A-Z0-9]{1,9}$")]
    key: Option<ProjectKey>,
    #[schema(value_type = Option<String>)]
    color: Option<Color>,
    #[schema(value_type = Option<String>)]
    visibility: Option<Visibility>,
    /// `null` for nobody.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<uuid::Uuid>)]
    lead_id: Nullable<UserId>,
    /// `null` for none.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Nullable<Date>,
    /// `null` for none.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Nullable<Date>,
    /// Puts the project away, or takes it up again.
    archived: Option<bool>,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    pub(super) version: Option<u64>,
}

impl ProjectPatch {
    pub(super) fn commands(self, id: ProjectId) -> Vec<Command> {
        let patch = projects::ProjectPatch {
            name: self.name,
            key: self.key,
            color: self.color,
            visibility: self.visibility,
            lead: self.lead_id,
            start_on: self.start_date,
            due_on: self.due_date,
        };
        let edit =
            (patch != projects::ProjectPatch::default()).then_some(Mutation::Edit { id, patch });
        let archive = self
            .archived
            .map(|archived| Mutation::SetArchived { id, archived });
        edit.into_iter().chain(archive).map(Command::from).collect()
    }
}
