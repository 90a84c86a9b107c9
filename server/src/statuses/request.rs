//! What programs ask to be done with statuses.

use crate::http::Error;
use crate::http::api::{Nullable, Position, place};
use serde::Deserialize;
use shared::ids::{ProjectId, StatusId};
use shared::statuses::{self, Category, Mutation};
use shared::sync::{Command, nullable};
use shared::values::{Color, Name, Place};
use utoipa::ToSchema;

/// What a status begins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "In review", "category": "started" }))]
pub(super) struct NewStatus {
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: Name,
    /// What being here means: backlog, todo, started, done or cancelled.
    #[schema(value_type = String, example = "started")]
    category: Category,
    #[schema(value_type = Option<String>, example = "amber")]
    color: Option<Color>,
    /// The status to the left of it.
    #[schema(value_type = Option<uuid::Uuid>)]
    after_id: Option<StatusId>,
    /// The status to the right of it.
    #[schema(value_type = Option<uuid::Uuid>)]
    before_id: Option<StatusId>,
    /// `last` when nothing is said.
    position: Option<Position>,
}

impl NewStatus {
    pub(super) fn create(self, id: StatusId, project: ProjectId) -> Result<Mutation, Error> {
        let place = place(self.after_id, self.before_id, self.position)?;
        Ok(Mutation::Create {
            id,
            project,
            name: self.name,
            category: self.category,
            color: self.color.unwrap_or_default(),
            place: place.unwrap_or(Place::Last),
        })
    }
}

/// New values for some fields; absent fields stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Reviewing", "wip_limit": 3 }))]
pub(super) struct StatusPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80)]
    name: Option<Name>,
    #[schema(value_type = Option<String>, example = "started")]
    category: Option<Category>,
    #[schema(value_type = Option<String>, example = "amber")]
    color: Option<Color>,
    /// `null` for none.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 999)]
    wip_limit: Nullable<u32>,
    /// Takes it off the board with its tasks, or brings it back.
    archived: Option<bool>,
    /// Moves it to the right of this status.
    #[schema(value_type = Option<uuid::Uuid>)]
    after_id: Option<StatusId>,
    /// Moves it to the left of this status.
    #[schema(value_type = Option<uuid::Uuid>)]
    before_id: Option<StatusId>,
    /// Moves it to an end.
    position: Option<Position>,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    pub(super) version: Option<u64>,
}

impl StatusPatch {
    pub(super) fn commands(self, id: StatusId) -> Result<Vec<Command>, Error> {
        let place = place(self.after_id, self.before_id, self.position)?;
        let patch = statuses::StatusPatch {
            name: self.name,
            category: self.category,
            color: self.color,
            wip_limit: self.wip_limit,
        };
        let edit =
            (patch != statuses::StatusPatch::default()).then_some(Mutation::Edit { id, patch });
        let archive = self
            .archived
            .map(|archived| Mutation::SetArchived { id, archived });
        let go = place.map(|place| Mutation::Move { id, place });
        Ok(edit
            .into_iter()
            .chain(archive)
            .chain(go)
            .map(Command::from)
            .collect())
    }
}
