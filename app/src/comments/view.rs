//! Which comments there are, and what may be done with one. Pure.

use shared::access::{self, Action, Relation};
use shared::comments::Comment;
use shared::ids::{CommentId, TaskId};
use shared::members::Member;
use shared::projects::Project;
use std::sync::Arc;

/// The comments of a task, the oldest first.
pub(super) fn of_task(comments: &[Arc<Comment>], task: TaskId) -> Vec<CommentId> {
    let mut of_task: Vec<_> = comments.iter().filter(|it| it.task == task).collect();
    of_task.sort_by_key(|it| (it.created_at, it.id));
    of_task.iter().map(|it| it.id).collect()
}

/// Whether a member may do something to a comment.
pub(super) fn may(member: &Member, project: &Project, comment: &Comment, action: Action) -> bool {
    let relation = Relation {
        own: comment.author == member.id,
        assigned: false,
        in_project: access::in_project(
            member.role,
            member.id,
            project.visibility,
            &project.members,
        ),
    };
    member.active && project.is_live() && access::can(member.role, action, relation)
}
