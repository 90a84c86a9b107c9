//! Refused commands that somebody has to decide about.

use super::outbox::Outbox;
use super::{Offline, clock};
use crate::sync::written;
use leptos::prelude::GetUntracked as _;
use shared::ids::CommandId;
use shared::sync::{Need, Parked, Refused, TabMessage, Table};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Offline {
    /// The refused command that this one is in the place of.
    pub(super) fn replaced_by(&self, cid: CommandId) -> Option<CommandId> {
        let mut state = self.state.borrow_mut();
        let at = state.replaced.iter().position(|(new, _)| *new == cid)?;
        Some(state.replaced.swap_remove(at).1)
    }

    pub(super) fn park(self: Rc<Self>, refused: Refused) {
        let replaced = self.replaced_by(refused.cid);
        // Refused where it was made, it was seen to fail: only what somebody wrote is worth a decision.
        if refused.mid.is_none() && replaced.is_none() && written(&refused.command).is_none() {
            return;
        }
        let Ok(command) = serde_json::value::to_raw_value(&refused.command) else {
            return;
        };
        let parked = Parked {
            cid: refused.cid,
            at: clock::now(),
            command,
            rejected: refused.rejected,
        };
        let Some(outbox) = self.outbox() else {
            return self.hold(replaced, Some(parked));
        };
        spawn_local(async move {
            match outbox.park(refused.mid, &parked, replaced).await {
                Ok(()) => self.tell_parked(&outbox).await,
                Err(error) => {
                    self.go_on_in_memory(&error);
                    self.hold(replaced, Some(parked));
                }
            }
        });
    }

    /// Without a place to keep refused commands, this page has them as long as it is there.
    fn hold(&self, but: Option<CommandId>, parked: Option<Parked>) {
        let mut held = self.rows.parked().get_untracked();
        held.retain(|it| Some(it.cid) != but);
        held.extend(parked);
        self.show_parked(held);
    }

    pub(super) fn discard(self: Rc<Self>, cid: CommandId) {
        let Some(outbox) = self.outbox() else {
            return self.hold(Some(cid), None);
        };
        spawn_local(async move {
            match outbox.discard(cid).await {
                Ok(()) => self.tell_parked(&outbox).await,
                Err(error) => leptos::logging::warn!("it was not forgotten: {error}"),
            }
        });
    }

    async fn tell_parked(&self, outbox: &Outbox) {
        self.read_parked(outbox).await;
        self.tell(&TabMessage::Parked);
    }

    pub(super) async fn read_parked(&self, outbox: &Outbox) {
        match outbox.parked().await {
            Ok(parked) => self.show_parked(parked),
            Err(error) => leptos::logging::warn!("refused changes were not read: {error}"),
        }
    }

    /// Shows what was refused, also on the cards that it was about.
    pub(super) fn show_parked(&self, parked: Vec<Parked>) {
        let commands = parked.iter().filter_map(Parked::read);
        let needs = commands.flat_map(|command| command.needs());
        let tasks = needs.filter_map(|need| match need {
            Need::Row(key) | Need::Siblings(key) if key.table == Table::Tasks => Some(key),
            _ => None,
        });
        let about = tasks.collect();
        self.rows.set_parked(parked, about);
    }
}
