//! Loading what a command needs. Rows stay loaded as long as nobody else continued the order: then they are current.

use super::{rows, store};
use crate::db::WriteTx;
use crate::{members, projects};
use shared::ids::{UserId, WorkspaceId};
use shared::members::Member;
use shared::sync::{Key, List, Need, Row, Tables};
use shared::values::Rank;
use std::collections::BTreeSet;

/// More rows than this are not kept between batches.
const ROWS_KEPT_MAX: usize = 20_000;

/// The rows that commands of one workspace needed so far, as of one number.
#[derive(Clone, Default)]
pub struct Working {
    /// As of when.
    pub seq: u64,
    /// The rows.
    pub tables: Tables,
    /// Keys that were looked up and are not there.
    absent: BTreeSet<Key>,
    lists: BTreeSet<List>,
    all_projects: bool,
    all_members: bool,
}

impl Working {
    /// Keeps what is loaded if it is as of `seq`, else begins anew.
    pub fn renew(&mut self, seq: u64) {
        if self.seq != seq || self.tables.len() > ROWS_KEPT_MAX {
            *self = Working {
                seq,
                ..Working::default()
            };
        }
    }

    /// Loads what a command of somebody needs, and what those rows refer to.
    pub async fn load(
        &mut self,
        tx: &mut WriteTx,
        ws: WorkspaceId,
        actor: UserId,
        needs: &[Need],
    ) -> anyhow::Result<()> {
        self.row(tx, ws, Member::key_of(actor)).await?;
        for need in needs {
            match *need {
                Need::Row(key) => self.row(tx, ws, key).await?,
                Need::List(list) => self.list(tx, ws, list).await?,
                Need::Siblings(key) => {
                    self.row(tx, ws, key).await?;
                    if let Some(list) = self.list_around(key) {
                        self.list(tx, ws, list).await?;
                    }
                }
                Need::ProjectKeys => self.projects(tx, ws).await?,
                Need::Members => self.members(tx, ws).await?,
            }
        }
        Ok(())
    }

    /// The list that a row is in, or would be in if it were not archived.
    fn list_around(&self, key: Key) -> Option<List> {
        let row = &self.tables.find(key)?.row;
        if let Some(status) = shared::statuses::Status::from_any(row) {
            return Some(List::Statuses(status.project));
        }
        row.place().map(|(list, _)| list)
    }

    /// Loads a row and, following references, the rows it must be judged with.
    async fn row(&mut self, tx: &mut WriteTx, ws: WorkspaceId, key: Key) -> anyhow::Result<()> {
        let mut wanted = vec![key];
        while let Some(key) = wanted.pop() {
            if self.absent.contains(&key) {
                continue;
            }
            if self.tables.find(key).is_none() {
                match rows::find(tx.conn(), ws, key).await? {
                    Some(stored) => drop(self.tables.put(stored.v, stored.row)),
                    None => drop(self.absent.insert(key)),
                }
            }
            if let Some(stored) = self.tables.find(key) {
                let mut refs = Vec::new();
                stored.row.refs(&mut refs);
                // A chain of parents cannot loop here: what is loaded is not looked at twice.
                wanted.extend(
                    refs.into_iter()
                        .filter(|key| self.tables.find(*key).is_none()),
                );
            }
        }
        Ok(())
    }

    async fn list(&mut self, tx: &mut WriteTx, ws: WorkspaceId, list: List) -> anyhow::Result<()> {
        if self.lists.insert(list) {
            let ranks = store::list_ranks(tx.conn(), ws, list).await?;
            let members = ranks
                .into_iter()
                .map(|(rank, id)| (Rank::from_stored(rank), id));
            self.tables.put_list(list, members);
        }
        Ok(())
    }

    async fn projects(&mut self, tx: &mut WriteTx, ws: WorkspaceId) -> anyhow::Result<()> {
        if !self.all_projects {
            for stored in rows::envelopes(projects::store::list(tx.conn(), ws).await?) {
                self.tables.put(stored.v, stored.row);
            }
            self.all_projects = true;
        }
        Ok(())
    }

    async fn members(&mut self, tx: &mut WriteTx, ws: WorkspaceId) -> anyhow::Result<()> {
        if !self.all_members {
            for stored in rows::envelopes(members::store::list(tx.conn(), ws).await?) {
                self.tables.put(stored.v, stored.row);
            }
            self.all_members = true;
        }
        Ok(())
    }

    /// Takes over what a command wrote as change `seq`.
    pub fn take(&mut self, seq: u64, writes: shared::sync::Writes) {
        self.seq = seq;
        for (key, row) in writes {
            if let Some(row) = row {
                self.absent.remove(&key);
                self.tables.put(seq, row);
            } else {
                self.tables.remove(key);
                self.absent.insert(key);
            }
        }
    }
}
