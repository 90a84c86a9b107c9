//! The commands that the server has not judged, and those that it refused. One database for a person, for all their
//! workspaces and pages; no new version of the application drops it. `server/src/http/service_worker.js` reads it too.

use super::idb::{Db, Durability, Failed, Tx};
use serde::{Deserialize, Serialize};
use shared::codes::{Code, Rejected};
use shared::ids::{CommandId, Epoch, ReplicaId, UserId, WorkspaceId};
use shared::sync::protocol::Own;
use shared::sync::{Acked, Kept, Parked, Readable};
use shared::values::Time;

const REPLICAS: &str = "replicas";
const COMMANDS: &str = "commands";
const PARKED: &str = "parked";
const ACKED: &str = "acked";
/// 2 remembers what took effect.
const VERSION: u32 = 2;
const STORES: [&str; 4] = [REPLICAS, COMMANDS, PARKED, ACKED];

/// How long it is remembered what took effect, in milliseconds.
const ACKED_MS: i64 = 24 * 60 * 60 * 1_000;
/// How many commands that took effect are remembered from one visit to the next.
const ACKED_MAX: usize = 1_000;

/// Under which identity a workspace's commands are numbered, and how far.
#[derive(Serialize, Deserialize)]
struct Writer {
    replica: ReplicaId,
    last_mid: u64,
}

/// What is kept for a workspace.
pub(super) struct Restored {
    pub(super) replica: ReplicaId,
    pub(super) last_mid: u64,
    pub(super) kept: Vec<Readable>,
}

/// The outbox of a person, as far as a workspace is concerned.
pub(super) struct Outbox {
    db: Db,
    workspace: WorkspaceId,
}

impl Outbox {
    pub(super) async fn open(user: UserId, workspace: WorkspaceId) -> Result<Self, Failed> {
        let db = Db::open(&name(user), VERSION, &STORES).await?;
        Ok(Self { db, workspace })
    }

    /// What is kept; a browser that comes for the first time goes by the name `fresh`.
    pub(super) async fn restore(&self, fresh: ReplicaId) -> Result<Restored, Failed> {
        let tx = self
            .db
            .write(&[REPLICAS, COMMANDS, PARKED], Durability::Strict)?;
        let writer = if let Some(text) = tx.get(REPLICAS, &self.name()).await? {
            serde_json::from_str(&text)?
        } else {
            let writer = Writer {
                replica: fresh,
                last_mid: 0,
            };
            tx.put(REPLICAS, &self.name(), &serde_json::to_string(&writer)?)?;
            writer
        };
        let kept = self.readable(&tx).await?;
        tx.commit().await?;
        Ok(Restored {
            replica: writer.replica,
            last_mid: writer.last_mid,
            kept,
        })
    }

    /// Keeps commands for good and numbers them, in their order; answers under which identity. The numbers that they came
    /// with do not count.
    pub(super) async fn keep(&self, commands: Vec<Kept>) -> Result<(ReplicaId, Vec<Kept>), Failed> {
        let tx = self.db.write(&[REPLICAS, COMMANDS], Durability::Strict)?;
        let mut writer = self.writer(&tx).await?;
        let mut kept = Vec::with_capacity(commands.len());
        for command in commands {
            writer.last_mid += 1;
            let command = Kept {
                mid: writer.last_mid,
                ..command
            };
            let text = serde_json::to_string(&command)?;
            tx.put(COMMANDS, &self.key(command.mid), &text)?;
            kept.push(command);
        }
        tx.put(REPLICAS, &self.name(), &serde_json::to_string(&writer)?)?;
        tx.commit().await?;
        Ok((writer.replica, kept))
    }

    /// Forgets what is settled.
    pub(super) async fn forget(
        &self,
        settled: &[(Own, Option<Epoch>)],
        now: Time,
    ) -> Result<(), Failed> {
        let tx = self
            .db
            .write(&[REPLICAS, COMMANDS, ACKED], Durability::Relaxed)?;
        let replica = self.writer(&tx).await?.replica;
        for (Own(mid, cid), epoch) in settled {
            let key = self.key(*mid);
            let Some(text) = tx.get(COMMANDS, &key).await? else {
                continue;
            };
            let kept: Kept = serde_json::from_str(&text)?;
            // In a profile that was put back, its number may be that of a command that has yet to be sent.
            if kept.cid == *cid {
                tx.delete(COMMANDS, &key)?;
                if let Some(epoch) = *epoch {
                    let acked = Acked {
                        epoch,
                        replica,
                        at: now,
                        kept,
                    };
                    tx.put(ACKED, &key, &serde_json::to_string(&acked)?)?;
                }
            }
        }
        tx.commit().await
    }

    /// Keeps again what a server in this life of the log has lost, of what took effect within a day; answers all that is
    /// kept, and how many were lost.
    pub(super) async fn revive(
        &self,
        epoch: Epoch,
        last_mid: u64,
        now: Time,
    ) -> Result<(Restored, usize), Failed> {
        let tx = self.db.write(&STORES, Durability::Strict)?;
        let writer = self.writer(&tx).await?;
        let acked = tx.list(ACKED, &self.prefix()).await?;
        let too_many = acked.len().saturating_sub(ACKED_MAX);
        let mut revived = 0;
        for (n, (key, text)) in acked.iter().enumerate() {
            let acked: Option<Acked> = serde_json::from_str(text).ok();
            let acked = acked.filter(|acked| now.0.saturating_sub(acked.at.0) < ACKED_MS);
            if let Some(acked) = &acked
                && acked.is_lost(epoch, writer.replica, last_mid)
                && tx.get(COMMANDS, key).await?.is_none()
            {
                tx.put(COMMANDS, key, &serde_json::to_string(&acked.kept)?)?;
                revived += 1;
            }
            if n < too_many || acked.is_none_or(|acked| acked.epoch != epoch) {
                tx.delete(ACKED, key)?;
            }
        }
        let kept = self.readable(&tx).await?;
        tx.commit().await?;
        let restored = Restored {
            replica: writer.replica,
            last_mid: writer.last_mid,
            kept,
        };
        Ok((restored, revived))
    }

    /// Forgets what took effect, when its person signs out.
    pub(super) async fn forget_acked(&self) -> Result<(), Failed> {
        let tx = self.db.write(&[ACKED], Durability::Relaxed)?;
        tx.clear(ACKED, &self.prefix())?;
        tx.commit().await
    }

    async fn writer(&self, tx: &Tx) -> Result<Writer, Failed> {
        let text = tx.get(REPLICAS, &self.name()).await?;
        let text = text.ok_or_else(|| Failed::gone("the outbox"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Numbers everything anew, from 1, under another identity; but for what was judged under the old one.
    pub(super) async fn renumber(
        &self,
        fresh: ReplicaId,
        judged: &[Own],
    ) -> Result<Restored, Failed> {
        let tx = self
            .db
            .write(&[REPLICAS, COMMANDS, PARKED], Durability::Strict)?;
        let mut commands = self.readable(&tx).await?;
        commands.retain(|command| !judged.contains(&command.kept.own()));
        tx.clear(COMMANDS, &self.prefix())?;
        let mut kept = Vec::with_capacity(commands.len());
        for (mid, mut command) in (1..).zip(commands) {
            command.kept.mid = mid;
            let text = serde_json::to_string(&command.kept)?;
            tx.put(COMMANDS, &self.key(mid), &text)?;
            kept.push(command);
        }
        let writer = Writer {
            replica: fresh,
            last_mid: kept.len() as u64,
        };
        tx.put(REPLICAS, &self.name(), &serde_json::to_string(&writer)?)?;
        tx.commit().await?;
        Ok(Restored {
            replica: fresh,
            last_mid: writer.last_mid,
            kept,
        })
    }

    /// Keeps a refused command aside, in the place of the one that was to be sent, if it came so far, and of the refused one
    /// that it was to replace, if any.
    pub(super) async fn park(
        &self,
        mid: Option<u64>,
        parked: &Parked,
        replaced: Option<CommandId>,
    ) -> Result<(), Failed> {
        let tx = self.db.write(&[COMMANDS, PARKED], Durability::Strict)?;
        tx.put(
            PARKED,
            &self.parked_key(parked.cid),
            &serde_json::to_string(parked)?,
        )?;
        if let Some(mid) = mid {
            tx.delete(COMMANDS, &self.key(mid))?;
        }
        if let Some(replaced) = replaced {
            tx.delete(PARKED, &self.parked_key(replaced))?;
        }
        tx.commit().await
    }

    /// What was refused and nobody has decided about, the oldest first.
    pub(super) async fn parked(&self) -> Result<Vec<Parked>, Failed> {
        let tx = self.db.read(&[PARKED])?;
        let texts = tx.list(PARKED, &self.prefix()).await?;
        texts
            .iter()
            .map(|(_, text)| Ok(serde_json::from_str(text)?))
            .collect()
    }

    /// Forgets a refused command.
    pub(super) async fn discard(&self, cid: CommandId) -> Result<(), Failed> {
        let tx = self.db.write(&[PARKED], Durability::Strict)?;
        tx.delete(PARKED, &self.parked_key(cid))?;
        tx.commit().await
    }

    /// The commands that this version can read. Others, of a version that was here before, are parked.
    async fn readable(&self, tx: &Tx) -> Result<Vec<Readable>, Failed> {
        let mut readable = Vec::new();
        for (key, text) in tx.list(COMMANDS, &self.prefix()).await? {
            let kept: Kept = serde_json::from_str(&text)?;
            if let Some(kept) = kept.clone().read() {
                readable.push(kept);
                continue;
            }
            let parked = Parked {
                cid: kept.cid,
                at: kept.at,
                command: kept.command,
                rejected: unreadable(),
            };
            tx.put(
                PARKED,
                &self.parked_key(parked.cid),
                &serde_json::to_string(&parked)?,
            )?;
            tx.delete(COMMANDS, &key)?;
        }
        Ok(readable)
    }

    fn name(&self) -> String {
        self.workspace.to_string()
    }

    fn prefix(&self) -> String {
        format!("{}/", self.workspace)
    }

    /// Sorts as the number does.
    fn key(&self, mid: u64) -> String {
        format!("{}/{mid:016x}", self.workspace)
    }

    fn parked_key(&self, cid: CommandId) -> String {
        format!("{}/{cid}", self.workspace)
    }
}

/// How many commands of a person are not judged, in all their workspaces.
pub(super) async fn waiting(user: UserId) -> Result<usize, Failed> {
    let db = Db::open(&name(user), VERSION, &STORES).await?;
    db.read(&[COMMANDS])?.count(COMMANDS).await
}

/// The name of a person's database, and of the sync that sends what is in it.
pub(super) fn name(user: UserId) -> String {
    format!("teamflow-outbox-{user}")
}

fn unreadable() -> Rejected {
    Rejected::new(
        Code::InvalidRequest,
        "Another version of the application made this change, and this one does not know it.",
    )
}
