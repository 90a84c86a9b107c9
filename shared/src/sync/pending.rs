//! A command on its way: made here or by another page of this browser, and not yet in the confirmed rows.

use super::command::Command;
use super::protocol::Own;
use super::rows::Key;
use super::tx::Context;
use crate::ids::CommandId;

/// The number of changes of which it is known that they are in the log, but not where.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// A command that the server has not confirmed yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The command's id.
    pub cid: CommandId,
    /// Its number, once it has one.
    pub mid: Option<u64>,
    /// The command.
    pub command: Command,
    /// Who made it, and when as far as the browser knew.
    pub context: Context,
    /// The number its changes have, once the server has answered, or the largest there is where that is not known; it stays
    /// until the base has reached that.
    pub done_at: Option<u64>,
    /// Up to where its maker had seen everything.
    pub seen: u64,
    /// Whether it was made on this page.
    pub made_here: bool,
    /// The rows that it changed when it was last replayed.
    pub(super) wrote: Vec<Key>,
}

impl Pending {
    /// Whether it changed that row when it was last carried out.
    pub fn wrote(&self, key: Key) -> bool {
        self.wrote.contains(&key)
    }

    /// What names it towards the server, once it has a number.
    pub fn own(&self) -> Option<Own> {
        self.mid.map(|mid| Own(mid, self.cid))
    }
}

/// What is done, then numbered commands in their order, then those without a number in the order in which they were made.
/// What is done may have its number from before all was numbered anew.
pub(super) fn order(pending: &Pending) -> (u64, u64) {
    let last = u64::MAX;
    (pending.done_at.unwrap_or(last), pending.mid.unwrap_or(last))
}
