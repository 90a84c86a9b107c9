//! The sync engine's core, without IO: rows, commands, changes, the replica and the client's state machine.

pub mod access_index;
mod client;
mod command;
pub mod digest;
pub mod frame_text;
mod keep;
#[cfg(test)]
mod machine;
pub mod nullable;
mod patch;
mod pending;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod proofs;
pub mod protocol;
mod replica;
mod rows;
mod shape;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
mod snapshot;
mod tables;
mod tx;
#[cfg(test)]
pub(crate) mod world;

pub use client::{
    Boot, Client, Effect, Event, Heard, Lead, Link, LinkState, Mine, Outbox, Overwritten,
    RELAYED_FRAMES_MAX, Refused, Relay, Settings, Standing, TabMessage, Timer, Transport,
};
pub(crate) use command::IS_BROWSER;
pub use command::{Command, Mutation, Need};
pub use keep::{Acked, ChunkKey, Header, Kept, Parked, Readable, Write};
pub use patch::{Change, Op, Part, Unreadable, changes, take_over};
pub use pending::Pending;
pub use replica::Replica;
pub use rows::{AnyRow, Cover, Key, List, Patch, Row, RowFields, Scope, Table};
pub use snapshot::Snapshot;
pub use tables::{Stored, Tables};
pub(crate) use tx::spread_needs;
pub use tx::{CHANGED_ROWS_MAX, Context, Tx, Writes};
