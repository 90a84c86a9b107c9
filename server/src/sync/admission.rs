//! What is asked of whoever writes and is not in the rows: whether they have a second step of signing in, and whether the
//! key is taken that a program writes by.

use crate::db::WriteTx;
use crate::{keys, second_steps};
use shared::access::{Action, Relation, can};
use shared::codes::{Code, Rejected};
use shared::ids::WorkspaceId;
use shared::limits::Limits;
use shared::members::Member;
use shared::sync::{Command, Context, Tables};
use shared::workspaces::{Mutation, Workspace};

/// Why a command is refused before it is looked at: where a second step is asked for, nothing is pushed without one, and
/// nobody asks others for what they have not themselves.
///
/// What the server does on somebody's behalf has passed its own door, or is nobody's doing.
pub(super) async fn refusal(
    tx: &mut WriteTx,
    tables: &Tables,
    (workspace, context, limits): (WorkspaceId, Context, &Limits),
    is_pushed: bool,
    command: &Command,
) -> anyhow::Result<Option<Rejected>> {
    let actor = context.actor;
    let Some(member) = tables.get::<Member>(actor).filter(|it| it.active) else {
        return Ok(None);
    };
    if let Some(key) = limits.key() {
        let refused = keys::refusal(tx.conn(), workspace, key, member.bot, context.now).await?;
        if refused.is_some() {
            return Ok(refused);
        }
    }
    let is_asked =
        is_pushed && !member.bot && tables.all::<Workspace>().any(|it| it.two_step_required);
    let asks = can(member.role, Action::SecureWorkspace, Relation::default())
        && matches!(
            command,
            Command::Workspaces(Mutation::RequireTwoStep { required: true, .. })
        );
    if !is_asked && !asks || second_steps::has_second_step(tx.conn(), actor).await? {
        return Ok(None);
    }
    Ok(Some(if is_asked {
        Code::TwoStepRequired.into()
    } else {
        let text = "Set up two-step sign-in for yourself first, under Your account: nobody asks others for what they have not.";
        Rejected::new(Code::NotAllowed, text)
    }))
}
